//go:build linux

package acceptance

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// leaky is a practice server that repeats what it was sent, and every secret that it knows of, in its answers.
type leaky struct {
	*httptest.Server
	practice *practice.Server
	mode     string // where it puts them
	password string // of the admin

	mu      sync.Mutex
	secrets map[string]string // by what they are
	genuine map[string]string // tokens, by those with further claims that were given in their place
	current map[string]bool   // those that the program that calls now has sent or got, and so can know
	fresh   map[string]bool   // those of them that were given and not used yet: they may be on their way to another request
	held    []string          // what the program has in its environment, and has not sent yet
	pid     chan int          // of the program that calls
	cmdline []byte            // of it
	limits  string
}

// The places where a server may repeat a secret.
var leakyModes = []string{"headers", "error", "page", "redirect", "login", "refusals", "claims"}

func newLeaky(t *testing.T, mode, password string) *leaky {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: password, MaxRealms: 1000})
	if err != nil {
		t.Fatal(err)
	}
	l := &leaky{practice: p, mode: mode, password: password, secrets: map[string]string{"admin password": password}, current: map[string]bool{}, fresh: map[string]bool{}, genuine: map[string]string{}, pid: make(chan int, 1)}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	return l
}

// all is every secret that the program can know, in every form, for an answer, which may have given some itself.
func (l *leaky) all(given ...string) string {
	var b strings.Builder
	for secret := range l.current {
		if l.fresh[secret] && !slices.Contains(given, secret) {
			continue
		}
		for _, form := range secretForms(secret) {
			b.WriteString(form + " ")
		}
	}
	return b.String()
}

func (l *leaky) learn(what string, values ...string) {
	for _, v := range values {
		if (len(v) >= 8 && v != "password" || v == l.password) && !l.current[v] { // that is how the users of a scratch realm log in
			l.current[v] = true
			l.secrets[fmt.Sprint(what, " ", len(l.secrets))] = v
		}
	}
}

func (l *leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case pid := <-l.pid:
		l.current, l.fresh = map[string]bool{}, map[string]bool{}
		l.learn("held", l.held...)
		l.cmdline, _ = os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		limits, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
		l.limits = string(limits)
	default:
	}
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	_, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sent := []string{bearer, form.Get("password"), form.Get("client_secret"), form.Get("refresh_token")}
	if _, secret, ok := r.BasicAuth(); ok {
		sent = append(sent, secret)
	}
	l.learn("sent", sent...)
	for _, secret := range sent {
		delete(l.fresh, secret)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if genuine := l.genuine[bearer]; genuine != "" {
		r.Header.Set("Authorization", "Bearer "+genuine)
	}
	rec := httptest.NewRecorder()
	l.practice.ServeHTTP(rec, r)
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Value   string `json:"value"`
		Secret  string `json:"secret"`
	}
	_ = json.Unmarshal(rec.Body.Bytes(), &answer)
	token := strings.HasSuffix(r.URL.Path, "/token")
	created := r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/admin/")
	var given []string
	if l.mode != "login" || !token { // else it is not sent
		given = []string{answer.Refresh, answer.Value, answer.Secret}
		if l.mode != "claims" { // there another is sent in its place
			given = append(given, answer.Access)
		}
		for _, secret := range given {
			l.fresh[secret] = !l.current[secret]
		}
		l.learn("given", given...)
	}
	if l.mode == "claims" && token && answer.Access != "" {
		l.withClaims(rec, answer.Access)
	}
	everything := r.Header.Get("Authorization") + " " + string(body) + " " + l.all(given...)
	switch {
	case l.mode == "login" && token, l.mode == "error" && created, l.mode == "refusals" && rec.Code >= 400 && rec.Code != http.StatusNotFound:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "bad " + everything, "error_description": "refused: " + everything, "errorMessage": everything})
	case l.mode == "page" && created:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<html><title>"+everything+"</title></html>")
	case l.mode == "redirect" && created:
		w.Header().Set("Location", "https://elsewhere/?token="+url.QueryEscape(bearer)+"&x="+url.QueryEscape(everything)+"#"+url.PathEscape(everything))
		w.WriteHeader(http.StatusFound)
	default:
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("X-Debug", strings.Map(func(c rune) rune {
			if c < ' ' {
				return ' '
			}
			return c
		}, everything))
		w.Header().Add("Set-Cookie", "KEYCLOAK_IDENTITY="+bearer)
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}
}

