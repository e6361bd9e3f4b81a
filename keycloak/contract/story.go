package contract

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const unknownID = "00000000-0000-4000-8000-000000000000"

// story checks the article's, from 403 to 200 and back (FACTS, section 2).
func (s *suite) story(t *testing.T) {
	name := s.newName(t)
	realmPath := "/admin/realms/" + name
	created := s.post(t, "/admin/realms", object{"realm": name, "enabled": true}).want(t, 201)
	if got := created.header.Get("Location"); !strings.HasSuffix(got, realmPath) || created.body != "" {
		t.Errorf("%s with Location %q", created, got)
	}
	r := s.sceneIn(t, name)

	a := s.post(t, realmPath+"/clients", object{
		"clientId": "app", "protocol": "openid-connect", "publicClient": false, "serviceAccountsEnabled": true, "enabled": true,
		"authorizationServicesEnabled": false, "standardFlowEnabled": true, "directAccessGrantsEnabled": true,
	})
	uuid := a.newID(t)
	a.wantBody(t, "")
	if got := r.clientUUID(t, "app"); got != uuid {
		t.Errorf("the client has the id %s, its Location said %s", got, uuid)
	}
	a = s.post(t, realmPath+"/users", object{"username": "john-doe", "email": "john-doe@example.com", "enabled": true})
	r.johnDoe = a.newID(t)
	a.wantBody(t, "")

	secret := text(s.get(t, realmPath+"/clients/"+uuid+"/client-secret").want(t, 200).object(t)["value"])
	measured(s, t, "length of the secret", s.version.secretLength, func(t *testing.T, want int) {
		if len(secret) != want {
			t.Errorf("%d characters, want %d", len(secret), want)
		}
	})
	login := func() string {
		return s.send(t, request{method: "POST", path: tokenPath(name), form: url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {secret},
		}}).accessToken(t)
	}
	if r.gate != "" { // the first of two walls
		s.wantUnauthorized(t, r.read(t, login()))
		r.admit(t, uuid)
	}
	before := login()
	s.wantForbidden(t, r.read(t, before))
	s.wantForbidden(t, s.send(t, request{method: "GET", path: realmPath + "/users", token: before}))
	s.wantForbidden(t, s.send(t, request{method: "GET", path: realmPath + "/users?username=john-doe", token: before}))

	account := r.serviceAccount(t, uuid)
	wantNames(t, s.get(t, r.mappings(account)), "name")
	for range 2 { // repeating a grant changes nothing
		s.post(t, r.mappings(account), r.roles(t, "view-users")).want(t, 204).wantBody(t, "")
	}
	wantNames(t, s.get(t, r.mappings(account)), "name", "view-users")
	wantNames(t, s.get(t, r.mappings(account)+"/composite"), "name", "query-groups", "query-users", "view-users")

	measured(s, t, "old token after the grant", s.version.afterGrant, func(t *testing.T, want int) {
		s.wantStatus(t, r.read(t, before), want)
	})
	with := login()
	user := r.read(t, with).want(t, 200).object(t)
	if user["id"] != r.johnDoe || user["username"] != "john-doe" || user["email"] != "john-doe@example.com" || user["enabled"] != true {
		t.Errorf("the user is %v", user)
	}
	wantNames(t, s.send(t, request{method: "GET", path: realmPath + "/users", token: with}), "username", "john-doe")
	wantNames(t, s.send(t, request{method: "GET", path: realmPath + "/users?username=service-account-app", token: with}), "username", "service-account-app")
	s.send(t, request{method: "GET", path: r.user(account), token: with}).want(t, 200)
	for _, write := range []request{
		{method: "PUT", path: r.user(r.johnDoe), json: object{"firstName": "John"}},
		{method: "DELETE", path: r.user(r.johnDoe)},
		{method: "POST", path: realmPath + "/users", json: object{"username": "x"}},
	} {
		write.token = with
		s.wantForbidden(t, s.send(t, write))
	}

	r.revoke(t, account, "view-users")
	r.revoke(t, account, "view-users")
	measured(s, t, "token with the role after the revoke", s.version.afterRevoke, func(t *testing.T, want int) {
		s.wantStatus(t, r.read(t, with), want)
	})
	after := login()
	s.wantForbidden(t, r.read(t, after))
	if roles := rolesIn(t, after); len(roles) > 0 {
		t.Errorf("roles in the token after the revoke: %q", roles)
	}
}

