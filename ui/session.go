package ui

import (
	"io"
	"strings"
	"time"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// session is what every screen gets: how to draw, how to work, and what the flags said.
type session struct {
	defaults flows.Options // of a story, from flags
	theme    *kit.Theme
	work     *worker
	now      func() time.Time
	getenv   func(string) string
	out      io.Writer // for the clipboard; writes are whole, see lockedOut
	reveal   kit.Reveal
	send     func(tea.Msg) // to the running program, from any goroutine
}

// at is the environment of a screen that shows what was at that time: nothing runs, and no time passes.
func (s *session) at(then time.Time) *session {
	past := *s
	past.now, past.send = func() time.Time { return then }, func(tea.Msg) {}
	past.work = newWorker(s.work.ctx, past.now)
	return &past
}

// wired has what happens in a story or lab made with o drawn at once.
func (s *session) wired(o flows.Options) flows.Options {
	o.Events = func(e flows.Event) { s.send(refreshMsg{e.Request}) }
	if o.Now == nil {
		o.Now = s.now
	}
	return o
}

// heard is a record whose requests are drawn while they run.
func (s *session) heard() *keycloak.Recorder {
	r := &keycloak.Recorder{}
	r.ListenBegun(func(b keycloak.Begun) { s.send(refreshMsg{&b}) })
	r.Listen(func(keycloak.Exchange) { s.send(refreshMsg{}) })
	return r
}

// copyText puts text on the terminal's clipboard. The terminal gives no answer: whether it did it can not be known.
// Inside tmux and screen the request has to be passed through; newer versions of tmux take it as it is, if allowed.
func (s *session) copyText(what, text string) Nav {
	plain := osc52.New(words.Clean(text)) // it may be pasted into a terminal
	var err error
	switch {
	case s.getenv("TMUX") != "":
		_, err = io.WriteString(s.out, plain.String()+plain.Tmux().String())
	case s.getenv("STY") != "":
		_, err = io.WriteString(s.out, plain.Screen().String())
	case strings.HasPrefix(s.getenv("TERM"), "screen"): // one of the two, on another machine
		_, err = io.WriteString(s.out, plain.String()+plain.Screen().String())
	default:
		_, err = io.WriteString(s.out, plain.String())
	}
	if err != nil {
		return complain(texts.T("Copying failed: %s", words.Line(err.Error())))
	}
	return say(texts.T("%s sent to the clipboard, if your terminal lets programs write it.", what))
}
