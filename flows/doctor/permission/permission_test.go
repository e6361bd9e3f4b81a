package permission

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	_ "fix403/keycloak/practice/practicetest"
	"fix403/keycloak/wire"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		"GET /users":                            "view on all users; query-users",
		"HEAD /users/count?search=x":            "view on all users; query-users",
		"GET /users/u":                          "view on the user u",
		"GET /users/u/credentials":              "view on the user u",
		"GET /users/u/role-mappings/clients/c":  "view on the user u and view on the client c",
		"PUT /users/u":                          "manage on the user u",
		"DELETE /users/u/":                      "manage on the user u",
		"PUT /users/u/reset-password":           "reset-password on the user u | manage on the user u",
		"POST /users/u/logout":                  "manage on the user u",
		"POST /users/u/impersonation":           "impersonate on the user u",
		"PUT /users/u/groups/g":                 "manage-group-membership on the user u and manage-membership on the group g",
		"GET /groups/g/members":                 "view-members on the group g",
		"POST /groups/g/children":               "manage on the group g",
		"GET /clients?clientId=x":               "view on all clients; query-clients",
		"GET /clients/c/default-client-scopes":  "view on the client c",
		"GET /clients/c/roles/r/users":          "view on the client c and view on all users",
		"GET /organizations/o":                  "view on the organization o",
		"POST /clients":                         "manage on all clients",
		"GET /users/%C3%BC":                     "view on the user ü",
		"GET /roles":                            "",
		"GET /groups/g/children":                "",
		"PUT /clients/c/authz/resource-server":  "",
		"POST /users":                           "manage on all users; body",
		"POST /users/u/role-mappings/clients/c": "map-roles on the user u and map-roles on the client c | map-roles on the user u; body",
		`POST /users {"groups":["/a"]}`:         "manage-members, manage-membership, view on the group /a | manage on all users",
		`POST /users {"username":"x"}`:          "manage on all users",
		`POST /users/u/role-mappings/realm [{"id":"r"},{"id":"r"}]`: "map-roles on the user u and map-role on the role r",
	} {
		fields := strings.SplitN(call, " ", 3)
		var body []byte
		if len(fields) == 3 {
			body = []byte(fields[2])
		}
		n, _ := Of(fields[0], fields[1], body)
		var sets []string
		for _, set := range n.Any {
			var list []Decision
			for _, a := range set {
				list = append(list, Decision{Ask: a})
			}
			sets = append(sets, Asks(list).String())
		}
		got := strings.Join(sets, " | ")
		if n.Query != "" {
			got += "; " + n.Query
		}
		if n.Body {
			got += "; body"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", call, got, want)
		}
	}
}

// TestLook has the practice server evaluate: a permission that holds, one that lacks the scope, one whose policy does not hold, and none.
func TestLook(t *testing.T) {
	t.Parallel()
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s, err := keycloak.NewServer("http://127.0.0.1:1", keycloak.Options{Transport: p.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := s.Login(ctx, keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())})
	if err != nil {
		t.Fatal(err)
	}
	post := func(path string, body any) string {
		t.Helper()
		text, id, err := admin.Send(ctx, msg.New("set up"), "POST", "shop", path, body)
		if err != nil {
			t.Fatal(err)
		}
		var made struct{ ID string }
		if id == "" && keycloak.Decode(msg.New("set up"), text, &made) == nil {
			id = made.ID
		}
		return id
	}
	if _, err := admin.EnsureRealm(ctx, "shop", "", nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := admin.Send(ctx, msg.New("set up"), "PUT", "shop", "", map[string]any{"adminPermissionsEnabled": true}); err != nil {
		t.Fatal(err)
	}
	john, jane, caller := post("/users", map[string]any{"username": "john"}), post("/users", map[string]any{"username": "jane"}), post("/users", map[string]any{"username": "caller"})
	staff := post("/groups", map[string]any{"name": "staff"})
	client, err := admin.FindClient(ctx, "shop", keycloak.AdminPermissions)
	if err != nil {
		t.Fatal(err)
	}
	az := "/clients/" + client.ID + "/authz/resource-server"
	yes, no := post(az+"/policy/user", map[string]any{"name": "caller alone", "users": []string{caller}}), post(az+"/policy/user", map[string]any{"name": "jane alone", "users": []string{jane}})
	permit := func(name, kind, policy, object string, scopes ...string) {
		post(az+"/permission/scope", map[string]any{"name": name, "resourceType": kind, "scopes": scopes, "policies": []string{policy}, "resources": []string{object}})
	}
	permit("help desk", "Users", yes, john, "view")
	permit("hers", "Users", no, jane, "view")
	permit("staff", "Groups", yes, staff, "manage-members", "manage-membership")
	look := func(method, path, body string) *View {
		t.Helper()
		n, known := Of(method, path, []byte(body))
		if !known {
			t.Fatalf("%s %s is not known", method, path)
		}
		v, err := Look(ctx, By{admin, "shop", caller}, n)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		method, path, body string
		allowed            bool
		missing, says      string
	}{
		{"GET", "/users/" + john, "", true, "", "permission help desk (view; policy caller alone holds)"},
		{"PUT", "/users/" + john, "", false, "manage on the user " + john, "no permission has this scope (permission help desk (view; policy caller alone holds))"},
		{"GET", "/users/" + jane, "", false, "view on the user " + jane, "permission hers (view; policy jane alone does not hold)"},
		{"GET", "/users/" + caller, "", false, "view on the user " + caller, "no permission covers it"},
		{"POST", "/users", `{"groups":["/staff"]}`, false, "view on the group /staff", "no permission has this scope (permission staff (manage-members, manage-membership; policy caller alone holds))"},
		{"POST", "/users", `{"groups":["/nowhere"]}`, false, "manage on all users", "The group /nowhere does not exist."},
		{"GET", "/organizations/x", "", false, "view on the organization x", "no permission covers it"},
	} {
		v := look(tt.method, tt.path, tt.body)
		var says []string
		for _, m := range v.Says() {
			says = append(says, m.String())
		}
		if v.Allowed() != tt.allowed || Asks(v.Missing()).String() != tt.missing || !strings.Contains(strings.Join(says, "\n"), tt.says) {
			t.Errorf("%s %s %s: allowed %t, missing %q, says %q", tt.method, tt.path, tt.body, v.Allowed(), Asks(v.Missing()), says)
		}
		if tt.allowed && v.By().String() != "permission help desk (view; policy caller alone holds)" {
			t.Errorf("by %s", v.By())
		}
	}
	v := look("GET", "/users", "")
	if err := v.LookAtShown(ctx); err != nil || Names(v.Shown).String() != "john" || !v.AllNamed {
		t.Errorf("%v %v %t", err, v.Shown, v.AllNamed)
	}
	for _, tt := range []struct {
		shown, hidden []string
		explained     bool
	}{{[]string{john}, []string{jane, caller}, true}, {[]string{jane}, nil, false}, {nil, []string{john}, false}} {
		explained, certain, err := v.Explain(ctx, tt.shown, tt.hidden)
		if err != nil || explained != tt.explained || explained && !certain {
			t.Errorf("%v %v: %t %t %v", tt.shown, tt.hidden, explained, certain, err)
		}
	}
	if _, certain, _ := v.Explain(ctx, nil, slices.Repeat([]string{jane}, many+1)); certain {
		t.Error("more than were looked at are certain")
	}
}
