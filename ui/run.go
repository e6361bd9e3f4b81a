// Package ui is the full-screen wizard: Bubble Tea screens over the story of package flows. There is one Bubble Tea
// model, the root; screens are plain types.
package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"

	flowstory "fix403/flows/story"
	"fix403/flows/texts"
	_ "fix403/ui/background"
	"fix403/ui/kit"
	"fix403/ui/lab"
	"fix403/ui/shell"
	"fix403/ui/story"
)

// Options of [Run].
type Options struct {
	Printer     *texts.Printer // of the language of all that is said
	In          io.Reader
	Out         io.Writer
	Story       flowstory.Options // from flags: names, TLS, time-outs, journal, credentials; Practice if no server was named
	AtFirstStep bool              // no home screen first
	Demo        *Demo             // play the story, with no home screen first
	DefaultURL  string            // offered where a server's URL is asked for
	Remember    string            // folder where the connect form keeps what was typed, but for secrets; "" keeps nothing
	Theme       string            // auto, dark, light or ansi; "" is auto
	NoColor     bool
	ASCII       bool // draw with ASCII signs only; also taken where terminal or locale have no UTF-8
	Mouse       bool
	Version     string // of fix403
	signals     <-chan os.Signal
}

// Demo makes [Run] play the story by itself.
type Demo struct {
	Speed float64 // 1 is speaking pace
	Loop  bool    // after the end it begins again
}

// Result is how the wizard was left.
type Result struct {
	Summary     string // what was done and created, for the normal screen; "" if no story was begun
	Interrupted bool   // by ctrl+c, a signal, or the end of the context
	Finished    bool   // every step has passed
	// Demo is the story that [Options.Demo] played, as far as it came; what it created may still be there.
	Demo *flowstory.Story
}

// Run shows the wizard until it is left. It returns when no call is under way any more, unless ctrl+c was pressed
// twice. A panic is returned as a [*PanicError], after the terminal has been restored.
func Run(ctx context.Context, o Options) (Result, error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, EndingSignals()...)
	defer signal.Stop(signals)
	o.signals = signals
	return run(ctx, o, os.Getenv, nil)
}

// run is Run without the process around it. started, if given, gets the program on a goroutine of its own.
func run(ctx context.Context, o Options, getenv func(string) string, started func(*tea.Program, *wizard)) (Result, error) {
	t, known := kit.NewTheme(o.Out, o.Printer, o.Theme, o.NoColor, o.ASCII || kit.ASCIIOnly(getenv), getenv)
	if !known {
		return Result{}, errors.New(o.Printer.T("the theme %s does not exist: choose auto, dark, light or ansi", o.Theme))
	}
	out := syncWrites(o.Out)
	w := newWizard(o, &shell.Env{
		Words: t.Words, Defaults: o.Story, Theme: t, Now: time.Now, Getenv: getenv, Out: out, After: shell.After,
		// Calls outlive ctx by the moment that it takes to end them in order: see root.interrupt.
		Work: shell.NewWorker(context.WithoutCancel(ctx), time.Now),
	})
	ctx, gone := context.WithCancel(ctx)
	defer gone()
	in := o.In
	if f, ok := in.(*os.File); ok {
		in = terminalIn{f, gone}
	}
	p := newProgram(w, in, out)
	if err := w.start(); err != nil {
		return Result{}, err
	}
	ended := make(chan struct{})
	defer close(ended)
	go interrupts(ctx.Done(), o.signals, ended, func() { p.Send(shell.Interrupt{}) })
	if started != nil {
		go started(p, w)
	}
	_, err := p.Run()
	w.env.Work.CancelCurrent()
	if w.Err != nil {
		err = w.Err
	}
	return w.result(), err
}

// framesPerSecond is how often the renderer looks for a new frame, also while nothing happens: a key is seen within 17 ms.
const framesPerSecond = 60

// newWizard is the program before its first screen.
func newWizard(o Options, env *shell.Env) *wizard {
	w := &wizard{o: o, env: env, runs: story.NewRuns(env, flowstory.New), labs: lab.NewLabs(env)}
	w.Root = shell.NewRoot(env, w, w.labs)
	return w
}

// newProgram is the program around a wizard.
func newProgram(w *wizard, in io.Reader, out io.Writer) *tea.Program {
	options := []tea.ProgramOption{
		tea.WithInput(in), tea.WithOutput(out), tea.WithAltScreen(), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond),
	}
	if w.o.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	p := tea.NewProgram(w.Root, options...)
	w.env.Send = p.Send
	return p
}

const unfinishedNotice texts.Text = "An earlier run was not finished: esc leads home, where r goes on with it and x removes it."

// syncWriter keeps what the clipboard is sent apart from the frames: Bubble Tea writes each frame at once.
type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *syncWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// syncTerminal is a syncWriter that Bubble Tea still knows as a terminal.
type syncTerminal struct {
	term.File
	syncWriter
}

func (l *syncTerminal) Write(b []byte) (int, error) { return l.syncWriter.Write(b) }

func syncWrites(w io.Writer) io.Writer {
	if f, ok := w.(term.File); ok {
		return &syncTerminal{File: f, syncWriter: syncWriter{w: w}}
	}
	return &syncWriter{w: w}
}
