package contract

import (
	"slices"
	"testing"
)

// effectiveRoles checks roles that are granted and do not work, and the ways in which they do (FACTS, section 7).
func (s *suite) effectiveRoles(t *testing.T) {
	r := s.newRealm(t)
	// use takes a new token and makes the call.
	use := func(t *testing.T, clientID string, want int) string {
		t.Helper()
		token := r.accessToken(t, clientID)
		s.wantStatus(t, r.read(t, token), want)
		return token
	}
	// account creates a client and returns the id of its service account.
	account := func(t *testing.T, clientID string, more object) (uuid, id string) {
		t.Helper()
		uuid = r.client(t, clientID, more)
		return uuid, r.serviceAccount(t, uuid)
	}
	mapRole := func(t *testing.T, uuid, role string) {
		t.Helper()
		s.post(t, r.path+"/clients/"+uuid+"/scope-mappings/clients/"+r.mgmt, r.roles(t, role)).want(t, 204)
	}
	t.Run("full scope off", func(t *testing.T) {
		uuid, id := account(t, "narrow", object{"fullScopeAllowed": false})
		r.grant(t, id, "view-users")
		old := use(t, "narrow", 403)
		if roles := rolesIn(t, old); len(roles) > 0 {
			t.Errorf("roles in the token: %q", roles)
		}
		mapRole(t, uuid, "view-users")
		use(t, "narrow", 200)
		measured(s, t, "token without roles, mapped afterwards", s.version.mappedAfterward, func(t *testing.T, want int) {
			s.wantStatus(t, r.read(t, old), want)
		})
	})
	t.Run("full scope off, parent role mapped", func(t *testing.T) {
		uuid, id := account(t, "narrow-parent", object{"fullScopeAllowed": false})
		r.grant(t, id, "view-users")
		mapRole(t, uuid, "realm-admin")
		use(t, "narrow-parent", 200)
	})
	t.Run("without the client scope roles", func(t *testing.T) {
		uuid, id := account(t, "no-roles-scope", nil)
		r.grant(t, id, "view-users")
		s.send(t, request{method: "DELETE", path: r.path + "/clients/" + uuid + "/default-client-scopes/" + r.clientScope(t, "roles"), token: s.admin(t)}).want(t, 204)
		token := r.accessToken(t, "no-roles-scope")
		if roles := rolesIn(t, token); len(roles) > 0 {
			t.Errorf("roles in the token: %q", roles)
		}
		measured(s, t, "call", s.version.noRolesScope, func(t *testing.T, want int) {
			s.wantStatus(t, r.read(t, token), want)
		})
	})
	t.Run("lightweight token", func(t *testing.T) {
		_, id := account(t, "light", object{"attributes": object{"client.use.lightweight.access.token.enabled": "true"}})
		token := use(t, "light", 403)
		if claims := claimsOf(t, token, 1); claims["resource_access"] != nil || !slices.Equal(audienceOf(t, token), r.audiences()) || claims["sub"] != id {
			t.Errorf("claims %v", claims)
		}
		r.grant(t, id, "view-users")
		measured(s, t, "old token", s.version.lightweight, func(t *testing.T, want int) { s.wantStatus(t, r.read(t, token), want) })
		measured(s, t, "new token", s.version.lightweight, func(t *testing.T, want int) { use(t, "light", want) })
		r.revoke(t, id, "view-users")
		s.wantForbidden(t, r.read(t, token))
	})
	t.Run("granted to the user in place of the service account", func(t *testing.T) {
		account(t, "wrong-user", nil)
		r.grant(t, r.johnDoe, "view-users")
		use(t, "wrong-user", 403)
	})
	t.Run("granted to another service account", func(t *testing.T) {
		account(t, "mine", nil)
		_, other := account(t, "other", nil)
		r.grant(t, other, "view-users")
		use(t, "mine", 403)
		use(t, "other", 200)
	})
	t.Run("role of the same name on the own client", func(t *testing.T) {
		uuid, id := account(t, "own-role", nil)
		s.post(t, r.path+"/clients/"+uuid+"/roles", object{"name": "view-users"}).want(t, 201)
		role := s.get(t, r.path+"/clients/"+uuid+"/roles/view-users").want(t, 200).object(t)
		s.post(t, r.user(id)+"/role-mappings/clients/"+uuid, []object{role}).want(t, 204)
		use(t, "own-role", 403)
	})
	t.Run("realm role of the same name", func(t *testing.T) {
		_, id := account(t, "realm-role", nil)
		s.post(t, r.path+"/roles", object{"name": "view-users"}).want(t, 201)
		role := s.get(t, r.path+"/roles/view-users").want(t, 200).object(t)
		s.post(t, r.user(id)+"/role-mappings/realm", []object{role}).want(t, 204)
		use(t, "realm-role", 403)
	})
	t.Run("through a group", func(t *testing.T) {
		_, id := account(t, "in-group", nil)
		group := s.post(t, r.path+"/groups", object{"name": "readers"}).newID(t)
		s.post(t, r.path+"/groups/"+group+"/role-mappings/clients/"+r.mgmt, r.roles(t, "view-users")).want(t, 204)
		s.send(t, request{method: "PUT", path: r.user(id) + "/groups/" + group, token: s.admin(t), json: object{}}).want(t, 204)
		use(t, "in-group", 200)
		wantNames(t, s.get(t, r.mappings(id)), "name")
		wantNames(t, s.get(t, r.mappings(id)+"/composite"), "name", "query-groups", "query-users", "view-users")
	})
	t.Run("through a composite role", func(t *testing.T) {
		_, id := account(t, "composite", nil)
		s.post(t, r.path+"/roles", object{"name": "reader"}).want(t, 201)
		s.post(t, r.path+"/roles/reader/composites", r.roles(t, "view-users")).want(t, 204)
		role := s.get(t, r.path+"/roles/reader").want(t, 200).object(t)
		s.post(t, r.user(id)+"/role-mappings/realm", []object{role}).want(t, 204)
		use(t, "composite", 200)
	})
	for role, want := range map[string]int{"manage-users": 200, "realm-admin": 200, "query-users": 403, "view-realm": 403, "query-groups": 403, "manage-realm": 403} {
		t.Run(role+" alone", func(t *testing.T) {
			s.wantStatus(t, r.read(t, r.caller(t, "only-"+role, role)), want)
		})
	}
	measured(s, t, "grant by the realm's own admin", s.version.adminGrants, func(t *testing.T, want int) {
		_, id := account(t, "granted-to", nil)
		s.wantStatus(t, s.send(t, request{method: "POST", path: r.mappings(id), token: r.caller(t, "own-admin", "realm-admin"), json: r.roles(t, "view-users")}), want)
	})
	t.Run("grant by a viewer", func(t *testing.T) {
		s.wantForbidden(t, s.send(t, request{method: "POST", path: r.mappings(r.johnDoe), token: r.caller(t, "viewer", "view-users"), json: r.roles(t, "manage-users")}))
	})
}

