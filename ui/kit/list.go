package kit

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// List is rows of which one is marked; it scrolls so that this one is seen. The one of bubbles brings a filter, pages and a
// help of its own, which the screens have in their tables of keys.
type List struct {
	At    int // the marked row
	pager Pager
	side  int // how many cells of rows are scrolled out of view on the left
}

// aSide is how far a key scrolls sideways.
const aSide = 8

// Sideways scrolls n steps to the right: rows may be wider than the window.
func (l *List) Sideways(n int) { l.side = max(0, l.side+n*aSide) }

// Aside reports whether rows are scrolled sideways: then nothing of them has to be left out.
func (l *List) Aside() bool { return l.side > 0 }

// Across cuts rows to what is seen of them in a width: their sign, the first cells, and what follows as far as they are scrolled. It
// scrolls back to where the widest ends.
func (l *List) Across(rows []string, sign, width int) {
	widest := 0
	for _, row := range rows {
		widest = max(widest, ansi.StringWidth(row))
	}
	l.side = min(l.side, max(0, widest-width))
	for i, row := range rows {
		if l.side > 0 && row != "" {
			rows[i] = ansi.Cut(row, 0, sign) + ansi.Cut(row, sign+l.side, l.side+width)
		}
	}
}

// Move marks the row n further on, of so many.
func (l *List) Move(n, rows int) { l.At = max(0, min(rows-1, l.At+n)) }

// Wheel marks the next row or the one before, by a turn of the mouse wheel.
func (l *List) Wheel(msg tea.MouseMsg, rows int) {
	switch WheelKey(msg) {
	case "up":
		l.Move(-1, rows)
	case "down":
		l.Move(1, rows)
	}
}

// Top scrolls back to the beginning.
func (l *List) Top() { l.pager.Top() }

// Fit scrolls as little as needed to have the lines from first to last, of so many, in a window of height, and returns the
// lines that are seen then, up to end.
func (l *List) Fit(first, last, lines, height int) (start, end int) {
	l.pager.Follow(first, last, height)
	start = l.pager.start(lines, height)
	return start, min(lines, start+max(0, height))
}

// Window returns exactly height lines of at most width cells: those that Fit found.
func (l *List) Window(t *Theme, lines []string, width, height int) []string {
	return l.pager.Window(t, lines, width, height)
}

// Pager is what the list is scrolled with.
func (l *List) Pager() *Pager { return &l.pager }
