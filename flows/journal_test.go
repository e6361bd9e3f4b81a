package flows

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/flows/change"
	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/failure"
)

// changing is a realm of somebody else's with a client, and the change that the doctor would make there.
type changing struct {
	*served
	admin *keycloak.Admin
	uuid  string
	c     change.Change
}

func newChanging(t *testing.T) *changing {
	t.Helper()
	s := serve(t, "")
	s.make("", map[string]any{"realm": "shop", "enabled": true})
	uuid := s.make("/shop/clients", map[string]any{"clientId": "app", "serviceAccountsEnabled": true, "publicClient": false})
	server, err := keycloak.Open(t.Context(), s.url, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := s.options()
	admin, err := server.Login(t.Context(), o.Credentials)
	if err != nil {
		t.Fatal(err)
	}
	return &changing{s, admin, uuid, change.Change{Kind: journal.ChangeGrant, Realm: "shop", ClientID: "app", Container: keycloak.RealmManagement, Role: params.TheRole}}
}

// account returns the ids of the client's service account and of realm-management, as the server has them now.
func (s *changing) account() (account, container string) {
	s.t.Helper()
	user, err := s.admin.ServiceAccount(s.t.Context(), "shop", s.uuid)
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := s.admin.FindClient(s.t.Context(), "shop", keycloak.RealmManagement)
	if err != nil {
		s.t.Fatal(err)
	}
	return user.ID, client.ID
}

// there reports whether the account has the role.
func (s *changing) there() bool {
	s.t.Helper()
	account, container := s.account()
	has, err := s.admin.DirectRoles(s.t.Context(), "shop", account, container)
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.ContainsFunc(has, func(r keycloak.Role) bool { return r.Name == params.TheRole })
}

// set makes or undoes the change as somebody else would, without the journal.
func (s *changing) set(on bool) {
	s.t.Helper()
	account, container := s.account()
	all, err := s.admin.ClientRoles(s.t.Context(), "shop", container)
	if err != nil {
		s.t.Fatal(err)
	}
	role := all[slices.IndexFunc(all, func(r keycloak.Role) bool { return r.Name == params.TheRole })]
	if on {
		err = s.admin.Grant(s.t.Context(), "shop", account, container, role, nil)
	} else {
		err = s.admin.Revoke(s.t.Context(), "shop", account, container, role)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *changing) apply() {
	s.t.Helper()
	if err := s.c.Apply(s.t.Context(), s.admin, s.journal, s.url); err != nil {
		s.t.Fatal(err)
	}
}

func TestOnlyOurOwnChangeIsUndone(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*changing)
		left bool // the role is there after down
		why  string
	}{
		"made by us":                           {func(s *changing) { s.apply() }, false, "changed by fix403 doctor --fix"},
		"there before us":                      {func(s *changing) { s.set(true); s.apply() }, true, ""},
		"made by us twice":                     {func(s *changing) { s.apply(); s.apply() }, false, "changed by fix403 doctor --fix"},
		"undone by someone":                    {func(s *changing) { s.apply(); s.set(false) }, false, "already gone"},
		"killed before it":                     {func(s *changing) { s.killed(false) }, false, "already gone"},
		"made by an admin, or killed after it": {func(s *changing) { s.killed(true) }, true, "left: it is unknown whether fix403 made this change, since its completion was never recorded: it may be an admin's own"},
		"of a client made anew":                {func(s *changing) { s.apply(); s.anew(); s.set(true) }, true, "already gone"},
		"client gone":                          {func(s *changing) { s.apply(); s.anew(); s.api(http.MethodDelete, "/shop/clients/"+s.uuid, nil) }, false, "already gone"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newChanging(t)
			c.do(s)
			d, err := down.Open(t.Context(), down.Options{URL: s.url, Credentials: s.options().Credentials, Journal: s.journal, Now: func() time.Time { return time.Now().Add(time.Hour) }})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			why := ""
			for _, r := range d.Removals {
				why += r.Why.String()
			}
			if why != c.why {
				t.Errorf("%q, want %q", why, c.why)
			}
			if err := d.Remove(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, r := range d.Removals {
				if r.Removed && !strings.HasPrefix(r.Done().String(), "Undone: the change that grants view-users of realm-management to the service account") {
					t.Errorf("it says %q", r.Done())
				}
			}
			if standing, _ := s.journal.Outstanding(s.url); len(standing) > 0 != (d.InDoubt() != nil) {
				t.Errorf("in doubt: %v; still in the journal: %+v", d.InDoubt(), standing)
			}
			if name != "client gone" && s.there() != c.left {
				t.Errorf("the role is there: %v", !c.left)
			}
		})
	}
}

// killed is what stands after kill -9 in the middle of the change.
func (s *changing) killed(acted bool) {
	account, _ := s.account()
	e := journal.Entry{Run: "doctor-killed", Server: s.url, Kind: kind.Kind(journal.ChangeGrant), Realm: "shop", Name: params.TheRole, Client: "app", Container: keycloak.RealmManagement, Object: account}
	if err := s.journal.Intent(e); err != nil {
		s.t.Fatal(err)
	}
	if acted {
		s.set(true)
	}
}

