package acceptance

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/practice"
)

// failure is what stands on stdout where no diagnosis could be made.
func (r *answer) failure(t *testing.T) (kind, message, hint string) {
	t.Helper()
	var doc struct {
		Error struct{ Kind, Message, Hint string }
	}
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		t.Fatalf("stdout is not JSON: %v: %.400q (stderr %.400q)", err, r.stdout, r.stderr)
	}
	return doc.Error.Kind, doc.Error.Message, doc.Error.Hint
}

// unchanged holds a run against a state of the realm.
func (s *scene) unchanged(t *testing.T, before map[string]string) {
	t.Helper()
	if got := changed(before, s.snapshot()); len(got) > 0 {
		t.Errorf("it changed %v", got)
	}
}

func TestDoctorCommandLine(t *testing.T) {
	t.Parallel()
	on := hostileServer(t)
	run := func(t *testing.T, name string, f func(*testing.T, *scene)) {
		runCase(t, name, func(t *testing.T) { f(t, newScene(t, on)) })
	}
	withoutRole := func(s *scene) ask { s.scratch(nil); return s.ask(s.service()) }
	t.Run("cases", func(group *testing.T) {
		run(group, "admin-refused", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			a.env = []string{"FIX403_ADMIN_PASSWORD=wrong-password-of-the-admin"}
			s.secrets = append(s.secrets, "wrong-password-of-the-admin")
			r := s.doctor(a, false)
			if kind, message, hint := r.failure(t); r.code != 4 || kind == "" || message == "" || hint == "" || r.Verdict != "" {
				t.Errorf("exit %d, %s %s %s", r.code, kind, message, hint)
			}
			if shown := s.shown(a, r.stdout+r.stderr); len(shown) > 0 {
				t.Errorf("it shows %v", shown)
			}
		})
		run(group, "admin-without-rights", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			helper := s.client("helper", nil)
			a.env = []string{"FIX403_ADMIN_CLIENT_SECRET=" + helper.secret}
			a.args = []string{"--admin-realm", s.realm, "--admin-client-id", helper.id}
			// The login works and sees nothing: as without an admin, or a refusal.
			if r := s.doctor(a, false); r.code != 4 {
				s.diagnose(t, a, false, aloneRoleMissing, 403)
			} else if kind, _, _ := r.failure(t); kind == "" {
				t.Errorf("exit 4 without an error: %s", r.stdout)
			}
		})
		run(group, "admin-who-only-reads", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			helper := s.client("helper", nil)
			s.grant(helper.account, "view-users", "view-clients", "view-realm")
			a.env = []string{"FIX403_ADMIN_CLIENT_SECRET=" + helper.secret}
			a.args = []string{"--admin-realm", s.realm, "--admin-client-id", helper.id}
			s.diagnose(t, a, false, says("role-missing|role-on-wrong-account", "role", "", "view-users"), 403)
		})
		run(group, "admin-token-file", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			helper := s.client("helper", nil)
			s.grant(helper.account, "realm-admin")
			path := filepath.Join(s.dir, "admin-token")
			if err := os.WriteFile(path, []byte(s.token(helper)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			a.args = []string{"--admin-token-file", path}
			s.diagnose(t, a, false, provedRoleMissing, 403)
		})
		run(group, "fix-without-admin", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			before := s.snapshot()
			r := s.doctor(a, false, "--fix", "--yes")
			if wrong := r.parse(); r.code != 6 && r.code != 2 && r.code != 4 || r.code == 6 && (len(wrong) > 0 || r.Fix.Applied) {
				t.Errorf("exit %d, %v: %s", r.code, wrong, r.stdout)
			}
			if !strings.Contains(r.stdout+r.stderr, "--fix requires an admin") {
				t.Errorf("it does not say why nothing was fixed: %s %s", r.stdout, r.stderr)
			}
			s.unchanged(t, before)
		})
		run(group, "fix-without-yes", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			before := s.snapshot()
			if r := s.doctor(a, true, "--fix"); r.code != 2 {
				t.Errorf("exit %d: %s", r.code, r.stdout)
			}
			s.unchanged(t, before)
		})
		run(group, "fix-and-read-only", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			before := s.snapshot()
			if r := s.doctor(a, true, "--fix", "--yes", "--read-only"); r.code != 2 {
				t.Errorf("exit %d: %s", r.code, r.stdout)
			}
			if r := s.doctor(a, true, "--read-only"); r.code != 6 || len(notOnlyReads(r.requests)) > 0 {
				t.Errorf("exit %d, sent %v: %s", r.code, r.requests, r.stdout)
			}
			s.unchanged(t, before)
		})
		run(group, "fix-and-undo", func(t *testing.T, s *scene) {
			if r := s.doctor(withoutRole(s), true, "--fix", "--undo", "--yes"); r.code != 2 {
				t.Errorf("exit %d: %s", r.code, r.stdout)
			}
		})
		run(group, "fix-of-what-works", func(t *testing.T, s *scene) {
			a := s.ask(healthy(s))
			before := s.snapshot()
			r := s.doctor(a, true, "--fix", "--yes")
			if wrong := r.parse(); len(wrong) > 0 || r.code != 0 || r.Verdict != "ok" || r.Fix.Applied {
				s.report(t, r, true, wrong)
			}
			s.unchanged(t, before)
		})
		for _, c := range []struct {
			name  string
			build func(*scene) ask
		}{
			{"wrong-secret", func(s *scene) ask { a := s.ask(healthy(s)); a.secret = "wrong-secret-of-the-client"; return a }},
			{"unknown-user", func(s *scene) ask { a := s.ask(healthy(s)); a.userID = unknownID; return a }},
			{"unknown-realm", func(s *scene) ask { a := s.ask(healthy(s)); a.realm += "x"; return a }},
			{"foreign-403", func(s *scene) ask {
				a := s.ask(healthy(s))
				forbid(s, "/users/", 403, "text/html", proxyPage)
				return a
			}},
		} {
			run(group, "fix-of-what-no-change-fixes/"+c.name, func(t *testing.T, s *scene) {
				a := c.build(s)
				before := s.snapshot()
				r := s.doctor(a, true, "--fix", "--yes")
				if wrong := r.parse(); len(wrong) > 0 || r.code != 6 || r.Fix.Applied {
					s.report(t, r, true, append(wrong, "want exit code 6, and nothing applied"))
				}
				s.unchanged(t, before)
			})
		}
		run(group, "undo-without-a-fix", func(t *testing.T, s *scene) {
			a := s.ask(healthy(s))
			before := s.snapshot()
			r := s.doctor(a, true, "--undo", "--yes")
			if r.code == 1 || strings.Contains(r.stderr, "panic") {
				t.Errorf("exit %d: %s %s", r.code, r.stdout, r.stderr)
			}
			s.unchanged(t, before)
		})
		run(group, "undo-leaves-what-others-did", func(t *testing.T, s *scene) {
			s.scratch(nil)
			c := s.service("query-groups")
			a := s.ask(c)
			if r := s.doctor(a, true, "--fix", "--yes"); r.code != 0 {
				t.Fatalf("--fix: exit %d: %s", r.code, r.stdout)
			}
			s.grant(c.account, "view-realm")
			if r := s.doctor(a, true, "--fix", "--yes"); r.code != 0 || r.parse() != nil || r.Verdict != "ok" {
				t.Errorf("--fix again: exit %d: %s", r.code, r.stdout)
			}
			if r := s.doctor(a, true, "--undo", "--yes"); r.code != 0 {
				t.Errorf("--undo: exit %d: %s", r.code, r.stdout)
			}
			var held []string
			for _, role := range mustJSON[[]named](t, s.must(http.MethodGet, s.at("/users/"+c.account+"/role-mappings/clients/"+s.management()), nil)) {
				held = append(held, role.Name)
			}
			slices.Sort(held)
			if !slices.Equal(held, []string{"query-groups", "view-realm"}) {
				t.Errorf("the account holds %v", held)
			}
		})
		run(group, "fix-of-a-call-that-is-not-sent", func(t *testing.T, s *scene) {
			s.scratch(nil)
			a := s.ask(s.service("view-users"))
			a.call = "DELETE /admin/realms/{realm}/users/{user-id}"
			r := s.doctor(a, true, "--fix", "--yes")
			for _, sent := range r.requests {
				if strings.HasPrefix(sent, http.MethodDelete) {
					t.Errorf("it sent %s", sent)
				}
			}
			s.must(http.MethodGet, s.at("/users/"+s.john), nil)
			if r.code == 1 {
				t.Errorf("exit 1: %s", r.stdout)
			}
		})
		run(group, "stdin", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			token := s.token(client{id: a.clientID, secret: a.secret})
			line := "curl -H 'Authorization: Bearer " + token + "' " + s.base() + s.at("/users/"+s.john)
			for flag, text := range map[string]string{"--curl-file": line, "--token-file": token, "--client-secret-file": a.secret} {
				b := ask{url: s.base(), realm: s.realm, env: a.env}
				if flag != "--curl-file" {
					b.call, b.userID = a.call, a.userID
				}
				if flag == "--client-secret-file" {
					b.clientID = a.clientID
				}
				cmd := exec.Command(must(program()), append([]string{"doctor", "--json", flag, "-"}, s.command(b)...)...)
				cmd.Env, cmd.Dir, cmd.Stdin = s.environment(nil), s.dir, strings.NewReader(text+"\n")
				out, err := cmd.Output()
				r := &answer{args: cmd.Args, code: cmd.ProcessState.ExitCode(), stdout: string(out)}
				if wrong := r.parse(); len(wrong) > 0 || r.Verdict != "role-missing" || r.code != 6 {
					t.Errorf("%s -: %v %v\n%s", flag, err, wrong, out)
				}
			}
		})
		run(group, "address-by-environment", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			a.env, a.url = []string{"FIX403_URL=" + a.url}, ""
			s.diagnose(t, a, true, provedRoleMissing, 403)
		})
		run(group, "address-in-the-call", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			a.call, a.userID, a.url = "GET "+s.base()+s.at("/users/"+s.john), "", ""
			// A secret is not sent there: nobody named this server.
			r := s.doctor(a, false)
			if wrong := r.parse(); len(wrong) > 0 || r.code != 6 || r.Verdict != "undetermined" || slices.ContainsFunc(r.requests, func(sent string) bool { return strings.HasPrefix(sent, http.MethodPost) }) {
				t.Errorf("exit %d, %v, sent %v: %s", r.code, wrong, r.requests, r.stdout)
			}
			// A token goes to the server that issued it.
			a.token = s.token(client{id: a.clientID, secret: a.secret})
			a.clientID, a.secret = "", ""
			s.diagnose(t, a, false, aloneRoleMissing, 403)
		})
		run(group, "address-in-the-curl-line", func(t *testing.T, s *scene) {
			s.scratch(nil)
			c := s.service()
			token := s.token(c)
			a := s.askCurl(c, "curl -H 'Authorization: Bearer "+token+"' %s", "Bearer "+token)
			a.url, a.realm, a.clientID, a.secret = "", "", "", ""
			s.diagnose(t, a, false, aloneRoleMissing, 403)
		})
		run(group, "curl-line-to-another-server", func(t *testing.T, s *scene) {
			// The admin's password must not go to a server that only a pasted line names.
			s.scratch(nil)
			c := s.service()
			token := s.token(c)
			other := newScene(t, on)
			other.scratch(nil)
			a := s.askCurl(c, "curl -H 'Authorization: Bearer "+token+"' "+other.base()+other.at("/users"), "")
			r := s.doctor(a, true)
			for _, sent := range other.door.requests() {
				if strings.Contains(sent, "/realms/master/") {
					t.Errorf("the other server got %s", sent)
				}
			}
			s.survives(t, a, r, 2, 6)
		})
		run(group, "bad-calls", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			for _, call := range []string{"users", "GET", "FETCH /admin/realms/x/users", "GET users", "/admin/realms/{realm}/users", "GET /admin/realms/{realm}/users/{nope}", "GET ftp://x/y", "GET /admin/realms/{realm}/users extra", "GET \x1b[31m"} {
				b := a
				b.call, b.userID = call, ""
				r := s.doctor(b, false)
				if strings.HasPrefix(call, "/admin") || strings.HasPrefix(call, "FETCH") { // GET may be taken for granted; what is no method is not sent
					s.survives(t, b, r, 2, 6)
					continue
				}
				s.survives(t, b, r, 2)
			}
		})
		run(group, "bad-flags", func(t *testing.T, s *scene) {
			for _, args := range [][]string{{"--no-such-flag"}, {"--token-file", "no-such-file"}, {"--curl-file", "no-such-file"}, {"--client-secret-file", "no-such-file"}, {"--timeout", "-1s"}, {"argument"}, {"--url", "not a url"}, {}} {
				r := s.run(ask{}, false, append([]string{"doctor", "--json"}, args...)...)
				if kind, message, hint := r.failure(t); r.code != 2 || kind == "" || message == "" || hint == "" {
					t.Errorf("%v: exit %d, %q %q %q", args, r.code, kind, message, hint)
				}
			}
		})
		run(group, "junit", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			path := filepath.Join(s.dir, "report.xml")
			s.diagnose(t, a, true, provedRoleMissing, 403, "--junit", path)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var suites struct{ XMLName xml.Name }
			if err := xml.Unmarshal(text, &suites); err != nil || !strings.Contains(string(text), "<failure") {
				t.Errorf("%v: %s", err, text)
			}
			if shown := s.shown(a, string(text)); len(shown) > 0 {
				t.Errorf("it shows %v", shown)
			}
		})
		run(group, "calls-file", func(t *testing.T, s *scene) {
			s.scratch(nil)
			other := s.client("other", nil)
			s.grant(other.account, "manage-users")
			a, manager := s.ask(s.service("view-users")), s.ask(other)
			a.call, a.userID, manager.call, manager.userID = "", "", "", ""
			calls, report := filepath.Join(s.dir, "calls"), filepath.Join(s.dir, "report.xml")
			for _, tt := range []struct {
				calls  string
				code   int
				wanted []string
			}{
				{"# of reports\nGET /admin/realms/{realm}/users\n\n/admin/realms/{realm}/users/count\n", 0, []string{"ok", "ok"}},
				{"GET /admin/realms/{realm}/users\nPOST /admin/realms/{realm}/users\nGET /admin/realms/{realm}/clients\n", 6, []string{"ok", "role-missing", "role-missing"}},
				{"GET /admin/realms/{realm}/users\nGET /admin/realms/{realm}/no-such\n", 6, []string{"ok", "no-such-endpoint"}},
			} {
				if err := os.WriteFile(calls, []byte(tt.calls), 0o600); err != nil {
					t.Fatal(err)
				}
				before := s.snapshot()
				r := s.doctor(a, true, "--calls-file", calls, "--junit", report)
				s.unchanged(t, before)
				var doc struct {
					Calls []struct{ Call, Verdict string }
					Fails int
				}
				var suite struct {
					Cases []struct {
						Failure *struct{} `xml:"failure"`
					} `xml:"testcase"`
				}
				text, err := os.ReadFile(report)
				if err != nil || json.Unmarshal([]byte(r.stdout), &doc) != nil || xml.Unmarshal(text, &suite) != nil {
					t.Fatalf("%v: %s %s", err, r.stdout, r.stderr)
				}
				var got []string
				for i, c := range doc.Calls {
					got = append(got, c.Verdict)
					if fails := c.Verdict != "ok"; len(suite.Cases) != len(doc.Calls) || (suite.Cases[i].Failure != nil) != fails {
						t.Errorf("%s: %s", c.Call, text)
					}
				}
				if r.code != tt.code || !slices.Equal(got, tt.wanted) {
					t.Errorf("exit %d, %q, want %d, %q", r.code, got, tt.code, tt.wanted)
				}
				if shown := s.shown(a, r.stdout+r.stderr+string(text)); len(shown) > 0 {
					t.Errorf("it shows %v", shown)
				}
			}
			if err := os.WriteFile(calls, []byte("POST /admin/realms/{realm}/users\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if r := s.doctor(manager, true, "--calls-file", calls); r.code != 7 {
				t.Errorf("not sent: exit %d, %s", r.code, r.stdout)
			}
			if r := s.run(a, true, append([]string{"doctor", "--calls-file", calls, "--fix", "--yes"}, s.command(a)...)...); r.code != 2 {
				t.Errorf("with --fix: exit %d", r.code)
			}
		})
		run(group, "plain-text", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			r := s.run(a, true, append([]string{"doctor"}, s.command(a)...)...)
			for _, part := range []string{"role-missing", "view-users", "identity", "403"} {
				if !strings.Contains(r.stdout, part) {
					t.Errorf("%q is missing in\n%s", part, r.stdout)
				}
			}
			if r.code != 6 || len(s.shown(a, r.stdout+r.stderr)) > 0 {
				t.Errorf("exit %d, shown %v", r.code, s.shown(a, r.stdout+r.stderr))
			}
		})
		run(group, "practice", func(t *testing.T, s *scene) {
			a := ask{realm: "nope", clientID: "x", secret: "secret-of-no-client", call: "GET /admin/realms/nope/users", args: []string{"--practice"}}
			s.diagnose(t, a, false, says("realm-not-found", "client", ""), 404)
		})
		run(group, "go-program", func(t *testing.T, s *scene) {
			a := withoutRole(s)
			r := s.doctor(a, true, "--fix", "--yes")
			var doc struct{ Fix struct{ Go string } }
			if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil || doc.Fix.Go == "" {
				t.Fatalf("%v: %.500s", err, r.stdout)
			}
			file := filepath.Join(s.dir, "main.go")
			if err := os.WriteFile(file, []byte(doc.Fix.Go), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("go", "run", file)
			cmd.Env = append(os.Environ(), "CLIENT_SECRET="+a.secret)
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "john-doe") {
				t.Errorf("%v: %s", err, out)
			}
		})
	})
}

