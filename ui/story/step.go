// Package story has the screens of the story's steps, and the stories that were told.
package story

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/keycloak/sift"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
)

// stepScreen is the screen of one step: what and why on the left; the guess, the fields, and what came out of it; the
// wire. In narrow windows wire, token and commands by hand are panes that a key opens.
type stepScreen struct {
	env  *shell.Env
	run  *run
	step *story.Step
	seen story.Snapshot // of the story, as it is drawn

	questions []*kit.Question
	fields    []*field
	tried     string   // what stood in the fields when the step was done last
	form      kit.Form // of questions and fields; the button is the step's action
	pane      inspect.Pane
	hints     int // how many are shown
	undid     undid
	watch     watch

	list gotoList

	page  kit.Pager // of the step itself
	moved bool      // the focus has moved and has to be brought into view
	tall  bool      // there is room for a picture with large figures
	wide  bool      // there is room for the wire at the side
	text  kit.Pager // scroll position of token and by hand
	wire  inspect.Wire
	try   tryPane
	trips trips
}

// field is a text field for an input of the step.
type field struct {
	*kit.Field
	name   string
	secret bool
}

func newStepScreen(of *run, step *story.Step) *stepScreen {
	v := &stepScreen{env: of.env, run: of, step: step, seen: of.look(), wire: inspect.NewWire()}
	for _, q := range step.Questions {
		v.questions = append(v.questions, &kit.Question{Ask: v.env.T(q.Ask), Choices: v.env.All(q.Choices), Guess: -1, Marked: -1})
	}
	v.form.Parts = v.parts
	v.form.Gap = func(p kit.Part) bool { _, is := p.(*kit.Question); return is }
	v.newFields()
	v.try = newTryPane(v.env.Theme)
	v.focusFirst()
	return v
}

// newFields makes the fields anew, with what the story knows; secrets that were typed are left to it.
func (v *stepScreen) newFields() {
	v.fields = nil
	for _, in := range v.seen.Inputs[v.step.ID] {
		f := &field{kit.NewField(v.env.Theme, in.Label, in.Help, in.Value, in.Secret), in.Name, in.Secret}
		f.Given, f.Optional, f.KeepHelp = in.Given, in.Optional, true
		v.fields = append(v.fields, f)
	}
}

// parts are what the focus goes around until the step has passed. The questions come before the step, not again after it
// failed.
func (v *stepScreen) parts() []kit.Part {
	var out []kit.Part
	if v.passed() {
		return nil
	}
	if v.result().Status == story.StatusOpen && !v.halfway() {
		for _, q := range v.questions {
			out = append(out, q)
		}
	}
	for _, f := range v.fields {
		out = append(out, f)
	}
	return out
}

// state is the story's as it is drawn.
func (v *stepScreen) state() *story.State { return v.seen.State }

// result is how the step came out.
//
//go:noinline // it would be 12 kB of the program
func (v *stepScreen) result() story.Result { return v.state().Results[v.step.ID] }

// passed reports whether the step is done.
//
//go:noinline // it would be 6 kB of the program
func (v *stepScreen) passed() bool { return v.result().Status == story.StatusPassed }

// halfway reports whether the first of two parts of the step is done, and the second waits.
func (v *stepScreen) halfway() bool { return v.step.Halfway(v.state()) }

// working reports whether a call is under way.
func (v *stepScreen) working() bool { return v.env.Work.Busy() }

// question is the one that has the focus; nil for none.
func (v *stepScreen) question() *kit.Question {
	q, _ := v.form.Focused().(*kit.Question)
	return q
}

func (v *stepScreen) exchanges() []wire.Exchange {
	return sift.Out(v.seen.Exchanges, func(e wire.Exchange) bool { return e.Step != string(v.step.ID) })
}

// focused is the field that has the focus; nil for none.
func (v *stepScreen) focused() *field {
	f, _ := v.form.Focused().(*field)
	return f
}

// focusFirst puts the focus where it starts: on the first question without a guess, else on the first empty field.
func (v *stepScreen) focusFirst() {
	for i, p := range v.form.Parts() {
		if q, is := p.(*kit.Question); is && q.Guess < 0 {
			v.form.Focus(i)
			return
		}
	}
	v.form.FocusEmpty()
}

