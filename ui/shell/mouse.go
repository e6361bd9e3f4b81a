package shell

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/ui/kit"
)

// Clickable is a screen with rows that can be clicked.
type Clickable interface {
	// Click is a click at a cell of what View drew, counted from 0.
	Click(x, y int) (tea.Cmd, Nav)
}

// Pressable is a screen with a button in its last line, which does what enter does.
type Pressable interface {
	// Button is the button as it is now; nil while there is none.
	Button() *kit.Button
}

// onButton reports whether a cell of the last line is on the screen's button.
func (r *Root) onButton(x int) bool {
	p, can := r.Screen.(Pressable)
	if !can {
		return false
	}
	b := p.Button()
	return b != nil && b.Has(x-kit.Margin)
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
	case y == r.h-below-1 && r.onButton(msg.X):
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
