package shell

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Progress is a spinner, the seconds, what is being done, and the request that is not answered yet.
func (s *Env) Progress(server string, width int) string {
	t, work := s.Theme, s.Work.current
	passed := s.Work.Elapsed()
	sign := t.Accent.Render(t.Glyphs.Spinner[int(passed/tickEvery)%len(t.Glyphs.Spinner)])
	text := fmt.Sprintf(" %.1f s  %s", passed.Seconds(), work.label)
	if work.canceled {
		text += s.T(", being cancelled")
	}
	end := s.T("  esc cancels")
	room := width - 1 - ansi.StringWidth(end)
	text = words.Fit(text, room)
	if room -= ansi.StringWidth(text) + 2; room >= 8 {
		end = "  " + words.Fit(s.asking(server), room) + end
	}
	return words.Fit(sign+text+t.Dim.Render(end), width)
}

// asking is the request that is on its way, or else the server.
func (s *Env) asking(server string) string {
	if b := s.Work.current.asking; b != nil {
		_, address, found := strings.Cut(b.URL, "://")
		if !found {
			address = b.URL
		}
		if !b.Again.Empty() {
			return s.Say(b.Again)
		}
		return words.Line(b.Method + " " + address)
	}
	return words.Line(kit.Host(server))
}

// ProgressLines are what has gone over the wire so far.
func (s *Env) ProgressLines(exchanges []wire.Exchange, server string, w int) []string {
	t := s.Theme
	out := []string{t.Heading.Render(words.Fit(s.Work.current.label, w)), ""}
	for _, e := range exchanges {
		out = append(out, kit.ExchangeRow(t, e, false, w))
	}
	waiting := s.T("Waiting for %s ...", words.Line(kit.Host(server)))
	if b := s.Work.current.asking; b != nil {
		waiting = s.T("Waiting for the answer to: %s ...", words.Line(s.Say(b.Purpose)))
		if !b.Again.Empty() {
			waiting = s.T("Not yet: %s, %s ...", words.Line(s.Say(b.Purpose)), s.Say(b.Again))
		}
	}
	return append(out, t.Lines(t.Dim, waiting, w)...)
}
