package story

import (
	"net/http"
	"slices"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Moment is a still of the demo: a step before or after it was done, what of it to look at, and what to say meanwhile.
type Moment struct {
	Step  StepID
	After bool // the step is done
	// Call returns the client's call that is looked at; nil for none.
	Call func(*State) *Call
	// only reports whether the moment is one of the story; nil for always.
	only func(*State) bool
	// Way is what is said while the request is on its way: what comes of it is not said before; nil for the same.
	Way func(*State) msg.Message
	// Say returns the caption: one short sentence, from what was seen so far.
	Say func(*State) msg.Message
	// Note returns what a speaker may add to it.
	Note func(*State) msg.Message
}

// Sent returns the exchange of a moment in a story that stands so: the client's call that is looked at, or else the last change
// that its step made on the server; nil where nothing is looked at. It also returns where that was stopped.
func (m Moment) Sent(s Snapshot) (*wire.Exchange, gate.Refusal) {
	if m.Call != nil {
		if c := m.Call(s.State); c != nil {
			return &c.Exchange, c.Refusal
		}
		return nil, gate.Refusal{}
	}
	for _, e := range slices.Backward(s.Exchanges) {
		if m.After && e.Step == string(m.Step) && e.Method == http.MethodPost && strings.Contains(e.URL, "/admin/realms") {
			return &e, gate.Classify(e)
		}
	}
	return nil, gate.Refusal{}
}

// The calls that moments look at.
func firstCall(s *State) *Call    { return s.FirstCall }
func oldTokenCall(s *State) *Call { return s.OldTokenCall }
func secondCall(s *State) *Call   { return s.SecondCall }

// DemoSeed is the [Options.IDSeed] of a demo, so that a recording can be made again.
const DemoSeed = "demo"

func caption(text texts.Text) func(*State) msg.Message {
	return func(*State) msg.Message { return msg.New(text) }
}

// Moments are the demo of a story in order, as far as its state shows how it goes. The last one comes after what was created has
// been removed.
func Moments(st *State) []Moment {
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
