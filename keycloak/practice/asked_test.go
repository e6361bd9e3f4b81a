package practice

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// names are those of a list, or of a tree: what is below a group stands in brackets.
func names(l []any) string {
	var out []string
	for _, x := range l {
		m, _ := x.(map[string]any)
		name := str(m, "name")
		if below, _ := m["subGroups"].([]any); len(below) > 0 {
			name += "[" + names(below) + "]"
		}
		if m["attributes"] != nil {
			name += "+"
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func anys(l []map[string]any) []any {
	out := make([]any, len(l))
	for i, m := range l {
		out[i] = m
	}
	return out
}

// TestListsAsAsked: lists are cut, searched and brief as the query asks. What is wanted was measured on 24.0.5, 26.4.0 and 26.7.4.
func TestListsAsAsked(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"24.0.5", "26.4.0", "26.7.4"} {
		c := newCaller(t, Options{Version: v})
		c.createRealm("lesson")
		adm := c.admin()
		at := map[string]string{}
		group := func(name, parent string) {
			path := "/groups"
			if parent != "" {
				path += "/" + at[parent] + "/children"
			}
			at[name] = c.want(201, "POST", c.base()+path, adm, map[string]any{"name": name, "attributes": map[string]any{"a": []string{"b"}}}).id()
		}
		group("g1", "")
		for i := range 12 {
			group(fmt.Sprintf("c%02d", i), "g1")
		}
		group("g2", "")
		user := c.createUser("bob", "", nil)
		for _, g := range []string{"g1", "c01", "c02", "g2"} {
			c.want(204, "PUT", c.base()+"/users/"+user+"/groups/"+at[g], adm, nil)
		}
		for _, r := range []string{"r1", "r2", "r3"} {
			c.want(201, "POST", c.base()+"/roles", adm, map[string]any{"name": r})
			at[r] = c.want(200, "GET", c.base()+"/roles/"+r, adm, nil).obj(t)["id"].(string)
		}
		c.want(204, "POST", c.base()+"/roles/r1/composites", adm, []any{map[string]any{"id": at["r2"]}, map[string]any{"id": at["r3"]}})

		children, ofUser := "/groups/"+at["g1"]+"/children", "/users/"+user+"/groups"
		searched, exact := "c01+", ""
		if v == "24.0.5" { // it does not search there
			searched = "c00+ c01+ c02+ c03+ c04+ c05+ c06+ c07+ c08+ c09+"
			exact = searched
		}
		for _, tt := range []struct{ path, want string }{
			{"/groups", "g1 g2"},
			{"/groups?first=1", "g2"},
			{"/groups?max=1", "g1"},
			{"/groups?briefRepresentation=False", "g1+ g2+"},
			{"/groups?search=c01", "g1[c01]"},
			{"/groups?search=c0&first=1&max=2", "g1[c01 c02]"},
			{"/groups?search=c0&exact=true", ""},
			{"/groups?search=g2&populateHierarchy=false", "g2"},
			{children, "c00+ c01+ c02+ c03+ c04+ c05+ c06+ c07+ c08+ c09+"},
			{children + "?first=10", "c10+ c11+"},
			{children + "?first=1&max=2", "c01+ c02+"},
			{children + "?max=2&briefRepresentation=true", "c00 c01"},
			{children + "?search=c01", searched},
			{children + "?search=c0&exact=true", exact},
			{ofUser, "c01 c02 g1 g2"},
			{ofUser + "?first=1&max=2", "c02 g1"},
			{ofUser + "?search=c", "c01 c02"},
			{ofUser + "?search=c01&exact=true", "c01"},
			{ofUser + "?briefRepresentation=False&max=1", "c01+"},
			{"/roles-by-id/" + at["r1"] + "/composites?first=1", "r3"},
			{"/roles-by-id/" + at["r1"] + "/composites?search=R2", "r2"},
			{"/roles?search=r1&briefRepresentation=False", "r1+"},
			{"/users/" + user + "/role-mappings/realm/composite?briefRepresentation=false", "default-roles-lesson+ offline_access+ uma_authorization+"},
		} {
			if got := names(anys(c.want(200, "GET", c.base()+tt.path, adm, nil).list(t))); got != tt.want {
				t.Errorf("%s: %s: %q, want %q", v, tt.path, got, tt.want)
			}
		}
		if got := c.want(200, "GET", c.base()+ofUser+"/count?search=c", adm, nil).obj(t)["count"]; got != 2.0 {
			t.Errorf("%s: %v groups are counted", v, got)
		}
	}
}

// TestGroupsMove: a group that is there moves, one that is not there is not created.
func TestGroupsMove(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	top := c.want(201, "POST", c.base()+"/groups", adm, map[string]any{"name": "top"}).id()
	other := c.want(201, "POST", c.base()+"/groups", adm, map[string]any{"name": "other"}).id()
	tree := func() string {
		return names(anys(c.want(200, "GET", c.base()+"/groups?search=t", adm, nil).list(t)))
	}
	c.want(404, "POST", c.base()+"/groups", adm, map[string]any{"name": "new", "id": "11111111-2222-3333-4444-555555555555"})
	c.want(404, "POST", c.base()+"/groups/"+top+"/children", adm, map[string]any{"name": "new", "id": "11111111-2222-3333-4444-555555555555"})
	c.want(204, "POST", c.base()+"/groups/"+top+"/children", adm, map[string]any{"name": "other", "id": other})
	if got := tree(); got != "top[other]" {
		t.Errorf("after the move down: %s", got)
	}
	c.want(204, "POST", c.base()+"/groups", adm, map[string]any{"name": "other", "id": other})
	if got := tree(); got != "other top" {
		t.Errorf("after the move up: %s", got)
	}
	c.want(400, "PUT", c.base()+"/groups/"+top, adm, map[string]any{"attributes": map[string]any{}})
	c.want(409, "PUT", c.base()+"/groups/"+top, adm, map[string]any{"name": "other"})
}

// TestProfileAtLogin: what keeps a user from logging in by password is what the realm's profile requires, while the action is enabled.
func TestProfileAtLogin(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": "app", "publicClient": true, "directAccessGrantsEnabled": true})
	c.createUser("ann", "pw", map[string]any{"email": "", "firstName": "", "lastName": ""})
	login := func(want int) {
		t.Helper()
		if a := c.token("lesson", url.Values{"grant_type": {"password"}, "client_id": {"app"}, "username": {"ann"}, "password": {"pw"}}); a.status != want {
			t.Errorf("%d %s, want %d", a.status, a.body, want)
		}
	}
	login(400)
	action := c.want(200, "GET", c.base()+"/authentication/required-actions/VERIFY_PROFILE", adm, nil).obj(t)
	action["enabled"] = false
	c.want(204, "PUT", c.base()+"/authentication/required-actions/VERIFY_PROFILE", adm, action)
	login(200)
	action["enabled"] = true
	c.want(204, "PUT", c.base()+"/authentication/required-actions/VERIFY_PROFILE", adm, action)
	login(400)
	c.want(200, "PUT", c.base()+"/users/profile", adm, map[string]any{"attributes": []any{
		map[string]any{"name": "username"}, map[string]any{"name": "email"}, map[string]any{"name": "firstName"}, map[string]any{"name": "lastName"}}})
	login(200)
	for _, a := range objects(c.want(200, "GET", "/admin/realms/master/users/profile", adm, nil).obj(t)["attributes"]) {
		if a["required"] != nil {
			t.Errorf("master requires %s", a["name"])
		}
	}
}

// TestOfflineSessions: an offline token keeps a session of its own kind, which counts as a consent. 24.0.5 keeps an ordinary one beside it.
func TestOfflineSessions(t *testing.T) {
	t.Parallel()
	for v, online := range map[string]int{"24.0.5": 1, "26.4.0": 0, "26.7.4": 0} {
		c := newCaller(t, Options{Version: v})
		c.createRealm("lesson")
		adm := c.admin()
		app := c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": "app", "publicClient": true, "directAccessGrantsEnabled": true}).id()
		bob := c.createUser("bob", "pw", nil)
		c.accessToken("lesson", url.Values{"grant_type": {"password"}, "client_id": {"app"}, "username": {"bob"}, "password": {"pw"}, "scope": {"openid offline_access"}})
		count := func(path string) int { return len(c.want(200, "GET", c.base()+path, adm, nil).list(t)) }
		seen := func() []int {
			return []int{count("/users/" + bob + "/sessions"), count("/users/" + bob + "/offline-sessions/" + app), count("/clients/" + app + "/offline-sessions"), count("/users/" + bob + "/consents")}
		}
		if got := seen(); !slices.Equal(got, []int{online, 1, 1, 1}) {
			t.Errorf("%s: %v", v, got)
		}
		c.want(204, "DELETE", c.base()+"/users/"+bob+"/consents/app", adm, nil)
		if got := seen(); !slices.Equal(got, []int{online, 0, 0, 0}) {
			t.Errorf("%s, afterwards: %v", v, got)
		}
		c.want(404, "DELETE", c.base()+"/users/"+bob+"/consents/app", adm, nil)
	}
}

// TestNothingInvented: an id that is given is kept, a field that is unknown is refused, and what is not here is said to be so.
func TestNothingInvented(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	const id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	c.want(201, "POST", c.base()+"/client-scopes", adm, map[string]any{"id": id, "name": "sc", "protocol": "openid-connect"})
	c.want(200, "GET", c.base()+"/client-scopes/"+id, adm, nil)
	c.want(201, "POST", c.base()+"/authentication/flows", adm, map[string]any{"id": id, "alias": "fl", "providerId": "basic-flow", "topLevel": true})
	c.want(200, "GET", c.base()+"/authentication/flows/"+id, adm, nil)
	c.want(400, "PUT", c.base()+"/authentication/flows/fl/executions", adm, map[string]any{"id": "x", "nonsense": 1})
	c.want(201, "POST", c.base()+"/roles", adm, map[string]any{"name": "r"})
	c.want(400, "PUT", c.base()+"/roles/r", adm, map[string]any{"description": "no name"})
	c.want(204, "POST", c.base()+"/clear-realm-cache", adm, nil)
	c.want(501, "POST", c.base()+"/testLDAPConnection", adm, map[string]any{})
	c.want(501, "POST", c.base()+"/components", adm, map[string]any{"name": "k", "providerId": "ecdsa-generated", "providerType": "org.keycloak.keys.KeyProvider"})
	c.want(501, "GET", "/admin/master/console/whoami", adm, nil)
	ldap := c.want(201, "POST", c.base()+"/components", adm, map[string]any{"name": "l", "providerId": "ldap", "providerType": "org.keycloak.storage.UserStorageProvider",
		"config": map[string]any{"bindCredential": []string{"the-password"}}}).id()
	if a := c.want(200, "GET", c.base()+"/components/"+ldap, adm, nil); strings.Contains(string(a.body), "the-password") {
		t.Errorf("%s", a.body)
	}
	app := c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": "app", "optionalClientScopes": []string{"phone"}}).id()
	if l := strs(c.want(200, "GET", c.base()+"/clients/"+app, adm, nil).obj(t), "defaultClientScopes"); len(l) > 0 {
		t.Errorf("default scopes %v", l)
	}
}
