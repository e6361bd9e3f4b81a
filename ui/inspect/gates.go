package inspect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Passage is a request on its way through the gates.
type Passage struct {
	Label   string
	Stop    gate.Refusal
	Waiting bool        // it has not been made
	Travel  *kit.Travel // on its way; nil where it is at its end. What it has not come to is drawn dim
}

// Start sets the passage's request out on its way, up to where it was stopped.
func (p Passage) Start(travel *kit.Travel, still bool, after func(time.Duration, tea.Msg) tea.Cmd) tea.Cmd {
	row := p.Stop.Row()
	return travel.StartQuickly(len(row), slices.Index(row, p.Stop.Gate), still, after)
}

// here is the column that the request has come to, of a row whose gates have their middles there, and which ends behind them.
func (p Passage) here(from int, middles []int) int {
	const end = 1 << 20
	if p.Travel == nil || p.Travel.Arrived() {
		return end
	}
	if !p.Travel.Out() {
		return 0
	}
	at, part := p.Travel.Gate()
	if at > 0 {
		from = middles[at-1]
	}
	to := middles[len(middles)-1] + 2
	if at < len(middles) {
		to = middles[at]
	}
	return from + int(part*float64(to-from))
}

// PassesGates reports whether an exchange went through all gates, or was stopped at one: a token that was given passed only the first.
func PassesGates(e wire.Exchange) bool {
	return gate.Classify(e).Gate != gate.None || strings.Contains(e.URL, "/admin/")
}

// PassageOf is an exchange by itself.
func PassageOf(e wire.Exchange) Passage { return Passage{Stop: gate.Classify(e)} }

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
	at := slices.Index(stop.Row(), stop.Gate)
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

// state returns the state of a gate for the passage.
func (p Passage) state(i int) gateState {
	if p.Waiting {
		return gateNotReached
	}
	return stateOf(p.Stop, i)
}

