package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	flowlab "fix403/flows/lab"
	"fix403/flows/params"
	flowstory "fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/practice"
	"fix403/ui/roles"
	"fix403/ui/shell"
	"fix403/ui/story"
	"fix403/ui/watch"
)

// standing is a screen in a state, for tests that go through all of them. What a key would send is not sent by these tests, so
// that one screen can be opened as often as there are keys.
type standing struct {
	name string
	in   func(testing.TB, *texts.Printer) *wizard
}

// open is the screen in English.
func (s standing) open(t testing.TB) *wizard { return s.in(t, nil) }

// told are stories that went no further: after none of the steps, after the first, ...
var told = sync.OnceValue(func() []*flowstory.Story {
	var all []*flowstory.Story
	for n := range len(flowstory.Steps()) + 1 {
		s, err := flowstory.New(flowstory.Options{Practice: true, Params: params.DefaultParams()})
		if err != nil {
			panic(err)
		}
		for _, step := range flowstory.Steps()[:n] {
			if _, err := s.Do(context.Background(), step.ID); err != nil {
				panic(err)
			}
		}
		all = append(all, s)
	}
	return all
})

// upTo is how many steps come before one.
func upTo(id flowstory.StepID) int {
	return slices.IndexFunc(flowstory.Steps(), func(s *flowstory.Step) bool { return s.ID == id })
}

// of is how a screen counts a step: "5 of 7".
func of(id flowstory.StepID) string {
	return fmt.Sprintf("%d of %d", after(id), len(flowstory.Steps()))
}

// enters is how often enter alone is pressed from home to the screen of a step.
func enters(id flowstory.StepID) int {
	n := 1
	for _, step := range flowstory.Steps()[:upTo(id)] {
		n += len(step.Questions) + 2 // the questions, the step, and on
	}
	return n
}

// after is how many steps are done when one is.
func after(id flowstory.StepID) int { return upTo(id) + 1 }

// toldWhole is a story that came to its end.
func toldWhole() *flowstory.Story { return told()[len(flowstory.Steps())] }

// opened is a root on a story of some steps, with keys pressed on the screen that show brings up.
func opened(steps int, show func(*wizard) shell.Screen, keys ...string) func(testing.TB, *texts.Printer) *wizard {
	return func(t testing.TB, p *texts.Printer) *wizard {
		t.Helper()
		r := aRootIn(t, p, practiceOptions().Story)
		r.env.Now = func() time.Time { return toldWhole().Exchanges()[0].Started }
		showStory(r, told()[steps])
		r.home = nil
		r.Screen = show(r)
		r.Screen.Enter()
		for _, k := range keys {
			r.Update(keyMsg(t, k))
		}
		return r
	}
}

// showStory makes a story the current one.
func showStory(r *wizard, s *flowstory.Story) {
	r.runs = story.NewRuns(r.env, func(flowstory.Options) (*flowstory.Story, error) { return s, nil })
	if err := r.runs.Open(practiceOptions().Story); err != nil {
		panic(err)
	}
}

func atHome(r *wizard) shell.Screen { return r.homeScreen() }

func atStep(id flowstory.StepID) func(*wizard) shell.Screen {
	return func(r *wizard) shell.Screen { return r.runs.Step(id) }
}

func atForm(r *wizard) shell.Screen {
	r.o.DefaultURL = "http://localhost:8080"
	return r.connectForm(false)
}

// aServer is a practice server on a port, for the forms that look at one.
var aServer = sync.OnceValue(func() *httptest.Server {
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		panic(err)
	}
	return httptest.NewServer(p)
})

const adminPassword = "x9-of-a-server"

func atLogin(r *wizard) shell.Screen {
	r.o.DefaultURL = aServer().URL
	r.Screen = r.connectForm(false)
	_, cmd := r.Update(tea.KeyMsg{Type: tea.KeyEnter})
	r.Update(cmd().(tea.BatchMsg)[0]()) // what was found
	return r.Screen
}

func atLab(r *wizard) shell.Screen {
	r.Screen = r.labs.Practice("")
	return r.Screen
}

