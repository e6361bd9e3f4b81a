package flows

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// TestFaults has each call of the story hit by each fault. Every combination must end in success or in an error that says
// what to do next, with a journal that is exact, and after down the server must be as it was before. A fixed sample runs
// always; FIX403_TEST=long runs every combination.
func TestFaults(t *testing.T) {
	var combinations atomic.Int64
	practiceFaults(t, "practice", practiceWorld, &combinations)
	practiceFaults(t, "behind the check of the audience", gatedWorld, &combinations)
	t.Logf("%d combinations of a call and a fault", combinations.Load())
}

func practiceFaults(t *testing.T, name string, world func(t *testing.T, existing bool) *faultWorld, combinations *atomic.Int64) {
	t.Run(name, func(t *testing.T) {
		for _, existing := range []bool{false, true} {
			calls := 0
			synctest.Test(t, func(t *testing.T) { calls = world(t, existing).untouched(t) })
			for i, f := range faults {
				t.Run(sceneName(existing)+"/"+f.name, func(t *testing.T) {
					t.Parallel()
					w := world(t, existing)
					for _, n := range faultPoints(i, calls, existing) {
						synctest.Test(t, func(t *testing.T) {
							if w.try(t, f, n) {
								combinations.Add(1)
							}
						})
					}
				})
			}
		}
	})
}

// TestRealKeycloakFaults is the same with a real server behind the faulty wire.
func TestRealKeycloakFaults(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		combinations := 0
		for _, existing := range []bool{false, true} {
			w := &faultWorld{
				url: target.URL, transport: http.DefaultTransport, existing: existing,
				admin: keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)},
			}
			calls := w.untouched(t)
			for i, f := range faults {
				if f.skewServer != 0 {
					continue // the clock of a real server is not ours to set
				}
				if sampled() && existing != (i%2 == 1) {
					continue // each fault once
				}
				for _, n := range faultPoints(i, calls, existing) {
					t.Run(fmt.Sprintf("%s/%s/call %d", sceneName(existing), f.name, n), func(t *testing.T) {
						if w.try(t, f, n) {
							combinations++
						}
					})
				}
			}
		}
		t.Logf("%d combinations of a call and a fault on %s %s", combinations, target.Version, target.URL)
	})
}

func sceneName(existing bool) string {
	if existing {
		return "an existing realm"
	}
	return "a realm of its own"
}

func sampled() bool { return testrun.Of(true, true, false) }

// faultPoints are the calls that the i-th fault hits: all, or another one for each fault.
func faultPoints(i, calls int, existing bool) []int {
	if sampled() {
		if existing {
			i += calls / 2
		}
		return []int{1 + i%calls}
	}
	var all []int
	for n := range calls {
		all = append(all, n+1)
	}
	return all
}

// fault is something that happens to one call of the story. Exactly one of its functions is set.
type fault struct {
	name    string
	lasting bool // from that call on, until the story ends
	// answers in the server's place. act has the server do what it is asked for, and returns its answer.
	answers func(r *http.Request, act func() *http.Response) (*http.Response, error)
	changes func(w *faultWorld) // on the server, before the call
	alters  func(r *http.Request) *http.Request
	// skew sets the program's clock, skewServer the server's.
	skew, skewServer time.Duration
}

