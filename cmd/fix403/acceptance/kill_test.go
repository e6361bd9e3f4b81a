package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
)

// The program is killed (kill -9) at its n-th request, before the server gets it or after the server did what it asks
// for, and down must make the server as it was before. It is killed at a few points of each command, spread over
// all, and at fifty in the long form.

func TestKilled(t *testing.T) {
	t.Parallel()
	kills := 0
	t.Run("26.7.3", func(t *testing.T) {
		kills += killAll(t, practiceTarget(t, practice.Options{Version: "26.7.3"}), killable[:3])
	})
	t.Run("24.0.5", func(t *testing.T) { // where the doctor has most to change
		kills += killAll(t, practiceTarget(t, practice.Options{Version: "24.0.5"}), killable[3:])
	})
	t.Logf("%d kill points", kills)
}

func TestRealKeycloakKilled(t *testing.T) {
	eachReal(t, func(t *testing.T, on *target) {
		t.Logf("%d kill points on %s", killAll(t, on, killable), on.version)
	})
}

// killed is a command: begin sets the scene and returns the arguments; setUp is a set-up of the doctor's in its place.
type killed struct {
	name  string
	few   int // points but in the long form
	setUp string
	begin func(*scene) []string
}

// killable are the commands that change a server.
var killable = []killed{
	{name: "run --keep", few: 5, begin: func(s *scene) []string {
		s.realm = "fix403-test-" + suffix()
		s.t.Cleanup(func() { s.on.admin(s.t, http.MethodDelete, s.at(""), nil) })
		return []string{"run", "--keep", "--realm", s.realm}
	}},
	{name: "run --keep --existing", few: 5, begin: func(s *scene) []string {
		s.scratch(nil)
		s.client("theirs", nil)
		return []string{"run", "--keep", "--existing", "--realm", s.realm, "--username", "jane-doe", "--email", "jane-doe@example.com"}
	}},
	{name: "doctor --fix of a missing role", few: 5, setUp: "role-missing/user"},
	{name: "doctor --fix of a scope mapping", few: 1, setUp: "full-scope-off"},
	{name: "doctor --fix of a role and a scope mapping", few: 2, setUp: "full-scope-off/and-role-missing"},
	{name: "doctor --fix of a removed client scope", few: 1, setUp: "roles-scope-missing/removed"},
	{name: "doctor --fix of an optional client scope", few: 2, setUp: "roles-scope-missing/made-optional"},
	{name: "doctor --fix of lightweight tokens", few: 1, setUp: "lightweight-token"},
}

func killAll(t *testing.T, on *target, commands []killed) (kills int) {
	for _, c := range commands {
		begin := c.begin
		if c.setUp != "" {
			i := slices.IndexFunc(allBroken(), func(b broken) bool { return b.name == c.setUp })
			b := allBroken()[i]
			if b.on != nil && !b.on(on) {
				continue
			}
			begin = func(s *scene) []string {
				a := b.build(s)
				s.secrets = append(s.secrets, a.secret)
				return append([]string{"doctor", "--fix", "--yes"}, s.command(a)...)
			}
		}
		all := 0
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, on)
			args := begin(s)
			before := s.holds()
			all = len(s.kill(args, 0, false))
			if maps.Equal(before, s.holds()) {
				t.Fatal("the command changes nothing")
			}
			s.restored(before, args, 1)
		})
		n := min(testrun.Of((c.few+1)/2, c.few, 50), 2*all)
		for i := range n {
			point := (2*i + 1) * all / n // of 2*all, in the middle of the i-th part
			at, after := point/2+1, point%2 == 1
			t.Run(fmt.Sprintf("%s/request %d of %d, acted %v", c.name, at, all, after), func(t *testing.T) {
				s := newScene(t, on)
				args := begin(s)
				before := s.holds()
				seen := s.kill(args, at, after)
				if len(seen) != at {
					t.Fatalf("killed at request %d: %q", len(seen), seen)
				}
				s.restored(before, args, i)
				kills++
			})
		}
	}
	return kills
}

// kill runs a command until its request of that number, and returns the requests; 0 is for not at all.
func (s *scene) kill(args []string, at int, after bool) []string {
	s.t.Helper()
	n := 0
	return s.killWhere(args, at == 0, after, func(*http.Request) bool { n++; return n == at })
}

