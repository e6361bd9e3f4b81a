// Command fix403 takes its user through the most common wall before Keycloak's admin API: 403 Forbidden for a client
// with perfectly good credentials. See README.md.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"

	"fix403/cmd/fix403/cores"
	_ "fix403/cmd/fix403/testkeys" // which is empty in the program
	"fix403/ui"
)

// memoryGoal is what the program keeps to as long as it does not need more; a run on a common server takes 20 MB.
const memoryGoal = 160 << 20

func main() { os.Exit(mainCode()) }

func mainCode() int {
	cores.Disable()
	log.SetOutput(io.Discard) // net/http writes there what a server sends without having been asked
	if os.Getenv("GOMEMLIMIT") == "" {
		// What was read is collected before it piles up: many large answers may come at once.
		debug.SetMemoryLimit(memoryGoal)
	}
	a := &app{streams: systemStreams(), getenv: os.Getenv}
	return a.execute(context.Background(), os.Args[1:])
}

// untilSignalled returns a context that ends with a signal that ends the program, for every command. The first one ends the
// work in order; a second one that insists ends the program at once, but for a screen, which sees to that itself and
// leaves the terminal as it was. After the first one signals are caught to the end of the process: a closing terminal may send
// two hangups in a row. A write to a pipe without a reader is an error of that write, and does not end the program.
func (a *app) untilSignalled(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals, pipe := make(chan os.Signal, 4), make(chan os.Signal, 1)
	signal.Notify(signals, ui.EndingSignals()...)
	signal.Notify(pipe, syscall.SIGPIPE)
	ended := make(chan struct{})
	var signalled atomic.Bool
	go func() {
		for first := true; ; first = false {
			select {
			case s := <-signals:
				signalled.Store(true)
				if !first && ui.Insists(s) && !a.drawing.Load() {
					os.Exit(exitInterrupted)
				}
				cancel()
			case <-ended:
				return
			}
		}
	}()
	return ctx, func() {
		if cancel(); signalled.Load() {
			return
		}
		signal.Stop(signals)
		signal.Stop(pipe)
		close(ended)
	}
}

// onScreen shows the screens on the terminal of the app.
func (a *app) onScreen(ctx context.Context, o ui.Options) (ui.Result, error) {
	o.In, o.Out = a.streams.in, a.screen
	a.drawing.Store(true)
	defer a.drawing.Store(false)
	return ui.Run(ctx, o)
}
