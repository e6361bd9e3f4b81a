//go:build unix

package acceptance

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
)

// Before a server that asks for the audience the story assigns a client scope between its two walls. It is ended there, by each
// signal and by kill -9; then down must make the server as it was before, the scope's assignment included.

func TestKilledBetweenTheWalls(t *testing.T) {
	t.Parallel()
	t.Run("practice", func(t *testing.T) {
		killBetweenWalls(t, practiceTarget(t, practice.Options{Version: "26.7.4"}))
	})
	t.Run("doctor", func(t *testing.T) {
		t.Logf("%d kill points", killAll(t, practiceTarget(t, practice.Options{Version: "26.8.2"}), killableScope))
	})
}

func TestRealKeycloakKilledBetweenTheWalls(t *testing.T) {
	eachReal(t, func(t *testing.T, behind *target) {
		t.Run("gated", func(t *testing.T) { // what it leaves is removed before the server ends
			killBetweenWalls(t, behind)
			on, gate := behindGate(t, behind)
			on.gate = gate
			t.Logf("%d kill points", killAll(t, on, killableScope))
		})
	})
}

// killableScope are the commands of the doctor that assign the client scope.
var killableScope = []killed{
	{name: "doctor --fix of the audience", few: 2, setUp: "audience-missing/not-assigned"},
	{name: "doctor --fix of the audience and a role", few: 3, setUp: "audience-missing/and-the-role"},
}

// wall is a request of the step first-call.
type wall struct {
	name  string
	acted bool // the server did what it asks for
	is    func(r *http.Request, calls, scopes int) bool
	// assigned is whether the client has the client scope when the program ends.
	assigned bool
}

func readsUser(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/users/") && !strings.Contains(r.URL.Path, "/role-mappings")
}

func assignsScope(r *http.Request) bool {
	return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/default-client-scopes/")
}

// walls take how often the user was read, without a good token first (twice), and the client scope was assigned, with this request.
var walls = []wall{
	{name: "after the 401", is: func(r *http.Request, calls, _ int) bool { return calls == 3 && !readsUser(r) }},
	{name: "before the scope", is: func(_ *http.Request, _, scopes int) bool { return scopes == 1 }},
	{name: "the scope, and its answer is lost", acted: true, assigned: true, is: func(_ *http.Request, _, scopes int) bool { return scopes == 1 }},
	{name: "after the scope", assigned: true, is: func(r *http.Request, _, scopes int) bool { return scopes == 1 && !assignsScope(r) }},
	{name: "after the 403", assigned: true, is: func(r *http.Request, calls, _ int) bool { return calls == 4 && !readsUser(r) }},
}

func killBetweenWalls(t *testing.T, behind *target) {
	t.Helper()
	on, gate := behindGate(t, behind)
	on.gate = gate
	all := testrun.Of(false, behind.practice != nil, true) // a real server takes ten seconds for one
	for i, w := range walls {
		for k, signal := range []os.Signal{os.Kill, syscall.SIGTERM, os.Interrupt} {
			for _, existing := range []bool{true, false} {
				if sampled := existing && k == i%3 || !existing && k == 0 && w.acted; !all && !sampled {
					continue
				}
				t.Run(fmt.Sprintf("%s/%v/existing %v", w.name, signal, existing), func(t *testing.T) {
					endAtWall(t, on, w, signal, existing)
				})
			}
		}
	}
}

func endAtWall(t *testing.T, on *target, w wall, signal os.Signal, existing bool) {
	t.Helper()
	s := newScene(t, on)
	var args []string
	if existing {
		s.scratch(nil)
		theirs := s.client("theirs", nil)
		s.assign(client{id: theirs.id, uuid: theirs.uuid}, "default") // an assignment that is not fix403's, and stays
		args = []string{"run", "--keep", "--existing", "--realm", s.realm, "--username", "jane-doe", "--email", "jane-doe@example.com"}
	} else {
		s.realm = "fix403-test-" + suffix()
		t.Cleanup(func() { on.admin(t, http.MethodDelete, s.at(""), nil) })
		args = []string{"run", "--keep", "--realm", s.realm}
	}
	before := s.holds()
	code, out := s.endAt(args, w, signal)
	switch {
	case signal == os.Kill && code != -1:
		t.Fatalf("it ended with %d\n%s", code, out)
	case signal != os.Kill && (code != 130 || !strings.Contains(out, "fix403 down --url")):
		t.Errorf("%v: it ended with %d\n%s", signal, code, out)
	}
	if maps.Equal(before, s.holds()) {
		t.Fatal("nothing was changed before it ended")
	}
	if got := s.clientHasScope(); got != w.assigned {
		t.Errorf("when it ended, that the client had the client scope was %v", got)
	}
	cmd, said := s.asAdmin("down", "--yes", "--all", "--url", s.base())
	if err := cmd.Run(); err != nil {
		t.Errorf("down: %v\n%s", err, said)
	}
	s.same("down", before)
	if cmd, said = s.asAdmin("down", "--yes", "--all", "--url", s.base()); cmd.Run() != nil || !strings.Contains(said.String(), "othing") {
		t.Errorf("down again finds something:\n%s", said)
	}
}

// clientHasScope reports whether the story's client has the client scope of the admin API as a default one.
func (s *scene) clientHasScope() bool {
	s.t.Helper()
	clients := mustJSON[[]struct{ DefaultClientScopes []string }](s.t, s.must(http.MethodGet, s.at("/clients?clientId=403-forbidden-fix-client"), nil))
	return len(clients) == 1 && strings.Contains(strings.Join(clients[0].DefaultClientScopes, " "), "kc-admin-api")
}

// endAt runs a command and ends it at a request, and returns its exit code, -1 where a signal ended it, and what it wrote.
func (s *scene) endAt(args []string, w wall, signal os.Signal) (code int, out string) {
	s.t.Helper()
	cmd, said := s.asAdmin(args...)
	started := make(chan struct{})
	calls, scopes, ended := 0, 0, false
	s.door.catch(func(_ http.ResponseWriter, r *http.Request) bool { // one request comes after the other
		<-started
		if readsUser(r) {
			calls++
		}
		if assignsScope(r) {
			scopes++
		}
		if ended || !w.is(r, calls, scopes) {
			return false
		}
		ended = true
		if w.acted {
			s.pass(r)
		} else {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			s.t.Error(err)
		}
		<-r.Context().Done() // the program gives the request up
		panic(http.ErrAbortHandler)
	})
	defer s.door.catch(nil)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	close(started)
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if !ended {
		s.t.Fatalf("it did not come so far\n%s", said)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}
