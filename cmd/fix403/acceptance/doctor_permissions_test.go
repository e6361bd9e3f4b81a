package acceptance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fix403/keycloak/testrun"
)

// What fine-grained admin permissions (26.2 and later) decide. Each set-up was measured on real servers: what a service account gets at single
// objects differs between versions, what it gets of lists, and what a person gets, does not.

// permission gives an account scopes on objects, or on all of a type, by a policy and a permission of their own.
func (s *scene) permission(account, kind string, scopes []string, objects ...string) {
	s.t.Helper()
	az := s.at("/clients/" + s.id("/clients?clientId=admin-permissions") + "/authz/resource-server")
	s.permissions++
	name := fmt.Sprintf("%d", s.permissions)
	policy := field(s.must(http.MethodPost, az+"/policy/user", map[string]any{"name": "policy " + name, "users": []string{account}, "logic": "POSITIVE"}), "id")
	if objects == nil {
		objects = []string{}
	}
	s.must(http.MethodPost, az+"/permission/scope", map[string]any{
		"name": "permission " + name, "resourceType": kind, "resources": objects, "scopes": scopes, "policies": []string{policy}, "decisionStrategy": "UNANIMOUS",
	})
}

// permitting is a realm that is the case's alone, with admin permissions.
func (s *scene) permitting() { s.scratch(map[string]any{"adminPermissionsEnabled": true}) }

// group makes a group and returns its id.
func (s *scene) group(name string) string {
	s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": name})
	return s.id("/groups?search=" + name)
}

// refusedAllTheSame is for versions on which permissions open no object to a service account.
func refusedAllTheSame(on *target) bool {
	return where(permissions, true)(on) && where(permittedUser, 403)(on)
}

const listUsers = "GET /admin/realms/{realm}/users"

var permissionCases = []broken{
	{
		name: "fine-grained-permissions/other-user", status: 403, on: where(permittedUser, 200),
		build: func(s *scene) ask {
			s.permitting()
			c := s.service("query-users")
			s.permission(c.account, "Users", []string{"view"}, s.john)
			a := s.ask(c)
			a.userID, a.mark = s.user("jane-roe"), "jane-roe"
			return a
		},
		withAdmin: says("fine-grained-permissions", "role", "proved", "view-users"), alone: says("role-missing|fine-grained-permissions", "role", "likely", "view-users"), remedy: byChange,
	},
	{
		name: "role-missing/list-of-permitted-users", status: 403, on: where(permissions, true),
		build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			s.user("jane-roe")
			s.permission(c.account, "Users", []string{"view"}, s.john)
			return s.askCall(c, listUsers, "john-doe")
		},
		withAdmin: says("role-missing", "role", "proved", "query-users"), alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/number-of-permitted-users", status: 403, on: where(permissions, true),
		build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			s.user("jane-roe")
			s.permission(c.account, "Users", []string{"view"}, s.john)
			return s.askCall(c, listUsers+"/count", "1")
		},
		withAdmin: says("role-missing", "role", "proved", "query-users"), alone: says("role-missing", "role", "likely"), remedy: byGrant,
	},
	{
		name: "role-missing/list-of-permitted-groups", status: 403, on: where(permissions, true),
		build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			s.group("crew")
			s.permission(c.account, "Groups", []string{"view"}, s.group("staff"))
			return s.askCall(c, "GET /admin/realms/{realm}/groups", "staff")
		},
		withAdmin: says("role-missing", "role", "proved", "query-groups"), alone: says("role-missing", "role", "likely"), remedy: byGrant,
	},
	{
		name: "role-missing/fine-grained-permissions-without-any", status: 403, on: where(permissions, true),
		build: func(s *scene) ask {
			s.permitting()
			return s.ask(s.service())
		},
		withAdmin: says("role-missing", "role", "proved", "view-users"), alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "fine-grained-permissions/for-another-account", status: 403, on: where(permittedUser, 200),
		build: func(s *scene) ask {
			s.permitting()
			s.permission(s.user("jane-roe"), "Users", []string{"view"}, s.john)
			return s.ask(s.service())
		},
		withAdmin: says("fine-grained-permissions", "role", "proved", "view-users"), alone: aloneRoleMissing, remedy: byChange,
	},
	{
		name: "fine-grained-permissions/manage-without-view", status: 403, on: where(permittedUser, 200),
		build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			s.permission(c.account, "Users", []string{"manage"}, s.john)
			return s.ask(c)
		},
		withAdmin: says("fine-grained-permissions", "role", "proved", "view-users"), alone: aloneRoleMissing, remedy: byChange,
	},
	{
		name: "fine-grained-permissions/members-of-a-group", status: 403, on: where(permittedUser, 200),
		build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			staff := s.group("staff")
			s.must(http.MethodPut, s.at("/users/"+s.john+"/groups/"+staff), nil)
			s.permission(c.account, "Groups", []string{"view"}, staff)
			return s.askCall(c, "GET /admin/realms/{realm}/groups/"+staff+"/members", "john-doe")
		},
		withAdmin: says("fine-grained-permissions", "role", "proved", "view-users"), alone: says("role-missing", "role", "likely", "view-users"), remedy: byChange,
	},
	{
		name: "fine-grained-permissions/no-service-account-at-an-object", status: 403, on: refusedAllTheSame,
		build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			s.permission(c.account, "Users", []string{"view"}, s.john)
			return s.ask(c)
		},
		withAdmin: says("fine-grained-permissions", "role", "likely", "view-users"), alone: aloneRoleMissing, remedy: byChange,
	},
	{
		name: "filtered-list/number-with-permissions-on", status: 200, on: where(permissions, true),
		build: func(s *scene) ask {
			s.permitting()
			return s.askCall(s.service("query-users"), listUsers+"/count", "1")
		},
		withAdmin: says("filtered-list", "role", "proved", "view-users"), alone: says("ok|filtered-list", "none|role", "likely"), remedy: byGrant,
	},
}

