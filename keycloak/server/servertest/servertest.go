// Package servertest gives tests real Keycloak servers, where the environment asks for them.
package servertest

import (
	"context"
	"os"
	"strings"
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

// Each calls f for each server that FIX403_TEST_KEYCLOAK names: versions, which are started for the test and stopped
// afterwards, or the URL of a running server with its admin in FIX403_ADMIN_USER and FIX403_ADMIN_PASSWORD. Without the
// variable the test is skipped; a server that does not start fails it.
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
				defer func() {
					if err := s.Stop(); err != nil {
						t.Error(err)
					}
				}()
				f(t, Target{URL: s.URL(), AdminUser: s.AdminUser(), AdminPassword: s.AdminPassword(), Version: s.Version(), Folder: s.Folder()})
			})
		}
	}
}
