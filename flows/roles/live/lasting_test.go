package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
)

// faulty is a practice server some of whose answers never come: those of the requests that lost tells.
func faulty(t *testing.T, lost func(*http.Request) bool) string {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lost(r) {
			panic(http.ErrAbortHandler)
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func endpoints(t *testing.T, calls ...string) []*roles.Endpoint {
	t.Helper()
	var all []*roles.Endpoint
	for _, text := range calls {
		c, err := roles.ParseCall(text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := roles.Shipped().Match(c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func quick(url string) Options {
	return Options{URL: url, Credentials: admin, RetryAfter: time.Microsecond}
}

func problems(list []msg.Message) string {
	var text []string
	for _, p := range list {
		text = append(text, p.String())
	}
	return strings.Join(text, "\n")
}

// A call that gets no answer each time costs its own row alone; one that gets none once costs nothing.
func TestLostAnswers(t *testing.T) {
	var once atomic.Int64
	url := faulty(t, func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/users/count") ||
			strings.HasSuffix(r.URL.Path, "/groups/count") && once.Add(1) == 3 ||
			r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/children") && once.Add(1) == 1
	})
	o := quick(url)
	o.Only = endpoints(t, "GET /admin/realms/r/users/count", "GET /admin/realms/r/groups/count", "GET /admin/realms/r/users")
	r, err := Measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed != 1 || len(r.Table.Rows) != 2 || len(r.Unmeasured) != 1 || !strings.Contains(problems(r.Problems), "GET /admin/realms/{realm}/users/count: none got no response: ") {
		t.Errorf("%d failed, %d rows, %s", r.Failed, len(r.Table.Rows), problems(r.Problems))
	}
}

// An answer that tells nothing of a role is no cell, whoever gets it.
func TestRefusalsAreNoCells(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		p, err := practice.New(practice.Options{AdminPassword: "admin"})
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/groups/count") {
				w.WriteHeader(status)
				return
			}
			p.ServeHTTP(w, r)
		}))
		o := quick(s.URL)
		o.Only = endpoints(t, "GET /admin/realms/r/groups/count")
		r, err := Measure(t.Context(), o)
		s.Close()
		if err != nil || r.Failed != 1 || len(r.Table.Rows) != 0 {
			t.Errorf("%d: %+v, %v", status, r, err)
		}
	}
}

// A server that answers nothing any more ends the measurement, and what was measured until then is taken by the next run, after
// the scratch realm of the first is gone.
func TestRunGoesOn(t *testing.T) {
	var gone, repaired atomic.Bool
	url := faulty(t, func(r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/users/profile/metadata") && !repaired.Load() {
			gone.Store(true)
		}
		return gone.Load()
	})
	folder := t.TempDir()
	o := quick(url)
	o.Journal = journal.Open(folder)
	var notices []msg.Message
	o.Notice = func(m msg.Message) { notices = append(notices, m) }
	r, err := Measure(t.Context(), o)
	if failure.KindOf(err) != failure.Unreachable || r != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "roles-live", "*.jsonl"))
	if len(files) != 1 || !strings.Contains(problems(notices), "measured rows") {
		t.Fatalf("kept %v, said %s", files, problems(notices))
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(files[0]); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	rows := keptRows(t, text)
	if rows == 0 {
		t.Fatalf("kept: %s", text)
	}
	standing, err := o.Journal.Outstanding(url)
	if err != nil || len(standing) != 1 {
		t.Fatalf("outstanding %v, %v", standing, err)
	}

	// Of an end as by kill -9 the last line is torn.
	if err := os.WriteFile(files[0], append(text, `{"row":{"key":"GET /adm`...), 0o600); err != nil {
		t.Fatal(err)
	}
	repaired.Store(true)
	gone.Store(false)
	notices = nil
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Progress = func(done, total int) {
		if done > total/3 {
			cancel()
		}
	}
	// Given up again, it keeps more.
	if r, err := Measure(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("%+v, %v", r, err)
	}
	said := problems(notices)
	if !strings.Contains(said, "The scratch realm "+standing[0].Name+" of an interrupted measurement was removed.") || !strings.Contains(said, "Resuming the measurement of ") {
		t.Errorf("said %s", said)
	}
	more, err := os.ReadFile(files[0])
	if err != nil || keptRows(t, more) <= rows {
		t.Errorf("%d rows, then %d: %v", rows, keptRows(t, more), err)
	}
	if standing, err := o.Journal.Outstanding(url); err != nil || len(standing) != 0 {
		t.Errorf("outstanding %v, %v", standing, err)
	}
	for _, secret := range []string{"secret", "password", "token", "eyJ"} {
		if bytes.Contains(more, []byte(secret+`":`)) || bytes.Contains(more, []byte("eyJ")) {
			t.Errorf("%s is kept", secret)
		}
	}
}

func keptRows(t *testing.T, text []byte) int {
	t.Helper()
	keys := map[string]bool{}
	for line := range bytes.Lines(text) {
		var l keptLine
		if json.Unmarshal(line, &l) == nil && l.Row != nil {
			keys[l.Row.Key] = true
		}
	}
	return len(keys)
}

