//go:build unix

package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/flows/access"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// TestRealKeycloakCanAndWho makes 20 clients that get random roles directly, through groups, composites and the default role, within a scope or
// not: what `can` says of each of them is what the server answers, for every call that can be tried, and `who` is its inverse.
// FIX403_TEST_SEED draws the same again.
func TestRealKeycloakCanAndWho(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		o := Options{URL: target.URL, Credentials: keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)}}
		drawn := testrun.Of(19, 19, rand.Uint64()) // at random in the long form alone: no change is judged by chance
		for _, seed := range testrun.Seeds([]uint64{drawn}, 1) {
			canAndWho(t, o, seed, 20, testrun.Of(3, 3, 1))
		}
	})
}

// The same on the practice server, a sample.
func TestCanAndWho(t *testing.T) {
	for _, v := range testrun.Of([]string{"26.7.4"}, []string{"24.0.5", "26.4.0", "26.7.4"}, []string{"24.0.5", "26.4.0", "26.7.4"}) {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			canAndWho(t, Options{URL: server(t, v, nil), Credentials: admin}, 19, testrun.Of(6, 20, 20), testrun.Of(4, 1, 1))
		})
	}
}

// mixed is a client with roles by several ways.
type mixed struct {
	*caller
	ways    []string
	subject access.Subject
}