var faults = []fault{
	{name: "refused", answers: failing(syscall.ECONNREFUSED, false)},
	{name: "refused from here on", lasting: true, answers: failing(syscall.ECONNREFUSED, false)},
	{name: "reset before the server acted", answers: failing(syscall.ECONNRESET, false)},
	{name: "reset after the server acted", answers: failing(syscall.ECONNRESET, true)},
	{name: "time-out before the server acted", answers: failing(context.DeadlineExceeded, false)},
	{name: "time-out after the server acted", answers: failing(context.DeadlineExceeded, true)},
	{name: "half a body", answers: func(_ *http.Request, act func() *http.Response) (*http.Response, error) {
		res := act()
		text, _ := io.ReadAll(res.Body)
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)/2]), broken{}))
		return res, nil
	}},
	{name: "500 before the server acted", answers: answering(500, "application/json", `{"error":"unknown_error"}`, false)},
	{name: "500 after the server acted", answers: answering(500, "application/json", `{"error":"unknown_error"}`, true)},
	{name: "502 before the server acted", answers: answering(502, "text/html", "<html>Bad Gateway</html>", false)},
	{name: "502 after the server acted", answers: answering(502, "text/html", "<html>Bad Gateway</html>", true)},
	{name: "503", answers: answering(503, "text/html", "<html>starting</html>", false)},
	{name: "503 from here on", lasting: true, answers: answering(503, "text/html", "<html>down</html>", false)},
	{name: "504 after the server acted", answers: answering(504, "text/html", "<html>Gateway Timeout</html>", true)},
	{name: "429 with a time", answers: answering(429, "text/html", "<html>slow down</html>", false, "Retry-After", "1")},
	{name: "429 without a time", answers: answering(429, "", "", false)},
	{name: "HTML with 200", answers: answering(200, "text/html", "<html>Log in to the hotel's network</html>", false)},
	{name: "HTML with 201 after the server acted", answers: answering(201, "text/html", "<html>done</html>", true)},
	{name: "redirect", answers: answering(302, "", "", false, "Location", "https://login.example.com/")},
	{name: "403", answers: answering(403, "application/json", `{"error":"HTTP 403 Forbidden"}`, false)},
	{name: "token expired", alters: func(r *http.Request) *http.Request { // an expired token is answered as any that is not good (FACTS, section 3)
		if r.Header.Get("Authorization") == "" {
			return nil
		}
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", r.Header.Get("Authorization")+"x")
		return r
	}},
	{name: "this machine's clock ten minutes ahead", lasting: true, skew: 10 * time.Minute},
	{name: "this machine's clock ten minutes behind", lasting: true, skew: -10 * time.Minute},
	{name: "the server's clock ten minutes ahead", lasting: true, skewServer: 10 * time.Minute},
	{name: "the server's clock ten minutes behind", lasting: true, skewServer: -10 * time.Minute},
	{name: "realm deleted under us", changes: (*faultWorld).deleteOurs},
	{name: "role removed under us", changes: (*faultWorld).removeRoles},
	{name: "same names created by someone else", changes: (*faultWorld).takeNames},
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func failing(err error, acts bool) func(*http.Request, func() *http.Response) (*http.Response, error) {
	return func(_ *http.Request, act func() *http.Response) (*http.Response, error) {
		if acts {
			_ = act().Body.Close()
		}
		if errno, ok := err.(syscall.Errno); ok { //nolint:errorlint // made right here
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errno}
		}
		return nil, err
	}
}

func answering(status int, contentType, body string, acts bool, header ...string) func(*http.Request, func() *http.Response) (*http.Response, error) {
	return func(r *http.Request, act func() *http.Response) (*http.Response, error) {
		if acts {
			_ = act().Body.Close()
		}
		h := http.Header{}
		if contentType != "" {
			h.Set("Content-Type", contentType)
		}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// faultyWire is between the story and its server: the n-th request meets the fault.
type faultyWire struct {
	w    *faultWorld
	f    fault
	n    int
	seen int
	hit  string // the request that was hit first
}

func (x *faultyWire) RoundTrip(r *http.Request) (*http.Response, error) {
	x.seen++
	if x.seen != x.n && (x.seen < x.n || !x.f.lasting) {
		return x.w.transport.RoundTrip(r)
	}
	f := x.f
	if f.alters != nil {
		altered := f.alters(r)
		if altered == nil {
			return x.w.transport.RoundTrip(r)
		}
		r = altered
	}
	first := x.hit == ""
	if first {
		x.hit = r.Method + " " + r.URL.Path
	}
	switch {
	case f.answers != nil:
		return f.answers(r, func() *http.Response {
			res, err := x.w.transport.RoundTrip(r)
			if err != nil {
				x.w.t.Fatal(err)
			}
			return res
		})
	case f.changes != nil:
		f.changes(x.w)
	case first:
		x.w.setClocks(f.skew, f.skewServer)
	}
	return x.w.transport.RoundTrip(r)
}

// faultWorld is a server, and somebody else who is at it.
type faultWorld struct {
	t         *testing.T
	existing  bool
	url       string
	transport http.RoundTripper
	admin     keycloak.Credentials
	practice  *practice.Server

	token   string // of somebody else, who is an admin, too
	tokenAt time.Time
	realm   string
	params  params.Params
	skew    time.Duration
	before  map[string]string // what the server held before, and must hold afterwards
	deleted bool
}

func practiceWorld(t *testing.T, existing bool) *faultWorld {
	t.Helper()
	p, err := practice.New(practice.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return &faultWorld{
		url: p.URL(), transport: p.Transport(), practice: p, existing: existing,
		admin: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())},
	}
}

// gatedWorld is a practiceWorld behind the check of the audience that Keycloak documents for 26.8.2.
func gatedWorld(t *testing.T, existing bool) *faultWorld {
	t.Helper()
	w := practiceWorld(t, existing)
	gate := &servertest.AudienceGate{Base: w.url, Next: w.practice, User: w.admin.User, Password: w.admin.Password.Reveal()}
	w.transport = handler{gate}
	return w
}

// handler calls a server in this process.
type handler struct{ http.Handler }

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr, in.Host = r.URL.RequestURI(), "127.0.0.1:0", r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, in)
	res := w.Result()
	res.Request = r
	return res, nil
}

