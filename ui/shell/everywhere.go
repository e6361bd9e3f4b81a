package shell

import tea "github.com/charmbracelet/bubbletea"

// everywhere are the keys that work on every screen.
func (r *Root) everywhere() []Binding {
	var keys []Binding
	if suspends {
		keys = append(keys, r.suspendBinding())
	}
	return append(keys,
		Binding{Keys: []string{"f2"}, Help: "colours: for a dark screen, a light one, or the terminal's own", Do: r.nextTheme},
		Binding{Keys: []string{"f9"}, Help: "ASCII symbols only, for fonts that lack the others; and back", Do: func() (tea.Cmd, Nav) {
			r.env.Theme.Become(r.env.Theme.Name, !r.env.Theme.ASCII)
			return nil, None()
		}},
		Binding{Keys: []string{"f12"}, Help: "requests travel along the gates, or appear at once where they stop", Do: func() (tea.Cmd, Nav) {
			t := r.env.Theme
			if t.Still = !t.Still; t.Still {
				return nil, Notify(t.T("Nothing moves."))
			}
			return nil, Notify(t.T("Requests travel."))
		}},
		Binding{Keys: []string{helpKey, "f1"}, Label: "keys", Help: "this list of keys", Do: func() (tea.Cmd, Nav) {
			r.help.show(r.Bindings())
			return nil, None()
		}},
		Binding{Keys: []string{"ctrl+c"}, Help: "quit at once; a running call is cancelled first", Do: func() (tea.Cmd, Nav) { return r.interrupt(), None() }},
	)
}

func (r *Root) suspendBinding() Binding {
	return Binding{Keys: []string{"ctrl+z"}, Help: "suspend the program; fg in the shell brings it back", Do: func() (tea.Cmd, Nav) {
		if reason := noShellReason(); reason != "" {
			return nil, Notify(r.env.T(reason))
		}
		return tea.Suspend, None()
	}}
}

func (r *Root) nextTheme() (tea.Cmd, Nav) {
	if r.env.Theme.NoColor {
		return nil, Notify(r.env.T("Colours are off (NO_COLOR or --no-color)."))
	}
	t := r.env.Theme
	t.Become(t.NextTheme(), t.ASCII)
	return nil, Notify(r.env.T("Theme %s.", t.Name))
}
