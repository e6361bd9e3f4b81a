package keycloak

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// RealmManagement is the client whose roles open a realm's admin API.
const RealmManagement = "realm-management"

// Role is a client role; a mapping needs both id and name (FACTS, belief i).
type Role struct {
	ID        string
	Name      string
	Composite bool
}

// ServiceAccount returns the user behind a client's service account.
func (a *Admin) ServiceAccount(ctx context.Context, realm, clientUUID string) (*User, error) {
	r, i, err := realmAndID(realm, "client uuid", clientUUID)
	if err != nil {
		return nil, err
	}
	var u *gocloak.User
	got, err := a.gocloak(ctx, call{purpose: msg.New("find the service account of the client"), realm: realm}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		u, err = api.GetClientServiceAccount(ctx, token, r, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !a.server.identifies(deref(u.ID)) {
		return nil, got.Unusable(http.StatusOK)
	}
	return userOf(u), nil
}

// ClientRoles reads the roles of a client from the server, sorted by name.
func (a *Admin) ClientRoles(ctx context.Context, realm, clientUUID string) ([]Role, error) {
	return a.roles(ctx, msg.New("read the roles of the client"), realm, clientUUID, func(ctx context.Context, api *gocloak.GoCloak, token, r, c string) ([]*gocloak.Role, error) {
		return api.GetClientRoles(ctx, token, r, c, gocloak.GetRoleParams{})
	})
}

// DirectRoles reads which roles of a client are mapped to a user directly, sorted by name.
func (a *Admin) DirectRoles(ctx context.Context, realm, userID, clientUUID string) ([]Role, error) {
	u, err := pathSegment("user id", userID)
	if err != nil {
		return nil, err
	}
	return a.roles(ctx, msg.New("read the roles granted directly"), realm, clientUUID, func(ctx context.Context, api *gocloak.GoCloak, token, r, c string) ([]*gocloak.Role, error) {
		return api.GetClientRolesByUserID(ctx, token, r, c, u)
	})
}

// EffectiveRoles reads which roles of a client a user has in effect: direct ones, and through composites and groups.
func (a *Admin) EffectiveRoles(ctx context.Context, realm, userID, clientUUID string) ([]Role, error) {
	u, err := pathSegment("user id", userID)
	if err != nil {
		return nil, err
	}
	return a.roles(ctx, msg.New("read the roles in effect"), realm, clientUUID, func(ctx context.Context, api *gocloak.GoCloak, token, r, c string) ([]*gocloak.Role, error) {
		return api.GetCompositeClientRolesByUserID(ctx, token, r, c, u)
	})
}

func (a *Admin) roles(ctx context.Context, purpose msg.Message, realm, clientUUID string,
	f func(ctx context.Context, api *gocloak.GoCloak, token, realm, client string) ([]*gocloak.Role, error),
) ([]Role, error) {
	r, c, err := realmAndID(realm, "client uuid", clientUUID)
	if err != nil {
		return nil, err
	}
	var list []*gocloak.Role
	got, err := a.gocloak(ctx, call{purpose: purpose, realm: realm}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		list, err = f(ctx, api, token, r, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	roles := sortedRoles(list)
	odd := func(r Role) bool { return r.ID != "" && !a.server.identifies(r.ID) }
	if list == nil || len(roles) < len(list) || slices.ContainsFunc(roles, odd) { // null, or roles without a name
		return nil, got.Unusable(http.StatusOK)
	}
	return roles, nil
}

// Grant maps a role of a client to a user. Repeating it changes nothing (204 again). Who may do it differs by
// version: see [Admin.Grant]'s errors, and FACTS section 9 for 26.4.0, where no admin of the realm itself may.
func (a *Admin) Grant(ctx context.Context, realm, userID, clientUUID string, role Role, intent Intent) error {
	confirm, err := intent.declare("role", realm, role.Name)
	if err != nil {
		return err
	}
	got, err := a.mapping(ctx, msg.New("grant the role %s", role.Name), realm, userID, clientUUID, role, (*gocloak.GoCloak).AddClientRolesToUser)
	return a.settle(confirm, got, userID, err)
}

// Revoke takes a directly mapped role of a client from a user. Repeating it changes nothing.
func (a *Admin) Revoke(ctx context.Context, realm, userID, clientUUID string, role Role) error {
	_, err := a.mapping(ctx, msg.New("revoke the role %s", role.Name), realm, userID, clientUUID, role, (*gocloak.GoCloak).DeleteClientRolesFromUser)
	return err
}

func (a *Admin) mapping(ctx context.Context, purpose msg.Message, realm, userID, clientUUID string, role Role,
	f func(api *gocloak.GoCloak, ctx context.Context, token, realm, client, user string, roles []gocloak.Role) error,
) (*wire.Reply, error) {
	r, c, err := realmAndID(realm, "client uuid", clientUUID)
	if err != nil {
		return nil, err
	}
	u, err := pathSegment("user id", userID)
	if err != nil {
		return nil, err
	}
	if role.ID == "" || role.Name == "" {
		return nil, failure.NewBadInput("", "A role mapping needs the id and the name of the role.")
	}
	return a.gocloak(ctx, call{purpose: purpose, realm: realm, success: http.StatusNoContent}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		return f(api, ctx, token, r, c, u, []gocloak.Role{{ID: &role.ID, Name: &role.Name}})
	})
}

func sortedRoles(roles []*gocloak.Role) []Role {
	byName := map[string]Role{}
	for _, r := range roles {
		if r != nil && deref(r.Name) != "" {
			byName[*r.Name] = Role{ID: deref(r.ID), Name: *r.Name, Composite: deref(r.Composite)}
		}
	}
	var out []Role
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[name])
	}
	return out
}

// OtherRoles reads which roles an account holds outside of the client container: realm roles in effect, with an empty
// client, and roles of other clients given directly.
func (a *Admin) OtherRoles(ctx context.Context, realm, userID, container string) ([]token.RoleOf, error) {
	u, err := pathSegment("user id", userID)
	if err != nil {
		return nil, err
	}
	type named []struct {
		Name string `json:"name"`
	}
	var realmRoles named
	if err := a.read(ctx, msg.New("read the realm roles in effect"), realm, "/users/"+u+"/role-mappings/realm/composite", &realmRoles); err != nil {
		return nil, err
	}
	var direct struct {
		Clients map[string]struct {
			Mappings named `json:"mappings"`
		} `json:"clientMappings"`
	}
	if err := a.read(ctx, msg.New("read the roles granted directly"), realm, "/users/"+u+"/role-mappings", &direct); err != nil {
		return nil, err
	}
	var out []token.RoleOf
	for _, r := range realmRoles {
		out = append(out, token.RoleOf{Role: r.Name})
	}
	for _, client := range slices.Sorted(maps.Keys(direct.Clients)) {
		if client == container {
			continue
		}
		for _, r := range direct.Clients[client].Mappings {
			out = append(out, token.RoleOf{Client: client, Role: r.Name})
		}
	}
	return out, nil
}

// RoleHolders reads which accounts hold a role of the client container directly, at most the first 20.
func (a *Admin) RoleHolders(ctx context.Context, realm, container, role string) ([]User, error) {
	var list []struct{ ID, Username string }
	err := a.read(ctx, msg.New("find who holds the role"), realm, "/clients/"+container+"/roles/"+url.PathEscape(role)+"/users?max=20", &list)
	var users []User
	for _, u := range list {
		users = append(users, User{ID: u.ID, Username: u.Username})
	}
	return users, err
}

// RealmRole reads a role of a realm itself, not of one of its clients.
func (a *Admin) RealmRole(ctx context.Context, realm, name string) (Role, error) {
	var role Role
	if name == "" {
		return role, failure.NewBadInput("", "The name of the role is empty.")
	}
	if err := a.read(ctx, msg.New("read the realm role %s", name), realm, "/roles/"+url.PathEscape(name), &role); err != nil {
		return Role{}, err
	}
	if role.Name != name || !a.server.identifies(role.ID) {
		return Role{}, unlikeKeycloak(msg.New("read the realm role %s", name), nil)
	}
	return role, nil
}

// DirectRealmRoles reads which realm roles are given to a user directly.
func (a *Admin) DirectRealmRoles(ctx context.Context, realm, userID string) ([]Role, error) {
	u, err := pathSegment("user id", userID)
	if err != nil {
		return nil, err
	}
	var roles []Role
	err = a.read(ctx, msg.New("read the realm roles granted directly"), realm, "/users/"+u+"/role-mappings/realm", &roles)
	return roles, err
}

// SetRealmRole gives a realm role to a user, or takes it back. Repeating it changes nothing.
func (a *Admin) SetRealmRole(ctx context.Context, realm, userID string, role Role, on bool) error {
	u, err := pathSegment("user id", userID)
	if err != nil {
		return err
	}
	method, purpose := http.MethodPost, msg.New("grant the role %s", role.Name)
	if !on {
		method, purpose = http.MethodDelete, msg.New("revoke the role %s", role.Name)
	}
	_, _, err = a.Send(ctx, purpose, method, realm, "/users/"+u+"/role-mappings/realm", []map[string]string{{"id": role.ID, "name": role.Name}})
	return err
}
