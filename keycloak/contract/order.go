package contract

import (
	"strings"
	"testing"
)

// order checks that of the gates: identity, realm, route, then role and object (FACTS, section 4).
func (s *suite) order(t *testing.T) {
	here, there := s.newRealm(t), s.newRealm(t)
	callers := map[string]string{
		"none":        here.caller(t, "none"),
		"query-users": here.caller(t, "query-users", "query-users"),
		"view-users":  here.caller(t, "view-users", "view-users"),
		"view-realm":  here.caller(t, "view-realm", "view-realm"),
		"realm-admin": here.caller(t, "realm-admin", "realm-admin"),
	}
	get := func(t *testing.T, path, token string) answer {
		t.Helper()
		return s.send(t, request{method: "GET", path: path, token: token})
	}
	unknown := "/admin/realms/" + here.name + "-unknown"
	t.Run("identity before realm", func(t *testing.T) {
		s.wantUnauthorized(t, get(t, unknown, ""))
		s.wantUnauthorized(t, get(t, unknown+"/users/"+here.johnDoe, "garbage"))
	})
	t.Run("realm before role", func(t *testing.T) {
		for _, token := range []string{callers["none"], callers["view-users"], s.admin(t)} {
			s.wantError(t, get(t, unknown, token), 404, "Realm not found.")
			s.wantError(t, get(t, unknown+"/users/"+here.johnDoe, token), 404, "Realm not found.")
		}
	})
	t.Run("token of another realm", func(t *testing.T) {
		for _, role := range []string{"none", "view-users", "realm-admin"} {
			for _, path := range []string{there.path, there.path + "/users", there.user(there.johnDoe), there.user(unknownID), "/admin/realms/master", "/admin/realms/master/users"} {
				s.wantForbidden(t, get(t, path, callers[role]))
			}
		}
	})
	t.Run("realm names are case sensitive", func(t *testing.T) {
		s.wantError(t, get(t, "/admin/realms/"+strings.ToUpper(here.name)+"/users", s.admin(t)), 404, "Realm not found.")
	})
	t.Run("route before role", func(t *testing.T) {
		s.wantUnauthorized(t, get(t, here.user(here.johnDoe)+"/nope", ""))
		for _, token := range []string{callers["none"], callers["view-users"]} {
			s.wantError(t, get(t, here.user(here.johnDoe)+"/nope", token), 404, "HTTP 404 Not Found")
			s.wantError(t, get(t, here.path+"/nope", token), 404, "HTTP 404 Not Found")
			s.wantError(t, get(t, here.path+"/Users/"+here.johnDoe, token), 404, "HTTP 404 Not Found")
			s.wantError(t, get(t, here.path+"/users?max=abc", token), 404, "HTTP 404 Not Found")
		}
	})
	// Who may not query users learns nothing of a user; for the others the object comes before the role.
	for role, notFound := range map[string]bool{"none": false, "view-realm": false, "query-users": true, "view-users": true, "realm-admin": true} {
		t.Run("unknown user, "+role, func(t *testing.T) {
			for _, id := range []string{unknownID, "not-a-uuid", "john-doe", strings.ToUpper(here.johnDoe)} {
				for _, q := range []request{
					{method: "GET", path: here.user(id)},
					{method: "DELETE", path: here.user(id)},
					{method: "PUT", path: here.user(id), json: object{"firstName": "x"}},
				} {
					q.token = callers[role]
					if a := s.send(t, q); notFound {
						s.wantError(t, a, 404, "User not found")
					} else {
						s.wantForbidden(t, a)
					}
				}
			}
		})
	}
}

