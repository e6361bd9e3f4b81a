package roles

import (
	"slices"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// Power is a role whose holder can become another account, an admin of its realm or of more, or change who may do what. How far each way was
// gone on which version, package audit knows.
type Power struct {
	Role string
	Lets texts.Text // what its holder can do, behind "its holder"
}

// powers are all such roles: those of realm-management, then those of the realm master. manage-events and
// manage-organizations are not among them: no way leads from them to other rights. create-realm of master is not either: its holder is the
// admin of the realms that it creates, and of no other. view-clients is not either, though it
// reads the secrets of other clients: what is told of it stands in the matrix, since many calls that only read need it.
var powers = []Power{
	{RealmAdmin, "can do everything in the realm"},
	{"manage-realm", "can change the realm's keys and with them sign a token of any account"},
	{"manage-users", "can set the password of any user, even an admin, and log in as that user"},
	{"manage-clients", "can read and change the secret of any client and act as its service account"},
	{"create-client", "can create clients through client registration"},
	{"impersonation", "can log in as any user, on versions before 26.7.4 even as an admin"},
	{"manage-authorization", "can change the access rules of applications that use authorization services"},
	{"manage-identity-providers", "can add an identity provider whose users log in as any user with any role"},
	{"admin", "can do everything in every realm"},
}

// PowerOf returns the power of a role, and whether it has one.
func PowerOf(role string) (Power, bool) {
	i := slices.IndexFunc(powers, func(p Power) bool { return p.Role == role })
	if i < 0 {
		return Power{}, false
	}
	return powers[i], true
}

// Description returns what the power is, as a sentence.
func (p Power) Description() msg.Message {
	return msg.New("The role %s is powerful: its holder %s.", p.Role, p.Lets)
}