func (w *faultWorld) setClocks(mine, servers time.Duration) {
	w.skew, w.tokenAt = mine, time.Time{}
	if w.practice != nil {
		w.practice.SetFaults(practice.Faults{ClockSkew: servers})
	}
}

func (w *faultWorld) now() time.Time { return time.Now().Add(w.skew) }

// begin sets the scene.
func (w *faultWorld) begin(t *testing.T) story.Options {
	w.t, w.realm, w.params, w.deleted = t, "fix403-test-"+params.NewRunID(), params.DefaultParams(), false
	w.tokenAt = time.Time{}
	w.params.Realm = w.realm
	if w.existing {
		w.api(http.MethodPost, "", map[string]any{"realm": w.realm, "enabled": true})
		w.api(http.MethodPost, "/"+w.realm+"/clients", map[string]any{"clientId": "theirs", "serviceAccountsEnabled": true, "publicClient": false, "secret": "their-secret-of-old"})
		w.api(http.MethodPost, "/"+w.realm+"/users", map[string]any{"username": "jane", "enabled": true, "email": "jane@example.com"})
	}
	w.before = w.dump()
	return story.Options{
		URL: w.url, Credentials: w.admin, Params: w.params, Existing: w.existing,
		Journal: journal.Open(t.TempDir()), Now: w.now,
	}
}

func (w *faultWorld) end() { w.api(http.MethodDelete, "/"+w.realm, nil) }

// untouched tells the story without a fault, and returns its number of calls.
func (w *faultWorld) untouched(t *testing.T) int {
	t.Helper()
	o := w.begin(t)
	defer w.end()
	wire := &faultyWire{w: w}
	if err := w.tell(o, wire); err != nil {
		t.Fatal(err)
	}
	w.down(o)
	w.compare("without a fault")
	return wire.seen
}

func (w *faultWorld) tell(o story.Options, wire http.RoundTripper) error {
	s, err := story.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	s.Conn().Transport = wire
	if o.Resume == nil {
		return doAll(w.t, s)
	}
	if _, err := s.Do(w.t.Context(), story.StepConnect); err != nil {
		return err
	}
	if _, err := s.Resume(w.t.Context()); err != nil {
		return err
	}
	return doAll(w.t, s)
}

// try has the n-th call hit by a fault; false if there was nothing to hit.
func (w *faultWorld) try(t *testing.T, f fault, n int) bool {
	t.Helper()
	o := w.begin(t)
	defer w.end()
	wire := &faultyWire{w: w, f: f, n: n}
	err := w.tell(o, wire)
	w.setClocks(0, 0)
	if wire.hit == "" {
		if err != nil {
			t.Errorf("call %d, not hit: %v", n, err)
		}
		w.down(o)
		return false
	}
	what := fmt.Sprintf("call %d, %s, %s: ended with %v", n, wire.hit, f.name, err)
	if err != nil {
		w.tellsWhatToDo(what, err)
	}
	w.journalIsExact(what, o.Journal)
	if err != nil && n%2 == 0 && f.changes == nil {
		w.goesOn(what, o)
	}
	w.down(o)
	w.compare(what)
	return true
}