// withClaims gives a token in the place of another, whose claims hold every secret in the clear, and roles that are named so.
func (l *leaky) withClaims(rec *httptest.ResponseRecorder, token string) {
	parts := strings.Split(token, ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	claims := map[string]any{}
	_ = json.Unmarshal(payload, &claims)
	roles := []string{"plain"}
	for secret := range l.current {
		if len(secret) < 200 { // a token is not to grow with each that was given before
			roles = append(roles, secret, "a "+url.QueryEscape(secret))
		}
	}
	claims["realm_access"] = map[string]any{"roles": roles}
	access, _ := claims["resource_access"].(map[string]any)
	if access == nil {
		access = map[string]any{}
		claims["resource_access"] = access
	}
	for _, client := range []string{"realm-management", "other " + l.password} {
		held, _ := access[client].(map[string]any)
		list, _ := held["roles"].([]any)
		for _, role := range roles {
			list = append(list, role)
		}
		access[client] = map[string]any{"roles": list}
	}
	claims["name"] = "me " + l.password
	text, _ := json.Marshal(claims)
	parts[1] = base64.RawURLEncoding.EncodeToString(text)
	fake := strings.Join(parts, ".")
	l.genuine[fake] = token
	if genuine := l.genuine[token]; genuine != "" {
		l.genuine[fake] = genuine
	}
	l.fresh[fake] = true
	l.learn("given", fake)
	body := strings.ReplaceAll(rec.Body.String(), token, fake)
	rec.Header().Del("Content-Length")
	rec.Body.Reset()
	rec.Body.WriteString(body)
}

func secretForms(secret string) []string {
	out := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if len(secret) < 100 { // a token has no character that these change
		quoted, _ := json.Marshal(secret)
		var units, entities strings.Builder
		for _, r := range secret {
			fmt.Fprintf(&units, "\\u%04x", r)
			fmt.Fprintf(&entities, "&#x%x;", r)
		}
		out = append(out, url.QueryEscape(url.QueryEscape(secret)), html.EscapeString(secret), string(quoted[1:len(quoted)-1]), units.String(), entities.String(), hex.EncodeToString([]byte(secret)))
		for before := range 3 { // inside of a longer text
			out = append(out, base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", before)+secret+" and more")))
		}
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		out = append(out, e.EncodeToString([]byte(secret)))
	}
	if _, signed, found := strings.Cut(secret, "."); found && strings.HasPrefix(secret, "eyJ") {
		out = append(out, signed)
	}
	return out
}

// hunt looks for every secret in every form.
func (l *leaky) hunt(t *testing.T, where string, text []byte) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	flat := []byte(strings.NewReplacer("\r", "", "\n", "").Replace(ansi.Strip(string(text))))
	for what, secret := range l.secrets {
		for _, form := range secretForms(secret) {
			if bytes.Contains(text, []byte(form)) || bytes.Contains(flat, []byte(form)) {
				t.Errorf("%s: the secret (%s) is in %s as %.30q", l.mode, what, where, form)
				return
			}
		}
	}
}

// secretive is where the program runs: a folder with its inputs, and one for all that it writes.
type secretive struct {
	t       *testing.T
	l       *leaky
	in, out string
	env     []string
}

func newSecretive(t *testing.T, l *leaky) *secretive {
	s := &secretive{t: t, l: l, in: t.TempDir(), out: t.TempDir()}
	s.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.out, "XDG_STATE_HOME=" + s.out, "XDG_CONFIG_HOME=" + s.out, "TERM=xterm-256color"}
	return s
}

// file writes an input.
func (s *secretive) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.in, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *secretive) at(name string) string { return filepath.Join(s.out, name) }

