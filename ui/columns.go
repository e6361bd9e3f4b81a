package ui

import (
	"strings"

	"fix403/ui/words"
)

// From these widths on a screen has two and three columns.
const twoColumns, threeColumns = 76, 118

// columns puts the parts of a screen side by side as far as the width allows, and below each other where it does not.
type columns struct {
	left, main pager
	moved      bool // the focus has moved and has to be brought into view
	wide       bool // there is room for the third column
}

// parts are what goes into the columns.
type parts struct {
	left      func(w int) []string
	main      func(w int) (lines []string, first, last int) // with the lines that have the focus
	right     func(w, h int) []string
	mainFirst bool // in one column the main part comes first
}

func (c *columns) key(key string) {
	c.left.key(key)
	c.main.key(key)
}

func (c *columns) top() {
	c.left.top()
	c.main.top()
}

func (c *columns) lines(t *theme, p parts, w, h int) []string {
	c.wide = w+2 >= threeColumns
	if w+2 < twoColumns {
		lines, first, last := p.main(w)
		about := append(p.left(w), "")
		if p.mainFirst {
			c.follow(first, last, h)
			return c.main.window(t, append(append(lines, ""), about...), w, h)
		}
		c.follow(len(about)+first, len(about)+last, h)
		return c.main.window(t, append(about, lines...), w, h)
	}
	left := min(46, w*43/100)
	rest := w - left - 3
	var third []string
	if c.wide {
		left, rest = w*27/100, w*37/100
		third = p.right(w-left-rest-6, h)
		for len(third) < h {
			third = append(third, "")
		}
	}
	lines, first, last := p.main(rest)
	c.follow(first, last, h)
	a, b := c.left.window(t, p.left(left), left, h), c.main.window(t, lines, rest, h)
	bar := t.dim.Render(" " + t.g.bar + " ")
	var out []string
	for i := range h {
		line := words.Pad(a[i], left) + bar + b[i]
		if c.wide {
			line = words.Pad(line, left+3+rest) + bar + third[i]
		}
		out = append(out, line)
	}
	return out
}

// follow brings what has the focus into view, once after it got the focus: then one may scroll away.
func (c *columns) follow(first, last, height int) {
	if c.moved && last > 0 {
		c.main.follow(first, last, height)
	}
	c.moved = false
}

// page draws lines of a screen below its head, all with a margin of one cell.
func page(head, body []string) string {
	for _, line := range body {
		head = append(head, " "+line)
	}
	return strings.Join(head, "\n")
}
