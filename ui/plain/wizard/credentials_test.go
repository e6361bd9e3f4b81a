package wizard

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
)

// keeper is a server that refuses all, and keeps what it gets.
func keeper(t *testing.T) (base string, got *strings.Builder) {
	t.Helper()
	got = &strings.Builder{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintln(got, r.Method, r.URL, r.Header, string(body))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`)
	}))
	t.Cleanup(web.Close)
	return web.URL, got
}

// A server that only stands in a pasted command gets the admin's password after a yes, and one that was named without.
func TestCredentialsAreAskedAbout(t *testing.T) {
	const secret = "Pla1nted-Secret-4711"
	for name, tt := range map[string]struct {
		answer      string
		named, sent bool
	}{
		"enter":      {"\n", false, false},
		"no":         {"no\n", false, false},
		"yes":        {"yes\n", false, true},
		"named":      {"", true, true},
		"by default": {"\n", false, false}, // KEYCLOAK_URL names no server
	} {
		t.Run(name, func(t *testing.T) {
			base, got := keeper(t)
			paste := "curl -H 'Authorization: Bearer a.b.c' " + base + "/admin/realms/shop/users"
			out, _, err := tell(t, "diagnose\n1\n1\n\nadmin\n"+tt.answer+"quit\nquit\n", func(o *Options) {
				secrets(o, paste, "", secret)
				switch {
				case tt.named:
					o.Story.Practice, o.Story.URL = false, base
				case name == "by default":
					o.Story.Practice, o.DefaultURL = false, base
				}
			})
			if sent := strings.Contains(got.String(), secret); sent != tt.sent {
				t.Errorf("sent: %v; %v\n%s", sent, err, out)
			}
			if asked := strings.Contains(out, "Send the admin's password to "+base+"?"); asked == tt.named {
				t.Errorf("asked: %v\n%s", asked, out)
			}
			if said := strings.Contains(strings.Join(strings.Fields(out), " "), "Not sent to "+base+": the admin's password."); said == tt.sent {
				t.Errorf("not sent, it says: %v\n%s", said, out)
			}
			if strings.Contains(out, "--url") {
				t.Errorf("it names a flag:\n%s", out)
			}
		})
	}
}

// Another address takes another password than the one that was given for the first.
func TestGivenPasswordStaysWithItsServer(t *testing.T) {
	const secret = "Pla1nted-Secret-4711"
	home, atHome := keeper(t)
	other, atOther := keeper(t)
	told := story.Options{URL: home, Credentials: keycloak.Credentials{User: "admin", Password: wire.NewSecret(secret)}, Params: params.DefaultParams()}
	s, err := story.New(told)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Set("url", other); err != nil {
		t.Fatal(err)
	}
	for _, in := range s.Inputs(story.StepConnect) {
		if in.Given {
			t.Errorf("%s counts as given", in.Name)
		}
	}
	_, _ = s.Do(t.Context(), story.StepConnect)
	if strings.Contains(atOther.String()+atHome.String(), secret) {
		t.Error("the other server got the password")
	}
	told.Credentials = keycloak.Credentials{ClientID: "ops", ClientSecret: wire.NewSecret(secret)}
	if s, err = story.New(told); err != nil {
		t.Fatal(err)
	}
	if err := s.Set("url", other); failure.KindOf(err) != failure.BadInput || !strings.Contains(err.Error(), home) {
		t.Errorf("a client's secret for another server: %v", err)
	}
	if err := s.Set("url", home+"/auth"); err != nil {
		t.Errorf("another path of the same server: %v", err)
	}
}
