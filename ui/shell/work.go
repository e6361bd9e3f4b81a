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
	Ctx     context.Context
	Now     func() time.Time
	Last    int // generation of the newest call
	Running int // calls that have not returned, given up ones included
	Current *work
}

// NewWorker makes a worker whose calls end with ctx.
func NewWorker(ctx context.Context, now func() time.Time) *Worker { return &Worker{Ctx: ctx, Now: now} }

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
	Gen    int
	Step   story.StepID
	Answer any
	Err    error
}

// Noted is an answer that counts also when nobody waits for it any more.
type Noted interface{ Note() }

// TickMsg redraws the progress of a call.
type TickMsg struct{ gen int }

// Refresh says that a story has news, which are drawn from the story itself, and which request is on its way now.
type Refresh struct{ Asking *wire.Started }

// PanicError is a panic in a command, with the stack of the goroutine that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v\n\n%s", e.Value, e.Stack) }

// tickEvery is also how long a call may take before its progress is seen.
const tickEvery = 100 * time.Millisecond

// Start starts a call; while one runs it does nothing, so that a second enter is harmless.
func (w *Worker) Start(step story.StepID, label string, f func(context.Context) (any, error)) tea.Cmd {
	if w.Busy() {
		return nil
	}
	ctx, cancel := context.WithCancel(w.Ctx)
	w.Last++
	w.Running++
	gen := w.Last
	w.Current = &work{gen: gen, step: step, label: label, started: w.Now(), cancel: cancel}
	run := func() (msg tea.Msg) {
		defer cancel()
		defer func() {
			if v := recover(); v != nil {
				msg = Done{Gen: gen, Step: step, Err: &PanicError{Value: v, Stack: debug.Stack()}}
			}
		}()
		answer, err := f(ctx)
		return Done{Gen: gen, Step: step, Answer: answer, Err: err}
	}
	return tea.Batch(run, w.tick())
}

// InBackground makes a command that nobody waits for. A panic in it ends the program like one in a call.
func InBackground(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = Done{Err: &PanicError{Value: v, Stack: debug.Stack()}}
			}
		}()
		return f()
	}
}

// Busy reports whether a call is under way that the screen waits for.
func (w *Worker) Busy() bool { return w.Current != nil }

// Label says what is being done.
func (w *Worker) Label() string { return w.Current.label }

// Elapsed is how long it has been done.
func (w *Worker) Elapsed() time.Duration { return w.Now().Sub(w.Current.started) }

// Context is what calls that are made aside are given up with.
func (w *Worker) Context() context.Context { return w.Ctx }

func (w *Worker) tick() tea.Cmd {
	gen := w.Current.gen
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return TickMsg{gen} })
}

// finished notes that a call returned, and reports whether the screen still waits for it.
func (w *Worker) finished(m Done) bool {
	w.Running--
	if w.Current == nil || w.Current.gen != m.Gen || w.Current.step != m.Step {
		return false
	}
	w.Current = nil
	return true
}

// CancelCurrent gives the call up but goes on waiting for it, so that what it did is known.
func (w *Worker) CancelCurrent() {
	if w.Current != nil {
		w.Current.canceled = true
		w.Current.cancel()
	}
}

// abandon gives the call up and forgets it: its answer will be dropped.
func (w *Worker) abandon() {
	w.CancelCurrent()
	w.Current = nil
}