// Enter implements [shell.Screen].
func (v *stepScreen) Enter() tea.Cmd {
	v.seen = v.run.look()
	if v.passed() {
		v.form.FocusButton()
	}
	if cmd := v.resume(); cmd != nil {
		return cmd
	}
	return v.startWatch()
}

// Leave implements [shell.Screen].
func (v *stepScreen) Leave() {
	v.pane = inspect.PaneNone
	v.undid = undid{}
	v.trips.end()
	v.stopWatch()
}

// Typing implements [shell.Screen].
func (v *stepScreen) Typing() bool {
	return v.pane == inspect.PaneTry || v.pane == inspect.PaneGoto && v.list.typing || v.pane == inspect.PaneWire && v.wire.Typing() || v.pane == inspect.PaneNone && v.form.Field() != nil
}

// Update implements [shell.Screen].
func (v *stepScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	v.seen = v.run.look()
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case peekedMsg:
		return v.peeked(msg)
	case lookAgainMsg:
		return v.lookAgain(msg), shell.None()
	case kit.Travelled:
		return v.travelled(msg), shell.None()
	case tea.WindowSizeMsg:
		v.form.Show()
	case tea.MouseMsg:
		if key := kit.WheelKey(msg); key != "" {
			v.Scroll(key)
		}
	case tea.KeyMsg:
		if v.pane == inspect.PaneTry {
			return v.try.update(msg), shell.None()
		}
		if v.pane == inspect.PaneWire && v.wire.Typing() {
			v.wire.Find.Update(msg)
			return nil, shell.None()
		}
		if v.pane == inspect.PaneGoto && v.list.typing {
			v.searchSteps(msg)
			return nil, shell.None()
		}
		if v.pane != inspect.PaneNone || v.form.Type(msg) {
			return nil, shell.None()
		}
		if q := v.question(); q != nil && q.Choose(msg.String()) {
			return v.guessed()
		}
		return v.reguess(msg.String())
	}
	return nil, shell.None()
}

// reguess changes a guess by its number once the focus is on the button, where only one question is asked.
func (v *stepScreen) reguess(key string) (tea.Cmd, shell.Nav) {
	if !v.asksOne() || !v.questions[0].Choose(key) {
		return nil, shell.None()
	}
	if v.drawn() {
		return v.do()
	}
	return nil, shell.None()
}

// guessed goes on after a guess. The calls, which only read, are made at once after the last one.
func (v *stepScreen) guessed() (tea.Cmd, shell.Nav) {
	v.pastQuestion()
	if v.drawn() && v.form.OnButton() {
		return v.do()
	}
	return nil, shell.None()
}

// asksOne reports whether the screen asks a question, and only one.
func (v *stepScreen) asksOne() bool {
	return len(v.questions) == 1 && slices.Contains(v.form.Parts(), kit.Part(v.questions[0]))
}

// pastQuestion goes on to the next question, and after the last one to what is left to do.
func (v *stepScreen) pastQuestion() {
	if v.form.Move(1); v.question() == nil {
		v.form.FocusEmpty()
	}
}

// Scroll moves what is shown by a key, and reports whether something else is shown then.
func (v *stepScreen) Scroll(key string) bool {
	switch v.pane {
	case inspect.PaneWire:
		return v.wire.Key(key, len(v.wire.List(v.wireEnv())))
	case inspect.PaneTry:
		return v.try.lines.Key(key)
	case inspect.PaneNone:
		return v.page.Key(key)
	case inspect.PaneToken, inspect.PaneManual, inspect.PaneGoto, inspect.PaneMore:
	}
	return v.text.Key(key)
}

// reopen is for a step that was undone: it asks again.
func (v *stepScreen) reopen() {
	v.seen = v.run.look()
	v.pane, v.hints = inspect.PaneNone, 0
	v.page.Top()
	v.wire, v.trips = inspect.NewWire(), trips{}
	for _, q := range v.questions {
		q.Guess, q.Marked = -1, -1
	}
	v.focusFirst()
}
