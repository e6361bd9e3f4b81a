package exam

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// ToGrant returns the roles that a fix grants: those that were chosen, or else the least.
func (x *Examination) ToGrant() []string {
	switch {
	case x.Chosen != nil:
		return x.Chosen
	case len(x.Diagnosis.Lesser) > 0:
		return x.Diagnosis.Lesser[:1]
	}
	return x.Diagnosis.SmallestRoles
}

// Needs returns what the call needs, as a part of a sentence, and offers a role that is less where the whole answer takes a powerful one.
func (x *Examination) Needs() msg.Message {
	whole := phrase.Sets(append([][]string{x.Diagnosis.SmallestRoles}, x.Diagnosis.Equal...))
	if len(x.Diagnosis.Lesser) == 0 {
		return whole
	}
	return msg.New("%s (a response with fewer fields) or %s (the whole response)", roles.Or(x.Diagnosis.Lesser), whole)
}

// OfferLess finds the least roles with which a call that was refused is answered with fewer fields. They are offered first where the whole
// answer takes a powerful role, and are mentioned elsewhere.
func (x *Examination) OfferLess() {
	lesser := x.Need().Lesser(x.View.Known)
	if slices.ContainsFunc(x.Diagnosis.SmallestRoles, need.Powerful) {
		x.Diagnosis.Lesser = lesser
	}
	x.LesserRoles = lesser
}

// ChoiceCaution precedes lines that grant one of several choices; empty where there is only one, or it was chosen.
func (x *Examination) ChoiceCaution() msg.Message {
	if x.Chosen != nil || len(x.Diagnosis.Lesser)+len(x.Diagnosis.Equal) == 0 {
		return msg.Message{}
	}
	return msg.New("These lines grant %s, which is one of the choices that the diagnosis names.", phrase.Roles(x.ToGrant()))
}

// AskMatrix finds which roles the call needs; nothing for an endpoint that was not measured.
func (x *Examination) AskMatrix() {
	if x.Diagnosis.Answer != nil {
		return
	}
	if call, is := beside.Console(x.Path); is && x.Method == http.MethodGet {
		x.Diagnosis.SmallestRoles = call.Smallest
		return
	}
	answer, err := x.Matrix.Find(x.VersionOrUnknown(), x.Call())
	if err != nil {
		x.Unseen("Which role the call needs: %s", err)
		return
	}
	x.Diagnosis.Answer = answer
	x.weigh()
	x.chooseRoles()
	x.SureOfMatrix()
}

// Absent returns the error that says that the server's version has no such endpoint, as measured; nil where it has, or nobody measured it.
func (x *Examination) Absent() *roles.NotMeasuredError {
	_, err := x.Matrix.Find(x.VersionOrUnknown(), x.Call())
	var unknown *roles.NotMeasuredError
	if !errors.As(err, &unknown) || !unknown.Absent {
		return nil
	}
	return unknown
}

// Need returns what the call needs, as far as that is known by now.
//
//go:noinline // it would be 10 kB of the program
func (x *Examination) Need() *need.Need {
	return &need.Need{Matrix: x.Matrix, On: x.VersionOrUnknown(), Reported: x.VersionReported, Answer: x.Diagnosis.Answer, Smallest: x.Diagnosis.SmallestRoles, Equal: x.Diagnosis.Equal, Demands: x.Weighed.Demands}
}

// chooseRoles finds the least roles that the call needs, of those that the server has.
func (x *Examination) chooseRoles() {
	n := x.Need()
	doubt := n.Choose(x.Call(), x.View.Known)
	x.Diagnosis.SmallestRoles, x.Diagnosis.Equal = n.Smallest, n.Equal
	x.quoteUnseen(doubt)
}

// LookAtKnown reads which roles the server has, and chooses among them.
func (x *Examination) LookAtKnown(ctx context.Context) error {
	if err := x.View.LookAtKnown(ctx, x.eyes()); err != nil {
		return err
	}
	if x.Diagnosis.Answer != nil && x.View.Known != nil {
		x.chooseRoles()
	}
	return nil
}

// VersionOrUnknown returns the version by which the matrix is asked.
func (x *Examination) VersionOrUnknown() string { return cmp.Or(x.Version, roles.Unknown) }

// SureOfMatrix reports whether the call was measured on this very version, and notes it where it was not.
func (x *Examination) SureOfMatrix() bool {
	doubt := x.Need().Doubt()
	x.quoteUnseen(doubt)
	return doubt.Empty()
}

// Held returns the roles by which the call is decided, as far as they can be seen, and whether they can.
func (x *Examination) Held() ([]string, bool) {
	byClaims := x.Options.Given && x.Token != nil && x.Token.HasRoleClaims && roles.ByTokenWithClaims(x.Version)
	if x.View.RolesSeen && !x.ByTokenAlone() && !byClaims {
		return x.View.InScope, true
	}
	if x.Token == nil {
		return nil, false
	}
	return x.Token.Roles(x.Container()), x.Token.HasRoleClaims || x.ByTokenAlone()
}

// ByTokenAlone reports whether the version is one that reads roles from the token alone, as well as that is known. It only
// chooses which roles to compare with the matrix; what a server decided is seen in its answer.
func (x *Examination) ByTokenAlone() bool { return roles.ByTokenAlone(x.Version) }

// LetsIn reports whether roles get any success from the call.
func (x *Examination) LetsIn(held []string) bool { return x.Need().LetsIn(held) }

// NeededOf picks, of the roles held, those by which the call is let in: the least that suffices.
func (x *Examination) NeededOf(held []string) []string { return x.Need().Of(held) }

// HeldWords names, of the roles held, those that the call needs.
func (x *Examination) HeldWords(held []string) msg.Message { return phrase.Roles(x.NeededOf(held)) }

// Call returns the call as the matrix has calls.
func (x *Examination) Call() roles.Call { return roles.Call{Method: x.Method, Path: x.Path} }
