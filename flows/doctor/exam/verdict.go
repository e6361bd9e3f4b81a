package exam

import (
	"context"

	"fix403/flows/change"
)

// Verdict is why a call fails, one of a closed set. Each gate's file declares its own: a value with its cause and what fixes
// it. A verdict without changes and advice has a cause that neither a change in Keycloak nor another call fixes: the summary
// says what to do.
type Verdict struct {
	ID    string
	Cause string // for docs/verdicts.md

	Changes func(*Examination) []change.Change // what --fix does, and what is said of it
	Retry   bool                               // --fix changes nothing: it makes the call with a new token
	Advise  func(*Draft) bool                  // what is only said, and whether the call ends it; not used where there are changes
	ByHand  func() error                       // why --fix leaves what it could change to a person; nil for the usual words

	Renews bool // a fix shows only with a new token

	Allowed bool // the call is not sent, and would do what it should
	Success bool // the call does what it should
	Hides   bool // the call succeeds, and does what it should only if it shows all that an admin sees
}

// String returns the verdict as JSON documents have it, such as "role-missing".
func (v *Verdict) String() string {
	if v == nil {
		return ""
	}
	return v.ID
}

// Works reports whether the call does what it should.
func (v *Verdict) Works() bool { return v != nil && v.Success }

// WouldWork reports whether the call was not sent, and would do what it should.
func (v *Verdict) WouldWork() bool { return v != nil && v.Allowed }

// Undetermined is the verdict at any gate when none of the others can be given.
var Undetermined = &Verdict{ID: "undetermined", Cause: "What was seen does not decide it; not_checked lists what would."}

// Gate is one of the checks that a call passes: Pass gives a verdict where the gate stops the call, and none where the call passes. An error means
// that there is no verdict.
type Gate interface {
	Pass(ctx context.Context, x *Examination) error
}

// BadRequest is the verdict of a call that the server does not take as it is.
var BadRequest = &Verdict{ID: "bad-request",
	Cause: "The server does not accept the request as sent, whatever the roles: its path, its body or the type of its body.", Advise: OtherPath}

// OtherPath is for a path in whose place another one was probably meant.
func OtherPath(a *Draft) bool {
	if a.X.Clue.Path == "" {
		return false
	}
	a.Path = a.X.Clue.Path
	return true
}

// WouldPass is the verdict of a call that is not sent and that nothing seen would stop.
var WouldPass = &Verdict{ID: "would-pass",
	Cause: "The call could change something and is not sent; the measured roles allow it, with its body and query.", Allowed: true}

// OK is the verdict of a call that does what it should.
var OK = &Verdict{ID: "ok", Cause: "The call works.", Success: true}
