package kit

import (
	"fix403/flows/texts"
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
	line := t.Accent.Render(sign)
	room := w - 2
	for i, name := range p.Names {
		part := t.Dim.Render(t.Glyphs.Open + " " + name)
		if i == p.At {
			part = t.Accent.Render(t.Glyphs.Chosen + " " + name)
		}
		if need := len([]rune(name)) + 4; room < need {
			out = append(out, line)
			line, room = " ", w-2
		}
		line += " " + part + " "
		room -= len([]rune(name)) + 4
	}
	out = append(out, line)
	if focused {
		help := p.Help
		if help != "" {
			help = " " + help
		}
		out = append(out, t.Lines(t.Dim, texts.T("← and → choose.")+help, w)...)
	}
	return out
}
