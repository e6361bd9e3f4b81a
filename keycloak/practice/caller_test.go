package practice

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// caller speaks HTTP to a practice server in process, as any client would.
type caller struct {
	t     *testing.T
	s     *Server
	http  *http.Client
	realm string
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) obj(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.body, &m); err != nil {
		t.Fatalf("not a JSON object (%d): %s", a.status, a.body)
	}
	return m
}

func (a answer) list(t *testing.T) []map[string]any {
	t.Helper()
	var l []map[string]any
	if err := json.Unmarshal(a.body, &l); err != nil {
		t.Fatalf("not a JSON list (%d): %s", a.status, a.body)
	}
	return l
}

func (a answer) id() string {
	l := a.header.Get("Location")
	return l[strings.LastIndexByte(l, '/')+1:]
}

func newCaller(t *testing.T, o Options) *caller {
	t.Helper()
	if o.Now == nil { // on a slow machine a test may outlive a token, so time stands still
		start := time.Now()
		o.Now = func() time.Time { return start }
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: s.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &caller{t: t, s: s, http: c, realm: "lesson"}
}

// send makes one request; body is sent as JSON, url.Values as a form, a string as it is.
func (c *caller) send(method, path, token string, body any, header ...string) answer {
	c.t.Helper()
	var rd io.Reader
	ctype := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		rd, ctype = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case string:
		rd, ctype = strings.NewReader(b), "application/json"
	default:
		j, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		rd, ctype = bytes.NewReader(j), "application/json"
	}
	req, err := http.NewRequestWithContext(context.Background(), method, c.s.URL()+path, rd)
	if err != nil {
		c.t.Fatal(err)
	}
	if ctype != "" {
		req.Header.Set("Content-Type", ctype)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b}
}

func (c *caller) want(status int, method, path, token string, body any, header ...string) answer {
	c.t.Helper()
	a := c.send(method, path, token, body, header...)
	if a.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

func (c *caller) token(realm string, form url.Values) answer {
	return c.send("POST", "/realms/"+realm+"/protocol/openid-connect/token", "", form)
}

func (c *caller) accessToken(realm string, form url.Values) string {
	c.t.Helper()
	a := c.token(realm, form)
	if a.status != 200 {
		c.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return a.obj(c.t)["access_token"].(string)
}

func (c *caller) admin() string {
	c.t.Helper()
	return c.accessToken("master", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"},
		"username": {c.s.AdminUser()}, "password": {c.s.AdminPassword()}})
}

// service takes a client credentials token; the secret is "secret-" and the clientId.
func (c *caller) service(clientID string, more ...string) string {
	c.t.Helper()
	f := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"secret-" + clientID}}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return c.accessToken(c.realm, f)
}

func (c *caller) base() string { return "/admin/realms/" + c.realm }

func (c *caller) createRealm(name string) {
	c.t.Helper()
	c.want(201, "POST", "/admin/realms", c.admin(), map[string]any{"realm": name, "enabled": true})
	c.realm = name
}

// createClient makes a confidential client with service account and gives it roles of realm-management. Its tokens reach
// the admin API.
func (c *caller) createClient(clientID string, set map[string]any, roles ...string) (id, serviceUser string) {
	c.t.Helper()
	m := map[string]any{"clientId": clientID, "serviceAccountsEnabled": true, "directAccessGrantsEnabled": true, "secret": "secret-" + clientID}
	for k, v := range set {
		m[k] = v
	}
	id = c.want(201, "POST", c.base()+"/clients", c.admin(), m).id()
	if c.s.behavior.adminAudience {
		c.admit(id)
	}
	serviceUser, _ = c.want(200, "GET", c.base()+"/clients/"+id+"/service-account-user", c.admin(), nil).obj(c.t)["id"].(string)
	c.grant("POST", serviceUser, roles...)
	return id, serviceUser
}

// admit lets a client's tokens reach the admin API, where that takes a client scope.
func (c *caller) admit(id string) {
	c.t.Helper()
	for _, s := range c.want(200, "GET", c.base()+"/client-scopes", c.admin(), nil).list(c.t) {
		if s["name"] == adminAPIScope {
			c.want(204, "PUT", c.base()+"/clients/"+id+"/default-client-scopes/"+s["id"].(string), c.admin(), nil)
		}
	}
}

func (c *caller) clientUUID(clientID string) string {
	c.t.Helper()
	return c.want(200, "GET", c.base()+"/clients?clientId="+clientID, c.admin(), nil).list(c.t)[0]["id"].(string)
}

// grant maps (POST) or unmaps (DELETE) roles of realm-management.
func (c *caller) grant(method, userID string, roles ...string) {
	c.t.Helper()
	if len(roles) == 0 {
		return
	}
	rm := c.clientUUID("realm-management")
	var l []map[string]any
	for _, n := range roles {
		l = append(l, c.want(200, "GET", c.base()+"/clients/"+rm+"/roles/"+n, c.admin(), nil).obj(c.t))
	}
	c.want(204, method, c.base()+"/users/"+userID+"/role-mappings/clients/"+rm, c.admin(), l)
}

func (c *caller) createUser(name, password string, set map[string]any) string {
	c.t.Helper()
	m := map[string]any{"username": name, "email": name + "@example.com", "firstName": "First", "lastName": "Last", "enabled": true}
	if password != "" {
		m["credentials"] = []any{map[string]any{"type": "password", "value": password, "temporary": false}}
	}
	for k, v := range set {
		m[k] = v
	}
	return c.want(201, "POST", c.base()+"/users", c.admin(), m).id()
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// clock is a test's own time.
type clock struct{ ns atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ns.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.ns.Load()) }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }
