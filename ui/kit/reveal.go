package kit

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/ui/words"
)

// revealFor is how long a masked value is shown.
const revealFor = 10 * time.Second

// Reveal is a masked value that is shown because a key asked for it: until the next key, a click, or for a while. The
// record of an exchange never holds the value, so only what the session still holds can be shown.
type Reveal struct {
	shown  []story.Revealable
	gen    int
	hidden bool // by the key that is being handled: the same key again does not show it again
}

// HideMsg ends what was revealed.
type HideMsg struct{ gen int }

// Hide ends what is shown.
func (r *Reveal) Hide() {
	r.hidden = len(r.shown) > 0
	r.shown = nil
}

// Show shows values for a while; the key that has just hidden them does not show them again.
func (r *Reveal) Show(held []story.Revealable) tea.Cmd {
	if r.hidden || len(held) == 0 {
		return nil
	}
	r.shown = held
	r.gen++
	gen := r.gen
	return tea.Tick(revealFor, func(time.Time) tea.Msg { return HideMsg{gen} })
}

// Late ends what is shown when its time is over.
func (r *Reveal) Late(m HideMsg) {
	if m.gen == r.gen {
		r.shown = nil
	}
}

// Lines draws what is shown; nothing for nil.
func (r *Reveal) Lines(t *Theme, width int) []string {
	if r == nil {
		return nil
	}
	var out []string
	for _, h := range r.shown {
		out = append(out, t.Item("!", t.Warn, t.T("%s, for ten seconds; any key hides it:", h.What), width)...)
		for _, line := range words.Fold(words.Line(h.Secret.Reveal()), width) {
			out = append(out, t.found.Render(line))
		}
		out = append(out, "")
	}
	return out
}
