package demo

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/ui/inspect"
	"fix403/ui/shell"
)

// pause stops the playing, or lets it go on.
func (d *Screen) pause() (tea.Cmd, shell.Nav) {
	d.paused = !d.paused
	if d.paused {
		d.resting = max(0, d.ends.Sub(d.env.Now()))
	}
	return d.wait(), shell.None()
}

// KeyWhileWorking implements [shell.Busy]: the playing can be stopped while a call runs, and stops when the answer is there.
func (d *Screen) KeyWhileWorking(key string) {
	if key == " " || key == "p" {
		d.paused = !d.paused
	}
}

// forward first has a request arrive that is still on its way.
func (d *Screen) forward() (tea.Cmd, shell.Nav) {
	switch {
	case d.travel.Out() && !d.travel.Arrived():
		d.travel.Arrive()
		return nil, shell.None()
	case d.last() && !d.loop:
		return nil, shell.None()
	}
	return d.show(d.next()), shell.None()
}

// back also pauses: who goes back wants to say something about it.
func (d *Screen) back() (tea.Cmd, shell.Nav) {
	d.paused = true
	return d.show(max(0, d.at-1)), shell.None()
}

func (d *Screen) again() (tea.Cmd, shell.Nav) {
	d.paused = false
	return d.show(0), shell.None()
}

// scroll scrolls what is open, and reports whether something else is shown then.
func (d *Screen) scroll(key string) bool {
	switch d.pane {
	case wirePane:
		return d.wire.Key(key, len(d.exchanges()))
	case tokenPane:
		return d.text.Key(key)
	case noPane:
	}
	return false
}

// page scrolls what is open, and goes elsewhere where there is nothing more to see.
func (d *Screen) page(key string, elsewhere func() (tea.Cmd, shell.Nav)) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if d.scroll(key) || elsewhere == nil {
			return nil, shell.None()
		}
		return elsewhere()
	}
}

// faster goes to the next of the speeds, slower to the one before; what is left of the moment changes with it.
func (d *Screen) faster(by int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		i, exact := slices.BinarySearch(demoSpeeds, d.speed)
		if !exact && by > 0 {
			i--
		}
		to := demoSpeeds[max(0, min(len(demoSpeeds)-1, i+by))]
		if by > 0 {
			to = max(to, d.speed) // --speed may be beyond the table
		} else {
			to = min(to, d.speed)
		}
		left := d.resting
		if !d.paused {
			left = max(0, d.ends.Sub(d.env.Now()))
		}
		d.resting = time.Duration(float64(left) * d.speed / to)
		d.speed = to
		return d.wait(), shell.None()
	}
}

// open opens a pane, or closes it; it also pauses, so that there is time to read.
func (d *Screen) open(p pane) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if d.pane == p {
			d.pane = noPane
			return nil, shell.None()
		}
		d.pane = p
		if d.paused {
			return nil, shell.None()
		}
		return d.pause()
	}
}

func (d *Screen) atTheEnd() string {
	if d.last() && !d.loop {
		return d.env.T("This is the end. r plays it again.")
	}
	return ""
}

// Keys implements [shell.Screen].
func (d *Screen) Keys() []shell.Binding {
	dark := shell.Binding{Keys: []string{"b", "."}, Help: "a black screen, and back", Do: func() (tea.Cmd, shell.Nav) {
		if d.black = !d.black; d.black && !d.paused {
			return d.pause()
		}
		return nil, shell.None()
	}}
	if d.black { // any other key brings the picture back, too
		return []shell.Binding{dark}
	}
	label, help := texts.Text("pause"), texts.Text("stop here")
	if d.paused {
		label, help = "continue", "continue playing"
	}
	where := texts.Text("quit")
	if d.home {
		where = "back to the home screen"
	}
	leave := func() (tea.Cmd, shell.Nav) {
		if d.pane != noPane {
			d.pane = noPane
			return nil, shell.None()
		}
		return nil, d.leave
	}
	return []shell.Binding{
		{Keys: []string{" ", "p"}, Label: label, Help: help, Disabled: d.atTheEnd, Do: d.pause},
		{Keys: []string{"enter", "right"}, Label: "on", Help: "finish the request, then skip to the next moment", Disabled: d.atTheEnd, Do: d.forward},
		{Keys: []string{"left"}, Label: "back", Help: "the previous moment, and pause; the server is not contacted again", Do: d.back},
		{Keys: []string{"w", "f3"}, Label: "wire", Help: "what went over the wire, and pause; again closes it", Do: d.open(wirePane)},
		{Keys: []string{"t"}, Help: "the client's token, and pause; again closes it", Do: d.open(tokenPane)},
		dark,
		{Keys: []string{"+", "="}, Help: "faster", Do: d.faster(1)},
		{Keys: []string{"-"}, Help: "slower", Do: d.faster(-1)},
		{Keys: []string{"r", "home", "f5"}, Help: "from the start; responses are replayed without the server", Do: d.again},
		{Keys: []string{"pgdown"}, Help: "the rest of what is open, then the next moment: this key is on a presenter's remote", Do: d.page("pgdown", d.forward)},
		{Keys: []string{"pgup"}, Help: "the same, backwards", Do: d.page("pgup", d.back)},
		{Keys: []string{"down"}, Help: "scroll what is open", Do: d.page("down", nil)},
		{Keys: []string{"up"}, Help: "scroll what is open", Do: d.page("up", nil)},
		{Keys: []string{"q", "esc"}, Help: where, Do: leave},
	}
}

// tokenLines shows the client's token at the moment on the screen, compared with the one before the grant.
func (d *Screen) tokenLines(width int) []string {
	st := d.still().State
	now, before := st.FirstCall, inspect.Earlier{}
	if c := d.moments[d.at].Call; c != nil && c(st) != nil && c(st).Token != nil {
		now = c(st)
	}
	if now == nil {
		return inspect.TokenLines(d.env.Theme, nil, before, d.still().at, width)
	}
	if d.moments[d.at].Step == story.StepSecondCall && st.FirstCall != nil && now == st.SecondCall {
		before = inspect.Earlier{Token: st.FirstCall.Token, Heading: inspect.BeforeGrant}
	}
	return inspect.TokenLines(d.env.Theme, now.Token, before, d.still().at, width)
}
