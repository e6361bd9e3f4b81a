package practice

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// TestTokenEndpointRefusals is FACTS section 6: what the second gate says.
func TestTokenEndpointRefusals(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			c.createClient("svc", nil)
			c.createClient("off", map[string]any{"enabled": false})
			c.createClient("nodag", map[string]any{"directAccessGrantsEnabled": false})
			c.want(201, "POST", c.base()+"/clients", c.admin(), map[string]any{"clientId": "nosa", "secret": "secret-nosa"})
			c.createUser("alice", "wonder", nil)
			c.createUser("dora", "explore", map[string]any{"enabled": false})
			c.createUser("tim", "temp", map[string]any{"credentials": []any{map[string]any{"type": "password", "value": "temp", "temporary": true}}})
			wrong := 401
			if version == "26.7.3" {
				wrong = 400
			}
			cred := func(id string, more ...string) url.Values {
				f := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {"secret-" + id}}
				for i := 0; i+1 < len(more); i += 2 {
					f.Set(more[i], more[i+1])
				}
				return f
			}
			pass := func(id, user, password string) url.Values {
				return cred(id, "grant_type", "password", "username", user, "password", password)
			}
			tests := []struct {
				name        string
				form        url.Values
				status      int
				code        string
				description string
			}{
				{"good", cred("svc"), 200, "", ""},
				{"wrong secret", cred("svc", "client_secret", "x"), 401, "unauthorized_client", "Invalid client or Invalid client credentials"},
				{"unknown client", cred("nope"), 401, "invalid_client", "Invalid client or Invalid client credentials"},
				{"disabled client", cred("off"), 401, "invalid_client", "Invalid client or Invalid client credentials"},
				{"no service account", cred("nosa"), 401, "unauthorized_client", "Client not enabled to retrieve service account"},
				{"public client", cred("admin-cli"), 401, "unauthorized_client", "Public client not allowed to retrieve service account"},
				{"no grant", url.Values{}, 400, "invalid_request", "Missing form parameter: grant_type"},
				{"unknown grant", cred("svc", "grant_type", "nope"), 400, "unsupported_grant_type", "Unsupported grant_type"},
				{"bad scope", cred("svc", "scope", "nope"), 400, "invalid_scope", "Invalid scopes: nope"},
				{"direct grants off", pass("nodag", "alice", "wonder"), 400, "unauthorized_client", "Client not allowed for direct access grants"},
				{"password", pass("svc", "alice", "wonder"), 200, "", ""},
				{"password by email", pass("svc", "ALICE@example.com", "wonder"), 200, "", ""},
				{"wrong password", pass("svc", "alice", "x"), wrong, "invalid_grant", "Invalid user credentials"},
				{"unknown user", pass("svc", "nobody", "x"), wrong, "invalid_grant", "Invalid user credentials"},
				{"disabled user", pass("svc", "dora", "explore"), 400, "invalid_grant", "Account disabled"},
				{"temporary password", pass("svc", "tim", "temp"), 400, "invalid_grant", "Account is not fully set up"},
				{"refresh garbage", cred("svc", "grant_type", "refresh_token", "refresh_token", "x"), 400, "invalid_grant", "Invalid refresh token"},
			}
			for _, tt := range tests {
				a := c.token("lesson", tt.form)
				m := a.obj(t)
				if a.status != tt.status || tt.code != "" && (m["error"] != tt.code || m["error_description"] != tt.description) {
					t.Errorf("%s: %d %s, want %d %s %q", tt.name, a.status, a.body, tt.status, tt.code, tt.description)
				}
				if a.header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s: Cache-Control %q", tt.name, a.header.Get("Cache-Control"))
				}
			}
			if a := c.token("nope", cred("svc")); a.status != 404 || a.obj(t)["error"] != "Realm does not exist" {
				t.Errorf("unknown realm: %d %s", a.status, a.body)
			}
			basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("svc:secret-svc"))
			path := "/realms/lesson/protocol/openid-connect/token"
			c.want(200, "POST", path, "", url.Values{"grant_type": {"client_credentials"}}, "Authorization", basic)
			c.want(405, "GET", path, "", nil)
			c.want(204, "PUT", c.base(), c.admin(), map[string]any{"enabled": false})
			if a := c.token("lesson", cred("svc")); a.status != 403 || a.obj(t)["error_description"] != "Realm not enabled" {
				t.Errorf("disabled realm: %d %s", a.status, a.body)
			}
			c.want(204, "PUT", c.base(), c.admin(), map[string]any{"enabled": true, "sslRequired": "all"})
			if a := c.token("lesson", cred("svc")); a.status != 403 || a.obj(t)["error_description"] != "HTTPS required" {
				t.Errorf("TLS required: %d %s", a.status, a.body)
			}
		})
	}
}

// TestBruteForce: after failureFactor wrong passwords the right one is refused too, until the admin clears it.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	c.want(204, "PUT", c.base(), c.admin(), map[string]any{"bruteForceProtected": true, "failureFactor": 3, "quickLoginCheckMilliSeconds": 0}) // time stands still
	c.createClient("svc", nil)
	id := c.createUser("alice", "wonder", nil)
	try := func(p string) int {
		return c.token("lesson", url.Values{"grant_type": {"password"}, "client_id": {"svc"}, "client_secret": {"secret-svc"}, "username": {"alice"}, "password": {p}}).status
	}
	for range 3 {
		if got := try("x"); got != 400 {
			t.Fatalf("wrong password: %d", got)
		}
	}
	if got := try("wonder"); got != 400 {
		t.Errorf("locked out, right password: %d, want 400", got)
	}
	m := c.want(200, "GET", c.base()+"/attack-detection/brute-force/users/"+id, c.admin(), nil).obj(t)
	if m["disabled"] != true || m["numFailures"] != 3.0 {
		t.Errorf("attack detection: %v", m)
	}
	c.want(204, "DELETE", c.base()+"/attack-detection/brute-force/users/"+id, c.admin(), nil)
	if got := try("wonder"); got != 200 {
		t.Errorf("after clearing: %d, want 200", got)
	}
}

// TestIntrospection shows the roles that a lightweight token does not carry.
func TestIntrospection(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{Version: "26.4.0"})
	c.createRealm("lesson")
	c.createClient("light", map[string]any{"attributes": map[string]any{lightweightAttribute: "true"}}, "view-users")
	tok := c.service("light")
	if claimsOf(t, tok)["resource_access"] != nil {
		t.Fatal("a lightweight token with roles")
	}
	m := c.want(200, "POST", "/realms/lesson/protocol/openid-connect/token/introspect", "",
		url.Values{"client_id": {"light"}, "client_secret": {"secret-light"}, "token": {tok}}).obj(t)
	if got := strings.Join(claims(m).roles("realm-management"), " "); m["active"] != true || got != "query-groups query-users view-users" {
		t.Errorf("introspection: active %v, roles %q", m["active"], got)
	}
}
