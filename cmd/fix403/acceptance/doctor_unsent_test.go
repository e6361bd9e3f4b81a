package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/testrun"
)

// writing is a call that could change something, as a person pastes it. After the doctor has said what would come of it, the test makes
// the very call: the prediction has to be right. Where a role is missing, it is granted, and the call made again.
type writing struct {
	name  string
	on    func(*target) bool // nil: everywhere
	roles []string           // of the client that calls
	call  func(s *scene) (method, path string, body any)
	form  bool // the command has no header for the type of its body
	want  expected
	alone *expected // without an admin; nil is want
	says  string    // stands in the summary
}

func pass(smallest ...string) expected { return says("would-pass", "none", "predicted", smallest...) }
func lacks(smallest ...string) expected {
	return says("role-missing", "role", "predicted", smallest...)
}
func nobodyMay() expected { return lacks([]string{}...) }

// openAlone is for what an admin has to see; where it does not count, the call would pass.
var openAlone = expected{"undetermined|would-pass", "role|none", "", nil}

// openVersion is for what the version decides, which only an admin sees.
var openVersion = expected{"undetermined", "role", "", nil}

// impersonatesLikes are the versions on which an admin is impersonated by an account with the same roles alone.
func impersonatesLikes(on *target) bool { return on.version == "26.7.4" }

func since26(on *target) bool { return !strings.HasPrefix(on.version, "24") }

// realmGrants reports whether an admin of the realm can grant roles of realm-management.
func realmGrants(on *target) bool { return on.version != "26.4.0" }

// protecting are the versions on which realm-management is closed.
func protecting(on *target) bool {
	return !slices.Contains([]string{"24.0.5", "26.4.0"}, on.version)
}

func (s *scene) newUser(roles ...string) string {
	id := s.user("target-" + suffix())
	s.grant(id, roles...)
	return id
}

func assigns(role string) func(*scene) (string, string, any) {
	return func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/users/" + s.newUser() + "/role-mappings/clients/" + s.management()), s.managementRoles(role)
	}
}

func (s *scene) roleOfClient(t testing.TB) (client string, role any) {
	t.Helper()
	c := s.plainClient("owner-"+suffix(), nil)
	s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/roles"), map[string]any{"name": "picker"})
	return c.uuid, s.clientRole(c.uuid, "picker")
}

func (s *scene) newRole() string {
	name := "role-" + suffix()
	s.must(http.MethodPost, s.at("/roles"), map[string]any{"name": name})
	return name
}

func exports(query string) func(*scene) (string, string, any) {
	return func(s *scene) (string, string, any) { return http.MethodPost, s.at("/partial-export" + query), nil }
}

func posts(path string, body func() any) func(*scene) (string, string, any) {
	return func(s *scene) (string, string, any) { return http.MethodPost, s.at(path), body() }
}

func newUserBody() any {
	return map[string]any{"username": "new-" + suffix(), "enabled": true, "credentials": []any{map[string]any{"type": "password", "value": planted, "temporary": false}}}
}

