package kit

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/ui/words"
)

// Pager is a viewport: it shows a part of many lines, and says when there is more. The one of bubbles does not say so, and
// takes a text where screens have lines.
type Pager struct {
	Offset int
	Height int // as it was drawn last
	lines  int // as it was drawn last
}

// Key scrolls by a key, and reports whether something else is shown then.
func (p *Pager) Key(key string) bool {
	before, end := p.Offset, max(0, p.lines-p.Height)
	page := max(1, p.Height-2)
	switch key {
	case "up":
		p.Offset--
	case "down":
		p.Offset = min(p.Offset+1, max(end, p.Offset))
	case "pgup":
		p.Offset -= page
	case "pgdown":
		p.Offset = min(p.Offset+page, max(end, p.Offset))
	case "home":
		p.Offset = 0
	case "end":
		p.Offset = 1 << 20 // put right when it is drawn: only then the content is known
	default:
	}
	p.Offset = max(0, p.Offset)
	return min(p.Offset, end) != min(before, end)
}

// Top scrolls back to the beginning.
func (p *Pager) Top() { p.Offset = 0 }

// Follow scrolls as little as needed to have the lines from first to last in a window of height.
func (p *Pager) Follow(first, last, height int) {
	if last >= p.Offset+height-1 { // the first and the last line may say that there is more
		p.Offset = last - height + 2
	}
	if first <= p.Offset {
		p.Offset = max(0, first-1)
	}
}

// start is the first of some lines that is seen in a window of height.
func (p *Pager) start(lines, height int) int {
	p.Offset = max(0, min(p.Offset, lines-height))
	return p.Offset
}

// Seen returns where the lines from first up to end are in the window that was drawn last; a height of 0 where they are not.
func (p *Pager) Seen(first, end int) (y, height int) {
	first, end = max(first, p.Offset), min(end, p.Offset+p.Height)
	return first - p.Offset, max(0, end-first)
}

// Window returns exactly height lines of at most width cells, from the current position.
func (p *Pager) Window(t *Theme, lines []string, width, height int) []string {
	height = max(0, height)
	p.start(len(lines), height)
	p.Height, p.lines = height, len(lines)
	out := make([]string, height)
	for i := range out {
		if n := p.Offset + i; n < len(lines) {
			out[i] = words.Fit(lines[n], width)
		}
	}
	if p.Offset+height < len(lines) && height > 1 {
		out[height-1] = t.Dim.Render(words.Fit(t.T("... more below: PgDn"), width))
	}
	if p.Offset > 0 && height > 3 {
		out[0] = t.Dim.Render(words.Fit(t.T("... more above: PgUp"), width))
	}
	return out
}

// WheelKey returns the key that a turn of the mouse wheel is the same as.
func WheelKey(msg tea.MouseMsg) string {
	if msg.Action == tea.MouseActionPress {
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			return "up"
		case tea.MouseButtonWheelDown:
			return "down"
		default:
		}
	}
	return ""
}
