package practice

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fix403/keycloak/testrun"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestMain(m *testing.M) { os.Exit(testrun.Waiting{M: m, AtOnce: 4}.Run()) }

func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Version: "19.0.0"}); err == nil || !strings.Contains(err.Error(), "26.7.3") {
		t.Errorf("unknown version: %v", err)
	}
	if _, err := New(Options{BasePath: "auth"}); err == nil {
		t.Error("a base path without a slash is taken")
	}
	a, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Options{AdminUser: "boss"})
	if err != nil {
		t.Fatal(err)
	}
	if a.Version() != "26.7.4" || a.AdminUser() != "admin" || b.AdminUser() != "boss" {
		t.Errorf("version %q, admins %q %q", a.Version(), a.AdminUser(), b.AdminUser())
	}
	if len(a.AdminPassword()) < 16 || a.AdminPassword() == b.AdminPassword() {
		t.Errorf("passwords %q and %q", a.AdminPassword(), b.AdminPassword())
	}
	for _, k := range a.realms[masterRealm].keys {
		if k.ready() != nil {
			t.Errorf("New generated the key %s", k.algorithm)
		}
	}
}

// TestKeysOfTheirOwn: each realm has its own keys, generated when first needed.
func TestKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("one")
	c.createRealm("two")
	if c.s.realms["one"].activeKey("RS256").ready() != nil {
		t.Error("creating a realm generated its key")
	}
	seen := map[string]bool{}
	for _, r := range []string{"master", "one", "two"} {
		pub, _ := c.want(200, "GET", "/realms/"+r, "", nil).obj(t)["public_key"].(string)
		var jwks struct {
			Keys []struct{ Kid, Use, N string }
		}
		if err := json.Unmarshal(c.want(200, "GET", "/realms/"+r+"/protocol/openid-connect/certs", "", nil).body, &jwks); err != nil {
			t.Fatal(err)
		}
		if len(jwks.Keys) != 2 || pub == "" || seen[pub] || seen[jwks.Keys[0].N] {
			t.Errorf("%s: %d keys, or one seen before", r, len(jwks.Keys))
		}
		seen[pub], seen[jwks.Keys[0].N] = true, true
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{MaxRealms: 2, MaxUsers: 2, MaxBody: 1000})
	c.createRealm("lesson")
	limit := func(a answer, status int) {
		t.Helper()
		m := a.obj(t)
		if a.status != status || m["error"] != "practice_limit" || !strings.HasSuffix(m["error_description"].(string), ".") {
			t.Errorf("over a limit: %d %s", a.status, a.body)
		}
	}
	limit(c.send("POST", "/admin/realms", c.admin(), map[string]any{"realm": "third"}), 507)
	c.createUser("one", "", nil)
	c.createUser("two", "", nil)
	limit(c.send("POST", c.base()+"/users", c.admin(), map[string]any{"username": "three"}), 507)
	limit(c.send("POST", c.base()+"/users", c.admin(), `{"username":"`+strings.Repeat("x", 1000)+`"}`), 413)
	a := c.send("GET", c.base()+"/users", strings.Repeat("a", 80000), nil)
	if a.status != 431 || len(a.body) != 0 {
		t.Errorf("80 KB of header: %d %q", a.status, a.body)
	}
	if a := c.send("GET", c.base()+"/users", strings.Repeat("a", 60000), nil); a.status != 401 {
		t.Errorf("60 KB of header: %d", a.status)
	}
}

// TestSessionsAreBounded: the oldest session goes when there are too many.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := s.realms[masterRealm]
	var u *user
	for _, x := range r.users {
		u = x
	}
	c := &call{s: s, r: &http.Request{}, now: s.started}
	first := c.newSession(r, u, nil)
	for range maxSessions {
		c.now = c.now.Add(time.Millisecond * 100)
		c.newSession(r, u, nil)
	}
	if len(r.sessions) != maxSessions || r.sessions[first.id] != nil {
		t.Errorf("%d sessions, the first still there: %v", len(r.sessions), r.sessions[first.id] != nil)
	}
}

// TestNotImplemented: what real Keycloak has and this server has not is never a 404.
func TestNotImplemented(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	for _, p := range []string{"GET /realms/lesson/protocol/saml/descriptor", "POST " + c.base() + "/client-description-converter",
		"GET " + c.base() + "/client-registration-policy/providers", "GET " + c.base() + "/authentication/per-client-config-description",
		"GET /realms/lesson/protocol/openid-connect/auth?client_id=account", "GET " + c.base() + "/identity-provider/providers/google"} {
		m, path, _ := strings.Cut(p, " ")
		a := c.send(m, path, c.admin(), nil)
		if a.status != 501 || a.obj(t)["error"] != "not_implemented" {
			t.Errorf("%s: %d %s", p, a.status, a.body)
		}
	}
}

func TestBasePath(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{BasePath: "/auth"})
	c.createRealm("lesson")
	if got := claimsOf(t, c.admin())["iss"]; got != c.s.URL()+"/realms/master" {
		t.Errorf("issuer %v", got)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://practice.fix403.invalid/realms/master", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("outside of /auth: %d", res.StatusCode)
	}
}

func TestTransportContext(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.s.URL()+"/realms/master", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := c.s.Transport().RoundTrip(req); !errors.Is(err, context.Canceled) {
		if res != nil {
			_ = res.Body.Close()
		}
		t.Errorf("cancelled request: %v", err)
	}
}

