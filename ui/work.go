package ui

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/keycloak"
)

// worker makes the commands that have work in them, one at a time. Each has a generation number, and an answer that
// does not carry the current one is dropped: its screen was left.
type worker struct {
	ctx     context.Context
	now     func() time.Time
	last    int // generation of the newest call
	running int // calls that have not returned, given up ones included
	current *work
}

func newWorker(ctx context.Context, now func() time.Time) *worker { return &worker{ctx: ctx, now: now} }

// work is a call under way.
type work struct {
	gen      int
	step     flows.StepID
	label    string // what is being done, for the person who waits
	started  time.Time
	cancel   context.CancelFunc
	canceled bool
	asking   *keycloak.Begun // the request that is not answered yet
}

// doneMsg is the answer of a call.
type doneMsg struct {
	gen    int
	step   flows.StepID
	answer any
	err    error
}

// noted is an answer that counts also when nobody waits for it any more.
type noted interface{ Note() }

// tickMsg redraws the progress of a call.
type tickMsg struct{ gen int }

// refreshMsg says that a story has news, which are drawn from the story itself, and which request is on its way now.
type refreshMsg struct{ asking *keycloak.Begun }

// PanicError is a panic in a command, with the stack of the goroutine that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v\n\n%s", e.Value, e.Stack) }

// tickEvery is also how long a call may take before its progress is seen.
const tickEvery = 100 * time.Millisecond

// begin starts a call; while one runs it does nothing, so that a second enter is harmless.
func (w *worker) begin(step flows.StepID, label string, f func(context.Context) (any, error)) tea.Cmd {
	if w.busy() {
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
				msg = doneMsg{gen: gen, step: step, err: &PanicError{Value: v, Stack: debug.Stack()}}
			}
		}()
		answer, err := f(ctx)
		return doneMsg{gen: gen, step: step, answer: answer, err: err}
	}
	return tea.Batch(run, w.tick())
}

// aside makes a command that nobody waits for. A panic in it ends the program like one in a call.
func aside(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = doneMsg{err: &PanicError{Value: v, Stack: debug.Stack()}}
			}
		}()
		return f()
	}
}

// busy reports whether a call is under way that somebody waits for.
func (w *worker) busy() bool { return w.current != nil }

// label says what is being done.
func (w *worker) label() string { return w.current.label }

// passed is how long it has been done.
func (w *worker) passed() time.Duration { return w.now().Sub(w.current.started) }

// context is what calls that are made aside are given up with.
func (w *worker) context() context.Context { return w.ctx }

func (w *worker) tick() tea.Cmd {
	gen := w.current.gen
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{gen} })
}

// finished takes note that a call returned, and tells whether anybody still waits for it.
func (w *worker) finished(m doneMsg) bool {
	w.running--
	if w.current == nil || w.current.gen != m.gen || w.current.step != m.step {
		return false
	}
	w.current = nil
	return true
}

// cancelCurrent gives the call up but goes on waiting for it, so that what it did is known.
func (w *worker) cancelCurrent() {
	if w.current != nil {
		w.current.canceled = true
		w.current.cancel()
	}
}

// abandon gives the call up and forgets it: its answer will be dropped.
func (w *worker) abandon() {
	w.cancelCurrent()
	w.current = nil
}
