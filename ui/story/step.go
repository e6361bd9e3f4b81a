// Package story has the screens of the story's steps, and the stories that were told.
package story

import (
	"slices"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
)

// StepScreen is the screen of one step: what and why on the left; the guess, the fields, and what came out of it; the
// wire. In narrow windows wire, token and commands by hand are panes that a key opens.
type StepScreen struct {
	env  *shell.Env
	run  *run
	Step *story.Step

	guesses []int // per question: index of the choice, -1 without a guess
	marked  []int // per question: the choice that is marked
	fields  []*field
	focus   int // over questions, fields and the action, in this order
	pane    inspect.Pane
	confirm string // the key that has to be pressed again
	hints   int    // how many are shown
	undid   undid
	Watch   watch

	goMarked int // in the list of steps

	cols kit.Columns
	text kit.Pager // scroll position of token and by hand
	wire inspect.Wire
	try  tryPane
}

// field is a text field for an input of the step.
type field struct {
	story.Input
	Text  textinput.Model
	wrong string
}

func newStepScreen(of *run, step *story.Step) *StepScreen {
	v := &StepScreen{env: of.env, run: of, Step: step, wire: inspect.NewWire()}
	for range step.Questions {
		v.guesses, v.marked = append(v.guesses, -1), append(v.marked, -1)
	}
	v.newFields()
	v.try = newTryPane(v.env.Theme)
	v.FocusOn(v.firstStop())
	return v
}

// newFields makes the fields anew, with what the story knows; secrets that were typed are left to it.
func (v *StepScreen) newFields() {
	v.fields = nil
	for _, in := range v.run.story.Inputs(v.Step.ID) {
		f := &field{Input: in, Text: kit.NewTextInput(v.env.Theme)}
		if in.Secret {
			f.Text.EchoMode = textinput.EchoPassword
			if in.Given {
				f.Text.Placeholder = v.env.T("given already")
			}
		}
		f.Text.SetValue(v.run.story.Value(in.Name))
		f.Text.CursorEnd()
		v.fields = append(v.fields, f)
	}
}

func (v *StepScreen) state() story.State { return v.run.story.State() }

// Result is how the step came out.
func (v *StepScreen) Result() story.Result { return v.state().Results[v.Step.ID] }

// Passed reports whether the step is done.
func (v *StepScreen) Passed() bool { return v.Result().Status == story.StatusPassed }

// Working reports whether a call is under way.
func (v *StepScreen) Working() bool { return v.env.Work.Busy() }

// Action is the place of the button in the order of the focus.
func (v *StepScreen) Action() int      { return len(v.Step.Questions) + len(v.fields) }
func (v *StepScreen) onQuestion() bool { return !v.Passed() && v.focus < len(v.Step.Questions) }
func (v *StepScreen) onField() bool    { return v.FocusedField() != nil }
func (v *StepScreen) exchanges() []wire.Exchange {
	return slices.DeleteFunc(v.run.story.Exchanges(), func(e wire.Exchange) bool { return e.Step != string(v.Step.ID) })
}

// asks: the questions come before the step, not again after it failed.
func (v *StepScreen) asks() bool { return v.Result().Status == story.StatusOpen }

// FocusedField is the field that has the focus; nil for none.
func (v *StepScreen) FocusedField() *field {
	i := v.focus - len(v.Step.Questions)
	if v.Passed() || i < 0 || i >= len(v.fields) {
		return nil
	}
	return v.fields[i]
}

// firstStop is where the focus starts: at the first question without a guess, else at the first empty field.
func (v *StepScreen) firstStop() int {
	if i := slices.Index(v.guesses, -1); i >= 0 && v.asks() {
		return i
	}
	return v.firstEmpty()
}

// firstEmpty is the first field that must not be empty and is; the action if there is none.
func (v *StepScreen) firstEmpty() int {
	for i, f := range v.fields {
		if f.Text.Value() == "" && !f.Optional && !f.Given {
			return len(v.Step.Questions) + i
		}
	}
	return v.Action()
}

// FocusOn puts the focus on a question, a field or the button.
func (v *StepScreen) FocusOn(i int) {
	v.cols.Moved = true
	v.focus = max(0, min(i, v.Action()))
	for _, f := range v.fields {
		f.Text.Blur()
	}
	if f := v.FocusedField(); f != nil {
		f.Text.Focus() // the command it returns is for a blinking cursor
	}
}

// Enter implements [Screen].
func (v *StepScreen) Enter() tea.Cmd {
	v.confirm = ""
	if v.Passed() {
		v.FocusOn(v.Action())
	}
	if cmd := v.resume(); cmd != nil {
		return cmd
	}
	return v.startWatch()
}

// Leave implements [Screen].
func (v *StepScreen) Leave() {
	v.pane = inspect.PaneNone
	v.undid = undid{}
	v.stopWatch()
}

// Typing implements [Screen].
func (v *StepScreen) Typing() bool {
	return v.pane == inspect.PaneTry || v.pane == inspect.PaneWire && v.wire.Typing() || v.pane == inspect.PaneNone && v.onField()
}

// Update implements [Screen].
func (v *StepScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case PeekedMsg:
		return v.peeked(msg)
	case LookAgainMsg:
		return v.lookAgain(msg), shell.None()
	case tea.WindowSizeMsg:
		v.cols.Moved = true
	case tea.MouseMsg:
		if key := kit.WheelKey(msg); key != "" {
			v.Scroll(key)
		}
	case tea.KeyMsg:
		v.confirm = ""
		if v.pane == inspect.PaneTry {
			return v.try.update(msg), shell.None()
		}
		if v.pane == inspect.PaneWire && v.wire.Typing() {
			v.wire.Find.Update(msg)
			return nil, shell.None()
		}
		if f := v.FocusedField(); v.pane == inspect.PaneNone && f != nil {
			var cmd tea.Cmd
			f.Text, cmd = f.Text.Update(msg)
			f.wrong = ""
			return cmd, shell.None()
		}
		v.choose(msg.String())
	}
	return nil, shell.None()
}

// choose answers the question in focus by the number of a choice.
func (v *StepScreen) choose(key string) {
	if v.pane != inspect.PaneNone || !v.onQuestion() || len(key) != 1 {
		return
	}
	if i := int(key[0] - '1'); i >= 0 && i < len(v.Step.Questions[v.focus].Choices) {
		v.guesses[v.focus], v.marked[v.focus] = i, i
		v.pastQuestion()
	}
}

// pastQuestion goes on to the next question, and after the last one to what is left to do.
func (v *StepScreen) pastQuestion() {
	if v.focus+1 < len(v.Step.Questions) {
		v.FocusOn(v.focus + 1)
		return
	}
	v.FocusOn(v.firstEmpty())
}

// Scroll moves what is shown by a key, and reports whether something else is shown then.
func (v *StepScreen) Scroll(key string) bool {
	switch v.pane {
	case inspect.PaneWire:
		return v.wire.Key(key, len(v.wire.List(v.wireEnv())))
	case inspect.PaneTry:
		return v.try.lines.Key(key)
	case inspect.PaneNone:
		return v.cols.Key(key)
	case inspect.PaneToken, inspect.PaneManual, inspect.PaneGoto:
	}
	return v.text.Key(key)
}

// reopen is for a step that was undone.
func (v *StepScreen) reopen() {
	v.pane, v.confirm, v.hints = inspect.PaneNone, "", 0
	v.cols.Top()
	v.wire = inspect.NewWire()
	v.FocusOn(v.firstEmpty())
}
