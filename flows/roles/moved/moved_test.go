package moved

import (
	"slices"
	"strings"
	"testing"

	"fix403/flows/roles"
)

func changed(t *testing.T, versions string, calls ...string) Changes {
	t.Helper()
	var parsed []roles.Call
	for _, c := range calls {
		call, err := roles.ParseCall(c)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, call)
	}
	c, err := Of(roles.Shipped(), versions, parsed)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What two versions answer otherwise is told with how it is known, and what they answer alike is not told.
func TestChanges(t *testing.T) {
	for _, test := range []struct{ versions, call, how, known, says string }{
		{"25.0.6..26.7.4", "GET /admin/realms/r/authentication/executions/1", "roles", "measured", "Now also opened by view-realm. Before: the smallest is manage-realm. Now: the smallest is view-realm."},
		{"26.6.4..26.7.4", "GET /admin/realms/r/roles/a/groups", "roles", "measured", "No longer opened by manage-realm, view-realm. Before: the smallest is view-realm. Now: it requires view-realm + view-users."},
		{"24.0.5..26.4.0", "GET /admin/realms/r/organizations", "appears", "measured", "It appears: the smallest is manage-realm."},
		{"26.7.4..26.8.0", "GET /admin/realms/r/clients/1/client-secret", "roles", "documented", "No longer opened by view-clients. Before: the smallest is view-clients. Now: the smallest is manage-clients. Documented since 26.8.0, not measured: The secret requires manage-clients; view-clients gets 403."},
		{"26.7.4..26.8.0", "GET /admin/realms/r/clients", "told", "documented", "Documented since 26.8.0, not measured: Only manage-clients sees a client's secret; others see ********** instead."},
		{"26.7.4..26.8.0", "GET /admin/realms/r/users", "", "", ""},
		{"24.0.5..26.8.0", "GET /admin/realms/r/users/count", "roles", "likely", "Before: the smallest is view-users. Now: the smallest is query-users."},
		{"26.6.4..26.7.4", "POST /admin/realms/r/clients-initial-access", "status", "measured", "The same roles open it; it answers 201 instead of 200."},
	} {
		c := changed(t, test.versions, test.call)
		if test.how == "" {
			if len(c.Changes) != 0 {
				t.Errorf("%s %s: %+v", test.versions, test.call, c.Changes)
			}
			continue
		}
		if len(c.Changes) != 1 {
			t.Errorf("%s %s: %d changes of %d calls", test.versions, test.call, len(c.Changes), c.Calls)
			continue
		}
		x := &c.Changes[0]
		var says []string
		for _, s := range x.Says() {
			says = append(says, s.String())
		}
		if string(x.How) != test.how || x.Word() != test.known || strings.Join(says, " ") != test.says {
			t.Errorf("%s %s: %s %s %q", test.versions, test.call, x.How, x.Word(), says)
		}
	}
}

// All calls are compared where none are named; between neighbours that were both measured nothing is likely, and each change is seen from
// the other side, too.
func TestChangesOfAll(t *testing.T) {
	m := roles.Shipped()
	all, back := Between(m, "24.0.5", "26.7.4", nil), Between(m, "26.7.4", "24.0.5", nil)
	if all.Calls < 400 || len(all.Changes) < 100 || len(all.Unknown) != 0 {
		t.Errorf("%d changes of %d calls, unknown %v", len(all.Changes), all.Calls, all.Unknown)
	}
	if len(all.Changes) != len(back.Changes) {
		t.Errorf("%d changes one way, %d the other", len(all.Changes), len(back.Changes))
	}
	for i := range all.Changes {
		x := &all.Changes[i]
		if len(x.Says()) == 0 {
			t.Errorf("%s says nothing", x.Endpoint)
		}
		for _, lost := range x.Lost {
			if slices.Contains(x.Gained, lost) {
				t.Errorf("%s: %s is gained and lost", x.Endpoint, lost)
			}
		}
	}
}

func TestChangesRefuse(t *testing.T) {
	for _, versions := range []string{"", "26.7.4", "26.7.4..", "a..b", "26.7.4..24.0.5", "26.7.4..26.7.4"} {
		if c, err := Of(roles.Shipped(), versions, nil); err == nil {
			t.Errorf("%q: %d changes", versions, len(c.Changes))
		}
	}
}

// Calls that the table does not have are told apart, and do not keep the others from an answer.
func TestKnown(t *testing.T) {
	calls := []roles.Call{{Method: "GET", Path: "/admin/realms/r/users"}, {Method: "GET", Path: "/admin/realms/r/nope"}, {Method: "GET", Path: "/admin/realms/r/organizations"}}
	known, unknown, err := Known(roles.Shipped(), "24.0.5", calls)
	if len(known) != 1 || len(unknown) != 2 || err == nil || !strings.Contains(err.Error(), "GET /admin/realms/r/nope was not measured") {
		t.Errorf("%v, %v, %v", known, unknown, err)
	}
	if known, unknown, err := Known(roles.Shipped(), "24.0.5", calls[:1]); len(known) != 1 || len(unknown) != 0 || err != nil {
		t.Errorf("%v, %v, %v", known, unknown, err)
	}
}

func TestCompletions(t *testing.T) {
	measured := []string{"24.0.5", "26.4.0", "26.7.4"}
	if got := Completions(measured); !slices.Equal(got, []string{"24.0.5..26.4.0", "24.0.5..26.7.4", "26.4.0..26.7.4"}) {
		t.Error(got)
	}
}