func atExperiment(r *wizard) shell.Screen {
	atLab(r)
	for range slices.Index(flowlab.Experiments(), flowlab.ExperimentByID("tampered-signature")) {
		press(r, tea.KeyDown)
	}
	press(r, tea.KeyEnter)
	return r.Screen
}

// atRanExperiment is one that has been run, with a prediction.
func atRanExperiment(r *wizard) shell.Screen {
	atExperiment(r)
	typed(r, "2")
	r.Update(press(r, tea.KeyEnter)().(tea.BatchMsg)[0]())
	return r.Screen
}

func atRecap(r *wizard) shell.Screen {
	atRanExperiment(r)
	typed(r, "s")
	return r.Screen
}

func atRoles(r *wizard) shell.Screen { return roles.New(r.env) }

func atWatch(r *wizard) shell.Screen {
	return watch.New(r.env, aServer().URL, func() map[string]string { return map[string]string{aServer().URL: "26.7.4"} })
}

// atWatching is after two calls, of which one was refused.
func atWatching(r *wizard) shell.Screen {
	v := atWatch(r)
	r.Screen = v
	press(r, tea.KeyShiftTab) // from the button to the port
	for range "8404" {
		press(r, tea.KeyBackspace)
	}
	typed(r, "0")
	r.Update(press(r, tea.KeyEnter)().(tea.BatchMsg)[0]())
	_, address, _ := strings.Cut(ansi.Strip(view(r)), "http://")
	address, _, _ = strings.Cut("http://"+address, "  ")
	token := tokenAt(address)
	for _, bearer := range []string{token, "no-token"} {
		ask, err := http.NewRequest(http.MethodGet, address+"/admin/realms/master/users", nil)
		if err != nil {
			panic(err)
		}
		ask.Header.Set("Authorization", "Bearer "+bearer)
		answer, err := http.DefaultClient.Do(ask)
		if err != nil {
			panic(err)
		}
		_ = answer.Body.Close()
	}
	for !strings.Contains(ansi.Strip(view(r)), "  2 ") { // the proxy looks at a call once it has passed
		runtime.Gosched()
	}
	return v
}

// tokenAt logs the admin of aServer in, at an address that leads there.
func tokenAt(address string) string {
	answer, err := http.PostForm(address+"/realms/master/protocol/openid-connect/token", url.Values{
		"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {adminPassword},
	})
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&issued); err != nil || issued.Token == "" {
		panic(fmt.Sprint("no token: ", answer.Status, err))
	}
	return issued.Token
}

func atDemo(r *wizard) shell.Screen {
	d, err := r.play(practiceOptions().Story, Demo{Speed: 1})
	if err != nil {
		panic(err)
	}
	return d
}

// atSummary is where the last step leads to.
func atSummary(r *wizard) shell.Screen {
	r.Screen = r.runs.Step(flowstory.StepSecondCall)
	r.Update(tea.KeyMsg{Type: tea.KeyEnter})
	return r.Screen
}