// roleLists checks calls next to the users' that versions guard by different roles (FACTS, section 13).
func (s *suite) roleLists(t *testing.T) {
	r := s.newRealm(t)
	viewer := r.caller(t, "viewer", "view-users")
	measured(s, t, "roles of the realm", s.version.roleList, func(t *testing.T, want int) {
		s.wantStatus(t, s.send(t, request{method: "GET", path: r.path + "/roles", token: viewer}), want)
	})
	measured(s, t, "client role mappings of a user", s.version.userMappings, func(t *testing.T, want int) {
		s.wantStatus(t, s.send(t, request{method: "GET", path: r.mappings(r.johnDoe), token: viewer}), want)
	})
	t.Run("realms", func(t *testing.T) {
		wantNames(t, s.send(t, request{method: "GET", path: "/admin/realms", token: viewer}), "realm", r.name)
		s.wantForbidden(t, s.send(t, request{method: "GET", path: "/admin/realms", token: r.caller(t, "none")}))
	})
	t.Run("realm", func(t *testing.T) { // reduced for who may not view it
		o := s.send(t, request{method: "GET", path: r.path, token: viewer}).want(t, 200).object(t)
		if o["realm"] != r.name || o["accessTokenLifespan"] != nil {
			t.Errorf("%v", o)
		}
	})
}

// roleMappings checks the ways in which a mapping is refused (FACTS, section 8 and belief i).
func (s *suite) roleMappings(t *testing.T) {
	r := s.newRealm(t)
	view, manage := r.role(t, "view-users"), r.role(t, "manage-users")
	id, name := view["id"], view["name"]
	for _, tt := range []struct {
		name  string
		roles []object
		good  []string // mapped afterwards; nil: refused
	}{
		{"id missing", []object{{"name": name}}, nil},
		{"name missing", []object{{"id": id}}, nil},
		{"wrong id", []object{{"id": unknownID, "name": name}}, nil},
		{"id and name of two roles", []object{{"id": id, "name": manage["name"]}}, nil},
		{"unknown role", []object{{"id": unknownID, "name": "nope"}}, nil},
		{"empty role", []object{{}}, nil},
		{"one of two wrong", []object{view, {"id": unknownID, "name": "nope"}}, nil},
		{"empty list", []object{}, []string{}},
		{"id and name", []object{{"id": id, "name": name}}, []string{"view-users"}},
		{"whole", []object{view}, []string{"view-users"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.post(t, r.mappings(r.johnDoe), tt.roles)
			if tt.good == nil {
				s.wantError(t, a, 404, "Role not found")
			} else {
				a.want(t, 204)
			}
			if got := s.get(t, r.mappings(r.johnDoe)).names(t, "name"); !slices.Equal(got, tt.good) && len(got)+len(tt.good) > 0 {
				t.Errorf("mapped afterwards: %q", got)
			}
		})
	}
	t.Run("all removed by DELETE without a body", func(t *testing.T) {
		s.send(t, request{method: "DELETE", path: r.mappings(r.johnDoe), token: s.admin(t)}).want(t, 204)
		wantNames(t, s.get(t, r.mappings(r.johnDoe)), "name")
	})
	t.Run("client id in place of its uuid", func(t *testing.T) {
		s.wantError(t, s.post(t, r.user(r.johnDoe)+"/role-mappings/clients/realm-management", []object{view}), 404, "Client not found")
	})
	t.Run("unknown user", func(t *testing.T) {
		s.wantError(t, s.post(t, r.mappings(unknownID), []object{view}), 404, "User not found")
	})
}
