package practice

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

const unknownID = "00000000-0000-4000-8000-000000000000"

// TestOrderOfGates: what a caller learns first (FACTS section 4).
func TestOrderOfGates(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("other")
	otherUser := c.createUser("jane", "", nil)
	c.createRealm("lesson")
	john := c.createUser("john-doe", "", nil)
	tokens := map[string]string{"nobody": "", "garbage": "garbage", "admin": c.admin()}
	for _, r := range []string{"query-users", "view-users", "realm-admin"} {
		c.createClient("svc-"+r, nil, r)
		tokens[r] = c.service("svc-" + r)
	}
	c.createClient("svc-none", nil)
	tokens["none"] = c.service("svc-none")
	users := "/admin/realms/lesson/users/"
	tests := []struct {
		who, method, path string
		status            int
		errText           string
	}{
		{"nobody", "GET", "/admin/realms/nope", 401, "HTTP 401 Unauthorized"},
		{"garbage", "GET", users + unknownID, 401, "HTTP 401 Unauthorized"},
		{"garbage", "PATCH", users + john, 401, "HTTP 401 Unauthorized"},
		{"none", "GET", "/admin/realms/nope/users/x", 404, "Realm not found."},
		{"admin", "GET", "/admin/realms/LESSON", 404, "Realm not found."},
		{"realm-admin", "GET", "/admin/realms/other/users/" + otherUser, 403, "HTTP 403 Forbidden"},
		{"realm-admin", "GET", "/admin/realms/other/users/" + unknownID, 403, "HTTP 403 Forbidden"},
		{"realm-admin", "GET", "/admin/realms/master/users", 403, "HTTP 403 Forbidden"},
		{"none", "GET", users + john + "/nope", 404, "HTTP 404 Not Found"},
		{"none", "GET", "/admin/realms/lesson/nope", 404, "HTTP 404 Not Found"},
		{"none", "PATCH", users + john, 405, "HTTP 405 Method Not Allowed"},
		{"none", "POST", users + john, 404, "HTTP 404 Not Found"},
		{"none", "DELETE", "/admin/realms/lesson/users", 405, "HTTP 405 Method Not Allowed"},
		{"none", "GET", "/admin/realms/lesson/users?max=abc", 404, "HTTP 404 Not Found"},
		{"none", "GET", users + unknownID, 403, "HTTP 403 Forbidden"},
		{"query-users", "GET", users + unknownID, 404, "User not found"},
		{"query-users", "GET", users + john, 403, "HTTP 403 Forbidden"},
		{"none", "GET", "/admin/realms/lesson/groups/" + unknownID, 404, "Could not find group by id"},
		{"none", "POST", "/admin/realms/lesson/groups/count", 404, "Could not find group by id"},
		{"none", "GET", "/auth/admin/realms/lesson/users", 404, "Unable to find matching target resource method"},
		{"view-users", "GET", users + strings.ToUpper(john), 404, "User not found"},
		{"view-users", "GET", users + john, 200, ""},
		{"view-users", "GET", users + john + "/", 200, ""},
		{"view-users", "GET", "/admin/realms/lesson//users/" + john, 400, "missingNormalization"},
	}
	for _, tt := range tests {
		a := c.send(tt.method, tt.path, tokens[tt.who], nil)
		var m map[string]any
		_ = json.Unmarshal(a.body, &m)
		if a.status != tt.status || tt.errText != "" && m["error"] != tt.errText {
			t.Errorf("%s as %s: %s %d %v, want %d %q", tt.path, tt.who, tt.method, a.status, m["error"], tt.status, tt.errText)
		}
	}
}

