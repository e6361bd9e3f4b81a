package exam

import (
	"slices"

	"fix403/flows/doctor/advice"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/reason"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Certainty is how certain a verdict is: see package reason, which decides it.
type Certainty = reason.Certainty

// The certainties.
const (
	Proved    = reason.Proved
	Likely    = reason.Likely
	Predicted = reason.Predicted
)

// Source is where a piece of evidence was seen.
type Source = reason.Source

// The sources.
const (
	InToken  = reason.InToken
	OnWire   = reason.OnWire
	AtServer = reason.AtServer
)

// AllSeen is the reasoning of a verdict that rests on nothing but what was observed.
var AllSeen = reason.AllSeen

// Because is the reasoning that a verdict is given with.
type Because = reason.Because

// But is [reason.But]: a link of the reasoning is inferred.
func But(format texts.Text, values ...any) reason.Chain { return reason.But(format, values...) }

// Or is [reason.Or]: another cause fits as well.
func Or(format texts.Text, values ...any) reason.Chain { return reason.Or(format, values...) }

// Evidence is something that was observed.
type Evidence struct {
	Source Source      `json:"source"`
	Says   msg.Message `json:"says"`
}

// Diagnosis is why a call fails and what fixes it.
type Diagnosis struct {
	Verdict   *Verdict
	Certainty Certainty    // of the reasoning
	Reasoning reason.Chain // each observed link is among the evidence, each other one is not checked
	Gate      gate.Gate
	Status    int // of the call, or of the answer that stopped what leads to it; 0 if there was none
	Summary   msg.Message
	Evidence  []Evidence
	// SmallestRoles are the roles of realm-management that the call needs, all of them together; never nil.
	SmallestRoles []string
	// Equal are other sets of roles that are as small, and Lesser roles with any of which the answer has fewer fields, where the whole
	// one takes a powerful role. fix403 has not chosen between them.
	Equal      [][]string
	Lesser     []string
	Fix        advice.Fix
	NotChecked []msg.Message

	Caller   Who            // in whose name the call is made
	Call     string         // method and path
	Exchange *wire.Exchange // of the call, or of what was refused on the way to it; nil if nothing was answered
	Token    *token.Token   // that the call was made with; nil without one
	Answer   *roles.Answer  // of the matrix; nil for a call that it does not know
	// OldToken says what the token from before a fix got after it; empty if that was not tried.
	OldToken msg.Message
	After    *After // of the call after [Doctor.Fix] or [Doctor.Undo]
}

// After is what the same call did after a change.
type After struct {
	Status   int
	Token    *token.Token
	Roles    []string // for the call, that the token carries; sorted
	Exchange wire.Exchange
	Worked   bool
	// Outcome says what became of a change that did not help; TakenBack reports that it is undone.
	Outcome   msg.Message
	TakenBack bool
}

// Refusal returns where the call was stopped, for the row of gates.
func (d *Diagnosis) Refusal() gate.Refusal {
	return gate.Refusal{Gate: d.Gate, Status: d.Status, Explanation: d.Summary}
}

// Difference compares the tokens before and after the fix; false if there are not two.
func (d *Diagnosis) Difference() (token.Difference, bool) {
	if d.Token == nil || d.After == nil || d.After.Token == nil {
		return token.Difference{}, false
	}
	return token.Compare(d.Token, d.After.Token), true
}

// Choices returns the ways to let the call through where there are several; nil for one. The first are those that grant the least.
func (d *Diagnosis) Choices() []need.Choice {
	if len(d.Lesser)+len(d.Equal) == 0 {
		return nil
	}
	var all []need.Choice
	for _, role := range d.Lesser {
		all = append(all, need.Choice{Roles: []string{role}, Reduced: true})
	}
	for _, set := range slices.Concat([][]string{d.SmallestRoles}, d.Equal) {
		all = append(all, need.Choice{Roles: set})
	}
	return all
}
