package ui

import (
	"strings"

	"fix403/flows/texts"
	"fix403/ui/words"
)

// pager is a viewport: it shows a part of many lines, and says when there is more.
type pager struct {
	offset int
	height int // as it was drawn last
}

func (p *pager) key(key string) {
	page := max(1, p.height-2)
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

// begin is the first of some lines that is seen in a window of height.
func (p *pager) begin(lines, height int) int {
	p.offset = max(0, min(p.offset, lines-height))
	return p.offset
}

// window returns exactly height lines of at most width cells, from the current position.
func (p *pager) window(t *theme, lines []string, width, height int) []string {
	height = max(0, height)
	p.begin(len(lines), height)
	p.height = height
	out := make([]string, height)
	for i := range out {
		if n := p.offset + i; n < len(lines) {
			out[i] = words.Fit(lines[n], width)
		}
	}
	if p.offset+height < len(lines) && height > 1 {
		out[height-1] = t.dim.Render(words.Fit(texts.T("... more below: PgDn"), width))
	}
	if p.offset > 0 && height > 3 {
		out[0] = t.dim.Render(words.Fit(texts.T("... more above: PgUp"), width))
	}
	return out
}

func (p *pager) view(t *theme, lines []string, width, height int) string {
	return strings.Join(p.window(t, lines, width, height), "\n")
}
