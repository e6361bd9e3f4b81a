package plain

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/keycloak/practice"
)

func TestDiagnoseOnThePracticeServer(t *testing.T) {
	out, _, err := tell(t, "diagnose\n4\n\nnonsense\ncurl\nfix\n\nfix\nyes\nfix\ntoken\nwire\nagain\nundo\nyes\nagain\nback\nback\nquit\n", nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	wants(t, out, "role STOP 403", "role-missing (proved), stopped at the gate of role with 403", "The smallest role for this call view-users",
		"Type console, curl, kcadm, terraform, typescript, go", "With curl", "The fix changes on", "gives view-users of realm-management to the service account", "Apply it? Type yes",
		"The same call now: 200 (before: 403).", "+ realm-management/view-users", "The fix has been applied.", "Exchange 1", "request: GET",
		"The token of the same call after the change", "Undo the fix first", "To be undone", "The same call now: 403", "Where?")
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
		if !errors.Is(err, ErrEnded) {
			t.Errorf("%q ended with %v:\n%s", script, err, out)
		}
	}
}

func TestWordsLeadBackAndOut(t *testing.T) {
	for script, want := range map[string]string{
		"diagnose\nback\nquit\n":                                   "Where?",
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

// TestSecretsAreReadWithoutEcho pastes a command of several lines, with a secret that nobody may see again.
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
		out, _, err := tell(t, "diagnose\n1\n\nquit\n", func(o *Options) {
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
