package keycloak_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

// namesInPaths are calls that put a name into a path.
var namesInPaths = []struct {
	name string
	do   func(ctx context.Context, s *keycloak.Server, a *keycloak.Admin, name string) error
}{
	{"FindRealm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.FindRealm(ctx, n)
		return err
	}},
	{"EnsureRealm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.EnsureRealm(ctx, n, "run", nil)
		return err
	}},
	{"DeleteRealm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		return a.DeleteRealm(ctx, n)
	}},
	{"FindClient, realm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.FindClient(ctx, n, "app")
		return err
	}},
	{"EnsureClient, realm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.EnsureClient(ctx, n, "app", nil, "run", nil)
		return err
	}},
	{"DeleteClient, realm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		return a.DeleteClient(ctx, n, "app")
	}},
	{"ClientSecret, id", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.ClientSecret(ctx, "demo", n)
		return err
	}},
	{"FindUser, realm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.FindUser(ctx, n, "john-doe", "")
		return err
	}},
	{"EnsureUser, realm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.EnsureUser(ctx, n, "john-doe", "", nil)
		return err
	}},
	{"DeleteUser, id", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		return a.DeleteUser(ctx, "demo", n)
	}},
	{"ServiceAccount, id", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.ServiceAccount(ctx, "demo", n)
		return err
	}},
	{"ClientRoles, id", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.ClientRoles(ctx, "demo", n)
		return err
	}},
	{"DirectRoles, client", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.DirectRoles(ctx, "demo", "u", n)
		return err
	}},
	{"DirectRoles, user", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.DirectRoles(ctx, "demo", n, "c")
		return err
	}},
	{"EffectiveRoles, user", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		_, err := a.EffectiveRoles(ctx, "demo", n, "c")
		return err
	}},
	{"Grant, user", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		return a.Grant(ctx, "demo", n, "c", viewUsers, nil)
	}},
	{"Grant, client", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		return a.Grant(ctx, "demo", "u", n, viewUsers, nil)
	}},
	{"Revoke, realm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin, n string) error {
		return a.Revoke(ctx, n, "u", "c", viewUsers)
	}},
	{"ClientToken, realm", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin, n string) error {
		_, err := s.ClientToken(ctx, n, "app", wire.NewSecret("client-secret"))
		return err
	}},
	{"Login, realm", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin, n string) error {
		c := adminCredentials
		c.Realm = n
		_, err := s.Login(ctx, c)
		return err
	}},
	{"GetUser, realm", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin, n string) error {
		_, err := s.GetUser(ctx, msg.New("read the user"), clientToken, n, "u")
		return err
	}},
	{"GetUser, id", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin, n string) error {
		_, err := s.GetUser(ctx, msg.New("read the user"), clientToken, "demo", n)
		return err
	}},
}

func TestBadNamesAreNotSent(t *testing.T) {
	for _, c := range namesInPaths {
		t.Run(c.name, func(t *testing.T) {
			h := newHostile(t, always(200, jsonType, "{}"))
			s, a := h.open(keycloak.Options{})
			for _, name := range []string{"", ".", "..", "a/b", "/", "../master", `a\b`, "a\nb", "a\x00b", "a\x7fb"} {
				if name == "" && c.name == "Login, realm" {
					continue // master
				}
				if err := c.do(t.Context(), s, a, name); failure.KindOf(err) != failure.BadInput {
					t.Errorf("%q: %v", name, err)
				}
			}
			if requests, logins := h.seen(); len(requests) > 0 || logins > 1 {
				t.Errorf("requests %q, %d logins", requests, logins)
			}
		})
	}
}

