package practice

import "testing"

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
