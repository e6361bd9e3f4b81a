package acceptance

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/keycloak/practice"
	"fix403/keycloak/server"
	"fix403/keycloak/testrun"
)

// What run left on a server is removed by down: after the program was killed, after a part was removed by hand, by an admin who
// did not make it, and after the server was stopped and started again with its data.
func TestDown(t *testing.T) {
	t.Parallel()
	for _, version := range testrun.Sampled([]string{"26.7.3", "26.4.0", "24.0.5"}, 3) {
		t.Run(version, func(t *testing.T) { downs(t, practiceTarget(t, practice.Options{Version: version}), nil) })
	}
}

// TestRealKeycloakDown starts servers of its own where versions are asked for, since it stops them in between. On a server
// that is named by its URL it does all but that.
func TestRealKeycloakDown(t *testing.T) {
	list := os.Getenv("FIX403_TEST_KEYCLOAK")
	if list == "" || strings.Contains(list, "://") {
		eachReal(t, func(t *testing.T, on *target) {
			t.Log("this server is not stopped and started again: that takes a version in FIX403_TEST_KEYCLOAK")
			downs(t, on, nil)
		})
		return
	}
	for version := range strings.SplitSeq(strings.ReplaceAll(list, " ", ""), ",") {
		t.Run(version, func(t *testing.T) {
			o := server.Options{Version: version, AdminPassword: planted, Args: []string{
				"--db-url=jdbc:h2:file:" + filepath.Join(t.TempDir(), "keycloak") + ";NON_KEYWORDS=VALUE",
			}}
			s := begin(t, o)
			t.Cleanup(func() { // after what the test made on it is removed
				if err := s.Stop(); err != nil {
					t.Error(err)
				}
			})
			o.Port = s.Record().Port
			on := &target{name: "real", url: s.URL(), version: s.Version(), adminUser: s.AdminUser(), adminPassword: s.AdminPassword()}
			downs(t, on, func() {
				if err := s.Stop(); err != nil {
					t.Fatal(err)
				}
				s = begin(t, o)
				on.token = ""
			})
		})
	}
}

func begin(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	s, err := server.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// left is what was left on a server, and who takes it away.
type left struct {
	name     string
	existing bool                                // in a realm of another owner
	killed   string                              // the program was killed when it had created this: users or clients; "": it ended
	byHand   func(s *scene)                      // what happens to it meanwhile
	who      func(s *scene) (args, env []string) // runs down; nil: who ran the story
	code     int                                 // of down
	says     string                              // by down
	stays    bool                                // down is refused, and leaves all
}

func lefts() []left {
	boss := func(s *scene) ([]string, []string) { return s.masterUser("admin") }
	robot := func(s *scene) ([]string, []string) { return s.masterClient("admin") }
	realmAdmin := func(s *scene) ([]string, []string) { return s.realmUser("manage-clients", "manage-users") }
	remove := func(kind, query string) func(*scene) {
		return func(s *scene) { s.must(http.MethodDelete, s.at(kind+"/"+s.id(kind+query)), nil) }
	}
	ourClient, ourUser := "?clientId=403-forbidden-fix-client", "?exact=true&username=jane-doe"
	return []left{
		{name: "whole, by who made it", says: "Removed the realm"},
		{name: "killed, by another user of master", killed: "users", who: boss, says: "Removed the realm"},
		{name: "without its client, by a service account of master", byHand: remove("/clients", ourClient), who: robot, says: "Removed the realm"},
		{name: "killed, without its client, by a service account", killed: "users", byHand: remove("/clients", ourClient), who: robot, says: "Removed the realm"},
		{name: "all removed by hand", byHand: func(s *scene) { s.must(http.MethodDelete, s.at(""), nil) }, who: boss, says: "already gone"},
		{
			name: "by a service account that may not", who: func(s *scene) ([]string, []string) { return s.masterClient("create-realm") },
			code: 4, says: "requires the role manage-", stays: true,
		},
		{
			name: "killed after the realm, by a service account that may not", killed: "realms", who: func(s *scene) ([]string, []string) { return s.masterClient("create-realm") },
			code: 4, says: "requires the role manage-realm", stays: true,
		},
		{
			name: "existing realm, by an admin of the realm who may only look", existing: true, who: func(s *scene) ([]string, []string) { return s.realmUser("view-clients", "view-users") },
			code: 4, says: "requires the role manage-", stays: true,
		},
		{name: "existing realm, whole, by who made it", existing: true, says: "Removed the user"},
		{name: "existing realm, killed after the user, by another user of master", existing: true, killed: "users", who: boss, says: "Removed the user"},
		{name: "existing realm, killed after the client, by an admin of the realm", existing: true, killed: "clients", who: realmAdmin, says: "Removed the client"},
		{name: "existing realm, without its user, by an admin of the realm", existing: true, byHand: remove("/users", ourUser), who: realmAdmin, says: "Removed the client"},
		{name: "existing realm, without its client, by a service account of master", existing: true, byHand: remove("/clients", ourClient), who: robot, says: "Removed the user"},
		{
			name: "existing realm, by an admin of the realm who may not", existing: true, who: func(s *scene) ([]string, []string) { return s.realmUser("view-realm") },
			code: 4, says: "this admin may not see it", stays: true,
		},
	}
}

func downs(t *testing.T, on *target, restart func()) {
	type pending struct {
		left
		s         *scene
		before    map[string]string
		args, env []string
	}
	var all []pending
	for _, l := range lefts() {
		s := newScene(t, on)
		p := pending{left: l, s: s}
		args := []string{"run", "--keep", "--username", "jane-doe", "--email", "jane-doe@example.com"}
		if l.existing {
			s.newRealm("fix403-test-"+suffix(), nil)
			s.client("theirs", nil)
			args = append(args, "--existing")
		} else {
			s.realm = "fix403-test-" + suffix()
			t.Cleanup(func() { on.admin(t, http.MethodDelete, "/admin/realms/"+s.realm, nil) })
		}
		if l.who != nil && l.existing {
			p.args, p.env = l.who(s)
		}
		p.before = s.holds()
		is := func(r *http.Request) bool {
			return l.killed != "" && r.Method == http.MethodPost && strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), "/"+l.killed)
		}
		s.killWhere(append(args, "--realm", s.realm), l.killed == "", true, is)
		if maps.Equal(p.before, s.holds()) {
			t.Fatalf("%s: the run left nothing", l.name)
		}
		if l.byHand != nil {
			l.byHand(s)
		}
		if l.who != nil && !l.existing {
			p.args, p.env = l.who(s)
		}
		all = append(all, p)
	}
	if restart != nil {
		restart()
	}
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			s := p.s
			outer := s.t
			s.t = t
			defer func() { s.t = outer }()
			there := s.holds()
			out := s.down(p.code, p.args, p.env)
			if !strings.Contains(out, p.says) {
				t.Errorf("down does not say %q:\n%s", p.says, out)
			}
			t.Log(out)
			if p.stays {
				s.same("the refused down", there)
				s.down(0, nil, nil)
			}
			s.same("down", p.before)
			if again := s.down(0, nil, nil); !strings.Contains(again, "nothing to remove") {
				t.Errorf("the second down: %s", again)
			}
		})
	}
}

