//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"fix403/keycloak/practice"
)

// signalled is a practice server that has a program get signals at the first request that at is true for, and how
// many realms it then has besides master.
type signalled struct {
	url    string
	realms atomic.Int32
	calls  atomic.Int32
	cmd    *exec.Cmd
	// signalled is set at the first request that at is true for.
	signalled atomic.Bool
	// started is closed when cmd runs.
	started chan struct{}
}

func signalledAt(t *testing.T, at func(n int32, r *http.Request) bool, signals ...os.Signal) *signalled {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	s := &signalled{started: make(chan struct{})}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at(s.calls.Add(1), r) && s.signalled.CompareAndSwap(false, true) { // a second signal would end the program at once
			<-s.started
			for _, signal := range signals {
				_ = s.cmd.Process.Signal(signal)
			}
			arrived(s.cmd.Process.Pid)
		}
		p.ServeHTTP(w, r)
		switch path := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); {
		case r.Method == http.MethodPost && len(path) == 2 && path[0] == "admin":
			s.realms.Add(1)
		case r.Method == http.MethodDelete && len(path) == 3:
			s.realms.Add(-1)
		}
	}))
	t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

// arrived waits until the system has handed a process the signals that were sent to it: on a busy machine it may end before. Where there
// is no /proc, it does not wait.
func arrived(pid int) {
	for range 5000 {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, pending, found := strings.Cut(string(status), "\nShdPnd:")
		pending, _, _ = strings.Cut(pending, "\n")
		if err != nil || !found || strings.Trim(pending, "0 \t") == "" {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// run runs a program to its end and returns its exit code, -1 where a signal ended it.
func (s *signalled) run(t *testing.T, cmd *exec.Cmd) (code int, out string) {
	t.Helper()
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	cmd.Env = append(os.Environ(), "FIX403_ADMIN_PASSWORD="+adminPassword, "XDG_STATE_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.cmd = cmd
	close(s.started)
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), both.String()
}

// clientMade reports whether a request creates a client: by then there is a realm.
func clientMade(_ int32, r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/clients")
}

// asFromATerminal has programs that a test starts get each signal, also where the test itself was started with some ignored:
// under nohup, or in the background of a shell.
func asFromATerminal(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP, syscall.SIGQUIT)
	t.Cleanup(func() { signal.Stop(caught) })
}

// Each ending signal ends a command in order: what is there for a while is removed, and what stays is said.
func TestEachEndingSignalEndsInOrder(t *testing.T) {
	asFromATerminal(t)
	program := built(t)
	for _, signals := range [][]os.Signal{{syscall.SIGHUP}, {syscall.SIGQUIT}, {syscall.SIGTERM}, {syscall.SIGINT}, {syscall.SIGHUP, syscall.SIGHUP}} {
		for _, c := range []struct {
			args   string
			realms int32
			says   string
		}{
			{"lab --all", 0, ""},
			{"lab wrong-secret", 0, ""},
			{"roles --live", 0, ""},
			{"run --cleanup", 0, ""},
			{"demo", 0, ""},
			{"run", 1, "fix403 down --url"},
			{"run --json", 1, `"kind": "canceled"`},
		} {
			s := signalledAt(t, clientMade, signals...)
			code, out := s.run(t, exec.Command(program, append(strings.Fields(c.args), "--url", s.url)...)) // #nosec G204 -- what was just built
			if code != exitInterrupted || s.realms.Load() != c.realms || !strings.Contains(out, c.says) {
				t.Errorf("%s, %v: exit code %d, %d realms are left\n%s", c.args, signals, code, s.realms.Load(), out)
			}
		}
	}
}

// A program that began with SIGHUP ignored, as under nohup, goes on.
func TestIgnoredHangupStaysIgnored(t *testing.T) {
	s := signalledAt(t, clientMade, syscall.SIGHUP)
	code, out := s.run(t, exec.Command("/bin/sh", "-c", `trap '' HUP; exec "$0" run --cleanup --url "$1"`, built(t), s.url)) // #nosec G204 -- what was just built
	if code != exitOK || s.realms.Load() != 0 {
		t.Errorf("exit code %d, %d realms are left\n%s", code, s.realms.Load(), out)
	}
}

// A password is asked for without echo: a signal leaves the terminal as it was.
func TestSignalAtAPromptRestoresTheTerminal(t *testing.T) {
	asFromATerminal(t)
	program := built(t)
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGINT} {
		for _, args := range []string{"run", "lab --all", "roles --live", "down", "doctor --realm r --call /users --client-id c"} {
			screen, tty, err := pty.Open()
			if err != nil {
				t.Skip("no pseudo terminal: ", err)
			}
			before, err := term.GetState(int(tty.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, append(strings.Fields(args), "--url", "http://127.0.0.1:1")...) // #nosec G204 -- what was just built
			cmd.Env = append(os.Environ(), "FIX403_ADMIN_PASSWORD=", "FIX403_CLIENT_SECRET=", "XDG_STATE_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
			cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			awaited(t, screen, ": ")
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("%s, %v: exit code %d", args, s, code)
			}
			if after, err := term.GetState(int(tty.Fd())); err != nil || *after != *before {
				t.Errorf("%s, %v: the terminal is not as it was, %v", args, s, err)
			}
			_, _ = screen.Close(), tty.Close()
		}
	}
}

// awaited reads from a terminal until a text was written.
func awaited(t *testing.T, screen io.Reader, text string) {
	t.Helper()
	var seen strings.Builder
	b := make([]byte, 512)
	for !strings.Contains(seen.String(), text) {
		n, err := screen.Read(b)
		if err != nil {
			t.Fatalf("%v after %q", err, seen.String())
		}
		seen.Write(b[:n])
	}
}
