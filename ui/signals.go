package ui

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// EndingSignals are those that end the program in order, as ctrl+c does: calls come to their end, scratch realms are
// removed, the terminal is as it was. One that was ignored when the program began stays so, as under nohup.
func EndingSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	return signals
}

// Insists reports whether a further signal wants the end at once. A terminal that is closed sends SIGHUP more than once:
// the shell does, and the system does.
func Insists(s os.Signal) bool { return s != syscall.SIGHUP }

// interrupts calls f at the first signal, or when done is closed, and at each further one that insists, until ended is
// closed.
func interrupts(done <-chan struct{}, signals <-chan os.Signal, ended <-chan struct{}, f func()) {
	for told, seen := false, 0; ; {
		select {
		case <-done:
			if done = nil; told {
				continue
			}
		case s := <-signals:
			if seen++; told && (seen == 1 || !Insists(s)) { // the first one may have closed done, too
				continue
			}
		case <-ended:
			return
		}
		told = true
		f()
	}
}

// terminalIn is the input from a terminal. One that is closed is the end of the input, and gone is called: Bubble Tea would
// end at once, with calls under way.
type terminalIn struct {
	*os.File
	gone func()
}

func (t terminalIn) Read(b []byte) (int, error) {
	n, err := t.File.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		t.gone()
		err = io.EOF
	}
	return n, err
}
