package keycloak

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"

	"github.com/Nerzal/gocloak/v13"
)

const lightweightAttribute = "client.use.lightweight.access.token.enabled"

// ReadRealm reads a realm. With fewer rights than view-realm Keycloak answers 200 with little more than the name: that
// is refused here as [failure.AdminRefused], since nothing could be read out of it.
func (a *Admin) ReadRealm(ctx context.Context, realm string) (*Realm, error) {
	purpose := msg.New("read the realm's settings")
	text, _, err := a.Send(ctx, purpose, http.MethodGet, realm, "", nil)
	if err != nil {
		return nil, err
	}
	r, err := realmOf(text)
	if err != nil {
		return nil, unlikeKeycloak(purpose, err)
	}
	if r.Reduced || r.SSLRequired == "" {
		return nil, &failure.Error{Kind: failure.AdminRefused, Status: http.StatusOK, Message: msg.New("The admin may see only the name of the realm %s.", realm),
			Hint: msg.New("Use an admin with view-realm.")}
	}
	return r, nil
}

// ReadClient reads a client by its client id; [failure.NotFound] if there is none that the admin may see.
func (a *Admin) ReadClient(ctx context.Context, realm, clientID string) (*Client, error) {
	var list []*gocloak.Client
	if err := a.read(ctx, msg.New("find the client"), realm, "/clients?clientId="+url.QueryEscape(clientID), &list); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(c *gocloak.Client) bool { return c != nil && deref(c.ClientID) == clientID })
	if i < 0 {
		return nil, &failure.Error{Kind: failure.NotFound, Message: msg.New("There is no client %s in realm %s that this admin may see.", clientID, realm)}
	}
	c := clientOf(list[i])
	if !a.server.identifies(c.ID) {
		return nil, unlikeKeycloak(msg.New("find the client"), nil)
	}
	a.server.recorder.Hide(c.Secret)
	return c, nil
}

// ReadUser reads a user by id.
func (a *Admin) ReadUser(ctx context.Context, realm, userID string) (*User, error) {
	u, err := pathSegment("user id", userID)
	if err != nil {
		return nil, err
	}
	var r struct {
		gocloak.User
		NotBefore int64 `json:"notBefore"`
	}
	if err := a.read(ctx, msg.New("read the account that calls"), realm, "/users/"+u, &r); err != nil {
		return nil, err
	}
	user := userOf(&r.User)
	if user.ID != "" && !a.server.identifies(user.ID) {
		return nil, unlikeKeycloak(msg.New("read the account that calls"), nil)
	}
	user.NotBefore = seconds(r.NotBefore)
	return user, nil
}

