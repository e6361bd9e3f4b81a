// Package contract is the suite that says what a Keycloak does around the users admin API, as far as fix403 depends on
// it. It judges servers by what goes over the wire: the practice server and real ones alike. What differs between
// versions is one table, [differences].
package contract

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Target is a server to judge. The admin must be one of the realm master.
type Target struct {
	URL           string            // base URL
	Transport     http.RoundTripper // nil: http.DefaultTransport
	AdminUser     string
	AdminPassword string
	Version       string // decides which differences are expected
	// Sleep lets time pass until a token expires; nil is time.Sleep. A server under a fake clock moves that.
	Sleep func(time.Duration)
}

// Run checks a server. It works only in realms of its own, whose names have a random suffix, and removes them.
func Run(t *testing.T, target Target) {
	if target.Transport == nil {
		target.Transport = http.DefaultTransport
	}
	if target.Sleep == nil {
		target.Sleep = time.Sleep
	}
	s := &suite{Target: target, version: measuredOn(target.Version)}
	t.Run("story", s.story)
	t.Run("audience", s.audience)
	t.Run("claims", s.claims)
	t.Run("identity", s.identity)
	t.Run("identity of what was taken away", s.takenAway)
	t.Run("order of checks", s.order)
	t.Run("routes", s.routes)
	t.Run("token endpoint", s.tokenEndpoint)
	t.Run("effective roles", s.effectiveRoles)
	t.Run("query-users", s.queryUsers)
	t.Run("lists of roles", s.roleLists)
	t.Run("conflicts and defaults", s.conflicts)
	t.Run("role mappings", s.roleMappings)
	t.Run("impersonation", s.impersonation)
	t.Run("beside the admin API", s.beside)
	t.Run("permissions", s.permissions)
	t.Run("adapter", s.adapter)
}

type suite struct {
	Target
	version version

	mu    sync.Mutex
	token string
	taken time.Time
}

// admin returns a token of the admin; admin-cli's live for a minute.
func (s *suite) admin(t *testing.T) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == "" || time.Since(s.taken) > 30*time.Second {
		a := s.send(t, request{method: "POST", path: tokenPath("master"), form: url.Values{
			"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {s.AdminUser}, "password": {s.AdminPassword},
		}})
		s.token, s.taken = a.accessToken(t), time.Now()
	}
	return s.token
}

// newName makes a realm's name that nobody has, and has that realm removed at the end of the test.
func (s *suite) newName(t *testing.T) string {
	t.Helper()
	name := "fix403-contract-" + strings.ToLower(rand.Text()[:10])
	t.Cleanup(func() {
		a := s.send(t, request{method: "DELETE", path: "/admin/realms/" + name, token: s.admin(t)})
		if a.status != http.StatusNoContent && a.status != http.StatusNotFound {
			t.Errorf("the realm %s could not be removed: %s", name, a)
		}
	})
	return name
}

// object is a JSON object that is sent.
type object map[string]any

// realm is a scene: a realm with the user john-doe, who has no password.
type realm struct {
	s         *suite
	name      string
	path      string // of the realm in the admin API
	johnDoe   string // id
	mgmt      string // uuid of the client realm-management
	gate      string // id of the client scope that puts the admin API into tokens; "" where the realm has none
	roleCache map[string]object
}

func (s *suite) newRealm(t *testing.T) *realm {
	t.Helper()
	name := s.newName(t)
	s.post(t, "/admin/realms", object{"realm": name, "enabled": true}).want(t, 201)
	r := s.sceneIn(t, name)
	r.johnDoe = s.post(t, r.path+"/users", object{"username": "john-doe", "email": "john-doe@example.com", "enabled": true}).newID(t)
	return r
}

// sceneIn is a scene in a realm that is there, without a user.
func (s *suite) sceneIn(t *testing.T, name string) *realm {
	t.Helper()
	r := &realm{s: s, name: name, path: "/admin/realms/" + name, roleCache: map[string]object{}}
	r.mgmt = r.clientUUID(t, "realm-management")
	r.gate = r.clientScope(t, adminAPIScope)
	return r
}

// adminAPIScope is the client scope without which tokens do not reach the admin API, on servers that look at the audience.
const adminAPIScope = "kc-admin-api"

// clientScope returns the id of a client scope, or "" where there is none.
func (r *realm) clientScope(t *testing.T, name string) string {
	t.Helper()
	for _, scope := range r.s.get(t, r.path+"/client-scopes").want(t, 200).list(t) {
		if scope["name"] == name {
			return text(scope["id"])
		}
	}
	return ""
}

// admit lets a client's tokens reach the admin API, where that takes a client scope.
func (r *realm) admit(t *testing.T, uuid string) {
	t.Helper()
	if r.gate != "" {
		r.s.send(t, request{method: "PUT", path: r.path + "/clients/" + uuid + "/default-client-scopes/" + r.gate, token: r.s.admin(t), json: object{}}).want(t, 204)
	}
}

// audiences returns the audience of a token of this realm that names clients: with the admin API, where tokens need it.
func (r *realm) audiences(clients ...string) []string {
	if r.gate != "" {
		clients = append(clients, r.s.URL+r.path)
	}
	slices.Sort(clients)
	return clients
}

