package flows

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fix403/flows/change"
	"fix403/flows/handtest"
	"fix403/flows/journal"
	"fix403/flows/lab"
	"fix403/flows/manual"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
)

// watchedShell follows lines in a shell all of whose programs are watched, and returns what they print.
func watchedShell(t *testing.T, w *handtest.Watch, environ []string, text string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-s")
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = append(environ, w.Path(), "TMPDIR="+t.TempDir())
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s%s", err, text, out, &errs)
	}
	return string(out)
}

// states are those in which the texts of a story differ, on a server where each can be told.
func (s *served) states(t *testing.T) map[string]*story.State {
	t.Helper()
	base := story.State{URL: s.url, AdminName: s.admin, AdminRealm: "master", Params: params.DefaultParams()}
	robot := s.adminClient("admin")
	states := map[string]*story.State{"plain": &base}
	for name, change := range map[string]func(*story.State){
		"client as admin": func(st *story.State) { st.AdminName, st.AdminIsClient = robot.ClientID, true },
		"in a realm that is there": func(st *story.State) {
			st.Existing = true
			s.make("", map[string]any{"realm": "there", "enabled": true})
			st.Params.Realm = "there"
		},
		"with redirect URIs": func(st *story.State) { st.Params.RedirectURIs = []string{"http://localhost:8081/*"} },
	} {
		st := base
		st.Params.Realm = strings.ReplaceAll(name, " ", "-")
		change(&st)
		states[name] = &st
	}
	return states
}

// changes are all that a fix can make.
func changes(realm, client, account string) []change.Change {
	return []change.Change{
		{Kind: journal.ChangeGrant, Realm: realm, ClientID: client, Container: keycloak.RealmManagement, Role: params.TheRole},
		{Kind: journal.ChangeGrant, Realm: realm, UserID: account, Container: keycloak.RealmManagement, Role: params.TheRole},
		{Kind: journal.ChangeScopeMapping, Realm: realm, ClientID: client, Container: keycloak.RealmManagement, Role: params.TheRole},
		{Kind: journal.ChangeDefaultScope, Realm: realm, ClientID: client, Role: "microprofile-jwt"},
		{Kind: journal.ChangeScopeDefault, Realm: realm, ClientID: client, Role: "address"},
		{Kind: journal.ChangeHeavyweight, Realm: realm, ClientID: client},
		{Kind: journal.ChangeRealmGrant, Realm: realm, ClientID: client, Role: "uma_authorization"},
		{Kind: journal.ChangeRealmGrant, Realm: realm, UserID: account, Role: "offline_access"},
	}
}

// TestCurlByHandKeepsSecretsOffCommandLines follows each text with curl on a server, and looks at each program it starts.
func TestCurlByHandKeepsSecretsOffCommandLines(t *testing.T) {
	needs(t, "sh", "curl", "grep", "cut", "sed", "tr", "head", "mktemp")
	s := serve(t, "")
	states := s.states(t)
	for name, st := range states {
		t.Run(name, func(t *testing.T) {
			w, password := handtest.New(t, os.Getenv("PATH")), s.pass
			if st.AdminIsClient {
				password = "automation-secret-1"
			}
			out := watchedShell(t, w, []string{"ADMIN_PASSWORD=" + password}, manual.FormCurl.Story(nil, st)+"\necho \"$CLIENT_SECRET\"\n")
			said := strings.Fields(out)
			if len(said) != 4 || said[0] != "403" || said[2] != "200" {
				t.Fatalf("printed %q", out)
			}
			if line := w.Wrong(password, said[3]); line != "" {
				t.Errorf("a secret on a command line: %s", line)
			}
		})
	}
	s.make("", map[string]any{"realm": "r", "enabled": true})
	id := s.make("/r/clients", map[string]any{"clientId": "svc", "serviceAccountsEnabled": true, "publicClient": false, "secret": "the-secret-of-svc",
		"attributes": map[string]string{"client.use.lightweight.access.token.enabled": "true"}})
	_, _, account := s.api(http.MethodGet, "/r/clients/"+id+"/service-account-user", nil)
	for _, c := range changes("r", "svc", between(account, `"id":"`, `"`)) {
		t.Run(string(c.Kind), func(t *testing.T) {
			w := handtest.New(t, os.Getenv("PATH"))
			lines := slices.Concat(change.LoginCurl(s.url, "master", s.admin), c.Curl())
			watchedShell(t, w, []string{"ADMIN_PASSWORD=" + s.pass}, strings.Join(lines, "\n")+"\n")
			if line := w.Wrong(s.pass, "the-secret-of-svc"); line != "" {
				t.Errorf("a secret on a command line: %s", line)
			}
			if !strings.Contains(w.Calls(), "\ncurl -fsS ") {
				t.Errorf("no curl was seen:\n%s", w.Calls())
			}
		})
	}
	if _, _, now := s.api(http.MethodGet, "/r/clients/"+id, nil); !strings.Contains(now, `"client.use.lightweight.access.token.enabled":"false"`) {
		t.Errorf("the texts changed nothing: %s", now)
	}
}

// fakeKcadm plays kcadm.sh: it insists on a secret, from the environment or stdin, and knows the client's.
const fakeKcadm = `
case "$*" in
*credentials*)
  IFS= read -r secret
  [ "$secret" = the-password ] || [ "$secret" = the-secret ] || { echo "no secret from stdin: $secret" >&2; exit 1; }
  [ "$secret" = "${KC_CLI_PASSWORD-}${KC_CLI_CLIENT_SECRET-}" ] || { echo "no secret from the environment" >&2; exit 1; } ;;
*client-secret*) echo the-secret ;;
*"get users"*) echo "HTTP/1.1 403 Forbidden" ;;
*) echo 0123,x ;;
esac`

