package practice

import (
	"net/url"
	"strings"
	"testing"
)

// TestStory walks the whole lesson on each version: realm, client, user, a 403
// with good credentials, the grant, a 200, the revoke, a 403.
func TestStory(t *testing.T) {
	t.Parallel()
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			adm := c.admin()
			a := c.want(201, "POST", "/admin/realms", adm, map[string]any{"realm": "lesson", "enabled": true, "attributes": map[string]any{"fix403.run": "r1"}})
			if got, want := a.header.Get("Location"), c.s.URL()+"/admin/realms/lesson"; got != want {
				t.Errorf("Location %q, want %q", got, want)
			}
			rep := c.want(200, "GET", c.base(), adm, nil).obj(t)
			if rep["enabled"] != true || rep["attributes"].(map[string]any)["fix403.run"] != "r1" {
				t.Errorf("realm: enabled %v, attributes %v", rep["enabled"], rep["attributes"])
			}
			id := c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": "article-client", "protocol": "openid-connect",
				"publicClient": false, "serviceAccountsEnabled": true, "redirectUris": []string{"http://localhost:8081/*"}}).id()
			secret := c.want(200, "GET", c.base()+"/clients/"+id+"/client-secret", adm, nil).obj(t)["value"].(string)
			wantLen := map[string]int{"24.0.5": 32, "26.4.0": 32}[version]
			if wantLen == 0 {
				wantLen = 86
			}
			if len(secret) != wantLen {
				t.Errorf("secret of %d characters, want %d", len(secret), wantLen)
			}
			john := c.createUser("john-doe", "", nil)
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"article-client"}, "client_secret": {secret}}
			before := c.accessToken("lesson", form)
			if cl := claimsOf(t, before); cl["aud"] != "account" || cl["azp"] != "article-client" {
				t.Errorf("aud %v, azp %v", cl["aud"], cl["azp"])
			}
			if version == "26.8.2" { // as documented
				c.want(401, "GET", c.base()+"/users/"+john, before, nil)
				c.admit(id)
				c.want(401, "GET", c.base()+"/users/"+john, before, nil)
				before = c.accessToken("lesson", form)
			}
			forbidden := `{"error":"HTTP 403 Forbidden"}`
			if version == "24.0.5" {
				forbidden = `{"error":"unknown_error","error_description":"For more on this error consult the server log at the debug level."}`
			}
			a = c.want(403, "GET", c.base()+"/users/"+john, before, nil)
			if string(a.body) != forbidden || a.header.Get("Content-Type") != "application/json" || a.header.Get("WWW-Authenticate") != "" {
				t.Errorf("403: %s %v", a.body, a.header)
			}
			sa := c.want(200, "GET", c.base()+"/clients/"+id+"/service-account-user", adm, nil).obj(t)["id"].(string)
			c.grant("POST", sa, "view-users")
			c.grant("POST", sa, "view-users")
			after := c.accessToken("lesson", form)
			if got := claims(claimsOf(t, after)).roles("realm-management"); strings.Join(got, " ") != "query-groups query-users view-users" {
				t.Errorf("roles in the token: %v", got)
			}
			got := c.want(200, "GET", c.base()+"/users/"+john, after, nil).obj(t)
			if got["username"] != "john-doe" {
				t.Errorf("user %v", got)
			}
			c.want(403, "PUT", c.base()+"/users/"+john, after, map[string]any{"firstName": "x"})
			c.want(403, "DELETE", c.base()+"/users/"+john, after, nil)
			c.grant("DELETE", sa, "view-users")
			c.want(403, "GET", c.base()+"/users/"+john, c.accessToken("lesson", form), nil)
			c.want(204, "DELETE", c.base(), c.admin(), nil)
			c.want(404, "GET", c.base(), c.admin(), nil)
		})
	}
}

// TestWhereRolesAreRead is FACTS section 14: the four worlds.
func TestWhereRolesAreRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		version                                 string
		oldAfterGrant, afterRevoke, noRoleScope int
		lightweight                             int
	}{
		{"24.0.5", 403, 200, 403, 403},
		{"26.4.0", 403, 200, 200, 200},
		{"26.7.2", 403, 403, 200, 200},
		{"26.7.3", 200, 403, 200, 200},
		{"26.7.4", 200, 403, 200, 200},
	}
	for _, tt := range tests {
		t.Run(tt.version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: tt.version})
			c.createRealm("lesson")
			john := c.base() + "/users/" + c.createUser("john-doe", "", nil)
			_, sa := c.createClient("svc", nil)
			old := c.service("svc")
			c.grant("POST", sa, "view-users")
			if got := c.send("GET", john, old, nil).status; got != tt.oldAfterGrant {
				t.Errorf("old token after the grant: %d, want %d", got, tt.oldAfterGrant)
			}
			with := c.service("svc")
			c.want(200, "GET", john, with, nil)
			c.grant("DELETE", sa, "view-users")
			if got := c.send("GET", john, with, nil).status; got != tt.afterRevoke {
				t.Errorf("token with the role after the revoke: %d, want %d", got, tt.afterRevoke)
			}
			id, _ := c.createClient("noroles", nil, "view-users")
			for _, s := range c.want(200, "GET", c.base()+"/client-scopes", c.admin(), nil).list(t) {
				if s["name"] == "roles" {
					c.want(204, "DELETE", c.base()+"/clients/"+id+"/default-client-scopes/"+s["id"].(string), c.admin(), nil)
				}
			}
			if got := c.send("GET", john, c.service("noroles"), nil).status; got != tt.noRoleScope {
				t.Errorf("without the roles scope: %d, want %d", got, tt.noRoleScope)
			}
			c.createClient("narrow", map[string]any{"fullScopeAllowed": false}, "view-users")
			c.want(403, "GET", john, c.service("narrow"), nil)
			c.createClient("light", map[string]any{"attributes": map[string]any{lightweightAttribute: "true"}}, "view-users")
			if got := c.send("GET", john, c.service("light"), nil).status; got != tt.lightweight {
				t.Errorf("lightweight token: %d, want %d", got, tt.lightweight)
			}
		})
	}
}
