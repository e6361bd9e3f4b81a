package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/keycloak/foreign"
	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"

	"github.com/charmbracelet/x/ansi"
)

// nasty is what a server, a token or a file may say to the program that shows it.
var nasty = map[string]string{
	"escapes":    "a\x1b]0;t\x07\x1b]52;c;cHduZWQ=\x07\x1b]8;;http://x\x1b\\\x1b[?1049h\x1b[31mz",
	"C1":         "a\u009b31m\u009d0;t\u009c\u0085z",
	"delete":     "a\x00\x7f\b\b\bz",
	"turned":     "a\u202egnp.exe\u202c\u2066b\u2069\u200f\u061cz",
	"no width":   "a\u200b\u200c\u200d\u2060\u00ad\ufeff\u3164\u034fz",
	"tags":       "a\U000e0001\U000e0041\U000e007f\ufe0f\U000e0100z",
	"separators": "a\u2028b\u2029z",
	"line":       "a\r\n  ok: all is well\r| x | y |\n# heading\n---\nz",
	"markup":     "a<script>alert(1)</script><img src=x onerror=alert(1)></details>&lt;b&gt; [x](javascript:alert(1)) ![y](http://z/) `code` **bold** _it_ | cell | ~~gone~~ \\z",
	"fences":     "a```` ~~~~ ~~~~~~ ``` \n~~~~\n</details>\n````\n<script>z",
}

// nastyServer is a practice server that says what it says in other words: in its tokens, headers, errors, names and version.
type nastyServer struct {
	*httptest.Server
	practice *practice.Server
	text     string

	mu   sync.Mutex
	real map[string]string // the token that stands behind one that was given out
}

func newNastyServer(t *testing.T, text string) *nastyServer {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	n := &nastyServer{practice: p, text: text, real: map[string]string{}}
	n.Server = httptest.NewServer(n)
	t.Cleanup(n.Close)
	return n
}

// nastyToken is one with the text in each claim that is a text.
func nastyToken(text string) string {
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	roles := map[string]any{"roles": []string{text, "view-profile"}}
	return part(map[string]any{"alg": "RS256" + text, "kid": text, "typ": "JWT"}) + "." + part(map[string]any{
		"iss": "http://h/realms/r" + text, "azp": "svc" + text, "sub": text, "typ": "Bearer" + text, "preferred_username": text, "scope": "email " + text,
		"aud": []string{text}, "exp": 4e9, "iat": 1, "jti": text, text: text, "realm_access": roles,
		"resource_access": map[string]any{"realm-management": roles, text: roles, "account": map[string]any{"roles": []string{"x" + text}}},
	}) + ".c2ln"
}

func (n *nastyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " "); found {
		n.mu.Lock()
		if before, known := n.real[token]; known {
			r.Header.Set("Authorization", scheme+" "+before)
		}
		n.mu.Unlock()
	}
	rec := httptest.NewRecorder()
	n.practice.ServeHTTP(rec, r)
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.Header().Set("X-Nasty", strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f { // net/http refuses these itself
			return -1
		}
		return c
	}, n.text))
	w.WriteHeader(rec.Code)
	_, _ = w.Write(n.said(rec.Body.Bytes()))
}

