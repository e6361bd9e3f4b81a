package practice

import (
	"net/url"
	"testing"
)

// TestFineGrainedPermissions: what permissions open on 26.7.3, as measured on
// a real server: a resource asks every permission that names it, a list only one.
func TestFineGrainedPermissions(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.want(201, "POST", "/admin/realms", c.admin(), map[string]any{"realm": "lesson", "enabled": true, "adminPermissionsEnabled": true})
	john, jane := c.createUser("john-doe", "", nil), c.createUser("jane-roe", "", nil)
	az := c.base() + "/clients/" + c.clientUUID("admin-permissions") + "/authz/resource-server"
	permit := func(user string, resources []string, scopes ...string) {
		t.Helper()
		p := c.want(201, "POST", az+"/policy/user", c.admin(), map[string]any{"name": newID(), "users": []string{user}}).obj(t)["id"].(string)
		m := map[string]any{"name": newID(), "resourceType": "Users", "scopes": scopes, "policies": []string{p}}
		if resources != nil {
			m["resources"] = resources
		}
		c.want(201, "POST", az+"/permission/scope", c.admin(), m)
	}
	status := func(who, method, path string, body any, want int) answer {
		t.Helper()
		a := c.send(method, c.base()+path, c.service(who), body)
		if a.status != want {
			t.Errorf("%s %s as %s: %d, want %d", method, path, who, a.status, want)
		}
		return a
	}
	_, sa := c.createClient("one", nil)
	permit(sa, []string{john}, "view")
	status("one", "GET", "/users/"+john, nil, 200)
	status("one", "GET", "/users/"+jane, nil, 403)
	status("one", "GET", "/users", nil, 403)
	status("one", "PUT", "/users/"+john, map[string]any{"enabled": true}, 403)

	_, sa = c.createClient("two", nil, "query-users")
	permit(sa, []string{john}, "view", "reset-password")
	// Two permissions now name john for view, and each has its own user.
	status("two", "GET", "/users/"+john, nil, 403)
	status("one", "GET", "/users/"+john, nil, 403)
	if l := status("two", "GET", "/users", nil, 200).list(t); len(l) != 1 || l[0]["id"] != john {
		t.Errorf("list %v", l)
	}
	status("two", "PUT", "/users/"+john+"/reset-password", map[string]any{"value": "x"}, 204)

	_, sa = c.createClient("all", nil)
	permit(sa, nil, "view")
	status("all", "GET", "/users/"+jane, nil, 200)
	status("all", "GET", "/users", nil, 200)
	status("all", "GET", "/users/"+unknownID, nil, 404)

	c.want(204, "PUT", c.base(), c.admin(), map[string]any{"adminPermissionsEnabled": false})
	status("all", "GET", "/users/"+jane, nil, 403)
	status("all", "GET", "/users", nil, 403)
}

