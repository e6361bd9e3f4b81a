package flows

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// runEvents is what one run may write about some objects of a realm: each is announced, perhaps confirmed or refused, and
// perhaps removed; a run that is killed stops anywhere.
func runEvents(r *rand.Rand, run string) []Entry {
	var events []Entry
	at := func(kind, name string) Entry {
		e := Entry{Run: run, Server: "http://localhost:8080", Kind: kind, Realm: "shop", Name: name, Format: entryFormat}
		if kind == "role" {
			e.Client, e.Container = "app", "realm-management"
		}
		return e
	}
	all := []Entry{at("realm", "shop"), at("client", "app"), at("role", "view-users"), at("user", "jane")}
	write := func(e Entry, event string) { e.Event = event; events = append(events, e) }
	for range 1 + r.IntN(2) { // told, perhaps, twice
		for _, e := range all {
			write(e, eventIntent)
			switch r.IntN(4) {
			case 0, 1:
				write(e, eventConfirmed)
			case 2:
				write(e, eventNotDone)
			}
			if r.IntN(12) == 0 {
				write(all[r.IntN(len(all))], eventRemoved)
			}
		}
		if r.IntN(3) == 0 {
			write(all[0], eventRemoved)
		}
	}
	return events[:len(events)-r.IntN(len(events))]
}

// interleaved is one order in which runs may write at the same time.
func interleaved(r *rand.Rand, runs ...[]Entry) []Entry {
	var all []Entry
	for {
		runs = slices.DeleteFunc(runs, func(events []Entry) bool { return len(events) == 0 })
		if len(runs) == 0 {
			return all
		}
		i := r.IntN(len(runs))
		all, runs[i] = append(all, runs[i][0]), runs[i][1:]
	}
}

// expected is what is outstanding, reckoned for each run and object by itself: what was confirmed and not removed since, and
// what was announced last and has no end.
func expected(events []Entry) map[string]bool {
	want := map[string]bool{}
	key := func(e Entry) string { return e.Run + " " + e.Kind + " " + e.Name }
	for _, e := range events {
		confirmed, open := false, false
		for _, o := range events {
			if o.Run != e.Run {
				continue
			}
			own := o.Kind == e.Kind && o.Name == e.Name
			goes := own || o.Kind == "realm" || o.Kind == "client" && e.Client == o.Name
			switch {
			case o.Event == eventRemoved && goes:
				confirmed, open = false, false
			case !own:
			case o.Event == eventConfirmed:
				confirmed, open = true, false
			case o.Event == eventIntent:
				open = true
			case o.Event == eventNotDone:
				open = false
			}
		}
		if confirmed || open {
			want[key(e)] = true
		}
	}
	return want
}

func checkReplay(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	events := interleaved(r, runEvents(r, "a"), runEvents(r, "b"), runEvents(r, "c")[:1])
	if r.IntN(4) == 0 { // a line was lost: a confirmation without its intent counts
		i := r.IntN(len(events))
		if events[i].Event == eventIntent {
			events = slices.Delete(events, i, i+1)
		}
	}
	var outstanding []Entry
	for _, e := range events {
		outstanding = replay(outstanding, e)
	}
	want, got := expected(events), map[string]bool{}
	for _, e := range outstanding {
		k := e.Run + " " + e.Kind + " " + e.Name
		if got[k] {
			t.Errorf("seed %d: %s is outstanding twice", seed, k)
		}
		got[k] = true
	}
	for k := range want {
		if !got[k] {
			t.Errorf("seed %d: %s was lost\n%s", seed, k, said(events))
		}
	}
	for k := range got {
		if !want[k] {
			t.Errorf("seed %d: %s is outstanding, and nothing says so\n%s", seed, k, said(events))
		}
	}
}

func said(events []Entry) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintln(&b, e.Run, e.Event, e.Kind, e.Name)
	}
	return b.String()
}

// Whatever two runs write at once, in whatever order their lines come: what was confirmed and not removed is outstanding.
func TestRunsDoNotForgetEachOthersObjects(t *testing.T) {
	for seed := range uint64(3000) {
		if checkReplay(t, seed); t.Failed() {
			return
		}
	}
}

func FuzzReplay(f *testing.F) {
	f.Add(uint64(7))
	f.Fuzz(checkReplay)
}

// The second of two runs at once is refused the realm that the first one gets.
func TestConflictDoesNotForgetTheOthersRealm(t *testing.T) {
	j := OpenJournal(t.TempDir())
	x := Entry{Run: "x", Server: "http://localhost:8080", Kind: "realm", Realm: "shop", Name: "shop"}
	y := x
	y.Run = "y"
	for _, line := range []struct {
		event string
		e     Entry
	}{{eventIntent, x}, {eventIntent, y}, {eventNotDone, y}, {eventConfirmed, x}} {
		if err := j.write(line.event, line.e); err != nil {
			t.Fatal(err)
		}
	}
	got, err := j.Outstanding(x.Server)
	if err != nil || len(got) != 1 || got[0].Run != "x" || got[0].Event != eventConfirmed {
		t.Errorf("%+v, %v", got, err)
	}
}

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
	j := OpenJournal(folder)
	entries, err := j.Outstanding("http://localhost:8080")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Run+" "+e.Kind+" "+e.Name)
	}
	if want := "aaaaaaaaaaaa realm kept, aaaaaaaaaaaa client c, aaaaaaaaaaaa role view-users, doctor grant view-users"; strings.Join(got, ", ") != want {
		t.Errorf("got %q", got)
	}
	changes, err := Changes(j, "http://localhost:8080")
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
