package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// served is a practice server that the wizard takes for a real one.
type served struct {
	*practice.Server
	options story.Options
	web     *httptest.Server
	realms  atomic.Int32  // scratch realms that stand
	delay   chan struct{} // if set, deleting a realm waits for it
	strange atomic.Bool   // who brings no token is answered with 404
}

func serve(t *testing.T) *served {
	t.Helper()
	p, err := practice.New(practice.Options{Version: "24.0.5"})
	if err != nil {
		t.Fatal(err)
	}
	s := &served{Server: p}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimRight(r.URL.Path, "/")
		removes := r.Method == http.MethodDelete && strings.Count(path, "/") == 3
		if removes && s.delay != nil {
			<-s.delay
		}
		if s.strange.Load() && strings.HasPrefix(path, "/admin/") && r.Header.Get("Authorization") == "" {
			http.Error(w, `{"error":"Not Found"}`, http.StatusNotFound)
			return
		}
		p.ServeHTTP(w, r)
		switch {
		case r.Method == http.MethodPost && path == "/admin/realms":
			s.realms.Add(1)
		case removes:
			s.realms.Add(-1)
		}
	}))
	s.web = web
	t.Cleanup(web.Close)
	s.options = story.Options{URL: web.URL, Params: params.DefaultParams(), Credentials: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}}
	return s
}

// do runs a command and all that it holds but timers, and gives the answers to the root, until nothing is left
// or it quits.
func do(t *testing.T, r *wizard, cmd tea.Cmd) bool {
	t.Helper()
	if cmd == nil {
		return false
	}
	got := make(chan tea.Msg, 1)
	go func() { got <- cmd() }()
	select {
	case msg := <-got:
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, c := range batch {
				if do(t, r, c) {
					return true
				}
			}
			return false
		}
		if _, ok := msg.(tea.QuitMsg); ok {
			return true
		}
		_, next := r.Update(msg)
		return do(t, r, next)
	case <-time.After(20 * time.Second):
		return false // the timer that bounds leaving
	}
}

func typed(r *wizard, text string) tea.Cmd {
	_, cmd := r.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)})
	return cmd
}

// labOn goes from home through the connect form to an experiment that has been run.
func labOn(t *testing.T, s *served) *wizard {
	t.Helper()
	r := aRoot(t, s.options)
	r.Screen = r.homeScreen()
	press(r, tea.KeyDown) // from My Keycloak, since one was named
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "< my Keycloak >") {
		t.Fatalf("home is\n%s", frame)
	}
	press(r, tea.KeyEnter)
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "one scratch realm on") || strings.Contains(frame, "Guess") {
		t.Fatalf("the form is\n%s", frame)
	}
	do(t, r, press(r, tea.KeyEnter)) // the address
	do(t, r, press(r, tea.KeyEnter)) // the login, all of it given
	press(r, tea.KeyEnter)           // the first experiment
	typed(r, "1")
	do(t, r, press(r, tea.KeyEnter))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "As measured on this version.") || !strings.Contains(frame, ", 24.0.5") {
		t.Fatalf("the experiment is\n%s", frame)
	}
	if n := s.realms.Load(); n != 1 {
		t.Fatalf("%d scratch realms", n)
	}
	return r
}

// A server answers otherwise than its version was measured to.
func TestDifferenceIsSaid(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := labOn(t, s)
	press(r, tea.KeyEsc)
	for !strings.Contains(markedRow(r), "No token at all") {
		press(r, tea.KeyDown)
	}
	press(r, tea.KeyEnter)
	press(r, tea.KeyEnter) // without a prediction
	s.strange.Store(true)
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "Observed: 404", "✗ DIFFERENT: this version was measured to answer 401.")
	typed(r, "s")
	r.shows(t, "2 run: 1 as measured, 1 different, 0 not measured.", "DIFFERENT: No token at all (24.0.5 at 127.0.0.1:", "measured 401, observed 404")
	press(r, tea.KeyEsc)
	press(r, tea.KeyEsc)
	r.shows(t, "✗ differs No token at all 404")
	if res := r.result(); !strings.Contains(res.Summary, "DIFFERENT: No token at all (24.0.5 at ") {
		t.Errorf("the summary is %s", res.Summary)
	}
}

