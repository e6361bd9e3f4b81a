package wizard

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

func TestDiagnoseOnThePracticeServer(t *testing.T) {
	out, _, err := tell(t, "diagnose\n4\n\nnonsense\ncurl\nfix\n\nfix\nyes\nfix\ntoken\nwire\nagain\nundo\nyes\nagain\nback\nback\nquit\n", nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	wants(t, out, "role STOP 403", "role-missing (proved), stopped at the gate of role with 403", "The smallest role for this call view-users",
		"Type console, curl, kcadm, terraform, typescript, go", "With curl", "The fix changes on", "grants view-users of realm-management to the service account", "Apply it? Type yes",
		"The same call now: 200 (before: 403).", "+ realm-management/view-users", "The fix is applied.", "Exchange 1", "request: GET",
		"The token of the same call after the change", "Undo the fix first", "This will be undone", "The same call now: 403", "What do you want to do?")
	if n := strings.Count(out, "The same call now"); n != 2 { // enter alone changes nothing
		t.Errorf("%d changes:\n%s", n, out)
	}
	if n := strings.Count(out, "role-missing"); n != 2 {
		t.Errorf("%d diagnoses:\n%s", n, out)
	}
}

func TestDiagnoseTakesNoEndForAnAnswer(t *testing.T) {
	for _, script := range []string{"diagnose\n", "diagnose\n1\n", "diagnose\n2\nhttp://localhost:1\n", "diagnose\n4\n\n", "diagnose\n4\n\nfix\n", "diagnose\n4\n\nfix\nyes\nundo\n"} {
		out, _, err := tell(t, script, nil)
		if !errors.Is(err, errEnded) {
			t.Errorf("%q ended with %v:\n%s", script, err, out)
		}
	}
}

func TestWordsLeadBackAndOut(t *testing.T) {
	for script, want := range map[string]string{
		"diagnose\nback\nquit\n":                                   "What do you want to do?",
		"diagnose\n2\nback\nquit\n":                                "Number, back or quit",
		"diagnose\n2\nhttp://localhost:1\nshop\nback\nshop2\nquit": "Client id> ",
		"diagnose\n2\nquit\n":                                      "Server URL",
	} {
		out, _, err := tell(t, script, nil)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%q ended with %v:\n%s", script, err, out)
		}
	}
}