// TestKcadmByHandKeepsSecretsOffCommandLines follows each text with kcadm.sh.
func TestKcadmByHandKeepsSecretsOffCommandLines(t *testing.T) {
	needs(t, "sh", "grep", "cut", "sed", "mktemp")
	texts := map[string]string{}
	for name, st := range serve(t, "").states(t) {
		texts[name] = manual.FormKcadm.Story(nil, st)
	}
	login := append(change.LoginKcadm("http://kc", "master", "admin"), change.LoginKcadmClient("http://kc", "master", "robot")...)
	for _, c := range changes("r", "x", "0123") {
		c.Role = "x" // as the fake has it
		texts[string(c.Kind)+c.UserID] = strings.Join(slices.Concat(login, c.Kcadm()), "\n") + "\n"
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			w := handtest.New(t, os.Getenv("PATH"))
			w.Fake("kcadm.sh", fakeKcadm)
			watchedShell(t, w, []string{"ADMIN_PASSWORD=the-password"}, text)
			if line := w.Wrong("the-password", "the-secret"); line != "" {
				t.Errorf("a secret on a command line: %s", line)
			}
			if !strings.Contains(w.Calls(), "kcadm.sh config credentials ") {
				t.Errorf("no login was seen:\n%s", w.Calls())
			}
		})
	}
}

// TestExperimentsByHandKeepSecretsOffCommandLines gives each command of the lab a token and a secret.
func TestExperimentsByHandKeepSecretsOffCommandLines(t *testing.T) {
	needs(t, "sh", "cut", "base64")
	environ := []string{
		"KEYCLOAK=http://kc", "OTHER_KEYCLOAK=http://other", "REALM=r", "CLIENT_ID=c", "USER_ID=u", "CLIENT_SECRET=the-secret",
		"TOKEN=the.token.AAAA", "ID_TOKEN=the.token", "REFRESH_TOKEN=the.token",
	}
	for _, e := range lab.Experiments() {
		w := handtest.New(t, os.Getenv("PATH"))
		w.Fake("curl", `case "$*" in *@-*) echo "read $(cat)" ;; esac`)
		w.Fake("sleep", "")
		out := watchedShell(t, w, environ, "set +e\n"+strings.Join(change.CurlBearer(), "\n")+"\n"+e.Manual+"\ntrue\n")
		if line := w.Wrong("the-secret", "the.token"); line != "" {
			t.Errorf("%s: a secret on a command line: %s", e.ID, line)
		}
		if strings.Contains(e.Manual, "bearer ") && !strings.Contains(out, "read Authorization: Bearer the.token") {
			t.Errorf("%s: the token does not reach curl: %q\n%s", e.ID, out, e.Manual)
		}
	}
}

// TestTextsByHandHaveNoOldShape looks at the texts themselves, those that nothing here can run as well.
func TestTextsByHandHaveNoOldShape(t *testing.T) {
	states := serve(t, "").states(t)
	for _, f := range manual.Forms() {
		for name, st := range states {
			text := f.Form.Story(nil, st)
			if found := handtest.Shape(text); found != "" {
				t.Errorf("%s, %s: %s", f.Form, name, found)
			}
			if why := strings.Count(text, "very user of this machine"); (f.Form == manual.FormCurl || f.Form == manual.FormKcadm) && why != 1 {
				t.Errorf("%s, %s: it says %d times why\n%s", f.Form, name, why, text)
			}
		}
	}
	for _, c := range changes("r", "c", "u") {
		if found := handtest.Shape(strings.Join(slices.Concat(c.Curl(), c.Kcadm(), c.Terraform()), "\n")); found != "" {
			t.Errorf("%s: %s", c.Kind, found)
		}
	}
	for _, e := range lab.Experiments() {
		if found := handtest.Shape(e.Manual); found != "" {
			t.Errorf("%s: %s", e.ID, found)
		}
	}
	for _, old := range []string{
		`curl -H "Authorization: Bearer $TOKEN" x`, `curl -H 'Authorization: Bearer '"$TOKEN"`, `curl --data-urlencode "password=$P"`, `curl -d "client_secret=$S"`,
		`kcadm.sh config credentials --user u --password "$P"`, `kcadm.sh config credentials --client c --secret "$S"`, `FIX403_ADMIN_PASSWORD=secret fix403 run`,
		`FIX403_ADMIN_PASSWORD=… fix403 run`, `curl --data-urlencode client_secret="$CLIENT_SECRET"`, `curl -u "c:$S"`,
	} {
		if handtest.Shape(old) == "" {
			t.Errorf("%s passes", old)
		}
	}
}

// The program in TypeScript fails, and passes, as the story does: from another address, by a client as admin, in a realm that is
// there, and where the server asks for the audience.
func TestTheStoryInTypeScript(t *testing.T) {
	needs(t, "node")
	run := func(name string, s *served, st *story.State, password string, want ...string) {
		file := filepath.Join(t.TempDir(), "story.mjs")
		if err := os.WriteFile(file, []byte(manual.FormTypeScript.Story(nil, st)), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "node", file)
		cmd.Env = append(os.Environ(), "ADMIN_PASSWORD="+password, "KEYCLOAK="+s.url)
		out, err := cmd.CombinedOutput()
		if err != nil || !slices.Equal(strings.Fields(string(out)), want) {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
	s := serve(t, "")
	for name, st := range s.states(t) {
		password := s.pass
		if st.AdminIsClient {
			password = "automation-secret-1"
		}
		run(name, s, st, password, "403", "200", "200")
	}
	s = serveGated(t)
	run("audience", s, &story.State{AdminName: s.admin, AdminRealm: "master", Params: params.DefaultParams(), AudienceShown: true}, s.pass, "401", "403", "200", "200")
}
