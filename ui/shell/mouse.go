package shell

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/ui/kit"
)

// Clickable is a screen with rows or buttons that can be clicked.
type Clickable interface {
	// Click is a click at a cell of what View drew, counted from 0.
	Click(x, y int) (tea.Cmd, Nav)
}

// mouse takes wheel and clicks; they come only with --mouse. A click on a key in the footer, or on the button above it, is
// that key.
func (r *Root) mouse(msg tea.MouseMsg) tea.Cmd {
	if r.quitting || r.tooSmall() {
		return nil
	}
	if r.Help.Open {
		r.Help.scroll(kit.WheelKey(msg))
		return nil
	}
	if r.env.Work.Busy() {
		return nil
	}
	if msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress {
		return r.Apply(r.Screen.Update(msg))
	}
	r.Notice, r.wrong = "", false
	r.env.Reveal.Hide()
	const top, below = 1, 2 // the title; the notice and the footer
	switch y := msg.Y; {
	case y == r.h-1:
		if b, found := footerAt(r.env.Theme, r.Bindings(), r.Screen.Typing(), r.w, msg.X); found {
			return r.trigger(b)
		}
	case y == r.h-below-1 && onButton(r.frameLine(y), msg.X):
		if b, found := Find(r.Bindings(), "enter", false); found {
			return r.trigger(b)
		}
	default:
		if c, can := r.Screen.(Clickable); can && y >= top && y < r.h-below {
			return r.Apply(c.Click(msg.X, y-top))
		}
	}
	return nil
}

func (r *Root) frameLine(y int) string {
	lines := strings.Split(r.View(), "\n")
	if y >= len(lines) {
		return ""
	}
	return ansi.Strip(lines[y])
}

// onButton tells whether a cell is on the "[ ... ]" of a line.
func onButton(line string, x int) bool {
	from, to := strings.Index(line, "[ "), strings.Index(line, " ]")
	return from >= 0 && to > from && x >= ansi.StringWidth(line[:from]) && x < ansi.StringWidth(line[:to+2])
}
