// Package shell is the frame around the screens: the root model, navigation, keys, help, and the calls under way.
package shell

import (
	"errors"
	"runtime/debug"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/ui/kit"
	"fix403/ui/words"
)

// Root is the only Bubble Tea model. It owns the window, the current screen, the help screen and the notice line, and
// hands keys to bindings and answers to the screen that asked.
type Root struct {
	env    *Env
	Screen Screen
	help   *helpScreen
	ask    *Dialog // over the screen; nil for none
	w, h   int
	frame  Frame // as it is after the last message

	Notice      string
	wrong       bool
	quitting    bool // waiting for a call to return
	closing     bool // what is left to do on the way out is being done
	Interrupted bool
	Err         error

	clock countdown

	routes     Routes
	onShutdown Shutdown
}

// Routes is what the root asks for screens, and for what it cannot know.
type Routes interface {
	// Open returns the screen that a route leads to.
	Open(Route) (Screen, error)
	// Where names the server of the story for the title line.
	Where() string
}

// Shutdown is something that is left to do before the program ends.
type Shutdown interface {
	// Pending reports whether there is anything to do.
	Pending() bool
	// Finish does it; the text says what is being waited for.
	Finish() (cmd tea.Cmd, says string)
}

// Interrupt is ctrl+c by other means: a signal, or the end of the context.
type Interrupt struct{}

// NewRoot makes a root without a first screen.
func NewRoot(s *Env, routes Routes, atEnd Shutdown) *Root {
	r := &Root{env: s, routes: routes, onShutdown: atEnd}
	r.help = &helpScreen{s: s}
	return r
}

// Init implements [tea.Model].
func (r *Root) Init() tea.Cmd { return r.Screen.Enter() }

// Update also lays out: where things are is known when the next message comes, and View has nothing left to do. A panic ends
// the program with an error instead of a torn terminal.
func (r *Root) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			r.Err = &panicError{value: v, stack: debug.Stack()}
			model, cmd = r, tea.Quit
		}
	}()
	cmd = r.update(msg)
	if r.env.Work.Busy() {
		r.ask = nil // what it asked about may be different afterwards
	}
	r.frame = *r.layout()
	c, can := r.Screen.(Counting)
	return r, tea.Batch(cmd, r.clock.tick(can && !r.help.open && r.ask == nil && !r.quitting && c.Counting(), r.env.Now()))
}

func (r *Root) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.w, r.h = msg.Width, msg.Height
	case Interrupt:
		return r.interrupt()
	case tickMsg:
		if !r.env.Work.Busy() || r.env.Work.current.gen != msg.gen {
			return nil
		}
		return r.env.Work.tick()
	case refresh:
		if r.env.Work.Busy() {
			r.env.Work.current.asking = msg.asking
		}
		return nil
	case kit.HideMsg:
		r.env.Reveal.Late(msg)
		return nil
	case clockMsg:
		r.clock.ticked(msg)
		return nil
	case lateMsg:
		return tea.Quit
	case Done:
		return r.done(msg)
	case tea.KeyMsg:
		return r.key(msg)
	case tea.MouseMsg:
		return r.mouse(msg)
	}
	return r.apply(r.Screen.Update(msg))
}

func (r *Root) done(msg Done) tea.Cmd {
	wanted := r.env.Work.finished(msg)
	if answer, ok := msg.Answer.(Noted); ok {
		answer.Note()
	}
	var panicked *panicError
	if errors.As(msg.Err, &panicked) {
		r.Err, r.quitting = panicked, true
	}
	if r.quitting {
		if r.Err != nil {
			return tea.Quit
		}
		return r.finishQuit()
	}
	if !wanted {
		return nil
	}
	return r.apply(r.Screen.Update(msg))
}