// What the server must see for a name is the name, whatever is in it.
func TestOddNamesArriveAsTheyAre(t *testing.T) {
	for _, c := range namesInPaths {
		t.Run(c.name, func(t *testing.T) {
			var paths []string
			h := newHostile(t, func(w http.ResponseWriter, r *http.Request) {
				paths = append(paths, r.URL.Path)
				reply(w, 404, jsonType, `{"error":"not found"}`)
			})
			s, a := h.open(keycloak.Options{})
			for _, name := range []string{"with space", "a%2fb", "%2e%2e", "a?b=c", "a#b", "a;b", "{id}", "ümläut", "a+b", "a&b", "100%"} {
				paths = nil
				err := c.do(t.Context(), s, a, name)
				if len(paths) == 0 {
					t.Errorf("%q: nothing was sent: %v", name, err)
				} else if !slices.Contains(strings.Split(paths[0], "/"), name) {
					t.Errorf("%q: the server saw %q", name, paths[0])
				}
			}
		})
	}
}

func TestOddNamesInQueries(t *testing.T) {
	for _, name := range []string{"a b", "a&exact=false", "a=b", "a+b", "a#b", "%2f", "ümläut", "a/b"} {
		var got []string
		h := newHostile(t, func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.URL.Query().Get("clientId")+r.URL.Query().Get("username"))
			reply(w, 200, jsonType, "[]")
		})
		_, a := h.open(keycloak.Options{})
		_, err1 := a.FindClient(t.Context(), "demo", name)
		_, err2 := a.FindUser(t.Context(), "demo", name, "")
		if len(got) != 2 || got[0] != name || got[1] != name {
			t.Errorf("%q: the server saw %q", name, got)
		}
		for _, err := range []error{err1, err2} {
			wiretest.CheckError(t, err, failure.NotFound)
		}
	}
}

// An exact search that is not exact must not make us take another object for ours.
func TestFindTakesOnlyTheExactName(t *testing.T) {
	h := newHostile(t, always(200, jsonType, `[null,{},{"id":"1","clientId":"app-2","username":"john"},{"clientId":"app","username":"john-doe"}]`))
	_, a := h.open(keycloak.Options{})
	_, err := a.FindClient(t.Context(), "demo", "app")
	wiretest.CheckError(t, err, failure.NotFound)
	_, err = a.FindUser(t.Context(), "demo", "john-doe", "")
	wiretest.CheckError(t, err, failure.NotFound)
}

