package kit

import (
	"github.com/charmbracelet/x/ansi"

	"fix403/ui/words"
)

// Picker is a choice of a few names.
type Picker struct {
	Label, Help string
	Names       []string
	At          int
}

// Lines draws the choice.
func (p *Picker) Lines(t *Theme, focused bool, w int) []string {
	sign, style := " ", t.Plain
	if focused {
		sign, style = t.Glyphs.Point, t.Heading
	}
	out := []string{style.Render(words.Fit(p.Label, w))}
	line := t.Accent.Render(sign) + " "
	for i, name := range p.Names {
		part := t.Dim.Render(t.Glyphs.Open + " " + name)
		if i == p.At {
			part = t.Accent.Render(t.Glyphs.Chosen + " " + name)
		}
		if ansi.StringWidth(line)+ansi.StringWidth(part) > w {
			out = append(out, line)
			line = "  "
		}
		line += part + "  "
	}
	out = append(out, words.Fit(line, w))
	if focused {
		out = append(out, t.Lines(t.Dim, p.Help, w)...)
	}
	return out
}

// Turn goes to the choice n further on.
func (p *Picker) Turn(n int) { p.At = (p.At + n + len(p.Names)) % len(p.Names) }
