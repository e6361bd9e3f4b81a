package practice

import (
	"strings"
	"testing"
)

// TestOrganizations: create, find, change, members, delete, as measured on 26.4.0 and 26.7.3.
func TestOrganizations(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			fine := version == "26.7.3"
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			adm := c.admin()
			base := c.base() + "/organizations"
			if a := c.send("GET", base, adm, nil); a.status != 404 || str(a.obj(t), "errorMessage") != "Organizations not enabled for this realm." {
				t.Errorf("switched off: %d %s", a.status, a.body)
			}
			c.want(204, "PUT", c.base(), adm, map[string]any{"organizationsEnabled": true})
			full := map[string]any{"name": "acme", "alias": "acme-a", "description": "d", "redirectUrl": "https://acme.example/x",
				"domains": []any{map[string]any{"name": "acme.example"}}, "attributes": map[string]any{"k": []string{"v"}}}
			org := base + "/" + c.want(201, "POST", base, adm, full).id()
			dup, bad, unfit := "Domain acme.example is already linked to another organization in realm lesson", "The specified domain is invalid: no domain",
				"Name contains a reserved character and cannot be used as alias"
			if fine {
				dup, bad, unfit = "Domain acme.example is already linked to organization acme in realm lesson", "Invalid domain format: no domain",
					"Name cannot be used as alias: Empty Space not allowed."
			}
			domain := func(name, d string) map[string]any {
				return map[string]any{"name": name, "domains": []any{map[string]any{"name": d}}}
			}
			for _, tt := range []struct {
				body   map[string]any
				status int
				text   string
			}{
				{full, 409, "A organization with the same name already exists."},
				{map[string]any{"name": "other", "alias": "acme-a"}, 409, "A organization with the same alias already exists"},
				{domain("other", "acme.example"), 400, dup},
				{domain("other", "no domain"), 400, bad},
				{map[string]any{"alias": "x"}, 400, "Name can not be null"},
				{map[string]any{"name": "with space"}, 400, unfit},
				{map[string]any{"name": "other", "alias": "a b"}, 400, "Empty Space not allowed."},
				{map[string]any{"name": "zoo"}, 201, ""},
			} {
				if a := c.send("POST", base, adm, tt.body); a.status != tt.status || !strings.Contains(string(a.body), tt.text) {
					t.Errorf("%v: %d %s, want %d %q", tt.body, a.status, a.body, tt.status, tt.text)
				}
			}
			for q, want := range map[string]int{"": 2, "?max=1": 1, "?search=ACM": 1, "?search=acm&exact=true": 0, "?search=acme&exact=true": 1,
				"?search=acme.example": 1, "?q=k:v": 1, "?q=k:w": 0} {
				l := c.want(200, "GET", base+q, adm, nil).list(t)
				if len(l) != want || len(l) > 0 && l[0]["attributes"] != nil {
					t.Errorf("organizations%s: %v, want %d, in brief", q, l, want)
				}
			}
			if got := string(c.want(200, "GET", base+"/count", adm, nil).body); got != "2" {
				t.Errorf("count %s", got)
			}
			for _, tt := range []struct {
				body   map[string]any
				status int
			}{
				{map[string]any{"name": "acme", "alias": "other"}, 400}, {map[string]any{"name": "acme"}, 400}, {map[string]any{"alias": "acme-a"}, 409},
				{map[string]any{"name": "zoo", "alias": "acme-a"}, 409}, {map[string]any{"name": "acme", "alias": "acme-a"}, 204},
			} {
				c.want(tt.status, "PUT", org, adm, tt.body)
			}
			m := c.want(200, "GET", org, adm, nil).obj(t)
			if m["domains"] != nil || m["description"] != nil || m["attributes"] == nil || m["enabled"] != true {
				t.Errorf("after a bare change: %v", m)
			}

			alice := c.createUser("alice", "", nil)
			c.want(201, "POST", org+"/members", adm, `"`+alice+`"`)
			c.want(409, "POST", org+"/members", adm, alice)
			unknown := 400
			if fine {
				unknown = 404
			}
			c.want(unknown, "POST", org+"/members", adm, unknownID)
			l := c.want(200, "GET", org+"/members?search=ali", adm, nil).list(t)
			if len(l) != 1 || l[0]["membershipType"] != "UNMANAGED" || (l[0]["totp"] == nil) != fine {
				t.Errorf("members %v", l)
			}
			if l := c.want(200, "GET", base+"/members/"+alice+"/organizations", adm, nil).list(t); len(l) != 1 || l[0]["name"] != "acme" {
				t.Errorf("organizations of a member: %v", l)
			}
			c.want(204, "DELETE", c.base()+"/users/"+alice, adm, nil)
			c.want(404, "GET", org+"/members/"+alice, adm, nil)
			bob := c.createUser("bob", "", nil)
			c.want(201, "POST", org+"/members", adm, bob)
			c.want(204, "DELETE", org+"/members/"+bob, adm, nil)
			if got := string(c.want(200, "GET", org+"/members/count", adm, nil).body); got != "0" {
				t.Errorf("count of members %s", got)
			}
			c.want(204, "DELETE", org, adm, nil)
			c.want(404, "GET", org, adm, nil)
		})
	}
}

// TestNoOrganizationsBefore26: neither the setting nor the path.
func TestNoOrganizationsBefore26(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{Version: "24.0.5"})
	c.createRealm("lesson")
	for _, field := range []string{"organizationsEnabled", "adminPermissionsEnabled"} {
		if a := c.send("PUT", c.base(), c.admin(), map[string]any{field: true}); a.status != 400 || !strings.Contains(string(a.body), field) {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
		c.want(400, "POST", "/admin/realms", c.admin(), map[string]any{"realm": "other", field: true})
	}
	c.want(404, "GET", c.base()+"/organizations", c.admin(), nil)
}

// TestMembersNeedTwoRoles: from 26.7 members are shown to who may see organizations and users.
func TestMembersNeedTwoRoles(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	c.want(204, "PUT", c.base(), c.admin(), map[string]any{"organizationsEnabled": true})
	members := c.base() + "/organizations/" + c.want(201, "POST", c.base()+"/organizations", c.admin(), map[string]any{"name": "acme"}).id() + "/members"
	alice := c.createUser("alice", "", nil)
	c.createClient("both", nil, "view-organizations", "view-users")
	c.createClient("all", nil, "manage-organizations", "manage-users")
	c.want(200, "GET", members, c.service("both"), nil)
	c.want(403, "POST", members, c.service("both"), alice)
	c.want(201, "POST", members, c.service("all"), alice)
}
