package inspect

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/manual"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Manual is the way by hand that was looked at last: curl, until another one is chosen.
type Manual struct{ chosen manual.Form }

// Form is the chosen one.
func (m *Manual) Form() manual.FormInfo {
	for _, f := range manual.Forms() {
		if f.Form == m.chosen {
			return f
		}
	}
	return manual.Forms()[1]
}

// Lines are a text in the chosen form: commands are the same commands when they are broken.
func (m *Manual) Lines(text string, w int) []string {
	if strings.HasSuffix(m.Form().File, ".sh") {
		return words.Shell(words.Clean(text), w)
	}
	return words.Fold(words.Clean(text), w)
}

// other goes to the form n further on.
func (m *Manual) other(n int) {
	forms := manual.Forms()
	for i, f := range forms {
		if f.Form == m.Form().Form {
			m.chosen = forms[(i+n+len(forms))%len(forms)].Form
			return
		}
	}
}

// Keys choose the form, wherever texts by hand are shown.
func (m *Manual) Keys(top func()) []shell.Binding {
	other := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { m.other(n); top(); return nil, shell.None() }
	}
	return []shell.Binding{
		{Keys: []string{"tab", "right"}, Label: "other way", Help: "Admin Console, curl, kcadm, Terraform or TypeScript", Do: other(1)},
		{Keys: []string{"shift+tab", "left"}, Help: "the previous way", Do: other(-1)},
	}
}

// Tabs names the forms, the chosen one in brackets.
func (m *Manual) Tabs(t *kit.Theme, w int) string {
	var parts []string
	for _, f := range manual.Forms() {
		if f.Form == m.Form().Form {
			parts = append(parts, t.Heading.Render("["+f.Name+"]"))
		} else {
			parts = append(parts, t.Dim.Render(" "+f.Name+" "))
		}
	}
	return words.Fit(strings.Join(parts, " "), w)
}