// said is a body of JSON with the text in it.
func (n *nastyServer) said(body []byte) []byte {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	if token, issued := v["access_token"].(string); issued {
		claims := strings.Split(token, ".")
		forged := strings.Split(nastyToken(n.text), ".")
		// What the program reads of it to go on stays; each token has an end of its own.
		v["access_token"] = forged[0] + "." + merge(claims[1], forged[1]) + "." + claims[2]
		n.mu.Lock()
		n.real[v["access_token"].(string)] = token
		n.mu.Unlock()
	}
	for _, name := range []string{"error", "error_description", "errorMessage", "description", "displayName", "firstName"} {
		if text, there := v[name].(string); there {
			v[name] = text + " " + n.text
		}
	}
	if info, there := v["systemInfo"].(map[string]any); there {
		info["version"] = fmt.Sprint(info["version"], n.text)
	}
	if _, object := v["id"]; !object { // which is sent back, and refused with a field that nobody knows
		v["said"] = n.text
	}
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	// As a server may write it: nothing as an escape that JSON lets stand raw.
	return []byte(strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029", `\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u007f`, "\x7f").Replace(string(out)))
}

// merge puts claims into others that do not have them; lists of roles get those of both.
func merge(claims, more string) string {
	decode := func(part string) (m map[string]any) {
		text, _ := base64.RawURLEncoding.DecodeString(part)
		_ = json.Unmarshal(text, &m)
		return m
	}
	m, add := decode(claims), decode(more)
	for name, v := range add {
		if _, there := m[name]; !there || name == "realm_access" || name == "resource_access" || name == "preferred_username" || name == "scope" {
			m[name] = v
		}
	}
	text, _ := json.Marshal(m)
	return base64.RawURLEncoding.EncodeToString(text)
}

// shownSafe holds a text that the program wrote against what it must never write: a character that acts or hides.
func shownSafe(t *testing.T, where, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && foreign.Hidden(r) {
			t.Errorf("%s holds %U: %q", where, r, text[max(0, i-60):min(len(text), i+60)])
			return
		}
	}
}

// values are all texts in a JSON document.
func values(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			out = append(out, values(x)...)
		}
	case map[string]any:
		for k, x := range v {
			out = append(append(out, k), values(x)...)
		}
	}
	return out
}

// nastyRun runs the program and looks at all that it writes.
type nastyRun struct {
	t    *testing.T
	text string
	env  map[string]string
	dir  string
}

func (n *nastyRun) run(in string, args ...string) (code int, out string) {
	n.t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{getenv: func(k string) string { return n.env[k] }, streams: streams{in: strings.NewReader(in), out: &stdout, err: &stderr}}
	code = a.execute(n.t.Context(), args)
	what := strings.ReplaceAll(strings.Join(args, " "), n.text, "TEXT")
	shownSafe(n.t, "stdout of "+what, stdout.String())
	shownSafe(n.t, "stderr of "+what, stderr.String())
	if stdout.Len()+stderr.Len() == 0 {
		n.t.Errorf("%s wrote nothing", what)
	}
	for where, text := range map[string]string{"stdout": stdout.String(), "stderr": stderr.String()} {
		before := ""
		for line := range strings.Lines(text) {
			// After a line that was full it may stand there because the text is wrapped.
			if (strings.HasPrefix(line, "  ok: all is well") || strings.HasPrefix(line, "# heading")) && ansi.StringWidth(before) < 70 {
				n.t.Errorf("%s of %s has a line of its own by what was said:\n%s", where, what, text)
			}
			before = line
		}
	}
	if slices.Contains(args, "--json") && code != exitUsage {
		var v any
		if err := json.Unmarshal(stdout.Bytes(), &v); err != nil {
			n.t.Errorf("%s: %v", what, err)
		}
	}
	return code, stdout.String()
}

// keeps runs a command with --json, whose document reads back with the text as it was.
func (n *nastyRun) keeps(in string, args ...string) {
	n.t.Helper()
	_, out := n.run(in, args...)
	var v any
	_ = json.Unmarshal([]byte(out), &v)
	if !slices.ContainsFunc(values(v), func(s string) bool { return strings.Contains(s, n.text) }) {
		n.t.Errorf("%v does not hold the text as it was:\n%.300s", args, out)
	}
}

