// Package crash makes an error of a panic.
package crash

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"fix403/keycloak/msg"
)

// Crash is a panic: a mistake in this program. Of the value that caused it nothing is kept but what the runtime itself
// says, since any other may hold a secret.
type Crash struct {
	What  string
	Place string // in the source, innermost first
}

// Error implements error.
func (e *Crash) Error() string { return e.Sentence().String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *Crash) Sentence() msg.Message {
	return msg.New("fix403 itself failed (%s). This is a bug in fix403, not in your setup.", e.What)
}

// Hint returns what helps to find the cause.
func (e *Crash) Hint() msg.Message {
	return msg.New("Please report this location: %s. What the run had created is in the journal: fix403 down removes it.", e.Place)
}

// Guarded calls f, and returns a [Crash] where it panics.
func Guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Crash{whatPanicked(p), panickedAt()}
		}
	}()
	return f()
}

func whatPanicked(p any) string {
	var known runtime.Error
	if e, ok := p.(error); ok && errors.As(e, &known) {
		return strings.TrimPrefix(known.Error(), "runtime error: ")
	}
	return fmt.Sprintf("%T", p)
}

// panickedAt are the functions that were at work, as the recovering function sees them.
func panickedAt() string {
	const most = 4
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(0, pc)])
	var places []string
	panicked := false
	for more := true; more && len(places) < most; {
		var f runtime.Frame
		f, more = frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case panicked && !inRuntime:
			places = append(places, fmt.Sprintf("%s:%d", f.Function, f.Line))
		}
	}
	return strings.Join(places, ", ")
}
