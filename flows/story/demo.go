package story

import (
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// Moment is a still of the demo: a step before or after it was done, what of it to look at, and what to say meanwhile.
type Moment struct {
	Step  StepID
	After bool // the step is done
	Token bool // look at the token
	// only reports whether the moment is one of the story; nil for always.
	only func(State) bool
	// Say returns the caption: one or two sentences, from what was seen so far.
	Say func(State) msg.Message
}

// DemoSeed is the [Options.IDSeed] of a demo, so that a recording can be made again.
const DemoSeed = "demo"

func caption(text texts.Text) func(State) msg.Message {
	return func(State) msg.Message { return msg.New(text) }
}

// Moments are the demo of a story in order, as far as its state shows how it goes. The last one comes after what was created has
// been removed.
func Moments(st State) []Moment {
	var all []Moment
	for _, s := range steps {
		for _, m := range s.moments {
			if m.only == nil || m.only(st) {
				all = append(all, m)
			}
		}
	}
	return all
}
