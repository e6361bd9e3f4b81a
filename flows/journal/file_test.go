package journal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/keycloak/failure"
)

// journalOf is a journal with some text in it.
func journalOf(t *testing.T, text []byte) *Journal {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "journal.jsonl"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(folder)
}

const goodLine = `{"event":"intent","run":"r","server":"http://localhost:8080","kind":"realm","realm":"a","name":"a"}` + "\n"

// One bad line stops nothing and is not passed over in silence: it is counted, and the journal as it was is kept.
func TestDamagedJournal(t *testing.T) {
	noise := make([]byte, 50000)
	_, _ = rand.Read(noise)
	noise = append(bytes.ReplaceAll(noise, []byte("\n"), []byte("x")), '\n')
	for name, c := range map[string]struct {
		bad   string
		lines int
	}{
		"none":               {"", 0},
		"blank lines":        {"\n  \n", 0},
		"torn":               {`{"event":"int` + "\n", 1},
		"another document":   {"{}\nnull\n[]\n\"x\"\n", 4},
		"noise":              {string(noise), 1},
		"nested":             {strings.Repeat("[", 20000) + "\n", 1},
		"a path as a name":   {strings.ReplaceAll(goodLine, `"a"`, `"../x"`), 1},
		"a control":          {strings.ReplaceAll(goodLine, `"a"`, `"\u001b]0;x"`), 1},
		"a dot":              {strings.ReplaceAll(goodLine, `"a"`, `".."`), 1},
		"an id that is none": {strings.Replace(goodLine, `"name"`, `"id":"a/b","name"`, 1), 1},
		"two names":          {strings.Replace(goodLine, `"name":"a"`, `"name":"b"`, 1), 1},
	} {
		t.Run(name, func(t *testing.T) {
			j := journalOf(t, []byte(goodLine+c.bad+strings.ReplaceAll(goodLine, `"a"`, `"b"`)))
			before, err := os.ReadFile(j.Path)
			if err != nil {
				t.Fatal(err)
			}
			check := func(lines int) {
				t.Helper()
				l, err := j.Ledger("http://localhost:8080")
				if err != nil || len(l.Outstanding) != 2 || l.Damaged != lines {
					t.Errorf("%d outstanding, %d damaged, want %d; %v", len(l.Outstanding), l.Damaged, lines, err)
				}
			}
			check(c.lines)
			d, err := j.Repair()
			if err != nil || d.Lines != c.lines || (d.Copy != "") != (c.lines > 0) {
				t.Fatalf("%+v, %v", d, err)
			}
			check(0)
			if d.Copy == "" {
				return
			}
			kept, err := os.ReadFile(d.Copy)
			if err != nil || !bytes.Equal(kept, before) {
				t.Errorf("the copy differs: %v", err)
			}
			for _, path := range []string{d.Copy, j.Path} {
				if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v", path, info.Mode(), err)
				}
			}
			if e := d.Err(); e == nil || !strings.Contains(e.Error(), j.Path) {
				t.Errorf("it says %v", e)
			}
		})
	}
}

// Each damage has its own copy.
func TestDamagedJournalTwice(t *testing.T) {
	j := journalOf(t, []byte("x\n"))
	one, err := j.Repair()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(j.Path, []byte("y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	two, err := j.Repair()
	if err != nil || one.Copy == two.Copy {
		t.Errorf("%+v, %+v, %v", one, two, err)
	}
}

// The journal is a regular file: a link could have another file written, and its mode changed.
func TestJournalThatIsALink(t *testing.T) {
	folder, target := t.TempDir(), filepath.Join(t.TempDir(), "theirs")
	if err := os.WriteFile(target, []byte("theirs\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(folder, "journal.jsonl")); err != nil {
		t.Skip(err)
	}
	refusesFile(t, Open(folder))
	text, err := os.ReadFile(target)
	info, statErr := os.Stat(target)
	if err = errors.Join(err, statErr); err != nil || string(text) != "theirs\n" || info.Mode().Perm()&0o044 == 0 {
		t.Errorf("%q, %v, %v", text, info.Mode(), err)
	}
}

func TestJournalThatIsAFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "journal.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	refusesFile(t, Open(folder))
}

// refusesFile expects reading and writing to be refused, by the file's name.
func refusesFile(t *testing.T, j *Journal) {
	t.Helper()
	_, readErr := j.Outstanding("http://localhost:8080")
	writeErr := j.Intent(Entry{Run: "r", Server: "http://localhost:8080", Kind: "realm", Realm: "a", Name: "a"})
	_, repairErr := j.Repair()
	for _, err := range []error{readErr, writeErr, repairErr} {
		if failure.KindOf(err) != failure.BadInput || !strings.Contains(err.Error(), j.Path) {
			t.Errorf("got %v", err)
		}
	}
}

func TestJournalThatIsTooLarge(t *testing.T) {
	j := journalOf(t, nil)
	if err := os.Truncate(j.Path, maxJournal+1); err != nil {
		t.Fatal(err)
	}
	refusesFile(t, j)
	if err := j.Removed(Entry{Run: "r", Server: "http://localhost:8080", Kind: "realm", Realm: "a", Name: "a"}); err != nil {
		t.Errorf("what was removed cannot be noted: %v", err)
	}
}

func TestStateFolderIsAbsolute(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "relative")
	t.Setenv("LocalAppData", "")
	t.Setenv("USERPROFILE", "relative")
	t.Setenv("HOME", "relative")
	if folder, err := StateFolder(); err == nil {
		t.Errorf("it is %s", folder)
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	if _, err := StateFolder(); err != nil {
		t.Error(err)
	}
}

// Another process that holds the lock does not keep a line from being written.
func TestJournalWritesWhileItIsRepaired(t *testing.T) {
	j := journalOf(t, []byte("x\n"+goodLine))
	done := make(chan error, 20)
	for i := range cap(done) {
		go func() {
			other := Open(filepath.Dir(j.Path))
			if i%4 == 0 {
				_, err := other.Repair()
				done <- err
				return
			}
			name := string(rune('b' + i))
			done <- other.Intent(Entry{Run: name, Server: "http://localhost:8080", Kind: "realm", Realm: name, Name: name})
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if entries, err := j.Outstanding("http://localhost:8080"); err != nil || len(entries) != 16 {
		t.Errorf("%d entries, want 16; %v", len(entries), err)
	}
}
