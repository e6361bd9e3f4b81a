package journal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fix403/flows/kind"
)

// runEvents is what one run may write about some objects of a realm: each is announced, perhaps confirmed or refused, and
// perhaps removed; a run that is killed stops anywhere.
func runEvents(r *rand.Rand, run string) []Entry {
	var events []Entry
	at := func(k, name string) Entry {
		e := Entry{Run: run, Server: "http://localhost:8080", Kind: kind.Kind(k), Realm: "shop", Name: name, Format: entryFormat}
		if k == "role" {
			e.Client, e.Container = "app", "realm-management"
		}
		return e
	}
	all := []Entry{at("realm", "shop"), at("client", "app"), at("role", "view-users"), at("user", "jane")}
	write := func(e Entry, event string) { e.Event = event; events = append(events, e) }
	for range 1 + r.IntN(2) { // told, perhaps, twice
		for _, e := range all {
			write(e, EventIntent)
			switch r.IntN(4) {
			case 0, 1:
				write(e, EventConfirmed)
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
	key := func(e Entry) string { return e.Run + " " + string(e.Kind) + " " + e.Name }
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
			case o.Event == EventConfirmed:
				confirmed, open = true, false
			case o.Event == EventIntent:
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
		if events[i].Event == EventIntent {
			events = slices.Delete(events, i, i+1)
		}
	}
	var outstanding []Entry
	for _, e := range events {
		outstanding = replay(outstanding, e)
	}
	want, got := expected(events), map[string]bool{}
	for _, e := range outstanding {
		k := e.Run + " " + string(e.Kind) + " " + e.Name
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
	j := Open(t.TempDir())
	x := Entry{Run: "x", Server: "http://localhost:8080", Kind: "realm", Realm: "shop", Name: "shop"}
	y := x
	y.Run = "y"
	for _, line := range []struct {
		event string
		e     Entry
	}{{EventIntent, x}, {EventIntent, y}, {eventNotDone, y}, {EventConfirmed, x}} {
		if err := j.Write(line.event, line.e); err != nil {
			t.Fatal(err)
		}
	}
	got, err := j.Outstanding(x.Server)
	if err != nil || len(got) != 1 || got[0].Run != "x" || got[0].Event != EventConfirmed {
		t.Errorf("%+v, %v", got, err)
	}
}
