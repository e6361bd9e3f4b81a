package ui

import (
	"slices"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
)

// stepScreen is the screen of one step: what and why on the left; the guess, the fields, and what came out of it; the
// wire. In narrow windows wire, token and commands by hand are panes that a key opens.
type stepScreen struct {
	env  *shell.Env
	run  *storyRun
	step *flows.Step

	guesses []int // per question: index of the choice, -1 without a guess
	marked  []int // per question: the choice that is marked
	fields  []*field
	focus   int // over questions, fields and the action, in this order
	pane    inspect.Pane
	confirm string // the key that has to be pressed again
	hints   int    // how many are shown
	undid   undid
	watch   watch

	goMarked int // in the list of steps

	cols kit.Columns
	text kit.Pager // scroll position of token and by hand
	wire inspect.Wire
	try  tryPane
}

// field is a text field for an input of the step.
type field struct {
	flows.Input
	text  textinput.Model
	wrong string
}

func newStepScreen(of *storyRun, step *flows.Step) *stepScreen {
	v := &stepScreen{env: of.env, run: of, step: step, wire: inspect.NewWire()}
	for range step.Questions {
		v.guesses, v.marked = append(v.guesses, -1), append(v.marked, -1)
	}
	v.newFields()
	v.try = newTryPane(v.env.Theme)
	v.focusOn(v.firstStop())
	return v
}

// newFields makes the fields anew, with what the story knows; secrets that were typed are left to it.
func (v *stepScreen) newFields() {
	v.fields = nil
	for _, in := range v.run.story.Inputs(v.step.ID) {
		f := &field{Input: in, text: kit.NewTextInput(v.env.Theme)}
		if in.Secret {
			f.text.EchoMode = textinput.EchoPassword
			if in.Given {
				f.text.Placeholder = texts.T("given already")
			}
		}
		f.text.SetValue(v.run.story.Value(in.Name))
		f.text.CursorEnd()
		v.fields = append(v.fields, f)
	}
}

func (v *stepScreen) state() flows.State   { return v.run.story.State() }
func (v *stepScreen) result() flows.Result { return v.state().Results[v.step.ID] }
func (v *stepScreen) passed() bool         { return v.result().Status == flows.StatusPassed }
func (v *stepScreen) working() bool        { return v.env.Work.Busy() }
func (v *stepScreen) action() int          { return len(v.step.Questions) + len(v.fields) }
func (v *stepScreen) onQuestion() bool     { return !v.passed() && v.focus < len(v.step.Questions) }
func (v *stepScreen) onField() bool        { return v.focusedField() != nil }
func (v *stepScreen) exchanges() []keycloak.Exchange {
	return slices.DeleteFunc(v.run.story.Exchanges(), func(e keycloak.Exchange) bool { return e.Step != string(v.step.ID) })
}

// asks: the questions come before the step, not again after it failed.
func (v *stepScreen) asks() bool { return v.result().Status == flows.StatusOpen }

func (v *stepScreen) focusedField() *field {
	i := v.focus - len(v.step.Questions)
	if v.passed() || i < 0 || i >= len(v.fields) {
		return nil
	}
	return v.fields[i]
}

// firstStop is where the focus starts: at the first question without a guess, else at the first empty field.
func (v *stepScreen) firstStop() int {
	if i := slices.Index(v.guesses, -1); i >= 0 && v.asks() {
		return i
	}
	return v.firstEmpty()
}

// firstEmpty is the first field that must not be empty and is; the action if there is none.
func (v *stepScreen) firstEmpty() int {
	for i, f := range v.fields {
		if f.text.Value() == "" && !f.Optional && !f.Given {
			return len(v.step.Questions) + i
		}
	}
	return v.action()
}

func (v *stepScreen) focusOn(i int) {
	v.cols.Moved = true
	v.focus = max(0, min(i, v.action()))
	for _, f := range v.fields {
		f.text.Blur()
	}
	if f := v.focusedField(); f != nil {
		f.text.Focus() // the command it returns is for a blinking cursor
	}
}

// Enter implements [Screen].
func (v *stepScreen) Enter() tea.Cmd {
	v.confirm = ""
	if v.passed() {
		v.focusOn(v.action())
	}
	if cmd := v.goOn(); cmd != nil {
		return cmd
	}
	return v.startWatch()
}

// Leave implements [Screen].
func (v *stepScreen) Leave() {
	v.pane = inspect.PaneNone
	v.undid = undid{}
	v.stopWatch()
}

// Typing implements [Screen].
func (v *stepScreen) Typing() bool {
	return v.pane == inspect.PaneTry || v.pane == inspect.PaneWire && v.wire.Typing() || v.pane == inspect.PaneNone && v.onField()
}

// Update implements [Screen].
func (v *stepScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case peekedMsg:
		return v.peeked(msg)
	case lookAgainMsg:
		return v.lookAgain(msg), shell.None()
	case tea.WindowSizeMsg:
		v.cols.Moved = true
	case tea.MouseMsg:
		if key := kit.WheelKey(msg); key != "" {
			v.scroll(key)
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
		if f := v.focusedField(); v.pane == inspect.PaneNone && f != nil {
			var cmd tea.Cmd
			f.text, cmd = f.text.Update(msg)
			f.wrong = ""
			return cmd, shell.None()
		}
		v.choose(msg.String())
	}
	return nil, shell.None()
}

// choose answers the question in focus by the number of a choice.
func (v *stepScreen) choose(key string) {
	if v.pane != inspect.PaneNone || !v.onQuestion() || len(key) != 1 {
		return
	}
	if i := int(key[0] - '1'); i >= 0 && i < len(v.step.Questions[v.focus].Choices) {
		v.guesses[v.focus], v.marked[v.focus] = i, i
		v.pastQuestion()
	}
}

// pastQuestion goes on to the next question, and after the last one to what is left to do.
func (v *stepScreen) pastQuestion() {
	if v.focus+1 < len(v.step.Questions) {
		v.focusOn(v.focus + 1)
		return
	}
	v.focusOn(v.firstEmpty())
}

// scroll moves what is shown.
func (v *stepScreen) scroll(key string) {
	switch v.pane {
	case inspect.PaneWire:
		v.wire.Key(key, len(v.wire.List(v.wireEnv())))
	case inspect.PaneToken, inspect.PaneManual, inspect.PaneGoto:
		v.text.Key(key)
	case inspect.PaneTry:
		v.try.lines.Key(key)
	case inspect.PaneNone:
		v.cols.Key(key)
	}
}

// reopen is for a step that was undone.
func (v *stepScreen) reopen() {
	v.pane, v.confirm, v.hints = inspect.PaneNone, "", 0
	v.cols.Top()
	v.wire = inspect.NewWire()
	v.focusOn(v.firstEmpty())
}

// Click selects an exchange in the list of the wire.
func (v *stepScreen) Click(_, y int) (tea.Cmd, shell.Nav) {
	if v.pane == inspect.PaneWire {
		v.wire.Clicked(y - 2)
	}
	return nil, shell.None()
}
