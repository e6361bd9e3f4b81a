package doctor

import (
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/doctor/advice"
	"fix403/flows/doctor/audience"
	"fix403/flows/journal"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// clue is what the gates saw that a fix is made of.
type clue struct {
	elsewhere string // base URL, or the address of a redirect, at which the server is
	realm     string // that was probably meant
	path      string // that was probably meant
	// What keeps a client from getting a token of its own, beside the setting of that name.
	bearerOnly, accountDisabled bool
	builtIn                     bool // the client is one of Keycloak's own: nothing of it is changed
	newToken                    bool // a new token is enough, with or without a scope that is asked for
	roleToo                     bool // a role will be missing behind the gate that stopped the call
}

// draft is the advice for an examination while it is put together.
type draft struct {
	*advice.Draft
	x *examination
}

// advise fills in the fix for the verdict.
func (doc *Doctor) advise() {
	x := doc.examination
	a := &draft{&advice.Draft{Call: advice.Call{Base: x.server.URL(), Realm: x.o.Realm, Path: x.path, ClientID: x.o.ClientID, Method: x.method, CACert: x.o.TLS.CACert, Admin: x.o.Admin, Labels: console.Of(x.version)}}, x}
	switch v := x.d.Verdict; {
	case x.clue.builtIn:
		return
	case v.changes != nil:
		doc.changes = v.changes(x)
		if x.view.Client != nil {
			a.DefaultScopes = x.view.Client.DefaultScopes
		}
		rest := doc.changes
		if v == AudienceMissing && x.audience.Assigned == audience.AssignedOptional && len(rest) > 0 {
			a.Scope = audience.Scope(x.o.Scope)
			a.Instead(msg.New("Nothing has to be changed in Keycloak: ask the token endpoint with scope=%s. To have it in each token of the client, do this instead:", keycloak.AdminAPIScope), rest[0])
			rest = rest[1:]
		}
		a.Changes(rest)
		if v == AudienceMissing && x.audience.Assigned == audience.AssignmentUnseen {
			doc.changes = nil // what cannot be seen cannot be taken back as it was
		}
		if len(rest) == 0 && len(doc.changes) == 0 && !x.clue.newToken {
			return
		}
	case v.advise == nil || !v.advise(a):
		return
	}
	a.Path, a.ServiceAccount = x.o.Recorder.Mask(a.Path), x.byServiceAccount() // a query may hold secrets
	x.d.Fix = a.Fix()
	x.d.Fix.Caution = x.caution()
	if choice := x.choiceCaution(); !choice.Empty() && len(doc.changes) > 0 {
		x.d.Fix.Caution = msg.List(" ", slices.DeleteFunc([]msg.Message{x.d.Fix.Caution, choice}, msg.Message.Empty)...)
	}
}

// correctCall is for a cause that is fixed by making the call as it is shown.
func correctCall(*draft) bool { return true }

// forRoles returns a change of the client for each role that the call needs.
func (x *examination) forRoles(kind journal.ChangeKind) []change.Change {
	var changes []change.Change
	for _, role := range x.toGrant() {
		changes = append(changes, change.Change{Kind: kind, Realm: x.home(), ClientID: x.o.ClientID, Container: x.container(), Role: role})
	}
	return changes
}

// grantSmallest adds the role that a new service account lacks.
func (a *draft) grantSmallest() {
	a.x.askMatrix()
	a.Changes(a.x.forRoles(journal.ChangeGrant))
}

// byServiceAccount reports whether the call is made in the name of the client's service account, and not of a person.
func (x *examination) byServiceAccount() bool {
	if x.mayBeExchanged() && x.o.Given {
		return false
	}
	if a := x.view.Account; a != nil {
		return a.ServiceAccountOf != "" || strings.HasPrefix(a.Username, "service-account-")
	}
	if !x.o.Given || x.token == nil {
		return true
	}
	return x.token.Username == "" || strings.HasPrefix(x.token.Username, "service-account-")
}
