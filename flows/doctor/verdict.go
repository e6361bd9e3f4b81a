package doctor

import (
	"context"

	"fix403/flows/change"
	"fix403/flows/gate"
)

// Verdict is why a call fails, one of a closed set. Each gate's file declares its own: a value with its cause and what fixes
// it. A verdict without changes and advice has a cause that neither a change in Keycloak nor another call fixes: the summary
// says what to do.
type Verdict struct {
	id    string
	cause string // for docs/verdicts.md

	changes func(*examination) []change.Change // what --fix does, and what is said of it
	retry   bool                               // --fix changes nothing: it makes the call with a new token
	advise  func(*draft) bool                  // what is only said, and whether the call ends it; not used where there are changes
	byHand  func() error                       // why --fix leaves what it could change to a person; nil for the usual words

	renews bool // a fix shows only with a new token

	works bool // the call does what it should
	hides bool // the call succeeds, and does what it should only if it shows all that an admin sees
}

// String returns the verdict as JSON documents have it, such as "role-missing".
func (v *Verdict) String() string {
	if v == nil {
		return ""
	}
	return v.id
}

// Works reports whether the call does what it should.
func (v *Verdict) Works() bool { return v != nil && v.works }

// Undetermined is the verdict at any gate when none of the others can be given.
var Undetermined = &Verdict{id: "undetermined", cause: "What was seen does not decide it; not_checked says what would."}

// verdictsAt are those that may be given at a gate, beside [Undetermined].
var verdictsAt = map[gate.Gate][]*Verdict{
	gate.Reach: reachVerdicts, gate.Client: clientVerdicts, gate.Identity: identityVerdicts, gate.Realm: realmVerdicts,
	gate.Route: routeVerdicts, gate.Role: roleVerdicts, gate.Object: objectVerdicts, gate.None: passedVerdicts,
}

// checkpoint is a gate: pass gives a verdict where the gate stops the call, and none where the call passes. An error means
// that there is no verdict.
type checkpoint interface {
	pass(ctx context.Context, x *examination) error
}

// checkpoints are the gates in the order in which a call passes them, without that of reach: each answer passes it, see
// [reachGate]. Only callers who may query users get as far as the object before a role is asked for (FACTS, section 4).
func checkpoints() []checkpoint {
	return []checkpoint{clientGate{}, identityGate{}, realmGate{}, routeGate{}, objectGate{}, roleGate{}, passed{}}
}
