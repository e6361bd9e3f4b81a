package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"fix403/flows/params"
	flowstory "fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"

	tea "github.com/charmbracelet/bubbletea"
)

// An undo that comes to an end before its end: the screen says what was taken back, why the rest was not, and what stands;
// the steps that were taken back are open, also on their screens.
func TestUndoThatStopsSaysWhatStands(t *testing.T) {
	t.Parallel()
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var refuse atomic.Bool
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse.Load() && r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/users/") && !strings.Contains(r.URL.Path, "role-mappings") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"error":"HTTP 403 Forbidden"}`))
			return
		}
		p.ServeHTTP(w, r)
	}))
	defer web.Close()
	o := flowstory.Options{URL: web.URL, Params: params.DefaultParams(), Credentials: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}}
	r := before(t, o, flowstory.StepSecondCall)
	if _, err := r.runs.Story().Do(t.Context(), flowstory.StepSecondCall); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"u", "r"} {
		client := r.runs.Step(flowstory.StepClient)
		r.Screen = client
		client.Enter()
		refuse.Store(true)
		typed(r, key)
		do(t, r, typed(r, "y"))
		r.Update(tea.WindowSizeMsg{Width: 100, Height: 60})
		f := acrossColumns(frame(r))
		for _, want := range []string{"Still in place:", "the user john-doe", "the client 403-forbidden-fix-client"} {
			if !strings.Contains(f, want) {
				t.Fatalf("%s: no %q in\n%s", key, want, f)
			}
		}
		if key == "u" && !strings.Contains(frame(r), "Revoked the role view-users") {
			t.Errorf("%s: the screen does not say what was taken back:\n%s", key, frame(r))
		}
		if next, _ := r.runs.Story().Next(); next != flowstory.Steps()[after(flowstory.StepUser)].ID || !passed(r, flowstory.StepUser) {
			t.Errorf("%s: the next step is %s", key, next)
		}
		if passed(r, flowstory.StepGrant) {
			t.Errorf("%s: the screen of the role is as if it was given", key)
		}
	}
	refuse.Store(false)
	typed(r, "u")
	r.Update(<-answerOf(t, typed(r, "y")))
	if f := frame(r); !strings.Contains(f, "Removed the user john-doe") || strings.Contains(f, "Still in place") {
		t.Errorf("after the second undo:\n%s", f)
	}
	if passed(r, flowstory.StepClient) {
		t.Error("the client's step is not open")
	}
}

// The summary says of the role only what is so.
func TestSummaryOfAStoryThatWasUndone(t *testing.T) {
	t.Parallel()
	r := before(t, flowstory.Options{Practice: true, Params: params.DefaultParams()}, flowstory.StepSecondCall)
	r.Update(keyMsg(t, "f2"))
	r.Update(<-answerOf(t, press(r, tea.KeyEnter)))
	press(r, tea.KeyEnter)   // to the summary
	r.Update(keyMsg(t, "m")) // the details
	r.Update(tea.WindowSizeMsg{Width: 120, Height: 60})
	const line = "view-users of realm-management for"
	if f := frame(r); !strings.Contains(f, line) {
		t.Errorf("the role is there:\n%s", f)
	}
	if _, err := r.runs.Story().Undo(t.Context(), flowstory.StepUser); err != nil {
		t.Fatal(err)
	}
	if f := frame(r); !strings.Contains(f, "What was created, and how to continue") || strings.Contains(f, line) {
		t.Errorf("the role was taken back:\n%s", f)
	}
}