func (s *secretive) command(env []string, args ...string) *exec.Cmd {
	s.t.Helper()
	file, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), file, args...)
	cmd.Env = append(s.env, env...)
	cmd.Dir = s.out
	return cmd
}

// begin starts a command, while the server waits to be told which one it answers.
func (s *secretive) begin(cmd *exec.Cmd, start func() error) {
	s.t.Helper()
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	s.l.held = nil
	for _, variable := range cmd.Env {
		for _, name := range []string{"FIX403_ADMIN_PASSWORD=", "FIX403_ADMIN_CLIENT_SECRET=", "FIX403_CLIENT_SECRET="} {
			if value, found := strings.CutPrefix(variable, name); found {
				s.l.held = append(s.l.held, value)
			}
		}
	}
	if err := start(); err != nil {
		s.t.Fatal(err)
	}
	s.l.pid <- cmd.Process.Pid
}

// run runs a command to its end, and looks through all that it wrote.
func (s *secretive) run(env []string, stdin string, args ...string) {
	s.t.Helper()
	cmd := s.command(env, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	s.begin(cmd, cmd.Start)
	_ = cmd.Wait()
	what := strings.Join(args, " ")
	s.l.hunt(s.t, "stdout of "+what, out.Bytes())
	s.l.hunt(s.t, "stderr of "+what, errs.Bytes())
	s.look(what)
	if out.Len()+errs.Len() == 0 {
		s.t.Errorf("%s wrote nothing", what)
	}
}

// look goes through what the program left, and what others can see of it while it runs.
func (s *secretive) look(what string) {
	s.t.Helper()
	if len(s.l.pid) > 0 {
		<-s.l.pid
		s.t.Errorf("%s asked the server nothing", what)
	}
	s.l.hunt(s.t, "the command line of "+what, s.l.cmdline)
	if _, size, _ := strings.Cut(s.l.limits, "Max core file size"); !strings.HasPrefix(strings.TrimLeft(size, " "), "0 ") {
		s.t.Errorf("%s: core dumps are possible:\n%s", what, s.l.limits)
	}
	err := filepath.WalkDir(s.out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.Name() == "env" { // asked for, to hold the client's secret
			if info.Mode().Perm() != 0o600 {
				s.t.Errorf("%s has mode %v", path, info.Mode())
			}
			return nil
		}
		text, err := os.ReadFile(path)
		s.l.hunt(s.t, path, text)
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
}

// typed runs a command on a terminal, on which answers are typed: each when the text before it has been drawn.
func (s *secretive) typed(answers [][2]string, until string, args ...string) {
	s.t.Helper()
	cmd := s.command(nil, args...)
	var terminal *os.File
	s.begin(cmd, func() (err error) {
		terminal, err = pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 160})
		return err
	})
	defer terminal.Close()
	late := time.AfterFunc(60*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	var seen bytes.Buffer
	from := 0
	part := make([]byte, 1<<14)
	for {
		n, err := terminal.Read(part)
		seen.Write(part[:n])
		if len(answers) > 0 && strings.Contains(ansi.Strip(seen.String()[from:]), answers[0][0]) {
			from = seen.Len()
			if _, err := io.WriteString(terminal, answers[0][1]); err != nil {
				s.t.Fatal(err)
			}
			answers = answers[1:]
		}
		if len(answers) == 0 && until != "" && strings.Contains(ansi.Strip(seen.String()[from:]), until) {
			until = ""
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
		if err != nil {
			break
		}
	}
	_ = cmd.Wait()
	if len(answers) > 0 {
		s.t.Errorf("%v never asked for %q: %.2000q", args, answers[0][0], ansi.Strip(seen.String()))
	}
	s.l.hunt(s.t, "the screen of "+strings.Join(args, " "), seen.Bytes())
	s.look(strings.Join(args, " "))
}

// TestSecretHunt plants secrets in every input, has the server repeat them in every place, and looks for them in all that the
// program writes.
func TestSecretHunt(t *testing.T) {
	t.Parallel()
	for _, mode := range testrun.Sampled(leakyModes, 4) {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			l := newLeaky(t, mode, planted)
			s := newSecretive(t, l)
			password := []string{"FIX403_ADMIN_PASSWORD=" + planted}
			file := s.file("password", planted+"\n")
			at := []string{"--url", l.URL}
			with := func(args ...string) []string { return append(args, at...) }

			s.run(password, "", with("run", "--json", "--transcript", s.at("story.md"), "--junit", s.at("story.xml"), "--write-env", s.at("env"))...)
			s.run(nil, "", with("run", "--admin-password-file", file, "--transcript", s.at("story.html"))...)
			s.run(nil, planted, with("down", "--yes", "--admin-password-file", "-")...)
			s.run(password, "", with("down", "--yes", "--json")...)
			s.run(password, "", with("lab", "no-token", "expired-token", "wrong-secret", "composite", "--json")...)
			s.run(password, "", with("lab", "wrong-secret")...)
			s.run(password, "", with("demo")...)
			if mode != "headers" { // it stops at its first creation
				s.run(password, "", with("roles", "--live", "--json")...)
			}

			// An admin by secret and by token, refused: what nobody knows is no less secret.
			const clientSecret, token = "unknown client secret/+1", "eyJhbGciOiJSUzI1NiJ9.eyJhenAiOiJhZG1pbi1jbGkiLCJpc3MiOiJodHRwOi8va2MvcmVhbG1zL21hc3RlciJ9.c2VjcmV0LXNpZ25hdHVyZQ"
			l.mu.Lock()
			l.learn("admin's client secret", clientSecret)
			l.learn("admin's token", token)
			l.mu.Unlock()
			s.run([]string{"FIX403_ADMIN_CLIENT_ID=robot", "FIX403_ADMIN_CLIENT_SECRET=" + clientSecret}, "", with("run", "--json")...)
			s.run(nil, "", with("run", "--admin-token-file", s.file("token", token))...)

			on := &target{name: "practice", url: l.URL, adminUser: "admin", adminPassword: planted, practice: l.practice}
			quiet := httptest.NewServer(l.practice)
			t.Cleanup(quiet.Close)
			on.url = quiet.URL
			sc := newScene(t, on)
			sc.scratch(nil)
			c := sc.service()
			l.mu.Lock()
			l.learn("client's secret", c.secret)
			l.mu.Unlock()
			call := "GET /admin/realms/" + sc.realm + "/users/" + sc.john
			secret := s.file("secret", c.secret)
			doctor := with("doctor", "--realm", sc.realm, "--client-id", c.id, "--call", call)
			s.run(nil, "", append(doctor, "--client-secret-file", secret)...)
			s.run(append(password, "FIX403_CLIENT_SECRET="+c.secret), "", append(doctor, "--fix", "--yes", "--json", "--junit", s.at("doctor.xml"))...)
			s.run(append(password, "FIX403_CLIENT_SECRET="+c.secret), "", append(doctor, "--undo", "--yes")...)
			s.run(nil, "", with("doctor", "--call", call, "--token-file", s.file("given", token))...)
			s.run(nil, "curl -H 'Authorization: Bearer "+token+"' '"+l.URL+"/admin/realms/"+sc.realm+"/users?client_secret="+url.QueryEscape(clientSecret)+"'", "doctor", "--curl-file", "-", "--json")

			s.typed([][2]string{{"Password of the admin", planted + "\r"}}, "", with("run")...)
			wizard := "Found a Keycloak"
			if mode == "login" {
				wizard = "Log in again"
			}
			s.typed([][2]string{{"Server URL", "\r"}, {"Password", planted + "\r"}}, wizard, with("wizard")...)
		})
	}
}