var writings = []writing{
	{name: "realm-admin-by-manage-users", on: realmGrants, roles: []string{"manage-users", "view-clients"}, call: assigns("realm-admin"), want: lacks("realm-admin"), says: "realm-admin"},
	{name: "view-users-by-manage-users", on: realmGrants, roles: []string{"manage-users"}, call: assigns("view-users"), want: pass("manage-users"), alone: &openVersion},
	{name: "manage-clients-by-manage-users", on: realmGrants, roles: []string{"manage-users"}, call: assigns("manage-clients"), want: lacks("manage-clients", "manage-users"), says: "manage-clients"},
	{name: "view-clients-by-manage-users", on: realmGrants, roles: []string{"manage-users"}, call: assigns("view-clients"), want: lacks("manage-users", "view-clients"), says: "view-clients"},
	{name: "nobody-of-the-realm-grants", on: func(on *target) bool { return !realmGrants(on) }, roles: []string{"manage-users"}, call: assigns("view-users"), want: nobodyMay(), says: "master",
		alone: &openVersion},
	{name: "nobody-of-the-realm-grants-realm-admin-included", on: func(on *target) bool { return !realmGrants(on) }, roles: []string{"realm-admin"}, call: assigns("view-users"), want: nobodyMay(), says: "master",
		alone: &openVersion},
	{name: "taken-away", on: realmGrants, roles: []string{"manage-users"}, call: func(s *scene) (string, string, any) {
		return http.MethodDelete, s.at("/users/" + s.newUser("view-events") + "/role-mappings/clients/" + s.management()), s.managementRoles("view-events")
	}, want: lacks("manage-users", "view-events")},
	{name: "role-of-another-client", roles: []string{"manage-users"}, call: func(s *scene) (string, string, any) {
		uuid, role := s.roleOfClient(s.t)
		return http.MethodPost, s.at("/users/" + s.newUser() + "/role-mappings/clients/" + uuid), []any{role}
	}, want: pass("manage-users")},
	{name: "export-bare", roles: []string{"manage-realm"}, call: exports("?exportClients=false"), want: pass("manage-realm")},
	{name: "export-clients", roles: []string{"manage-realm"}, call: exports("?exportClients=true"), want: lacks("manage-realm", "view-clients"), says: "exportClients"},
	{name: "export-clients-allowed", roles: []string{"manage-realm", "view-clients"}, call: exports("?exportClients=TRUE"), want: pass("manage-realm", "view-clients")},
	{name: "export-all", roles: []string{"manage-realm"}, call: exports("?exportClients=true&exportGroupsAndRoles=true"), want: lacks("manage-realm", "query-groups", "view-clients")},
	{name: "new-user", roles: []string{"manage-users"}, call: posts("/users", newUserBody), want: pass("manage-users")},
	{name: "new-user-refused", roles: []string{"view-users"}, call: posts("/users", newUserBody), want: lacks("manage-users")},
	{name: "form-in-place-of-json", form: true, roles: []string{"manage-users"}, call: posts("/users", newUserBody), want: says("bad-request", "route", "predicted"), says: "Content-Type"},
	{name: "body-is-no-json", call: func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/groups"), json.RawMessage(`{"name":`)
	}, want: says("bad-request", "route", "predicted"), says: "JSON"},
	{name: "new-client-refused", roles: []string{"view-clients"}, call: posts("/clients", func() any { return map[string]any{"clientId": "new-" + suffix()} }), want: lacks("manage-clients")},
	{name: "client-role-into-realm-role", roles: []string{"manage-realm"}, call: func(s *scene) (string, string, any) {
		_, role := s.roleOfClient(s.t)
		return http.MethodPost, s.at("/roles/" + s.newRole() + "/composites"), []any{role}
	}, want: lacks("manage-clients", "manage-realm"), alone: &expected{"role-missing|undetermined", "role", "", nil}},
	{name: "realm-role-into-realm-role", roles: []string{"manage-realm"}, call: func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/roles/" + s.newRole() + "/composites"), []any{s.realmRole("inner-" + suffix())}
	}, want: pass("manage-realm")},
	{name: "impersonation-of-a-plain-user", roles: []string{"impersonation"}, call: func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/users/" + s.newUser() + "/impersonation"), nil
	}, want: pass("impersonation"), alone: &openAlone},
	{name: "impersonation-of-an-admin", on: impersonatesLikes, roles: []string{"impersonation"}, call: func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/users/" + s.newUser("manage-users") + "/impersonation"), nil
	}, want: lacks("impersonation", "manage-users"), alone: &openAlone, says: "manage-users"},
	{name: "impersonation-of-an-admin-by-its-like", roles: []string{"impersonation", "manage-users"}, call: func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/users/" + s.newUser("manage-users") + "/impersonation"), nil
	}, want: pass(), alone: &openAlone},
	{name: "impersonation-of-a-disabled-user", roles: []string{"impersonation"}, call: func(s *scene) (string, string, any) {
		id := s.newUser()
		s.must(http.MethodPut, s.at("/users/"+id), map[string]any{"enabled": false})
		return http.MethodPost, s.at("/users/" + id + "/impersonation"), nil
	}, want: says("bad-request", "route", ""), alone: &openAlone, says: "disabled"},
	{name: "impersonation-of-a-service-account", roles: []string{"impersonation"}, call: func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/users/" + s.client("other-"+suffix(), nil).account + "/impersonation"), nil
	}, want: says("bad-request", "route", ""), alone: &openAlone, says: "service account"},
	{name: "impersonation-refused", roles: []string{"manage-users"}, call: func(s *scene) (string, string, any) {
		return http.MethodPost, s.at("/users/" + s.newUser() + "/impersonation"), nil
	}, want: lacks("impersonation")},
	{name: "realm-management-is-closed", on: protecting, roles: []string{"manage-clients"}, call: func(s *scene) (string, string, any) {
		return http.MethodPut, s.at("/clients/" + s.management()), map[string]any{"clientId": "realm-management", "description": "x"}
	}, want: nobodyMay(), says: "realm-management"},
	{name: "organization-member", on: func(on *target) bool { return since26(on) && protecting(on) }, roles: []string{"manage-organizations"}, call: func(s *scene) (string, string, any) {
		s.must(http.MethodPut, s.at(""), map[string]any{"organizationsEnabled": true})
		s.must(http.MethodPost, s.at("/organizations"), map[string]any{"name": "acme", "domains": []any{map[string]any{"name": "acme.org"}}})
		return http.MethodPost, s.at("/organizations/" + s.id("/organizations?search=acme") + "/members"), s.newUser()
	}, want: lacks("manage-organizations", "manage-users")},
	{name: "realm-by-an-account-of-a-realm", roles: []string{"realm-admin"}, call: func(*scene) (string, string, any) {
		return http.MethodPost, "/admin/realms", map[string]any{"realm": "never-made", "enabled": true}
	}, want: nobodyMay(), says: "master"},
}

