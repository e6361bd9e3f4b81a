package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// sink is a server that keeps all that it gets, and answers as one that wants more of it.
type sink struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		plain, _ := url.QueryUnescape(string(body))
		basic, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
		s.mu.Lock()
		s.got = append(s.got, fmt.Sprint(r.Method, r.URL, r.Header, string(basic), plain))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/token") {
			_, _ = io.WriteString(w, `{"access_token":"`+tokenOf(s.URL, "shop", "issued-by-the-sink")+`","expires_in":60}`)
			return
		}
		status := http.StatusUnauthorized
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ey") {
			status = http.StatusForbidden
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"error":"HTTP %d %s"}`, status, http.StatusText(status))
	}))
	t.Cleanup(s.Close)
	return s
}

// holds reports whether something that was sent holds the secret.
func (s *sink) holds(secret string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.got, "\n"), secret)
}

// tokenOf is a token that says who issued it; nobody signed it.
func tokenOf(base, realm, id string) string {
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "RS256", "kid": "k"}) + "." + part(map[string]any{
		"iss": base + "/realms/" + realm, "azp": "svc", "sub": "s", "typ": "Bearer", "exp": 4102444800, "jti": id,
	}) + "." + base64.RawURLEncoding.EncodeToString([]byte("signature"))
}

// consult runs the doctor with files in place of what stands in braces in its arguments.
func consult(t *testing.T, tty bool, in string, env, files map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "{"+name+"}", path)
		}
	}
	var stdout, stderr bytes.Buffer
	a := &app{getenv: func(k string) string {
		if k == "XDG_CONFIG_HOME" && env[k] == "" {
			return dir // without a configuration
		}
		return env[k]
	}, streams: streams{in: strings.NewReader(in), out: &stdout, err: &stderr, inTTY: tty}}
	a.streams.readSecret = func(context.Context, string) (string, error) { return "", nil }
	return a.execute(t.Context(), append([]string{"doctor"}, args...)), stdout.String(), stderr.String()
}

// Credentials go to a server that the person named, and to one that only stands in a paste, a token or the call after a yes.
func TestCredentialsGoOnlyWhereThePersonPointed(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	const secret = "Pla1nted-Secret-4711"
	adminToken := tokenOf("http://home.example", "master", secret)
	clients := []string{"--client-id", "svc"}
	credentials := map[string]struct {
		env, files map[string]string
		args       []string
		secret     string
		what       string
	}{
		"admin password":               {env: map[string]string{"FIX403_ADMIN_PASSWORD": secret}, secret: secret, what: "the admin's password"},
		"admin password file":          {files: map[string]string{"pw": secret}, args: []string{"--admin-password-file", "{pw}"}, secret: secret, what: "the admin's password"},
		"admin token":                  {env: map[string]string{"FIX403_ADMIN_TOKEN": adminToken}, secret: adminToken, what: "the admin's access token"},
		"admin token file":             {files: map[string]string{"at": adminToken}, args: []string{"--admin-token-file", "{at}"}, secret: adminToken, what: "the admin's access token"},
		"admin client secret":          {env: map[string]string{"FIX403_ADMIN_CLIENT_SECRET": secret, "FIX403_ADMIN_CLIENT_ID": "ops"}, secret: secret, what: "the secret of the admin's client"},
		"client secret":                {env: map[string]string{"FIX403_CLIENT_SECRET": secret}, secret: secret, what: "the client's secret"},
		"client secret file":           {files: map[string]string{"cs": secret}, args: []string{"--client-secret-file", "{cs}"}, secret: secret, what: "the client's secret"},
		"admin password and --fix":     {env: map[string]string{"FIX403_ADMIN_PASSWORD": secret}, args: []string{"--fix", "--yes"}, secret: secret, what: "the admin's password"},
		"admin password and --undo":    {env: map[string]string{"FIX403_ADMIN_PASSWORD": secret}, args: []string{"--undo", "--yes"}, secret: secret, what: "the admin's password"},
		"admin password, KEYCLOAK_URL": {env: map[string]string{"FIX403_ADMIN_PASSWORD": secret, "KEYCLOAK_URL": "{sink}"}, secret: secret, what: "the admin's password"},
	}
	ways := map[string]struct {
		args []string
		file func(base string) map[string]string
	}{
		"paste with a token": {args: []string{"--curl-file", "{paste}"}, file: func(base string) map[string]string {
			return map[string]string{"paste": "curl -H 'Authorization: Bearer " + tokenOf(base, "shop", "own") + "' " + base + "/admin/realms/shop/users"}
		}},
		"paste with a variable": {args: append([]string{"--curl-file", "{paste}"}, clients...), file: func(base string) map[string]string {
			return map[string]string{"paste": `curl -H "Authorization: Bearer $T" ` + base + "/admin/realms/shop/users"}
		}},
		"token": {args: []string{"--token-file", "{token}"}, file: func(base string) map[string]string {
			return map[string]string{"token": tokenOf(base, "shop", "own")}
		}},
		"call": {args: append([]string{"--call", "GET {sink}/admin/realms/shop/users"}, clients...)},
	}
	for wayName, way := range ways {
		for name, c := range credentials {
			for _, at := range []struct {
				name string
				tty  bool
				in   string
				sent bool
			}{{"no terminal", false, "", false}, {"no", true, "n\n", false}, {"enter", true, "\n", false}, {"yes", true, "y\n", true}} {
				t.Run(wayName+"/"+name+"/"+at.name, func(t *testing.T) {
					s := newSink(t)
					env, files := map[string]string{}, map[string]string{}
					for k, v := range c.env {
						env[k] = strings.ReplaceAll(v, "{sink}", s.URL)
					}
					if way.file != nil {
						files = way.file(s.URL)
					}
					for k, v := range c.files {
						files[k] = v
					}
					var args []string
					for _, arg := range append(append([]string{"--json"}, way.args...), c.args...) {
						args = append(args, strings.ReplaceAll(arg, "{sink}", s.URL))
					}
					code, out, errs := consult(t, at.tty, at.in, env, files, args...)
					if s.holds(c.secret) != at.sent {
						t.Errorf("sent: %v, want %v\n%s%s\n%s", !at.sent, at.sent, out, errs, s.got)
					}
					asked := "Send " + c.what + " to " + s.URL + "?"
					if at.tty != strings.Contains(errs, asked) {
						t.Errorf("asked %q: %v\n%s", asked, !at.tty, errs)
					}
					if at.sent {
						return
					}
					var doc struct {
						NotChecked []string `json:"not_checked"`
						Fix        struct{ Curl, Kcadm []string }
					}
					if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitCallFails && !strings.Contains(name, "--undo") {
						t.Fatalf("exit code %d, %v: %s%s", code, err, out, errs)
					}
					if said := strings.Join(doc.NotChecked, "\n"); !strings.Contains(said, "Not sent to "+s.URL+": "+c.what) || !strings.Contains(said, "--url") {
						t.Errorf("not_checked: %q", doc.NotChecked)
					}
					for _, script := range [][]string{doc.Fix.Curl, doc.Fix.Kcadm} {
						if len(script) > 0 && !strings.Contains(script[0], "Make sure that it is yours") {
							t.Errorf("the fix by hand: %q", script)
						}
					}
					if strings.Contains(out+errs, c.secret) {
						t.Errorf("the secret is shown: %s%s", out, errs)
					}
				})
			}
		}
	}
}

// What stands in a paste goes to the paste's own server, and a token to its issuer, without a question.
func TestOwnSecretsGoToTheirOwnServer(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	const secret = "Pla1nted-Secret-4711"
	home, other := newSink(t), newSink(t)
	request := "curl " + home.URL + "/realms/shop/protocol/openid-connect/token -d grant_type=client_credentials -d client_id=svc -d client_secret=" + secret
	own := tokenOf(home.URL, "shop", secret)
	secure := strings.Replace(other.URL, "http://", "https://", 1)
	for name, tt := range map[string]struct {
		files  map[string]string
		args   []string
		secret string
		at     *sink // where it arrives; nil for nowhere
		code   int
	}{
		"token request alone":                 {map[string]string{"f": request}, []string{"--curl-file", "{f}"}, secret, home, exitCallFails},
		"token request and call":              {map[string]string{"f": "T=$(" + request + ")\ncurl -H \"Authorization: Bearer $T\" " + home.URL + "/admin/realms/shop/users"}, []string{"--curl-file", "{f}"}, secret, home, exitCallFails},
		"request at home, call elsewhere":     {map[string]string{"f": "T=$(" + request + ")\ncurl -H \"Authorization: Bearer $T\" " + other.URL + "/admin/realms/shop/users"}, []string{"--curl-file", "{f}"}, secret, nil, exitCallFails},
		"the same, and the other is named":    {map[string]string{"f": "T=$(" + request + ")\ncurl -H \"Authorization: Bearer $T\" " + other.URL + "/admin/realms/shop/users"}, []string{"--curl-file", "{f}", "--url", other.URL}, secret, nil, exitCallFails},
		"basic in the call":                   {map[string]string{"f": "curl -u svc:" + secret + " " + home.URL + "/admin/realms/shop/users"}, []string{"--curl-file", "{f}"}, secret, home, exitCallFails},
		"token to its issuer":                 {map[string]string{"f": own}, []string{"--token-file", "{f}"}, own, home, exitCallFails},
		"token to another server of the call": {map[string]string{"f": own}, []string{"--token-file", "{f}", "--call", "GET " + other.URL + "/admin/realms/shop/users"}, own, nil, exitCallFails},
		"token to another one that is named":  {map[string]string{"f": own}, []string{"--token-file", "{f}", "--url", other.URL}, own, other, exitCallFails},
		"token in the place of the paste's":   {map[string]string{"f": own, "p": "curl -H 'Authorization: Bearer x' " + other.URL + "/admin/realms/shop/users"}, []string{"--token-file", "{f}", "--curl-file", "{p}"}, own, nil, exitCallFails},
		"paste against the server's URL":      {map[string]string{"f": "curl -u svc:" + secret + " " + other.URL + "/admin/realms/shop/users"}, []string{"--curl-file", "{f}", "--url", home.URL}, secret, nil, exitUsage},
		"paste against the scheme":            {map[string]string{"f": "curl -u svc:" + secret + " " + other.URL + "/admin/realms/shop/users"}, []string{"--curl-file", "{f}", "--url", secure}, secret, nil, exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			home.got, other.got = nil, nil
			code, out, errs := consult(t, false, "", nil, tt.files, append([]string{"--json"}, tt.args...)...)
			if code != tt.code {
				t.Errorf("exit code %d\n%s%s", code, out, errs)
			}
			for _, s := range []*sink{home, other} {
				if got := s.holds(tt.secret); got != (s == tt.at) {
					t.Errorf("home: %v, got the secret: %v\n%s%s", s == home, got, out, errs)
				}
			}
			if tt.code == exitUsage && !strings.Contains(out, "Make sure which of the two is yours") {
				t.Errorf("the hint: %s", out)
			}
		})
	}
}

// The call is made without its credentials: what answers is no verdict about them.
func TestCallWithoutItsCredentialsProvesNothing(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	base, _ := anAdminServer(t, "")
	_, out, errs := consult(t, false, "", map[string]string{"FIX403_CLIENT_SECRET": "secret-of-client"}, nil,
		"--json", "--client-id", "svc", "--call", "GET "+base+"/admin/realms/master/users")
	if !strings.Contains(out, `"verdict": "undetermined"`) || !strings.Contains(out, `"certainty": "likely"`) || !strings.Contains(out, "without credentials") {
		t.Errorf("%s%s", out, errs)
	}
	// A server that is not there is found out all the same.
	_, out, errs = consult(t, false, "", map[string]string{"FIX403_CLIENT_SECRET": "secret-of-client"}, nil,
		"--json", "--client-id", "svc", "--call", "GET http://127.0.0.1:1/admin/realms/master/users")
	if !strings.Contains(out, `"verdict": "unreachable"`) {
		t.Errorf("%s%s", out, errs)
	}
}

// FIX403_URL and the configuration file name a server as --url does.
func TestNamedServerIsAskedNothingAbout(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	const secret = "Pla1nted-Secret-4711"
	for _, by := range []string{"flag", "environment", "configuration file"} {
		s := newSink(t)
		env, files := map[string]string{"FIX403_ADMIN_PASSWORD": secret}, map[string]string{"token": tokenOf(s.URL, "shop", "own")}
		args := []string{"--json", "--token-file", "{token}"}
		switch by {
		case "flag":
			args = append(args, "--url", s.URL)
		case "environment":
			env["FIX403_URL"] = s.URL
		default:
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "fix403"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "fix403", "config.toml"), []byte("url = \""+s.URL+"\"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			env["XDG_CONFIG_HOME"] = dir
		}
		_, out, errs := consult(t, true, "", env, files, args...)
		if !s.holds(secret) || strings.Contains(errs, "Send ") {
			t.Errorf("by %s: sent %v\n%s%s", by, s.holds(secret), out, errs)
		}
	}
}
