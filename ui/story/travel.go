package story

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/ui/inspect"
	"fix403/ui/kit"
)

// trips are the calls of a step on their way along the gates, one after the other, after they were made. Nothing of a screen waits
// for them: what they come to is there at once, and dim until then.
type trips struct {
	travel kit.Travel
	at     int // the passage that is on its way
	made   int // passages that have been on their way
}

// made are the passages of the step that were made: those that are drawn, or the one of the call that the step is about.
func (v *stepScreen) made() []inspect.Passage {
	var out []inspect.Passage
	if !v.drawn() {
		if e := v.decisive(); e != nil && inspect.PassesGates(*e) {
			out = append(out, inspect.PassageOf(*e))
		}
		return out
	}
	for _, p := range v.passages(v.state()) {
		if !p.Waiting {
			out = append(out, p)
		}
	}
	return out
}

// end has all of them at their ends.
func (t *trips) end() {
	t.travel.Arrive()
	t.at = t.made
}

// depart sends what was made since the last time on its way.
func (v *stepScreen) depart() tea.Cmd {
	made := v.made()
	if v.trips.made >= len(made) || !v.passed() && !v.halfway() {
		return nil
	}
	at := v.trips.made
	v.trips.made = len(made)
	return v.send(made, at)
}

// send has one of the passages set out.
func (v *stepScreen) send(made []inspect.Passage, at int) tea.Cmd {
	v.trips.at = at
	v.trips.travel.Reset()
	return made[at].Start(&v.trips.travel, v.env.Theme.Still, v.env.After)
}

// travelled draws the next frame, and after the last one of a passage sends the next passage on its way.
func (v *stepScreen) travelled(m kit.Travelled) tea.Cmd {
	if cmd := v.trips.travel.Update(m, v.env.After); cmd != nil || !v.trips.travel.Arrived() {
		return cmd
	}
	made := v.made()
	if v.trips.at+1 >= len(made) {
		return nil
	}
	return v.send(made, v.trips.at+1)
}

// onTheWay notes in passages how far each has come.
func (v *stepScreen) onTheWay(all []inspect.Passage) []inspect.Passage {
	if t := &v.trips.travel; t.Out() && (!t.Arrived() || v.trips.at+1 < v.trips.made) {
		made := 0
		for i := range all {
			if all[i].Waiting {
				continue
			}
			switch {
			case made == v.trips.at:
				all[i].Travel = t
			case made > v.trips.at:
				all[i].Travel = &kit.Travel{}
			}
			made++
		}
	}
	return all
}