// standings are all screens in the states in which they have other keys.
func standings() []standing {
	first, second := flowstory.StepFirstCall, flowstory.StepSecondCall
	return []standing{
		{"Home", opened(0, atHome)},
		{"Connect: the address", opened(0, atForm)},
		{"Connect: the login", opened(0, atLogin)},
		{"Connect: the choice of a login", opened(0, atLogin, "shift+tab", "shift+tab", "shift+tab")},
		{"A step: a question", opened(upTo(flowstory.StepRealm), atStep(flowstory.StepRealm))},
		{"A step: a field", opened(upTo(flowstory.StepRealm), atStep(flowstory.StepRealm), "tab")},
		{"A step: before it is done", opened(upTo(first), atStep(first), "tab")},
		{"A step: after it was done", opened(after(first), atStep(first))},
		{"A step: before it is undone", opened(after(flowstory.StepClient), atStep(flowstory.StepClient), "u")},
		{"The wire", opened(after(first), atStep(first), "w")},
		{"The wire: a search", opened(after(first), atStep(first), "w", "/")},
		{"The token", opened(after(second), atStep(second), "t")},
		{"By hand", opened(after(first), atStep(first), "b")},
		{"Another URL", opened(after(first), atStep(first), "e")},
		{"Summary", opened(len(flowstory.Steps()), atSummary)},
		{"Summary: before all is removed", opened(len(flowstory.Steps()), atSummary, "x")},
		{"Summary: the script", opened(len(flowstory.Steps()), atSummary, "p")},
		{"Lab", opened(0, atLab)},
		{"An experiment: the question", opened(0, atExperiment)},
		{"An experiment: after it was run", opened(0, atRanExperiment)},
		{"An experiment: the wire", opened(0, atRanExperiment, "w")},
		{"An experiment: by hand", opened(0, atRanExperiment, "b")},
		{"Lab: looking back", opened(0, atRecap)},
		{"Diagnose: the choice", opened(0, atDiagnose)},
		{"Diagnose: the command", opened(0, atDiagnose, "tab")},
		{"Diagnose: a field", opened(0, atDiagnoseClient, "tab")},
		{"Diagnose: the button", opened(0, atDiagnoseClient, "shift+tab")},
		{"Diagnose: where credentials go", opened(0, atDiagnoseAsking)},
		{"Diagnosis", opened(0, atDiagnosis)},
		{"Diagnosis: before the fix", opened(0, atDiagnosis, "f")},
		{"Diagnosis: the wire", opened(0, atDiagnosis, "w")},
		{"Diagnosis: the token", opened(0, atDiagnosis, "t")},
		{"Watch: the server", opened(0, atWatch)},
		{"Watch: the calls", opened(0, atWatching)},
		{"Watch: before it stops", opened(0, atWatching, "x")},
		{"Watch: the roles", opened(0, atWatching, "enter")},
		{"Watch: how to grant them", opened(0, atWatching, "enter", "right")},
		{"Roles: the field", opened(0, atRoles)},
		{"Roles: the list", opened(0, atRoles, "tab")},
		{"Roles: marked calls", opened(0, atRoles, "tab", " ", "down", " ")},
		{"Roles: nothing is found", opened(0, atRoles, "~")},
		{"Roles: a call", opened(0, atRoles, "enter")},
		{"Roles: the choice of a role", opened(0, atRoles, "tab", "r")},
		{"Roles: what a role opens", opened(0, atRoles, "tab", "r", "enter")},
		{"Demo", opened(0, atDemo)},
		{"Help", opened(after(first), atStep(first), "?")},
	}
}

// keyMsg is the message of a key by its name.
func keyMsg(t testing.TB, name string) tea.KeyMsg {
	t.Helper()
	for k := tea.KeyType(-200); k < 200; k++ {
		if m := (tea.KeyMsg{Type: k}); k != tea.KeyRunes && m.String() == name {
			return m
		}
	}
	if len([]rune(name)) != 1 {
		t.Fatalf("there is no key %q", name)
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// typing reports whether what is typed is text in a field.
func (w *wizard) typing() bool {
	return w.Screen.Typing() && !w.helped() && !strings.Contains(ansi.Strip(view(w)), "[ Yes, do it ]")
}

// helped reports whether the help is on the screen.
func (w *wizard) helped() bool { return strings.Contains(ansi.Strip(view(w)), "Keys on this screen") }

// fits complains of a frame that is larger than the window.
func fits(t *testing.T, what, frame string, w, h int) {
	t.Helper()
	if bad := tooLarge(frame, w, h); bad != "" {
		t.Fatalf("%s at %dx%d: %s in\n%s", what, w, h, bad, frame)
	}
}

// tooLarge says what of a frame does not fit a window; "" if all does.
func tooLarge(frame string, w, h int) string {
	lines := strings.Split(frame, "\n")
	if len(lines) > h {
		return fmt.Sprintf("%d lines", len(lines))
	}
	for _, line := range lines {
		if n := ansi.StringWidth(line); n > w {
			return fmt.Sprintf("a line of %d cells, %q,", n, line)
		}
	}
	return ""
}

// view is the frame as it is now, also after a test changed something by itself.
func view(r *wizard) string {
	r.Update(nil)
	return r.View()
}
