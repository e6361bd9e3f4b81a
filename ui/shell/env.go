package shell

import (
	"context"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/keycloak/child"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Env is what every screen gets: how to draw, how to work, and what the flags said.
type Env struct {
	words.Words
	Defaults story.Options // of a story, from flags
	Theme    *kit.Theme
	Work     *Worker
	Now      func() time.Time
	Getenv   func(string) string
	Out      io.Writer // for the clipboard; writes are whole, see syncWriter in package ui
	Reveal   kit.Reveal
	Send     func(tea.Msg)                        // to the running program, from any goroutine
	After    func(time.Duration, tea.Msg) tea.Cmd // a message when a time is over
}

// After is a message when a time is over.
func After(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}

// At is the environment of a screen that shows what was at that time: nothing runs, and no time passes.
func (s *Env) At(then time.Time) *Env {
	past := *s
	past.Now, past.Send = func() time.Time { return then }, func(tea.Msg) {}
	past.Work = NewWorker(s.Work.ctx, past.Now)
	return &past
}

// WithEvents has what happens in a story or lab made with o drawn at once.
func (s *Env) WithEvents(o story.Options) story.Options {
	o.Events = func(e story.Event) { s.Send(refresh{e.Request}) }
	if o.Now == nil {
		o.Now = s.Now
	}
	return o
}

// Redraw has the screen drawn again, for what changed outside of keys and calls. It is for any goroutine.
func (s *Env) Redraw() { s.Send(refresh{}) }

// NewRecorder is a record whose requests are drawn while they run.
func (s *Env) NewRecorder() *wire.Recorder {
	r := &wire.Recorder{}
	r.OnRequest(func(b wire.Started) { s.Send(refresh{&b}) })
	r.OnExchange(func(wire.Exchange) { s.Send(refresh{}) })
	return r
}

// Copy puts text on the terminal's clipboard. The terminal gives no answer: whether it did it cannot be known.
// Inside tmux and screen the request has to be passed through; newer versions of tmux take it as it is, if allowed.
func (s *Env) Copy(what, text string) Nav {
	plain := osc52.New(words.Clean(text)) // it may be pasted into a terminal
	var err error
	switch {
	case s.Getenv("TMUX") != "":
		_, err = io.WriteString(s.Out, plain.String()+plain.Tmux().String())
	case s.Getenv("STY") != "":
		_, err = io.WriteString(s.Out, plain.Screen().String())
	case strings.HasPrefix(s.Getenv("TERM"), "screen"): // one of the two, on another machine
		_, err = io.WriteString(s.Out, plain.String()+plain.Screen().String())
	default:
		_, err = io.WriteString(s.Out, plain.String())
	}
	if err != nil {
		return NotifyError(s.T("Copying failed: %s", words.Line(err.Error())))
	}
	return Notify(s.T("%s sent to the clipboard, if your terminal allows it.", what))
}

// Browse opens an address in the browser of this machine. Where there is none to be seen, as over SSH, it shows the address and
// copies it.
func (s *Env) Browse(url string) Nav {
	if name, args := s.browser(); name != "" {
		if cmd := child.Command(context.WithoutCancel(s.Work.Context()), nil, name, append(args, url)...); cmd.Start() == nil {
			go func() { _ = cmd.Wait() }()
			return Notify(s.T("Opened in the browser: %s", words.Line(url)))
		}
	}
	s.Copy("", url)
	return Notify(s.T("Open this page in a browser: %s", words.Line(url)))
}

// browser returns the program that opens an address, "" where nobody would see what it opens.
func (s *Env) browser() (name string, args []string) {
	switch {
	case s.Getenv("SSH_CONNECTION") != "" || s.Getenv("SSH_TTY") != "":
		return "", nil
	case runtime.GOOS == "darwin":
		return "open", nil
	case runtime.GOOS == "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	case s.Getenv("DISPLAY") != "" || s.Getenv("WAYLAND_DISPLAY") != "":
		return "xdg-open", nil
	}
	return "", nil
}
