package ui

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/params"
	flowstory "fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/ui/home"
	"fix403/ui/login"
	"fix403/ui/story"
)

// aForm is the connect form of a wizard that knows no server.
func aForm(t *testing.T, o Options) *wizard {
	t.Helper()
	r := aRoot(t, practiceOptions().Story)
	o.Story.Params = params.DefaultParams()
	r.o, r.env.Defaults, r.form = o, o.Story, nil
	r.runs = story.NewRuns(r.env, flowstory.New)
	r.Screen = r.connectForm(false)
	return r
}

func (r *wizard) shows(t *testing.T, parts ...string) {
	t.Helper()
	frame := ansi.Strip(view(r))
	flat, columns := strings.Join(strings.Fields(frame), " "), acrossColumns(frame)
	for _, part := range parts {
		if !strings.Contains(flat, part) && !strings.Contains(columns, part) {
			t.Fatalf("%q is not shown:\n%s", part, frame)
		}
	}
}

func TestFormFindsTheServerBeforeItAsksForALogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := aForm(t, Options{})
	address := strings.TrimPrefix(s.web.URL, "http://")
	typed(r, address+"/auth")
	r.shows(t, "checks http://"+address+"/auth, then the same without /auth")
	if frame := view(r); strings.Contains(frame, "Password") {
		t.Error("a login is asked for already")
	}
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "Keycloak found at "+s.web.URL, "base path none; nothing found at "+s.web.URL+"/auth", "TLS not used: the server is on this machine", "Password")
	press(r, tea.KeyEnter)
	r.shows(t, "This is empty. Used for this run only")
	typed(r, "wrong password")
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "✗ ", "401", "it has a field here", "Log in again", "Password ▸ ****")
	press(r, tea.KeyCtrlU)
	typed(r, s.AdminPassword())
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "Found a Keycloak at "+s.web.URL, of(flowstory.StepConnect))
	if n := len(r.runs.Stories()); n != 1 {
		t.Errorf("%d stories are kept: those of failed logins, too", n)
	}
}

func TestFormExplainsFailures(t *testing.T) {
	t.Parallel()
	answer := func(f http.HandlerFunc) string {
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		return server.URL
	}
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	for what, c := range map[string]struct {
		url   string
		shows []string
		focus string
	}{
		"nothing listens": {"http://127.0.0.1:1", []string{"Nothing listens", "Check host and port", "Practice needs none"}, "Server URL"},
		"other server":    {answer(http.NotFound), []string{"but no Keycloak", "base path"}, "Server URL"},
		"redirect": {answer(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://sso.example.com/", http.StatusFound)
		}), []string{"redirects"}, "Server URL"},
		"server error":        {answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }), []string{"502"}, "Server URL"},
		"unknown certificate": {secure.URL, []string{"certificate", "Or enter the CA's"}, "CA certificate (optional)"},
		"no URL":              {"http://", []string{"no host"}, "Server URL"},
		"other scheme":        {"ftp://x", []string{"not ftp"}, "Server URL"},
		"password in the URL": {"http://a:secret@x", []string{"Credentials in the URL are not accepted"}, "Server URL"},
		"empty":               {"", []string{"This is empty. For example http://localhost:8080"}, "Server URL"},
	} {
		t.Run(what, func(t *testing.T) {
			r := aForm(t, Options{})
			typed(r, c.url)
			do(t, r, press(r, tea.KeyEnter))
			r.shows(t, c.shows...)
			r.shows(t, c.focus+" ▸", "1 of 2: address")
		})
	}
}

// toChoice puts the focus on the choice of a login.
func toChoice(t *testing.T, r *wizard) {
	t.Helper()
	for range 8 {
		if strings.Contains(acrossColumns(frame(r)), "Log in with ▸") {
			return
		}
		press(r, tea.KeyTab)
	}
	t.Fatalf("tab does not lead to the choice:\n%s", frame(r))
}

func TestFormTakesEveryLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	logins := map[string]func(*testing.T, *wizard){
		"user": func(_ *testing.T, r *wizard) { typed(r, s.AdminPassword()) },
		"token": func(t *testing.T, r *wizard) {
			press(r, tea.KeyTab) // round to the button, and on to the choice
			toChoice(t, r)
			press(r, tea.KeyLeft)
			press(r, tea.KeyEnter)
			token := adminToken(t, s)
			half := len(token) / 2
			r.Update(tea.KeyMsg{Type: tea.KeyRunes, Paste: true, Runes: []rune("\n" + token[:half] + "\n" + token[half:] + "\n")})
			r.shows(t, "token of "+s.AdminUser()+", realm master, valid for ")
		},
	}
	for name, logIn := range logins {
		t.Run(name, func(t *testing.T) {
			r := aForm(t, Options{DefaultURL: s.web.URL, Remember: t.TempDir()})
			do(t, r, press(r, tea.KeyEnter))
			logIn(t, r)
			do(t, r, press(r, tea.KeyEnter))
			r.shows(t, "Found a Keycloak at "+s.web.URL)
			r.Screen = r.connectForm(false)
			do(t, r, press(r, tea.KeyEnter))
			for range login.Kinds {
				toChoice(t, r)
				press(r, tea.KeyRight)
				if f := frame(r); strings.Contains(f, "**") || !strings.Contains(f, "Log in with") {
					t.Errorf("the form keeps a secret:\n%s", f)
				}
			}
			if got := login.Recall(r.o.Remember).Login; got != name {
				t.Errorf("the login %q is remembered", got)
			}
		})
	}
}