func must(file string, err error) string {
	if err != nil {
		panic(err)
	}
	return file
}

// On 26.4.0 no admin of the realm itself may give a role of realm-management (FACTS section 9): --fix must say so.
func TestDoctorFixThatIsRefused(t *testing.T) {
	t.Parallel()
	needsDoctor(t)
	on := practiceTarget(t, practice.Options{Version: "26.4.0"})
	s := newScene(t, on)
	s.scratch(map[string]any{})
	a := s.ask(s.service())
	helper := s.client("helper", nil)
	s.grant(helper.account, "realm-admin")
	a.env = []string{"FIX403_ADMIN_CLIENT_SECRET=" + helper.secret}
	a.args = []string{"--admin-realm", s.realm, "--admin-client-id", helper.id}
	before := s.snapshot()
	r := s.doctor(a, false, "--fix", "--yes")
	if r.code != 4 || !strings.Contains(r.stdout, "master") || r.Fix.Applied {
		t.Errorf("exit %d, want 4 and a word about an admin of master:\n%s", r.code, r.stdout)
	}
	s.unchanged(t, before)
}

// For a caller of master a fix grants the one role of the client that is named after the called realm, and changes nothing else there.
func TestDoctorFixInMaster(t *testing.T) {
	t.Parallel()
	needsDoctor(t)
	on := practiceTarget(t, practice.Options{})
	s := newScene(t, on)
	s.scratch(map[string]any{})
	realm, john := s.realm, s.john
	s.realm, s.roles = "master", nil
	c := s.client("svc", nil)
	a := s.ask(c)
	a.call, a.userID = "GET /admin/realms/"+realm+"/users/{user-id}", john
	mappings := func() (realmRoles string, ofClients map[string][]string) {
		var m struct {
			RealmMappings  json.RawMessage
			ClientMappings map[string]struct{ Mappings []struct{ Name string } }
		}
		if err := json.Unmarshal(s.must(http.MethodGet, s.at("/users/"+c.account+"/role-mappings"), nil), &m); err != nil {
			t.Fatal(err)
		}
		ofClients = map[string][]string{}
		for client, list := range m.ClientMappings {
			for _, r := range list.Mappings {
				ofClients[client] = append(ofClients[client], r.Name)
			}
		}
		return string(m.RealmMappings), ofClients
	}
	before := map[string]string{}
	for _, path := range []string{"/clients/" + c.uuid, "/clients/" + c.uuid + "/scope-mappings"} {
		before[path] = string(s.must(http.MethodGet, s.at(path), nil))
	}
	realmRoles, none := mappings()
	s.diagnose(t, a, true, says("role-missing", "role", ""), 403)
	if r := s.doctor(a, true, "--fix", "--yes"); len(r.parse()) > 0 || r.code != 0 || !r.Fix.Applied {
		t.Errorf("exit %d: %s", r.code, r.stdout)
	}
	for path, was := range before {
		if is := string(s.must(http.MethodGet, s.at(path), nil)); is != was {
			t.Errorf("%s was %s, and is %s", path, was, is)
		}
	}
	is, granted := mappings()
	if want := map[string][]string{realm + "-realm": {"view-users"}}; is != realmRoles || len(none) > 0 || !reflect.DeepEqual(granted, want) {
		t.Errorf("granted: %v, want %v; realm roles were %s, and are %s", granted, want, realmRoles, is)
	}
	if r := s.doctor(a, true, "--undo", "--yes"); r.code != 0 {
		t.Errorf("--undo: exit %d: %s", r.code, r.stdout)
	}
	if is, left := mappings(); is != realmRoles || len(left) > 0 {
		t.Errorf("after --undo there are %v, %s", left, is)
	}
}

