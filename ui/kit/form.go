package kit

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
)

// Part is a part of a form that can have the focus: a field, a choice, a question.
type Part interface {
	// Lines draws it in at most w cells a line; with the focus it also says what it is for.
	Lines(t *Theme, focused bool, w int) []string
}

// Form is the ring that the focus goes around: the parts of a screen from top to bottom, and a button behind them. Which
// parts there are is asked each time, since it depends on what was chosen in others.
type Form struct {
	Parts func() []Part
	Gap   func(Part) bool // reports whether an empty line follows; nil for none
	at    int
	moved bool // the focus has moved and has to be brought into view
}

// onButton is where the focus is on the button, whatever parts there are.
const onButton = 1 << 20

// Laid is a form as it is laid out.
type Laid struct {
	Lines       []string
	Starts      []int // the lines at which the parts start
	First, Last int   // the lines of the part that has the focus; on the button, those of the last part
}

// At returns the place of the focus; that of the button comes after those of all parts.
func (f *Form) At() int { return min(f.at, len(f.Parts())) }

// OnButton reports whether the button has the focus.
func (f *Form) OnButton() bool { return f.at >= len(f.Parts()) }

// Focused returns the part that has the focus, nil for the button.
func (f *Form) Focused() Part {
	if parts := f.Parts(); f.at < len(parts) {
		return parts[f.at]
	}
	return nil
}

// Field returns the field that has the focus; nil for none.
func (f *Form) Field() *Field { return fieldOf(f.Focused()) }

// Focus puts the focus on the part at a place, or behind the last on the button.
func (f *Form) Focus(i int) {
	parts := f.Parts()
	f.moved = true
	if f.at = max(0, i); f.at >= len(parts) {
		f.at = onButton
	}
	for i, p := range parts {
		field := fieldOf(p)
		switch {
		case field == nil:
		case i == f.at:
			field.Input.Focus() // the command it returns is for a blinking cursor
		default:
			field.Input.Blur()
		}
	}
}

// FocusOn puts the focus on a part.
func (f *Form) FocusOn(p Part) { f.Focus(slices.Index(f.Parts(), p)) }

// FocusButton puts the focus on the button.
func (f *Form) FocusButton() { f.Focus(onButton) }

// FocusEmpty puts the focus on the first field that must not be empty and is; on the button if there is none.
func (f *Form) FocusEmpty() {
	for i, p := range f.Parts() {
		if field := fieldOf(p); field != nil && field.Input.Value() == "" && !field.Given && !field.Optional {
			f.Focus(i)
			return
		}
	}
	f.FocusButton()
}

// Move puts the focus n places further on, around.
func (f *Form) Move(n int) {
	all := len(f.Parts()) + 1
	f.Focus((f.At() + n + all) % all)
}

// Show brings what has the focus into view again, after something else has changed.
func (f *Form) Show() { f.moved = true }

// Type gives a key to the field that has the focus, and reports whether there is one.
func (f *Form) Type(msg tea.KeyMsg) bool {
	field := f.Field()
	if field != nil {
		field.Input, _ = field.Input.Update(msg)
		field.Wrong = ""
	}
	return field != nil
}

// Accept checks all fields, and puts the focus on the first that is wrong.
func (f *Form) Accept() bool {
	for i, p := range f.Parts() {
		if field := fieldOf(p); field != nil && !field.Accept() {
			f.Focus(i)
			return false
		}
	}
	return true
}

// Layout lays the parts out below other lines.
func (f *Form) Layout(t *Theme, above []string, w int) Laid {
	out := Laid{Lines: above}
	for i, p := range f.Parts() {
		from := len(out.Lines)
		out.Starts = append(out.Starts, from)
		out.Lines = append(out.Lines, p.Lines(t, i == f.at, w)...)
		if i <= f.at {
			out.First, out.Last = from, len(out.Lines)-1
		}
		if f.Gap != nil && f.Gap(p) {
			out.Lines = append(out.Lines, "")
		}
	}
	return out
}

// Moved reports whether the focus has moved since it was asked for last.
func (f *Form) Moved() bool {
	moved := f.moved
	f.moved = false
	return moved
}

// Follow has a pager show what has the focus, once after the focus has moved: then the user may scroll away.
func (f *Form) Follow(p *Pager, laid Laid, height int) {
	if f.Moved() {
		p.Follow(laid.First, laid.Last, height)
	}
}

// ofField is a part that is a field, whatever else it is.
type ofField interface{ field() *Field }

func fieldOf(p Part) *Field {
	if f, is := p.(ofField); is {
		return f.field()
	}
	return nil
}
