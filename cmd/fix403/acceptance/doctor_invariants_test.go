package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/testrun"
)

// Whatever is wrong in a set-up, and whatever the doctor makes of it, some things are never so. They are looked for in each run of the
// doctor on each set-up, so that a new set-up gets them without a word.

// builtIn reports whether a client is one that Keycloak makes by itself and relies on.
func builtIn(clientID string) bool {
	return slices.Contains([]string{"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"}, clientID) || strings.HasSuffix(clientID, "-realm")
}

// isRefusal reports whether a call that was answered so did not do what it should. A body of the test's own may be a bad one.
func isRefusal(method string, status int) bool {
	return status == 0 || status >= 400 && (status != http.StatusBadRequest || method == http.MethodGet)
}

// unsent reports whether the doctor does not make the call itself, since it could change something.
func (a ask) unsent() bool {
	method, _ := a.target()
	return method != http.MethodGet && method != http.MethodHead && !slices.Contains(a.args, "--send")
}

// impossible lists what no run of the doctor may say. The status is what the test itself was answered; -1 where it did not ask.
func (a ask) impossible(r *answer, status int) []string {
	var wrong []string
	method, _ := a.target()
	works := slices.Contains([]string{"ok", "would-pass", "over-privileged"}, r.Verdict)
	if status >= 0 && isRefusal(method, status) && works {
		wrong = append(wrong, fmt.Sprintf("the server answers %d, and the verdict is %s", status, r.Verdict))
	}
	if works && r.After == nil && r.code != exitOf(r.Verdict) || !works && (r.code == 0 || r.code == 7) && r.After == nil {
		wrong = append(wrong, fmt.Sprintf("exit code %d for %s", r.code, r.Verdict))
	}
	stopsBefore := r.Gate == "reach" || r.Gate == "client" // there was no token to make the call with
	if a.curl == "" && a.unsent() && !stopsBefore && r.Certainty == "proved" {
		wrong = append(wrong, "the call is not sent, and the verdict is proved")
	}
	if r.Certainty != "proved" && len(r.NotChecked) == 0 {
		wrong = append(wrong, fmt.Sprintf("%s, and not_checked names no link that was not observed", r.Certainty))
	}
	if kind := r.Caller.Kind; a.person != "" && kind != "user" || kind != "user" && kind != "service-account" && kind != "unknown" {
		wrong = append(wrong, fmt.Sprintf("the caller is %s", kind))
	}
	if r.Certainty == "predicted" && a.curl == "" && !a.unsent() {
		wrong = append(wrong, "predicted, and the call is sent")
	}
	return wrong
}

// builtIns is the state of the clients that Keycloak relies on.
func (s *scene) builtIns() map[string]string {
	s.t.Helper()
	state := map[string]string{}
	for _, c := range mustJSON[[]map[string]any](s.t, s.must(http.MethodGet, s.at("/clients"), nil)) {
		if name := fmt.Sprint(c["clientId"]); builtIn(name) {
			state["client "+name] = canonical(c)
			state["scope mappings of "+name] = string(s.must(http.MethodGet, s.at("/clients/"+fmt.Sprint(c["id"])+"/scope-mappings"), nil))
		}
	}
	return state
}

// hasRealm reports whether the scene's realm is there and can be looked at.
func (s *scene) hasRealm() bool {
	status, _ := s.on.admin(s.t, http.MethodGet, s.at(""), nil)
	return status == http.StatusOK
}

// caller is the account in whose name the call is made; "" where the set-up has none in its realm.
func (s *scene) caller(a ask) string {
	s.t.Helper()
	if a.person != "" {
		return s.id("/users?exact=true&username=" + url.QueryEscape(a.person))
	}
	if strings.Count(a.token, ".") == 2 {
		sub, _ := claimsOf(a.token)["sub"].(string)
		return sub
	}
	status, doc := s.on.admin(s.t, http.MethodGet, s.at("/clients?clientId="+url.QueryEscape(a.clientID)), nil)
	if status != http.StatusOK {
		return ""
	}
	for _, c := range mustJSON[[]named](s.t, doc) {
		if status, doc := s.on.admin(s.t, http.MethodGet, s.at("/clients/"+c.ID+"/service-account-user"), nil); status == http.StatusOK {
			return field(doc, "id")
		}
	}
	return ""
}

