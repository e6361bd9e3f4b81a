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

// A password goes over plain http to another machine when enter is pressed a second time.
func TestPlainHTTPIsConfirmed(t *testing.T) {
	v := found(t, "http://192.0.2.1:8080")
	press(t, v, "password")
	cmd, nav := press(t, v, "enter")
	if cmd != nil || v.env.Work.Busy() {
		t.Fatal("sent at the first press")
	}
	if nav != shell.Notify("Plain http: others can read the secrets that are sent. Press enter again.") {
		t.Errorf("it says %+v", nav)
	}
	if !strings.Contains(drawn(v), "▸ [ Log in ]") {
		t.Errorf("the focus is not on the button:\n%s", drawn(v))
	}
}

// The one-time code is a field of its own, is sent, and is forgotten.
func TestOneTimeCode(t *testing.T) {
	v := found(t, "http://localhost:8080")
	press(t, v, "password")
	press(t, v, "tab")
	if !strings.Contains(drawn(v), "only for an admin who needs one") {
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
