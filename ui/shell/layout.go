package shell

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/ui/kit"
)

// Frame is a screen, or a part of one, as it is laid out: its lines, and what a click on them does. What is added to a frame
// changes it, and gives it back.
type Frame struct {
	Lines []string
	Zones []Zone
	head  int // lines that stay while a dialog is up
}

// Zone is a part of a frame that can be clicked.
type Zone struct {
	X, Y int
	W    int                   // 0 for the whole line
	H    int                   // in lines
	Key  string                // that a click presses
	Do   func() (tea.Cmd, Nav) // what a click does, where it presses no key
}

// Page lays a body out below the head of a screen, with a margin of one cell.
func Page(head []string, body *Frame) *Frame {
	inset := &Frame{Lines: make([]string, len(body.Lines))}
	for i, line := range body.Lines {
		inset.Lines[i] = " " + line
	}
	for _, z := range body.Zones {
		z.X += kit.Margin
		inset.Zones = append(inset.Zones, z)
	}
	page := Lines(head).Below(inset)
	page.head = len(head)
	return page
}

// Framed puts a body into a panel with a title, exactly w cells wide and h lines high.
func Framed(t *kit.Theme, title string, body *Frame, w, h int) *Frame {
	out := Lines(t.Panel(title, body.Lines, w, h))
	for _, z := range body.Zones {
		z.X, z.Y = z.X+kit.PanelWide/2, z.Y+1
		if z.Y < h-1 {
			out.Zones = append(out.Zones, z)
		}
	}
	return out
}

// Below puts another frame below this one.
//
//go:noinline // it would be 8 kB of the program
func (f *Frame) Below(other *Frame) *Frame {
	for _, z := range other.Zones {
		z.Y += len(f.Lines)
		f.Zones = append(f.Zones, z)
	}
	f.Lines = append(f.Lines, other.Lines...)
	return f
}

// Lines is a frame in which nothing can be clicked.
func Lines(lines []string) *Frame { return &Frame{Lines: lines} }

// WithLine adds a last line.
func (f *Frame) WithLine(line string) *Frame {
	f.Lines = append(f.Lines, line)
	return f
}

// WithButton adds a button as the last line. A click on it does what enter does.
func (f *Frame) WithButton(t *kit.Theme, b *kit.Button, w int) *Frame {
	x, width := b.Cells()
	f.Zones = append(f.Zones, Zone{X: x, Y: len(f.Lines), W: width, H: 1, Key: "enter"})
	return f.WithLine(b.Line(t, w))
}

// WithRows has a click on the lines of a part do something. The parts are those of what a pager shows, by the lines at which
// they start; each ends where the next one starts, the last at the end.
func (f *Frame) WithRows(p *kit.Pager, starts []int, end int, do func(part int) (tea.Cmd, Nav)) *Frame {
	for i, start := range starts {
		next := end
		if i+1 < len(starts) {
			next = starts[i+1]
		}
		if y, h := p.Seen(start, next); h > 0 {
			f.Zones = append(f.Zones, Zone{Y: y, H: h, Do: func() (tea.Cmd, Nav) { return do(i) }})
		}
	}
	return f
}

// WithForm has a click on a part of a form put the focus on it.
func (f *Frame) WithForm(form *kit.Form, laid kit.Laid, p *kit.Pager) *Frame {
	return f.WithRows(p, laid.Starts, len(laid.Lines), func(i int) (tea.Cmd, Nav) { form.Focus(i); return nil, None() })
}

// WithList has a click on a row of a list mark it, and on the marked one open it. A row is one line.
func (f *Frame) WithList(l *kit.List, lineOf []int, open func() (tea.Cmd, Nav)) *Frame {
	for i, line := range lineOf {
		if y, h := l.Pager().Seen(line, line+1); h > 0 {
			f.Zones = append(f.Zones, Zone{Y: y, H: 1, Do: func() (tea.Cmd, Nav) {
				if l.At == i {
					return open()
				}
				l.At = i
				return nil, None()
			}})
		}
	}
	return f
}

// List is a list of rows of one line; a click marks a row, and opens the marked one.
func List(t *kit.Theme, l *kit.List, rows []string, w, h int, open func() (tea.Cmd, Nav)) *Frame {
	lineOf := make([]int, len(rows))
	for i := range rows {
		lineOf[i] = i
	}
	l.Fit(l.At, l.At, len(rows), h)
	return Lines(l.Window(t, rows, w, h)).WithList(l, lineOf, open)
}

// at finds what was clicked.
func (f *Frame) at(x, y int) (Zone, bool) {
	for _, z := range f.Zones {
		if y >= z.Y && y < z.Y+z.H && (z.W == 0 || x >= z.X && x < z.X+z.W) {
			return z, true
		}
	}
	return Zone{}, false
}
