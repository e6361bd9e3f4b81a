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

// While a step waits, the server is looked at now and then: a step that is done by hand is found done. Only a change
// counts: what was there when the wait began is not taken for work by hand.

// watchEvery is how long it takes until the server is looked at again; after a failure it is longer each time.
const (
	watchEvery   = 3 * time.Second
	watchSlowest = time.Minute
)

// watch is the wait of one step screen.
type watch struct {
	gen    int // of the wait; answers of an earlier one are dropped
	on     bool
	absent bool // it was seen that the step is not done
	pause  time.Duration
	cancel context.CancelFunc // of the look under way
}

// peekedMsg is the answer of a look.
type peekedMsg struct {
	story *story.Story
	step  story.StepID
	gen   int
	done  bool
	err   error
}

// lookAgainMsg says that the pause is over.
type lookAgainMsg struct {
	story *story.Story
	step  story.StepID
	gen   int
}

// startWatch begins to wait for work by hand, if this step can be done so.
func (v *stepScreen) startWatch() tea.Cmd {
	v.stopWatch()
	if !v.run.story.CanWatch(v.step.ID) {
		return nil
	}
	v.watch = watch{gen: v.watch.gen, on: true, pause: watchEvery}
	return v.peek()
}

// stopWatch ends the wait: a look under way is given up, so that nothing has to wait for it.
func (v *stepScreen) stopWatch() {
	v.watch.on = false
	v.watch.gen++
	if v.watch.cancel != nil {
		v.watch.cancel()
		v.watch.cancel = nil
	}
}

func (v *stepScreen) peek() tea.Cmd {
	ctx, cancel := context.WithCancel(v.env.Work.Context())
	v.watch.cancel = cancel
	msg := peekedMsg{story: v.run.story, step: v.step.ID, gen: v.watch.gen}
	return shell.InBackground(func() tea.Msg {
		defer cancel()
		msg.done, msg.err = msg.story.Peek(ctx, msg.step)
		return msg
	})
}

func (v *stepScreen) lookLater() tea.Cmd {
	again := lookAgainMsg{v.run.story, v.step.ID, v.watch.gen}
	return v.env.After(v.watch.pause, again)
}

// lookAgain is for the end of a pause. While a call runs, or a name in a field is another than the one to look for, it is
// not the time.
func (v *stepScreen) lookAgain(msg lookAgainMsg) tea.Cmd {
	if !v.watch.on || msg.story != v.run.story || msg.step != v.step.ID || msg.gen != v.watch.gen {
		return nil
	}
	if v.working() || v.edited() {
		return v.lookLater()
	}
	return v.peek()
}

func (v *stepScreen) edited() bool {
	for _, f := range v.fields {
		if !f.secret && f.Input.Value() != v.run.story.Value(f.name) {
			return true
		}
	}
	return false
}

// peeked takes the answer of a look. What was found is looked at once more as a step of its own, on the record.
func (v *stepScreen) peeked(msg peekedMsg) (tea.Cmd, shell.Nav) {
	if !v.watch.on || msg.story != v.run.story || msg.step != v.step.ID || msg.gen != v.watch.gen {
		return nil, shell.None()
	}
	v.watch.cancel = nil
	switch {
	case msg.err != nil && !passing(msg.err), msg.done && !v.watch.absent:
		v.stopWatch() // nothing to wait for: the step itself will tell
	case msg.err != nil:
		v.watch.pause = min(2*v.watch.pause, watchSlowest)
		return v.lookLater(), shell.None()
	case msg.done && (v.working() || v.edited()):
		return v.lookLater(), shell.None()
	case msg.done:
		v.pane = inspect.PaneNone // what was found is drawn on the step itself
		cmd, nav := v.check()
		nav = nav.WithNotice(v.env.T("Done by hand: fix403 saw it on the server."))
		return cmd, nav
	default:
		v.watch.absent, v.watch.pause = true, watchEvery
		return v.lookLater(), shell.None()
	}
	return nil, shell.None()
}

// passing reports whether an error may go away by itself: a server that is away for a moment.
func passing(err error) bool { return words.Passing(err) }

// watchLine says that work by hand is seen.
func (v *stepScreen) watchLine() string {
	if !v.watch.on || !v.watch.absent {
		return ""
	}
	return v.env.T("Or do it by hand: b shows how. fix403 checks the server every few seconds, and c checks at once.")
}
