package story

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/ui/inspect"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// While a step waits, the server is looked at now and then: a step that somebody does by hand is found done. Only a change
// counts: what was there when the wait began is not taken for work by hand.

// watchEvery is how long it takes until the server is looked at again; after a failure it is longer each time.
const (
	watchEvery   = 3 * time.Second
	watchSlowest = time.Minute
)

// watch is the wait of one step screen.
type watch struct {
	Gen    int // of the wait; answers of an earlier one are dropped
	on     bool
	absent bool // it was seen that the step is not done
	pause  time.Duration
	Cancel context.CancelFunc // of the look under way
}

// PeekedMsg is the answer of a look.
type PeekedMsg struct {
	story *story.Story
	step  story.StepID
	gen   int
	done  bool
	Err   error
}

// LookAgainMsg says that the pause is over.
type LookAgainMsg struct {
	Story *story.Story
	Step  story.StepID
	Gen   int
}

// startWatch begins to wait for work by hand, if anybody else can do this step.
func (v *StepScreen) startWatch() tea.Cmd {
	v.stopWatch()
	if !v.run.story.CanWatch(v.Step.ID) {
		return nil
	}
	v.Watch = watch{Gen: v.Watch.Gen, on: true, pause: watchEvery}
	return v.peek()
}

// stopWatch ends the wait: a look under way is given up, so that nothing has to wait for it.
func (v *StepScreen) stopWatch() {
	v.Watch.on = false
	v.Watch.Gen++
	if v.Watch.Cancel != nil {
		v.Watch.Cancel()
		v.Watch.Cancel = nil
	}
}

func (v *StepScreen) peek() tea.Cmd {
	ctx, cancel := context.WithCancel(v.env.Work.Context())
	v.Watch.Cancel = cancel
	msg := PeekedMsg{story: v.run.story, step: v.Step.ID, gen: v.Watch.Gen}
	return shell.InBackground(func() tea.Msg {
		defer cancel()
		msg.done, msg.Err = msg.story.Peek(ctx, msg.step)
		return msg
	})
}

func (v *StepScreen) lookLater() tea.Cmd {
	again := LookAgainMsg{v.run.story, v.Step.ID, v.Watch.Gen}
	return tea.Tick(v.Watch.pause, func(time.Time) tea.Msg { return again })
}

// lookAgain is for the end of a pause. While a call runs, or a name in a field is another than the one to look for, it is
// not the time.
func (v *StepScreen) lookAgain(msg LookAgainMsg) tea.Cmd {
	if !v.Watch.on || msg.Story != v.run.story || msg.Step != v.Step.ID || msg.Gen != v.Watch.Gen {
		return nil
	}
	if v.Working() || v.edited() {
		return v.lookLater()
	}
	return v.peek()
}

func (v *StepScreen) edited() bool {
	for _, f := range v.fields {
		if !f.secret && f.Input.Value() != v.run.story.Value(f.name) {
			return true
		}
	}
	return false
}

// peeked takes the answer of a look. What was found is looked at once more as a step of its own, on the record.
func (v *StepScreen) peeked(msg PeekedMsg) (tea.Cmd, shell.Nav) {
	if !v.Watch.on || msg.story != v.run.story || msg.step != v.Step.ID || msg.gen != v.Watch.Gen {
		return nil, shell.None()
	}
	v.Watch.Cancel = nil
	switch {
	case msg.Err != nil && !passing(msg.Err), msg.done && !v.Watch.absent:
		v.stopWatch() // nothing to wait for: the step itself will tell
	case msg.Err != nil:
		v.Watch.pause = min(2*v.Watch.pause, watchSlowest)
		return v.lookLater(), shell.None()
	case msg.done && (v.Working() || v.edited()):
		return v.lookLater(), shell.None()
	case msg.done:
		v.pane = inspect.PaneNone // what was found is drawn on the step itself
		cmd, nav := v.check()
		nav = nav.WithNotice(v.env.T("Done by hand: fix403 saw it on the server."))
		return cmd, nav
	default:
		v.Watch.absent, v.Watch.pause = true, watchEvery
		return v.lookLater(), shell.None()
	}
	return nil, shell.None()
}

// passing reports whether an error may go away by itself: a server that is away for a moment.
func passing(err error) bool { return words.Passing(err) }

// watchLine says that work by hand is seen.
func (v *StepScreen) watchLine() string {
	if !v.Watch.on || !v.Watch.absent {
		return ""
	}
	return v.env.T("Or do it by hand: b shows how. fix403 looks at the server every few seconds, and c looks at once.")
}
