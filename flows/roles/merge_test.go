package roles

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var convert = flag.String("convert", "", "folder of tables, one CSV file a version, to be merged into the data file")

// sums are the checksums of the tables as they were measured, each written as CSV.
const sums = "testdata/tables.sha256"

// Each cell of each measured table is in the ranges: the table that is written from them is the one that was measured.
func TestEveryTableIsReproduced(t *testing.T) {
	if *convert != "" {
		merge(t, *convert)
	}
	var now strings.Builder
	m, err := parse(readFile(t, filepath.Join("data", dataFile)))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range m.tables {
		var csv bytes.Buffer
		if err := writeTable(&csv, table); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&now, "%x  %s.csv\n", sha256.Sum256(csv.Bytes()), table.Version)
	}
	if *update {
		if err := os.WriteFile(sums, []byte(now.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(now.String(), "\n")
	for want := range strings.Lines(readFile(t, sums)) {
		if !contains(lines, strings.TrimSpace(want)) {
			t.Errorf("not as it was measured: %s", want)
		}
	}
}

func contains(lines []string, want string) bool {
	for _, l := range lines {
		if l == want {
			return true
		}
	}
	return false
}

func merge(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables in %s: %v", dir, err)
	}
	for _, file := range files {
		m := &Matrix{}
		if err := m.read(strings.TrimSuffix(filepath.Base(file), ".csv"), strings.NewReader(readFile(t, file))); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := Merge("data", m.tables[0]); err != nil {
			t.Fatal(err)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The data file is as it would be written from its tables.
func TestDataFileIsWritten(t *testing.T) {
	if Shipped().format() != data {
		t.Error("data/matrix.tsv is written otherwise than it was read: go test ./flows/roles -run Reproduced merges it again")
	}
}

// A table that is merged into a folder without data joins those of the program; merged again it changes nothing.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	newest := Shipped().newest()
	row := Row{Endpoint: &Endpoint{Method: "GET", Path: "/admin/realms/{realm}/new", Group: "new"}, None: refusedCell, Cells: map[string]Cell{}}
	for i, r := range newest.Roles {
		row.Cells[r] = []Cell{{Status: 200}, refusedCell, {Status: 200, Less: true, How: Fewer}}[i%3]
	}
	shut := Row{Endpoint: &Endpoint{Method: "GET", Path: "/admin/realms/{realm}/closed", Group: "new"}, None: refusedCell, Cells: map[string]Cell{}}
	for _, r := range newest.Roles {
		shut.Cells[r] = refusedCell
	}
	next := &Table{Version: "99.0.0", Notes: []string{"by hand", newest.Notes[1]}, Roles: newest.Roles, Rows: append([]Row{shut, row}, newest.Rows...)}
	var texts []string
	for range 2 {
		if err := Merge(dir, next); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, readFile(t, filepath.Join(dir, dataFile)))
	}
	if texts[0] != texts[1] {
		t.Error("merged again it is another file")
	}
	m, err := parse(texts[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(m.Versions(), " "), strings.Join(append(Versions(), "99.0.0"), " "); got != want {
		t.Errorf("versions %s, not %s", got, want)
	}
	for _, v := range Versions() {
		var was, is bytes.Buffer
		_ = writeTable(&was, Shipped().tables[Shipped().place(v)])
		_ = writeTable(&is, m.tables[m.place(v)])
		if was.String() != is.String() {
			t.Errorf("the table of %s changed", v)
		}
	}
	c := m.Compare(next.Version, next)
	if len(c.Differences)+len(c.NotServed)+len(c.NotMeasured) != 0 || len(m.newest().Rows) != len(next.Rows) {
		t.Errorf("the new table came out otherwise: %+v", c)
	}
	// Of a second measurement, with one row alone, the other rows stay.
	if err := Merge(dir, &Table{Version: "99.0.0", Roles: newest.Roles, Rows: []Row{row}}); err != nil {
		t.Fatal(err)
	}
	if m, err = parse(readFile(t, filepath.Join(dir, dataFile))); err != nil || len(m.newest().Rows) != len(next.Rows) {
		t.Errorf("rows were lost: %v", err)
	}
}

func TestMergeRefuses(t *testing.T) {
	if err := Merge(t.TempDir(), &Table{Version: "nightly"}); err == nil {
		t.Error("a table of no version was merged")
	}
	for _, text := range []string{
		"version\tx", "version\t1.0.0\nrole\t2.0.0\tr", "version\t1.0.0\n\t200\t\t*", "group\tg\t/admin\nGET\ta\tb\tc", "version\t1.0.0\nGET\t/admin/a", "group\tg\nGET", "what\ta",
		"version\t1.0.0\ngroup\tg\t/admin\nGET\t/a\n\tok\t\t*", "version\t1.0.0\ngroup\tg\t/admin\nGET\t/a\n\t200\t\tnobody", "version\t1.0.0\nversion\t2.0.0\nrole\t2.0.0..1.0.0\tr",
	} {
		if _, err := parse(text); err == nil {
			t.Errorf("accepted: %q", text)
		}
	}
}
