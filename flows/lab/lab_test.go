package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fix403/flows/gate"
	"fix403/flows/story"
	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
	"fix403/keycloak/version"
)

func TestMain(m *testing.M) { os.Exit(testrun.Waiting{M: m, AtOnce: 8}.Run()) }

func TestLabComesOutAsMeasured(t *testing.T) {
	for _, as := range practice.Versions() {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			lab, err := New(story.Options{Practice: true, As: as})
			if err != nil {
				t.Fatal(err)
			}
			measured, done := 0, 0
			err = lab.RunAll(t.Context(), Experiments(), func(o Outcome) {
				e := Experiments()[done]
				done++
				if o.ID != e.ID {
					t.Errorf("%s came in the place of %s", o.ID, e.ID)
				}
				if o.Result == Different {
					t.Errorf("%s: %s, expected %s", e.ID, o.Observed, o.Expected)
				}
				if o.Result == AsExpected {
					measured++
				}
				if len(o.Known.Same(o.Observed)) == 0 {
					t.Errorf("%s: %s, and what is known is %v", e.ID, o.Observed, o.Known)
				}
				if o.Exchange == nil || o.Exchange.Step != e.ID {
					t.Errorf("%s: no decisive exchange", e.ID)
				}
				if e.Answer(o.Observed) < 0 {
					t.Errorf("%s: no choice for %q", e.ID, o.Observed)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			want := len(Experiments())
			if as == "26.8.2" {
				want = 0 // what it answers is documented
			}
			if measured != want {
				t.Errorf("%d measured, want %d", measured, want)
			}
			if err := lab.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// The stop that is drawn is the gate that the experiment is about, where something stops.
func TestLabStopsAtItsGate(t *testing.T) {
	lab, err := New(story.Options{Practice: true, As: "24.0.5"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range Experiments() {
		if e.ID == "expired-token" {
			continue // waits; its gate is that of the other tokens
		}
		o, err := lab.Run(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		passed := []string{"old-token-after-revoke", "full-scope-off", "too-much", "audience-missing", "audience-optional"} // their last call passes on 24.0.5
		want := e.Gate
		if e.ID == "exchanged-token" {
			want = gate.Client // 24.0.5 exchanges none
		}
		if slices.Contains(passed, e.ID) {
			want = gate.None
		}
		if o.Refusal.Gate != want {
			t.Errorf("%s: stopped at %s, want %s (%d %s)", e.ID, o.Refusal.Gate, want, o.Exchange.Status, o.Exchange.ResponseBody)
		}
	}
}

func TestLabShowsADifference(t *testing.T) {
	lab, err := New(story.Options{Practice: true, As: "26.7.3"})
	if err != nil {
		t.Fatal(err)
	}
	e := *ExperimentByID("no-token")
	e.always, e.expect = "", version.Facts[string]{}.Measured("200", "26.7.3")
	o, err := lab.Run(t.Context(), &e)
	if err != nil || o.Result != Different {
		t.Errorf("%+v, %v", o, err)
	}
	for how, expect := range map[version.How]version.Facts[string]{
		version.Outside:    version.Facts[string]{}.Measured("200", "26.7.2"), // a difference from it is none
		version.Between:    version.Facts[string]{}.Measured("200", "26.7.2 26.7.9"),
		version.Differing:  version.Facts[string]{}.Measured("200", "26.7.2").Measured("401", "26.7.9"),
		version.Documented: version.Facts[string]{}.Documented("200", "26.7.2"),
	} {
		e.expect = expect
		if o, err = lab.Run(t.Context(), &e); err != nil || o.Result != NotMeasured || o.Expected != "" || o.Known.How != how {
			t.Errorf("%+v, %v", o, err)
		}
		if want := map[bool]int{true: 2, false: 1}[how == version.Between || how == version.Differing]; len(o.Known.Answers) != want {
			t.Errorf("%v", o.Known)
		}
	}
	if err := lab.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// trial is an experiment that makes no call.
func trial(id string, run func()) *Experiment {
	return &Experiment{ID: id, expect: version.Facts[string]{}.Measured("done", "26.7.3"), run: func(*fixture) string {
		run()
		return "done"
	}}
}

func TestLabRunsSomeAtATime(t *testing.T) {
	lab, err := New(story.Options{Practice: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := 0, 0
		var list []*Experiment
		var want, got []string
		for i := range 3 * maxConcurrent {
			id := fmt.Sprint(i)
			want = append(want, id)
			list = append(list, trial(id, func() {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(time.Duration(5*maxConcurrent-i) * time.Second) // the first takes longest
				mu.Lock()
				running--
				mu.Unlock()
			}))
		}
		if err := lab.RunAll(t.Context(), list, func(o Outcome) { got = append(got, o.ID) }); err != nil {
			t.Fatal(err)
		}
		if most != maxConcurrent || !slices.Equal(got, want) {
			t.Errorf("%d at the same time, in the order %q", most, got)
		}
	})
}

// What was seen before an experiment that cannot be made is not lost, and no other is begun after it.
func TestLabEndsWithTheFirstThatCanNotBeMade(t *testing.T) {
	lab, err := New(story.Options{Practice: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		none := func() {}
		broken := trial("broken", none)
		broken.run = func(b *fixture) string {
			time.Sleep(time.Second)
			b.err = errors.New("no way")
			return ""
		}
		list := []*Experiment{trial("0", none), trial("1", none), broken}
		for range 2 * maxConcurrent {
			list = append(list, trial("late", func() { time.Sleep(time.Minute) }))
		}
		begun := time.Now()
		var got []string
		err := lab.RunAll(t.Context(), list, func(o Outcome) { got = append(got, o.ID) })
		if err == nil || !strings.Contains(err.Error(), "broken") || !strings.Contains(err.Error(), "no way") || !slices.Equal(got, []string{"0", "1"}) {
			t.Errorf("%v after %q", err, got)
		}
		if took := time.Since(begun); took > time.Minute+time.Second {
			t.Errorf("went on for %v", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := lab.RunAll(ctx, list, func(Outcome) { t.Error("an outcome") }); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
	})
}

func TestExperimentsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Experiments() {
		if seen[e.ID] {
			t.Errorf("%s stands twice", e.ID)
		}
		seen[e.ID] = true
		if e.Title == "" || e.Ask == "" || e.Explain == "" || e.Remember == "" || e.Manual == "" || len(e.Choices) != 3 {
			t.Errorf("%s is not whole", e.ID)
		}
		if lines := len(e.Explain)/78 + 1; lines > 5 {
			t.Errorf("%s explains in %d lines", e.ID, lines)
		}
		when := map[string]bool{}
		for _, c := range e.Choices {
			for _, w := range c.When {
				if when[w] {
					t.Errorf("%s: %q makes two choices true", e.ID, w)
				}
				when[w] = true
			}
		}
	}
}
