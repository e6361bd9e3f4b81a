// Package rights finds out what the admin of a story will be refused, before anything is created, and says what is missing.
package rights

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"fix403/flows/problem"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// Of is whose rights are looked at, and where.
type Of struct {
	Admin   *keycloak.Admin
	Name    string // of the admin
	Realm   string // of the story
	Version string // of the server, "" where it does not tell
}

// The calls of the story in a realm that is there, by the right that they need: the smallest roles for them are looked up in
// the matrix.
var (
	clientCalls = []string{
		"POST /admin/realms/{realm}/clients", "GET /admin/realms/{realm}/clients/{client-uuid}/client-secret",
		"GET /admin/realms/{realm}/clients/{client-uuid}/service-account-user",
	}
	userCalls = []string{
		"POST /admin/realms/{realm}/users", "GET /admin/realms/{realm}/users/{user-id}/role-mappings/clients/{client-id}",
		"POST /admin/realms/{realm}/users/{user-id}/role-mappings/clients/{client-id}",
	}
)

func refused(message, hint msg.Message) error {
	return &failure.Error{Kind: failure.AdminRefused, Message: message, Hint: hint}
}

// InRealm finds out, before anything is created in a realm that is there, what the admin will be refused. Its error
// has [failure.AdminRefused] and names the missing roles.
func (o Of) InRealm(ctx context.Context) error {
	have, err := o.Admin.Rights(ctx, o.Realm)
	if err != nil {
		return err
	}
	var needs []any
	var held []string
	if have.Clients == keycloak.RightMissing {
		needs = append(needs, msg.New("create a client"))
	} else {
		held = append(held, clientCalls...)
	}
	if have.Users == keycloak.RightMissing {
		needs = append(needs, msg.New("create a user and grant the client's service account a role"))
	} else {
		held = append(held, userCalls...)
	}
	if needs != nil {
		on := cmp.Or(o.Version, roles.Unknown)
		missing, err := roles.Smallest(on, slices.Concat(clientCalls, userCalls))
		if err != nil {
			return err
		}
		has, err := roles.Smallest(on, held)
		if err != nil {
			return err
		}
		missing = sift.Out(missing, func(role string) bool { return slices.Contains(has, role) })
		return refused(msg.New("The admin %s may not %s in the realm %s. Nothing was created.", o.Name, msg.Join(", nor ", needs...), o.Realm),
			msg.New("Grant the admin %s of realm-management in that realm (measured on %s), or use an admin of master.",
				texts.List(missing), roles.Shipped().Table(on).Version))
	}
	byRealm, byMaster := roles.GrantsMeasured()
	if have.Grants == keycloak.RightMissing {
		return refused(msg.New("The admin %s cannot grant a role of realm-management in the realm %s, which the story requires. Nothing was created.", o.Name, o.Realm),
			msg.New("On %s an admin of the realm with manage-users can; on %s none can, not even realm-admin (measured). Use an admin of the master realm with its realm role admin.", byRealm, byMaster))
	}
	return nil
}

// InMaster finds out, before a realm is created, what an admin of master who may do that will be refused later. Where no
// admin of a realm may grant roles of realm-management, one with create-realm alone creates realm, client and user, and may
// not give the role; such an admin does not see the realm master in the list of realms, and one with the role admin does
// (measured).
func (o Of) InMaster(ctx context.Context) error {
	if !roles.GrantsByMasterAlone(cmp.Or(o.Version, roles.Unknown)) {
		return nil
	}
	_, byMaster := roles.GrantsMeasured()
	seen, err := o.Admin.RealmNames(ctx)
	if err != nil && failure.KindOf(err) != failure.AdminRefused || slices.Contains(seen, "master") {
		return err
	}
	return refused(msg.New("The admin %s cannot grant a role of realm-management on %s, not even in a realm created by this admin, and the story requires it. Nothing was created.", o.Name, o.Version),
		msg.New("Grant the admin the realm role admin of master: on %s an admin of the realm alone cannot grant such a role, not even realm-admin (measured). Or use an admin who has it.", byMaster))
}

// OlderToken is the error of a realm that was created with a token that does not open it.
func OlderToken(realm string) error {
	return refused(msg.New("The realm %s was created, but the given token does not open it: it is older than the realm.", realm),
		msg.New("On 24.0.5 and 26.4.0 this applies to tokens of clients other than admin-cli (measured), and a given token cannot be renewed. Start again with a new token: what was created so far is used again."))
}

// CreationRefused adds what is known of who may create a realm.
func CreationRefused(err error) error {
	if e := problem.AsKeycloakError(err); e != nil && e.Kind == failure.AdminRefused && e.Status == http.StatusForbidden {
		with := *e
		with.Hint = msg.New("Creating a realm requires an admin of the master realm, or a user or client of master with its realm role create-realm; no role of realm-management is enough (measured). To work inside an existing realm, start fix403 with --existing.")
		return &with
	}
	return err
}

// GrantRefused adds what is known of who may give a role of realm-management (FACTS, section 9 and DESIGN's rules).
func GrantRefused(err error) error {
	if e := problem.AsKeycloakError(err); e != nil && e.Kind == failure.AdminRefused {
		byRealm, byMaster := roles.GrantsMeasured()
		with := *e
		with.Hint = msg.New("Versions differ in who may grant a role of realm-management: on %s an admin of the realm with manage-users, on %s only one with the realm role admin of master (measured). Use an admin of master with that role.", byRealm, byMaster)
		return &with
	}
	return err
}
