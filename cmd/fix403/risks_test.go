package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fix403/keycloak/practice"
)

// anAdminServer is a practice server with an existing realm prod-app; code, if any, is what its admin needs beside the
// password. It counts the requests.
func anAdminServer(t *testing.T, code string) (base string, requests *int) {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	requests = new(int)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		body, _ := io.ReadAll(r.Body)
		if form, _ := url.ParseQuery(string(body)); form.Get("grant_type") == "password" && form.Get("totp") != code {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web.URL, requests
}

// atTerminal runs the program as at a terminal on which a user types in, with secrets typed one after the other.
func atTerminal(t *testing.T, tty bool, in string, secrets []string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := map[string]string{"FIX403_ADMIN_PASSWORD": adminPassword, "XDG_CONFIG_HOME": t.TempDir()}
	a := &app{getenv: func(k string) string { return env[k] }, streams: streams{
		in: strings.NewReader(in), out: &stdout, err: &stderr, inTTY: tty,
		readSecret: func(_ context.Context, prompt string) (string, error) {
			stderr.WriteString(prompt + "\n")
			if len(secrets) == 0 {
				return "", io.EOF
			}
			secret := secrets[0]
			secrets = secrets[1:]
			return secret, nil
		},
	}}
	return a.execute(t.Context(), args), stdout.String(), stderr.String()
}

func TestRiskyRunsAreAgreedTo(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for name, tt := range map[string]struct {
		tty     bool
		in      string
		args    []string
		code    int
		says    string
		nothing bool // was sent
	}{
		"production, no":          {true, "n\n", []string{"run", "--realm", "prod-app"}, exitInterrupted, "prod-app looks like a production", true},
		"production, enter":       {true, "\n", []string{"run", "--realm", "prod-app"}, exitInterrupted, "Create it there? [y/N]", true},
		"production, yes":         {true, "y\n", []string{"run", "--realm", "prod-app", "--cleanup"}, exitOK, "looks like a production", false},
		"production, no terminal": {false, "", []string{"run", "--realm", "prod-app", "--cleanup"}, exitOK, "looks like a production", false},
		"no production":           {true, "", []string{"run", "--realm", "prod-test", "--cleanup"}, exitOK, "", false},
		"existing, no":            {true, "n\n", []string{"run", "--realm", "team", "--existing"}, exitInterrupted, "The realm team may belong to someone else", true},
		"existing, not there":     {true, "y\n", []string{"run", "--realm", "team", "--existing"}, exitCheckFailed, "This server has no realm team", false},
		"existing, no terminal":   {false, "", []string{"run", "--realm", "team", "--existing"}, exitCheckFailed, "", false},
		"lab, no":                 {true, "n\n", []string{"lab", "no-token", "--realm", "www"}, exitInterrupted, "www looks like", true},
		"demo, no":                {true, "n\n", []string{"demo", "--realm", "www"}, exitInterrupted, "www looks like", true},
		"roles --live, no":        {true, "n\n", []string{"roles", "--live", "--realm", "www"}, exitInterrupted, "www looks like", true},
		"dry run":                 {true, "", []string{"run", "--realm", "prod-app", "--dry-run"}, exitOK, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			base, requests := anAdminServer(t, "")
			code, out, errs := atTerminal(t, tt.tty, tt.in, nil, append(tt.args, "--url", base)...)
			if code != tt.code || !strings.Contains(errs, tt.says) || tt.says == "" && strings.Contains(errs, "Warning") {
				t.Errorf("exit code %d\n%s%s", code, out, errs)
			}
			if tt.nothing != (*requests == 0) {
				t.Errorf("%d requests", *requests)
			}
		})
	}
}

func TestPlainHTTPIsAgreedTo(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	const elsewhere = "http://192.0.2.1:9" // for documentation: nobody is there
	for _, command := range [][]string{{"run"}, {"down"}, {"lab", "no-token"}, {"doctor", "--client-id", "c", "--realm", "r", "--call", "GET /admin/realms/r/users"}} {
		code, out, errs := atTerminal(t, true, "n\n", []string{"secret-of-client"}, append(command, "--url", elsewhere, "--timeout", "1ms")...)
		if code != exitInterrupted || !strings.Contains(errs, "plain http to another machine") || !strings.Contains(errs, "nothing was sent") {
			t.Errorf("%v: exit code %d\n%s%s", command, code, out, errs)
		}
	}
	code, _, errs := atTerminal(t, false, "", nil, "run", "--url", elsewhere, "--timeout", "1ms")
	if code != exitTimeout && code != exitUnreachable || !strings.Contains(errs, "plain http to another machine") {
		t.Errorf("without a terminal: exit code %d\n%s", code, errs)
	}
	_, _, errs = atTerminal(t, false, "", nil, "doctor", "--practice", "--client-id", "c", "--realm", "master", "--call", "/users")
	if strings.Contains(errs, "another machine") {
		t.Errorf("the server in the program is warned of:\n%s", errs)
	}
}

func TestOneTimeCodeIsAskedFor(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	base, _ := anAdminServer(t, "123456")
	for _, command := range [][]string{{"run", "--cleanup"}, {"down", "--yes"}, {"lab", "no-token"}} {
		code, out, errs := atTerminal(t, true, "\n", []string{"123456"}, append(command, "--url", base)...)
		if code != exitOK || !strings.Contains(errs, "One-time code") || strings.Contains(out+errs, "123456") {
			t.Errorf("%v: exit code %d\n%s%s", command, code, out, errs)
		}
	}
	code, _, errs := atTerminal(t, true, "", []string{""}, "run", "--url", base)
	if code != exitRefused || !strings.Contains(errs, "Invalid user credentials") {
		t.Errorf("none typed: exit code %d\n%s", code, errs)
	}
	code, _, errs = atTerminal(t, false, "", nil, "run", "--url", base)
	if code != exitRefused || !strings.Contains(errs, "on a terminal fix403 prompts for it") {
		t.Errorf("no terminal: exit code %d\n%s", code, errs)
	}
}
