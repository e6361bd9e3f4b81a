package flows

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
)

func TestLabComesOutAsMeasured(t *testing.T) {
	for _, version := range practice.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			lab, err := NewLab(Options{Practice: true, As: version})
			if err != nil {
				t.Fatal(err)
			}
			measured := 0
			for _, e := range Experiments() {
				o, err := lab.Run(t.Context(), e)
				if err != nil {
					t.Fatal(err)
				}
				if o.Result == Different {
					t.Errorf("%s: %s, expected %s", e.ID, o.Observed, o.Expected)
				}
				if o.Result == AsExpected {
					measured++
				}
				if o.Exchange == nil || o.Exchange.Step != e.ID {
					t.Errorf("%s: no decisive exchange", e.ID)
				}
				if e.Answer(o.Observed) < 0 {
					t.Errorf("%s: no choice for %q", e.ID, o.Observed)
				}
			}
			// 26.7.2 was measured in how it reads roles, and in nothing else.
			if want := map[bool]int{true: 3, false: len(Experiments())}[version == "26.7.2"]; measured != want {
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
	lab, err := NewLab(Options{Practice: true, As: "24.0.5"})
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
		passed := []string{"old-token-after-revoke", "full-scope-off", "too-much"} // their last call passes on 24.0.5
		want := e.Gate
		if slices.Contains(passed, e.ID) {
			want = GateNone
		}
		if o.Stop.Gate != want {
			t.Errorf("%s: stopped at %s, want %s (%d %s)", e.ID, o.Stop.Gate, want, o.Exchange.Status, o.Exchange.ResponseBody)
		}
	}
}

func TestLabShowsADifference(t *testing.T) {
	server := serve(t, "26.7.3")
	lab, err := NewLab(server.options())
	if err != nil {
		t.Fatal(err)
	}
	e := *ExperimentByID("no-token")
	e.expect = func(string) string { return "200" }
	o, err := lab.Run(t.Context(), &e)
	if err != nil || o.Result != Different {
		t.Errorf("%+v, %v", o, err)
	}
	e.expect = func(string) string { return "" }
	if o, err = lab.Run(t.Context(), &e); err != nil || o.Result != NotMeasured {
		t.Errorf("%+v, %v", o, err)
	}
	if err := lab.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := server.realms(); got != "master" {
		t.Errorf("left behind: %s", got)
	}
}

// An experiment that can not be made is an error, and never an observation.
func TestLabReportsWhatItCouldNotDo(t *testing.T) {
	server := serve(t, "")
	lab, err := NewLab(server.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.intercept(nil, func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/role-mappings/clients/"+lab.story.rmID)
	})
	_, err = lab.Run(t.Context(), ExperimentByID("role-on-user"))
	var typed *keycloak.Error
	if !errors.As(err, &typed) || typed.Kind != keycloak.KindUnreachable {
		t.Errorf("got %v", err)
	}
	server.intercept(nil, nil)
	if err := lab.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestExperimentsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Experiments() {
		if seen[e.ID] {
			t.Errorf("%s stands twice", e.ID)
		}
		seen[e.ID] = true
		if e.Title == "" || e.Ask == "" || e.Explain == "" || e.Remember == "" || e.ByHand == "" || len(e.Choices) != 3 {
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

func TestLabHoldsNoSecret(t *testing.T) {
	server := serve(t, "")
	lab, err := NewLab(server.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"wrong-secret", "refresh-token", "id-token", "other-server", "tampered-signature"} {
		if _, err := lab.Run(t.Context(), ExperimentByID(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range lab.Exchanges() {
		for _, text := range []string{e.URL, e.RequestBody, e.ResponseBody, strings.Join(e.RequestHeader["Authorization"], "")} {
			if strings.Contains(text, "eyJ") || strings.Contains(text, server.pass) {
				t.Errorf("%s %s holds a secret: %s", e.Method, e.URL, text)
			}
		}
	}
}