// down runs it for what the journal names, as an admin, the first one by default.
func (s *scene) down(code int, args, env []string) string {
	s.t.Helper()
	cmd, out := s.asAdmin(slices.Concat([]string{"down", "--yes", "--all", "--url", s.base()}, args)...)
	cmd.Env = append(cmd.Env, env...)
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		s.t.Errorf("down ends with %v, want %d:\n%s", err, code, out)
	}
	return out.String()
}

const anotherPassword = "another-password-1" // #nosec G101 -- of accounts that the test makes

// masterUser makes a user of master with a realm role of it, which goes with the test, and returns how he logs in.
func (s *scene) masterUser(role string) (args, env []string) {
	s.t.Helper()
	name := "fix403-test-" + suffix()
	s.inMaster(func() {
		s.must(http.MethodPost, s.at("/users"), aUser(name))
		s.masterRole(s.goes("/users/"+s.id("/users?exact=true&username="+name)), role)
	})
	return nil, []string{"FIX403_ADMIN_USER=" + name, "FIX403_ADMIN_PASSWORD=" + anotherPassword}
}

// masterClient does it for a service account.
func (s *scene) masterClient(role string) (args, env []string) {
	s.t.Helper()
	name := "fix403-test-" + suffix()
	s.inMaster(func() {
		c := s.client(name, map[string]any{"secret": anotherPassword})
		s.goes("/clients/" + c.uuid)
		s.masterRole("/users/"+c.account, role)
	})
	return nil, []string{"FIX403_ADMIN_CLIENT_ID=" + name, "FIX403_ADMIN_CLIENT_SECRET=" + anotherPassword}
}

// realmUser is an admin of the scene's realm.
func (s *scene) realmUser(roles ...string) (args, env []string) {
	s.t.Helper()
	name := "boss-" + suffix()
	s.must(http.MethodPost, s.at("/users"), aUser(name))
	s.grant(s.id("/users?exact=true&username="+name), roles...)
	return []string{"--admin-realm", s.realm}, []string{"FIX403_ADMIN_USER=" + name, "FIX403_ADMIN_PASSWORD=" + anotherPassword}
}

func aUser(name string) map[string]any {
	return map[string]any{
		"username": name, "enabled": true, "email": name + "@example.com", "emailVerified": true, "firstName": "F", "lastName": "L",
		"credentials": []map[string]any{{"type": "password", "value": anotherPassword, "temporary": false}},
	}
}

// inMaster is for making an admin: the paths of f are in master.
func (s *scene) inMaster(f func()) {
	realm := s.realm
	s.realm = "master"
	defer func() { s.realm = realm }()
	f()
}

// goes has a thing of the realm removed at the end of the test.
func (s *scene) goes(path string) string {
	at := s.at(path)
	s.t.Cleanup(func() { s.must(http.MethodDelete, at, nil) })
	return path
}

func (s *scene) masterRole(user, name string) {
	s.t.Helper()
	role := mustJSON[named](s.t, s.must(http.MethodGet, s.at("/roles/"+name), nil))
	s.must(http.MethodPost, s.at(user+"/role-mappings/realm"), []named{role})
}
