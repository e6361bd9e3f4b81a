package change_test

import (
	"testing"
	"time"

	"fix403/flows/change"
	"fix403/flows/journal"
)

func TestServersOfTheJournal(t *testing.T) {
	j := journal.Open(t.TempDir())
	for _, server := range []string{"http://localhost:8080", "https://sso.example.com", "http://127.0.0.1:8080"} {
		if err := j.Intent(journal.Entry{Run: "r", Server: server, Kind: "realm", Realm: "a", Name: "a", Time: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Gone("r", "https://sso.example.com", "a"); err != nil {
		t.Fatal(err)
	}
	all, err := j.Servers()
	if err != nil || len(all) != 1 || all[0].Server != "http://localhost:8080" || len(all[0].Entries) != 1 || change.Describe(all[0].Entries[0]).String() != "realm a" {
		t.Errorf("%+v, %v", all, err)
	}
}
