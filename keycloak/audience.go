package keycloak

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// AdminAPIScope is the client scope that puts the admin API into the audience of a token. Keycloak's documents name it for
// 26.8.2, where every realm has it and only admin-cli and security-admin-console have it assigned; it was not measured.
const AdminAPIScope = "kc-admin-api"

// AdminAPIScopeSince is the version since which Keycloak's documents name the scope and the check. It decides nothing.
const AdminAPIScopeSince = "26.8.2"

// AudienceSigns are what shows that an admin API takes only tokens that are meant for it. Each is observed, none is concluded from a
// version. A server without such a check shows none of them; a client scope of that name that was made by hand shows, and
// whether the check is made is only seen in the answer to a call.
type AudienceSigns struct {
	// AdminAudience are those of the admin's accepted token that name an admin API, such as
	// https://sso.example.com/admin/realms/master.
	AdminAudience []string
	AdminScope    bool // the scope of the admin's accepted token has the name of the client scope
	RealmScope    bool // the realm has the client scope
	RealmSeen     bool // the admin may list the realm's client scopes
}

// Any reports whether anything shows.
func (s AudienceSigns) Any() bool {
	return len(s.AdminAudience) > 0 || s.AdminScope || s.RealmScope
}

// OwnAudience reports whether the admin's own token shows the audience of the admin API. Nothing is sent.
func (a *Admin) OwnAudience() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return AudienceSigns{AdminAudience: a.decoded.AdminAudience(), AdminScope: slices.Contains(a.decoded.Scope, AdminAPIScope)}.Any()
}

// seekAudience is for a token that was answered with 401, of an admin that is a client of the user's or a given token. Where it
// names no admin API in its audience and the public discovery document of its realm lists the client scope that adds it, a token
// with that scope is asked for, once; true reports that it was issued. The error says what the client lacks.
func (a *Admin) seekAudience(ctx context.Context) (bool, error) {
	c := a.credentials
	a.mu.Lock()
	decoded, sought := a.decoded, a.sought
	a.sought = true
	a.mu.Unlock()
	realm, own := c.Realm, c.ClientID != "" && c.ClientID != "admin-cli"
	if !c.Token.Empty() {
		realm, own = decoded.Realm(), true
	}
	if sought || !own || realm == "" || len(decoded.AdminAudience()) > 0 {
		return false, nil
	}
	if listed, err := a.server.ListsAdminAPIScope(ctx, realm); err != nil || !listed {
		return false, err
	}
	lacks := &failure.Error{Kind: failure.AdminRefused, Status: http.StatusUnauthorized}
	if !c.Token.Empty() {
		lacks.Message = msg.New("The given admin token got 401. It is not meant for the admin API: its audience does not name it, and the realm %s has the client scope %s, which adds that audience.", realm, AdminAPIScope)
		lacks.Hint = msg.New("Get the token through a client that has %s as a default client scope, such as admin-cli, and start again with it.", AdminAPIScope)
		return false, lacks
	}
	a.mu.Lock()
	a.scope = AdminAPIScope
	a.mu.Unlock()
	err := a.login(ctx, msg.New("log the admin in again, for a token that is meant for the admin API"))
	if err == nil {
		return true, nil
	}
	a.mu.Lock()
	a.scope = ""
	a.mu.Unlock()
	if e, refused := err.(*failure.Error); !refused || e.Status != http.StatusBadRequest { //nolint:errorlint // login returns the bare type
		return false, err
	}
	lacks.Message = msg.New("The admin API does not accept the token of the client %s (401), which is not meant for it, and the client may not ask for the client scope %s, which adds that audience.", c.ClientID, AdminAPIScope)
	lacks.Hint = msg.New("Assign %s to the client %s in the realm %s as a default client scope: Clients, %s, Client scopes, Add client scope.", AdminAPIScope, c.ClientID, realm, c.ClientID)
	return false, lacks
}

// AudienceSigns looks at the admin's own token and at the client scopes of a realm.
func (a *Admin) AudienceSigns(ctx context.Context, realm string) (AudienceSigns, error) {
	a.mu.Lock()
	decoded := a.decoded
	a.mu.Unlock()
	signs := AudienceSigns{AdminAudience: decoded.AdminAudience(), AdminScope: slices.Contains(decoded.Scope, AdminAPIScope)}
	scopes, err := a.ClientScopes(ctx, realm)
	switch {
	case err == nil:
		signs.RealmSeen = true
		signs.RealmScope = slices.ContainsFunc(scopes, func(s ClientScope) bool { return s.Name == AdminAPIScope })
	case failure.KindOf(err) != failure.AdminRefused:
		return signs, err
	}
	return signs, nil
}

// ClientScope is a client scope of a realm.
type ClientScope struct{ ID, Name string }

// ClientScopes lists the client scopes of a realm.
func (a *Admin) ClientScopes(ctx context.Context, realm string) ([]ClientScope, error) {
	var scopes []ClientScope
	err := a.read(ctx, msg.New("list the client scopes"), realm, "/client-scopes", &scopes)
	return scopes, err
}

// ListsAdminAPIScope reports whether the realm's public discovery document has the client scope among its scopes_supported: what
// shows without any login (measured for a scope made by hand on 26.7.4).
func (s *Server) ListsAdminAPIScope(ctx context.Context, realm string) (bool, error) {
	reply, err := s.Send(ctx, Request{Purpose: msg.New("which scopes do tokens of this realm know?"), Method: http.MethodGet,
		Path: "/realms/" + url.PathEscape(realm) + "/.well-known/openid-configuration"})
	if err != nil || reply.Exchange.Status != http.StatusOK {
		return false, err
	}
	var discovery struct {
		Scopes []string `json:"scopes_supported"`
	}
	if json.Unmarshal(reply.Body, &discovery) != nil {
		return false, nil //nolint:nilerr // something else answers here; that is found out by other calls
	}
	return slices.Contains(discovery.Scopes, AdminAPIScope), nil
}