// ScopedRoles reads which roles of the client container a client's tokens may carry when full scope is off: those of its
// scope mappings and of its default client scopes, composites included. Sorted; nil for none.
func (a *Admin) ScopedRoles(ctx context.Context, realm string, client *Client, container string) ([]string, error) {
	found := map[string]bool{}
	add := func(path string) error {
		var roles []struct {
			Name string `json:"name"`
		}
		err := a.read(ctx, msg.New("read which roles the client's scope lets through"), realm, path+"/scope-mappings/clients/"+container+"/composite", &roles)
		for _, r := range roles {
			found[r.Name] = true
		}
		return err
	}
	if err := add("/clients/" + client.ID); err != nil {
		return nil, err
	}
	var scopes []struct{ ID, Name string }
	if err := a.read(ctx, msg.New("list the client's default client scopes"), realm, "/clients/"+client.ID+"/default-client-scopes", &scopes); err != nil {
		return nil, err
	}
	for _, s := range scopes {
		if err := add("/client-scopes/" + s.ID); err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
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
	if err := a.read(ctx, msg.New("read the roles given directly"), realm, "/users/"+u+"/role-mappings", &direct); err != nil {
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

// MappedScope reads which roles of the client container are scope mappings of a client directly.
func (a *Admin) MappedScope(ctx context.Context, realm, clientUUID, container string) ([]Role, error) {
	var roles []Role
	err := a.read(ctx, msg.New("read the client's scope mappings"), realm, "/clients/"+clientUUID+"/scope-mappings/clients/"+container, &roles)
	return roles, err
}

// MapScope lets a role of the client container through the scope of a client whose full scope is off.
func (a *Admin) MapScope(ctx context.Context, realm, clientUUID, container string, role Role) error {
	return a.scopeMapping(ctx, msg.New("let the role through the client's scope"), http.MethodPost, realm, clientUUID, container, role)
}

// UnmapScope takes back what [Admin.MapScope] did.
func (a *Admin) UnmapScope(ctx context.Context, realm, clientUUID, container string, role Role) error {
	return a.scopeMapping(ctx, msg.New("take the role out of the client's scope"), http.MethodDelete, realm, clientUUID, container, role)
}

func (a *Admin) scopeMapping(ctx context.Context, purpose msg.Message, method, realm, clientUUID, container string, role Role) error {
	_, _, err := a.Send(ctx, purpose, method, realm, "/clients/"+clientUUID+"/scope-mappings/clients/"+container,
		[]map[string]string{{"id": role.ID, "name": role.Name}})
	return err
}

// SetClientScope adds a client scope, by its name, to a client's default or optional ones, or takes it away. A scope that
// is in one list is not taken into the other: it must leave the first before.
func (a *Admin) SetClientScope(ctx context.Context, realm, clientUUID, scope string, optional, on bool) error {
	var scopes []struct{ ID, Name string }
	if err := a.read(ctx, msg.New("list the client scopes"), realm, "/client-scopes", &scopes); err != nil {
		return err
	}
	i := slices.IndexFunc(scopes, func(s struct{ ID, Name string }) bool { return s.Name == scope })
	if i < 0 {
		return &failure.Error{Kind: failure.NotFound, Message: msg.New("The realm %s has no client scope %s.", realm, scope), Hint: msg.New("Create it again: it maps client roles into the token.")}
	}
	kind, assign, remove := "default", msg.Format("give the client the default scope %s"), msg.Format("take the default scope %s from the client")
	if optional {
		kind, assign, remove = "optional", "give the client the optional scope %s", "take the optional scope %s from the client"
	}
	method, purpose := http.MethodPut, assign
	if !on {
		method, purpose = http.MethodDelete, remove
	}
	_, _, err := a.Send(ctx, msg.New(purpose, scope), method, realm, "/clients/"+clientUUID+"/"+kind+"-client-scopes/"+scopes[i].ID, nil)
	return err
}

// SetLightweight switches lightweight access tokens on or off for a client.
func (a *Admin) SetLightweight(ctx context.Context, realm, clientUUID string, on bool) error {
	// The client is sent back whole, with the one attribute changed: Keycloak replaces what it is given.
	var client map[string]any
	if err := a.read(ctx, msg.New("read the client"), realm, "/clients/"+clientUUID, &client); err != nil {
		return err
	}
	attributes, _ := client["attributes"].(map[string]any)
	if attributes == nil {
		attributes = map[string]any{}
	}
	attributes[lightweightAttribute] = strconv.FormatBool(on)
	client["attributes"] = attributes
	_, _, err := a.Send(ctx, msg.New("switch lightweight access tokens of the client"), http.MethodPut, realm, "/clients/"+clientUUID, client)
	return err
}

// read makes a GET below /admin/realms/{realm} and decodes its JSON.
func (a *Admin) read(ctx context.Context, purpose msg.Message, realm, path string, into any) error {
	text, _, err := a.Send(ctx, purpose, http.MethodGet, realm, path, nil)
	if err != nil {
		return err
	}
	return Decode(purpose, text, into)
}

// Decode reads the JSON of an answer to a call that passed. What Keycloak would not answer gives [failure.UnexpectedAnswer].
func Decode(purpose msg.Message, text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return unlikeKeycloak(purpose, err)
	}
	return nil
}

func unlikeKeycloak(purpose msg.Message, err error) error {
	return &failure.Error{Kind: failure.UnexpectedAnswer, Status: http.StatusOK, Err: err,
		Message: msg.New("The call to %s was answered 200, but not as Keycloak does.", purpose), Hint: msg.New("Check the address: something may answer in Keycloak's place.")}
}

// seconds reads a not-before time of Keycloak; 0 is none.
func seconds(n int64) time.Time {
	if n <= 0 || n > 1e12 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// RealmNames lists the names of the realms that the admin may see, in the server's order.
func (a *Admin) RealmNames(ctx context.Context) ([]string, error) {
	var list []struct {
		Realm string `json:"realm"`
	}
	got, err := a.gocloak(ctx, call{purpose: msg.New("list the realms")}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		_, err := api.GetRequestWithBearerAuth(ctx, token).SetHeader("Accept", "application/json").Get(a.server.url + "/admin/realms?briefRepresentation=true")
		return err
	})
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(got.Body, &list) != nil {
		return nil, got.Unusable(http.StatusOK)
	}
	var names []string
	for _, r := range list {
		names = append(names, r.Realm)
	}
	return names, nil
}

// ClientIDs lists the client ids of a realm, at most the first 1000.
func (a *Admin) ClientIDs(ctx context.Context, realm string) ([]string, error) {
	var list []struct {
		ClientID string `json:"clientId"`
	}
	err := a.read(ctx, msg.New("list the clients"), realm, "/clients?max=1000", &list)
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ClientID)
	}
	return ids, err
}