// kcadm is the folder of a kcadm.sh, unpacked from a distribution that the local Maven repository has.
func kcadm(t *testing.T) string {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(home, ".m2/repository/org/keycloak/keycloak-quarkus-dist/26.*/keycloak-quarkus-dist-*.tar.gz"))
	if err != nil || len(found) == 0 {
		t.Skip("there is no distribution of Keycloak in the local Maven repository to take kcadm.sh from")
	}
	dir := t.TempDir()
	if out, err := exec.Command("tar", "xzf", found[len(found)-1], "-C", dir, "--strip-components=1", "--wildcards", "*/bin/kcadm.sh", "*/bin/client/*").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "bin")
}

// followKcadm follows fix.kcadm to the letter.
func followKcadm(t *testing.T, on *target) {
	path := "PATH=" + kcadm(t) + string(os.PathListSeparator) + os.Getenv("PATH")
	for _, c := range allBroken() {
		if c.on != nil && !c.on(on) || !slices.Contains([]string{
			"role-missing/user", "full-scope-off/other-role-mapped", "client-disabled", "realm-disabled", "service-account-off", "roles-scope-missing/made-optional", "lightweight-token",
		}, c.name) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, on)
			a := c.build(s)
			r := s.diagnose(t, a, true, c.withAdmin, -1)
			if r.Fix.Kcadm == nil {
				t.Fatalf("fix.kcadm is null for %s", r.Verdict)
			}
			out, err := s.follow(a, r.Fix.Kcadm, path)
			if err != nil {
				t.Fatalf("%v\n%s\nprinted %s", err, strings.Join(r.Fix.Kcadm, "\n"), out)
			}
			if status, body := s.probe(a); status != http.StatusOK || !strings.Contains(string(body), a.marked()) {
				t.Errorf("afterwards %d %.200s\n%s", status, body, strings.Join(r.Fix.Kcadm, "\n"))
			}
		})
	}
}
