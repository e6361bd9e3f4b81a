package doctor

import (
	"slices"

	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// Power is a role with which an account can become an admin of its realm, or of more.
type Power struct {
	Role string
	Lets texts.Text // what its holder can do, behind "its holder"
}

// powers are all such roles: those of realm-management, then those of the realm master. manage-events and
// manage-organizations are not among them: no way leads from them to other rights. view-clients is not either, though it
// reads the secrets of other clients: what is told of it stands in the matrix, since many calls that only read need it.
var powers = []Power{
	{roles.RealmAdmin, "can do everything in the realm"},
	{"manage-realm", "can change the realm's keys and with them sign a token of any account"},
	{"manage-users", "can set the password of any user, an admin's too, and log in as that user"},
	{"manage-clients", "can read and change the secret of any client and act as its service account"},
	{"create-client", "can create clients whose tokens carry roles that nobody granted"},
	{"impersonation", "can log in as any user, an admin too"},
	{"manage-authorization", "can change the permissions that decide who may do what, in the admin API too"},
	{"manage-identity-providers", "can add an identity provider whose users are let in as any user and with any role"},
	{"admin", "can do everything in every realm"},
	{"create-realm", "can create realms and is the admin of each of them"},
}

// Powers are the powerful roles that [Doctor.Fix] would grant or let through.
func (doc *Doctor) Powers() []Power {
	var out []Power
	for _, c := range doc.Plan() {
		i := slices.IndexFunc(powers, func(p Power) bool { return p.Role == c.Role })
		gives := c.Kind == journal.ChangeGrant || c.Kind == journal.ChangeScopeMapping
		if gives && i >= 0 && !slices.Contains(out, powers[i]) {
			out = append(out, powers[i])
		}
	}
	return out
}

// Description returns what the power is, as a sentence.
func (p Power) Description() msg.Message {
	return msg.New("The role %s is powerful: its holder %s.", p.Role, p.Lets)
}

// AllowPowerful lets [Doctor.Fix] grant powerful roles. It is for a person who was told the power and agreed to it.
func (doc *Doctor) AllowPowerful() { doc.allowed = true }

// tooPowerful says why the fix grants none of its powerful roles, whoever allows it; nil if it may.
func (doc *Doctor) tooPowerful() error {
	for _, p := range doc.Powers() {
		switch {
		case p.Role == roles.RealmAdmin:
			return cannot("Look for a smaller way to do what the call does, or grant the role by hand.", "fix403 never grants the role %s: its holder %s. Nothing was changed.", p.Role, p.Lets)
		case doc.d.Certainty != Proved:
			return cannot("See what was not checked. If the role is right, grant it by hand, as shown.", "The verdict is not proved, and the role %s is too powerful to grant on a guess: its holder %s. Nothing was changed.", p.Role, p.Lets)
		}
	}
	return nil
}

// Allowed is the error for powerful roles that nobody agreed to; nil if there are none, or a person did.
func (doc *Doctor) Allowed() error {
	for _, p := range doc.Powers() {
		if !doc.allowed {
			return cannot("Add --allow-powerful if the account should have this power.", "The role %s is granted only after you agree to its power: its holder %s. Nothing was changed.", p.Role, p.Lets)
		}
	}
	return nil
}