// TestSecretsAreReadWithoutEcho pastes a command of several lines, with a secret that must not be seen again.
func TestSecretsAreReadWithoutEcho(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	const secret = "sEcReT-of-the-client"
	lines := []string{
		"curl -s -X POST " + server.URL + `/realms/master/protocol/openid-connect/token \`,
		`  -d grant_type=client_credentials -d client_id=reports \`,
		`  -d 'client_secret=` + secret + `'`,
	}
	file := filepath.Join(t.TempDir(), "failing.sh")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, hidden := range map[string][]string{"pasted": append(lines, ""), "file": {"@" + file + "x", "@" + file}} {
		out, _, err := tell(t, "diagnose\n1\n\nwire\nquit\n", func(o *Options) {
			o.ReadSecret = func(string) (string, error) {
				if len(hidden) == 0 {
					return "", errors.New("too many questions")
				}
				line := hidden[0]
				hidden = hidden[1:]
				return line, nil
			}
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wants(t, out, "bad-client-credentials", "client_secret=***")
		if strings.Contains(out, secret) {
			t.Errorf("%s: the secret is shown:\n%s", name, out)
		}
	}
}

// TestOnlyWhatACommandLacksIsAskedFor gives a token request before the call, with and without the secret.
func TestOnlyWhatACommandLacksIsAskedFor(t *testing.T) {
	const address = "http://127.0.0.1:1"
	request := "T=$(curl " + address + "/realms/shop/protocol/openid-connect/token -d grant_type=client_credentials -d client_id=reports -d client_secret="
	call := `curl ` + address + `/admin/realms/shop/users -H "Authorization: Bearer $T"`
	for secret, prompts := range map[string]int{"abc": 0, "$S": 1} {
		hidden := []string{request + secret + ")", call, "", "abc"}
		asked := 0
		confirmed := strings.Repeat("yes\n", prompts) // a secret that was typed does not stand in the paste
		out, _, err := tell(t, "diagnose\n1\n\n"+confirmed+"quit\n", func(o *Options) {
			o.ReadSecret = func(prompt string) (string, error) {
				if strings.HasPrefix(prompt, "Client secret") {
					asked++
				}
				line := hidden[0]
				hidden = hidden[1:]
				return line, nil
			}
		})
		if err != nil || asked != prompts || strings.Contains(out, "Client id") {
			t.Errorf("%s: the secret is asked for %d times; %v:\n%s", secret, asked, err, out)
		}
		wants(t, out, "unreachable (proved)")
	}
}

// secrets answers questions that are asked without echo, and notes the prompts.
func secrets(o *Options, answers ...string) *[]string {
	var prompts []string
	o.ReadSecret = func(prompt string) (string, error) {
		prompts = append(prompts, prompt)
		if len(answers) == 0 {
			return "", errors.New("too many questions")
		}
		text := answers[0]
		answers = answers[1:]
		return text, nil
	}
	return &prompts
}

// TestLineThatTheTerminalCutsIsRefused gives a token as long as a terminal's line, and then in a file.
func TestLineThatTheTerminalCutsIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token.txt")
	if err := os.WriteFile(file, []byte(strings.Repeat("x", 5000)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"1", "3"} {
		long := "curl -H 'Authorization: Bearer "
		answers := []string{long + strings.Repeat("x", 4095-len(long)), "@" + file}
		script := "diagnose\n" + way + "\nhttp://127.0.0.1:1\nGET /admin/realms/shop/users\n\n\nquit\n"
		if way == "1" { // the file has no call
			script = "diagnose\n1\nquit\n"
		}
		out, _, err := tell(t, script, func(o *Options) { secrets(o, answers...) })
		if err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		wants(t, out, "This line has 4095 characters, and a terminal cuts off longer ones.", map[string]string{"1": "The text contains no call", "3": "unreachable (proved)"}[way])
	}
}

func TestHintSaysWhatAQuestionIsFor(t *testing.T) {
	out, _, err := tell(t, "diagnose\nhint\n2\nhint\n\nhttp://127.0.0.1:1\nHINT\nquit\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Nothing is sent before the last question", "Server URL: for example http://localhost:8080", "Required: for example", "Realm of the client: case sensitive.")
}

// TestLoginIsSentToItsOwnServerOnly was started with an admin's login for one server, and asks about another.
func TestLoginIsSentToItsOwnServerOnly(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	for url, asked := range map[string]bool{server.URL + "/": false, "http://127.0.0.1:1": true} {
		var prompts *[]string
		out, _, err := tell(t, "diagnose\n2\n"+server.URL+"\nmaster\nnobody\n\n\n2\n\nbot\nquit\n", func(o *Options) {
			o.Story.Practice, o.Story.URL = false, url
			o.Story.Credentials = keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}
			prompts = secrets(o, "wrong", "quit")
		})
		if err != nil || strings.Contains(out, "Admin: 1 user and password") != asked {
			t.Errorf("%s: %v:\n%s", url, err, out)
		}
		if text := strings.Join(*prompts, ""); strings.Contains(text, "Secret of that client") != asked {
			t.Errorf("%s: asked for %q", url, text)
		}
		if !asked {
			wants(t, out, "bad-client-credentials (proved)", "The realm master has no client nobody")
		}
	}
}

// A pasted login without its password asks for it without echo, and names who gets it.
func TestALoginsPasswordIsAskedFor(t *testing.T) {
	p, err := practice.New(practice.Options{AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	var prompts *[]string
	out, _, err := tell(t, "diagnose\n1\n\nyes\nquit\n", func(o *Options) {
		prompts = secrets(o,
			"T=$(curl "+server.URL+"/realms/master/protocol/openid-connect/token -d grant_type=password -d client_id=admin-cli -d username=admin -d \"password=$PASSWORD\" | jq -r .access_token)",
			"curl -H \"Authorization: Bearer $T\" "+server.URL+"/admin/realms/master/users", "", "admin")
	})
	if err != nil || !slices.ContainsFunc(*prompts, func(p string) bool {
		return strings.HasPrefix(p, "Password of the user admin (realm master at "+server.URL+"), not shown")
	}) {
		t.Errorf("%v: %q:\n%s", err, *prompts, out)
	}
	wants(t, out, "Caller the user admin, realm master, client admin-cli, password grant", "passes every gate with 200")
}
