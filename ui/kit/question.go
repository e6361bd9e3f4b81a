package kit

import (
	"fmt"

	"fix403/ui/words"
)

// Question is a question with choices, as it is drawn.
type Question struct {
	Ask           string
	Choices       []string
	Guess, Marked int // indexes of choices, -1 for none
	Focused       bool
}

// Lines draws the question and its choices.
func (q Question) Lines(t *Theme, w int) []string {
	lead := t.T("Guess first")
	if !q.Focused && q.Guess < 0 {
		lead = t.T("A guess (tab goes back to it)")
	}
	if q.Guess >= 0 {
		lead = t.T("Your guess")
	}
	out := append([]string{t.Accent.Render(lead)}, t.Lines(t.Plain, q.Ask, w)...)
	for c, choice := range q.Choices {
		sign, style := " ", t.Plain
		switch {
		case q.Guess == c:
			sign = t.Glyphs.Chosen
		case q.Focused && q.Marked == c:
			sign, style = t.Glyphs.Point, t.Heading
		case !q.Focused:
			style = t.Dim
		}
		for n, line := range words.Wrap(choice, w-4) {
			head := "    "
			if n == 0 {
				head = fmt.Sprintf("%s %d ", sign, c+1)
			}
			out = append(out, style.Render(head+line))
		}
	}
	return out
}
