package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// adapter checks that the adapter keeps its own promises on the server.
func (s *suite) adapter(t *testing.T) {
	ctx := t.Context()
	server, err := keycloak.Open(ctx, s.URL+"/admin/master/console/", keycloak.Options{Transport: s.Transport, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if server.URL() != s.URL {
		t.Errorf("URL %s, want %s", server.URL(), s.URL)
	}
	credentials := keycloak.Credentials{User: s.AdminUser, Password: wire.NewSecret(s.AdminPassword)}
	admin, err := server.Login(ctx, credentials)
	if err != nil {
		t.Fatal(err)
	}
	name := s.newName(t)

	t.Run("version", func(t *testing.T) {
		if got, err := admin.Version(ctx); err != nil || got != s.Version {
			t.Errorf("%q, %v: want %q", got, err, s.Version)
		}
	})
	t.Run("refusals", func(t *testing.T) {
		wrong := credentials
		wrong.Password = wire.NewSecret("wrong-password")
		_, err := server.Login(ctx, wrong)
		wantKind(t, err, failure.AdminRefused)
		wrong = credentials
		wrong.Realm = name + "-unknown"
		_, err = server.Login(ctx, wrong)
		wantKind(t, err, failure.NotFound)
		_, err = server.ClientToken(ctx, name+"-unknown", "app", wire.NewSecret("some-secret"))
		wantKind(t, err, failure.NotFound)
		_, err = admin.FindRealm(ctx, name)
		wantKind(t, err, failure.NotFound)
		_, err = admin.FindClient(ctx, name, "app")
		wantKind(t, err, failure.NotFound)
		wantKind(t, admin.DeleteRealm(ctx, name), failure.NotFound)
		wantKind(t, admin.DeleteRealm(ctx, "master"), failure.BadInput)
	})
	t.Run("realm without our marker", func(t *testing.T) {
		r := s.newRealm(t)
		found, err := admin.EnsureRealm(ctx, r.name, "run-1", nil)
		if err != nil || found.Created || found.Marker != "" {
			t.Errorf("%+v, %v", found, err)
		}
		wantKind(t, admin.DeleteRealm(ctx, r.name), failure.BadInput)
		r.client(t, "theirs", nil)
		wantKind(t, admin.DeleteClient(ctx, r.name, "theirs"), failure.BadInput)
	})
	t.Run("story", func(t *testing.T) { s.adapterStory(ctx, t, server, admin, name) })
	t.Run("nothing secret is recorded", func(t *testing.T) {
		for _, e := range server.Recorder().Exchanges() {
			if len(s.AdminPassword) >= 8 && strings.Contains(fmt.Sprint(e), s.AdminPassword) {
				t.Errorf("the admin's password is in %s %s", e.Method, e.URL)
			}
			if strings.Contains(e.RequestBody+e.ResponseBody+fmt.Sprint(e.RequestHeader), "eyJ") {
				t.Errorf("a token is in %s %s", e.Method, e.URL)
			}
		}
	})
}

func (s *suite) adapterStory(ctx context.Context, t *testing.T, server *keycloak.Server, admin *keycloak.Admin, name string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, created := range []bool{true, false} { // the second time everything is there
		realm, err := admin.EnsureRealm(ctx, name, "run-1", nil)
		must(err)
		client, err := admin.EnsureClient(ctx, name, "app", []string{"http://localhost:8081/*"}, "run-1", nil)
		must(err)
		user, err := admin.EnsureUser(ctx, name, "john-doe", "john-doe@example.com", nil)
		must(err)
		if realm.Created != created || client.Created != created || user.Created != created {
			t.Errorf("created: realm %v, client %v, user %v; want %v", realm.Created, client.Created, user.Created, created)
		}
		if realm.Marker != "run-1" || client.Marker != "run-1" || !realm.Enabled || !user.Enabled {
			t.Errorf("%+v, %+v, %+v", realm, client, user)
		}
		if n := len(realm.Differs) + len(client.Differs) + len(user.Differs); n > 0 {
			t.Errorf("differs: %v, %v, %v", realm.Differs, client.Differs, user.Differs)
		}
	}
	client, err := admin.FindClient(ctx, name, "app")
	must(err)
	user, err := admin.FindUser(ctx, name, "john-doe", "other@example.com")
	must(err)
	if len(user.Differs) != 1 || user.Differs[0].Setting != "email" {
		t.Errorf("differs: %v", user.Differs)
	}
	_, err = admin.FindUser(ctx, name, "john", "")
	wantKind(t, err, failure.NotFound)

	s.sceneIn(t, name).admit(t, client.ID)
	secret, err := admin.ClientSecret(ctx, name, client.ID)
	must(err)
	_, err = server.ClientToken(ctx, name, "app", wire.NewSecret("wrong-secret"))
	wantKind(t, err, failure.ClientRefused)
	call := func(want int, roles ...string) {
		t.Helper()
		issued, err := server.ClientToken(ctx, name, "app", secret)
		must(err)
		// expires_in counts whole seconds from the issue: a busy server may already have used one up.
		if issued.Lifetime > 5*time.Minute || issued.Lifetime < 5*time.Minute-10*time.Second || !slices.Equal(issued.Token.Roles(keycloak.RealmManagement), roles) || issued.Token.Realm() != name {
			t.Errorf("lifetime %v, roles %q, realm %q; want roles %q", issued.Lifetime, issued.Token.Roles(keycloak.RealmManagement), issued.Token.Realm(), roles)
		}
		e, err := server.GetUser(ctx, msg.New("read the user"), issued.Secret, name, user.ID)
		must(err)
		again, err := server.Get(ctx, msg.New("read the user again"), issued.Secret, keycloak.UserURL(s.URL, name, user.ID))
		must(err)
		if e.Status != want || again.Status != want || e.Bearer == nil || e.Bearer.Subject != issued.Token.Subject {
			t.Errorf("%d, again %d, bearer %+v; want %d", e.Status, again.Status, e.Bearer, want)
		}
	}
	call(403, []string{}...)

	account, err := admin.ServiceAccount(ctx, name, client.ID)
	must(err)
	mgmt, err := admin.FindClient(ctx, name, keycloak.RealmManagement)
	must(err)
	roles, err := admin.ClientRoles(ctx, name, mgmt.ID)
	must(err)
	i := slices.IndexFunc(roles, func(r keycloak.Role) bool { return r.Name == "view-users" })
	if i < 0 || !roles[i].Composite || roles[i].ID == "" {
		t.Fatalf("roles %+v", roles)
	}
	wantRoles := func(read func(context.Context, string, string, string) ([]keycloak.Role, error), want ...string) {
		t.Helper()
		got, err := read(ctx, name, account.ID, mgmt.ID)
		must(err)
		names := []string{}
		for _, r := range got {
			names = append(names, r.Name)
		}
		if !slices.Equal(names, want) && len(names)+len(want) > 0 {
			t.Errorf("roles %q, want %q", names, want)
		}
	}
	wantRoles(admin.DirectRoles)
	must(admin.Grant(ctx, name, account.ID, mgmt.ID, roles[i], nil))
	must(admin.Grant(ctx, name, account.ID, mgmt.ID, roles[i], nil))
	wantRoles(admin.DirectRoles, "view-users")
	wantRoles(admin.EffectiveRoles, "query-groups", "query-users", "view-users")
	call(200, "query-groups", "query-users", "view-users")
	wantKind(t, admin.Grant(ctx, name, account.ID, mgmt.ID, keycloak.Role{ID: unknownID, Name: "view-users"}, nil), failure.NotFound)
	must(admin.Revoke(ctx, name, account.ID, mgmt.ID, roles[i]))
	must(admin.Revoke(ctx, name, account.ID, mgmt.ID, roles[i]))
	wantRoles(admin.DirectRoles)
	call(403)

	must(admin.DeleteUser(ctx, name, user.ID))
	wantKind(t, admin.DeleteUser(ctx, name, user.ID), failure.NotFound)
	must(admin.DeleteClient(ctx, name, "app"))
	wantKind(t, admin.DeleteClient(ctx, name, "app"), failure.NotFound)
	must(admin.DeleteRealm(ctx, name))
	_, err = admin.FindRealm(ctx, name)
	wantKind(t, err, failure.NotFound)
}

func wantKind(t *testing.T, err error, want failure.Kind) {
	t.Helper()
	if got := failure.KindOf(err); got != want {
		t.Errorf("error %v of kind %q, want %q", err, got, want)
	}
}