// TestShortSecretHunt is the hunt for a password of four characters, which stands in answers as a word.
func TestShortSecretHunt(t *testing.T) {
	t.Parallel()
	for _, mode := range testrun.Sampled([]string{"headers", "error", "page", "refusals", "claims"}, 3) {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			const short = "q7!x"
			l := newLeaky(t, mode, short)
			s := newSecretive(t, l)
			env := []string{"FIX403_ADMIN_PASSWORD=" + short}
			s.run(env, "", "run", "--url", l.URL, "--transcript", s.at("story.md"), "--junit", s.at("story.xml"))
			s.run(env, "", "run", "--url", l.URL, "--json", "--transcript", s.at("story.html"))
			s.run(env, "", "lab", "wrong-secret", "--url", l.URL)
			s.run(env, "", "doctor", "--url", l.URL, "--client-id", "nobody", "--call", "GET /admin/realms/master/users", "--json")
			s.run(env, "", "down", "--yes", "--url", l.URL)
		})
	}
}

// TestSecretsThatCannotBeHidden wants it said, loudly and at the start, and never the secret itself in that.
func TestSecretsThatCannotBeHidden(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"q7!":     "Warning: The admin's password has only 3 characters: it cannot be masked if a server repeats it.\n",
		"shop-eu": "Warning: The admin's password is a common word or a name: it cannot be masked if a server repeats it.\n",
		"q7!x":    "",
	} {
		p, err := practice.New(practice.Options{AdminPassword: password})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(p)
		t.Cleanup(server.Close)
		s := newSecretive(t, nil)
		for _, args := range [][]string{{"run", "--realm", "shop-eu"}, {"down", "--yes", "--realm", "shop-eu"}, {"doctor", "--realm", "shop-eu", "--client-id", "x", "--call", "GET /admin/realms/shop-eu/users"}} {
			cmd := s.command([]string{"FIX403_ADMIN_PASSWORD=" + password}, append(args, "--url", server.URL, "--json")...)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			_ = cmd.Run()
			if errs.String() != want {
				t.Errorf("%s: %q, want %q", args[0], errs.String(), want)
			}
			var document struct{ Warnings []string }
			_ = json.Unmarshal(out.Bytes(), &document)
			if len(document.Warnings) != strings.Count(want, "\n") {
				t.Errorf("%s: warnings %q of %.500s", args[0], document.Warnings, out.String())
			}
			if note := strings.TrimSuffix(want, "\n"); args[0] == "run" && !strings.Contains(out.String(), note) {
				t.Errorf("the report does not say it: %.500s", out.String())
			}
		}
	}
}

