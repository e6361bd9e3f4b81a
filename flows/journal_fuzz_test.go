package flows

import (
	"os"
	"path/filepath"
	"testing"

	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/flows/story"
)

// FuzzJournal reads any text as a journal, and goes on with it: what is torn is left out, and what is written afterwards is
// read back.
func FuzzJournal(f *testing.F) {
	const server = "http://localhost:8080"
	f.Add(`{"time":"2026-01-02T03:04:05Z","event":"intent","run":"r","server":"http://localhost:8080","kind":"realm","realm":"a","name":"a","story":{"client_id":"c","username":"u"}}` + "\n" +
		`{"event":"confirmed","run":"r","server":"http://localhost:8080","kind":"realm","realm":"a","name":"a","id":"a"}` + "\n")
	f.Add(`{"event":"removed","kind":"client"}` + "\n" + `{"event":"int`)
	f.Add(`{"event":"intent","kind":"grant","client":"c","container":"realm-management","object":"o","server":"http://[::1"}` + "\n")
	f.Add("\x00\n\n{}\nnull\n[]\n\"x\"")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		j := journal.Open(dir)
		if err := os.WriteFile(filepath.Join(dir, "journal.jsonl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := j.Outstanding(server); err != nil {
			t.Fatal(err)
		}
		if _, err := change.List(j, server); err != nil {
			t.Fatal(err)
		}
		runs, err := j.Unfinished()
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range runs {
			story.Options{URL: server}.Resuming(u)
		}
		e := journal.Entry{Run: "fuzz-run", Server: server, Kind: "realm", Realm: "fuzz-realm", Name: "fuzz-realm"}
		confirm := func() int {
			n := 0
			standing, err := j.Outstanding(server)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range standing {
				if s.Run == e.Run && s.Realm == e.Realm {
					n++
				}
			}
			return n
		}
		if err := j.Intent(e); err != nil {
			t.Fatal(err)
		}
		if n := confirm(); n != 1 {
			t.Errorf("what was written is read back %d times", n)
		}
		if err := j.Removed(e); err != nil {
			t.Fatal(err)
		}
		if n := confirm(); n != 0 {
			t.Errorf("what was removed still stands %d times", n)
		}
	})
}
