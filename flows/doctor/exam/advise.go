package exam

import (
	"fix403/flows/change"
	"fix403/flows/doctor/advice"
	"fix403/flows/journal"
	"fix403/keycloak/msg"
)

// Clue is what the gates saw that a fix is made of.
type Clue struct {
	Permitted msg.Message     // what lets a call that is not sent pass in the place of a role; empty for nothing
	Permit    []advice.Permit // what a permission of the account would have to have, in the place of a role

	Elsewhere string // base URL, or the address of a redirect, at which the server is
	Realm     string // that was probably meant
	Path      string // that was probably meant
	// What keeps a client from getting a token of its own, beside the setting of that name.
	BearerOnly, AccountDisabled, AccountMissing bool
	DirectAccess, Exchange                      bool         // the client may not use direct access grants, or exchange tokens
	BuiltIn                                     bool         // the client is one of Keycloak's own: nothing of it is changed
	NewToken                                    bool         // a new token is enough, with or without a scope that is asked for
	RealmRole                                   string       // of the account's own realm that the call takes, in place of roles of realm-management
	AsJSON                                      bool         // the call has to ask for JSON
	Scope                                       string       // that the token endpoint is to be asked for; "" for the client's own
	RoleToo                                     bool         // a role will be missing behind the gate that stopped the call
	Proof                                       advice.Proof // what the client has to bring in the place of its secret, or beside it
}

// Draft is the advice for an examination while it is put together.
type Draft struct {
	*advice.Draft
	X *Examination
}

// CorrectCall is for a cause that is fixed by making the call as it is shown.
func CorrectCall(*Draft) bool { return true }

// ForRoles returns a change of the client for each role that the call needs.
func (x *Examination) ForRoles(kind journal.ChangeKind) []change.Change {
	var changes []change.Change
	for _, role := range x.ToGrant() {
		c := change.Change{Kind: kind, Realm: x.Home(), Container: x.Container(), Role: role}
		if kind == journal.ChangeGrant {
			var known bool
			if c, known = x.ForCaller(c); !known {
				return nil
			}
		} else {
			c.ClientID = x.Options.ClientID
		}
		changes = append(changes, c)
	}
	return changes
}

// GrantSmallest adds the role that a new service account lacks.
func (a *Draft) GrantSmallest() {
	a.X.AskMatrix()
	a.Changes(a.X.ForRoles(journal.ChangeGrant))
}

// ByServiceAccount reports whether the call is made in the name of a client's service account, and not of a person.
func (x *Examination) ByServiceAccount() bool {
	if x.MayBeExchanged() && x.Options.Given {
		return false
	}
	return x.Who().Kind != User
}