// killWhere runs a command until the first request that is the one; whole is for none of them.
func (s *scene) killWhere(args []string, whole, after bool, is func(*http.Request) bool) []string {
	s.t.Helper()
	cmd, out := s.asAdmin(args...)
	started := make(chan struct{})
	s.door.requests()
	s.door.catch(func(_ http.ResponseWriter, r *http.Request) bool { // one request comes after the other
		<-started
		if !is(r) {
			return false
		}
		if after {
			s.pass(r)
		}
		if err := cmd.Process.Kill(); err != nil {
			s.t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	err := cmd.Start()
	if err != nil {
		s.t.Fatal(err)
	}
	close(started)
	if err = cmd.Wait(); whole == (err != nil) {
		s.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	seen := s.door.requests()
	s.door.catch(nil)
	return seen
}

// pass has the server do what a request asks for, and drops its answer.
func (s *scene) pass(r *http.Request) {
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, s.on.url+r.URL.RequestURI(), r.Body)
	if err == nil {
		req.Header, req.Host, req.ContentLength = r.Header, r.Host, r.ContentLength
		var res *http.Response
		if res, err = plain.Do(req); err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
	}
	if err != nil {
		s.t.Error(err)
	}
}

// restored takes back what the killed command did, and compares. Of the doctor's changes every other is undone by the
// doctor itself.
func (s *scene) restored(before map[string]string, args []string, i int) {
	s.t.Helper()
	doubt := false
	if args[0] == "doctor" && i%2 == 0 {
		undo := slices.Clone(args)
		undo[1] = "--undo"
		cmd, out := s.asAdmin(undo...)
		if err := cmd.Run(); err != nil && !slices.Contains([]int{5, 6}, cmd.ProcessState.ExitCode()) { // 5: nothing to undo, 6: the call fails again
			s.t.Errorf("doctor --undo: %v\n%s", err, out)
		}
		if doubt = s.inDoubt(cmd, out); !doubt {
			s.same("doctor --undo", before)
		}
	}
	cmd, out := s.asAdmin("down", "--yes", "--all", "--url", s.base())
	err := cmd.Run()
	doubt = s.inDoubt(cmd, out)
	if err != nil && !doubt {
		s.t.Errorf("down: %v\n%s", err, out)
	}
	if doubt && args[0] == "doctor" && !strings.Contains(out.String(), "not there") { // what may be an admin's own is left until a person answers for it
		cmd, out := s.asAdmin("down", "--yes", "--any-run", "--all", "--url", s.base())
		if err := cmd.Run(); err != nil {
			s.t.Errorf("down --any-run: %v\n%s", err, out)
		}
	}
	s.same("down", before)
}

// inDoubt reports whether a command ended with something in doubt, and then says so and names a command.
func (s *scene) inDoubt(cmd *exec.Cmd, out *bytes.Buffer) bool {
	return cmd.ProcessState.ExitCode() == 5 && strings.Contains(out.String(), "Uncertain") && strings.Contains(out.String(), "fix403 down --url")
}

func (s *scene) same(what string, before map[string]string) {
	s.t.Helper()
	after := s.holds()
	for key := range after {
		if before[key] != after[key] {
			s.t.Errorf("after %s there is %s: %s\nbefore: %s", what, key, after[key], before[key])
		}
	}
	for key := range before {
		if after[key] == "" {
			s.t.Errorf("after %s %s is gone", what, key)
		}
	}
}

func (s *scene) holds() map[string]string {
	s.t.Helper()
	return servertest.Snapshot(func(path string, into any) bool {
		status, body := s.on.admin(s.t, http.MethodGet, s.at(path), nil)
		return status == http.StatusOK && json.Unmarshal(body, into) == nil
	})
}

// asAdmin is the program with an admin's login, and what it will write.
func (s *scene) asAdmin(args ...string) (*exec.Cmd, *bytes.Buffer) {
	s.t.Helper()
	file, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	if args[0] == "run" {
		args = append(args, "--url", s.base())
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), 3*time.Minute)
	s.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = append(s.environment(nil), "FIX403_ADMIN_USER="+s.on.adminUser, "FIX403_ADMIN_PASSWORD="+s.on.adminPassword)
	cmd.Dir = s.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}
