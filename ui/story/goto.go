package story

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/near"
	"fix403/flows/story"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// gotoList is the list of steps while it is shown: which is marked, and what is searched for.
type gotoList struct {
	marked int
	field  textinput.Model
	typing bool
}

// found are the places of the steps that are found, the best first; of all where nothing is searched for.
func (v *stepScreen) found() []int {
	all := story.Steps()
	return near.Rank(words.Line(v.list.field.Value()), len(all), func(i int) near.Text {
		return near.Text{
			Names: append(strings.Fields(strings.ToLower(v.env.T(all[i].Title))), string(all[i].ID), strconv.Itoa(i+1)),
			About: strings.ToLower(v.env.T(all[i].Goal) + "\n" + v.env.T(all[i].Why)),
		}
	})
}

// searchSteps takes a key of what is searched for, and marks the best of what is found.
func (v *stepScreen) searchSteps(key tea.KeyMsg) {
	before := v.list.field.Value()
	if v.list.field, _ = v.list.field.Update(key); v.list.field.Value() != before {
		if found := v.found(); len(found) > 0 {
			v.list.marked = found[0]
		}
	}
}

// search begins to take what to search for, or ends that; what was typed stays.
func (v *stepScreen) search(typing bool) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		v.list.typing = typing
		if typing {
			v.list.field = kit.NewTextInput(v.env.Theme)
			v.list.field.Focus()
		}
		return nil, shell.None()
	}
}

// gotoKeys are those of the list of steps: they lead to any step that is done, and to the next.
func (v *stepScreen) gotoKeys() []shell.Binding {
	marked := func() (tea.Cmd, shell.Nav) { return v.goStep(v.list.marked) }
	cannot := func() string {
		if !slices.Contains(v.found(), v.list.marked) {
			return v.env.T("No step is found.")
		}
		return v.cannotGo(v.list.marked)
	}
	if v.list.typing {
		return []shell.Binding{
			{Keys: []string{"enter"}, Label: "go", Help: "to the marked step", Disabled: cannot, Do: marked},
			{Keys: []string{"down"}, Label: "choose", Help: "mark the next step", Do: v.markStep(1)},
			{Keys: []string{"up"}, Help: "mark the previous one", Do: v.markStep(-1)},
			{Keys: []string{"esc"}, Label: "all steps", Help: "clear the search", Do: func() (tea.Cmd, shell.Nav) {
				v.list.field.SetValue("")
				return v.search(false)()
			}},
		}
	}
	keys := []shell.Binding{
		{Keys: []string{"esc"}, Label: "close", Help: "back to the step", Do: v.open(inspect.PaneNone)},
		{Keys: []string{"enter"}, Label: "go", Help: "to the marked step", Disabled: cannot, Do: marked},
		{Keys: []string{"down"}, Label: "choose", Help: "mark the next step", Do: v.markStep(1)},
		{Keys: []string{"up"}, Help: "mark the previous one", Do: v.markStep(-1)},
		{Keys: []string{"/"}, Label: "search", Help: "search in titles and goals", Do: v.search(true)},
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
		if found := v.found(); len(found) > 0 {
			v.list.marked = found[max(0, min(len(found)-1, slices.Index(found, v.list.marked)+n))]
		}
		return nil, shell.None()
	}
}

// openGoto shows the list with the step itself marked.
func (v *stepScreen) openGoto() (tea.Cmd, shell.Nav) {
	v.list = gotoList{marked: stepIndex(v.step.ID), field: kit.NewTextInput(v.env.Theme)}
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
	out := append([]string(nil), t.Lines(t.Dim, v.env.T("Going back undoes nothing: what a step left on the server stays. u on its screen undoes it."), w)...)
	switch {
	case v.list.typing:
		out = append(out, "", t.Accent.Render(v.env.T("Search")+" "+t.Glyphs.Point)+" "+kit.DrawInput(t, &v.list.field, w-12))
	}
	out = append(out, "")
	if len(v.found()) == 0 {
		return append(out, t.Lines(t.Warn, v.env.T("No step is found."), w)...)
	}
	for _, i := range v.found() {
		step := story.Steps()[i]
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
		if v.list.marked == i {
			point = t.Glyphs.Point
		}
		out = append(out, words.Fit(fmt.Sprintf("%s %s %d %s", t.Accent.Render(point), style.Render(sign), i+1, style.Render(v.env.T(step.Title))), w))
		if left := step.Leftover(st); !left.Empty() {
			for _, line := range t.Lines(t.Dim, v.env.T("on the server: %s", words.Line(v.env.Say(left))), w-6) {
				out = append(out, "      "+line)
			}
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