// wantNames checks a field of all objects in a list.
func wantNames(t *testing.T, a answer, field string, want ...string) {
	t.Helper()
	if got := a.names(t, field); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("%s, want %q", a, want)
	}
}

// claims checks those of the service account's token (FACTS, section 2).
func (s *suite) claims(t *testing.T) {
	r := s.newRealm(t)
	account := r.serviceAccount(t, r.client(t, "app", nil))
	a := r.login(t, "app").want(t, 200)
	o := a.object(t)
	keys := slices.Sorted(maps.Keys(o))
	if want := []string{"access_token", "expires_in", "not-before-policy", "refresh_expires_in", "scope", "token_type"}; !slices.Equal(keys, want) {
		t.Errorf("the token answer has %q, want %q", keys, want)
	}
	// It counts whole seconds from the issue: a busy server may already have used one up.
	if in, _ := o["expires_in"].(float64); in > 300 || in < 290 || o["refresh_expires_in"] != 0.0 || o["token_type"] != "Bearer" {
		t.Errorf("%s", a)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	before := text(o["access_token"])
	head, claims := claimsOf(t, before, 0), claimsOf(t, before, 1)
	if head["alg"] != "RS256" || head["typ"] != "JWT" || text(head["kid"]) == "" {
		t.Errorf("header %v", head)
	}
	keys = slices.Sorted(maps.Keys(claims))
	want := []string{
		"acr", "allowed-origins", "aud", "azp", "clientAddress", "clientHost", "client_id", "email_verified", "exp", "iat", "iss",
		"jti", "preferred_username", "realm_access", "resource_access", "scope", "sub", "typ",
	}
	if !slices.Equal(keys, want) {
		t.Errorf("claims %q, want %q", keys, want)
	}
	for name, want := range map[string]any{
		"typ": "Bearer", "azp": "app", "client_id": "app", "sub": account, "preferred_username": "service-account-app",
		"iss": s.URL + "/realms/" + r.name,
	} {
		if claims[name] != want {
			t.Errorf("claim %s is %v, want %v", name, claims[name], want)
		}
	}
	if got, want := audienceOf(t, before), r.audiences("account"); !slices.Equal(got, want) {
		t.Errorf("aud %q, want %q", got, want)
	}
	if seconds := claims["exp"].(float64) - claims["iat"].(float64); seconds != 300 {
		t.Errorf("it lives for %v s", seconds)
	}
	if roles := rolesIn(t, before); len(roles) > 0 {
		t.Errorf("roles before the grant: %q", roles)
	}
	r.grant(t, account, "view-users")
	with := r.accessToken(t, "app")
	if got, want := rolesIn(t, with), []string{"query-groups", "query-users", "view-users"}; !slices.Equal(got, want) {
		t.Errorf("roles with view-users: %q, want %q", got, want)
	}
	if got, want := audienceOf(t, with), r.audiences("account", "realm-management"); !slices.Equal(got, want) {
		t.Errorf("aud with view-users %q, want %q", got, want)
	}
	a = s.send(t, request{method: "POST", path: tokenPath(r.name), form: url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {secretOf("app")}, "scope": {"openid"},
	}})
	if text(a.want(t, 200).object(t)["id_token"]) == "" {
		t.Error("no id_token with scope openid")
	}
	measured(s, t, "roles of realm-management", s.version.managementRoles, func(t *testing.T, want int) {
		if got := s.get(t, r.path+"/clients/"+r.mgmt+"/roles").names(t, "name"); len(got) != want {
			t.Errorf("%d: %q, want %d", len(got), got, want)
		}
	})
}
