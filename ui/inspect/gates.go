package inspect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Passage is a request on its way through the gates.
type Passage struct {
	Label string
	Stop  gate.Refusal
}

// The two answers that this program is about.
const unauthorized, forbidden = 401, 403

// The states of a gate for a passage.
type gateState int

const (
	gatePassed        gateState = iota
	gateUnknownCaller           // stopped with 401: nobody knows who is calling
	gateStopped                 // stopped with anything else
	gateNotReached
)

// stateOf returns the state of a gate, by its place in the row, for a request that was stopped, or was not.
func stateOf(stop gate.Refusal, i int) gateState {
	at := slices.Index(gate.All(), stop.Gate)
	switch {
	case at < 0 || i < at:
		return gatePassed
	case i > at:
		return gateNotReached
	case stop.Status == unauthorized:
		return gateUnknownCaller
	}
	return gateStopped
}

// gateSign is the sign of a state and its colour. 401 and 403 are two different stops, also without colours.
func gateSign(t *kit.Theme, s gateState) (string, lipgloss.Style) {
	switch s {
	case gatePassed:
		return t.Glyphs.Done, t.Good
	case gateUnknownCaller:
		return t.Glyphs.Unknown, t.Warn.Bold(true)
	case gateStopped:
		return t.Glyphs.Failed, t.Bad
	case gateNotReached:
	}
	return t.Glyphs.Open, t.Dim
}

// StopCode is the status of a stop in words or digits.
func StopCode(status int) msg.Message {
	if status == 0 {
		return msg.New("no answer")
	}
	return msg.Verbatim(fmt.Sprint(status))
}

// gateWords says what the row of gates shows.
func gateWords(stop gate.Refusal) msg.Message {
	name := gate.StatusName(stop.Status)
	switch {
	case stop.Gate == gate.None:
		return msg.New("%s: it passed every gate.", name)
	case stop.Gate == gate.Identity && stop.Status == unauthorized:
		return msg.New("%s, at the gate identity: \"who are you?\"", name)
	case stop.Gate == gate.Role && stop.Status == forbidden:
		return msg.New("%s, at the gate role: \"I know you, and you may not.\"", name)
	}
	return msg.New("%s, at the gate %s.", name, stop.Gate)
}

// GateTable draws the gates from top to bottom with one column for each passage, so that two stops can be compared.
func GateTable(t *kit.Theme, passages []Passage, width int) []string {
	const first = 10
	column := min(18, (width-first)/max(1, len(passages)))
	apart := func(text string, i int) string { // from the next column
		if i+1 < len(passages) {
			return words.Fit(text, column-1)
		}
		return text
	}
	row := strings.Repeat(" ", first)
	for i, p := range passages {
		row += t.Heading.Render(words.Pad(apart(p.Label, i), column))
	}
	out := []string{row}
	for i, g := range gate.All() {
		row := words.Pad(string(g), first)
		for _, p := range passages {
			state := stateOf(p.Stop, i)
			text, style := gateSign(t, state)
			if state == gateStopped || state == gateUnknownCaller {
				text += " " + t.T("%s stop", StopCode(p.Stop.Status))
			}
			row += style.Render(words.Pad(text, column))
		}
		out = append(out, row)
	}
	row = words.Pad(t.T("answer"), first)
	for i, p := range passages {
		style := t.Bad
		switch {
		case p.Stop.Gate == gate.None:
			style = t.Good
		case p.Stop.Status == unauthorized:
			style = t.Warn.Bold(true)
		}
		row += style.Render(words.Pad(apart(t.Say(gate.StatusName(p.Stop.Status)), i), column))
	}
	return append(out, row)
}

// GateRow is the picture of a request on its way: the road through the gates as far as it came, and in words below where
// it ended. In narrow places the gates stand on two lines without a road.
func GateRow(t *kit.Theme, stop gate.Refusal, width int) []string {
	out := gateRoad(t, stop)
	if ansi.StringWidth(out[0]) > width || ansi.StringWidth(out[1]) > width {
		out = gateList(t, stop, width)
	}
	_, style := gateSign(t, gatePassed)
	if at := slices.Index(gate.All(), stop.Gate); at >= 0 {
		_, style = gateSign(t, stateOf(stop, at))
	}
	return append(out, t.Lines(style, t.Say(gateWords(stop)), width)...)
}

// gateRoad is the road above the names of the gates.
func gateRoad(t *kit.Theme, stop gate.Refusal) []string {
	var road, names strings.Builder
	at := 0 // cells drawn of the road
	ended := false
	to := func(x int) {
		step := t.Glyphs.Road
		if ended {
			step = " "
		}
		if n := x - at; n > 0 {
			piece := strings.Repeat(step, n)
			if !ended {
				piece = t.Accent.Render(piece)
			}
			road.WriteString(piece)
			at = x
		}
	}
	start := 0
	for i, g := range gate.All() {
		state := stateOf(stop, i)
		sign, style := gateSign(t, state)
		middle := start + len(g)/2
		if state == gateNotReached && middle <= at {
			middle = at + 1
		}
		to(middle)
		text := sign
		if state == gateStopped || state == gateUnknownCaller {
			text += " " + t.Say(StopCode(stop.Status))
			ended = true
		}
		road.WriteString(style.Render(text))
		at += ansi.StringWidth(text)
		name := string(g)
		switch state {
		case gatePassed:
		case gateNotReached:
			name = t.Dim.Render(name)
		case gateStopped, gateUnknownCaller:
			name = style.Render(name)
		}
		names.WriteString(name + "  ")
		start += len(g) + 2
	}
	if stop.Gate == gate.None {
		to(start)
		road.WriteString(t.Good.Render(t.Glyphs.Arrow + " " + t.Say(StopCode(stop.Status))))
	}
	return []string{road.String(), strings.TrimRight(names.String(), " ")}
}

func gateList(t *kit.Theme, stop gate.Refusal, width int) []string {
	var out []string
	line := ""
	for i, g := range gate.All() {
		state := stateOf(stop, i)
		sign, style := gateSign(t, state)
		text := sign + " " + string(g)
		if state == gateStopped || state == gateUnknownCaller {
			text += " " + t.Say(StopCode(stop.Status))
		}
		text = style.Render(text)
		switch {
		case line == "":
		case ansi.StringWidth(line)+3+ansi.StringWidth(text) > width:
			out = append(out, line)
			line = ""
		default:
			line += t.Dim.Render(" > ")
		}
		line += text
	}
	return append(out, line)
}