func canAndWho(t *testing.T, o Options, seed uint64, clients, every int) {
	t.Helper()
	m, random := scratch(t, o), rand.New(rand.NewPCG(seed, seed))
	mix := &mixer{T: t, m: m, random: random}
	var callers []*mixed
	for range clients {
		callers = append(callers, mix.client())
	}
	mix.defaultRole()
	transport := &wire.Transport{Next: http.DefaultTransport, Recorder: &wire.Recorder{}}
	var methods sync.Map
	looking, err := keycloak.Open(t.Context(), m.server.URL(), keycloak.Options{Transport: counted403(&methods, transport.Next), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	looker, err := looking.Login(t.Context(), m.options.Credentials)
	if err != nil {
		t.Fatal(err)
	}
	r, err := access.Open(t.Context(), looker, "", m.realm)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range callers {
		if c.subject, err = r.Client(t.Context(), c.id); err != nil {
			t.Fatal(err)
		}
		if err := m.renew(t.Context(), c.caller); err != nil {
			t.Fatal(err)
		}
	}
	grants, err := r.Holders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	whoIsInverse(t, r, grants, callers)
	methods.Range(func(call, _ any) bool {
		if method, path, _ := strings.Cut(call.(string), " "); method != http.MethodGet && !strings.HasSuffix(path, "/protocol/openid-connect/token") {
			t.Errorf("looking sent %s", call)
		}
		return true
	})
	count := mix.compare(r, callers, every)
	t.Logf("%s, FIX403_TEST_SEED=%d: %s", m.version, seed, counted(count))
	if t.Failed() {
		for _, c := range callers {
			t.Logf("%s: %s; holds %q, outside of its scope %q", c.id, strings.Join(c.ways, ", "), c.subject.Held, c.subject.Outside)
		}
	}
	for _, what := range []string{"whole", "filtered", "refused"} {
		if count[what] == 0 {
			t.Errorf("no answer was %s", what)
		}
	}
}

func counted403(methods *sync.Map, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		methods.Store(r.Method+" "+r.URL.Path, true)
		return next.RoundTrip(r)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// scratch is a filled scratch realm, which is gone at the end of the test.
func scratch(t *testing.T, o Options) *measuring {
	t.Helper()
	o = o.complete()
	s, err := open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	m := &measuring{scene: s, options: o, rows: map[string]*row{}}
	if m.version, err = s.admin.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.admin.EnsureRealm(t.Context(), s.realm, s.run, o.Journal.Declare(s.run, s.server.URL())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.remove(context.Background(), o.Journal); err != nil {
			t.Error(err)
		}
	})
	for _, step := range []func(context.Context) error{m.findRoles, func(ctx context.Context) error { m.names = sorted(m.roles); return m.prepare(ctx) }} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// mixer gives roles to clients by random ways.
type mixer struct {
	*testing.T
	m      *measuring
	random *rand.Rand
}

func (x *mixer) send(method, path string, body any) string {
	x.Helper()
	_, id, err := x.m.admin.Send(x.Context(), msg.New("mix"), method, x.m.realm, path, body)
	if err != nil {
		x.Fatalf("%s %s: %v", method, path, err)
	}
	return id
}

type roleBody = []map[string]string

func (x *mixer) role(name string) roleBody {
	return roleBody{{"id": x.m.roles[name].ID, "name": name}}
}

// client makes a client whose service account gets up to three roles, each by a way of its own.
func (x *mixer) client() *mixed {
	x.Helper()
	made, err := x.m.newCaller(x.Context(), nil)
	if err != nil {
		x.Fatal(err)
	}
	found, err := x.m.admin.FindClient(x.Context(), x.m.realm, made.id)
	if err != nil {
		x.Fatal(err)
	}
	account, err := x.m.admin.ServiceAccount(x.Context(), x.m.realm, found.ID)
	if err != nil {
		x.Fatal(err)
	}
	c := &mixed{caller: made}
	var given []string
	for range x.random.IntN(4) {
		name := x.m.names[x.random.IntN(len(x.m.names))]
		given = append(given, name)
		c.ways = append(c.ways, name+x.give(account.ID, name))
	}
	if x.random.IntN(3) == 0 {
		x.send("PUT", "/clients/"+found.ID, map[string]any{"clientId": made.id, "fullScopeAllowed": false})
		c.ways = append(c.ways, "full scope off")
		for _, name := range given {
			c.ways = append(c.ways, x.letThrough(found.ID, name))
		}
	}
	return c
}

// give gives a role to an account: directly, or through a group, a group above its own, or composites.
func (x *mixer) give(account, name string) string {
	x.Helper()
	n := x.m.next()
	body := x.role(name)
	clients := "/role-mappings/clients/" + x.m.realmManagement
	composite := func() roleBody {
		x.send("POST", "/roles", map[string]any{"name": "mixed-" + n})
		role, err := x.m.admin.RealmRole(x.Context(), x.m.realm, "mixed-"+n)
		if err != nil {
			x.Fatal(err)
		}
		x.send("POST", "/roles/mixed-"+n+"/composites", body)
		return roleBody{{"id": role.ID, "name": role.Name}}
	}
	switch x.random.IntN(5) {
	case 0:
		x.send("POST", "/users/"+account+clients, body)
		return ""
	case 1:
		group := x.send("POST", "/groups", map[string]any{"name": "mixed-" + n})
		x.send("POST", "/groups/"+group+clients, body)
		x.send("PUT", "/users/"+account+"/groups/"+group, nil)
		return " by a group"
	case 2:
		group := x.send("POST", "/groups", map[string]any{"name": "mixed-" + n})
		x.send("POST", "/groups/"+group+clients, body)
		child := x.send("POST", "/groups/"+group+"/children", map[string]any{"name": "below"})
		x.send("PUT", "/users/"+account+"/groups/"+child, nil)
		return " by the group above"
	case 3:
		x.send("POST", "/users/"+account+"/role-mappings/realm", composite())
		return " by a composite"
	default:
		group := x.send("POST", "/groups", map[string]any{"name": "mixed-" + n})
		x.send("POST", "/groups/"+group+"/role-mappings/realm", composite())
		x.send("PUT", "/users/"+account+"/groups/"+group, nil)
		return " by a composite of a group"
	}
}

// letThrough lets a role through the scope of a client without full scope: directly, by a client scope, or not.
func (x *mixer) letThrough(client, name string) string {
	x.Helper()
	switch x.random.IntN(3) {
	case 0:
		x.send("POST", "/clients/"+client+"/scope-mappings/clients/"+x.m.realmManagement, x.role(name))
		return name + " in scope"
	case 1:
		scope := x.send("POST", "/client-scopes", map[string]any{"name": "mixed-" + x.m.next(), "protocol": "openid-connect"})
		x.send("POST", "/client-scopes/"+scope+"/scope-mappings/clients/"+x.m.realmManagement, x.role(name))
		x.send("PUT", "/clients/"+client+"/default-client-scopes/"+scope, nil)
		return name + " by a client scope"
	}
	return name + " kept out"
}

// defaultRole gives every account a role that opens little.
func (x *mixer) defaultRole() {
	x.Helper()
	x.send("POST", "/roles/default-roles-"+x.m.realm+"/composites", x.role([]string{"query-users", "query-groups", "query-clients", "query-realms"}[x.random.IntN(4)]))
}

// whoIsInverse compares, for all calls of the version, who may make them with what each may make.
func whoIsInverse(t *testing.T, r *access.Reader, grants *access.Grants, callers []*mixed) {
	t.Helper()
	none := access.Subject{Account: callers[0].subject.Account}
	for _, q := range r.Questions() {
		entries, _ := grants.Who(q)
		anybody := q.Decide(none).Answer
		for _, c := range callers {
			can := q.Decide(c.subject)
			i := slices.IndexFunc(entries, func(e access.Entry) bool { return e.ClientID == c.id })
			switch {
			case i < 0 && can.Answer != access.Refused && can.Answer != anybody:
				t.Errorf("%s: can says %s for %s, and who does not name it", q.Call, can.Answer, c.id)
			case i >= 0 && (entries[i].Answer != can.Answer || len(entries[i].By) == 0 || entries[i].Kind != access.ServiceAccount):
				t.Errorf("%s: can says %s for %s, and who %s, by %q", q.Call, can.Answer, c.id, entries[i].Answer, entries[i].By)
			}
		}
	}
}

// compare makes calls as each client, and compares what `can` says with what the server answers.
func (x *mixer) compare(r *access.Reader, callers []*mixed, every int) map[string]int {
	x.Helper()
	count := map[string]int{}
	var mu sync.Mutex
	rounds, _ := x.m.rounds()
	for i, round := range rounds {
		probes := slices.DeleteFunc(round.probes, func(p probe) bool { return p.kind != "" })
		err := each(x.Context(), len(probes), round.workers, func(_ context.Context, n int) error {
			if (n+i)%every == 0 {
				x.probe(r, probes[n], callers, func(what string) {
					mu.Lock()
					defer mu.Unlock()
					count[what]++
				})
			}
			return nil
		})
		if err == nil && i == 0 {
			err = x.m.addDefaultGroup(x.Context())
		}
		if err != nil {
			x.Fatal(err)
		}
	}
	return count
}

// served reports whether realm-admin's answer is that of an endpoint that the server has: the practice server has not all.
func served(status int) bool {
	return status != http.StatusNotFound && status != http.StatusMethodNotAllowed && status != http.StatusNotImplemented
}

func (x *mixer) probe(r *access.Reader, p probe, callers []*mixed, count func(string)) {
	x.Helper()
	q, err := r.Ask(roles.Call{Method: p.method, Path: p.template()})
	if err != nil {
		count("calls that this version does not have")
		return
	}
	t := &trial{m: x.m, probe: p}
	whole, err := t.call(x.Context(), x.m.realmAdmin())
	if err != nil || t.prepared != nil || whole.status == http.StatusBadRequest && p.passed == 0 || !served(whole.status) {
		count("calls left out")
		return
	}
	for _, c := range callers {
		a, err := t.call(x.Context(), c.caller)
		if err != nil {
			count("calls left out")
			continue
		}
		if a.status >= http.StatusInternalServerError && a.status != whole.status {
			count("calls that break without a role") // neither let through nor refused, such as the rotated secret on 26.7.4
			continue
		}
		cell, d := a.cell(whole, p.passed), q.Decide(c.subject)
		count(string(d.Answer))
		count("certainty " + string(d.Certainty))
		got := access.Refused
		switch {
		case cell.Whole():
			got = access.Whole
		case cell.Succeeds():
			got = access.Filtered
		}
		if d.Answer != access.Unknown && d.Answer != got {
			x.Errorf("%s as %s: can says %s, and the server answers %s", q.Call, c.id, d.Answer, cell)
		}
		if got != access.Refused && d.Answer == access.Refused || got == access.Refused && a.status != http.StatusForbidden {
			x.Errorf("%s as %s: %s", q.Call, c.id, fmt.Sprint(cell))
		}
	}
}
