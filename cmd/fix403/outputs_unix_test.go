//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"fix403/keycloak/practice"
)

// on runs the program on a practice server, which before is called with each request of.
func on(t *testing.T, out io.Writer, before func(*http.Request), args ...string) (code int, stderr string) {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before != nil {
			before(r)
		}
		p.ServeHTTP(w, r)
	}))
	defer web.Close()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	env := map[string]string{"FIX403_ADMIN_PASSWORD": adminPassword, "FIX403_CLIENT_SECRET": "a secret", "XDG_CONFIG_HOME": t.TempDir()}
	var errs bytes.Buffer
	a := &app{streams: streams{in: strings.NewReader(""), out: out, err: &errs}, getenv: func(k string) string { return env[k] }}
	return a.execute(t.Context(), append(args, "--url", web.URL)), errs.String()
}

// Where an output cannot go is said before anything is sent, and nothing is opened that could wait or be replaced.
func TestOutputsGoToRegularFilesOfTheirOwn(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"here", "input.md", "other"} {
		if err := os.WriteFile(name, []byte("as it was"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		os.Mkdir("folder", 0o700), syscall.Mkfifo("pipe.md", 0o600), os.Symlink("nowhere.md", "dangling.md"), os.Symlink("here", "link.md"), os.Link("here", "hard.md"),
		os.Symlink("pipe.md", "pipe-link.md"), os.Symlink("folder", "folder-link"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, says string }{
		{"run --junit pipe.md", "a named pipe"},
		{"run --transcript pipe.md", "a named pipe"},
		{"run --write-env pipe.md", "a named pipe"},
		{"demo --transcript pipe.md", "a named pipe"},
		{"run --junit pipe-link.md", "a named pipe"},
		{"run --write-env /dev/null", "a device"},
		{"run --junit /dev/full", "a device"},
		{"run --junit folder", "a folder"},
		{"run --junit folder-link", "a folder"},
		{"run --junit new/", "a folder"},
		{"run --junit dangling.md", "it is a broken link"},
		{"run --junit no/such/folder", "no such file"},
		{"doctor --realm r --client-id c --call /users --junit pipe.md", "a named pipe"},
		{"run --junit new.md --transcript new.md", "--junit and --transcript are the same file"},
		{"run --junit folder/../new.md --transcript new.md", "are the same file"},
		{"run --junit folder/new.md --transcript folder-link/new.md", "are the same file"},
		{"run --junit here --transcript link.md", "are the same file"},
		{"run --junit here --transcript hard.md", "are the same file"},
		{"run --write-env new.md --junit ./new.md", "are the same file"},
		{"run --junit other --admin-password-file other", "--admin-password-file and --junit are the same file"},
		{"run --junit other --ca-cert other", "--ca-cert and --junit are the same file"},
	} {
		sent := false
		code, errs := on(t, io.Discard, func(*http.Request) { sent = true }, strings.Fields(c.args)...)
		if code != exitUsage || !strings.Contains(errs, c.says) || sent {
			t.Errorf("%s: exit code %d, sent %v: %s", c.args, code, sent, errs)
		}
	}
	for _, name := range []string{"here", "other"} {
		if text, err := os.ReadFile(name); err != nil || string(text) != "as it was" {
			t.Errorf("%s is %q, %v", name, text, err)
		}
	}
	for _, name := range []string{"nowhere.md", "new.md", "new"} {
		if _, err := os.Lstat(name); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	if left, _ := filepath.Glob(".fix403*"); left != nil {
		t.Errorf("left: %v", left)
	}
}

func TestOutputBehindALinkIsReplaced(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("target", []byte("as it was"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", "link"); err != nil {
		t.Fatal(err)
	}
	if err := os.Link("target", "hard"); err != nil {
		t.Fatal(err)
	}
	if code, errs := on(t, io.Discard, nil, "run", "--write-env", "link"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	info, err := os.Lstat("target")
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if text, _ := os.ReadFile("target"); !strings.Contains(string(text), "KEYCLOAK_CLIENT_SECRET=") {
		t.Errorf("the file holds %q", text)
	}
	if text, _ := os.ReadFile("hard"); string(text) != "as it was" {
		t.Errorf("the secret is seen under another name: %q", text)
	}
	if info, err := os.Lstat("link"); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
}

// The folder goes away while the story is told: each file that is not there in the end is named, in JSON, too.
func TestOutputThatWasNotWrittenIsNamed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	for _, args := range []string{"run --json", "run", "run --json --existing"} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		all := append(strings.Fields(args), "--transcript", folder+"/t.md", "--junit", folder+"/j.xml")
		code, errs := on(t, &out, func(*http.Request) { _ = os.RemoveAll(folder) }, all...)
		if code == exitOK {
			t.Errorf("%s: exit code %d", args, code)
		}
		said := errs
		if strings.Contains(args, "--json") {
			var doc struct {
				Result string
				Error  struct{ Kind, Message string }
			}
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.Result != "failed" {
				t.Errorf("%s: %v, result %q", args, err, doc.Result)
			}
			if want := "not-written"; !strings.Contains(args, "existing") && doc.Error.Kind != want {
				t.Errorf("%s: kind %q", args, doc.Error.Kind)
			}
			said = doc.Error.Message
		}
		for _, want := range []string{"--transcript: " + folder + "/t.md cannot be written", "--junit: " + folder + "/j.xml cannot be written"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in %s", args, want, said)
			}
		}
	}
}

// takesNothing is an output that fails.
type takesNothing struct{ err error }

func (w takesNothing) Write([]byte) (int, error) { return 0, w.err }

func TestStdoutThatTakesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("token", []byte("e30.e30.x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"--version", "version", "version --json", "--help", "run --help", "roles", "roles GET /admin/realms/r/users", "roles --json", "lab", "lab --json", "run", "run --json", "run --dry-run",
		"lab no-token", "lab --json no-token", "token token", "token --json token", "token --json missing", "demo", "wizard --plain", "practice --port 0"} {
		for err, want := range map[error]string{syscall.ENOSPC: "stdout cannot be written: no space left on device", syscall.EPIPE: ""} {
			var errs bytes.Buffer
			env := map[string]string{"XDG_CONFIG_HOME": t.TempDir(), "XDG_STATE_HOME": t.TempDir()}
			a := &app{streams: streams{in: strings.NewReader(""), out: takesNothing{err}, err: &errs}, getenv: func(k string) string { return env[k] }}
			code := a.execute(t.Context(), strings.Fields(args))
			if code == exitOK || !strings.Contains(errs.String(), want) {
				t.Errorf("%s with %v: exit code %d, stderr %q", args, err, code, &errs)
			}
			if strings.HasSuffix(args, "missing") && !strings.Contains(errs.String(), "missing") {
				t.Errorf("what went wrong besides is lost: %q", &errs)
			}
		}
	}
}

// A reader that has read enough: nothing is said by a command that only shows something, and one that is at work ends in
// order, and says what it kept.
func TestReaderOfStdoutThatGoesAway(t *testing.T) {
	var errs bytes.Buffer
	a := &app{streams: streams{in: strings.NewReader(""), out: takesNothing{syscall.EPIPE}, err: &errs}, getenv: func(string) string { return "" }}
	if code := a.execute(t.Context(), []string{"roles"}); code != exitPipe || errs.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, &errs)
	}
	var realms atomic.Int32
	count := func(r *http.Request) {
		switch path := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); {
		case r.Method == http.MethodPost && len(path) == 2:
			realms.Add(1)
		case r.Method == http.MethodDelete && len(path) == 3:
			realms.Add(-1)
		}
	}
	for _, c := range []struct {
		args   string
		lines  int
		realms int32
		says   string
	}{
		{"lab --all", 4, 0, "The work in progress was stopped"},
		{"run --cleanup", 6, 0, "The work in progress was stopped"},
		{"run", 6, 1, "fix403 down --url"},
	} {
		realms.Store(0)
		code, errs := on(t, &readsLines{left: c.lines}, count, strings.Fields(c.args)...)
		if code != exitUnexpected || !strings.Contains(errs, c.says) || realms.Load() != c.realms {
			t.Errorf("%s: exit code %d, %d realms are left: %s", c.args, code, realms.Load(), errs)
		}
	}
}

// readsLines goes away after some lines, as head does.
type readsLines struct{ left int }

func (w *readsLines) Write(b []byte) (int, error) {
	if w.left <= 0 {
		return 0, syscall.EPIPE
	}
	w.left -= bytes.Count(b, []byte("\n"))
	return len(b), nil
}
