package watch

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/texts"
	"fix403/ui/shell"
)

// Keys implements [shell.Screen].
func (v *Screen) Keys() []shell.Binding {
	if v.session == nil {
		return v.formKeys()
	}
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	move := func(n int) func() (tea.Cmd, shell.Nav) { return do(func() { v.list.Move(n, len(v.numbers)) }) }
	which := texts.Text("refused only")
	if v.refused {
		which = "all calls"
	}
	ending := shell.Binding{Keys: []string{"x"}, Label: "stop", Help: "stop listening; what was seen stays", Do: v.stop}
	leaving := shell.Binding{Keys: []string{"esc", "q"}, Label: "home", Help: "back to the home screen; the proxy goes on listening", Do: v.home}
	if !v.session.Listening() {
		ending = shell.Binding{Keys: []string{"n"}, Label: "watch again", Help: "watch again, with nothing seen yet", Do: do(func() { v.session = nil })}
		leaving.Help = "back to the home screen"
	}
	const page = 10
	return []shell.Binding{
		{Keys: []string{"enter", "s"}, Label: "roles", Help: "for each client the smallest roles for what it called", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(newSum(v)) }},
		ending,
		{Keys: []string{"f"}, Label: which, Help: "only calls that were refused or hide something, or all again", Do: do(func() { v.refused, v.held = !v.refused, 0 })},
		{Keys: []string{"y"}, Label: "copy", Help: "copy the address for your program", Do: func() (tea.Cmd, shell.Nav) { return nil, v.env.Copy(v.env.T("Address"), v.session.Address) }},
		{Keys: []string{"down", "j"}, Help: "the next call", Disabled: v.none, Do: move(1)},
		{Keys: []string{"up", "k"}, Help: "the previous call", Disabled: v.none, Do: move(-1)},
		{Keys: []string{"pgdown"}, Help: "a page down", Do: move(page)},
		{Keys: []string{"pgup"}, Help: "a page up", Do: move(-page)},
		{Keys: []string{"end"}, Help: "the newest call, and those that come", Do: do(func() { v.held = 0 })},
		leaving,
	}
}

func (v *Screen) home() (tea.Cmd, shell.Nav) {
	to := shell.Open(shell.Route{To: shell.Home})
	if v.session != nil && v.session.Listening() {
		return nil, to.WithNotice(v.env.T("Still listening at %s. Watch leads back.", v.session.Address))
	}
	return nil, to
}

func (v *Screen) formKeys() []shell.Binding {
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.form.Move(n); return nil, shell.None() }
	}
	scroll := func(key string) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.text.Key(key); return nil, shell.None() }
	}
	return append(append([]shell.Binding{
		{Keys: []string{"enter"}, Label: "listen", Help: "check that a Keycloak responds there, and listen in front of it", Do: v.start},
		{Keys: []string{"tab", "down"}, Label: "move", Help: "to the next field", Do: move(1)},
		{Keys: []string{"shift+tab", "up"}, Help: "to the previous field", Do: move(-1)},
	}, shell.PageKeys("", scroll)...),
		shell.Binding{Keys: []string{"esc"}, Label: "back", Help: "back to the home screen; your input is kept", Do: v.home})
}
