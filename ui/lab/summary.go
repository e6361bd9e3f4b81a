package lab

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/texts"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// summaryScreen looks back at the predictions of the session: what was predicted, what it was, what to remember.
type summaryScreen struct {
	all    *Labs
	lab    *visit // nil after it was left
	back   shell.Nav
	scroll kit.Pager
}

func (v *summaryScreen) Enter() tea.Cmd                      { return nil }
func (v *summaryScreen) Leave()                              {}
func (v *summaryScreen) Typing() bool                        { return false }
func (v *summaryScreen) Update(tea.Msg) (tea.Cmd, shell.Nav) { return nil, shell.None() }

// Where implements [shell.Located].
func (v *summaryScreen) Where() string {
	if v.lab == nil {
		return ""
	}
	return v.lab.where()
}

func (v *summaryScreen) Keys() []shell.Binding {
	scroll := func(key string) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.scroll.Key(key); return nil, shell.None() }
	}
	label, help := texts.Text("home"), texts.Text("back to the home screen")
	if v.lab != nil {
		label, help = "back", "back to the experiments"
	}
	return append([]shell.Binding{
		{Keys: []string{"enter", "esc", "s"}, Label: label, Help: help, Do: func() (tea.Cmd, shell.Nav) { return nil, v.back }},
	}, shell.ScrollKeys("scroll", "page", scroll)...)
}

func (v *summaryScreen) Layout(w, h int) *shell.Frame {
	t := v.all.env.Theme
	head := []string{" " + t.Title.Render(v.all.env.T("What the lab showed")), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	return shell.Page(head, shell.Lines(v.scroll.Window(t, v.lines(w-2), w-2, h-len(head))))
}

func (v *summaryScreen) lines(w int) []string {
	t, trials := v.all.env.Theme, trials(v.all.history)
	var out []string
	if score := v.all.env.Score(trials); score != "" {
		out = t.Lines(t.Heading, score, w)
	}
	out = append(out, t.Lines(t.Plain, v.all.env.LabCount(trials), w)...)
	for _, line := range v.all.env.Differences(trials) {
		out = append(out, t.Item(t.Glyphs.Failed, t.Bad, line, w)...)
	}
	recaps := v.all.env.Recaps(trials)
	if len(recaps) == 0 {
		return append(append(out, ""), t.Lines(t.Dim, v.all.env.T("Predict an answer before an experiment runs, and it is compared with the result, here too."), w)...)
	}
	for _, r := range recaps {
		sign, style := t.Glyphs.Failed, t.Warn
		if r.Right {
			sign, style = t.Glyphs.Done, t.Good
		}
		out = append(out, "", style.Render(sign)+" "+t.Heading.Render(words.Fit(r.Title, w-2)))
		for n, row := range [][2]string{{v.all.env.T("you predicted"), r.Predicted}, {v.all.env.T("it is"), r.Happened}, {v.all.env.T("remember"), r.Remember}} {
			if n == 1 && r.Right {
				continue
			}
			for i, line := range words.Wrap(row[1], w-15) {
				name := row[0]
				if i > 0 {
					name = ""
				}
				if n == 2 {
					line = t.Accent.Render(line)
				}
				out = append(out, t.Dim.Render(words.Pad(name, 15))+line)
			}
		}
	}
	return out
}