// TestTokenHidesWhatItKnows: a token may hold a password that stands in the environment.
func TestTokenHidesWhatItKnows(t *testing.T) {
	t.Parallel()
	s := newSecretive(t, nil)
	claims, err := json.Marshal(map[string]any{"typ": "Bearer", "iss": "https://kc/realms/r", "azp": "a " + url.QueryEscape(planted), "realm_access": map[string]any{"roles": []string{planted}}})
	if err != nil {
		t.Fatal(err)
	}
	file := s.file("token", "eyJhbGciOiJSUzI1NiJ9."+base64.RawURLEncoding.EncodeToString(claims)+".c2ln")
	for _, args := range [][]string{{"token", file}, {"token", "--json", file}, {"token", file, file}} {
		out, err := s.command([]string{"FIX403_ADMIN_PASSWORD=" + planted}, args...).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("***")) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
		for _, form := range secretForms(planted) {
			if bytes.Contains(out, []byte(form)) {
				t.Errorf("%v: %q in %s", args, form, out)
			}
		}
	}
}

// TestDownHidesAMark: the mark of a realm is what a server says it is.
func TestDownHidesAMark(t *testing.T) {
	t.Parallel()
	p, err := practice.New(practice.Options{AdminPassword: planted})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	s, err := keycloak.Open(t.Context(), server.URL, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := s.Login(t.Context(), keycloak.Credentials{User: "admin", Password: wire.NewSecret(planted)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.EnsureRealm(t.Context(), "marked", planted, nil); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"down", "--realm", "marked", "--yes"}, {"down", "--realm", "marked", "--yes", "--json"}} {
		out, _ := newSecretive(t, nil).command([]string{"FIX403_ADMIN_PASSWORD=" + planted}, append(args, "--url", server.URL)...).CombinedOutput()
		if bytes.Contains(out, []byte(planted)) || !bytes.Contains(out, []byte("marked by the run ***")) {
			t.Errorf("%v: %s", args, out)
		}
	}
}
