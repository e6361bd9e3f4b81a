package live

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// server is a practice server on a port, with a look at each request.
func server(t *testing.T, version string, look func(*http.Request)) string {
	t.Helper()
	p, err := practice.New(practice.Options{Version: version, AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if look != nil {
			look(r)
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

var admin = keycloak.Credentials{User: "admin", Password: wire.NewSecret("admin")}

// measured are the versions that the practice server knows and the matrix has.
func measured() []string {
	return slices.DeleteFunc(practice.Versions(), func(v string) bool { return !roles.Shipped().Measured(v) })
}

// The practice server answers as the shipped matrix says, as far as it serves the calls, on every version.
func TestPracticeIsAsShipped(t *testing.T) {
	newest := practice.DefaultVersion
	for _, v := range measured() {
		t.Run(v, func(t *testing.T) {
			if !testrun.Whole() && v != newest {
				t.Skip("FIX403_TEST=whole measures the older versions, too")
			}
			t.Parallel()
			last, calls := 0, 0
			r, err := Measure(t.Context(), Options{Practice: true, As: v, Progress: func(done, total int) {
				calls++
				if done < last || done > total {
					t.Errorf("progress %d of %d after %d", done, total, last)
				}
				last = done
			}})
			if err != nil {
				t.Fatal(err)
			}
			c := roles.Shipped().Compare(v, r.Table)
			for _, d := range c.Differences {
				t.Errorf("%s with %s: %q, shipped is %q", d.Endpoint, d.Role, d.Measured, d.Shipped)
			}
			t.Logf("%d not served, not measured %v", len(c.NotServed), c.NotMeasured)
			// What it does not serve is 501, and refused to the same roles as on the real one.
			shipped := roles.Shipped().Table(v)
			for _, row := range r.Table.Rows {
				i := slices.IndexFunc(shipped.Rows, func(s roles.Row) bool { return s.Endpoint.String() == row.Endpoint.String() })
				for role, cell := range row.Cells {
					if i >= 0 && cell.Status == http.StatusNotImplemented && shipped.Rows[i].Cells[role].Status == http.StatusForbidden {
						t.Errorf("%s with %s: 501, shipped is 403", row.Endpoint, role)
					}
				}
			}
			if len(c.NotServed) > 150 || calls == 0 {
				t.Errorf("not served: %v", c.NotServed)
			}
		})
	}
}

// Given up in the middle, wherever that is, the realm goes, and the journal knows of nothing that stands.
func TestCancelRemovesTheRealm(t *testing.T) {
	for _, at := range []string{"POST /admin/realms", "/users/profile/metadata", "POST /users/{new}/role-mappings", "/logout-all"} {
		t.Run(strings.ReplaceAll(at, "/", "_"), func(t *testing.T) {
			if !testrun.Whole() && at == "/logout-all" {
				t.Skip("FIX403_TEST=whole gives up at the last call, too")
			}
			ctx, cancel := context.WithCancel(t.Context())
			var mu sync.Mutex
			made, gone := map[string]bool{}, map[string]bool{}
			url := server(t, "26.7.3", func(r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				path := strings.TrimPrefix(r.URL.Path, "/admin/realms/")
				if realm, _, deeper := strings.Cut(path, "/"); strings.HasPrefix(realm, "fix403-roles-") && !deeper {
					made[realm] = true
					gone[realm] = r.Method == http.MethodDelete
				}
				method, what, both := strings.Cut(at, " ")
				if !both {
					method, what = r.Method, at
				}
				if r.Method == method && (strings.HasSuffix(r.URL.Path, what) || strings.Contains(what, "{new}") && strings.Contains(r.URL.Path, "/role-mappings")) {
					cancel()
				}
			})
			journal := journal.Open(t.TempDir())
			r, err := Measure(ctx, Options{URL: url, Credentials: admin, Journal: journal})
			if !errors.Is(err, context.Canceled) || r != nil {
				t.Fatalf("%v, %v", r, err)
			}
			mu.Lock()
			defer mu.Unlock()
			for realm := range made {
				if !gone[realm] {
					t.Errorf("%s is left", realm)
				}
			}
			if len(made) != 1 {
				t.Errorf("realms %v", slices.Collect(maps.Keys(made)))
			}
			standing, err := journal.Outstanding(url)
			if err != nil || len(standing) != 0 {
				t.Errorf("standing: %+v, %v", standing, err)
			}
		})
	}
}

// Killed in the middle, the journal and the marker let fix403 down remove the realm.
func TestJournalKnowsTheRealm(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	journal := journal.Open(t.TempDir())
	var removals []down.Removal
	var once sync.Once
	var url string
	url = server(t, "24.0.5", func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/users/profile/metadata") {
			once.Do(func() {
				d, err := down.Open(t.Context(), down.Options{URL: url, Credentials: admin, Journal: journal})
				if err != nil {
					t.Error(err)
					return
				}
				removals = d.Removals
				cancel()
			})
		}
	})
	_, _ = Measure(ctx, Options{URL: url, Credentials: admin, Journal: journal})
	if len(removals) != 1 || !removals[0].Remove || !strings.HasPrefix(removals[0].Name, "fix403-roles-") {
		t.Errorf("down would remove %+v", removals)
	}
}

func TestWrongAdmin(t *testing.T) {
	url := server(t, "26.7.3", nil)
	_, err := Measure(t.Context(), Options{URL: url, Credentials: keycloak.Credentials{User: "admin", Password: wire.NewSecret("wrong")}})
	if failure.KindOf(err) != failure.AdminRefused {
		t.Errorf("got %v", err)
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct {
		admin, role string
		want        roles.Less
	}{
		{`[1,2]`, `[1,2]`, ""}, {`[1,2]`, `[1]`, roles.Fewer}, {`[1]`, `[]`, roles.Empty}, {`[]`, `[]`, ""}, {`3`, `0`, roles.Fewer}, {`0`, `0`, ""},
		{`{"a":1,"b":2}`, `{"a":1}`, roles.Reduced}, {`{"a":1}`, `{"a":1,"b":2}`, ""}, {`{"count":3}`, `{"count":1}`, roles.Fewer},
		{`[{"a":1,"b":2}]`, `[{"a":1}]`, roles.Reduced}, {`text`, `text`, ""},
	} {
		cell := answerOf(200, []byte(c.role), true).cell(answerOf(200, []byte(c.admin), true), 0)
		if cell.How != c.want || cell.Less != (c.want != "") {
			t.Errorf("%s against %s: %+v", c.role, c.admin, cell)
		}
	}
	if c := answerOf(400, nil, false).cell(answerOf(400, nil, false), 400); !c.Whole() || c.String() != "400 passed" {
		t.Errorf("passed: %s", c)
	}
	if c := answerOf(403, nil, false).cell(answerOf(400, nil, false), 400); c.Succeeds() {
		t.Errorf("refused: %s", c)
	}
}
