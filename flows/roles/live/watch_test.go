//go:build unix

package live

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fix403/flows/watch"
	"fix403/keycloak"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// TestRealKeycloakWatch runs 20 small programs with random needs through the proxy, each as a client with realm-admin. The set of roles that
// is printed, given to another client, makes each of them run as before without the proxy, and no role of it can be left out.
// FIX403_TEST_SEED draws the same again.
func TestRealKeycloakWatch(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		o := Options{URL: target.URL, Credentials: keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)}}
		drawn := testrun.Of(23, 23, rand.Uint64()) // at random in the long form alone: no change is judged by chance
		for _, seed := range testrun.Seeds([]uint64{drawn}, 1) {
			watchPrograms(t, o, seed, 20)
		}
	})
}

// The same on the practice server, a sample.
func TestWatchedPrograms(t *testing.T) {
	for _, v := range testrun.Of([]string{"26.7.4"}, []string{"24.0.5", "26.7.4"}, []string{"24.0.5", "26.4.0", "26.7.4"}) {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			watchPrograms(t, Options{URL: server(t, v, nil), Credentials: admin}, 23, testrun.Of(8, 20, 20))
		})
	}
}

// program is a few calls, each with the answer that realm-admin gets.
type program struct {
	calls  []*trial
	whole  []answer
	client *caller
}

func watchPrograms(t *testing.T, o Options, seed uint64, count int) {
	t.Helper()
	m, random := scratch(t, o), rand.New(rand.NewPCG(seed, seed))
	base, err := url.Parse(m.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	w := watch.NewWatcher(watch.Options{URL: m.server.URL(), Version: m.version})
	proxy := httptest.NewServer(watch.NewProxy(base, &http.Transport{}, w))
	t.Cleanup(proxy.Close)
	there, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	direct := m.http
	compared := 0
	through := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		first := sameBytes(t, direct, r)
		to := r.Clone(r.Context())
		to.URL.Host, to.Host = there.Host, there.Host
		res, err := direct.Transport.RoundTrip(to)
		if err != nil || first == "" {
			return res, err
		}
		if got := written(t, res); first == sameBytes(t, direct, r) { // what is not of the moment
			compared++
			if got != first {
				t.Errorf("%s %s: through the proxy\n%s\ndirectly\n%s", r.Method, r.URL.Path, got, first)
			}
		}
		return res, nil
	}), CheckRedirect: direct.CheckRedirect}
	rounds, _ := m.rounds()
	probes := slices.DeleteFunc(slices.Concat(rounds[1].probes, rounds[2].probes), func(p probe) bool { return p.kind != "" })

	var programs []*program
	for len(programs) < count {
		p := &program{}
		if p.client, err = m.newCaller(t.Context(), []string{"realm-admin"}); err != nil {
			t.Fatal(err)
		}
		m.http = through
		for range 1 + random.IntN(5) {
			call := &trial{m: m, probe: probes[random.IntN(len(probes))]}
			if a, err := call.call(t.Context(), p.client); err == nil && call.prepared == nil && served(a.status) && (a.status != http.StatusBadRequest || call.probe.passed != 0) {
				p.calls, p.whole = append(p.calls, call), append(p.whole, a)
			}
		}
		m.http = direct
		if len(p.calls) > 0 {
			programs = append(programs, p)
		}
	}
	seen := map[string]watch.Client{}
	for _, c := range w.Sum().Clients {
		seen[c.Account.ClientID] = c
	}
	roles, left := 0, 0
	for _, p := range programs {
		c := seen[p.client.id]
		if !slices.Contains(c.Held, "realm-admin") || !c.Seen || c.Realm != m.realm {
			t.Errorf("%s: seen as %+v", p.client.id, c)
		}
		if failed := p.run(t, m, c.Smallest); failed != "" {
			t.Errorf("FIX403_TEST_SEED=%d: with %q a call has not its whole response: %s", seed, c.Smallest, failed)
		}
		for i := range c.Smallest {
			roles++
			if rest := slices.Delete(slices.Clone(c.Smallest), i, i+1); p.run(t, m, rest) == "" {
				t.Errorf("FIX403_TEST_SEED=%d: %q is enough, and the proxy says %q", seed, rest, c.Smallest)
			}
		}
		left += len(c.Surplus)
	}
	if roles == 0 || left == 0 {
		t.Errorf("%d roles were needed, and %d were too much", roles, left)
	}
	if compared == 0 {
		t.Error("no response was compared byte by byte")
	}
	t.Logf("%s, FIX403_TEST_SEED=%d: %d programs, %d roles, %d responses compared byte by byte", m.version, seed, len(programs), roles, compared)
}

// sameBytes makes a call that changes nothing, and returns its response as written; "" for other calls.
func sameBytes(t *testing.T, direct *http.Client, r *http.Request) string {
	t.Helper()
	if r.Method != http.MethodGet {
		return ""
	}
	res, err := direct.Transport.RoundTrip(r.Clone(r.Context()))
	if err != nil {
		return "" // the call through the proxy is the one that counts
	}
	defer res.Body.Close()
	return written(t, res)
}

// written is a response as text: its status, its header but for the time, its body. The body can still be read.
func written(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	header := res.Header.Clone()
	header.Del("Date")
	var b strings.Builder
	_ = header.Write(&b)
	return res.Status + "\n" + b.String() + "\n" + string(body)
}

// run makes the calls as a client with some roles, without the proxy, and returns the first one that is not answered as before.
func (p *program) run(t *testing.T, m *measuring, names []string) string {
	t.Helper()
	c, err := m.newCaller(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	for i, call := range p.calls {
		a, err := call.call(t.Context(), c)
		if err != nil {
			return call.probe.key() + ": " + err.Error()
		}
		if cell := a.cell(p.whole[i], call.probe.passed); !cell.Whole() {
			return call.probe.key() + ": " + cell.String()
		}
	}
	return ""
}
