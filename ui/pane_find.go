package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/texts"
	"fix403/ui/words"
)

// finder is the search of a pane.
type finder struct {
	field  textinput.Model
	typing bool
	query  string // in lower case; "" for none
	at     int    // the line of the match that one is at, -1 for none
}

func (f *finder) open(t *theme) {
	f.field = newTextInput(t)
	f.field.Focus()
	f.typing = true
}

func (f *finder) clear() { *f = finder{at: -1} }

func (f *finder) update(msg tea.KeyMsg) {
	f.field, _ = f.field.Update(msg)
}

// take makes what was typed the query.
func (f *finder) take() {
	f.typing, f.query, f.at = false, strings.ToLower(strings.TrimSpace(words.Line(f.field.Value()))), -1
}

// has tells whether a line holds the query.
func (f *finder) has(line string) bool {
	return f.query != "" && strings.Contains(strings.ToLower(ansi.Strip(line)), f.query)
}

// next returns the first line that holds the query, from a line on, forwards or backwards; -1 if there is none.
func (f *finder) next(lines []string, from, step int) int {
	for i := from; i >= 0 && i < len(lines); i += step {
		if f.has(lines[i]) {
			return i
		}
	}
	return -1
}

// mark shows the matches in a line.
func (f *finder) mark(t *theme, line string, here bool) string {
	if !f.has(line) {
		return line
	}
	plain := ansi.Strip(line)
	lower := strings.ToLower(plain)
	if len(lower) != len(plain) { // then the places differ: the whole line
		return t.found.Render(plain)
	}
	style := t.found
	if here {
		style = style.Reverse(true)
	}
	var b strings.Builder
	for {
		i := strings.Index(lower, f.query)
		if i < 0 {
			return b.String() + plain
		}
		b.WriteString(plain[:i] + style.Render(plain[i:i+len(f.query)]))
		plain, lower = plain[i+len(f.query):], lower[i+len(f.query):]
	}
}

// line is what the pane shows of the search at its foot; "" without one.
func (f *finder) line(t *theme, width int) string {
	switch {
	case f.typing:
		search := texts.T("Search")
		return t.accent.Render(search+" "+t.g.point) + " " + drawInput(t, &f.field, width-ansi.StringWidth(search)-6)
	case f.query != "" && f.at < 0:
		return t.warn.Render(words.Fit(texts.T("Nothing here holds %s.", f.query), width))
	case f.query != "":
		return t.dim.Render(words.Fit(texts.T("Search: %s  n and N go on", f.query), width))
	}
	return ""
}
