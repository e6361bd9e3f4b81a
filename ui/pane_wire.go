package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"fix403/flows"
	"fix403/keycloak"
	"fix403/ui/words"
)

// wirePane shows exchanges as they went over the wire: a list, and the selected one in full.
type wirePane struct {
	selected int // index; -1 follows the newest
	detail   pager
}

func newWirePane() wirePane { return wirePane{selected: -1} }

func (p *wirePane) index(n int) int {
	if p.selected < 0 || p.selected >= n {
		return n - 1
	}
	return p.selected
}

// pick moves the selection among n exchanges.
func (p *wirePane) pick(move, n int) {
	p.selected = max(0, min(n-1, p.index(n)+move))
	p.detail.top()
}

func (p *wirePane) key(key string, n int) {
	switch key {
	case "up":
		p.pick(-1, n)
	case "down":
		p.pick(1, n)
	default:
		p.detail.key(key)
	}
}

func (p *wirePane) lines(t *theme, exchanges []keycloak.Exchange, width, height int) []string {
	if len(exchanges) == 0 {
		return t.lines(t.dim, "Nothing has been sent in this step yet.", width)
	}
	sel := p.index(len(exchanges))
	room := min(len(exchanges), max(2, height/4))
	first := max(0, min(sel-room/2, len(exchanges)-room))
	var out []string
	for i := first; i < first+room; i++ {
		out = append(out, wireRow(t, exchanges[i], i == sel, width))
	}
	out = append(out, t.dim.Render(strings.Repeat(t.g.rule, width)))
	return append(out, p.detail.window(t, exchangeLines(t, exchanges[sel], width), width, max(1, height-len(out)))...)
}

func wireRow(t *theme, e keycloak.Exchange, selected bool, width int) string {
	sign, style := " ", statusStyle(t, e)
	if selected {
		sign = t.g.point
	}
	status := "---"
	if e.Status != 0 {
		status = fmt.Sprint(e.Status)
	}
	text := fmt.Sprintf("%s %2d %-6s ", sign, e.ID, words.Line(e.Method))
	rest := " " + words.Line(e.Purpose)
	if width > 90 {
		rest = words.Pad(rest, 40) + " " + words.Path(e.URL)
	}
	return words.Fit(text+style.Render(status)+rest, width)
}

func statusStyle(t *theme, e keycloak.Exchange) lipgloss.Style {
	switch {
	case e.Status >= 200 && e.Status < 300:
		return t.good
	case e.Status == 0 || e.Status >= 400:
		return t.bad
	}
	return t.warn
}

// exchangeLines is an exchange in full: what was asked, what was answered, and at which gate it was stopped.
func exchangeLines(t *theme, e keycloak.Exchange, width int) []string {
	var out []string
	add := func(lines ...string) { out = append(out, lines...) }
	if e.Purpose != "" {
		add(t.lines(t.dim, words.Line(e.Purpose), width)...)
	}
	for i, line := range words.Fold(words.Line(e.Method+" "+e.URL), width) {
		if i == 0 {
			line = t.heading.Render(line)
		}
		add(line)
	}
	add(headerLines(t, e.RequestHeader, width)...)
	add(bodyLines(e.RequestBody, width)...)
	add("")
	if e.Status == 0 {
		add(t.item(t.g.failed, t.bad, "no answer: "+words.Line(e.Err), width)...)
		return out
	}
	stop := flows.StopOf(e)
	add(statusStyle(t, e).Render(words.Fit(flows.StatusName(e.Status)+"  "+words.Took(e.Duration), width)))
	if stop.Gate != flows.GateNone {
		add(t.lines(t.bad, "stopped at the gate "+string(stop.Gate), width)...)
	}
	add(headerLines(t, e.ResponseHeader, width)...)
	add(bodyLines(e.ResponseBody, width)...)
	if e.Truncated {
		add(t.dim.Render("(the rest of the body was not kept)"))
	}
	return out
}

func headerLines(t *theme, header map[string][]string, width int) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			for _, line := range words.Fold(words.Line(name+": "+value), width) {
				out = append(out, t.dim.Render(line))
			}
		}
	}
	return out
}

func bodyLines(body string, width int) []string {
	if body == "" {
		return nil
	}
	return append([]string{""}, words.Fold(words.Body(body), width)...)
}
