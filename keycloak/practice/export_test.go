package practice

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestPartialExport: it can be seeded again, and tells no secret.
func TestPartialExport(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			adm := c.admin()
			c.createClient("svc", nil, "view-users")
			c.want(201, "POST", c.base()+"/identity-provider/instances", adm, provider("main"))
			c.want(204, "POST", c.base()+"/localization/de", adm, map[string]any{"k": "v"})
			role := c.want(200, "GET", c.base()+"/roles/offline_access", adm, nil).obj(t)
			c.want(201, "POST", c.base()+"/roles", adm, map[string]any{"name": "reader"})
			c.want(204, "POST", c.base()+"/roles/reader/composites", adm, []any{role})
			c.want(201, "POST", c.base()+"/groups", adm, map[string]any{"name": "team"})
			plain := c.want(200, "POST", c.base()+"/partial-export", adm, nil).obj(t)
			if plain["clients"] != nil || plain["roles"] != nil || plain["authenticationFlows"] == nil || plain["realm"] != "lesson" || plain["keycloakVersion"] != version {
				t.Errorf("plain export: clients %v, roles %v", plain["clients"], plain["roles"])
			}
			a := c.want(200, "POST", c.base()+"/partial-export?exportClients=true&exportGroupsAndRoles=true", adm, nil)
			for _, secret := range []string{"secret-svc", "very secret"} {
				if strings.Contains(string(a.body), secret) {
					t.Errorf("the export tells %q", secret)
				}
			}
			m := a.obj(t)
			m["realm"] = "again"
			delete(m, "id")
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.s.Seed(bytes.NewReader(b)); err != nil {
				t.Fatal(err)
			}
			c.realm = "again"
			if x := c.want(200, "GET", c.base()+"/roles/reader", adm, nil).obj(t); x["composite"] != true {
				t.Errorf("role after the import: %v", x)
			}
			c.want(200, "GET", c.base()+"/group-by-path/team", adm, nil)
			sa := c.want(200, "GET", c.base()+"/users?username=service-account-svc", adm, nil).list(t)[0]
			got := c.want(200, "GET", c.base()+"/users/"+str(sa, "id")+"/role-mappings/clients/"+c.clientUUID("realm-management"), adm, nil).list(t)
			if len(got) != 1 || got[0]["name"] != "view-users" {
				t.Errorf("roles of the service account: %v", got)
			}
		})
	}
}