// markedRow is the row of a list that enter acts on.
func markedRow(r *wizard) string {
	for _, line := range strings.Split(frame(r), "\n") {
		if strings.Contains(line, "▸") {
			return line
		}
	}
	return ""
}

func TestLeavingTheLabRemovesItsRealm(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := labOn(t, s)
	press(r, tea.KeyEsc)
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Its own realm fix403-lab-") {
		t.Errorf("the list is\n%s", frame)
	}
	do(t, r, press(r, tea.KeyEsc))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "has been removed") || !strings.Contains(frame, "you predicted  401 unauthorized_client") {
		t.Errorf("after leaving:\n%s", frame)
	}
	if n := s.realms.Load(); n != 0 || r.labs.Pending() {
		t.Errorf("%d scratch realms stand, holding is %v", n, r.labs.Pending())
	}
	press(r, tea.KeyEnter)
	press(r, tea.KeyEnter) // connected already: straight in, to a new realm
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "✓ right") || !strings.Contains(frame, "creates one scratch realm") {
		t.Errorf("back in the lab:\n%s", frame)
	}
}

func TestInterruptInTheLabRemovesItsRealmFirst(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := labOn(t, s)
	s.delay = make(chan struct{})
	cmd := press(r, tea.KeyCtrlC)
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Removing the realm of the lab") {
		t.Errorf("no word of it:\n%s", frame)
	}
	close(s.delay)
	if !do(t, r, cmd) {
		t.Error("it does not quit")
	}
	if n := s.realms.Load(); n != 0 {
		t.Errorf("%d scratch realms stand", n)
	}
	if res := r.result(); !res.Interrupted || strings.Contains(res.Summary, "Still on the server") || !strings.Contains(res.Summary, "The lab of fix403") {
		t.Errorf("%+v", res)
	}
}

func TestSecondInterruptSaysWhatTheLabLeaves(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := labOn(t, s)
	press(r, tea.KeyCtrlC)
	if cmd := press(r, tea.KeyCtrlC); cmd == nil || cmd() != tea.Quit() {
		t.Error("the second one waits")
	}
	if res := r.result(); !strings.Contains(res.Summary, "Still on the server: realm fix403-lab-") || !strings.Contains(res.Summary, "--realm fix403-lab-") {
		t.Errorf("%+v", res)
	}
}

func TestRealmThatCanNotBeRemovedIsNamed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := labOn(t, s)
	press(r, tea.KeyEsc)
	s.web.Close() // nothing answers any more
	do(t, r, press(r, tea.KeyEsc))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "could not be removed") {
		t.Errorf("after leaving:\n%s", frame)
	}
	if res := r.result(); !strings.Contains(res.Summary, "Still on the server: realm fix403-lab-") {
		t.Errorf("%+v", res)
	}
}

func TestLoggingOutOpensTheConnectFormAgain(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := aRoot(t, s.options)
	press(r, tea.KeyEnter) // the question
	do(t, r, press(r, tea.KeyEnter))
	typed(r, "u")
	r.shows(t, "Log out, and open this step again?")
	do(t, r, typed(r, "y"))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Logged out.") || !strings.Contains(frame, "Server URL") {
		t.Fatalf("after undo:\n%s", frame)
	}
	other := serve(t)
	press(r, tea.KeyCtrlU)
	typed(r, other.options.URL)
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "Admin user "+other.AdminUser(), "Password ▸")
	typed(r, other.AdminPassword())
	do(t, r, press(r, tea.KeyEnter))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Found a Keycloak") || !strings.Contains(frame, strings.TrimPrefix(other.options.URL, "http://")) {
		t.Errorf("on the other server:\n%s", frame)
	}
}
