package practice

import (
	"strings"
	"testing"
)

// TestIdentityProviders: create, list, change, rename, delete, as measured.
func TestIdentityProviders(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			adm := c.admin()
			base := c.base() + "/identity-provider/instances"
			c.want(201, "POST", base, adm, provider("main"))
			for _, tt := range []struct {
				body   map[string]any
				status int
				text   string
			}{
				{provider("main"), 409, "Identity Provider main already exists"},
				{provider("a b"), 400, "Empty Space not allowed."},
				{provider("a/b"), 400, "Character '/' not allowed."},
				{map[string]any{"providerId": "oidc"}, 400, "path is null"},
				{map[string]any{"alias": "x"}, 400, "Invalid identity provider id [null]"},
				{map[string]any{"alias": "x", "providerId": "nope"}, 400, "Invalid identity provider id [nope]"},
				{map[string]any{"alias": "x", "providerId": "oidc", "nope": 1}, 400, "nope"},
				{map[string]any{"alias": "x", "providerId": "oidc", "config": map[string]any{"tokenUrl": "ftp:/x y"}}, 400, "Invalid protocol/scheme for url [token_url]"},
				{map[string]any{"alias": "x", "providerId": "oidc", "config": map[string]any{"authorizationUrl": "nonsense"}}, 400, "The url [authorization_url] is malformed"},
				{map[string]any{"alias": "x", "providerId": "oidc", "config": map[string]any{"authorizationUrl": "http://e.example/"}}, 400, "requires secure connections"},
				{map[string]any{"alias": "near", "providerId": "oidc", "config": map[string]any{"authorizationUrl": "http://10.0.0.1/"}}, 201, ""},
				{map[string]any{"alias": "g", "providerId": "google"}, 201, ""},
			} {
				if a := c.send("POST", base, adm, tt.body); a.status != tt.status || !strings.Contains(string(a.body), tt.text) {
					t.Errorf("%v: %d %s, want %d %q", tt.body, a.status, a.body, tt.status, tt.text)
				}
			}
			m := c.want(200, "GET", base+"/main", adm, nil).obj(t)
			cfg, _ := m["config"].(map[string]any)
			if str(cfg, "clientSecret") != maskedSecret || m["enabled"] != true || (m["types"] != nil) != (version == "26.7.3") ||
				(m["trustEmail"] == nil) != (version == "26.7.3") || (cfg["syncMode"] == "LEGACY") != (version == "26.4.0") {
				t.Errorf("provider %v", m)
			}
			for q, want := range map[string]int{"": 3, "?search=mai": 1, "?search=ain": 0, "?search=*ain": 1, "?search=%22mai%22": 0, "?max=1": 1, "?first=2": 1} {
				if n := len(c.want(200, "GET", base+q, adm, nil).list(t)); n != want {
					t.Errorf("instances%s: %d, want %d", q, n, want)
				}
			}
			// The mask keeps the secret.
			changed := provider("main")
			changed["config"] = map[string]any{"clientId": "y", "clientSecret": maskedSecret}
			c.want(204, "PUT", base+"/main", adm, changed)
			if got := c.s.realms["lesson"].providers["main"].config["clientSecret"]; got != "very secret" {
				t.Errorf("secret %q after a change with the mask", got)
			}
			rename := map[string]int{"24.0.5": 404, "26.4.0": 204, "26.7.3": 400}[version]
			c.want(rename, "PUT", base+"/main", adm, provider("main2"))
			if version == "24.0.5" {
				byID := provider("main2")
				byID["internalId"] = m["internalId"]
				c.want(204, "PUT", base+"/main", adm, byID)
			}
			alias := map[bool]string{true: "main", false: "main2"}[version == "26.7.3"]
			mapper := map[string]any{"name": "m", "identityProviderAlias": alias, "identityProviderMapper": "oidc-user-attribute-idp-mapper"}
			id := c.want(201, "POST", base+"/"+alias+"/mappers", adm, mapper).id()
			c.want(400, "POST", base+"/"+alias+"/mappers", adm, mapper)
			c.want(409, "POST", base+"/"+alias+"/mappers", adm, map[string]any{"identityProviderAlias": alias})
			if n := len(c.want(200, "GET", base+"/"+alias+"/mappers", adm, nil).list(t)); n != 1 {
				t.Errorf("%d mappers", n)
			}
			mapper["config"] = map[string]any{"claim": "c"}
			c.want(204, "PUT", base+"/"+alias+"/mappers/"+id, adm, mapper)
			got := c.want(200, "GET", base+"/"+alias+"/mappers/"+id, adm, nil).obj(t)
			if got["id"] != id || got["config"].(map[string]any)["claim"] != "c" {
				t.Errorf("mapper %v", got)
			}
			c.want(204, "DELETE", base+"/"+alias+"/mappers/"+id, adm, nil)

			user := c.base() + "/users/" + c.createUser("alice", "", nil) + "/federated-identity"
			c.want(204, "POST", user+"/"+alias, adm, map[string]any{"userId": "x", "userName": "y"})
			c.want(409, "POST", user+"/"+alias, adm, map[string]any{"userId": "x", "userName": "y"})
			c.want(204, "POST", user+"/nowhere", adm, map[string]any{"userId": "x", "userName": "y"})
			if l := c.want(200, "GET", user, adm, nil).list(t); len(l) != 1 || str(l[0], "identityProvider") != alias || str(l[0], "userName") != "y" {
				t.Errorf("links %v", l)
			}
			c.want(204, "DELETE", user+"/nowhere", adm, nil)
			c.want(204, "DELETE", base+"/"+alias, adm, nil)
			c.want(404, "GET", base+"/"+alias, adm, nil)
			if l := c.want(200, "GET", user, adm, nil).list(t); len(l) != 0 {
				t.Errorf("links after the provider's deletion: %v", l)
			}
			rep := c.want(200, "GET", c.base(), adm, nil).obj(t)
			if l, _ := rep["identityProviders"].([]any); (rep["identityProviders"] != nil) != (version == "24.0.5") || version == "24.0.5" && len(l) != 2 {
				t.Errorf("identityProviders of the realm: %v", rep["identityProviders"])
			}
		})
	}
}
