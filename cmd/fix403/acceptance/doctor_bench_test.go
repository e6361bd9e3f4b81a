package acceptance

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/flows/handtest"
	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
)

// The doctor is tested from outside: set-ups are made by plain HTTP as the admin, the built program is run as a person
// runs it, and nothing of the program's own code tells what is right.

var program = testrun.Program

// target is a Keycloak on which set-ups are made.
type target struct {
	name, url, version       string
	adminUser, adminPassword string
	practice                 *practice.Server // nil for a real one

	mu      sync.Mutex
	token   string
	tokenAt time.Time
	gated   bool                     // the admin API takes only tokens that are meant for it, as the admin's own token shows
	gate    *servertest.AudienceGate // that moves from the door of one scene to that of the next; nil for none that moves
	spare   []spare                  // realms that were made and put back in order, since making one takes longest
}

// spare is a realm as it is made: these are the ids of what is in it.
type spare struct {
	name  string
	ours  map[string]bool
	roles map[string]named // of realm-management
}

// planted is the admin's password where the test chooses it: it must never be seen.
const planted = "correct horse/battery+staple&ä"

// practiceTarget serves a practice Keycloak on a loopback port.
func practiceTarget(t testing.TB, o practice.Options) *target {
	t.Helper()
	o.AdminPassword, o.MaxRealms = planted, 1000
	p, err := practice.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	return &target{name: "practice", url: s.URL + o.BasePath, version: p.Version(), adminUser: "admin", adminPassword: planted, practice: p}
}

// eachPractice calls f for practice servers of the versions.
func eachPractice(t *testing.T, versions []string, f func(*testing.T, *target)) {
	t.Helper()
	for _, v := range versions {
		t.Run(v, func(t *testing.T) {
			on := practiceTarget(t, practice.Options{Version: v})
			defer on.removeSpares(t)
			f(t, on)
		})
	}
}

// eachReal calls f for each real server that is asked for.
func eachReal(t *testing.T, f func(*testing.T, *target)) {
	t.Helper()
	servertest.Each(t, func(t *testing.T, s servertest.Target) {
		on := &target{name: "real", url: s.URL, version: s.Version, adminUser: s.AdminUser, adminPassword: s.AdminPassword}
		if on.version == "" {
			status, body := on.admin(t, http.MethodGet, "/admin/serverinfo", nil)
			var info struct{ SystemInfo struct{ Version string } }
			if err := json.Unmarshal(body, &info); err != nil || status != http.StatusOK {
				t.Fatalf("serverinfo: %d %v", status, err)
			}
			on.version = info.SystemInfo.Version
		}
		defer on.removeSpares(t)
		f(t, on)
	})
}

func (on *target) removeSpares(t *testing.T) {
	for _, r := range on.spare {
		if status, answer := on.admin(t, http.MethodDelete, "/admin/realms/"+r.name, nil); status != http.StatusNoContent {
			t.Errorf("removing the realm %s: %d %s", r.name, status, answer)
		}
	}
}

// admin calls the server itself, past every proxy, as the first admin.
func (on *target) admin(t testing.TB, method, path string, body any) (int, []byte) {
	t.Helper()
	on.mu.Lock()
	if on.token == "" || time.Since(on.tokenAt) > 30*time.Second {
		status, answer := postForm(t, on.url+"/realms/master/protocol/openid-connect/token", url.Values{
			"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {on.adminUser}, "password": {on.adminPassword},
		})
		if status != http.StatusOK {
			on.mu.Unlock()
			t.Fatalf("the admin's login: %d %s", status, answer)
		}
		on.token, on.tokenAt = field(answer, "access_token"), time.Now()
		claims := claimsOf(on.token)
		on.gated = strings.Contains(fmt.Sprint(claims["aud"]), strings.Replace(fmt.Sprint(claims["iss"]), "/realms/", "/admin/realms/", 1))
	}
	token := on.token
	on.mu.Unlock()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	status, answer, err := send(method, on.url+path, "Bearer "+token, in)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

// plain follows no redirect and trusts the certificates of the tests.
var plain = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{TLSClientConfig: trustingConfig(), MaxIdleConnsPerHost: 8},
}

func send(method, address, authorization string, body io.Reader) (int, []byte, error) {
	req, err := http.NewRequest(method, address, body)
	if err != nil {
		return 0, nil, err
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := plain.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 10<<20))
	return res.StatusCode, answer, err
}

