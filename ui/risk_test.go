package ui

import (
	"net/http"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// foreignRealm has the story ask about a realm that somebody else made, and goes to its step.
func foreignRealm(t *testing.T, name string) (*wizard, *served) {
	t.Helper()
	s := serve(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.web.URL+"/admin/realms", strings.NewReader(`{"realm":"`+name+`","enabled":true}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken(t, s))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	o := s.options
	o.Params = params.DefaultParams()
	o.Params.Realm = name
	o.URL, o.Credentials = s.web.URL, keycloak.Credentials{User: s.AdminUser(), Password: wire.NewSecret(s.AdminPassword())}
	r := aRoot(t, o)
	if _, err := r.runs.Story().Do(t.Context(), story.StepConnect); err != nil {
		t.Fatal(err)
	}
	r.Screen = r.runs.Step(story.StepRealm)
	toButton(t, r)
	return r, s
}

// The wizard works inside a realm that is not ours when that was agreed to, and takes only its own away.
func TestWizardWorksInsideAnExistingRealm(t *testing.T) {
	t.Parallel()
	r, _ := foreignRealm(t, "team")
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "that fix403 did not create", "press i (^X in a field)", "[ Work inside this realm ]")
	if cmd := typed(r, "i"); cmd != nil {
		t.Fatal("done at the first press")
	}
	r.shows(t, "Work inside the realm team?", "A client and a user are created in team, and nothing else.")
	if cmd := typed(r, "i"); cmd != nil {
		t.Fatal("done at the second press")
	}
	do(t, r, typed(r, "y"))
	r.shows(t, "The realm existed before fix403: only a client and a user are created in it")
	st := r.runs.Story().State()
	if !st.Existing || len(st.Created) != 0 {
		t.Errorf("%+v", st)
	}
}

// What looks like production is created when that was agreed to.
func TestWizardAsksBeforeProduction(t *testing.T) {
	t.Parallel()
	r, _ := foreignRealm(t, "prod-app")
	if cmd := press(r, tea.KeyEnter); cmd != nil {
		t.Fatal("done at the first press")
	}
	r.shows(t, "Create the realm prod-app?", "! prod-app looks like a production system.", "[ Yes, do it ]")
	if cmd := press(r, tea.KeyEsc); cmd != nil {
		t.Fatal("done though it was left")
	}
	press(r, tea.KeyEnter)
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "that fix403 did not create")
}

// What was there before is not among what an undo says that it takes back.
func TestUndoNamesOnlyWhatThisRunMade(t *testing.T) {
	t.Parallel()
	r, _ := foreignRealm(t, "team")
	do(t, r, press(r, tea.KeyEnter))
	typed(r, "i")
	do(t, r, typed(r, "y"))
	if _, err := r.runs.Story().Do(t.Context(), story.StepClient); err != nil {
		t.Fatal(err)
	}
	typed(r, "u")
	r.shows(t, "Undo this step and all later ones?", "the client 403-forbidden-fix-client")
	if strings.Contains(frame(r), "the realm team") {
		t.Errorf("the realm was there before:\n%s", frame(r))
	}
}
