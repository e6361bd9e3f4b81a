package keycloak_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

var purpose = msg.Verbatim("to test")

// withClient opens a practice server as its admin, with a client in a realm.
func withClient(t *testing.T) (*keycloak.Admin, *keycloak.Client) {
	t.Helper()
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := keycloak.Open(t.Context(), p.URL(), keycloak.Options{Transport: p.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Login(t.Context(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.EnsureRealm(t.Context(), "demo", "run", nil); err != nil {
		t.Fatal(err)
	}
	c, err := a.EnsureClient(t.Context(), "demo", "app", nil, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, c
}

// TestClientScopesAreAssignedAndUnassigned looks at the server after each change: what is switched on is there, what is switched off is not.
func TestClientScopesAreAssignedAndUnassigned(t *testing.T) {
	a, c := withClient(t)
	for _, step := range []struct {
		scope        string
		optional, on bool
	}{
		{"address", true, false}, {"address", false, true}, {"address", false, false}, {"address", true, true},
	} {
		if err := a.SetClientScope(t.Context(), "demo", c.ID, step.scope, step.optional, step.on); err != nil {
			t.Fatalf("%+v: %v", step, err)
		}
		now, err := a.ReadClient(t.Context(), "demo", "app")
		if err != nil {
			t.Fatal(err)
		}
		list, other := now.DefaultScopes, now.OptionalScopes
		if step.optional {
			list, other = other, list
		}
		if slices.Contains(list, step.scope) != step.on || slices.Contains(other, step.scope) {
			t.Errorf("%+v: default %v, optional %v", step, now.DefaultScopes, now.OptionalScopes)
		}
	}
}

// TestChangesAreMadeAndUnmade makes each change of an object and takes it back.
func TestChangesAreMadeAndUnmade(t *testing.T) {
	a, c := withClient(t)
	ctx := t.Context()
	container, err := a.FindClient(ctx, "demo", keycloak.RealmManagement)
	if err != nil {
		t.Fatal(err)
	}
	roles, err := a.ClientRoles(ctx, "demo", container.ID)
	if err != nil {
		t.Fatal(err)
	}
	role := roles[slices.IndexFunc(roles, func(r keycloak.Role) bool { return r.Name == "view-users" })]
	account, err := a.ServiceAccount(ctx, "demo", c.ID)
	if err != nil {
		t.Fatal(err)
	}
	named := func(list []keycloak.Role, err error) bool {
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(list, func(r keycloak.Role) bool { return r.ID == role.ID })
	}
	for name, change := range map[string]struct {
		set func(on bool) error
		has func() bool
	}{
		"role": {func(on bool) error {
			if on {
				return a.Grant(ctx, "demo", account.ID, container.ID, role, nil)
			}
			return a.Revoke(ctx, "demo", account.ID, container.ID, role)
		}, func() bool { return named(a.DirectRoles(ctx, "demo", account.ID, container.ID)) }},
		"scope mapping": {func(on bool) error {
			if on {
				return a.MapScope(ctx, "demo", c.ID, container.ID, role)
			}
			return a.UnmapScope(ctx, "demo", c.ID, container.ID, role)
		}, func() bool { return named(a.MappedScope(ctx, "demo", c.ID, container.ID)) }},
		"lightweight tokens": {func(on bool) error { return a.SetLightweight(ctx, "demo", c.ID, on) }, func() bool {
			now, err := a.ReadClient(ctx, "demo", "app")
			if err != nil {
				t.Fatal(err)
			}
			return now.Lightweight
		}},
	} {
		for _, on := range []bool{true, true, false, false, true} {
			if err := change.set(on); err != nil {
				t.Fatalf("%s, %v: %v", name, on, err)
			}
			if change.has() != on {
				t.Errorf("%s: want %v", name, on)
			}
		}
	}
}

// TestBodyThatIsNoJSON is not sent, and said to be the caller's mistake.
func TestBodyThatIsNoJSON(t *testing.T) {
	h := newHostile(t, always(200, jsonType, `{}`))
	s, a := h.open(keycloak.Options{})
	before := len(s.Recorder().Exchanges())
	_, _, err := a.Send(t.Context(), purpose, http.MethodPut, "demo", "/users/u", map[string]any{"x": func() {}})
	if failure.KindOf(err) != failure.BadInput || len(s.Recorder().Exchanges()) != before {
		t.Errorf("error %v, %d exchanges more", err, len(s.Recorder().Exchanges())-before)
	}
}

// TestEachCallIsMadeOnceAndAnswered makes calls by gocloak and as they stand: each is one exchange, with what the server answered.
func TestEachCallIsMadeOnceAndAnswered(t *testing.T) {
	h := newHostile(t, func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, jsonType, `{"id":"u","path":"`+r.URL.Path+`","method":"`+r.Method+`"}`)
	})
	s, a := h.open(keycloak.Options{})
	for name, do := range map[string]func() (string, error){
		"by gocloak": func() (string, error) {
			e, err := s.GetUser(t.Context(), purpose, clientToken, "demo", "u")
			return e.ResponseBody, err
		},
		"as it stands": func() (string, error) {
			got, err := s.Send(t.Context(), keycloak.Request{Purpose: purpose, Method: http.MethodGet, Path: "/admin/realms/demo/users/u"})
			return string(got.Body), err
		},
		"by the admin": func() (string, error) {
			text, _, err := a.Send(t.Context(), purpose, http.MethodGet, "demo", "/users/u", nil)
			return string(text), err
		},
	} {
		before := len(s.Recorder().Exchanges())
		body, err := do()
		all := s.Recorder().Exchanges()
		if err != nil || !strings.Contains(body, `"path":"/admin/realms/demo/users/u","method":"GET"`) || len(all) != before+1 || all[before].Purpose.String() != purpose.String() {
			t.Errorf("%s: %q, %v; %d exchanges", name, body, err, len(all)-before)
		}
	}
}

// TestRealmRolesAreGivenAndTakenBack looks at the server after each change, and at what a role that is not there gives.
func TestRealmRolesAreGivenAndTakenBack(t *testing.T) {
	a, c := withClient(t)
	account, err := a.ServiceAccount(t.Context(), "demo", c.ID)
	if err != nil {
		t.Fatal(err)
	}
	role, err := a.RealmRole(t.Context(), "demo", "offline_access")
	if err != nil || role.Name != "offline_access" || role.ID == "" {
		t.Fatalf("%+v, %v", role, err)
	}
	for _, on := range []bool{true, true, false, false} {
		if err := a.SetRealmRole(t.Context(), "demo", account.ID, role, on); err != nil {
			t.Fatal(err)
		}
		held, err := a.DirectRealmRoles(t.Context(), "demo", account.ID)
		if has := slices.ContainsFunc(held, func(r keycloak.Role) bool { return r.Name == role.Name }); err != nil || has != on {
			t.Errorf("on %v: %v, %v", on, held, err)
		}
	}
	if _, err := a.RealmRole(t.Context(), "demo", "no-such-role"); failure.KindOf(err) != failure.NotFound {
		t.Errorf("a role that is not there: %v", err)
	}
}