// tellsWhatToDo checks that an error is one of ours, and names a next step.
func (w *faultWorld) tellsWhatToDo(what string, err error) {
	w.t.Helper()
	var typed *failure.Error
	var check *problem.CheckError
	switch {
	case errors.As(err, &check):
		if check.Message.Empty() || check.Hint.Empty() {
			w.t.Errorf("%s: %q, %q", what, check.Message, check.Hint)
		}
	case errors.As(err, &typed):
		if typed.Message.Empty() || typed.Hint.Empty() || typed.Kind == "" {
			w.t.Errorf("%s: %q, %q, %q", what, typed.Kind, typed.Message, typed.Hint)
		}
	default:
		w.t.Errorf("%s: an error of no type", what)
	}
}

// goesOn checks that the run can be taken up again and told to its end.
func (w *faultWorld) goesOn(what string, o story.Options) {
	w.t.Helper()
	runs, err := o.Journal.Unfinished()
	if err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
	if len(runs) > 0 {
		o = o.Resuming(runs[0])
	}
	if err := w.tell(o, w.transport); err != nil {
		w.t.Errorf("%s: going on: %v", what, err)
	}
}

// journalIsExact checks that what the run left on the server stands in the journal, and that what stands there as
// confirmed is on the server.
func (w *faultWorld) journalIsExact(what string, j *journal.Journal) {
	w.t.Helper()
	standing, err := j.Outstanding(w.url)
	if err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
	has := func(kind, name string) bool {
		return slices.ContainsFunc(standing, func(e journal.Entry) bool { return string(e.Kind) == kind && e.Name == name && e.Realm == w.realm })
	}
	now := w.dump()
	marked := func(key string) bool { return strings.Contains(now[key], keycloak.MarkerAttribute) }
	for _, o := range []struct {
		kind, name string
		ours       bool
	}{
		{"realm", w.realm, marked("realm")},
		{"client", w.params.ClientID, marked("client " + w.params.ClientID)},
		{"user", w.params.Username, strings.Contains(now["user "+w.params.Username], "fix403 ")},
	} {
		if o.ours && !has(o.kind, o.name) {
			w.t.Errorf("%s: the journal does not know of the %s %s: %+v", what, o.kind, o.name, standing)
		}
	}
	for _, e := range standing {
		key := map[string]string{"realm": "realm", "client": "client " + e.Name, "user": "user " + e.Name}[string(e.Kind)]
		if e.Event == journal.EventConfirmed && key != "" && now[key] == "" && !w.deleted {
			w.t.Errorf("%s: the journal has the %s %s as created, and it is not there", what, e.Kind, e.Name)
		}
	}
	text, err := os.ReadFile(j.Path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	info, statErr := os.Stat(j.Path)
	if err = errors.Join(err, statErr); err != nil || info.Mode().Perm() != 0o600 {
		w.t.Errorf("%s: %v, mode %v", what, err, info.Mode())
	}
	var secret struct{ Secret string }
	first, _, _ := strings.Cut(now["client "+w.params.ClientID], "\n")
	_ = json.Unmarshal([]byte(first), &secret)
	for _, s := range []string{w.admin.Password.Reveal(), secret.Secret, "eyJhbGciOiJ"} {
		if len(s) > 2 && s != "admin" && bytes.Contains(text, []byte(s)) {
			w.t.Errorf("%s: a secret in the journal", what)
		}
	}
}

// down removes what the run left, and checks that the journal is empty then.
func (w *faultWorld) down(o story.Options) {
	w.t.Helper()
	d, err := down.Open(w.t.Context(), down.Options{
		URL: w.url, Credentials: w.admin, Journal: o.Journal, Transport: w.transport,
		Now: func() time.Time { return time.Now().Add(journal.CreationGrace) }, // no server is at it any more
	})
	if err != nil {
		w.t.Error(err)
		return
	}
	if err := d.Remove(w.t.Context()); err != nil {
		w.t.Error(err)
	}
	for _, r := range d.Removals {
		if r.Why.Empty() || r.Remove != r.Removed {
			w.t.Errorf("%+v", r)
		}
	}
	standing, err := o.Journal.Outstanding(w.url)
	standing = slices.DeleteFunc(standing, func(e journal.Entry) bool { // what someone else made under our names is left, and said
		return slices.ContainsFunc(d.Removals, func(r down.Removal) bool {
			return r.Kind == e.Kind && r.Realm == e.Realm && r.Name == e.Name && strings.HasPrefix(r.Why.String(), "left")
		})
	})
	if err != nil || len(standing) > 0 {
		w.t.Errorf("still in the journal after down: %+v, %v", standing, err)
	}
}

func (w *faultWorld) compare(what string) {
	w.t.Helper()
	after := w.dump()
	if maps.Equal(w.before, after) {
		return
	}
	for key := range maps.Keys(after) {
		if w.before[key] != after[key] {
			w.t.Errorf("%s: after down there is %s: %s\nbefore: %s", what, key, after[key], w.before[key])
		}
	}
	for key := range maps.Keys(w.before) {
		if after[key] == "" {
			w.t.Errorf("%s: after down %s is gone", what, key)
		}
	}
}

// What somebody else does meanwhile, past the faulty wire.

func (w *faultWorld) deleteOurs() {
	if !w.existing {
		status, _ := w.api(http.MethodDelete, "/"+w.realm, nil)
		w.deleted = w.deleted || status == http.StatusNoContent
		return
	}
	for _, path := range []string{"/clients?clientId=" + w.params.ClientID, "/users?username=" + w.params.Username} {
		for _, o := range w.list(path) {
			kind, _, _ := strings.Cut(path, "?")
			w.api(http.MethodDelete, "/"+w.realm+kind+"/"+o.ID, nil)
			w.deleted = true
		}
	}
}

func (w *faultWorld) removeRoles() {
	rm := w.list("/clients?clientId=realm-management")
	for _, c := range w.list("/clients?clientId=" + w.params.ClientID) {
		var account named
		w.get("/clients/"+c.ID+"/service-account-user", &account)
		path := "/users/" + account.ID + "/role-mappings/clients/" + rm[0].ID
		w.api(http.MethodDelete, "/"+w.realm+path, w.list(path))
	}
}

// takeNames makes what is not there yet under the names of the story. It must be there afterwards, but for what goes with
// a realm of ours.
func (w *faultWorld) takeNames() {
	theirs := map[string]bool{}
	status, _ := w.api(http.MethodPost, "", map[string]any{"realm": w.realm, "enabled": true})
	theirRealm := status == http.StatusCreated
	if status, _ := w.api(http.MethodPost, "/"+w.realm+"/clients", map[string]any{"clientId": w.params.ClientID, "serviceAccountsEnabled": true, "publicClient": false}); status == http.StatusCreated {
		theirs["client "+w.params.ClientID], theirs["user service-account-"+strings.ToLower(w.params.ClientID)] = true, true
	}
	if status, _ := w.api(http.MethodPost, "/"+w.realm+"/users", map[string]any{"username": w.params.Username, "enabled": true}); status == http.StatusCreated {
		theirs["user "+w.params.Username] = true
	}
	now := w.dump()
	switch {
	case theirRealm:
		w.before = now
	case w.existing:
		for key := range theirs {
			w.before[key] = now[key]
		}
	}
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

func (w *faultWorld) list(path string) []named {
	var list []named
	w.get(path, &list)
	return list
}

func (w *faultWorld) get(path string, into any) bool {
	status, text := w.api(http.MethodGet, "/"+w.realm+path, nil)
	if status != http.StatusOK {
		return false
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		w.t.Fatal(err)
	}
	return true
}

// dump is what the server holds under the realm's name.
func (w *faultWorld) dump() map[string]string { return servertest.Snapshot(w.get) }

// api makes a call of the admin API past all code of this program.
func (w *faultWorld) api(method, path string, body any) (int, string) {
	w.t.Helper()
	send := func(req *http.Request, err error) (int, string) {
		if err != nil {
			w.t.Fatal(err)
		}
		res, err := w.transport.RoundTrip(req)
		if err != nil {
			w.t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			w.t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	ctx := context.WithoutCancel(w.t.Context())
	if time.Since(w.tokenAt) > 20*time.Second {
		form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {w.admin.User}, "password": {w.admin.Password.Reveal()}}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/realms/master/protocol/openid-connect/token", strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		_, text := send(req, err)
		var token struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(text), &token); err != nil {
			w.t.Fatal(err)
		}
		w.token, w.tokenAt = token.AccessToken, time.Now()
	}
	sent, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	if body == nil {
		sent = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, w.url+"/admin/realms"+path, bytes.NewReader(sent))
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+w.token)
		req.Header.Set("Content-Type", "application/json")
	}
	return send(req, err)
}
