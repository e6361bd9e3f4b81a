package kit

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The answers that have a colour of their own.
const unauthorized, ok, notOK = 401, 200, 300

// Answer is the style of a status, the same everywhere: green for a pass, a colour of its own for 401, red for any other
// stop.
func (t *Theme) Answer(status int) Style {
	switch {
	case status >= ok && status < notOK:
		return t.Good.Bold()
	case status == unauthorized:
		return t.Warn.Bold()
	}
	return t.Bad
}

// framed are the lines of a gate, and those of a figure.
const framed = 5

// Cells of a block of a figure, and between two figures.
const blockWidth, figureGap = 2, 2

// digits are figures of five lines of three blocks, from the top left, a bit each.
var digits = [10]int{0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111, 0b101_101_111_001_001,
	0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_001_001_001, 0b111_101_111_101_111, 0b111_101_111_001_111}

// Figures are the digits of a number, five lines high, or so many times that.
func (t *Theme) Figures(number, times int) []string {
	var out []string
	for y := range framed * times {
		line := ""
		for n, digit := range strconv.Itoa(number) {
			if n > 0 {
				line += strings.Repeat(" ", figureGap*times)
			}
			for x := range 3 {
				block := " "
				if digits[digit-'0']>>(14-3*(y/times)-x)&1 == 1 {
					block = t.Glyphs.full
				}
				line += strings.Repeat(block, blockWidth*times)
			}
		}
		out = append(out, line)
	}
	return out
}

// frameSigns are the corners and walls of a gate: top left, top right, bottom left, bottom right, across, down.
type frameSigns [6]rune

var (
	lightFrame = frameSigns{'╭', '╮', '╰', '╯', '─', '│'}
	heavyFrame = frameSigns{'┏', '┓', '┗', '┛', '━', '┃'}
	asciiFrame = frameSigns{'+', '+', '+', '+', '-', '|'}
	asciiStop  = frameSigns{'#', '#', '#', '#', '#', '#'}
)

// canvas is a drawing in cells; each has a style.
type canvas struct {
	cells  [][]rune
	styles [][]Style
}

func newCanvas(w, h int) *canvas {
	c := &canvas{}
	for range h {
		c.cells = append(c.cells, []rune(strings.Repeat(" ", w)))
		c.styles = append(c.styles, make([]Style, w))
	}
	return c
}

// put writes text of cells of width one; what is outside is left out.
func (c *canvas) put(x, y int, style Style, text string) {
	for _, r := range text {
		if x >= 0 && x < len(c.cells[y]) {
			c.cells[y][x], c.styles[y][x] = r, style
		}
		x++
	}
}

// fill repeats a sign up to a column, which is left as it is.
func (c *canvas) fill(x, to, y int, style Style, sign string) {
	if to > x {
		c.put(x, y, style, strings.Repeat(sign, to-x))
	}
}

func (c *canvas) lines() []string {
	out := make([]string, len(c.cells))
	for y, row := range c.cells {
		var line strings.Builder
		for x := 0; x < len(row); {
			from, style := x, c.styles[y][x]
			for x < len(row) && c.styles[y][x] == style {
				x++
			}
			if text := string(row[from:x]); style == (Style{}) {
				line.WriteString(text)
			} else {
				line.WriteString(style.Render(text))
			}
		}
		out[y] = strings.TrimRight(line.String(), " ")
	}
	return out
}

// Row is a row of gates, and a request on its way along them.
type Row struct {
	Names  []string
	Travel *Travel
	Status int // that stopped it, or with which it came through
}

// narrowest is how many columns the frames of a row need.
func (r Row) narrowest() int {
	n := len(r.Names) - 1
	for _, name := range r.Names {
		n += len(name) + framePadding
	}
	return n
}

// framePadding are the walls of a frame, and a space before and behind a name.
const framePadding = 4

// places are where each gate begins, and how wide it is. Gates are equally wide where there is room.
func (r Row) places(width int) (at, wide []int) {
	n, widest, all := len(r.Names), 0, 0
	for _, name := range r.Names {
		wide = append(wide, len(name)+framePadding)
		widest, all = max(widest, len(name)+framePadding), all+len(name)+framePadding
	}
	const road = 3 // between gates of equal width
	if n*widest+(n+1)*road <= width {
		widest += 2 * ((width - n*widest - (n+1)*road) / (4 * n)) // a half of what is left; the other half is road
		for i := range wide {
			wide[i] = widest
		}
		all = n * widest
	}
	gap := (width - all) / n // a half of it before the first gate, and behind the last
	if n > 1 && n*gap < width-all-2 {
		gap = (width - all - 2) / (n - 1)
	}
	for i := range wide {
		x := (width-all-(n-1)*gap)/2 + i*gap
		for _, w := range wide[:i] {
			x += w
		}
		at = append(at, x)
	}
	return at, wide
}