// user returns the path of a user.
func (r *realm) user(id string) string { return r.path + "/users/" + id }

func secretOf(clientID string) string { return "secret-of-" + clientID }

// client creates the article's client, with other settings where more has them, and returns its uuid. Its tokens reach the
// admin API.
func (r *realm) client(t *testing.T, clientID string, more object) string {
	t.Helper()
	c := object{
		"clientId": clientID, "protocol": "openid-connect", "enabled": true, "publicClient": false, "secret": secretOf(clientID),
		"serviceAccountsEnabled": true, "standardFlowEnabled": true, "directAccessGrantsEnabled": true,
		"redirectUris": []string{"http://localhost:8081/*"},
	}
	for k, v := range more {
		c[k] = v
	}
	uuid := r.s.post(t, r.path+"/clients", c).newID(t)
	r.admit(t, uuid)
	return uuid
}

func (r *realm) clientUUID(t *testing.T, clientID string) string {
	t.Helper()
	list := r.s.get(t, r.path+"/clients?clientId="+url.QueryEscape(clientID)).want(t, 200).list(t)
	if len(list) != 1 {
		t.Fatalf("%d clients %s", len(list), clientID)
	}
	return text(list[0]["id"])
}

// person creates a user who can log in with his name as password.
func (r *realm) person(t *testing.T, name string, more object) string {
	t.Helper()
	u := object{
		"username": name, "email": name + "@example.com", "emailVerified": true, "enabled": true, "firstName": "F", "lastName": "L",
		"credentials": []object{{"type": "password", "value": name, "temporary": false}},
	}
	for k, v := range more {
		u[k] = v
	}
	return r.s.post(t, r.path+"/users", u).newID(t)
}

func (r *realm) serviceAccount(t *testing.T, uuid string) string {
	t.Helper()
	return text(r.s.get(t, r.path+"/clients/"+uuid+"/service-account-user").want(t, 200).object(t)["id"])
}

// login asks for a token by the client credentials grant.
func (r *realm) login(t *testing.T, clientID string) answer {
	t.Helper()
	return r.s.send(t, request{method: "POST", path: tokenPath(r.name), form: url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secretOf(clientID)},
	}})
}

func (r *realm) accessToken(t *testing.T, clientID string) string {
	t.Helper()
	return r.login(t, clientID).accessToken(t)
}

// role reads a role of realm-management.
func (r *realm) role(t *testing.T, name string) object {
	t.Helper()
	if r.roleCache[name] == nil {
		r.roleCache[name] = r.s.get(t, r.path+"/clients/"+r.mgmt+"/roles/"+name).want(t, 200).object(t)
	}
	return r.roleCache[name]
}

func (r *realm) roles(t *testing.T, names ...string) []object {
	t.Helper()
	list := []object{}
	for _, name := range names {
		list = append(list, r.role(t, name))
	}
	return list
}

// mappings returns the path of a user's roles of realm-management.
func (r *realm) mappings(userID string) string {
	return r.user(userID) + "/role-mappings/clients/" + r.mgmt
}

func (r *realm) grant(t *testing.T, userID string, roles ...string) {
	t.Helper()
	r.s.post(t, r.mappings(userID), r.roles(t, roles...)).want(t, 204)
}

func (r *realm) revoke(t *testing.T, userID string, roles ...string) {
	t.Helper()
	r.s.send(t, request{method: "DELETE", path: r.mappings(userID), token: r.s.admin(t), json: r.roles(t, roles...)}).want(t, 204)
}

// caller creates a client whose service account holds the roles, and returns a token of it.
func (r *realm) caller(t *testing.T, clientID string, roles ...string) string {
	t.Helper()
	uuid := r.client(t, clientID, nil)
	if len(roles) > 0 {
		r.grant(t, r.serviceAccount(t, uuid), roles...)
	}
	return r.accessToken(t, clientID)
}

// read calls GET users/{john-doe}, the call that everything here is about.
func (r *realm) read(t *testing.T, token string) answer {
	t.Helper()
	return r.s.send(t, request{method: "GET", path: r.user(r.johnDoe), token: token})
}

// change reads a representation, changes some of its fields, and writes it back.
func (s *suite) change(t *testing.T, path string, fields object) {
	t.Helper()
	o := s.get(t, path).want(t, 200).object(t)
	for k, v := range fields {
		o[k] = v
	}
	s.send(t, request{method: "PUT", path: path, token: s.admin(t), json: o}).want(t, 204)
}

func (s *suite) get(t *testing.T, path string) answer {
	t.Helper()
	return s.send(t, request{method: "GET", path: path, token: s.admin(t)})
}

func (s *suite) post(t *testing.T, path string, body any) answer {
	t.Helper()
	return s.send(t, request{method: "POST", path: path, token: s.admin(t), json: body})
}

func tokenPath(realm string) string { return "/realms/" + realm + "/protocol/openid-connect/token" }

func text(v any) string { s, _ := v.(string); return s }

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