// What is kept is taken of the same server, version and roles, and no older than a day, and only if the person agrees.
func TestWhatIsKeptIsTaken(t *testing.T) {
	whole := func(change func(*keptLine)) (Kept, bool) {
		folder := t.TempDir()
		m := &measuring{scene: &scene{run: "abc"}, options: Options{Journal: journal.Open(folder)}.complete(), version: "26.7.4", names: []string{"realm-admin"}, rows: map[string]*row{}}
		m.server = opened(t)
		if err := os.MkdirAll(filepath.Join(folder, "roles-live"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := m.look(filepath.Join(folder, "roles-live")); err != nil {
			t.Fatal(err)
		}
		first := keptLine{Format: keptFormat, Began: time.Now().Add(-time.Hour), Server: m.server.URL(), Version: m.version, Probes: fingerprint(), Roles: m.names, Run: "def"}
		change(&first)
		m.kept.open(false, first)
		p := firstProbes()[0]
		m.kept.row(&row{probe: p, cells: roles.Row{Endpoint: p.endpoint(), None: roles.Cell{Status: 403}, Cells: map[string]roles.Cell{"realm-admin": {Status: 200}}}, tried: true})
		if err := m.kept.close(true); err != nil {
			t.Fatal(err)
		}
		if err := m.look(filepath.Join(folder, "roles-live")); err != nil {
			t.Fatal(err)
		}
		m.take()
		if err := m.kept.close(true); err != nil {
			t.Fatal(err)
		}
		return m.taken, len(m.rows) == 1
	}
	if k, taken := whole(func(*keptLine) {}); k.Rows != 1 || !taken {
		t.Errorf("not taken: %+v", k)
	}
	for what, change := range map[string]func(*keptLine){
		"of another server": func(l *keptLine) { l.Server = "http://other.example.com" }, "of another version": func(l *keptLine) { l.Version = "26.7.3" },
		"of other calls": func(l *keptLine) { l.Probes = "x" }, "of another form": func(l *keptLine) { l.Format = 99 }, "of other roles": func(l *keptLine) { l.Roles = []string{"realm-admin", "x"} },
		"of the day before": func(l *keptLine) { l.Began = time.Now().Add(-25 * time.Hour) }, "of tomorrow": func(l *keptLine) { l.Began = time.Now().Add(time.Hour) },
	} {
		if k, taken := whole(change); k.Rows != 0 || taken {
			t.Errorf("%s: taken: %+v", what, k)
		}
	}
}

func opened(t *testing.T) *keycloak.Server {
	t.Helper()
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := keycloak.Open(t.Context(), p.URL(), keycloak.Options{Transport: p.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Behind the check of the audience each scratch client has the client scope, so that no cell is a 401, and each is as without it.
func TestBehindTheAudienceGate(t *testing.T) {
	p, err := practice.New(practice.Options{AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	gate := &servertest.AudienceGate{Next: p, User: "admin", Password: "admin"}
	s := httptest.NewServer(gate)
	t.Cleanup(s.Close)
	gate.Base = s.URL
	o := quick(s.URL)
	o.Only = endpoints(t, "GET /admin/realms/r/users", "GET /admin/realms/r/clients", "POST /admin/realms/r/groups", "DELETE /admin/realms/r", "GET /admin/realms/r/users/1/role-mappings/clients/2")
	r, err := Measure(t.Context(), o)
	if err != nil || len(r.Table.Rows) != len(o.Only) {
		t.Fatalf("%+v, %v", r, err)
	}
	shipped := roles.Shipped().Table("")
	for _, row := range r.Table.Rows {
		i := slices.IndexFunc(shipped.Rows, func(s roles.Row) bool { return s.Endpoint.String() == row.Endpoint.String() })
		for _, role := range shipped.Roles {
			if row.Cells[role] != shipped.Rows[i].Cells[role] {
				t.Errorf("%s with %s: %s, shipped is %s", row.Endpoint, role, row.Cells[role], shipped.Rows[i].Cells[role])
			}
		}
	}
}

// Where even realm-admin gets 401 it says so, rather than that nothing was measured.
func TestNobodyIsLetIn(t *testing.T) {
	p, err := practice.New(practice.Options{AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/admin/realms/fix403-roles-") && r.Method == http.MethodGet && strings.Count(r.URL.Path, "/") == 3 && r.Header.Get("User-Agent") == "Go-http-client/1.1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	o := quick(s.URL)
	o.Only = endpoints(t, "GET /admin/realms/r/users")
	if r, err := Measure(t.Context(), o); err == nil || !strings.Contains(err.Error(), "answers 401 to the clients of the scratch realm") {
		t.Errorf("%+v, %v", r, err)
	}
}

// Each call of the shipped table can be measured alone.
func TestEachShippedCallCanBeMeasured(t *testing.T) {
	for _, e := range roles.Shipped().Endpoints() {
		if e.Case == "" && !Measures(e) {
			t.Errorf("%s cannot", e)
		}
	}
}

// The table that is written is the one that was measured.
func TestWrite(t *testing.T) {
	r, err := Measure(t.Context(), Options{Practice: true, Only: endpoints(t, "GET /admin/realms/r/users")})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := roles.CanMerge(dir); err != nil {
		t.Fatal(err)
	}
	r.Table.Version = "99.1.2"
	file, err := Write(dir, r, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(text, []byte("version\t99.1.2\n")) || !bytes.Contains(text, []byte("Keycloak 99.1.2, measured on ")) {
		t.Errorf("%v: %.300s", err, text)
	}
	for _, bad := range []string{filepath.Join(dir, "nowhere"), file} {
		if err := roles.CanMerge(bad); failure.KindOf(err) != failure.BadInput {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if err := os.WriteFile(file, []byte("what\tis this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := roles.CanMerge(dir); failure.KindOf(err) != failure.BadInput {
		t.Errorf("%v", err)
	}
}