// Draw draws the gates over the width, each a frame of five lines with the road through its middle, and returns the column
// that is the middle of where the request is. In a window too narrow for frames it is two lines: the road, and the names.
func (r Row) Draw(t *Theme, width int) (lines []string, middle int) {
	if r.narrowest() > width {
		return r.flat(t, width)
	}
	at, wide := r.places(width)
	c := newCanvas(width, framed)
	frame, stopFrame, road, ahead, block := lightFrame, heavyFrame, t.Glyphs.Road, t.Glyphs.Rule, 2
	if t.ASCII {
		frame, stopFrame = asciiFrame, asciiStop
	}
	if width >= 2*r.narrowest() {
		block = 4
	}
	centre := func(i int) int {
		if i < 0 {
			return 0
		}
		if i >= len(at) {
			return width - block/2
		}
		return at[i] + wide[i]/2
	}
	v := r.Travel
	gate, part := v.Gate()
	here := centre(gate-1) + int(part*float64(centre(gate)-centre(gate-1)))
	answer := t.Answer(r.Status)
	moving := t.Accent.Bold()
	if v.Arrived() {
		moving = answer
	}
	c.fill(0, width, framed/2, t.Dim, ahead)
	for i, name := range r.Names {
		signs, style, named, sign := frame, t.Dim, t.Dim, ""
		stopped := v.Arrived() && i == gate
		switch {
		case stopped:
			signs, style, named, sign = stopFrame, answer, answer, t.Glyphs.Failed
			if r.Status == unauthorized {
				sign = t.Glyphs.Unknown
			}
		case v.Passed(i):
			style, named, sign = t.Accent, t.Heading, t.Glyphs.Done
		case v.Out() && i == gate && part >= 1:
			style, named = t.Accent, t.Heading
		case !v.Out():
			style, named = t.Accent, t.Heading
		}
		x, inside := at[i], wide[i]-2
		across := strings.Repeat(string(signs[4]), inside)
		c.put(x, 0, style, string(signs[0])+across+string(signs[1]))
		for y := 1; y < framed-1; y++ {
			c.put(x, y, style, string(signs[5])+strings.Repeat(" ", inside)+string(signs[5]))
		}
		c.put(x, framed-1, style, string(signs[2])+across+string(signs[3]))
		c.put(x+(wide[i]-len(name))/2, 1, named, name)
		if sign != "" {
			signStyle := t.Good
			if stopped {
				signStyle = answer
			}
			c.put(x+(wide[i]-1)/2, framed-2, signStyle, sign)
		}
	}
	if v.Out() {
		from := max(0, min(width-block, here-block/2))
		c.fill(0, from, framed/2, t.Accent, road)
		c.put(from, framed/2, moving, strings.Repeat(t.Glyphs.full, block))
		here = from + block/2
	}
	return c.lines(), here
}

// flat is the row in two lines: the road with a sign above each name.
func (r Row) flat(t *Theme, width int) (lines []string, middle int) {
	c := newCanvas(width, 2)
	v := r.Travel
	gate, part := v.Gate()
	answer := t.Answer(r.Status)
	x, before := 0, 0
	var centres []int
	for _, name := range r.Names {
		centres = append(centres, x+len(name)/2)
		x += len(name) + 2
	}
	centres = append(centres, x)
	if gate > 0 {
		before = centres[gate-1]
	}
	here := min(width-1, before+int(part*float64(centres[gate]-before)))
	if v.Out() {
		c.fill(0, here, 0, t.Accent, t.Glyphs.Road)
	}
	for i, name := range r.Names {
		sign, style, named := t.Glyphs.Open, t.Dim, t.Dim
		switch {
		case v.Arrived() && i == gate:
			sign, style, named = t.Glyphs.Failed, answer, answer
			if r.Status == unauthorized {
				sign = t.Glyphs.Unknown
			}
		case v.Passed(i):
			sign, style, named = t.Glyphs.Done, t.Good, t.Plain
		}
		c.put(centres[i], 0, style, sign)
		c.put(centres[i]-len(name)/2, 1, named, name)
	}
	if v.Out() && (!v.Arrived() || gate >= len(r.Names)) {
		c.put(here, 0, answer, t.Glyphs.full)
	}
	return c.lines(), here
}

// Verdict is a status five lines high with its name below, about a column.
func (t *Theme) Verdict(status int, name string, middle, width int) []string {
	return t.BigVerdict(1, status, name, middle, width)
}

// BigVerdict is a [Theme.Verdict] in figures so many times as high and wide.
func (t *Theme) BigVerdict(times, status int, name string, middle, width int) []string {
	style, lines := t.Answer(status), []string(nil)
	left := func(text string) int {
		return max(0, min(width-ansi.StringWidth(text), middle-ansi.StringWidth(text)/2))
	}
	if status > 0 {
		figures := t.Figures(status, times)
		at := left(figures[0])
		for _, line := range figures {
			lines = append(lines, strings.Repeat(" ", at)+style.Render(line))
		}
		lines = append(lines, "")
		middle = at + ansi.StringWidth(figures[0])/2
	}
	return append(lines, strings.Repeat(" ", left(name))+style.Render(name))
}
