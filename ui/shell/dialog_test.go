package shell

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/ui/kit"
)

// asking is a screen with a field, of which q asks a question.
type asking struct {
	dialog *Dialog
	typed  string
}

func (a *asking) Enter() tea.Cmd { return nil }
func (a *asking) Leave()         {}
func (a *asking) Typing() bool   { return true }
func (a *asking) Update(msg tea.Msg) (tea.Cmd, Nav) {
	if k, is := msg.(tea.KeyMsg); is {
		a.typed += k.String()
	}
	return nil, None()
}
func (a *asking) Layout(int, int) *Frame {
	return Page([]string{"head", "rule"}, Lines([]string{"body"}))
}
func (a *asking) Keys() []Binding {
	return []Binding{{Keys: []string{"ctrl+q"}, Label: "ask", Help: "ask", Do: func() (tea.Cmd, Nav) { return nil, Ask(a.dialog) }}}
}

type noRoutes struct{}

func (noRoutes) Open(Route) (Screen, error) { panic("it leads elsewhere") }
func (noRoutes) Where() string              { return "" }
func (noRoutes) Pending() bool              { return false }
func (noRoutes) Finish() (tea.Cmd, string)  { return nil, "" }

// asked is a root on a screen that asks, and what was answered.
func asked(t *testing.T, d kit.Dialog) (r *Root, screen *asking, answers *[]string) {
	t.Helper()
	theme, _ := kit.NewTheme(nil, nil, "dark", true, false, func(string) string { return "" })
	var got []string
	answer := func(name string) func() (tea.Cmd, Nav) {
		return func() (tea.Cmd, Nav) { got = append(got, name); return nil, None() }
	}
	screen = &asking{dialog: &Dialog{Dialog: d, Yes: answer("yes")}}
	if d.Careful {
		screen.dialog.Else = Answer{Label: "do not send", Help: "diagnose the call without sending them", Do: answer("else")}
	}
	r = NewRoot(&Env{Theme: theme, Now: time.Now, Work: NewWorker(t.Context(), time.Now)}, noRoutes{}, noRoutes{})
	r.Screen = screen
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	return r, screen, &got
}

func keys(r *Root, names ...string) {
	for _, name := range names {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
		switch name {
		case "ctrl+q":
			msg = tea.KeyMsg{Type: tea.KeyCtrlQ}
		case "enter":
			msg = tea.KeyMsg{Type: tea.KeyEnter}
		case "esc":
			msg = tea.KeyMsg{Type: tea.KeyEsc}
		case "pgdown":
			msg = tea.KeyMsg{Type: tea.KeyPgDown}
		case "paste":
			msg = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("y"), Paste: true}
		}
		r.Update(msg)
	}
}

// Each dialog has the same keys; where enter would be too little thought, it is no answer.
func TestDialogIsAnsweredByTheSameKeys(t *testing.T) {
	t.Parallel()
	for _, try := range []struct {
		careful bool
		keys    string
		want    string
		typed   string // what the screen under it got
	}{
		{false, "enter", "[yes]", ""}, {false, "y", "[yes]", ""}, {false, "esc", "[]", ""}, {false, "n", "[]", ""},
		{true, "enter y", "[yes]", ""}, {true, "enter esc", "[]", ""}, {true, "enter n", "[else]", ""},
		{false, "x ctrl+q paste enter", "[yes]", ""}, {false, "esc enter y", "[]", "entery"},
	} {
		r, screen, got := asked(t, kit.Dialog{Ask: "Really?", Careful: try.careful})
		keys(r, "ctrl+q")
		if shown := ansi.Strip(r.View()); !strings.Contains(shown, "Really?") || !strings.Contains(shown, "head") || strings.Contains(shown, "body") {
			t.Fatalf("it is drawn as\n%s", shown)
		}
		keys(r, strings.Fields(try.keys)...)
		if fmt.Sprint(*got) != try.want {
			t.Errorf("%v %s: %v, not %s", try.careful, try.keys, *got, try.want)
		}
		if shown := ansi.Strip(r.View()); strings.Contains(shown, "Really?") || !strings.Contains(shown, "body") {
			t.Errorf("%s: after the answer\n%s", try.keys, shown)
		}
		if screen.typed != try.typed {
			t.Errorf("%s: the screen under it got %q", try.keys, screen.typed)
		}
	}
}

func TestDialogIsClickedAndScrolled(t *testing.T) {
	t.Parallel()
	d := kit.Dialog{Ask: "Really?", Careful: true}
	for i := range 50 {
		d.Items = append(d.Items, fmt.Sprintf("item %d.", i))
	}
	r, _, got := asked(t, d)
	keys(r, "ctrl+q")
	for range 4 {
		keys(r, "pgdown")
	}
	lines := strings.Split(ansi.Strip(r.View()), "\n")
	if !strings.Contains(strings.Join(lines, "\n"), "item 49.") {
		t.Errorf("it is not scrolled:\n%s", strings.Join(lines, "\n"))
	}
	for y, line := range lines {
		if x := strings.Index(line, "[ Yes"); x >= 0 {
			r.Update(tea.MouseMsg{X: ansi.StringWidth(line[:x]) + 2, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
		}
	}
	if fmt.Sprint(*got) != "[yes]" {
		t.Errorf("a click answers %v", *got)
	}
}

// A call that begins while the question is up makes it stale.
func TestDialogGoesWhenACallBegins(t *testing.T) {
	t.Parallel()
	r, _, got := asked(t, kit.Dialog{Ask: "Really?"})
	keys(r, "ctrl+q")
	r.env.Work.Start("", "work", func(context.Context) (any, error) { return nil, nil })
	r.Update(nil)
	if strings.Contains(r.View(), "Really?") {
		t.Errorf("it stays:\n%s", r.View())
	}
	keys(r, "y")
	if len(*got) > 0 {
		t.Errorf("it is answered: %v", *got)
	}
}
