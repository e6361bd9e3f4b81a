package ui

import (
	"net/http/httptest"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/lab"
	"fix403/flows/story"
	"fix403/keycloak/server/servertest"
)

// With all credentials given by flags or the environment the wizard goes straight to the first step: there, too, a
// one-time code can be given, once the login was refused without it. The lab afterwards needs no other code.
func TestStepAsksForAOneTimeCode(t *testing.T) {
	s := serve(t)
	web := httptest.NewServer(servertest.NeedsCode(s, s.AdminUser(), "123456"))
	t.Cleanup(web.Close)
	o := s.options
	o.URL = web.URL
	r := aRoot(t, o)
	r.Screen = r.runs.Step(story.StepConnect)
	if strings.Contains(view(r), "One-time code") {
		t.Error("asked for before it can be known that there is one")
	}
	toButton(t, r)
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "✗ 400", "One-time code")
	typed(r, "000000")
	press(r, tea.KeyEnter)
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "One-time code ▸ only if this admin requires one") // it has the focus, and is empty
	typed(r, "123456")
	if strings.Contains(view(r), "123456") {
		t.Error("the code is shown")
	}
	press(r, tea.KeyEnter)
	do(t, r, press(r, tea.KeyEnter))
	if !passed(r, story.StepConnect) {
		t.Fatalf("%v", r.runs.Story().State().Results[story.StepConnect].Err)
	}
	lab, err := lab.New(r.runs.Story().Server())
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Open(t.Context()); err != nil {
		t.Errorf("the lab: %v", err)
	}
	if err := lab.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
