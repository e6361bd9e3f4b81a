package acceptance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
)

// The program is killed (kill -9) at random times, and two runs go on at once, with one state folder for all; in between an
// admin does something by hand. After down the whole server is as it was, and what was done by hand still stands.

func TestRandomKills(t *testing.T) {
	t.Parallel()
	testrun.Repeats(t, "kills at random times")
	for _, version := range testrun.Sampled([]string{"", "24.0.5"}, 2) {
		t.Run("practice "+version, func(t *testing.T) {
			randomKills(t, practiceTarget(t, practice.Options{Version: version}), [4]int{2, 2, 1, 1}, 5*time.Second)
		})
	}
}

func TestRealKeycloakRandomKills(t *testing.T) {
	eachReal(t, func(t *testing.T, on *target) {
		t.Run("kills", func(t *testing.T) { randomKills(t, on, [4]int{4, 3, 1, 1}, 40*time.Second) }) // its realm goes before the server does
	})
}

// randomKills takes the longest after which roles --live is killed.
func randomKills(t *testing.T, on *target, counts [4]int, live time.Duration) {
	needsDoctor(t)
	counts = testrun.Of(counts, counts, [4]int{60, 40, 20, 12}) // of run, of doctor --fix, of roles --live, pairs of runs
	s := newScene(t, on)
	s.newRealm("kills-"+suffix(), nil)
	theirs, c := s.realm, s.service()
	k := &killing{scene: s, theirs: theirs, client: c}

	existing := []string{"run", "--keep", "--existing", "--realm", theirs, "--username", "jane-doe", "--email", "jane-doe@example.com"}
	fresh := func() []string { return []string{"run", "--keep", "--realm", "fix403-test-" + suffix()} }
	fix := append([]string{"doctor", "--fix", "--yes"}, s.command(s.ask(c))...)

	k.before = k.dump()
	whole := map[string]time.Duration{}
	for name, args := range map[string][]string{"run": fresh(), "existing": existing, "fix": fix} {
		whole[name] = k.run(args, 0)
		k.settle(args)
	}
	for i := range counts[0] {
		args, longest, hand := fresh(), whole["run"], []byHand{k.nothing, k.anotherRealm, k.userInRun}
		if i%3 == 2 {
			args, longest, hand = existing, whole["existing"], []byHand{k.nothing, k.userInTheirs}
		}
		k.one(fmt.Sprintf("run %d", i+1), args, longest, hand)
	}
	for i := range counts[1] {
		k.one(fmt.Sprintf("fix %d", i+1), fix, whole["fix"], []byHand{k.nothing, k.anotherRole, k.sameRole, k.userInTheirs})
	}
	for i := range counts[2] {
		k.one(fmt.Sprintf("live %d", i+1), []string{"roles", "--live", "--json", "--url", s.base()}, live, []byHand{k.nothing, k.anotherRealm})
	}
	for i := range counts[3] {
		k.pair(fmt.Sprintf("pair %d", i+1))
	}
	k.t = t
	if last := changed(k.before, k.dump()); len(last) > 0 {
		t.Errorf("in the end the server differs: %v", last)
	}
}

// killing is a server on which runs are killed.
type killing struct {
	*scene
	theirs string // a realm that is not fix403's
	client client // in it, whose call fails
	before map[string]string
	args   []string // of the run that was killed
}

// byHand is something that an admin does between a kill and down. It returns whether that still stands, and what takes it
// back; nil for nothing done.
type byHand func() (stands func() bool, takeBack func())

func (k *killing) nothing() (func() bool, func()) { return nil, nil }

func (k *killing) there(path string) bool {
	status, _ := k.on.admin(k.t, http.MethodGet, path, nil)
	return status == http.StatusOK
}

func (k *killing) anotherRealm() (func() bool, func()) {
	path := "/admin/realms/by-hand-" + suffix()
	k.must(http.MethodPost, "/admin/realms", map[string]any{"realm": path[len("/admin/realms/"):], "enabled": true})
	return func() bool { return k.there(path) }, func() { k.must(http.MethodDelete, path, nil) }
}

func (k *killing) userIn(realm string) (func() bool, func()) {
	k.realm = realm
	id := k.user("by-hand-" + suffix())
	path := k.at("/users/" + id)
	return func() bool { return k.there(path) }, func() { k.must(http.MethodDelete, path, nil) }
}

func (k *killing) userInTheirs() (func() bool, func()) { return k.userIn(k.theirs) }

// userInRun is a person in the realm of the killed run, if it came so far.
func (k *killing) userInRun() (func() bool, func()) {
	realm := k.args[slices.Index(k.args, "--realm")+1]
	if !k.there("/admin/realms/" + realm) {
		return nil, nil
	}
	return k.userIn(realm)
}

func (k *killing) granted(role string) (func() bool, func()) {
	k.realm = k.theirs
	path := k.at("/users/" + k.client.account + "/role-mappings/clients/" + k.management())
	held := func() bool {
		return slices.ContainsFunc(mustJSON[[]named](k.t, k.must(http.MethodGet, path, nil)), func(r named) bool { return r.Name == role })
	}
	if held() {
		return nil, nil // by the killed run: to give it again changes nothing
	}
	k.grant(k.client.account, role)
	return held, func() { k.must(http.MethodDelete, path, k.managementRoles(role)) }
}

