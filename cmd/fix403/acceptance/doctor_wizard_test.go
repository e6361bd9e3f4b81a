package acceptance

import (
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	flowstory "fix403/flows/story"
	"fix403/keycloak/practice"
	"fix403/ui/diagnose"
	"fix403/ui/kit"
	"fix403/ui/login"
	"fix403/ui/shell"
)

// wizardRoutes leads nowhere: only the screens of the diagnosis are looked at.
type wizardRoutes struct{}

func (wizardRoutes) Open(shell.Route) (shell.Screen, error) { panic("the diagnosis is left") }
func (wizardRoutes) Where() string                          { return "" }

// wizard is the wizard's form of a diagnosis in a window of 80x24, with the keyboard before it.
type wizard struct {
	t    *testing.T
	root *shell.Root
	env  *shell.Env
}

func newWizard(t *testing.T) *wizard {
	theme, _ := kit.NewTheme(nil, nil, "dark", true, false, func(string) string { return "" })
	env := &shell.Env{Words: theme.Words, Defaults: flowstory.Options{}, Theme: theme, Now: time.Now, Out: io.Discard,
		Getenv: func(string) string { return "" }, Send: func(tea.Msg) {}, After: shell.After, Work: shell.NewWorker(t.Context(), time.Now)}
	w := &wizard{t: t, root: shell.NewRoot(env, wizardRoutes{}, nil), env: env}
	w.root.Screen = diagnose.New(env, login.Remembered{})
	w.root.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	return w
}

func (w *wizard) press(keys ...tea.KeyType) (cmd tea.Cmd) {
	for _, key := range keys {
		_, cmd = w.root.Update(tea.KeyMsg{Type: key})
	}
	return cmd
}

// fill types values into one field after the other.
func (w *wizard) fill(values ...string) {
	for _, value := range values {
		w.press(tea.KeyCtrlU)
		if value != "" {
			w.root.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(value), Paste: true})
		}
		w.press(tea.KeyTab)
	}
}

// ask puts a question into the form; false where the form has no field for a part of it.
func (w *wizard) ask(a ask, admin *target) bool {
	call := strings.ReplaceAll(a.call, "{realm}", a.realm)
	if len(a.args) == 2 && a.args[0] == "--ca-cert" {
		w.env.Defaults.TLS.CACert, a.args, a.env = a.args[1], nil, nil
	}
	switch {
	case len(a.args)+len(a.env) > 0 || a.login != nil && a.curl == "":
		return false
	case a.curl != "":
		w.press(tea.KeyTab)
		w.root.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(a.curl), Paste: true})
		w.press(tea.KeyTab)
		if strings.Contains(w.frame(), "the text does not show") {
			return false
		}
	case a.token != "":
		w.press(tea.KeyRight, tea.KeyRight, tea.KeyTab)
		w.fill(a.token, a.url, call, a.userID)
	default:
		w.press(tea.KeyRight, tea.KeyTab)
		w.fill(a.url, a.realm, a.clientID, a.secret, call, a.userID)
	}
	if admin != nil {
		w.press(tea.KeyRight, tea.KeyTab)
		w.fill("master", admin.adminUser, admin.adminPassword)
	}
	return true
}

// diagnose makes the calls, and returns the first frame of what was found.
func (w *wizard) diagnose() string {
	w.t.Helper()
	cmd := w.press(tea.KeyCtrlR)
	if strings.Contains(w.frame(), "Send the ") { // the address stands in the paste alone
		_, cmd = w.root.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("y")})
	}
	if cmd != nil {
		if batch, is := cmd().(tea.BatchMsg); is {
			w.root.Update(batch[0]())
			return w.frame()
		}
	}
	w.t.Fatalf("nothing is diagnosed:\n%s", w.frame())
	return ""
}

func (w *wizard) frame() string { return ansi.Strip(w.root.View()) }

// A scene that leads to a verdict, and how it is asked about.
type leading struct {
	name      string
	on        func(*target) bool
	build     func(*scene) ask
	withAdmin bool
}

// leadingTo are the set-ups that lead to a verdict.
func leadingTo(verdict string) (all []leading) {
	for _, c := range allBroken() {
		for _, withAdmin := range []bool{true, false} {
			if want := map[bool]expected{true: c.withAdmin, false: c.alone}[withAdmin]; slices.Contains(strings.Split(want.verdict, "|"), verdict) {
				all = append(all, leading{c.name, c.on, c.build, withAdmin})
			}
		}
	}
	for _, w := range writings {
		if w.want.verdict == verdict && w.call != nil {
			all = append(all, leading{w.name, w.on, func(s *scene) ask {
				s.scratch(nil)
				token := s.token(s.service(w.roles...))
				method, path, body := w.call(s)
				return w.ask(s, token, method, path, body)
			}, true})
		}
	}
	if verdict == "ok" {
		for _, c := range allHealthy() {
			all = append(all, leading{c.name, c.on, c.build, true})
		}
	}
	return all
}

// TestEachVerdictInTheFirstFrame diagnoses a call for each verdict of the doctor with the wizard's form. In the first frame at 80x24 are the
// verdict, the row of gates, the role or why there is none, and what to do next; none of it is cut.
func TestEachVerdictInTheFirstFrame(t *testing.T) {
	t.Parallel()
	var targets []*target
	for _, v := range []string{"26.7.4", "26.8.2", "24.0.5"} { // by the others what the first does not have
		targets = append(targets, practiceTarget(t, practice.Options{Version: v}))
	}
	for _, verdict := range slices.Sorted(maps.Keys(verdicts())) {
		t.Run(verdict, func(t *testing.T) {
			for _, on := range targets {
				for _, c := range leadingTo(verdict) {
					if found := c.shown(t, on); strings.Contains(found, verdict+" (") {
						firstFrameOfADiagnosis(t, found)
						return
					}
				}
			}
			t.Error("no set-up leads to it")
		})
	}
	for _, on := range targets {
		on.removeSpares(t)
	}
}

// shown is the screen of what a set-up leads to; "" where the form cannot ask about it.
func (c leading) shown(t *testing.T, on *target) string {
	if c.on != nil && !c.on(on) {
		return ""
	}
	w, admin := newWizard(t), on
	if !c.withAdmin {
		admin = nil
	}
	if !w.ask(c.build(newScene(t, on)), admin) {
		return ""
	}
	return w.diagnose()
}

func firstFrameOfADiagnosis(t *testing.T, frame string) {
	t.Helper()
	for _, want := range []string{"reach  client  identity  realm  route  role  object", "\n Role      ", "\n ▸ [ ", "\n enter "} {
		if !strings.Contains(frame, want) {
			t.Errorf("there is no %q:\n%s", want, frame)
		}
	}
	lines := strings.Split(frame, "\n")
	if len(lines) > 24 || strings.Contains(strings.Join(lines[2:], "\n"), "…") {
		t.Errorf("it is cut:\n%s", frame)
	}
}
