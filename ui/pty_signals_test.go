//go:build linux || darwin

package ui

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"fix403/keycloak/practice"
)

// asFromATerminal has programs that a test starts get each signal, also where the test itself was started with some ignored:
// under nohup, or in the background of a shell.
func asFromATerminal(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP, syscall.SIGQUIT)
	t.Cleanup(func() { signal.Stop(caught) })
}

// Each signal that ends the program leaves the terminal as it was.
func TestEachEndingSignalRestoresTheTerminal(t *testing.T) {
	asFromATerminal(t)
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			p := startSilent(t)
			p.wait(t, "Practice")
			if err := p.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			p.restored(t)
		})
	}
}

// onceHeld is a server that keeps the creation of a realm until it is released; asked gets a value then. realms is how many
// were created and not deleted.
func onceHeld(t *testing.T) (url string, asked chan struct{}, release func(), realms *atomic.Int32) {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: "a password"})
	if err != nil {
		t.Fatal(err)
	}
	realms = &atomic.Int32{}
	asked, held := make(chan struct{}, 1), make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		switch {
		case r.Method == http.MethodPost && len(path) == 2:
			asked <- struct{}{}
			<-held
			realms.Add(1)
		case r.Method == http.MethodDelete && len(path) == 3:
			realms.Add(-1)
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web.URL, asked, func() { close(held) }, realms
}

// The terminal is closed, or a signal comes more than once, while the realm of a lab is being created: the wizard waits for
// the answer, and removes the realm.
func TestClosedTerminalLeavesNoRealmOfALab(t *testing.T) {
	asFromATerminal(t)
	for name, end := range map[string]func(p *silent){
		"closed": func(p *silent) { _ = p.screen.Close() },
		"SIGHUP twice": func(p *silent) {
			for range 2 {
				_ = p.cmd.Process.Signal(syscall.SIGHUP)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, asked, release, realms := onceHeld(t)
			t.Setenv("FIX403_ADMIN_PASSWORD", "a password")
			p := startOnTerminal(t, "", builtProgram(t), "--url", url)
			p.wait(t, "My Keycloak")
			p.press(t, "\x1b[B\r") // to the lab
			p.wait(t, "Server URL")
			p.press(t, "\r")
			p.wait(t, "Keycloak found")
			p.press(t, "\r")
			p.wait(t, "run all left")
			p.press(t, "\r")
			p.wait(t, "Guess first")
			p.press(t, "1")
			p.press(t, "\r")
			<-asked
			_ = p.tty.Close() // the test's own end: the program's is the last
			end(p)
			release()
			var exit *exec.ExitError
			if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
				t.Errorf("the program ended with %v", err)
			}
			if n := realms.Load(); n != 0 {
				t.Errorf("%d realms are left", n)
			}
		})
	}
}

func TestFurtherSignalsThatInsist(t *testing.T) {
	done, signals, ended := make(chan struct{}), make(chan os.Signal), make(chan struct{})
	told := make(chan struct{}, 10)
	over := make(chan struct{})
	go func() { interrupts(done, signals, ended, func() { told <- struct{}{} }); close(over) }()
	close(done)
	<-told
	signals <- syscall.SIGTERM // which closed done
	signals <- syscall.SIGHUP  // from the shell
	signals <- syscall.SIGHUP  // from the system
	signals <- syscall.SIGTERM
	close(ended)
	<-over
	if len(told) != 1 {
		t.Errorf("told %d times more, want once", len(told))
	}
}
