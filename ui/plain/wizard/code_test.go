package wizard

import (
	"net/http/httptest"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/wire"
)

// An admin who needs a one-time code is asked for it: in the story and in Diagnose, whether the password was given when
// the program started or is typed.
func TestOneTimeCodeIsAskedFor(t *testing.T) {
	for name, script := range map[string]string{
		"story":             "1\n\n\n\nquit\n",
		"diagnose, given":   "diagnose\n2\nURL\nmaster\nnobody\n\n\nquit\n",
		"diagnose, entered": "diagnose\n2\nURL\nmaster\nnobody\n\n\n1\n\nadmin\nquit\n",
	} {
		t.Run(name, func(t *testing.T) {
			p, err := practice.New(practice.Options{})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(servertest.NeedsCode(p, p.AdminUser(), "123456"))
			defer server.Close()
			var prompts *[]string
			out, _, err := tell(t, strings.ReplaceAll(script, "URL", server.URL), func(o *Options) {
				o.Story.Practice, o.Story.URL = false, server.URL
				o.Story.Credentials = keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}
				o.AtFirstStep = name == "story"
				answers := []string{"", "123456"} // story: the password is kept; diagnose: no secret of the client
				if strings.Contains(name, "entered") {
					o.Story.URL = "http://127.0.0.1:1"
					answers = []string{"", p.AdminPassword(), "123456"}
				}
				prompts = secrets(o, answers...)
			})
			if err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			if all := strings.Join(*prompts, "|"); !strings.Contains(all, "One-time code, if this admin has one") {
				t.Errorf("asked for %q:\n%s", all, out)
			}
			if strings.Contains(out, "Invalid user credentials") {
				t.Errorf("refused:\n%s", out)
			}
		})
	}
}
