package shell

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/keycloak/wire"
)

// Worker makes the commands that have work in them, one at a time. Each has a generation number, and an answer that
// does not carry the current one is dropped: its screen was left.
type Worker struct {
	ctx     context.Context
	now     func() time.Time
	last    int // generation of the newest call
	running int // calls that have not returned, given up ones included
	current *work
}

// NewWorker makes a worker whose calls end with ctx.
func NewWorker(ctx context.Context, now func() time.Time) *Worker { return &Worker{ctx: ctx, now: now} }

// work is a call under way.
type work struct {
	gen      int
	step     story.StepID
	label    string // what is being done, for the user who waits
	started  time.Time
	cancel   context.CancelFunc
	canceled bool
	asking   *wire.Started // the request that is not answered yet
}

// Done is the answer of a call.
type Done struct {
	gen    int
	Step   story.StepID
	Answer any
	Err    error
}

// Noted is an answer that counts also when nobody waits for it any more.
type Noted interface{ Note() }

// tickMsg redraws the progress of a call.
type tickMsg struct{ gen int }

// refresh says that a story has news, which are drawn from the story itself, and which request is on its way now.
type refresh struct{ asking *wire.Started }

// panicError is a panic in a command, with the stack of the goroutine that panicked.
type panicError struct {
	value any
	stack []byte
}

// Error implements error.
func (e *panicError) Error() string { return fmt.Sprintf("internal error: %v\n\n%s", e.value, e.stack) }

// tickEvery is also how long a call may take before its progress is seen.
const tickEvery = 100 * time.Millisecond

// Start starts a call; while one runs it does nothing, so that a second enter is harmless.
func (w *Worker) Start(step story.StepID, label string, f func(context.Context) (any, error)) tea.Cmd {
	if w.Busy() {
		return nil
	}
	ctx, cancel := context.WithCancel(w.ctx)
	w.last++
	w.running++
	gen := w.last
	w.current = &work{gen: gen, step: step, label: label, started: w.now(), cancel: cancel}
	run := func() (msg tea.Msg) {
		defer cancel()
		defer func() {
			if v := recover(); v != nil {
				msg = Done{gen: gen, Step: step, Err: &panicError{value: v, stack: debug.Stack()}}
			}
		}()
		answer, err := f(ctx)
		return Done{gen: gen, Step: step, Answer: answer, Err: err}
	}
	return tea.Batch(run, w.tick())
}

// InBackground makes a command that nobody waits for. A panic in it ends the program like one in a call.
func InBackground(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = Done{Err: &panicError{value: v, stack: debug.Stack()}}
			}
		}()
		return f()
	}
}

// Busy reports whether a call is under way that the screen waits for.
func (w *Worker) Busy() bool { return w.current != nil }

// Label says what is being done.
func (w *Worker) Label() string { return w.current.label }

// Elapsed is how long it has been done.
func (w *Worker) Elapsed() time.Duration { return w.now().Sub(w.current.started) }

// Context is what calls that are made aside are given up with.
func (w *Worker) Context() context.Context { return w.ctx }

func (w *Worker) tick() tea.Cmd {
	gen := w.current.gen
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{gen} })
}

// finished notes that a call returned, and reports whether the screen still waits for it.
func (w *Worker) finished(m Done) bool {
	w.running--
	if w.current == nil || w.current.gen != m.gen || w.current.step != m.Step {
		return false
	}
	w.current = nil
	return true
}

// CancelCurrent gives the call up but goes on waiting for it, so that what it did is known.
func (w *Worker) CancelCurrent() {
	if w.current != nil {
		w.current.canceled = true
		w.current.cancel()
	}
}

// abandon gives the call up and forgets it: its answer will be dropped.
func (w *Worker) abandon() {
	w.CancelCurrent()
	w.current = nil
}
