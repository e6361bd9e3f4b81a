package contract

import (
	"net/url"
	"slices"
	"testing"
)

// permissions checks what fine-grained admin permissions let a service account and a person do, and that the server's own evaluation
// says so (measured on 26.2.5, 26.4.0 and 26.7.4). Only the calls of a service account at a single object differ between versions: the
// evaluation allows them on each, and they are refused on some.
func (s *suite) permissions(t *testing.T) {
	if s.version.permissions == 0 {
		t.Skipf("%s has no admin permissions of this kind", s.Version)
	}
	name := s.newName(t)
	s.post(t, "/admin/realms", object{"realm": name, "enabled": true, "adminPermissionsEnabled": true}).want(t, 201)
	r := s.sceneIn(t, name)
	person := func(name string) string {
		return s.post(t, r.path+"/users", object{"username": name, "email": name + "@example.com", "emailVerified": true, "firstName": "F", "lastName": "L", "enabled": true,
			"credentials": []object{{"type": "password", "value": "pw", "temporary": false}}}).newID(t)
	}
	john, jane, chief := person("john-doe"), person("jane-roe"), person("chief")
	uuid := s.post(t, r.path+"/clients", object{
		"clientId": "desk", "protocol": "openid-connect", "enabled": true, "publicClient": false, "secret": secretOf("desk"), "serviceAccountsEnabled": true,
	}).newID(t)
	desk := r.serviceAccount(t, uuid)
	if r.gate != "" {
		r.admit(t, uuid)
	}
	server := r.path + "/clients/" + r.clientUUID(t, "admin-permissions") + "/authz/resource-server"
	created := func(path string, body object) string {
		t.Helper()
		a := s.post(t, path, body)
		a.want(t, 201)
		id, _ := a.object(t)["id"].(string)
		return id
	}
	policy := created(server+"/policy/user", object{"name": "them", "users": []string{desk, chief}, "logic": "POSITIVE"})
	permission := created(server+"/permission/scope", object{"name": "john", "resourceType": "Users", "scopes": []string{"view"}, "policies": []string{policy}, "resources": []string{john}})
	chiefs := func() string {
		return s.send(t, request{method: "POST", path: tokenPath(r.name), form: url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"chief"}, "password": {"pw"}}}).accessToken(t)
	}
	get := func(path, token string) answer {
		return s.send(t, request{method: "GET", path: r.path + path, token: token})
	}
	s.wantStatus(t, get("/users/"+john, chiefs()), 200)
	s.wantStatus(t, get("/users/"+jane, chiefs()), 403)
	s.wantStatus(t, get("/users/"+john, r.accessToken(t, "desk")), s.version.permissions)
	s.wantStatus(t, get("/users", r.accessToken(t, "desk")), 403)
	r.grant(t, desk, "query-users")
	if l := get("/users", r.accessToken(t, "desk")).list(t); len(l) != 1 || l[0]["id"] != john {
		t.Errorf("the list is %v, want john-doe alone", l)
	}
	if n := get("/users/count", r.accessToken(t, "desk")); n.body != "1" {
		t.Errorf("the count is %s, want 1", n.body)
	}
	for _, q := range []struct{ user, scope, want string }{{john, "view", "PERMIT"}, {john, "manage", "DENY"}, {jane, "view", "DENY"}, {"Users", "view", "DENY"}} {
		a := s.post(t, server+"/policy/evaluate", object{"userId": desk, "roleIds": []string{}, "entitlements": false, "resourceType": "Users", "context": object{"attributes": object{}},
			"resources": []object{{"name": q.user, "type": "Users", "scopes": []object{{"name": q.scope}}}}})
		a.want(t, 200)
		if got := a.object(t)["status"]; got != q.want {
			t.Errorf("%s on %s evaluates to %v, want %s", q.scope, q.user, got, q.want)
		}
	}
	of := s.send(t, request{method: "GET", path: server + "/permission/scope/" + permission + "/resources", token: s.admin(t)}).list(t)
	if !slices.ContainsFunc(of, func(o object) bool { return o["name"] == john && o["displayName"] == "john-doe" }) {
		t.Errorf("the permission is about %v", of)
	}
}