// pasted is the call as a command line, with the token in it.
func (w writing) pasted(s *scene, token, method, path string, body any) string {
	line := fmt.Sprintf("curl -sS -X %s '%s%s' -H 'Authorization: Bearer %s'", method, s.base(), path, token)
	if body != nil {
		text, _ := json.Marshal(body)
		if raw, is := body.(json.RawMessage); is {
			text = raw
		}
		if !w.form {
			line += " -H 'Content-Type: application/json'"
		}
		line += " --data-raw '" + strings.ReplaceAll(string(text), "'", `'\''`) + "'"
	}
	return line + "\n"
}

// ask is the question about it.
func (w writing) ask(s *scene, token, method, path string, body any) ask {
	s.secrets = append(s.secrets, token)
	return ask{url: s.base(), curl: w.pasted(s, token, method, path, body)}
}

// send makes the call itself.
func (w writing) send(s *scene, token, method, path string, body any) (int, string) {
	text, _ := json.Marshal(body)
	if raw, is := body.(json.RawMessage); is {
		text = raw
	}
	if body == nil {
		text = nil
	}
	req, err := http.NewRequest(method, s.base()+path, strings.NewReader(string(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", map[bool]string{true: "application/x-www-form-urlencoded", false: "application/json"}[w.form])
	if body == nil {
		req.Header.Del("Content-Type")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode, res.Status
}

func (w writing) examine(t *testing.T, on *target) {
	s := newScene(t, on)
	s.scratch(nil)
	c := s.service(w.roles...)
	method, path, body := w.call(s)
	token := s.token(c)
	a := w.ask(s, token, method, path, body)
	alone := w.want
	if w.alone != nil {
		alone = *w.alone
	}
	s.diagnose(t, a, false, alone, -1)
	r := s.diagnose(t, a, true, w.want, -1)
	if !strings.Contains(r.Summary, w.says) {
		t.Errorf("the summary does not say %q: %s", w.says, r.Summary)
	}
	status, said := w.send(s, token, method, path, body)
	right := map[string]bool{"would-pass": status < 300, "role-missing": status == 403, "bad-request": status == 400 || status == 415}[r.Verdict]
	if !right {
		t.Errorf("predicted %s, and the call gets %s", r.Verdict, said)
	}
	if r.Verdict != "role-missing" || len(r.SmallestRoles) == 0 {
		return
	}
	for _, held := range w.roles {
		s.must(http.MethodDelete, s.at("/users/"+c.account+"/role-mappings/clients/"+s.management()), s.managementRoles(held))
	}
	s.grant(c.account, r.SmallestRoles...)
	if status, said := w.send(s, s.token(c), method, path, body); status > 299 {
		t.Errorf("%v were named, and with them alone the call gets %s", r.SmallestRoles, said)
	}
}

func examineWritings(t *testing.T, on *target, all []writing) {
	for _, w := range all {
		if w.on == nil || w.on(on) {
			runCase(t, w.name, func(t *testing.T) { w.examine(t, on) })
		}
	}
	runCase(t, "create-a-realm", func(t *testing.T) { createsRealm(t, on) })
	if on.practice == nil { // it answers 501 to who may register
		runCase(t, "registered", func(t *testing.T) { registers(t, on) })
	}
	runCase(t, "sent", func(t *testing.T) { isSent(t, on) })
	runCase(t, "sent-through-a-firewall", func(t *testing.T) { isBlocked(t, on) })
}

// TestDoctorOnCallsThatAreNotSent compares what is predicted with what comes of it, on practice servers.
func TestDoctorOnCallsThatAreNotSent(t *testing.T) {
	t.Parallel()
	needsDoctor(t)
	newest := writings
	if !testrun.Whole() {
		newest = testrun.Sampled(writings, 4)
	}
	eachPractice(t, []string{"26.7.4"}, func(t *testing.T, on *target) { examineWritings(t, on, newest) })
	if testrun.Whole() {
		eachPractice(t, []string{"26.4.0", "24.0.5"}, func(t *testing.T, on *target) { examineWritings(t, on, writings) })
	}
}

// TestRealKeycloakDoctorOnCallsThatAreNotSent is the same on real servers.
func TestRealKeycloakDoctorOnCallsThatAreNotSent(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, on *target) {
		t.Run("cases", func(t *testing.T) { examineWritings(t, on, writings) }) // all end before the server does
	})
}

// createsRealm lets --fix give the one realm role of master that creating a realm takes, and takes it back.
func createsRealm(t *testing.T, on *target) {
	s := newScene(t, on)
	var c client
	s.inMaster(func() {
		c = s.client("fix403-test-"+suffix(), map[string]any{"secret": anotherPassword})
		s.goes("/clients/" + c.uuid)
	})
	name := "made-" + suffix()
	body, _ := json.Marshal(map[string]any{"realm": name, "enabled": true})
	tokens := s.base() + "/realms/master/protocol/openid-connect/token"
	script := fmt.Sprintf("TOKEN=$(curl -sS '%s' -d grant_type=client_credentials -d client_id=%s --data-urlencode 'client_secret=%s' | jq -r .access_token)\n"+
		"curl -sS -X POST '%s/admin/realms' -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '%s'\n", tokens, c.id, anotherPassword, s.base(), body)
	a := ask{url: s.base(), curl: script, lineSecret: anotherPassword}
	held := func() string {
		_, answer := on.admin(t, http.MethodGet, "/admin/realms/master/users/"+c.account+"/role-mappings", nil)
		return string(answer)
	}
	before := held()
	s.diagnose(t, a, false, lacks("create-realm"), -1)
	s.diagnose(t, a, true, lacks("create-realm"), -1)
	r := s.doctor(a, true, "--fix", "--yes")
	if wrong := r.parse(); len(wrong) > 0 || r.code != 0 || !r.Fix.Applied || !strings.Contains(held(), `"create-realm"`) {
		t.Fatalf("exit %d, %v: %s", r.code, wrong, r.stdout)
	}
	s.diagnose(t, a, true, pass(), -1)
	_, answer := postForm(t, tokens, url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {anotherPassword}})
	status, made, err := send(http.MethodPost, s.base()+"/admin/realms", "Bearer "+field(answer, "access_token"), strings.NewReader(string(body)))
	if err != nil || status != http.StatusCreated {
		t.Errorf("with create-realm alone: %d %s %v", status, made, err)
	}
	if status, answer := on.admin(t, http.MethodDelete, "/admin/realms/"+name, nil); status != http.StatusNoContent {
		t.Errorf("removing the realm: %d %s", status, answer)
	}
	if r := s.doctor(a, true, "--undo", "--yes"); r.code != 0 || held() != before {
		t.Errorf("undone: exit %d, and it holds %s, not %s: %s", r.code, held(), before, r.stdout)
	}
}

// registers predicts calls of client registration that pass: by a role, by an initial access token, and by the registration access token of
// the client that came of it, which ends with a change.
func registers(t *testing.T, on *target) {
	s := newScene(t, on)
	s.scratch(nil)
	by := s.token(s.service("create-client"))
	onceMore := map[string]any{"count": 1, "expiration": 600}
	elsewhere := s.must(http.MethodPost, s.at("/clients-initial-access"), onceMore) // at the server's own address, not at the door
	_, root := s.tokenAnswer(s.base(), "master", "admin-cli", "", url.Values{"grant_type": {"password"}, "username": {on.adminUser}, "password": {on.adminPassword}})
	body, _ := json.Marshal(onceMore)
	_, initial, err := send(http.MethodPost, s.base()+s.at("/clients-initial-access"), "Bearer "+field(root, "access_token"), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	at := s.below("/clients-registrations/default")
	call := func(want int, token, method, path, body string) []byte {
		t.Helper()
		status, answer, err := send(method, s.base()+path, "Bearer "+token, strings.NewReader(body))
		if err != nil || status != want {
			t.Fatalf("%s %s is answered with %d, not %d: %.300s %v", method, path, status, want, answer, err)
		}
		return answer
	}
	question := func(token, method, path, body string) ask {
		s.secrets = append(s.secrets, token)
		line := fmt.Sprintf("curl -sS -X %s '%s%s' -H 'Authorization: Bearer %s' -H 'Content-Type: application/json'", method, s.base(), path, token)
		if body != "" {
			line += " -d '" + body + "'"
		}
		return ask{url: s.base(), curl: line + "\n"}
	}
	predicts := func(want expected, token, method, path, body string) {
		t.Helper()
		s.diagnose(t, question(token, method, path, body), false, want, -1)
	}
	lone := noRole("other-endpoint", "identity", "predicted")

	predicts(pass("create-client"), by, http.MethodPost, at, `{"clientId":"by-role"}`)
	call(http.StatusCreated, by, http.MethodPost, at, `{"clientId":"by-role"}`)
	predicts(lone, field(elsewhere, "token"), http.MethodPost, at, `{"clientId":"app"}`)
	call(http.StatusUnauthorized, field(elsewhere, "token"), http.MethodPost, at, `{"clientId":"app"}`)
	predicts(pass(), field(initial, "token"), http.MethodPost, at, `{"clientId":"app"}`)
	own := field(call(http.StatusCreated, field(initial, "token"), http.MethodPost, at, `{"clientId":"app"}`), "registrationAccessToken")

	predicts(lone, own, http.MethodPost, at, `{"clientId":"another"}`)
	call(http.StatusForbidden, own, http.MethodPost, at, `{"clientId":"another"}`)
	predicts(lone, own, http.MethodDelete, at+"/by-role", "")
	call(http.StatusUnauthorized, own, http.MethodDelete, at+"/by-role", "")
	predicts(pass(), own, http.MethodPut, at+"/app", `{"clientId":"app","description":"x"}`)
	next := field(call(http.StatusOK, own, http.MethodPut, at+"/app", `{"clientId":"app","description":"x"}`), "registrationAccessToken")
	predicts(lone, own, http.MethodDelete, at+"/app", "")
	call(http.StatusUnauthorized, own, http.MethodDelete, at+"/app", "")
	predicts(pass(), next, http.MethodDelete, at+"/app", "")
	call(http.StatusNoContent, next, http.MethodDelete, at+"/app", "")
}

// isSent sends a call on demand: what came of it is what is said.
func isSent(t *testing.T, on *target) {
	s := newScene(t, on)
	s.scratch(nil)
	for _, c := range []struct {
		roles []string
		want  expected
		there int
	}{
		{nil, says("role-missing", "role", "", "manage-users"), 0},
		{[]string{"manage-users"}, says("ok", "none", "", "manage-users"), 1},
		{[]string{"manage-users"}, says("bad-request", "route", "proved"), 1}, // the name is taken
	} {
		caller := s.plainClient("sender-"+suffix(), nil)
		s.grant(caller.account, c.roles...)
		token := s.token(caller)
		s.secrets = append(s.secrets, token)
		a := ask{url: s.base(), curl: writing{}.pasted(s, token, http.MethodPost, s.at("/users"), map[string]any{"username": "sent-once", "enabled": true})}
		r := s.doctor(a, false, "--send", "--yes")
		wrong := r.parse()
		if r.Verdict != c.want.verdict || r.code != exitOf(r.Verdict) || c.want.certainty != "" && r.Certainty != c.want.certainty || r.Certainty == "predicted" || len(wrong) > 0 {
			t.Errorf("sent with %v: exit %d, %v: %s", c.roles, r.code, wrong, r.stdout)
		}
		if r.Verdict == "ok" && !strings.Contains(r.Summary, "cannot undo") {
			t.Errorf("it does not say that nothing undoes it: %s", r.Summary)
		}
		if found := mustJSON[[]named](t, s.must(http.MethodGet, s.at("/users?exact=true&username=sent-once"), nil)); len(found) != c.there {
			t.Errorf("with %v: %d users of the name, want %d", c.roles, len(found), c.there)
		}
	}
	a := ask{url: s.base(), realm: s.realm, clientID: "x", secret: "y", call: "POST /admin/realms/{realm}/users"}
	for _, more := range [][]string{{"--send"}, {"--send", "--yes", "--read-only"}} {
		if r := s.doctor(a, false, more...); r.code != 2 || len(notOnlyReads(r.requests)) > 0 {
			t.Errorf("%v: exit %d, sent %v", more, r.code, r.requests)
		}
	}
}

// isBlocked sends a POST through a firewall that lets only GET through to the admin API.
func isBlocked(t *testing.T, on *target) {
	s := newScene(t, on)
	s.scratch(nil)
	c := s.service("manage-users")
	to, err := url.Parse(on.url)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: to.Scheme, Host: to.Host})
	wall := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/admin/") {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<html><body><h1>Request blocked</h1></body></html>"))
			return
		}
		through.ServeHTTP(w, r)
	}))
	defer wall.Close()
	a := s.ask(c)
	a.url, a.call, a.userID = wall.URL+to.Path, "POST /admin/realms/{realm}/users", ""
	for _, withAdmin := range []bool{false, true} {
		r := s.doctor(a, withAdmin, "--send", "--yes")
		if wrong := r.parse(); r.Verdict != "foreign-403" || r.code != 6 || len(wrong) > 0 {
			t.Errorf("exit %d, %v: %s", r.code, wrong, r.stdout)
		}
	}
}
