package ui

import (
	"fmt"

	"fix403/flows/texts"
	"fix403/ui/words"
)

// asked is a question with choices, as it is drawn.
type asked struct {
	ask           string
	choices       []string
	guess, marked int // indexes of choices, -1 for none
	focused       bool
}

func (q asked) lines(t *theme, w int) []string {
	lead := texts.T("Guess first")
	if !q.focused && q.guess < 0 {
		lead = texts.T("A guess (tab goes back to it)")
	}
	if q.guess >= 0 {
		lead = texts.T("Your guess")
	}
	out := append([]string{t.accent.Render(lead)}, t.lines(t.plain, q.ask, w)...)
	for c, choice := range q.choices {
		sign, style := " ", t.plain
		switch {
		case q.guess == c:
			sign = t.g.chosen
		case q.focused && q.marked == c:
			sign, style = t.g.point, t.heading
		case !q.focused:
			style = t.dim
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