func (r *Root) key(msg tea.KeyMsg) tea.Cmd {
	key := msg.String()
	if key == "ctrl+c" {
		return r.interrupt()
	}
	if key == "ctrl+z" && suspends {
		return r.trigger(r.suspendBinding())
	}
	if r.quitting || r.tooSmall() {
		return nil
	}
	r.Notice, r.wrong = "", false
	r.env.Reveal.Hide()
	if msg.Paste {
		// Pasted text is text, whatever it looks like. Line breaks at its ends come from where it was copied.
		msg.Runes = []rune(strings.Trim(string(msg.Runes), "\r\n"))
		if !r.help.open && r.ask == nil && pastes(r.Screen) && !r.env.Work.Busy() {
			return r.apply(r.Screen.Update(msg))
		}
		return nil
	}
	if r.help.open {
		if b, found := Find(r.help.keys(), key, false); found {
			return r.trigger(b)
		}
		return nil
	}
	if r.env.Work.Busy() {
		return r.keyWhileWorking(key)
	}
	table := r.Bindings()
	b, found := Find(table, key, r.typing())
	switch {
	case found:
		return r.trigger(b)
	case r.ask != nil:
		r.Notice = r.env.T("%s answers nothing here. First answer the question, or leave it with esc.", words.Line(KeyName(r.env.Printer, key)))
		return nil
	}
	cmd := r.apply(r.Screen.Update(msg))
	if bare, is := r.Screen.(Bare); r.Notice == "" && !r.typing() && !listed(table, key) && (!is || !bare.Bare()) {
		r.Notice = r.env.T("%s does nothing here. ? lists the keys.", words.Line(KeyName(r.env.Printer, key)))
	}
	return cmd
}

// typing reports whether a text field has the focus.
func (r *Root) typing() bool { return r.ask == nil && r.Screen.Typing() }

// trigger does what a key is for, or says why it does nothing now.
func (r *Root) trigger(b Binding) tea.Cmd {
	if reason := b.Reason(); reason != "" {
		r.Notice = reason
		return nil
	}
	if b.Do == nil {
		return nil
	}
	return r.apply(b.Do())
}

// keyWhileWorking: input is locked while a call runs, but for giving it up, and for leaving once it was given up.
func (r *Root) keyWhileWorking(key string) tea.Cmd {
	if key != "esc" {
		if b, can := r.Screen.(Busy); can {
			b.KeyWhileWorking(key)
		} else if !r.env.Work.current.canceled {
			r.Notice = r.env.T("A call is running: esc cancels it.")
		}
		return nil
	}
	if !r.env.Work.current.canceled {
		r.env.Work.CancelCurrent()
		r.Notice = r.env.T("Cancelling. Press esc again to leave without waiting.")
		return nil
	}
	r.env.Work.abandon()
	if b, found := Find(r.Bindings(), "esc", false); found && b.Reason() == "" {
		return r.apply(b.Do())
	}
	return nil
}

// Bindings are the keys that work now: those of the help screen while it is open, or else the screen's and those that work
// everywhere.
func (r *Root) Bindings() []Binding {
	if r.help.open {
		return r.help.keys()
	}
	return append(r.keys(), r.everywhere()...)
}

// keys are the screen's own, or those of the dialog over it.
func (r *Root) keys() []Binding {
	if r.ask != nil {
		return r.dialogKeys()
	}
	return r.Screen.Keys()
}

// apply does what a screen returned.
func (r *Root) apply(cmd tea.Cmd, to Nav) tea.Cmd {
	nav := to.read()
	if nav.route.To != "" {
		var err error
		if nav.to, err = r.routes.Open(nav.route); err != nil {
			nav = NotifyError(r.env.Error(err)).read()
		}
	}
	if nav.notice != "" {
		r.Notice, r.wrong = words.Line(nav.notice), nav.wrong
	}
	if nav.ask != nil {
		r.ask = nav.ask
	}
	if nav.quit {
		return tea.Batch(cmd, r.shutdown())
	}
	if nav.to == nil || nav.to == r.Screen {
		return cmd
	}
	r.env.Work.abandon()
	r.ask = nil
	r.Screen.Leave()
	r.Screen = nav.to
	return tea.Batch(cmd, r.Screen.Enter())
}
