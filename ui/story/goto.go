package story

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/ui/inspect"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// gotoKeys are those of the list of steps: they lead to any step that is done, and to the next.
func (v *stepScreen) gotoKeys() []shell.Binding {
	keys := []shell.Binding{
		{Keys: []string{"esc"}, Label: "close", Help: "back to the step", Do: v.open(inspect.PaneNone)},
		{Keys: []string{"enter"}, Label: "go", Help: "to the marked step", Disabled: func() string { return v.cannotGo(v.goMarked) }, Do: func() (tea.Cmd, shell.Nav) { return v.goStep(v.goMarked) }},
		{Keys: []string{"down"}, Label: "choose", Help: "mark the next step", Do: v.markStep(1)},
		{Keys: []string{"up"}, Help: "mark the one before", Do: v.markStep(-1)},
	}
	for i, step := range story.Steps() {
		keys = append(keys, shell.Binding{
			Keys: []string{fmt.Sprint(i + 1)}, Help: step.Title,
			Disabled: func() string { return v.cannotGo(i) }, Do: func() (tea.Cmd, shell.Nav) { return v.goStep(i) },
		})
	}
	return keys
}

func (v *stepScreen) markStep(n int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		v.goMarked = max(0, min(len(story.Steps())-1, v.goMarked+n))
		return nil, shell.None()
	}
}

// openGoto shows the list with the step itself marked.
func (v *stepScreen) openGoto() (tea.Cmd, shell.Nav) {
	v.goMarked = stepIndex(v.step.ID)
	return v.open(inspect.PaneGoto)()
}

// cannotGo says why one cannot go to a step.
func (v *stepScreen) cannotGo(i int) string {
	next, open := v.seen.Next()
	if open && i > stepIndex(next) {
		return v.env.T("Step %d opens when the step %s has passed.", i+1, next)
	}
	return ""
}

func (v *stepScreen) goStep(i int) (tea.Cmd, shell.Nav) {
	v.pane = inspect.PaneNone
	return nil, shell.GoTo(v.run.step(story.Steps()[i].ID))
}

func (v *stepScreen) gotoLines(w int) []string {
	t, st := v.env.Theme, v.state()
	out := append(t.Lines(t.Heading, v.env.T("Go to a step"), w), t.Lines(t.Dim, v.env.T("Going back takes nothing back: what a step left on the server stays. u on its screen undoes it."), w)...)
	out = append(out, "")
	for i, step := range story.Steps() {
		sign, style := t.Glyphs.Locked, t.Dim
		switch {
		case st.Results[step.ID].Status == story.StatusPassed:
			sign, style = t.Glyphs.Done, t.Good
		case st.Results[step.ID].Status == story.StatusFailed:
			sign, style = t.Glyphs.Failed, t.Bad
		case v.cannotGo(i) == "":
			sign, style = t.Glyphs.Current, t.Plain
		}
		point := " "
		if v.goMarked == i {
			point = t.Glyphs.Point
		}
		out = append(out, words.Fit(fmt.Sprintf("%s %s %d %s", t.Accent.Render(point), style.Render(sign), i+1, style.Render(v.env.T(step.Title))), w))
		if left := step.Leftover(st); !left.Empty() {
			out = append(out, t.Lines(t.Dim, v.env.T("      on the server: %s", words.Line(v.env.Say(left))), w)...)
		}
	}
	return out
}

func (v *stepScreen) notConnected() string {
	if v.state().Results[story.StepConnect].Status != story.StatusPassed {
		return v.env.T("There is nothing to start again: connect first.")
	}
	return ""
}

// askAgain forgets the guesses: a story that starts again asks its questions again.
func (v *stepScreen) askAgain() {
	for _, q := range v.questions {
		q.Guess, q.Marked = -1, -1
	}
	v.focusFirst()
}
