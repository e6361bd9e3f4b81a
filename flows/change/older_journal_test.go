package change_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/flows/change"
	"fix403/flows/journal"
)

// A journal of a version that wrote no format: there, a removal took what other runs had of the name, too.
func TestJournalOfAnOlderVersion(t *testing.T) {
	text, err := os.ReadFile("testdata/journal-1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "journal.jsonl"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	j := journal.Open(folder)
	entries, err := j.Outstanding("http://localhost:8080")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Run+" "+string(e.Kind)+" "+e.Name)
	}
	if want := "aaaaaaaaaaaa realm kept, aaaaaaaaaaaa client c, aaaaaaaaaaaa role view-users, doctor grant view-users"; strings.Join(got, ", ") != want {
		t.Errorf("got %q", got)
	}
	changes, err := change.List(j, "http://localhost:8080")
	if err != nil || len(changes) != 1 || changes[0].InDoubt() {
		t.Errorf("%+v, %v", changes, err)
	}
	runs, err := j.Unfinished()
	if err != nil || len(runs) != 1 || runs[0].Run != "aaaaaaaaaaaa" {
		t.Errorf("%+v, %v", runs, err)
	}
	if d, err := j.Repair(); err != nil || d.Lines != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if err := j.Gone("aaaaaaaaaaaa", "http://localhost:8080", "kept"); err != nil {
		t.Fatal(err)
	}
	if entries, _ := j.Outstanding("http://localhost:8080"); len(entries) != 1 || entries[0].Kind != "grant" {
		t.Errorf("%+v", entries)
	}
}
