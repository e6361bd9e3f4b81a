package kit

import (
	"github.com/charmbracelet/x/ansi"

	"fix403/ui/words"
)

// Margin is the width of the margin that a screen draws its lines with.
const Margin = 1

// Button is the last line of a screen: what enter does, and a word about it.
type Button struct {
	Label, Hint string
	Unfocused   bool // enter does something else first
}

// buttonAt is the cell at which it begins, behind the sign.
const buttonAt = 2

func (b *Button) text() string { return "[ " + b.Label + " ]" }

// Line draws the button.
func (b *Button) Line(t *Theme, w int) string {
	if b.Unfocused {
		return words.Fit("  "+b.text()+t.Dim.Render(b.Hint), w)
	}
	return words.Fit(t.Accent.Render(t.Glyphs.Point)+" "+t.Button.Render(b.text())+t.Dim.Render(b.Hint), w)
}

// Cells returns where it is in its line.
func (b *Button) Cells() (x, width int) { return buttonAt, ansi.StringWidth(b.text()) }
