package demo

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// How much the picture takes: the gates, and the status, in figures of five lines or, in a window for a hall, of ten, with its
// name below.
const (
	gatesHeight, figureHeight, nameHeight = 5, 5, 2
	hallWidth, hallHeight                 = 120, 30
)

// widestGap is the most air between two parts.
const widestGap = 6

// Layout implements [shell.Screen].
func (d *Screen) Layout(w, h int) *shell.Frame {
	if d.black {
		return shell.Lines(nil)
	}
	inner := w - 2*kit.Margin
	said := d.sentence(inner)
	below := func(lines []string) *shell.Frame {
		for len(lines) < h-1 {
			lines = append(lines, "")
		}
		return shell.Lines(append(lines[:h-1], centred(d.env.Theme.Dim, d.where(), w)))
	}
	if d.pane != noPane {
		out := append([]string{""}, said...)
		return below(append(out, d.opened(inner, h-len(out)-2)...))
	}
	times := 1
	if w >= hallWidth && h >= hallHeight {
		times = 2
	}
	air := max(0, h-1-len(said)-gatesHeight-times*figureHeight-nameHeight-1)
	top, gap := air/4, min(widestGap, air/5)
	out := append(make([]string, top), said...)
	out = append(out, make([]string, max(1, gap))...)
	if d.failed != nil {
		return below(append(out, d.failure(inner)...))
	}
	gates, middle := d.gates(inner)
	out = append(out, gates...)
	out = append(out, make([]string, max(1, gap-1))...)
	return below(append(out, d.answer(times, middle, inner)...))
}

// sentence is what is said, in the middle, on two lines always: what is below stays in its place.
func (d *Screen) sentence(w int) []string {
	t := d.env.Theme
	var out []string
	const widest = 100
	for _, line := range words.Wrap(d.caption(), min(widest, w-4)) {
		out = append(out, centred(t.Heading, line, w))
	}
	if len(out) < 2 {
		out = append(out, "")
	}
	if d.env.Work.Busy() {
		out[len(out)-1] = centred(t.Dim, d.env.Work.Label()+" ...", w)
	}
	return out
}

func centred(style kit.Style, text string, w int) string {
	text = words.Fit(text, w)
	return strings.Repeat(" ", max(0, (w-ansi.StringWidth(text))/2)) + style.Render(text)
}

// gates is the row of gates, and the column where the request is.
func (d *Screen) gates(w int) (lines []string, middle int) {
	r := kit.Row{Travel: &d.travel, Status: d.stop.Status}
	for _, g := range gate.All() {
		r.Names = append(r.Names, string(g))
	}
	lines, middle = r.Draw(d.env.Theme, w)
	return indented(lines), middle
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if line != "" {
			out[i] = strings.Repeat(" ", kit.Margin) + line
		}
	}
	return out
}

// answer is the status of the client's call below the gate that gave it, or what the admin has made so far.
func (d *Screen) answer(times, middle, w int) []string {
	if d.moments[d.at].Call == nil {
		return d.made(w)
	}
	if d.sent == nil || !d.travel.Arrived() {
		return nil
	}
	name := d.env.Say(gate.StatusName(d.sent.Status))
	if d.sent.Status > 0 {
		_, name, _ = strings.Cut(name, " ")
	}
	return indented(d.env.Theme.BigVerdict(times, d.sent.Status, name, middle, w))
}

// made are the things that the calls are about, as far as they are there.
func (d *Screen) made(w int) []string {
	t, st := d.env.Theme, d.still().State
	if d.travel.Out() && !d.travel.Arrived() {
		st = d.told[d.needs(d.at)-2].State // not yet
	}
	granted := params.TheRole + " " + t.Glyphs.Arrow + " " + d.env.T("the client's service account")
	type thing struct{ what, name string }
	var all []thing
	if st.Realm != nil {
		all = append(all, thing{d.env.T("realm"), st.Params.Realm})
	}
	if st.Client != nil {
		all = append(all, thing{d.env.T("client"), st.Params.ClientID})
	}
	if st.User != nil {
		all = append(all, thing{d.env.T("user"), st.Params.Username})
	}
	if st.Results[story.StepGrant].Status == story.StatusPassed {
		all = append(all, thing{d.env.T("role"), granted})
	}
	width := 0 // of all that will be there: nothing moves when more comes
	for _, name := range []string{st.Params.Realm, st.Params.ClientID, st.Params.Username, granted} {
		width = max(width, ansi.StringWidth(words.Line(name)))
	}
	const lead = 12
	var out []string
	for _, a := range all {
		line := t.Good.Render(t.Glyphs.Done) + "  " + t.Dim.Render(words.Pad(a.what, lead-3)) + words.Fit(words.Line(a.name), w-lead)
		out = append(out, strings.Repeat(" ", max(0, (w-lead-width)/2))+line)
	}
	return out
}

// failure says what went wrong.
func (d *Screen) failure(w int) []string {
	t := d.env.Theme
	message, hint := d.env.Failure(d.failed)
	room := min(w, 76)
	out := t.Item(t.Glyphs.Failed, t.Bad, message, room)
	out = append(append(out, ""), t.Lines(t.Plain, hint, room)...)
	for i, line := range out {
		out[i] = strings.Repeat(" ", (w-room)/2+kit.Margin) + line
	}
	return out
}

// opened is the pane over the gates.
func (d *Screen) opened(w, h int) []string {
	t := d.env.Theme
	if d.pane == tokenPane {
		return indented(d.text.Window(t, d.tokenLines(w), w, h))
	}
	return indented(d.wire.Layout(t, d.exchanges(), nil, w, h).Lines)
}

// where says at which moment it is, and how it goes on.
func (d *Screen) where() string {
	if d.Filmed {
		return d.env.T("%d of %d", d.at+1, len(d.moments))
	}
	return d.env.T("%d of %d, %s", d.at+1, len(d.moments), d.pace())
}

func (d *Screen) pace() string {
	switch {
	case d.failed != nil:
		return d.env.T("stopped")
	case d.last() && !d.loop:
		return d.env.T("the end")
	case d.paused:
		return d.env.T("paused")
	case d.speed != 1:
		return d.env.T("playing, speed %g", d.speed)
	}
	return d.env.T("playing")
}
