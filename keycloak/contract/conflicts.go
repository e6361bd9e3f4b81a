package contract

import (
	"strings"
	"testing"
)

// conflicts checks what is there already, what is enabled by default, and bodies that cannot be used (FACTS, section 8).
func (s *suite) conflicts(t *testing.T) {
	r := s.newRealm(t)
	r.client(t, "app", nil)
	conflict := func(t *testing.T, path string, body object, words string) {
		t.Helper()
		if a := s.post(t, path, body); a.status != 409 || a.object(t)["errorMessage"] != words {
			t.Errorf("%s, want 409 %q", a, words)
		}
	}
	measured(s, t, "realm", s.version.realmConflict, func(t *testing.T, want string) {
		conflict(t, "/admin/realms", object{"realm": r.name, "enabled": true}, strings.ReplaceAll(want, "%s", r.name))
	})
	t.Run("client", func(t *testing.T) {
		conflict(t, r.path+"/clients", object{"clientId": "app"}, "Client app already exists")
	})
	t.Run("user", func(t *testing.T) {
		conflict(t, r.path+"/users", object{"username": "john-doe"}, "User exists with same username")
		conflict(t, r.path+"/users", object{"username": "JOHN-DOE"}, "User exists with same username")
		conflict(t, r.path+"/users", object{"username": "other", "email": "john-doe@example.com"}, "User exists with same email")
	})
	t.Run("user without enabled", func(t *testing.T) {
		id := s.post(t, r.path+"/users", object{"username": "minimal"}).newID(t)
		if o := s.get(t, r.user(id)).want(t, 200).object(t); o["enabled"] != false {
			t.Errorf("enabled is %v", o["enabled"])
		}
	})
	t.Run("realm without enabled", func(t *testing.T) {
		name := s.newName(t)
		s.post(t, "/admin/realms", object{"realm": name}).want(t, 201)
		if o := s.get(t, "/admin/realms/"+name).want(t, 200).object(t); o["enabled"] != false {
			t.Errorf("enabled is %v", o["enabled"])
		}
	})
	t.Run("client without enabled", func(t *testing.T) {
		id := s.post(t, r.path+"/clients", object{"clientId": "minimal"}).newID(t)
		if o := s.get(t, r.path+"/clients/"+id).want(t, 200).object(t); o["enabled"] != true || o["fullScopeAllowed"] != true || o["serviceAccountsEnabled"] != false {
			t.Errorf("enabled %v, full scope %v, service accounts %v", o["enabled"], o["fullScopeAllowed"], o["serviceAccountsEnabled"])
		}
	})
	t.Run("username is lower case", func(t *testing.T) {
		id := s.post(t, r.path+"/users", object{"username": "Mixed-Case", "enabled": true}).newID(t)
		if o := s.get(t, r.user(id)).want(t, 200).object(t); o["username"] != "mixed-case" {
			t.Errorf("username %v", o["username"])
		}
	})
	t.Run("marker attributes stay", func(t *testing.T) {
		id := r.client(t, "marked", object{"attributes": object{"fix403.run": "run-1"}})
		attributes, _ := s.get(t, r.path+"/clients/"+id).want(t, 200).object(t)["attributes"].(map[string]any)
		if attributes["fix403.run"] != "run-1" {
			t.Errorf("attributes %v", attributes)
		}
	})
	t.Run("user without username", func(t *testing.T) {
		a := s.post(t, r.path+"/users", object{"enabled": true}).want(t, 400)
		if a.object(t)["errorMessage"] != "User name is missing" {
			t.Errorf("%s", a)
		}
	})
	t.Run("bodies", func(t *testing.T) {
		for _, tt := range []struct {
			body, contentType string
			status            int
		}{
			{`{"username":`, "application/json", 400},
			{`{"username":"x","nope":1}`, "application/json", 400},
			{"", "application/json", 500},
			{"username=x", "application/x-www-form-urlencoded", 415},
		} {
			a := s.send(t, request{method: "POST", path: r.path + "/users", token: s.admin(t), body: tt.body, header: map[string]string{"Content-Type": tt.contentType}})
			if a.status != tt.status {
				t.Errorf("%q: %s, want %d", tt.body, a, tt.status)
			}
		}
	})
	measured(s, t, "client with an empty id", s.version.emptyClientID, func(t *testing.T, want int) {
		s.post(t, r.path+"/clients", object{"clientId": ""}).want(t, want)
	})
	measured(s, t, "service account's user deleted", s.version.noServiceUser, func(t *testing.T, want int) {
		id := r.serviceAccount(t, r.client(t, "bereft", nil))
		s.send(t, request{method: "DELETE", path: r.user(id), token: s.admin(t)}).want(t, 204)
		r.login(t, "bereft").want(t, want)
	})
	t.Run("user deleted twice", func(t *testing.T) {
		id := r.person(t, "deleted", nil)
		s.send(t, request{method: "DELETE", path: r.user(id), token: s.admin(t)}).want(t, 204)
		s.wantError(t, s.send(t, request{method: "DELETE", path: r.user(id), token: s.admin(t)}), 404, "User not found")
		s.wantError(t, s.get(t, r.user(id)), 404, "User not found")
	})
}
