package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows"
	"fix403/ui/words"
)

// passage is a request on its way through the gates.
type passage struct {
	label string
	stop  flows.Stop
}

// at returns the sign of a gate for a passage, with the status where it was stopped.
func (p passage) at(t *theme, i int) (text string, passed, stopped bool) {
	for j, g := range flows.Gates() {
		if g != p.stop.Gate {
			continue
		}
		switch {
		case i > j:
			return t.g.locked, false, false
		case i == j:
			return strings.TrimSpace(t.g.failed + " " + stopCode(p.stop.Status)), false, true
		}
	}
	return t.g.done, true, false
}

func stopCode(status int) string {
	if status == 0 {
		return "no answer"
	}
	return fmt.Sprintf("%d stop", status)
}

// gateTable draws the gates from top to bottom with one column for each passage, so that two stops can be compared.
func gateTable(t *theme, passages []passage, width int) []string {
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
		row += t.heading.Render(words.Pad(apart(p.label, i), column))
	}
	out := []string{row}
	for i, g := range flows.Gates() {
		row := words.Pad(string(g), first)
		for _, p := range passages {
			text, passed, stopped := p.at(t, i)
			style := t.dim
			if passed {
				style = t.good
			}
			if stopped {
				style = t.bad
			}
			row += style.Render(words.Pad(text, column))
		}
		out = append(out, row)
	}
	row = words.Pad("answer", first)
	for i, p := range passages {
		style := t.bad
		if p.stop.Gate == flows.GateNone {
			style = t.good
		}
		row += style.Render(words.Pad(apart(flows.StatusName(p.stop.Status), i), column))
	}
	return append(out, row)
}

// gateRow draws the gates on one line where they fit, else on two.
func gateRow(t *theme, stop flows.Stop, width int) []string {
	p := passage{stop: stop}
	var parts []string
	for i, g := range flows.Gates() {
		_, passed, stopped := p.at(t, i)
		switch {
		case stopped:
			text := t.g.failed + " " + string(g)
			if stop.Status != 0 {
				text += fmt.Sprintf(" %d", stop.Status)
			}
			parts = append(parts, t.bad.Render(text))
		case passed:
			parts = append(parts, t.good.Render(t.g.done+" "+string(g)))
		default:
			parts = append(parts, t.dim.Render(t.g.locked+" "+string(g)))
		}
	}
	line := strings.Join(parts, t.dim.Render(" > "))
	if ansi.StringWidth(line) > width {
		return []string{strings.Join(parts[:4], t.dim.Render(" > ")), strings.Join(parts[4:], t.dim.Render(" > "))}
	}
	return []string{line}
}