// gateSign is the sign of a state and its colour. 401 and 403 are two different stops, also without colours.
func gateSign(t *kit.Theme, s gateState) (string, kit.Style) {
	switch s {
	case gatePassed:
		return t.Glyphs.Done, t.Good
	case gateUnknownCaller:
		return t.Glyphs.Unknown, t.Warn.Bold()
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
	for _, g := range gate.All() {
		row := words.Pad(string(g), first)
		for _, p := range passages {
			state := p.state(slices.Index(p.Stop.Row(), g))
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
		if p.Waiting {
			continue
		}
		answer := t.Say(gate.StatusName(p.Stop.Status))
		if ansi.StringWidth(answer) >= column { // digits alone are not cut
			answer = t.Say(StopCode(p.Stop.Status))
		}
		row += t.Answer(p.Stop.Status).Render(words.Pad(apart(answer, i), column))
	}
	return append(out, row)
}

// Said is how a request ended, in words: the status, and the gate.
func Said(t *kit.Theme, stop gate.Refusal) string { return t.Say(gateWords(stop)) }

// spread is where the gates of a row are: the column of each name, and of its middle.
type spread struct{ label, width, gap int }

// names are the row of names, for an order of gates, and the middle of each.
func (s spread) names(order []gate.Gate) (names []string, middles []int) {
	x := s.label
	for _, g := range order {
		middles = append(middles, x+len(g)/2)
		names = append(names, string(g)+strings.Repeat(" ", s.gap))
		x += len(g) + s.gap
	}
	return names, middles
}

// widestGap is how far gates are apart on wide windows, narrowestGap where there is least room.
const widestGap, narrowestGap = 12, 2

// spreadOf finds the widest row that a width has room for; gap is 0 where there is none.
func spreadOf(t *kit.Theme, passages []Passage, width int) spread {
	s := spread{width: width}
	for _, p := range passages {
		s.label = max(s.label, ansi.StringWidth(p.Label)+3)
	}
	if s.label == 3 { // no labels
		s.label = 2
	}
	for s.gap = widestGap; s.gap >= narrowestGap; s.gap-- {
		if s.end(t, passages) <= width {
			return s
		}
	}
	s.gap = 0
	return s
}

// end is the column at which the longest row ends.
func (s spread) end(t *kit.Theme, passages []Passage) int {
	end := 0
	for _, p := range passages {
		row := p.Stop.Row()
		_, middles := s.names(row)
		last := middles[len(middles)-1] + len(row[len(row)-1])
		end = max(end, last)
		status := ansi.StringWidth(t.Say(gate.StatusName(p.Stop.Status)))
		switch at := slices.Index(row, p.Stop.Gate); {
		case p.Waiting:
		case at >= 0:
			end = max(end, middles[at]+2+status)
		default:
			end = max(end, middles[len(middles)-1]+5+status)
		}
	}
	return end
}

// GateRows draws a row of gates for each passage, below the names of the gates: the road as far as the request came, and its
// status where it ended. Where there is no room, the gates stand one below the other.
func GateRows(t *kit.Theme, passages []Passage, width int) []string {
	s := spreadOf(t, passages, width)
	if s.gap == 0 {
		return GateTable(t, passages, width)
	}
	var out []string
	var order []gate.Gate
	for _, p := range passages {
		row := p.Stop.Row()
		names, middles := s.names(row)
		if !slices.Equal(order, row) {
			order = row
			out = append(out, strings.Repeat(" ", s.label)+t.Dim.Render(strings.TrimRight(strings.Join(names, ""), " ")))
		}
		out = append(out, s.row(t, p, middles))
	}
	return out
}

// GatePicture is the rows with air between them, and below them the status of the last request that was made, five lines high at
// its gate.
func GatePicture(t *kit.Theme, passages []Passage, width int) []string {
	s := spreadOf(t, passages, width)
	if s.gap == 0 {
		return GateTable(t, passages, width)
	}
	var out []string
	for i, line := range GateRows(t, passages, width) {
		if i > 1 {
			out = append(out, "")
		}
		out = append(out, line)
	}
	last := passages[len(passages)-1]
	if last.Waiting {
		return out
	}
	row := last.Stop.Row()
	_, middles := s.names(row)
	at := middles[len(middles)-1]
	if i := slices.Index(row, last.Stop.Gate); i >= 0 {
		at = middles[i]
	}
	verdict := t.Verdict(last.Stop.Status, t.Say(gate.StatusName(last.Stop.Status)), at, width)
	if last.Travel != nil && !last.Travel.Arrived() {
		for i, line := range verdict {
			verdict[i] = t.Dim.Render(ansi.Strip(line))
		}
	}
	return append(append(out, ""), verdict...)
}

// row is one passage.
func (s spread) row(t *kit.Theme, p Passage, middles []int) string {
	var line strings.Builder
	line.WriteString(words.Pad(p.Label, s.label))
	at, ended := s.label, p.Waiting
	here := p.here(s.label, middles)
	road := func(x int, style kit.Style) {
		if x > at {
			line.WriteString(style.Render(strings.Repeat(t.Glyphs.Road, x-at)))
			at = x
		}
	}
	to := func(x int) {
		if ended && x > at {
			line.WriteString(strings.Repeat(" ", x-at))
			at = x
			return
		}
		road(min(x, here-1), t.Accent)
		road(min(x, here+1), t.Button) // the request
		road(x, t.Dim)
	}
	put := func(style kit.Style, text string) {
		if at > here {
			style = t.Dim
		}
		line.WriteString(style.Render(text))
		at += ansi.StringWidth(text)
	}
	for i, middle := range middles {
		state := p.state(i)
		sign, style := gateSign(t, state)
		if state == gateNotReached && middle < at+2 && !p.Waiting {
			continue // under the status
		}
		to(middle)
		put(style, sign)
		if state == gateStopped || state == gateUnknownCaller {
			put(style, " "+t.Say(gate.StatusName(p.Stop.Status)))
			ended = true
		}
	}
	if p.Stop.Gate == gate.None && !p.Waiting {
		to(at + 2)
		put(t.Answer(p.Stop.Status), t.Glyphs.Arrow+" "+t.Say(gate.StatusName(p.Stop.Status)))
	}
	return words.Fit(line.String(), s.width)
}

// GateRow is the picture of a request on its way: the road through the gates as far as it came, and in words below where
// it ended. In narrow places the gates stand on two lines without a road.
func GateRow(t *kit.Theme, stop gate.Refusal, width int) []string {
	out := gateRoad(t, stop)
	if ansi.StringWidth(out[0]) > width || ansi.StringWidth(out[1]) > width {
		out = gateList(t, stop, width)
	}
	_, style := gateSign(t, gatePassed)
	if at := slices.Index(stop.Row(), stop.Gate); at >= 0 {
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
	for i, g := range stop.Row() {
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
	for i, g := range stop.Row() {
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
