package access

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fix403/flows/doctor/reason"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	_ "fix403/keycloak/practice/practicetest"
	"fix403/keycloak/wire"
)

// shop is a realm on a practice server, and its admin.
type shop struct {
	*testing.T
	admin *keycloak.Admin
}

func newShop(t *testing.T, version string) *shop {
	t.Helper()
	p, err := practice.New(practice.Options{Version: version, AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	server, err := keycloak.Open(t.Context(), p.URL(), keycloak.Options{Transport: p.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := server.Login(t.Context(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret("admin")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.EnsureRealm(t.Context(), "shop", "run", func(string, string, string) (func(string) error, error) {
		return func(string) error { return nil }, nil
	}); err != nil {
		t.Fatal(err)
	}
	return &shop{t, admin}
}

func (s *shop) send(method, path string, body any) string {
	s.Helper()
	text, id, err := s.admin.Send(s.Context(), msg.New("set up"), method, "shop", path, body)
	if err != nil {
		s.Fatalf("%s %s: %v", method, path, err)
	}
	var made struct{ ID string }
	if id == "" && json.Unmarshal(text, &made) == nil {
		return made.ID
	}
	return id
}

type mapped = []map[string]string

// role returns a role of realm-management as a body names it, and the path of mappings to it.
func (s *shop) role(name string) (body mapped, clients string) {
	s.Helper()
	c, err := s.admin.FindClient(s.Context(), "shop", keycloak.RealmManagement)
	if err != nil {
		s.Fatal(err)
	}
	all, err := s.admin.ClientRoles(s.Context(), "shop", c.ID)
	if err != nil {
		s.Fatal(err)
	}
	i := slices.IndexFunc(all, func(r keycloak.Role) bool { return r.Name == name })
	return mapped{{"id": all[i].ID, "name": name}}, "/role-mappings/clients/" + c.ID
}

func (s *shop) open(home string) *Reader {
	s.Helper()
	r, err := Open(s.Context(), s.admin, home, "shop")
	if err != nil {
		s.Fatal(err)
	}
	return r
}

func (s *shop) ask(r *Reader, method, path string) *Question {
	s.Helper()
	q, err := r.Ask(roles.Call{Method: method, Path: path})
	if err != nil {
		s.Fatal(err)
	}
	return q
}

func say(list []msg.Message) string {
	var all []string
	for _, m := range list {
		all = append(all, m.String())
	}
	return strings.Join(all, "; ")
}

// Each way to a role is named, and what is not enough by itself is named together.
func TestWays(t *testing.T) {
	t.Parallel()
	s := newShop(t, "26.7.4")
	users, clients := s.role("view-users")
	admins, _ := s.role("realm-admin")
	realm, _ := s.role("view-realm")
	ops := s.send("POST", "/groups", map[string]any{"name": "ops"})
	night := s.send("POST", "/groups/"+ops+"/children", map[string]any{"name": "night"})
	s.send("POST", "/groups/"+ops+clients, users)
	s.send("POST", "/roles", map[string]any{"name": "desk"})
	desk, err := s.admin.RealmRole(t.Context(), "shop", "desk")
	if err != nil {
		t.Fatal(err)
	}
	s.send("POST", "/roles/desk/composites", users)
	user := func(name string) string {
		return s.send("POST", "/users", map[string]any{"username": name, "enabled": name != "gone"})
	}
	s.send("PUT", "/users/"+user("ann")+"/groups/"+night, nil)
	ben := user("ben")
	s.send("POST", "/users/"+ben+"/role-mappings/realm", mapped{{"id": desk.ID, "name": "desk"}})
	s.send("POST", "/users/"+ben+clients, realm)
	s.send("POST", "/users/"+user("cleo")+clients, admins)
	s.send("POST", "/users/"+user("gone")+clients, admins)
	user("nobody")
	r := s.open("")
	grants, err := r.Holders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]string{
		"/users":            "group /ops: view-users | user ann: view-users, through group /ops | user ben: view-users, through realm role desk | user cleo: realm-admin",
		"/roles/desk/users": "user ben: view-users, through realm role desk; view-realm | user cleo: realm-admin",
		"/admin-events":     "user cleo: realm-admin",
	} {
		found, _ := grants.Who(s.ask(r, "GET", "/admin/realms/shop"+call))
		var got []string
		for _, e := range found {
			got = append(got, string(e.Kind)+" "+e.Name+": "+say(e.By))
		}
		if text := strings.Join(got, " | "); text != want {
			t.Errorf("%s\n%s\nwant\n%s", call, text, want)
		}
	}
	master := s.open("master")
	if grants, err = master.Holders(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, _ := grants.Who(s.ask(master, "POST", "/admin/realms")); len(found) != 1 || found[0].Name != "admin" || say(found[0].By) != "admin" {
		t.Errorf("%v", found)
	}
}

// What keeps every call of an account away goes before its roles.
func TestBarred(t *testing.T) {
	t.Parallel()
	for version, refused := range map[string]bool{"24.0.5": true, "26.7.4": false} {
		s := newShop(t, version)
		s.send("POST", "/clients", map[string]any{"clientId": "light", "serviceAccountsEnabled": true, "enabled": true, "secret": "s3", "attributes": map[string]string{"client.use.lightweight.access.token.enabled": "true"}})
		s.send("POST", "/clients", map[string]any{"clientId": "off", "serviceAccountsEnabled": true, "enabled": false, "secret": "s3"})
		users, clients := s.role("view-users")
		r := s.open("")
		q := s.ask(r, "GET", "/admin/realms/shop/users")
		for _, id := range []string{"light", "off"} {
			c, err := s.admin.FindClient(t.Context(), "shop", id)
			if err != nil {
				t.Fatal(err)
			}
			account, err := s.admin.ServiceAccount(t.Context(), "shop", c.ID)
			if err != nil {
				t.Fatal(err)
			}
			s.send("POST", "/users/"+account.ID+clients, users)
			subject, err := r.Client(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			d := q.Decide(subject)
			if want := refused || id == "off"; (d.Answer == Refused) != want || want && len(d.Why) != 1 || !slices.Contains(subject.Held, "view-users") {
				t.Errorf("%s, %s: %s, %s", version, id, d.Answer, say(d.Why))
			}
		}
		if _, err := r.Client(t.Context(), "account"); err == nil || !strings.Contains(err.Error(), "no service account") {
			t.Error(err)
		}
	}
}

// Where permissions may decide, nothing is guessed: the server evaluates them for a call with ids, and a policy by time stays open.
func TestPermissions(t *testing.T) {
	t.Parallel()
	s := newShop(t, "26.7.4")
	s.send("PUT", "", map[string]any{"adminPermissionsEnabled": true})
	john := s.send("POST", "/users", map[string]any{"username": "john", "enabled": true})
	caller := s.send("POST", "/users", map[string]any{"username": "caller", "enabled": true})
	client, err := s.admin.FindClient(t.Context(), "shop", keycloak.AdminPermissions)
	if err != nil {
		t.Fatal(err)
	}
	az := "/clients/" + client.ID + "/authz/resource-server"
	policy := s.send("POST", az+"/policy/user", map[string]any{"name": "caller alone", "users": []string{caller}})
	s.send("POST", az+"/permission/scope", map[string]any{"name": "desk", "resourceType": "Users", "scopes": []string{"view"}, "policies": []string{policy}, "resources": []string{john}})
	r := s.open("")
	subject, err := r.User(t.Context(), "caller", "")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]Answer{
		"/users/" + john:   {Unknown, Whole},
		"/users/" + caller: {Unknown, Refused},
		"/users":           {Unknown, Refused},
		"/users/{user-id}": {Unknown, Unknown},
		"/events":          {Refused, Refused},
	} {
		q := s.ask(r, http.MethodGet, "/admin/realms/shop"+path)
		d := q.Decide(subject)
		before := d.Answer
		if err := r.Evaluate(context.Background(), q, subject, &d); err != nil {
			t.Fatal(err)
		}
		if got := [2]Answer{before, d.Answer}; got != want {
			t.Errorf("%s: %s, want %s (%s)", path, got, want, say(d.Why))
		}
		if d.Answer == Whole && d.Certainty != reason.Likely {
			t.Errorf("%s: %s", path, d.Certainty)
		}
	}
}
