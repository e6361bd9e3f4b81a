package kit

import (
	"fmt"

	"fix403/ui/words"
)

// Question is a question with choices, which is answered by a guess.
type Question struct {
	Ask           string
	Choices       []string
	Guess, Marked int // indexes of choices, -1 for none
}

// Mark marks the choice n further on.
func (q *Question) Mark(n int) { q.Marked = max(0, min(len(q.Choices)-1, q.Marked+n)) }

// Choose takes the choice of a number, which is what a key is called, and reports whether there is one.
func (q *Question) Choose(key string) bool {
	if len(key) != 1 {
		return false
	}
	i := int(key[0] - '1')
	if i < 0 || i >= len(q.Choices) {
		return false
	}
	q.Guess, q.Marked = i, i
	return true
}

// Lines draws the question and its choices.
func (q *Question) Lines(t *Theme, focused bool, w int) []string {
	lead := t.T("Guess first")
	if !focused && q.Guess < 0 {
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
		case focused && q.Marked == c:
			sign, style = t.Glyphs.Point, t.Heading
		case !focused:
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
