package doctor

import (
	"fix403/flows/doctor/advice"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Certainty says how a verdict was reached.
type Certainty string

// The certainties.
const (
	Proved Certainty = "proved" // each link of the reasoning was observed
	Likely Certainty = "likely"
)

// Source is where a piece of evidence was seen.
type Source string

// The sources: the token's own claims, the answers to the call and to what led to it, and what the server's configuration
// says to an admin.
const (
	InToken  Source = "token"
	OnWire   Source = "wire"
	AtServer Source = "server"
)

// Evidence is something that was observed.
type Evidence struct {
	Source Source      `json:"source"`
	Says   msg.Message `json:"says"`
}

// Diagnosis is why a call fails and what fixes it.
type Diagnosis struct {
	Verdict   *Verdict
	Certainty Certainty
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