func (n *nastyRun) file(name, text string) string {
	n.t.Helper()
	path := filepath.Join(n.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// written looks at a file that the program wrote.
func (n *nastyRun) written(name string) string {
	n.t.Helper()
	text, err := os.ReadFile(filepath.Join(n.dir, name))
	if err != nil {
		n.t.Fatal(err)
	}
	shownSafe(n.t, name, string(text))
	return string(text)
}

// TestNastyTextActsNowhere: whatever a server, a token, a file or a person says, in every output of every command.
func TestNastyTextActsNowhere(t *testing.T) {
	for _, name := range testrun.Sampled(slices.Sorted(maps.Keys(nasty)), 12) {
		text := nasty[name]
		t.Run(name, func(t *testing.T) {
			state := t.TempDir()
			t.Setenv("XDG_STATE_HOME", state)
			server := newNastyServer(t, text)
			n := &nastyRun{t: t, text: text, dir: t.TempDir(), env: map[string]string{"FIX403_ADMIN_PASSWORD": adminPassword, "XDG_CONFIG_HOME": t.TempDir()}}
			t.Chdir(n.dir) // some names of files are the text
			at := []string{"--url", server.URL}
			with := func(args ...string) []string { return append(args, at...) }

			token, plain := n.file("token", nastyToken(text)), n.file("plain", "e30."+base64.RawURLEncoding.EncodeToString([]byte(`{"azp":"b"}`))+".x")
			n.run("", "token", token)
			n.run("", "token", plain, token)
			n.keeps("", "token", token, "--json")
			n.keeps("", "token", plain, token, "--json")
			n.run(text, "token")
			n.run(text, "token", "--json")
			n.run("", "token", text)

			n.run("", with("run", "--keep", "--transcript", filepath.Join(n.dir, "story.md"), "--junit", filepath.Join(n.dir, "story.xml"), "--write-env", filepath.Join(n.dir, "env"))...)
			n.keeps("", with("run", "--json", "--transcript", filepath.Join(n.dir, "story.html"))...)
			n.run("", with("run", "--dry-run", "--admin-user", text, "--admin-realm", text, "--ca-cert", text)...)
			inMarkdown(t, n.written("story.md"))
			n.written("env")
			isXML(t, n.written("story.xml"))
			if page := n.written("story.html"); strings.Contains(page, "<script") || strings.Contains(page, "<img") {
				t.Error("the page holds elements of another")
			}
			n.run("", with("demo", "--realm", "second", "--transcript", filepath.Join(n.dir, "demo.md"))...)
			inMarkdown(t, n.written("demo.md"))
			n.run("", with("lab", "wrong-secret", "old-token-after-grant")...)
			if code, out := n.run("", with("lab", "--all", "--json")...); code != exitOK {
				t.Errorf("the lab ends with %d: %s", code, out)
			}

			call := "GET /admin/realms/403-forbidden-fix/users"
			doctor := with("doctor", "--call", call, "--realm", "403-forbidden-fix", "--client-id", "403-forbidden-fix-client")
			n.run("", append(doctor, "--client-secret-file", n.file("secret", "wrong "+text), "--junit", filepath.Join(n.dir, "doctor.xml"))...)
			isXML(t, n.written("doctor.xml"))
			n.run("", append(doctor, "--client-secret-file", n.file("secret", "wrong "+text), "--json")...)
			n.run("", append(doctor, "--token-file", token)...)
			n.run("", append(doctor, "--token-file", token, "--json")...)
			n.run("curl '"+server.URL+"/admin/realms/"+text+"' -H 'X: "+text+"' -H 'Authorization: Bearer "+nastyToken(text)+"'", "doctor", "--curl-file", "-")
			n.run("", with("doctor", "--call", "GET /admin/realms/"+text+"/users", "--client-id", text, "--realm", text)...)
			n.run("", with("doctor", "--call", text, "--json")...)

			n.run("", "roles", "GET", "/admin/realms/"+text+"/users/"+text)
			n.run("", "roles", "GET", "/admin/"+text)
			n.run("", "roles", text, "--json")
			n.run("", "roles", "--role", text)
			n.run("", "roles", "--calls-file", n.file("calls", "GET /admin/"+text+"\nGET /x"+text))
			n.run("", "roles", "--calls-file", text)

			n.run("", with("down", "--dry-run", "--realm", text)...)
			n.run("", with("down", "--dry-run", "--json")...)
			n.run("", with("down", "--yes")...)

			n.run("", "practice", "--seed", text)
			n.run("", "practice", "--seed", n.file("seed", `{"realm":"r","users":[{"username":"u","realmRoles":[`+quoted(text)+`]}]}`))
			n.run("", "practice", "--fault", text)
			n.run("", "practice", "--as", text)
			n.run("", "practice", "--listen", text, "--port", "0")
			n.run("", "up", "--dist", text)
			n.run("", "up", "--dist", text, "--json")
			n.run("", "version", text)
			n.run("", text)
			n.run("", "--"+text)
			for _, flag := range []string{"timeout", "theme", "lang", "transcript", "as", "url", "realm", "client-id", "username", "email", "admin-password-file", "ca-cert", "client-cert", "junit", "write-env"} {
				args := []string{"run", "--" + flag, text}
				switch flag {
				case "client-cert":
					args = append(args, "--client-key", text, at[0], at[1])
				case "ca-cert", "admin-password-file":
					args = append(args, at...)
				default:
					args = append(args, "--dry-run")
				}
				n.run("", args...)
				n.run("", append(args, "--json")...)
			}
			n.run("", "lab", text)
			for _, config := range []string{"theme = " + quoted(text), "url = " + text, quoted(text) + " = 1", "timeout = " + quoted(text)} {
				if err := os.MkdirAll(filepath.Join(n.env["XDG_CONFIG_HOME"], "fix403"), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(n.env["XDG_CONFIG_HOME"], "fix403", "config.toml"), []byte(config), 0o600); err != nil {
					t.Fatal(err)
				}
				n.run("", "run", "--dry-run")
				n.run("", "run", "--dry-run", "--json")
			}
		})
	}
}

// TestNastyTextsAtOnce: what takes its time is run with all texts in one.
func TestNastyTextsAtOnce(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	all := ""
	for _, text := range nasty {
		all += text
	}
	server := newNastyServer(t, all)
	n := &nastyRun{t: t, text: all, dir: t.TempDir(), env: map[string]string{"FIX403_ADMIN_PASSWORD": adminPassword, "XDG_CONFIG_HOME": t.TempDir()}}
	n.run("", "roles", "--live", "--url", server.URL)
	n.run("", "wizard", "--plain", "--url", server.URL)
	n.run(strings.Repeat("\n", 40), "wizard", "--plain", "--url", server.URL)
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func isXML(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%v:\n%s", err, text)
			return
		}
	}
}

// inMarkdown holds a transcript against what a foreign text must not do in it. Outside of fences it opens no element, no
// link and no code; a fence ends where the program ends it; a table keeps its columns.
func inMarkdown(t *testing.T, text string) {
	t.Helper()
	fence, details := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case fence != "":
			if line == fence {
				fence = ""
			}
			continue
		case strings.HasPrefix(line, "~~~"):
			fence = strings.TrimRight(line, "abcdefghijklmnopqrstuvwxyz")
			continue
		case strings.HasPrefix(line, "<details"):
			details++
			line = strings.NewReplacer("<details>", "", "<details open>", "", "<summary>", "", "</summary>", "").Replace(line)
		case line == "</details>":
			details--
			continue
		case strings.HasPrefix(line, "    "):
			continue // code of our own
		}
		if details < 0 || details > 1 {
			t.Errorf("details are closed by another: %s", line)
		}
		bare := withoutCode(line)
		active := []string{"<", "](", "**bold**", "_it_", "~~gone", "&lt;b"}
		if strings.HasPrefix(line, "GET ") || strings.HasPrefix(line, "POST ") { // a summary, which is HTML
			active = active[:1]
		}
		for _, active := range active {
			if i := strings.Index(bare, active); i >= 0 {
				t.Errorf("%q stands as it came: %s", active, line)
			}
		}
		if strings.HasPrefix(line, "|") {
			if cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); cells != 4 {
				t.Errorf("%d bars in a row: %s", cells, line)
			}
		}
	}
	if fence != "" || details != 0 {
		t.Errorf("a fence or details stay open (%q, %d)", fence, details)
	}
}

// withoutCode leaves out spans of code, whose ends are as many backticks as their beginnings, and backslashed signs.
func withoutCode(line string) string {
	var out strings.Builder
	for i := 0; i < len(line); {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			i += 2
		case line[i] == '`':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], "`"))
			mark := line[i : i+n]
			rest := line[i+n:]
			end := -1
			for at := 0; at < len(rest); {
				if rest[at] != '`' {
					at++
					continue
				}
				m := len(rest[at:]) - len(strings.TrimLeft(rest[at:], "`"))
				if m == n {
					end = at
					break
				}
				at += m
			}
			if end < 0 {
				out.WriteString(mark)
				i += n
				continue
			}
			i += n + end + n
		default:
			out.WriteByte(line[i])
			i++
		}
	}
	return out.String()
}