// routes checks paths and methods next to the right ones (FACTS, section 4).
func (s *suite) routes(t *testing.T) {
	r := s.newRealm(t)
	none, viewer := r.caller(t, "none"), r.caller(t, "viewer", "view-users")
	user := r.user(r.johnDoe)
	for name, token := range map[string]string{"none": none, "view-users": viewer} {
		t.Run(name, func(t *testing.T) {
			s.wantError(t, s.send(t, request{method: "PATCH", path: user, token: token, json: object{}}), 405, "HTTP 405 Method Not Allowed")
			s.wantError(t, s.send(t, request{method: "DELETE", path: r.path + "/users", token: token}), 405, "HTTP 405 Method Not Allowed")
			s.wantError(t, s.send(t, request{method: "POST", path: user, token: token, json: object{}}), 404, "HTTP 404 Not Found")
			s.wantError(t, s.send(t, request{method: "GET", path: "/auth" + user, token: token}), 404, "Unable to find matching target resource method")
		})
	}
	t.Run("no token", func(t *testing.T) {
		s.wantUnauthorized(t, s.send(t, request{method: "PATCH", path: user, json: object{}}))
		s.wantError(t, s.send(t, request{method: "GET", path: "/auth" + user}), 404, "Unable to find matching target resource method")
	})
	t.Run("trailing slash", func(t *testing.T) {
		s.wantForbidden(t, s.send(t, request{method: "GET", path: user + "/", token: none}))
		s.send(t, request{method: "GET", path: user + "/", token: viewer}).want(t, 200)
		s.send(t, request{method: "GET", path: r.path + "/users/", token: viewer}).want(t, 200)
	})
	t.Run("XML wanted", func(t *testing.T) {
		xml := map[string]string{"Accept": "application/xml"}
		if a := s.send(t, request{method: "GET", path: user, token: none, header: xml}); a.status != 403 {
			t.Errorf("%s, want 403", a)
		}
		if a := s.send(t, request{method: "GET", path: user, token: viewer, header: xml}); a.status != 406 {
			t.Errorf("%s, want 406", a)
		}
	})
	t.Run("preflight", func(t *testing.T) {
		s.send(t, request{method: "OPTIONS", path: user, header: map[string]string{"Origin": "http://localhost:8081", "Access-Control-Request-Method": "GET"}}).want(t, 200)
	})
	head := func(token string, want int) func(*testing.T, int) {
		return func(t *testing.T, _ int) {
			a := s.send(t, request{method: "HEAD", path: user, token: token})
			if a.status != want || a.body != "" {
				t.Errorf("%s, want %d and no body", a, want)
			}
		}
	}
	measured(s, t, "HEAD, none", s.version.headDenied, head(none, s.version.headDenied))
	measured(s, t, "HEAD, view-users", s.version.headGranted, head(viewer, s.version.headGranted))
	measured(s, t, "double slash", s.version.doubleSlash, func(t *testing.T, want int) {
		a := s.send(t, request{method: "GET", path: r.path + "//users/" + r.johnDoe, token: viewer}).want(t, want)
		if want == 400 && a.object(t)["error"] != "missingNormalization" {
			t.Errorf("%s", a)
		}
	})
}

// queryUsers checks the role with which a list succeeds and hides everything (FACTS, section 5).
func (s *suite) queryUsers(t *testing.T) {
	r := s.newRealm(t)
	r.person(t, "jane-roe", nil)
	token := r.caller(t, "asker", "query-users")
	get := func(path string) answer {
		return s.send(t, request{method: "GET", path: r.path + path, token: token})
	}
	for _, path := range []string{"/users", "/users?search=john", "/users?username=john-doe&exact=true", "/users?first=0&max=1", "/users?briefRepresentation=true"} {
		wantNames(t, get(path), "username")
	}
	s.wantForbidden(t, get("/users/"+r.johnDoe))
	s.wantError(t, get("/users/"+unknownID), 404, "User not found")
	measured(s, t, "count", s.version.queryCounts, func(t *testing.T, want int) {
		var n int
		get("/users/count").want(t, 200).decode(t, &n)
		if n != want-1 {
			t.Errorf("%d, want %d", n, want-1)
		}
	})
	viewer := r.caller(t, "viewer", "view-users")
	wantNames(t, s.send(t, request{method: "GET", path: r.path + "/users", token: viewer}), "username", "jane-roe", "john-doe")
	var n int
	s.send(t, request{method: "GET", path: r.path + "/users/count", token: viewer}).want(t, 200).decode(t, &n)
	if n != 2 {
		t.Errorf("count with view-users: %d", n)
	}
}
