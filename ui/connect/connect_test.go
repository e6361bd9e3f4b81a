package connect

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/story"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/ui/kit"
	"fix403/ui/shell"
)

// noStories is before any story.
type noStories struct{}

func (noStories) Replace(story.Options) (*story.Story, error) { panic("a login is sent") }
func (noStories) OwnStory() *story.Story                      { return nil }

// found is the form after a server was found.
func found(t *testing.T, url string) *Screen {
	t.Helper()
	theme, _ := kit.NewTheme(nil, nil, "dark", true, false, func(string) string { return "" })
	v := New(&shell.Env{Theme: theme, Work: shell.NewWorker(t.Context(), time.Now), Now: time.Now}, noStories{}, "", "")
	v.found, v.reached = story.Found{URL: url}, true
	v.enterStage(stageLogin)
	return v
}

// press does what a key does; text is typed.
func press(t *testing.T, v *Screen, key string) (tea.Cmd, shell.Nav) {
	t.Helper()
	if b, found := shell.Find(v.Keys(), key, v.Typing()); found {
		return b.Do()
	}
	return v.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)})
}

func drawn(v *Screen) string { return ansi.Strip(strings.Join(v.Layout(80, 24).Lines, "\n")) }

// noRoutes is where no screen leads elsewhere.
type noRoutes struct{}

func (noRoutes) Open(shell.Route) (shell.Screen, error) { panic("it leads elsewhere") }
func (noRoutes) Where() string                          { return "" }
func (noRoutes) Pending() bool                          { return false }
func (noRoutes) Finish() (tea.Cmd, string)              { return nil, "" }

// A password goes over plain http to another machine when that was agreed to.
func TestPlainHTTPIsConfirmed(t *testing.T) {
	v := found(t, "http://192.0.2.1:8080")
	press(t, v, "password")
	r := shell.NewRoot(v.env, noRoutes{}, noRoutes{})
	r.Screen = v
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	key := func(k tea.KeyMsg) tea.Cmd { _, cmd := r.Update(k); return cmd }
	if cmd := key(tea.KeyMsg{Type: tea.KeyEnter}); cmd != nil || v.env.Work.Busy() {
		t.Fatal("sent at the first press")
	}
	for _, want := range []string{"Log in over plain http?", "Plain http: others can read the secrets that are sent.", "▸ [ Yes, do it ]"} {
		if !strings.Contains(ansi.Strip(r.View()), want) {
			t.Errorf("no %q in\n%s", want, r.View())
		}
	}
	if cmd := key(tea.KeyMsg{Type: tea.KeyEsc}); cmd != nil || v.env.Work.Busy() {
		t.Fatal("sent though it was left")
	}
	if !strings.Contains(ansi.Strip(r.View()), "▸ [ Log in ]") {
		t.Errorf("the focus is not on the button:\n%s", r.View())
	}
	key(tea.KeyMsg{Type: tea.KeyEnter})
	key(tea.KeyMsg{Type: tea.KeyEnter})
	if r.Err == nil || !strings.Contains(r.Err.Error(), "a login is sent") {
		t.Errorf("a yes sends nothing: %v", r.Err)
	}
}

// The one-time code is a field of its own, is sent, and is forgotten.
func TestOneTimeCode(t *testing.T) {
	v := found(t, "http://localhost:8080")
	press(t, v, "password")
	press(t, v, "tab")
	if !strings.Contains(drawn(v), "only if this admin requires one") {
		t.Errorf("the field of the code has not the focus:\n%s", drawn(v))
	}
	press(t, v, "123456")
	if c := v.login.Credentials(); c.OTP.Reveal() != "123456" || c.Password.Reveal() != "password" || strings.Contains(drawn(v), "123456") {
		t.Errorf("%+v", c)
	}
	v.failed(&failure.Error{Kind: failure.AdminRefused, Message: msg.New("refused")})
	if v.focused() != v.login.Secret() || v.login.Code.Input.Value() != "" {
		t.Error("the used code is kept, or the password has not the focus")
	}
}
