package contract

import (
	"net/url"
	"testing"
)

// audience checks what Keycloak's documents say of 26.8.2: a token that is not meant for the admin API is 401, whatever its
// account may do, until the client has the client scope and a new token. Before, no realm has such a scope, and nothing
// of it is seen.
func (s *suite) audience(t *testing.T) {
	r := s.newRealm(t)
	if r.gate == "" {
		t.Skipf("no realm of this %s has the client scope %s", s.Version, adminAPIScope)
	}
	admin := audienceOf(t, s.admin(t))
	if want := s.URL + "/admin/realms/master"; len(admin) != 1 || admin[0] != want {
		t.Errorf("the admin's audience is %q, want %q", admin, want)
	}
	uuid := s.post(t, r.path+"/clients", object{
		"clientId": "app", "protocol": "openid-connect", "enabled": true, "publicClient": false, "secret": secretOf("app"), "serviceAccountsEnabled": true,
	}).newID(t)
	r.grant(t, r.serviceAccount(t, uuid), "realm-admin")
	before := r.accessToken(t, "app")
	for _, q := range []request{
		{method: "GET", path: r.user(r.johnDoe)}, {method: "GET", path: r.path + "/users"}, {method: "GET", path: r.path},
		{method: "GET", path: "/admin/realms"}, {method: "GET", path: "/admin/serverinfo"}, {method: "GET", path: r.path + "-unknown"},
		{method: "POST", path: r.path + "/users", json: object{"username": "someone"}},
	} {
		q.token = before
		s.wantUnauthorized(t, s.send(t, q))
	}
	t.Run("asked for", func(t *testing.T) { // it is nobody's optional client scope
		a := s.send(t, request{method: "POST", path: tokenPath(r.name), form: url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {secretOf("app")}, "scope": {adminAPIScope},
		}})
		wantTokenAnswer(t, a, 400, "invalid_scope", "Invalid scopes: "+adminAPIScope)
	})
	r.admit(t, uuid)
	s.wantUnauthorized(t, r.read(t, before))
	r.read(t, r.accessToken(t, "app")).want(t, 200)
}

// impersonation checks whom a caller with the role of that name may impersonate (measured on 26.7.3 and 26.7.4).
func (s *suite) impersonation(t *testing.T) {
	r := s.newRealm(t)
	token := r.caller(t, "impersonator", "impersonation")
	impersonate := func(t *testing.T, user string) answer {
		t.Helper()
		return s.send(t, request{method: "POST", path: r.user(user) + "/impersonation", token: token, json: object{}})
	}
	impersonate(t, r.johnDoe).want(t, 200)
	r.grant(t, r.johnDoe, "impersonation") // which the caller has as well
	impersonate(t, r.johnDoe).want(t, 200)
	for _, role := range []string{"view-users", "realm-admin"} {
		measured(s, t, "of a user with "+role, s.version.impersonation, func(t *testing.T, want int) {
			id := s.post(t, r.path+"/users", object{"username": "has-" + role, "enabled": true}).newID(t)
			r.grant(t, id, role)
			s.wantStatus(t, impersonate(t, id), want)
		})
	}
}