// TestFakeTime: the transport works in a synctest bubble, tokens expire by its
// clock, and the latency fault is cut short by the caller's deadline.
func TestFakeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t, Options{Now: time.Now})
		tok := c.admin()
		c.want(200, "GET", "/admin/realms", tok, nil)
		time.Sleep(61 * time.Second)
		c.want(401, "GET", "/admin/realms", tok, nil)

		c.s.SetFaults(Faults{Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.s.URL()+"/realms/master", nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if res, err := c.http.Do(req); err == nil {
			_ = res.Body.Close()
			t.Error("an answer although the deadline passed")
		}
		if d := time.Since(start); d != time.Minute {
			t.Errorf("gave up after %v, want 1m", d)
		}
		// The server itself gives up with the request, so nothing waits on for the rest of the hour.
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start = time.Now()
		func() {
			defer func() {
				if r := recover(); r != any(http.ErrAbortHandler) {
					t.Errorf("the handler ended with %v, want http.ErrAbortHandler", r)
				}
			}()
			c.s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/realms/master", nil))
		}()
		if d := time.Since(start); d != time.Minute {
			t.Errorf("the server waited %v, want 1m", d)
		}
		c.s.SetFaults(Faults{})
		c.admin()
	})
}

func TestServe(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "GET /realms/master HTTP/1.1\r\nHost: kc.example:1234\r\nX-Long: %s\r\n\r\n", strings.Repeat("a", 70000))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge || len(b) != 0 {
		t.Errorf("long header: %d %q", res.StatusCode, b)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/realms/master", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err = http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, _ = io.ReadAll(res.Body)
	_ = res.Body.Close()
	if !strings.Contains(string(b), "http://"+l.Addr().String()+"/realms/master/protocol") {
		t.Errorf("%d %s", res.StatusCode, b)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestConcurrentUse lets callers create, grant, read and delete at once; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	adm := c.admin()
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			realm := fmt.Sprintf("r%d", n/2)
			c.send("POST", "/admin/realms", adm, map[string]any{"realm": realm, "enabled": true})
			for i := range 20 {
				c.send("POST", "/admin/realms/"+realm+"/users", adm, map[string]any{"username": fmt.Sprintf("user-%d-%d", n, i), "enabled": true})
				c.send("GET", "/admin/realms/"+realm+"/users", adm, nil)
				c.send("PUT", "/admin/realms/"+realm, adm, map[string]any{"displayName": "x", "attributes": map[string]any{"n": "1"}})
				c.send("GET", "/admin/realms", adm, nil)
				c.send("GET", "/realms/"+realm+"/protocol/openid-connect/certs", "", nil)
				c.token("master", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {c.s.AdminPassword()}})
			}
			if n%2 == 1 {
				c.send("DELETE", "/admin/realms/"+realm, adm, nil)
			}
		})
	}
	wg.Go(func() {
		for i := range 50 {
			c.s.SetFaults(Faults{ClockSkew: time.Duration(i%2) * time.Second})
		}
		c.s.SetFaults(Faults{})
	})
	// What one caller changes another is being shown.
	c.want(201, "POST", "/admin/realms", adm, map[string]any{"realm": "shared", "enabled": true})
	c.want(200, "PUT", "/admin/realms/shared/users/profile", adm, `{"unmanagedAttributePolicy":"ENABLED","attributes":[{"name":"username"},{"name":"email"}]}`)
	id := c.want(201, "POST", "/admin/realms/shared/users", adm, map[string]any{"username": "shown", "enabled": true}).id()
	client := c.want(201, "POST", "/admin/realms/shared/clients", adm, map[string]any{"clientId": "shown"}).id()
	c.want(201, "POST", "/admin/realms/shared/roles", adm, map[string]any{"name": "shown"})
	scope := c.want(201, "POST", "/admin/realms/shared/client-scopes", adm, map[string]any{"name": "shown", "protocol": "openid-connect"}).id()
	comp := c.want(201, "POST", "/admin/realms/shared/components", adm, map[string]any{"name": "shown", "providerId": "x", "providerType": "y"}).id()
	for n := range 4 {
		wg.Go(func() {
			for i := range 25 {
				v := fmt.Sprintf("v%d-%d", n, i)
				c.send("PUT", "/admin/realms/shared/users/"+id, adm, map[string]any{"attributes": map[string]any{"a" + v: []string{v}}})
				c.send("PUT", "/admin/realms/shared/clients/"+client, adm, map[string]any{"clientId": "shown", "attributes": map[string]any{v: v}})
				c.send("PUT", "/admin/realms/shared/roles/shown", adm, map[string]any{"name": "shown", "attributes": map[string]any{v: []string{v}}})
				c.send("PUT", "/admin/realms/shared", adm, map[string]any{"attributes": map[string]any{v: v}})
				c.send("PUT", "/admin/realms/shared/client-scopes/"+scope, adm, map[string]any{"name": "shown", "attributes": map[string]any{v: v}})
				c.send("PUT", "/admin/realms/shared/components/"+comp, adm, map[string]any{"name": v, "config": map[string]any{"a": []string{v}}})
				for _, p := range []string{"", "/users", "/users/" + id, "/clients", "/roles/shown", "/components", "/client-scopes", "/users/profile"} {
					c.send("GET", "/admin/realms/shared"+p, adm, nil)
				}
			}
		})
	}
	wg.Wait()
	if n := c.s.panics.Load(); n > 0 {
		t.Errorf("%d panics", n)
	}
	c.want(200, "GET", "/admin/realms", adm, nil)
}

func BenchmarkGetUser(b *testing.B) {
	s, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	c := &caller{t: &testing.T{}, s: s, http: &http.Client{Transport: s.Transport()}}
	c.createRealm("lesson")
	john := c.createUser("john-doe", "", nil)
	c.createClient("svc", nil, "view-users")
	tok := c.service("svc")
	for b.Loop() {
		if a := c.send("GET", c.base()+"/users/"+john, tok, nil); a.status != 200 {
			b.Fatal(a.status)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