// A client and its secret go to the token endpoint by the client credentials grant, in the admin's realm.
func TestFormLogsAClientIn(t *testing.T) {
	t.Parallel()
	sent := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`{"realm":"master"}`))
			return
		}
		user, password, _ := r.BasicAuth()
		_ = r.ParseForm()
		sent <- strings.Join([]string{r.URL.Path, r.PostForm.Get("grant_type"), r.PostForm.Get("client_id") + user, r.PostForm.Get("client_secret") + password}, " ")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`))
	}))
	t.Cleanup(server.Close)
	r := aForm(t, Options{DefaultURL: server.URL})
	do(t, r, press(r, tea.KeyEnter))
	toChoice(t, r)
	press(r, tea.KeyRight)
	r.shows(t, "● client and secret", "Client id")
	press(r, tea.KeyEnter)
	press(r, tea.KeyCtrlU)
	typed(r, "ops")
	press(r, tea.KeyEnter)
	typed(r, "robot")
	press(r, tea.KeyEnter)
	typed(r, "a long secret")
	do(t, r, press(r, tea.KeyEnter))
	if got := <-sent; got != "/realms/ops/protocol/openid-connect/token client_credentials robot a long secret" {
		t.Errorf("sent was %q", got)
	}
	r.shows(t, "✗ ", "Log in again")
	if frame := view(r); strings.Contains(frame, "a long secret") {
		t.Error("the secret is shown")
	}
}

// adminToken is an admin's token as somebody has it from elsewhere.
func adminToken(t *testing.T, s *served) string {
	t.Helper()
	server, err := keycloak.Open(t.Context(), s.web.URL, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reply, err := server.Send(t.Context(), keycloak.Request{
		Purpose: msg.New("a token for a test"), Method: http.MethodPost, Path: "/realms/master/protocol/openid-connect/token",
		Form: map[string][]string{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {s.AdminUser()}, "password": {s.AdminPassword()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(reply.Body), `"access_token":"`)
	token, _, found := strings.Cut(after, `"`)
	if !found {
		t.Fatalf("no token in %s", reply.Body)
	}
	return token
}

func TestFormRemembersEverythingButSecrets(t *testing.T) {
	t.Parallel()
	s := serve(t)
	dir := filepath.Join(t.TempDir(), "state")
	r := aForm(t, Options{DefaultURL: s.web.URL, Remember: dir})
	do(t, r, press(r, tea.KeyEnter))
	typed(r, s.AdminPassword())
	do(t, r, press(r, tea.KeyEnter))
	r.shows(t, "Found a Keycloak")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v, %v", files, err)
	}
	file := files[0]
	text, err := os.ReadFile(file) // #nosec G304 -- of this test
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), s.AdminPassword()) || !strings.Contains(string(text), s.web.URL) {
		t.Errorf("it holds %s", text)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v is left in the folder", entries)
	}
	again := aForm(t, Options{Remember: dir})
	again.shows(t, s.web.URL)
	do(t, again, press(again, tea.KeyEnter))
	again.shows(t, "Admin user "+s.AdminUser(), "Password ▸ used for this run only")
	// What flags and environment say comes first.
	named := aForm(t, Options{Remember: dir, DefaultURL: "http://named.example"})
	named.shows(t, "named.example")
}

func TestFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	r := aForm(t, Options{})
	typed(r, "http://typed.example")
	press(r, tea.KeyEsc)
	if _, home := r.Screen.(*home.Screen); !home {
		t.Fatalf("the screen is %T", r.Screen)
	}
	press(r, tea.KeyDown) // from Practice to My Keycloak
	press(r, tea.KeyEnter)
	r.shows(t, "http://typed.example")
}

// esc while the server is looked for gives up, and the answer that comes later is dropped.
func TestFormGivesUp(t *testing.T) {
	t.Parallel()
	story, asked := hanging(t)
	r := aForm(t, Options{DefaultURL: story.URL})
	answer := answerOf(t, press(r, tea.KeyEnter))
	<-asked
	press(r, tea.KeyEsc)
	r.Update(<-answer)
	r.shows(t, "Cancelled. Enter does it again.", "Server URL")
	if cmd := press(r, tea.KeyEnter); cmd == nil {
		t.Error("enter does not do it again")
	}
	select {
	case <-asked:
	case <-time.After(10 * time.Millisecond): // the command was not run
	}
	press(r, tea.KeyEsc)
}
