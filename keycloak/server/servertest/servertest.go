// Package servertest gives tests real Keycloak servers, where the environment asks for them.
package servertest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/keycloak/server"
)

// Target is a running server for tests, and its admin in the realm master.
type Target struct {
	URL, AdminUser, AdminPassword string
	Version                       string // "" for a server that was named by its URL
	Folder                        string // of its distribution, with bin/kcadm.sh; "" without one
}

// Each calls f for each server that FIX403_TEST_KEYCLOAK names: versions, which are started for the tests of a package, or the
// URL of a running server with its admin in FIX403_ADMIN_USER and FIX403_ADMIN_PASSWORD. Without the variable the test is
// skipped; a server that does not start fails it. The package's TestMain has to run its tests by [Tests].
func Each(t *testing.T, f func(*testing.T, Target)) {
	t.Helper()
	list := os.Getenv("FIX403_TEST_KEYCLOAK")
	switch {
	case list == "":
		t.Skip("To run it on real servers, set FIX403_TEST_KEYCLOAK to versions that are started for it (26.7.3,24.0.5), or to the URL of a " +
			"server for tests, with FIX403_ADMIN_USER and FIX403_ADMIN_PASSWORD.")
	case strings.Contains(list, "://"):
		target := Target{URL: strings.TrimRight(list, "/"), AdminUser: os.Getenv("FIX403_ADMIN_USER"), AdminPassword: os.Getenv("FIX403_ADMIN_PASSWORD")}
		if target.AdminUser == "" {
			target.AdminUser = "admin"
		}
		f(t, target)
	default:
		for version := range strings.SplitSeq(list, ",") {
			version = strings.TrimSpace(version)
			t.Run(version, func(t *testing.T) {
				s := started(t, version)
				f(t, Target{URL: s.URL(), AdminUser: s.AdminUser(), AdminPassword: s.AdminPassword(), Version: s.Version(), Folder: s.Folder()})
			})
		}
	}
}

// running is the server that was started last: the next test of its version finds it warm, and another version ends it.
var running struct {
	sync.Mutex
	allowed bool // what is started is stopped in the end
	version string
	server  *server.Server
}

func started(t *testing.T, version string) *server.Server {
	t.Helper()
	running.Lock()
	defer running.Unlock()
	switch {
	case !running.allowed:
		t.Fatal("the TestMain of this package does not run its tests by servertest.Tests: nothing would stop the server")
	case running.server != nil && running.version == version:
		return running.server
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	s, err := server.Start(ctx, server.Options{Version: version})
	if err != nil { // that servers start is tested in package server; here a machine may have had too much to do
		t.Logf("started once more, after: %v", err)
		s, err = server.Start(ctx, server.Options{Version: version})
	}
	if err != nil {
		t.Fatal(err)
	}
	running.server, running.version = s, version
	return s
}

// stop ends the server that runs, if one does; running is locked.
func stop() error {
	s := running.server
	if s == nil {
		return nil
	}
	running.server = nil
	return s.Stop()
}

// Tests runs the tests of a package, and stops what [Each] started for them. It is a TestingM of package testscript, too.
type Tests struct{ M *testing.M }

// Run returns the code to exit with.
func (ts Tests) Run() int {
	running.allowed = true
	code := ts.M.Run()
	running.Lock()
	defer running.Unlock()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