func permissionsFine() []fine {
	return []fine{
		{name: "list-of-permitted-users", on: where(permissions, true), build: func(s *scene) ask {
			s.permitting()
			c := s.service("query-users")
			s.user("jane-roe")
			s.permission(c.account, "Users", []string{"view"}, s.john)
			return s.askCall(c, listUsers, "john-doe")
		}},
		{name: "list-of-members-of-a-permitted-group", on: where(permissions, true), build: func(s *scene) ask {
			s.permitting()
			c := s.service("query-users")
			s.user("jane-roe")
			staff := s.group("staff")
			s.must(http.MethodPut, s.at("/users/"+s.john+"/groups/"+staff), nil)
			s.permission(c.account, "Groups", []string{"view-members"}, staff)
			return s.askCall(c, listUsers, "john-doe")
		}},
		{name: "number-of-permitted-users", on: where(permissions, true), build: func(s *scene) ask {
			s.permitting()
			c := s.service("query-users")
			s.user("jane-roe")
			s.permission(c.account, "Users", []string{"view"}, s.john)
			return s.askCall(c, listUsers+"/count", "1")
		}},
		{name: "one-user-by-permission-without-role", on: where(permittedUser, 200), build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			s.permission(c.account, "Users", []string{"view"}, s.john)
			return s.ask(c)
		}},
		{name: "all-users-by-permission", on: where(permittedUser, 200), build: func(s *scene) ask {
			s.permitting()
			c := s.service()
			s.permission(c.account, "Users", []string{"view"})
			return s.askCall(c, listUsers, "john-doe")
		}},
	}
}

// permittedWriting is a call that could change something, by an account with permissions. After the doctor has said what would come of it,
// the test makes the very call.
type permittedWriting struct {
	name  string
	roles []string
	build func(s *scene, c client) (method, path string, body any)
	want  expected
	alone expected
	says  string // stands in the summary
}