func roundTrip(t testing.TB, req *http.Request) (int, []byte) {
	t.Helper()
	res, err := plain.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 10<<20))
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

func postForm(t testing.TB, address string, form url.Values) (int, []byte) {
	t.Helper()
	res, err := plain.PostForm(address, form)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

// field is a string of a JSON object, "" where it is not there.
func field(doc []byte, name string) string {
	var v map[string]any
	_ = json.Unmarshal(doc, &v)
	s, _ := v[name].(string)
	return s
}

func mustJSON[T any](t testing.TB, doc []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	return v
}

// door is a reverse proxy before the server: it records every request and what tokens went through it, and can do
// what proxies do. The server sees the proxy's host, so that tokens taken here are issued for this address.
type door struct {
	*httptest.Server
	intercept func(http.ResponseWriter, *http.Request) bool // answers in the server's place
	rewrite   func(*http.Request)                           // changes the request for the server
	alter     func(*http.Response) error

	mu     sync.Mutex
	seen   []string // "METHOD path"
	tokens []string
}

// doorBuffers are shared by all doors: each answer would get one of its own.
var doorBuffers buffers

type buffers struct{ sync.Pool }

func (b *buffers) Get() []byte {
	if buffer, ok := b.Pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(buffer []byte) { b.Pool.Put(&buffer) }

func newDoor(t testing.TB, to string, start func(*httptest.Server)) *door {
	t.Helper()
	d := &door{}
	backend, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		BufferPool: &doorBuffers,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = backend.Scheme, backend.Host
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Accept-Encoding") // so that tokens can be read as they pass
			if d.rewrite != nil {
				d.rewrite(r.Out)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if strings.HasSuffix(r.Request.URL.Path, "/protocol/openid-connect/token") {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				d.mu.Lock()
				for _, name := range []string{"access_token", "refresh_token", "id_token"} {
					if token := field(body, name); token != "" {
						d.tokens = append(d.tokens, token)
					}
				}
				d.mu.Unlock()
			}
			if d.alter != nil {
				return d.alter(r)
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if !errors.Is(err, context.Canceled) {
				w.WriteHeader(http.StatusBadGateway)
			}
		},
	}
	d.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.seen = append(d.seen, r.Method+" "+r.URL.Path)
		intercept := d.intercept
		d.mu.Unlock()
		if intercept != nil && intercept(w, r) {
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	d.Config.ErrorLog = quiet
	if start == nil {
		d.Start()
	} else {
		start(d.Server)
	}
	t.Cleanup(d.Close)
	return d
}

// catch sets what is asked first about each request, also while requests come in; nil for nothing.
func (d *door) catch(f func(http.ResponseWriter, *http.Request) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.intercept = f
}

// requests are those since the last call of it.
func (d *door) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := d.seen
	d.seen = nil
	return seen
}

// scene is one set-up: a realm of its own, behind a door of its own.
type scene struct {
	t       testing.TB
	on      *target
	door    *door
	realm   string
	john    string // id of the user john-doe
	secrets []string
	dir     string
	// measured is what the test itself was answered to the call that it asks about; -1 where it did not ask.
	measured int
	roles    map[string]named // of realm-management, as far as they were asked for

	permissions int // that were made, for their names
}

func newScene(t testing.TB, on *target) *scene {
	t.Helper()
	s := &scene{t: t, on: on, door: newDoor(t, on.url, nil), dir: t.TempDir(), measured: -1}
	if on.gate != nil {
		on.gate.Move(s.door.URL)
	}
	return s
}

func suffix() string { return strings.ToLower(rand.Text()[:10]) }

// base is the door with the server's base path.
func (s *scene) base() string {
	u, _ := url.Parse(s.on.url)
	return s.door.URL + u.Path
}

// newRealm makes a realm with john-doe in it, which goes away with the test.
func (s *scene) newRealm(name string, fields map[string]any) {
	s.t.Helper()
	s.realm = name
	rep := map[string]any{"realm": name, "enabled": true}
	for k, v := range fields {
		rep[k] = v
	}
	s.must(http.MethodPost, "/admin/realms", rep)
	s.t.Cleanup(func() {
		if status, answer := s.on.admin(s.t, http.MethodDelete, "/admin/realms/"+url.PathEscape(name), nil); status != http.StatusNoContent && status != http.StatusNotFound {
			s.t.Errorf("removing the realm %s: %d %s", name, status, answer)
		}
	})
	s.john = s.user("john-doe")
}

// scratch is a realm with an unremarkable name. With nil for its fields it is one that is used again: the case may make
// what it likes in it, and leave what was there as it is.
func (s *scene) scratch(fields map[string]any) {
	s.t.Helper()
	if fields != nil || s.on.gate != nil { // a realm is furnished for one place of the gate
		s.newRealm("doctor-"+suffix(), fields)
		return
	}
	s.on.mu.Lock()
	var r spare
	if n := len(s.on.spare); n > 0 {
		r, s.on.spare = s.on.spare[n-1], s.on.spare[:n-1]
	}
	s.on.mu.Unlock()
	s.realm = r.name
	if r.name == "" {
		s.realm = "doctor-" + suffix()
		s.must(http.MethodPost, "/admin/realms", map[string]any{"realm": s.realm, "enabled": true})
		r = spare{s.realm, map[string]bool{}, map[string]named{}}
		for _, id := range s.things() {
			r.ours[id] = true
		}
	}
	realm := r.name
	s.roles = r.roles
	s.t.Cleanup(func() {
		s.realm = realm
		for _, path := range s.things() {
			if !r.ours[path] {
				s.must(http.MethodDelete, s.at(path), nil)
			}
		}
		s.on.mu.Lock()
		s.on.spare = append(s.on.spare, r)
		s.on.mu.Unlock()
	})
	s.john = s.user("john-doe")
}

// things are the paths of what a case makes in a realm.
func (s *scene) things() []string {
	s.t.Helper()
	var paths []string
	for _, kind := range []string{"/clients", "/users", "/groups", "/roles", "/client-scopes"} {
		for _, e := range mustJSON[[]named](s.t, s.must(http.MethodGet, s.at(kind), nil)) {
			if kind == "/roles" {
				paths = append(paths, "/roles-by-id/"+e.ID)
			} else {
				paths = append(paths, kind+"/"+e.ID)
			}
		}
	}
	return paths
}

// at is a path of the admin API in the realm.
func (s *scene) at(path string) string { return "/admin/realms/" + url.PathEscape(s.realm) + path }

// must calls as the admin and wants success. A busy server with its development database was seen to fail at one with 500, which says
// nothing of what is tested: it is called once more.
func (s *scene) must(method, path string, body any) []byte {
	s.t.Helper()
	status, answer := s.on.admin(s.t, method, path, body)
	if status == http.StatusInternalServerError {
		s.t.Logf("called once more, after %d %s: %s %s", status, answer, method, path)
		status, answer = s.on.admin(s.t, method, path, body)
	}
	if status < 200 || status > 299 {
		s.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

func (s *scene) user(name string) string {
	s.t.Helper()
	s.must(http.MethodPost, s.at("/users"), map[string]any{"username": name, "enabled": true, "email": name + "@example.com", "firstName": "J", "lastName": "D"})
	return s.id("/users?exact=true&username=" + url.QueryEscape(name))
}

// id is the id of the only element of a list.
func (s *scene) id(path string) string {
	s.t.Helper()
	list := mustJSON[[]struct{ ID string }](s.t, s.must(http.MethodGet, s.at(path), nil))
	if len(list) != 1 {
		s.t.Fatalf("GET %s: %d elements", path, len(list))
	}
	return list[0].ID
}

// client is a confidential client with a service account.
type client struct{ id, uuid, secret, account string }

func (s *scene) client(id string, fields map[string]any) client {
	s.t.Helper()
	c := s.plainClient(id, fields)
	if s.on.gated {
		s.assign(c, "default")
	}
	return c
}

// assign gives a client the client scope that names the admin API in the audience of its tokens, as a default or an optional one.
func (s *scene) assign(c client, as string) {
	s.t.Helper()
	s.must(http.MethodPut, s.at("/clients/"+c.uuid+"/"+as+"-client-scopes/"+s.scopeID("kc-admin-api")), nil)
}

// plainClient is a client as it is made: where the admin API takes only tokens that are meant for it, its tokens are not.
func (s *scene) plainClient(id string, fields map[string]any) client {
	s.t.Helper()
	c := client{id: id, secret: "s3cr3t+/&=%ü " + suffix()}
	s.secrets = append(s.secrets, c.secret)
	rep := map[string]any{"clientId": id, "enabled": true, "publicClient": false, "serviceAccountsEnabled": true, "standardFlowEnabled": false, "secret": c.secret}
	for k, v := range fields {
		rep[k] = v
	}
	s.must(http.MethodPost, s.at("/clients"), rep)
	c.uuid = s.id("/clients?clientId=" + url.QueryEscape(id))
	if rep["serviceAccountsEnabled"] == true {
		c.account = field(s.must(http.MethodGet, s.at("/clients/"+c.uuid+"/service-account-user"), nil), "id")
	}
	return c
}

// service is a client with roles of realm-management for its service account.
func (s *scene) service(roles ...string) client { s.t.Helper(); return s.serviceWith(nil, roles...) }

func (s *scene) serviceWith(fields map[string]any, roles ...string) client {
	s.t.Helper()
	c := s.client("svc", fields)
	s.grant(c.account, roles...)
	return c
}

// change sets fields of a client.
func (s *scene) change(c client, fields map[string]any) {
	s.t.Helper()
	rep := mustJSON[map[string]any](s.t, s.must(http.MethodGet, s.at("/clients/"+c.uuid), nil))
	for k, v := range fields {
		rep[k] = v
	}
	s.must(http.MethodPut, s.at("/clients/"+c.uuid), rep)
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (s *scene) management() string {
	s.t.Helper()
	if s.roles == nil {
		s.roles = map[string]named{}
	}
	m := s.roles[""]
	if m.ID == "" {
		m.ID = s.id("/clients?clientId=realm-management")
		s.roles[""] = m
	}
	return m.ID
}

func (s *scene) clientRole(uuid, name string) named {
	s.t.Helper()
	return mustJSON[named](s.t, s.must(http.MethodGet, s.at("/clients/"+uuid+"/roles/"+name), nil))
}

func (s *scene) managementRoles(names ...string) []named {
	s.t.Helper()
	if s.roles == nil {
		s.roles = map[string]named{}
	}
	var roles []named
	for _, n := range names {
		if s.roles[n].ID == "" {
			s.roles[n] = s.clientRole(s.management(), n)
		}
		roles = append(roles, s.roles[n])
	}
	return roles
}

// grant gives a user roles of realm-management.
func (s *scene) grant(user string, names ...string) {
	s.t.Helper()
	if len(names) > 0 {
		s.must(http.MethodPost, s.at("/users/"+user+"/role-mappings/clients/"+s.management()), s.managementRoles(names...))
	}
}

func (s *scene) realmRole(name string) named {
	s.t.Helper()
	s.must(http.MethodPost, s.at("/roles"), map[string]any{"name": name})
	return mustJSON[named](s.t, s.must(http.MethodGet, s.at("/roles/"+name), nil))
}

// scopeID is the id of a client scope.
func (s *scene) scopeID(name string) string {
	s.t.Helper()
	for _, scope := range mustJSON[[]named](s.t, s.must(http.MethodGet, s.at("/client-scopes"), nil)) {
		if scope.Name == name {
			return scope.ID
		}
	}
	s.t.Fatalf("there is no client scope %s", name)
	return ""
}

// tokenAnswer takes a token with the client credentials grant, at the base given.
func (s *scene) tokenAnswer(base, realm, id, secret string, more url.Values) (int, []byte) {
	s.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	for k, v := range more {
		form[k] = v
	}
	status, answer := postForm(s.t, base+"/realms/"+url.PathEscape(realm)+"/protocol/openid-connect/token", form)
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		if token := field(answer, name); token != "" {
			s.secrets = append(s.secrets, token)
		}
	}
	return status, answer
}

// token is one of the client, which must come.
func (s *scene) token(c client) string {
	s.t.Helper()
	return s.tokenPart(c, "access_token", nil)
}

func (s *scene) tokenPart(c client, part string, more url.Values) string {
	s.t.Helper()
	status, answer := s.tokenAnswer(s.base(), s.realm, c.id, c.secret, more)
	token := field(answer, part)
	if token == "" {
		s.t.Fatalf("token of %s: %d %s", c.id, status, answer)
	}
	return token
}

// until calls the admin API with the token until it is answered with the status, as a token's end takes time.
func (s *scene) until(want int, token, path string) {
	s.t.Helper()
	s.untilBy(want, func() string { return token }, path)
}

// untilNew is until with a new token of the client for each call.
func (s *scene) untilNew(want int, c client, path string) {
	s.t.Helper()
	s.untilBy(want, func() string { return s.token(c) }, path)
}

func (s *scene) untilBy(want int, token func() string, path string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		if status, _, _ := send(http.MethodGet, s.base()+path, "Bearer "+token(), nil); status == want {
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Fatalf("%s did not become %d", path, want)
		}
	}
}

// ask is how a person calls the doctor.
type ask struct {
	url, realm, clientID, secret string
	call, userID                 string
	token, curl                  string
	args, env                    []string             // more of both
	header                       *string              // what stands in the Authorization header, where it is no fresh token
	mark                         string               // stands in the whole answer; "" is john-doe
	scriptEnv                    []string             // for the fix
	user, lineSecret             string               // what stands in the curl line in place of the flags
	probing                      func() (int, []byte) // makes the call as the person does, where that takes more than a secret or a token
	unmeasured                   bool                 // the call cannot be made here without the doctor
	secretByEnvironment          bool                 // the doctor gets the secret by FIX403_CLIENT_SECRET in env
	login                        url.Values           // by which the token is got, in loginRealm; nil: as a client
	loginRealm, person           string               // person is the user who calls; "" for a service account
}

const getUser = "GET /admin/realms/{realm}/users/{user-id}"

// ask is the common question: why can this client not read john-doe?
func (s *scene) ask(c client) ask {
	return ask{url: s.base(), realm: s.realm, clientID: c.id, secret: c.secret, call: getUser, userID: s.john}
}

// askCall is the same about another call.
func (s *scene) askCall(c client, call, mark string) ask {
	a := s.ask(c)
	a.call, a.userID, a.mark = call, "", mark
	return a
}

// askToken is about a token that is already there.
func (s *scene) askToken(c client, token string) ask {
	a := s.ask(c)
	a.token = token
	s.secrets = append(s.secrets, token)
	return a
}

// askCurl is about a curl command line; %s in it is the address of the user.
func (s *scene) askCurl(c client, line, header string) ask {
	a := s.ask(c)
	a.curl = strings.ReplaceAll(line, "%s", s.base()+s.at("/users/"+s.john))
	a.call, a.userID, a.header, a.user = "", "", &header, s.john
	return a
}

func (a ask) target() (method, address string) {
	call := a.call
	if call == "" {
		call = getUser
	}
	method, path, _ := strings.Cut(call, " ")
	path = strings.NewReplacer("{realm}", url.PathEscape(a.realm), "{user-id}", a.userID).Replace(path)
	if strings.Contains(path, "://") {
		return method, path
	}
	return method, strings.TrimSuffix(a.url, "/") + path
}

// probe makes the call of the question without the doctor, and gives the status at which it stops: the token
// endpoint's where that gives no token; 0 where nothing answers.
func (s *scene) probe(a ask) (int, []byte) {
	s.t.Helper()
	if a.probing != nil {
		return a.probing()
	}
	header := ""
	switch {
	case a.header != nil:
		header = *a.header
	case a.token != "":
		header = "Bearer " + a.token
	default:
		status, answer := s.tokenAnswer(strings.TrimSuffix(a.url, "/"), cmp.Or(a.loginRealm, a.realm), a.clientID, a.secret, a.login)
		token := field(answer, "access_token")
		if token == "" {
			return status, answer
		}
		header = "Bearer " + token
	}
	method, address := a.target()
	if a.curl != "" && a.call == "" && a.login == nil {
		address = a.url + s.at("/users/"+s.john)
	}
	var body io.Reader
	if method == http.MethodPut || method == http.MethodPost || method == http.MethodPatch {
		body = strings.NewReader("{}")
	}
	status, answer, err := send(method, address, header, body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return status, answer
}

// command is the doctor's command line without its mode.
func (s *scene) command(a ask) []string {
	s.t.Helper()
	var args []string
	add := func(flag, value string) {
		if value != "" {
			args = append(args, flag, value)
		}
	}
	file := func(flag, name, text string) {
		if text != "" {
			path := filepath.Join(s.dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				s.t.Fatal(err)
			}
			add(flag, path)
		}
	}
	add("--url", a.url)
	if a.login != nil && a.curl != "" { // all is in the paste
		file("--curl-file", "curl", a.curl)
		return append(args, a.args...)
	}
	add("--realm", a.realm)
	add("--client-id", a.clientID)
	if !a.secretByEnvironment {
		file("--client-secret-file", "secret", a.secret)
	}
	add("--call", a.call)
	add("--user-id", a.userID)
	file("--token-file", "token", a.token)
	file("--curl-file", "curl", a.curl)
	return append(args, a.args...)
}

// answer is what a run of the program gave.
type answer struct {
	args           []string
	code           int
	stdout, stderr string
	requests       []string
	diagnosis
}

// doctor runs the program.
func (s *scene) doctor(a ask, withAdmin bool, more ...string) *answer {
	s.t.Helper()
	r := s.run(a, withAdmin, append([]string{"doctor"}, append(s.command(a), append([]string{"--json"}, more...)...)...)...)
	return r
}

func (s *scene) run(a ask, withAdmin bool, args ...string) *answer {
	s.t.Helper()
	file, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = s.environment(a.env)
	if withAdmin {
		cmd.Env = append(cmd.Env, "FIX403_ADMIN_USER="+s.on.adminUser, "FIX403_ADMIN_PASSWORD="+s.on.adminPassword)
	}
	cmd.Dir = s.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	s.door.requests()
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	r := &answer{args: args, code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String(), requests: s.door.requests()}
	if ctx.Err() != nil {
		s.t.Errorf("fix403 %s hangs", strings.Join(args, " "))
	}
	return r
}

// environment has nothing of the developer's own that could matter.
func (s *scene) environment(more []string) []string {
	env := []string{"HOME=" + s.dir, "XDG_STATE_HOME=" + filepath.Join(s.dir, "state"), "XDG_CONFIG_HOME=" + filepath.Join(s.dir, "config"), "NO_COLOR=1"}
	for _, name := range []string{"PATH", "TMPDIR", "SYSTEMROOT", "JAVA_HOME"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, more...)
}

// follow runs lines of a fix as one script in bash, with the secrets where the contract puts them.
func (s *scene) follow(a ask, lines []string, more ...string) (string, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	text := strings.Join(lines, "\n") + "\n"
	cmd := exec.CommandContext(ctx, "bash", "-eu")
	cmd.Stdin = strings.NewReader(text)
	cmd.Dir = s.dir
	cmd.Env = append(s.environment(a.scriptEnv), "ADMIN_PASSWORD="+s.on.adminPassword, "CLIENT_SECRET="+a.secret+a.lineSecret, "TOKEN="+a.token)
	cmd.Env = append(cmd.Env, more...)
	path := os.Getenv("PATH")
	if more, found := strings.CutPrefix(strings.Join(more, ""), "PATH="); found {
		path = more
	}
	watch := handtest.New(s.t, path)
	cmd.Env = append(cmd.Env, watch.Path(), "TMPDIR="+s.t.TempDir())
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	if line := watch.Wrong(append(s.secrets, s.on.adminPassword, a.secret, a.token)...); line != "" {
		s.t.Errorf("a secret on a command line: %s\n%s", line, text)
	}
	if found := handtest.Shape(text); found != "" {
		s.t.Errorf("a secret gets on a command line by %s\n%s", found, text)
	}
	return out.String(), err
}

// shown lists planted secrets that can be read in a text, in one of the forms in which they leak.
func (s *scene) shown(a ask, text string) []string {
	secrets := append([]string{a.secret, a.token}, s.secrets...)
	s.door.mu.Lock()
	secrets = append(secrets, s.door.tokens...)
	s.door.mu.Unlock()
	if len(s.on.adminPassword) > 5 {
		secrets = append(secrets, s.on.adminPassword)
	}
	var found []string
	for _, secret := range secrets {
		if len(secret) < 6 || secret == "$TOKEN" {
			continue
		}
		quoted, _ := json.Marshal(secret)
		forms := []string{
			secret, strings.Trim(string(quoted), `"`), url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
			base64.StdEncoding.EncodeToString([]byte(a.clientID + ":" + secret)),
			base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(a.clientID) + ":" + url.QueryEscape(secret))),
		}
		if parts := strings.Split(secret, "."); len(parts) == 3 && len(parts[2]) > 10 {
			forms = append(forms, parts[2])
		}
		for _, form := range forms {
			if strings.Contains(text, form) {
				found = append(found, form)
				break
			}
		}
	}
	return slices.Compact(found)
}
