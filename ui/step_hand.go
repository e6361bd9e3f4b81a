package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/ui/words"
)

// handForm is the way by hand that was looked at last: curl, until another one is chosen.
func (s *session) handForm() flows.FormInfo {
	for _, f := range flows.Forms() {
		if f.Form == s.hand {
			return f
		}
	}
	return flows.Forms()[1]
}

// otherForm goes to the form n further on.
func (s *session) otherForm(n int) {
	forms := flows.Forms()
	for i, f := range forms {
		if f.Form == s.handForm().Form {
			s.hand = forms[(i+n+len(forms))%len(forms)].Form
			return
		}
	}
}

// formKeys choose the form, wherever texts by hand are shown.
func (s *session) formKeys(top func()) []Binding {
	other := func(n int) func() (tea.Cmd, Nav) {
		return func() (tea.Cmd, Nav) { s.otherForm(n); top(); return nil, stay() }
	}
	return []Binding{
		{Keys: []string{"tab", "right"}, Label: "other way", Help: "Admin Console, curl, kcadm or Terraform", Do: other(1)},
		{Keys: []string{"shift+tab", "left"}, Help: "the way before", Do: other(-1)},
	}
}

// formTabs names the forms, the chosen one in brackets.
func (s *session) formTabs(w int) string {
	t := s.theme
	var parts []string
	for _, f := range flows.Forms() {
		if f.Form == s.handForm().Form {
			parts = append(parts, t.heading.Render("["+f.Name+"]"))
		} else {
			parts = append(parts, t.dim.Render(" "+f.Name+" "))
		}
	}
	return words.Fit(strings.Join(parts, " "), w)
}

// handText is the step in the chosen form.
func (v *stepScreen) handText() string { return v.step.By(v.s.handForm().Form, v.state()) }

func (v *stepScreen) handBody(w int) []string {
	t, form := v.s.theme, v.s.handForm()
	out := append(t.lines(t.heading, texts.T("%s, by hand", v.step.Title), w), v.s.formTabs(w))
	out = append(out, t.lines(t.dim, texts.T("%s tab shows another way, y copies.", form.How), w)...)
	out = append(out, "")
	if form.Form == flows.FormConsole { // sentences, where the others are lines to copy
		for _, line := range strings.Split(strings.TrimRight(v.handText(), "\n"), "\n") {
			out = append(out, t.item(t.g.bullet, t.plain, words.Line(line), w)...)
		}
		return out
	}
	return append(out, words.Fold(words.Clean(v.handText()), w)...)
}

// saveStory saves the whole story by hand in the chosen form.
func (s *session) saveStory() Nav {
	form := s.handForm()
	if err := form.Save(s.story.State()); err != nil {
		message, hint := words.Failure(err)
		return complain(message + " " + hint)
	}
	return say(texts.T("Saved as %s. It holds no secret.", form.File))
}