// anew is another client of the same name.
func (s *changing) anew() {
	s.api(http.MethodDelete, "/shop/clients/"+s.uuid, nil)
	s.uuid = s.make("/shop/clients", map[string]any{"clientId": "app", "serviceAccountsEnabled": true, "publicClient": false})
}

// A refusal is no change: the journal says so, and nobody undoes what another makes later.
func TestRefusedChangeIsForgotten(t *testing.T) {
	s := newChanging(t)
	s.intercept(nil, nil)
	wire := &refusing{http.DefaultTransport}
	server, err := keycloak.Open(t.Context(), s.url, keycloak.Options{Transport: wire})
	if err != nil {
		t.Fatal(err)
	}
	refused, err := server.Login(t.Context(), s.options().Credentials)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.c.Apply(t.Context(), refused, s.journal, s.url); failure.KindOf(err) != failure.AdminRefused {
		t.Errorf("got %v", err)
	}
	if changes, err := change.List(s.journal, s.url); err != nil || len(changes) > 0 {
		t.Errorf("%+v, %v", changes, err)
	}
}

// refusing answers 403 to every role mapping.
type refusing struct{ next http.RoundTripper }

func (f *refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/role-mappings/") {
		return answering(http.StatusForbidden, "application/json", `{"error":"HTTP 403 Forbidden"}`, false)(r, nil)
	}
	return f.next.RoundTrip(r)
}

// Another admin than before, who may look at one realm and not at the other: he removes what he can.
func TestDownGoesOnPastWhatTheAdminMayNotSee(t *testing.T) {
	s := newChanging(t)
	s.apply()
	story := s.story(func(o *story.Options) { o.Params.Realm = "mine" })
	if err := doAll(t, story); err != nil {
		t.Fatal(err)
	}
	d, err := down.Open(t.Context(), down.Options{URL: s.url, Credentials: s.options().Credentials, Journal: s.journal, Transport: &blind{http.DefaultTransport, "/admin/realms/shop/"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.realms() != "master shop" || failure.KindOf(d.Refused()) != failure.AdminRefused {
		t.Errorf("left: %s; %v", s.realms(), d.Refused())
	}
	if text, _ := json.Marshal(d.Removals); !strings.Contains(string(text), "left: this admin may not see it") {
		t.Errorf("%s", text)
	}
	if changes, _ := change.List(s.journal, s.url); len(changes) != 1 {
		t.Errorf("forgotten: %+v", changes)
	}
}

// blind answers 403 below a path.
type blind struct {
	next http.RoundTripper
	path string
}

func (b *blind) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, b.path) {
		return answering(http.StatusForbidden, "application/json", `{"error":"HTTP 403 Forbidden"}`, false)(r, nil)
	}
	return b.next.RoundTrip(r)
}

// After kill -9 in the middle of a creation the server may still be at it: the journal keeps it for two minutes.
func TestDownDoesNotForgetWhatMayStillCome(t *testing.T) {
	s := serve(t, "")
	if err := s.journal.Intent(journal.Entry{Run: "1", Server: s.url, Kind: "realm", Realm: "late", Name: "late"}); err != nil {
		t.Fatal(err)
	}
	down := func(later time.Duration) string {
		d, err := down.Open(t.Context(), down.Options{URL: s.url, Credentials: s.options().Credentials, Journal: s.journal, Now: func() time.Time { return time.Now().Add(later) }})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Remove(t.Context()); err != nil || len(d.Removals) != 1 {
			t.Fatalf("%+v, %v", d.Removals, err)
		}
		return d.Removals[0].Why.String()
	}
	if why := down(0); !strings.HasPrefix(why, "not there, but") {
		t.Error(why)
	}
	s.make("", map[string]any{"realm": "late", "enabled": true, "attributes": map[string]string{keycloak.MarkerAttribute: "1"}})
	if why := down(0); why != "created by fix403" || s.realms() != "master" {
		t.Error(why, s.realms())
	}
	if err := s.journal.Intent(journal.Entry{Run: "2", Server: s.url, Kind: "realm", Realm: "never", Name: "never"}); err != nil {
		t.Fatal(err)
	}
	if why := down(3 * time.Minute); why != "already gone" {
		t.Error(why)
	}
}

// A journal that cannot be written stops what would have to stand in it, and says what to do.
func TestUnwritableJournal(t *testing.T) {
	server := serve(t, "26.7.3")
	folder := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := server.story(func(o *story.Options) { o.Journal = journal.Open(folder) })
	e := problem.AsKeycloakError(doAll(t, s))
	if e == nil || !strings.Contains(e.Message.String(), "nothing is created") || !strings.Contains(e.Hint.String(), "XDG_STATE_HOME") {
		t.Errorf("got %v", e)
	}
	if got := server.realms(); got != "master" {
		t.Errorf("created: %s", got)
	}
	if e := problem.AsKeycloakError(journal.Open(folder).Removed(journal.Entry{Kind: "realm"})); e == nil || strings.Contains(e.Message.String(), "nothing is created") {
		t.Errorf("got %v", e)
	}
}