func permittedWritings() []permittedWriting {
	refused := func(role string) expected {
		return says("fine-grained-permissions", "role", "predicted", role)
	}
	intake := func(scopes ...string) func(*scene, client) (string, string, any) {
		return func(s *scene, c client) (string, string, any) {
			s.permission(c.account, "Groups", scopes, s.group("staff"))
			return http.MethodPost, s.at("/users"), map[string]any{"username": "newcomer-" + suffix(), "enabled": true, "groups": []string{"/staff"}}
		}
	}
	at := func(s *scene, c client, scopes ...string) string {
		s.permission(c.account, "Users", scopes, s.john)
		return s.at("/users/" + s.john)
	}
	return []permittedWriting{
		{"manage", nil, func(s *scene, c client) (string, string, any) {
			return http.MethodPut, at(s, c, "view", "manage"), map[string]any{"firstName": "X"}
		}, pass(), pass(), "permission 1 (manage, view; policy policy 1 holds)"},
		{"manage-unseen", nil, func(s *scene, c client) (string, string, any) {
			return http.MethodDelete, at(s, c, "manage"), nil
		}, pass(), lacks("manage-users"), "permission 1"},
		{"view-alone", nil, func(s *scene, c client) (string, string, any) {
			return http.MethodPut, at(s, c, "view"), map[string]any{"firstName": "X"}
		}, refused("manage-users"), lacks("manage-users"), "manage on the user"},
		{"reset-password", nil, func(s *scene, c client) (string, string, any) {
			return http.MethodPut, at(s, c, "view", "reset-password") + "/reset-password", map[string]any{"type": "password", "value": anotherPassword, "temporary": false}
		}, pass(), pass(), "reset-password"},
		{"into-a-group", []string{"query-users", "query-groups"}, intake("manage-members", "manage-membership", "view-members", "view"), pass(), lacks("manage-users"), "manage-membership"},
		{"into-a-group-without-view", []string{"query-users", "query-groups"}, intake("manage-members", "manage-membership", "view-members"), refused("manage-users"), lacks("manage-users"), "view on the group /staff is missing"},
		{"a-role", nil, func(s *scene, c client) (string, string, any) {
			role := s.realmRole("picker-" + suffix())
			path := at(s, c, "view", "map-roles")
			s.permission(c.account, "Roles", []string{"map-role"}, role.ID)
			return http.MethodPost, path + "/role-mappings/realm", []named{role}
		}, pass(), lacks("manage-users"), "map-role"},
		{"a-role-without-a-permission-on-it", nil, func(s *scene, c client) (string, string, any) {
			return http.MethodPost, at(s, c, "view", "map-roles") + "/role-mappings/realm", []named{s.realmRole("picker-" + suffix())}
		}, refused("manage-users"), lacks("manage-users"), "map-role on the role"},
	}
}

func (w permittedWriting) examine(t *testing.T, on *target) {
	s := newScene(t, on)
	s.permitting()
	c := s.service(w.roles...)
	method, path, body := w.build(s, c)
	token := s.token(c)
	s.secrets = append(s.secrets, token)
	a := ask{url: s.base(), curl: writing{}.pasted(s, token, method, path, body)}
	s.diagnose(t, a, false, w.alone, -1)
	r := s.diagnose(t, a, true, w.want, -1)
	if !strings.Contains(r.Summary, w.says) {
		t.Errorf("the summary does not say %q: %s", w.says, r.Summary)
	}
	status, said := writing{}.send(s, token, method, path, body)
	if (r.Verdict == "would-pass") != (status < 300) || status >= 300 && status != http.StatusForbidden {
		t.Errorf("predicted %s, and the call gets %s", r.Verdict, said)
	}
}

// TestDoctorOnPermittedCallsThatAreNotSent compares what is predicted of an account with permissions with what comes of it.
func TestDoctorOnPermittedCallsThatAreNotSent(t *testing.T) {
	t.Parallel()
	needsDoctor(t)
	all := permittedWritings()
	if !testrun.Whole() {
		all = testrun.Sampled(all, 3)
	}
	eachPractice(t, []string{"26.7.4"}, func(t *testing.T, on *target) {
		for _, w := range all {
			runCase(t, w.name, func(t *testing.T) { w.examine(t, on) })
		}
	})
}

// TestRealKeycloakDoctorOnPermittedCallsThatAreNotSent is the same on real servers.
func TestRealKeycloakDoctorOnPermittedCallsThatAreNotSent(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, on *target) {
		if !where(permittedUser, 200)(on) {
			t.Skipf("%s lets no service account at an object by permissions", on.version)
		}
		t.Run("cases", func(t *testing.T) { // all end before the server does
			for _, w := range permittedWritings() {
				runCase(t, w.name, func(t *testing.T) { w.examine(t, on) })
			}
		})
	})
}
