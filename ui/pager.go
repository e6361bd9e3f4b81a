package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/viewport"

	"fix403/ui/words"
)

// pager shows a part of many lines in a viewport and says when there is more.
type pager struct {
	port   viewport.Model
	offset int
}

func (p *pager) key(key string) {
	page := max(1, p.port.Height-2)
	switch key {
	case "up":
		p.offset--
	case "down":
		p.offset++
	case "pgup":
		p.offset -= page
	case "pgdown":
		p.offset += page
	case "home":
		p.offset = 0
	case "end":
		p.offset = 1 << 20 // put right when it is drawn: only then the content is known
	default:
	}
	p.offset = max(0, p.offset)
}

func (p *pager) top() { p.offset = 0 }

// follow scrolls as little as needed to have the lines from first to last in a window of height.
func (p *pager) follow(first, last, height int) {
	if last >= p.offset+height-1 { // the first and the last line may say that there is more
		p.offset = last - height + 2
	}
	if first <= p.offset {
		p.offset = max(0, first-1)
	}
}

// window returns exactly height lines of width cells, from the current position.
func (p *pager) window(t *theme, lines []string, width, height int) []string {
	p.offset = max(0, min(p.offset, len(lines)-height))
	fitted := make([]string, len(lines))
	for i, line := range lines {
		if i >= p.offset && i < p.offset+height { // the others are not seen
			fitted[i] = words.Fit(line, width)
		}
	}
	p.port.Width, p.port.Height = width, height
	p.port.SetContent(strings.Join(fitted, "\n"))
	p.port.SetYOffset(p.offset)
	out := strings.Split(p.port.View(), "\n")
	if p.offset+height < len(lines) && height > 1 {
		out[height-1] = t.dim.Render(words.Fit("... more below: PgDn", width))
	}
	if p.offset > 0 && height > 3 {
		out[0] = t.dim.Render(words.Fit("... more above: PgUp", width))
	}
	return out
}

func (p *pager) view(t *theme, lines []string, width, height int) string {
	return strings.Join(p.window(t, lines, width, height), "\n")
}
