package kit

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/ui/words"
)

// Finder is the search of a pane.
type Finder struct {
	field  textinput.Model
	Typing bool
	Query  string // in lower case; "" for none
	At     int    // the line of the match that is shown, -1 for none
}

// Open begins to take what to search for.
func (f *Finder) Open(t *Theme) {
	f.field = NewTextInput(t)
	f.field.Focus()
	f.Typing = true
}

// Clear ends the search.
func (f *Finder) Clear() { *f = Finder{At: -1} }

// Update takes a key that is typed into the search.
func (f *Finder) Update(msg tea.KeyMsg) {
	f.field, _ = f.field.Update(msg)
}

// Take makes what was typed the query.
func (f *Finder) Take() {
	f.Typing, f.Query, f.At = false, strings.ToLower(strings.TrimSpace(words.Line(f.field.Value()))), -1
}

// has reports whether a line holds the query.
func (f *Finder) has(line string) bool {
	return f.Query != "" && strings.Contains(strings.ToLower(ansi.Strip(line)), f.Query)
}

// Next returns the first line that holds the query, from a line on, forwards or backwards; -1 if there is none.
func (f *Finder) Next(lines []string, from, step int) int {
	for i := from; i >= 0 && i < len(lines); i += step {
		if f.has(lines[i]) {
			return i
		}
	}
	return -1
}

// Mark shows the matches in a line.
func (f *Finder) Mark(t *Theme, line string, here bool) string {
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
		style = styleOf(style.style.Reverse(true))
	}
	var b strings.Builder
	for {
		i := strings.Index(lower, f.Query)
		if i < 0 {
			return b.String() + plain
		}
		b.WriteString(plain[:i] + style.Render(plain[i:i+len(f.Query)]))
		plain, lower = plain[i+len(f.Query):], lower[i+len(f.Query):]
	}
}

// Line is what the pane shows of the search at its foot; "" without one.
func (f *Finder) Line(t *Theme, width int) string {
	switch {
	case f.Typing:
		search := t.T("Search")
		return t.Accent.Render(search+" "+t.Glyphs.Point) + " " + DrawInput(t, &f.field, width-ansi.StringWidth(search)-6)
	case f.Query != "" && f.At < 0:
		return t.Warn.Render(words.Fit(t.T("No match for %s.", f.Query), width))
	case f.Query != "":
		return t.Dim.Render(words.Fit(t.T("Search: %s  n and N go on", f.Query), width))
	}
	return ""
}
