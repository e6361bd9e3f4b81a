// Package reason decides how certain a verdict is: from the links of the reasoning that leads to it, and from nothing else.
package reason

import (
	"slices"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// Certainty is how certain a verdict is.
type Certainty string

// The certainties.
const (
	Proved    Certainty = "proved"    // each link was observed on this server in this run
	Likely    Certainty = "likely"    // a link is inferred, or unknown
	Predicted Certainty = "predicted" // the call was not sent
)

// Source is where something was observed.
type Source string

// The sources: the token's own claims, the answers to the call and to what led to it, and what the server's configuration
// says to an admin.
const (
	InToken  Source = "token"
	OnWire   Source = "wire"
	AtServer Source = "server"
)

// State is how a link of the reasoning is known.
type State int

// The states.
const (
	Observed State = iota // on this server, in this run
	Inferred              // it follows from what was observed, if nothing else explains that
	Unknown               // nothing that was observed says whether it is so
	Unsent                // the call itself, which was not made
)

// Link is one link of the reasoning: a sentence, and how it is known.
type Link struct {
	State  State
	Source Source // of what was observed
	Says   msg.Message
}

// Saw is a link that was observed.
func Saw(source Source, format texts.Text, values ...any) Link {
	return Link{Observed, source, msg.New(format, values...)}
}

// Infer is a link that is inferred: the sentence says what was not looked at, or what could not be.
func Infer(format texts.Text, values ...any) Link {
	return Link{State: Inferred, Says: msg.New(format, values...)}
}

// Open is a link that nothing observed decides: the sentence says which other cause fits as well, and what would decide.
func Open(format texts.Text, values ...any) Link {
	return Link{State: Unknown, Says: msg.New(format, values...)}
}

// NotSent is the link of a call that was not made.
func NotSent(format texts.Text, values ...any) Link {
	return Link{State: Unsent, Says: msg.New(format, values...)}
}

// Chain is the reasoning behind a verdict.
type Chain []Link

// AllSeen is the reasoning of a verdict that rests on nothing but what was observed.
var AllSeen Chain

// But is the reasoning of a verdict that follows from what was observed, and a link that is inferred: see [Infer].
func But(format texts.Text, values ...any) Chain { return AllSeen.But(format, values...) }

// Or is the reasoning of a verdict beside which another one fits what was observed as well: see [Open].
func Or(format texts.Text, values ...any) Chain { return AllSeen.Or(format, values...) }

// Because is what a verdict is given with: its reasoning.
type Because interface {
	// Links returns the reasoning, in an examination in which seen was observed so far.
	Links(seen Chain) Chain
}

// Links implements [Because]. A chain without an observed link is about all that was observed so far.
func (c Chain) Links(seen Chain) Chain {
	if len(c.Seen()) == 0 {
		return slices.Concat(seen, c)
	}
	return c
}

// But adds a link that is inferred, see [Infer].
func (c Chain) But(format texts.Text, values ...any) Chain {
	return slices.Concat(c, Chain{Infer(format, values...)})
}

// Or adds a link that nothing decides, see [Open].
func (c Chain) Or(format texts.Text, values ...any) Chain {
	return slices.Concat(c, Chain{Open(format, values...)})
}

// Unsent adds the link of a call that was not made, see [NotSent].
func (c Chain) Unsent(format texts.Text, values ...any) Chain {
	return slices.Concat(c, Chain{NotSent(format, values...)})
}

// If adds what is inferred, if the message says something.
func (c Chain) If(doubt msg.Message) Chain {
	if doubt.Empty() {
		return c
	}
	return slices.Concat(c, Chain{{State: Inferred, Says: doubt}})
}

// Links implements [Because] for verdicts whose reasoning is not written as links yet: what was observed so far, and a link without
// words for what is likely.
func (c Certainty) Links(seen Chain) Chain {
	if c == Proved {
		return seen
	}
	return slices.Concat(seen, Chain{{State: Inferred}})
}

// Certainty returns how certain a verdict with this reasoning is. Reasoning in which nothing was observed proves nothing.
func (c Chain) Certainty() Certainty {
	has := func(s State) bool { return slices.ContainsFunc(c, func(l Link) bool { return l.State == s }) }
	switch {
	case has(Unsent):
		return Predicted
	case has(Inferred), has(Unknown), !has(Observed):
		return Likely
	}
	return Proved
}

// Doubts returns the links that were not observed, in their order.
func (c Chain) Doubts() Chain {
	return sift.Out(c, func(l Link) bool { return l.State == Observed })
}

// Seen returns the links that were observed, in their order.
func (c Chain) Seen() Chain {
	return sift.Out(c, func(l Link) bool { return l.State != Observed })
}

// Sent returns the chain without a call that was not made.
func (c Chain) Sent() Chain {
	return sift.Out(c, func(l Link) bool { return l.State == Unsent })
}
