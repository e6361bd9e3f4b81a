package flows

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// TestRealKeycloakSoak tells stories in a row and then 8 at once on a real server: nothing is left behind, and neither
// memory nor open files grow.
func TestRealKeycloakSoak(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		soak(t, testrun.Of(20, 20, 500), target.URL, keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)})
	})
}

// TestSoak is the same on the practice server, over the loopback.
func TestSoak(t *testing.T) {
	server := serve(t, "")
	o := server.options()
	soak(t, testrun.Of(10, 10, 500), o.URL, o.Credentials)
}

func soak(t *testing.T, n int, url string, admin keycloak.Credentials) {
	const atOnce = 8
	run := "fix403-soak-" + params.NewRunID()
	journal := journal.Open(t.TempDir())
	story := func(name string) error {
		o := story.Options{URL: url, Credentials: admin, Params: params.DefaultParams(), Journal: journal}
		o.Params.Realm = run + "-" + name
		s, err := story.New(o)
		if err != nil {
			return err
		}
		defer s.Close()
		err = doAll(t, s)
		if err == nil && (s.State().FirstCall.Exchange.Status != 403 || s.State().SecondCall.Exchange.Status != 200) {
			err = fmt.Errorf("%s: the calls were answered with %d and %d", name, s.State().FirstCall.Exchange.Status, s.State().SecondCall.Exchange.Status)
		}
		if cleanErr := s.Cleanup(t.Context()); err == nil {
			err = cleanErr
		}
		return err
	}
	var start usage
	for i := range n {
		if err := story(fmt.Sprint(i)); err != nil {
			t.Fatalf("story %d: %v", i, err)
		}
		if i == n/5 {
			start = measured()
		}
	}
	end := measured()
	t.Logf("%d stories in a row: %v, and from a fifth of them to the end %v", n, start, end)
	start.holds(t, end)
	rounds := max(1, n/100)
	for round := range rounds {
		var wg sync.WaitGroup
		for i := range atOnce {
			wg.Go(func() {
				if err := story(fmt.Sprintf("%d-%d", round, i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	end = measured()
	t.Logf("%d rounds of %d at once: %v", rounds, atOnce, end)
	start.holds(t, end)

	server, err := keycloak.Open(t.Context(), url, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := server.Login(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	names, err := a.RealmNames(t.Context())
	if left := slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, run) }); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if standing, err := journal.Outstanding(url); err != nil || len(standing) > 0 {
		t.Errorf("left in the journal: %+v, %v", standing, err)
	}
}

// usage is what this process holds.
type usage struct {
	heap, files, goroutines int // files: 0 where the system does not tell
}

func (u usage) String() string {
	return fmt.Sprintf("%d KiB of heap, %d open files, %d goroutines", u.heap>>10, u.files, u.goroutines)
}

func measured() usage {
	for range 3 { // connections that were closed end their goroutines meanwhile
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, _ := os.ReadDir("/proc/self/fd")
	return usage{int(m.HeapAlloc), len(files), runtime.NumGoroutine()}
}

// holds checks that nothing grew, but for what is measured by chance.
func (u usage) holds(t *testing.T, now usage) {
	t.Helper()
	if now.heap > u.heap+2<<20 || now.files > u.files+8 || now.goroutines > u.goroutines+8 {
		t.Errorf("grew from %v to %v", u, now)
	}
}