func TestGetRefusesOtherAddresses(t *testing.T) {
	other := newHostile(t, always(200, jsonType, "{}"))
	h := newHostile(t, always(200, jsonType, "{}"))
	s, _ := h.open(keycloak.Options{})
	host := strings.TrimPrefix(h.URL, "http://")
	for _, url := range []string{
		"", "admin/realms/demo", "/admin/realms/demo", "http://",
		other.URL + "/admin/realms/demo/users/u",
		h.URL, h.URL + "/", h.URL + "/admin", h.URL + "/realms/demo", h.URL + "/administrator/x",
		h.URL + "/admin/../realms/demo", h.URL + "/admin/%2e%2e/realms/demo", h.URL + "/admin/realms/..", h.URL + "/auth/admin/realms/demo",
		h.URL + ".example.com/admin/realms/demo", h.URL + "@" + strings.TrimPrefix(other.URL, "http://") + "/admin/realms/demo",
		"http://user:password@" + host + "/admin/realms/demo", "https://" + host + "/admin/realms/demo", "//" + host + "/admin/realms/demo",
		h.URL + "/admin/realms/demo#fragment", h.URL + "/admin/%zz", h.URL + "/admin/a\nb",
		"http://" + host + ":1/admin/x",
	} {
		_, err := s.Get(t.Context(), msg.New("try an edited call"), clientToken, url)
		wiretest.CheckError(t, err, failure.BadInput)
	}
	for _, server := range []*hostile{h, other} {
		if requests, _ := server.seen(); len(requests) > 0 {
			t.Errorf("a token was sent: %q", requests)
		}
	}
	for _, path := range []string{"/admin/realms/demo/users/u", "/admin/realms/demo/users?search=a%20b", "/admin/serverinfo", "/admin/realms/a%2Fb"} {
		e, err := s.Get(t.Context(), msg.New("try an edited call"), clientToken, h.URL+path)
		if err != nil || e.Status != 200 || e.URL != h.URL+path {
			t.Errorf("%s: %d %s, %v", path, e.Status, e.URL, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	h := newHostile(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			reply(w, 204, "", "")
		case strings.HasSuffix(r.URL.Path, "/clients"):
			reply(w, 200, jsonType, `[{"id":"client-uuid","clientId":"app"}]`)
		default:
			reply(w, 200, jsonType, `{"realm":"theirs","enabled":true}`)
		}
	})
	_, a := h.open(keycloak.Options{})
	for name, err := range map[string]error{
		"DeleteRealm of master":             a.DeleteRealm(t.Context(), "master"),
		"DeleteRealm without our marker":    a.DeleteRealm(t.Context(), "theirs"),
		"DeleteClient without our marker":   a.DeleteClient(t.Context(), "theirs", "app"),
		"Grant of a role without id":        a.Grant(t.Context(), "theirs", "u", "c", keycloak.Role{Name: "view-users"}, nil),
		"Revoke of a role without its name": a.Revoke(t.Context(), "theirs", "u", "c", keycloak.Role{ID: "1"}),
	} {
		if failure.KindOf(err) != failure.BadInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	requests, _ := h.seen()
	for _, r := range requests {
		if !strings.HasPrefix(r, "GET ") {
			t.Errorf("sent: %s", r)
		}
	}
}

func TestIntentComesFirst(t *testing.T) {
	stop := errors.New("the disk is full")
	type declared struct{ kind, realm, name, id string }
	for _, c := range []struct {
		want declared
		do   func(*keycloak.Admin, keycloak.Intent) error
	}{
		{declared{"realm", "new", "new", "new"}, func(a *keycloak.Admin, i keycloak.Intent) error {
			_, err := a.EnsureRealm(t.Context(), "new", "run", i)
			return err
		}},
		{declared{"client", "ours", "new", "new-uuid"}, func(a *keycloak.Admin, i keycloak.Intent) error {
			_, err := a.EnsureClient(t.Context(), "ours", "new", nil, "run", i)
			return err
		}},
		{declared{"user", "ours", "new", "new-uuid"}, func(a *keycloak.Admin, i keycloak.Intent) error {
			_, err := a.EnsureUser(t.Context(), "ours", "new", "", i)
			return err
		}},
		{declared{"role", "ours", "view-users", "u"}, func(a *keycloak.Admin, i keycloak.Intent) error {
			return a.Grant(t.Context(), "ours", "u", "c", viewUsers, i)
		}},
	} {
		t.Run(c.want.kind, func(t *testing.T) {
			var got declared
			written := 0
			h := newHostile(t, lookups(func(w http.ResponseWriter, r *http.Request) {
				if got.kind == "" {
					t.Error("created before it was declared")
				}
				written++
				if strings.Contains(r.URL.Path, "role-mappings") {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				w.Header().Set("Location", "http://kc/x/new-uuid")
				w.WriteHeader(http.StatusCreated)
			}))
			_, a := h.open(keycloak.Options{})
			refuse := func(string, string, string) (func(string) error, error) { return nil, stop }
			if err := c.do(a, refuse); !errors.Is(err, stop) || written > 0 {
				t.Errorf("%v, %d requests: want the declaration's error and none", err, written)
			}
			declare := func(kind, realm, name string) (func(string) error, error) {
				got = declared{kind: kind, realm: realm, name: name}
				return func(id string) error { got.id = id; return nil }, nil
			}
			if err := c.do(a, declare); err != nil || got != c.want {
				t.Errorf("%+v, %v: want %+v", got, err, c.want)
			}
			unconfirmed := func(_, _, _ string) (func(string) error, error) {
				return func(string) error { return stop }, nil
			}
			if err := c.do(a, unconfirmed); !errors.Is(err, stop) {
				t.Errorf("%v: want the confirmation's error", err)
			}
		})
	}
}