// TestPermissionsOfMembersAndGroups: the scopes of a group decide about its members, a new user goes into groups by permissions on
// them, and roles are given by permissions on both sides; the server evaluates it as its calls are answered (measured on 26.7.4).
func TestPermissionsOfMembersAndGroups(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.want(201, "POST", "/admin/realms", c.admin(), map[string]any{"realm": "lesson", "enabled": true, "adminPermissionsEnabled": true})
	john, jane := c.createUser("john-doe", "", nil), c.createUser("jane-roe", "", nil)
	staff := c.want(201, "POST", c.base()+"/groups", c.admin(), map[string]any{"name": "staff"}).id()
	c.want(204, "PUT", c.base()+"/users/"+john+"/groups/"+staff, c.admin(), nil)
	c.want(201, "POST", c.base()+"/roles", c.admin(), map[string]any{"name": "plain"})
	plain := c.want(200, "GET", c.base()+"/roles/plain", c.admin(), nil).obj(t)
	az := c.base() + "/clients/" + c.clientUUID("admin-permissions") + "/authz/resource-server"
	permit := func(user, kind string, resources []string, scopes ...string) string {
		t.Helper()
		p := c.want(201, "POST", az+"/policy/user", c.admin(), map[string]any{"name": newID(), "users": []string{user}}).obj(t)["id"].(string)
		return c.want(201, "POST", az+"/permission/scope", c.admin(), map[string]any{"name": newID(), "resourceType": kind, "scopes": scopes, "policies": []string{p}, "resources": resources}).obj(t)["id"].(string)
	}
	evaluate := func(user, kind, id, scope string) string {
		t.Helper()
		return c.want(200, "POST", az+"/policy/evaluate", c.admin(), map[string]any{"userId": user, "roleIds": []any{}, "entitlements": false, "resourceType": kind, "context": map[string]any{},
			"resources": []any{map[string]any{"name": id, "type": kind, "scopes": []any{map[string]any{"name": scope}}}}}).obj(t)["status"].(string)
	}
	for _, tt := range []struct {
		name                 string
		kind                 string
		resources            []string
		scopes               []string
		method, path         string
		body                 any
		want                 int
		asked, object, scope string
	}{
		{"manage-members", "Groups", []string{staff}, []string{"manage-members"}, "PUT", "/users/" + john, map[string]any{"enabled": true}, 204, "Users", john, "manage"},
		{"of-no-member", "Groups", []string{staff}, []string{"manage-members"}, "PUT", "/users/" + jane, map[string]any{"enabled": true}, 403, "Users", jane, "manage"},
		{"intake", "Groups", []string{staff}, []string{"manage-members", "manage-membership", "view"}, "POST", "/users", map[string]any{"username": "fresh", "groups": []string{"/staff"}}, 201, "Groups", staff, "view"},
		{"without-view", "Groups", []string{staff}, []string{"manage-members", "manage-membership"}, "POST", "/users", map[string]any{"username": "stale", "groups": []string{"/staff"}}, 403, "Groups", staff, "view"},
		{"manage-all", "Users", []string{}, []string{"manage"}, "POST", "/users", map[string]any{"username": "other"}, 201, "Users", "Users", "manage"},
		{"manage-one", "Users", []string{jane}, []string{"manage"}, "POST", "/users", map[string]any{"username": "none"}, 403, "Users", "Users", "manage"},
		{"manage-is-no-map", "Users", []string{jane}, []string{"manage"}, "POST", "/users/" + jane + "/role-mappings/realm", []any{plain}, 403, "Users", jane, "map-roles"},
	} {
		_, sa := c.createClient(tt.name, nil)
		permit(sa, tt.kind, tt.resources, tt.scopes...)
		if a := c.send(tt.method, c.base()+tt.path, c.service(tt.name), tt.body); a.status != tt.want {
			t.Errorf("%s: %s %s is %d, want %d", tt.name, tt.method, tt.path, a.status, tt.want)
		}
		want := "PERMIT"
		if tt.want == 403 {
			want = "DENY"
		}
		if got := evaluate(sa, tt.asked, tt.object, tt.scope); got != want {
			t.Errorf("%s: %s on %s evaluates to %s, want %s", tt.name, tt.scope, tt.asked, got, want)
		}
		c.want(204, "PUT", c.base(), c.admin(), map[string]any{"adminPermissionsEnabled": false})
		c.s.realms["lesson"].permissions.permissions = nil
		c.want(204, "PUT", c.base(), c.admin(), map[string]any{"adminPermissionsEnabled": true})
	}
	_, sa := c.createClient("mapper", nil)
	permit(sa, "Users", []string{jane}, "map-roles")
	roles := permit(sa, "Roles", []string{plain["id"].(string)}, "map-role")
	c.want(204, "POST", c.base()+"/users/"+jane+"/role-mappings/realm", c.service("mapper"), []any{plain})
	if l := c.want(200, "GET", az+"/permission/scope/"+roles+"/resources", c.admin(), nil).list(t); len(l) != 1 || l[0]["displayName"] != "plain" {
		t.Errorf("%v", l)
	}
	c.want(501, "POST", az+"/permission/scope", c.admin(), map[string]any{"name": "o", "resourceType": "Organizations", "scopes": []string{"view"}, "policies": []string{}})
}

// TestPermissionsOfAPersonBefore: on 26.4.0 the calls of a person are let in by a permission, and those of a service account are not.
func TestPermissionsOfAPersonBefore(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{Version: "26.4.0"})
	c.want(201, "POST", "/admin/realms", c.admin(), map[string]any{"realm": "lesson", "enabled": true, "adminPermissionsEnabled": true})
	john := c.createUser("john-doe", "", nil)
	chief := c.createUser("chief", "pw", nil)
	_, sa := c.createClient("desk", nil)
	az := c.base() + "/clients/" + c.clientUUID("admin-permissions") + "/authz/resource-server"
	p := c.want(201, "POST", az+"/policy/user", c.admin(), map[string]any{"name": "p", "users": []string{chief, sa}}).obj(t)["id"].(string)
	c.want(201, "POST", az+"/permission/scope", c.admin(), map[string]any{"name": "n", "resourceType": "Users", "scopes": []string{"view"}, "policies": []string{p}, "resources": []string{john}})
	c.want(403, "GET", c.base()+"/users/"+john, c.service("desk"), nil)
	c.want(200, "GET", c.base()+"/users/"+john, c.accessToken("lesson", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"chief"}, "password": {"pw"}}), nil)
}