// holdsExactly: a role-missing that is proved names exactly what makes the person's own call pass. It is tried on a copy of the set-up.
func (c broken) holdsExactly(t *testing.T, on *target, r *answer) {
	if r.Verdict != "role-missing" || r.Certainty != "proved" || len(r.SmallestRoles) == 0 {
		return
	}
	s := newScene(t, on)
	a := c.build(s)
	account := s.caller(a)
	if account == "" || a.curl != "" && a.person == "" {
		return
	}
	for i := range r.SmallestRoles[1:] { // without the last one it does not pass yet
		s.grant(account, r.SmallestRoles[i])
	}
	again := plainly(a)
	if account != s.caller(again) { // a person's token, which is the only one there is
		if !where(tokenBeforeGrant, 200)(on) {
			return
		}
		again = a
	}
	if len(r.SmallestRoles) > 1 {
		if status, body := s.probe(again); status == http.StatusOK && strings.Contains(string(body), a.marked()) {
			t.Errorf("%v are proved to be needed, and the call passes without %s", r.SmallestRoles, r.SmallestRoles[len(r.SmallestRoles)-1])
		}
	}
	s.grant(account, r.SmallestRoles[len(r.SmallestRoles)-1])
	if status, body := s.probe(again); (status < 200 || status > 299) && status != http.StatusNotFound { // 404 is of the object, behind the role
		t.Errorf("%v are proved to be missing, and with them the call gets %d: %.200s", r.SmallestRoles, status, body)
	}
}

// fixesNoMore lets --fix run on a copy of a set-up that says nothing of what --fix may change: it gives what the document names to one
// account, or changes what the document names, and touches no built-in client.
func (c broken) fixesNoMore(t *testing.T, on *target) {
	s := newScene(t, on)
	a := c.build(s)
	if !s.hasRealm() {
		return
	}
	before := s.snapshot()
	r := s.doctor(a, true, "--fix", "--yes")
	wrong := r.parse()
	after := s.snapshot()
	var accounts []string
	for _, what := range changed(before, after) {
		kind, of, _ := strings.Cut(what, " of ")
		switch {
		case strings.HasPrefix(what, "client "):
			if id := strings.TrimPrefix(what, "client "); builtIn(id) {
				wrong = append(wrong, "--fix changed the built-in client "+id)
			}
		case strings.HasPrefix(what, "roles of the "):
			accounts = append(accounts, what)
			for _, role := range given(before[what], after[what]) {
				if !slices.Contains(r.SmallestRoles, role) {
					wrong = append(wrong, fmt.Sprintf("--fix gave %s of %s, and smallest_roles is %v", role, what, r.SmallestRoles))
				}
			}
		case kind == "scope mappings":
			if builtIn(of) {
				wrong = append(wrong, "--fix changed the scope of the built-in client "+of)
			}
		case what == "users", strings.HasPrefix(what, "service account of "), what == "realm": // enabled again, as the document names it
		default:
			wrong = append(wrong, "--fix changed "+what)
		}
	}
	if len(accounts) > 1 {
		wrong = append(wrong, fmt.Sprintf("--fix gave roles to several accounts: %v", accounts))
	}
	wrong = append(wrong, s.shown(a, r.stdout+r.stderr)...)
	if len(wrong) > 0 {
		s.report(t, r, true, append([]string{"--fix"}, wrong...))
	}
}

// TestInvariantsAreNoticed: each thing that may never be said is found where it is said.
func TestInvariantsAreNoticed(t *testing.T) {
	t.Parallel()
	read := ask{call: getUser}
	write := ask{call: "POST /admin/realms/{realm}/users"}
	said := func(verdict, gate, certainty string, code int, notChecked ...string) *answer {
		r := &answer{code: code, diagnosis: diagnosis{Verdict: verdict, Gate: gate, Certainty: certainty, NotChecked: notChecked}}
		r.Caller.Kind = "service-account"
		return r
	}
	for _, tt := range []struct {
		name   string
		a      ask
		r      *answer
		status int
		wrong  int
	}{
		{"right", read, said("ok", "none", "proved", 0), 200, 0},
		{"refused and ok", read, said("ok", "none", "proved", 0), 403, 1},
		{"no answer and ok", read, said("ok", "none", "proved", 0), 0, 1},
		{"refused and would-pass", write, said("would-pass", "none", "predicted", 7, "not sent"), 403, 1},
		{"a bad body of the test", write, said("would-pass", "none", "predicted", 7, "not sent"), 400, 0},
		{"exit code of a success", read, said("role-missing", "role", "proved", 0), 403, 1},
		{"not sent and proved", write, said("role-missing", "role", "proved", 6), 403, 1},
		{"no token at all", write, said("bad-client-credentials", "client", "proved", 6), 401, 0},
		{"sent and predicted", read, said("role-missing", "role", "predicted", 6, "not sent"), 403, 1},
		{"likely without a reason", read, said("role-missing", "role", "likely", 6), 403, 1},
		{"nobody asked", read, said("ok", "none", "proved", 0), -1, 0},
	} {
		if got := tt.a.impossible(tt.r, tt.status); len(got) != tt.wrong {
			t.Errorf("%s: %v, want %d", tt.name, got, tt.wrong)
		}
	}
}

// afterwards are the invariants that take a copy of the set-up. They are of the whole suite: each makes a realm.
func (c broken) afterwards(t *testing.T, on *target, r *answer) {
	if !testrun.Whole() {
		return
	}
	c.holdsExactly(t, on, r)
	if !slices.Contains([]remedy{byGrant, byGrantToUser, byScope, byBoth, byClient, byClientAndRole}, c.remedy) {
		c.fixesNoMore(t, on)
	}
}
