package kit

import (
	"fix403/ui/words"
)

// twoColumns is the width from which on a screen has two columns.
const twoColumns = 76

// ThreeColumns is the width from which on it has three.
const ThreeColumns = 118

// Columns puts the parts of a screen side by side as far as the width allows, and below each other where it does not.
type Columns struct {
	left, main Pager
	Moved      bool // the focus has moved and has to be brought into view
	Wide       bool // there is room for the third column
}

// Parts are what goes into the columns.
type Parts struct {
	Left      func(w int) []string
	Main      func(w int) (lines []string, first, last int) // with the lines that have the focus
	Right     func(w, h int) []string
	MainFirst bool // in one column the main part comes first
}

// Key scrolls by a key, and reports whether something else is shown then.
func (c *Columns) Key(key string) bool {
	left := c.left.Key(key)
	return c.main.Key(key) || left
}

// Top scrolls back to the beginning.
func (c *Columns) Top() {
	c.left.Top()
	c.main.Top()
}

// Lines draws h lines of at most w cells.
func (c *Columns) Lines(t *Theme, p Parts, w, h int) []string {
	c.Wide = w+2 >= ThreeColumns
	if w+2 < twoColumns {
		c.left = Pager{} // nothing of it is to be seen
		lines, first, last := p.Main(w)
		about := append(p.Left(w), "")
		if p.MainFirst {
			c.follow(first, last, h)
			return c.main.Window(t, append(append(lines, ""), about...), w, h)
		}
		c.follow(len(about)+first, len(about)+last, h)
		return c.main.Window(t, append(about, lines...), w, h)
	}
	left := min(46, w*43/100)
	rest := w - left - 3
	var third []string
	if c.Wide {
		left, rest = w*27/100, w*37/100
		third = p.Right(w-left-rest-6, h)
		for len(third) < h {
			third = append(third, "")
		}
	}
	lines, first, last := p.Main(rest)
	c.follow(first, last, h)
	out := Beside(t, c.left.Window(t, p.Left(left), left, h), left, c.main.Window(t, lines, rest, h))
	if c.Wide {
		out = Beside(t, out, left+3+rest, third)
	}
	return out
}

// Beside puts as many lines side by side, the left ones in a width, with a bar between.
func Beside(t *Theme, left []string, width int, right []string) []string {
	bar := t.Dim.Render(" " + t.Glyphs.Bar + " ")
	out := make([]string, len(left))
	for i, line := range left {
		out[i] = words.Pad(line, width) + bar + right[i]
	}
	return out
}

// follow brings what has the focus into view, once after it got the focus: then the user may scroll away.
func (c *Columns) follow(first, last, height int) {
	if c.Moved && last > 0 {
		c.main.Follow(first, last, height)
	}
	c.Moved = false
}