// TestUnauthorized: every stop at the third gate is the same 401 (FACTS section 3).
func TestUnauthorized(t *testing.T) {
	t.Parallel()
	clk := newClock()
	c := newCaller(t, Options{Now: clk.now})
	c.createRealm("lesson")
	john := c.base() + "/users/" + c.createUser("john-doe", "", nil)
	id, sa := c.createClient("svc", nil, "view-users")
	tok := c.service("svc")
	c.want(200, "GET", john, tok, nil)
	part := strings.Split(tok, ".")
	flip := func(s string) string {
		if s[0] == 'A' {
			return "B" + s[1:]
		}
		return "A" + s[1:]
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	for name, header := range map[string]string{
		"no scheme": tok, "basic": "Basic c3ZjOnNlY3JldA==", "empty": "Bearer ", "two spaces": "Bearer  " + tok, "extra word": "Bearer " + tok + " x",
		"garbage": "Bearer a.b.c", "signature": "Bearer " + part[0] + "." + part[1] + "." + flip(part[2]),
		"no signature": "Bearer " + part[0] + "." + part[1] + ".", "alg none": "Bearer " + none + "." + part[1] + ".",
	} {
		a := c.send("GET", john, "", nil, "Authorization", header)
		if a.status != 401 || string(a.body) != `{"error":"HTTP 401 Unauthorized"}` || a.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for _, ok := range []string{"bearer ", "BEARER "} {
		if a := c.send("GET", john, "", nil, "Authorization", ok+tok); a.status != 200 {
			t.Errorf("%q: %d", ok, a.status)
		}
	}
	if a := c.send("GET", john, tok, nil, "Host", "elsewhere.example"); a.status != 401 {
		t.Errorf("token of another host: %d", a.status)
	}

	// Where neither role nor audience is asked for, the same tokens are told from one another.
	elsewhere := func(token string) string {
		var refusal struct{ Error string }
		if err := json.Unmarshal(c.want(403, "GET", "/realms/lesson/authz/protection/resource_set", token, nil).body, &refusal); err != nil {
			t.Error(err)
		}
		return refusal.Error
	}
	clk.advance(299 * time.Second)
	c.want(200, "GET", john, tok, nil)
	if got := elsewhere(tok); got != "invalid_clientId" {
		t.Errorf("a good token is %s", got)
	}
	clk.advance(time.Second)
	c.want(401, "GET", john, tok, nil)
	if got := elsewhere(tok); got != "invalid_bearer_token" {
		t.Errorf("an expired token is %s", got)
	}

	ways := []struct {
		name   string
		change func(tok string)
		undo   func()
	}{
		{"revoked", func(tok string) {
			c.want(200, "POST", "/realms/lesson/protocol/openid-connect/revoke", "", url.Values{"client_id": {"svc"}, "client_secret": {"secret-svc"}, "token": {tok}})
		}, func() {}},
		{"client disabled", func(string) { c.want(204, "PUT", c.base()+"/clients/"+id, c.admin(), map[string]any{"enabled": false}) },
			func() { c.want(204, "PUT", c.base()+"/clients/"+id, c.admin(), map[string]any{"enabled": true}) }},
		{"service accounts off", func(string) {
			c.want(204, "PUT", c.base()+"/clients/"+id, c.admin(), map[string]any{"serviceAccountsEnabled": false})
		}, func() {
			c.want(204, "PUT", c.base()+"/clients/"+id, c.admin(), map[string]any{"serviceAccountsEnabled": true})
		}},
		{"user disabled", func(string) { c.want(204, "PUT", c.base()+"/users/"+sa, c.admin(), map[string]any{"enabled": false}) },
			func() { c.want(204, "PUT", c.base()+"/users/"+sa, c.admin(), map[string]any{"enabled": true}) }},
		{"client not before", func(string) {
			clk.advance(time.Second)
			c.want(204, "PUT", c.base()+"/clients/"+id, c.admin(), map[string]any{"notBefore": clk.now().Unix()})
		}, func() {}},
		{"realm not before", func(string) {
			clk.advance(time.Second)
			c.want(204, "PUT", c.base(), c.admin(), map[string]any{"notBefore": clk.now().Unix()})
		}, func() {}},
		{"logout all", func(string) {
			clk.advance(time.Second)
			c.want(200, "POST", c.base()+"/logout-all", c.admin(), nil)
		}, func() {}},
		{"client deleted", func(string) { c.want(204, "DELETE", c.base()+"/clients/"+id, c.admin(), nil) }, nil},
	}
	for _, w := range ways {
		tok := c.service("svc")
		c.want(200, "GET", john, tok, nil)
		w.change(tok)
		if a := c.send("GET", john, tok, nil); a.status != 401 {
			t.Errorf("%s: %d, want 401", w.name, a.status)
		}
		if w.undo != nil {
			w.undo()
		}
	}
}

// TestUserSession: a user's token lives with its session.
func TestUserSession(t *testing.T) {
	t.Parallel()
	clk := newClock()
	c := newCaller(t, Options{Now: clk.now})
	c.createRealm("lesson")
	c.createClient("svc", nil)
	alice := c.createUser("alice", "wonder", nil)
	c.grant("POST", alice, "view-users")
	form := url.Values{"grant_type": {"password"}, "client_id": {"svc"}, "client_secret": {"secret-svc"}, "username": {"alice"}, "password": {"wonder"}, "scope": {"openid"}}
	login := func() map[string]any {
		a := c.token("lesson", form)
		if a.status != 200 {
			t.Fatalf("login: %d %s", a.status, a.body)
		}
		return a.obj(t)
	}
	me := c.base() + "/users/" + alice
	j := login()
	for _, kind := range []string{"id_token", "refresh_token"} {
		c.want(401, "GET", me, j[kind].(string), nil)
	}
	c.want(200, "GET", "/realms/lesson/protocol/openid-connect/userinfo", j["access_token"].(string), nil)
	if n := len(c.want(200, "GET", me+"/sessions", c.admin(), nil).list(t)); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {"svc"}, "client_secret": {"secret-svc"}, "refresh_token": {j["refresh_token"].(string)}}
	c.accessToken("lesson", refresh)
	c.want(204, "POST", me+"/logout", c.admin(), nil)
	c.want(401, "GET", me, j["access_token"].(string), nil)
	if a := c.token("lesson", refresh); a.status != 400 || !strings.Contains(string(a.body), "invalid_grant") {
		t.Errorf("refresh after logout: %d %s", a.status, a.body)
	}
	j = login()
	clk.advance(1801 * time.Second)
	refresh.Set("refresh_token", j["refresh_token"].(string))
	if a := c.token("lesson", refresh); a.status != 400 {
		t.Errorf("refresh of an idle session: %d", a.status)
	}
}

// TestKeyRotation: an old token holds under a passive key; a deleted key takes its tokens along.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	c.createClient("svc", nil, "view-users")
	old := c.service("svc")
	c.want(201, "POST", c.base()+"/components", c.admin(), map[string]any{"name": "rsa2", "providerId": "rsa-generated",
		"providerType": "org.keycloak.keys.KeyProvider", "config": map[string]any{"priority": []string{"200"}}})
	fresh := c.service("svc")
	if strings.Split(old, ".")[0] == strings.Split(fresh, ".")[0] {
		t.Error("the new token has the old kid")
	}
	c.want(200, "GET", c.base()+"/users", old, nil)
	c.want(200, "GET", c.base()+"/users", fresh, nil)
	for _, m := range c.want(200, "GET", c.base()+"/components?name=rsa-generated", c.admin(), nil).list(t) {
		c.want(204, "DELETE", c.base()+"/components/"+m["id"].(string), c.admin(), nil)
	}
	c.want(401, "GET", c.base()+"/users", old, nil)
	c.want(200, "GET", c.base()+"/users", fresh, nil)
}

// TestRealmNamesThatAreEscaped: 26.4.0 and 26.7.3 read the realm out of the issuer, 24.0.5 looks for the escaped name
// and refuses every token of such a realm.
func TestRealmNamesThatAreEscaped(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		for _, name := range []string{"my realm", "Köln"} {
			c := newCaller(t, Options{Version: version})
			c.createRealm(name)
			c.createClient("svc", nil, "view-users")
			want := 200
			if version == "24.0.5" {
				want = 401
			}
			if a := c.send("GET", c.base()+"/users", c.service("svc"), nil); a.status != want {
				t.Errorf("%s, realm %q: %d, want %d", version, name, a.status, want)
			}
		}
	}
}