func (k *killing) anotherRole() (func() bool, func()) { return k.granted("view-clients") }

// sameRole is what the killed run would have given.
func (k *killing) sameRole() (func() bool, func()) { return k.granted("view-users") }

// run runs a command, and kills it after a while; 0 is for never. It returns how long it ran.
func (k *killing) run(args []string, after time.Duration) time.Duration {
	k.t.Helper()
	k.args = args
	cmd, out := k.asAdmin(args...)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	if after > 0 {
		defer time.AfterFunc(after, func() { _ = cmd.Process.Kill() }).Stop()
	}
	if err := cmd.Wait(); err != nil && after == 0 {
		k.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return time.Since(began)
}

// one is one kill, and what follows.
func (k *killing) one(name string, args []string, longest time.Duration, hand []byHand) {
	test, ok := k.t.(*testing.T)
	if !ok {
		return
	}
	test.Run(name, func(t *testing.T) {
		k.t = t
		defer func() { k.t = test }()
		after := time.Duration(rand.Int64N(int64(longest))) + 1 // #nosec G404 -- of a test
		k.run(args, after)
		stands, takeBack := hand[rand.IntN(len(hand))]() // #nosec G404 -- of a test
		if stands != nil {
			code, out := k.down()
			if !stands() {
				t.Errorf("killed after %s, and what was done by hand is gone (down: %d)\n%s", after, code, out)
			} else {
				takeBack()
			}
		}
		k.settle(args)
	})
}

// pair are two runs at once, on one realm.
func (k *killing) pair(name string) {
	test, ok := k.t.(*testing.T)
	if !ok {
		return
	}
	test.Run(name, func(t *testing.T) {
		k.t = t
		defer func() { k.t = test }()
		args := []string{"run", "--keep", "--realm", "fix403-test-" + suffix()}
		var both []*exec.Cmd
		for range 2 {
			cmd, _ := k.asAdmin(args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			both = append(both, cmd)
		}
		for _, cmd := range both {
			_ = cmd.Wait() // one of them may be refused
		}
		k.settle(args)
	})
}

func (k *killing) down(more ...string) (int, string) {
	k.t.Helper()
	cmd, out := k.asAdmin(append([]string{"down", "--yes", "--all", "--url", k.base()}, more...)...)
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 5 {
		k.t.Errorf("down: %v\n%s", err, out)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// settle repeats down until the server is as it was. A change of which it is not known whether fix403 made it waits for a
// person's answer, which is that nobody else did. What a server is still at comes later.
func (k *killing) settle(args []string) {
	k.t.Helper()
	var said []string
	for end := time.Now().Add(time.Minute); ; {
		code, out := k.down()
		said = append(said, out)
		if code == 5 && strings.Contains(out, ": left: ") {
			_, out = k.down("--any-run")
			said = append(said, out)
		}
		differs := changed(k.before, k.dump())
		switch {
		case len(differs) == 0:
			return
		case time.Now().After(end):
			k.t.Errorf("after %v and down the server differs: %v\n%s", args, differs, strings.Join(said[max(0, len(said)-2):], "\n"))
			return
		}
	}
}

// dump is what the whole server holds.
func (k *killing) dump() map[string]string {
	k.t.Helper()
	state := map[string]string{}
	for _, r := range mustJSON[[]struct{ Realm string }](k.t, k.must(http.MethodGet, "/admin/realms?briefRepresentation=true", nil)) {
		at := "/admin/realms/" + url.PathEscape(r.Realm)
		get := func(path string, into any) bool {
			status, body := k.on.admin(k.t, http.MethodGet, at+path, nil)
			return status == http.StatusOK && json.Unmarshal(body, into) == nil
		}
		for name, text := range servertest.Snapshot(get) {
			state[r.Realm+": "+name] = text
		}
		var clients, scopes, roles []struct {
			ID, Name string
			ClientID string `json:"clientId"`
		}
		kept := func(name, path string) {
			var v any
			if get(path, &v) {
				state[r.Realm+": "+name] = canonical(v)
			}
		}
		get("/clients", &clients)
		for _, c := range clients {
			kept("roles of the client "+c.ClientID, "/clients/"+c.ID+"/roles")
			kept("secret of the client "+c.ClientID, "/clients/"+c.ID+"/client-secret")
		}
		get("/client-scopes", &scopes)
		for _, c := range scopes {
			kept("the scope "+c.Name, "/client-scopes/"+c.ID)
			kept("mappings of the scope "+c.Name, "/client-scopes/"+c.ID+"/scope-mappings")
		}
		get("/roles", &roles)
		for _, c := range roles {
			kept("the role "+c.Name, "/roles-by-id/"+c.ID)
			kept("parts of the role "+c.Name, "/roles-by-id/"+c.ID+"/composites")
		}
		kept("components", "/components")
		kept("groups", "/groups")
	}
	return state
}
