package roles

import (
	"slices"
	"testing"

	"fix403/keycloak/version"
)

// The sets are worked out by hand from the data files.
func TestCover(t *testing.T) {
	const r = "/admin/realms/r"
	for _, c := range []struct {
		why, version string
		calls        []string
		want         []string
	}{
		{"nothing needs nothing", "", nil, nil},
		{"one call, one role", "", []string{"GET " + r + "/users/1"}, []string{"view-users"}},
		{"to write includes to read", "", []string{"GET " + r + "/users/1", "PUT " + r + "/users/1"}, []string{"manage-users"}},
		{"view-users counts, too", "26.7.3", []string{"GET " + r + "/users/count", "GET " + r + "/users"}, []string{"view-users"}},
		{"the count alone needs less", "26.7.3", []string{"GET " + r + "/users/count"}, []string{"query-users"}},
		{"but not on 24.0.5", "24.0.5", []string{"GET " + r + "/users/count"}, []string{"view-users"}},
		{"two areas, two roles", "", []string{"GET " + r + "/users/1", "GET " + r + "/clients/1"}, []string{"view-clients", "view-users"}},
		{"a pair in place of realm-admin", "26.7.3", []string{"GET " + r + "/users/1/role-mappings/clients/2"}, []string{"view-clients", "view-users"}},
		{"the pair joins what is needed anyway", "26.7.3", []string{"GET " + r + "/users/1/role-mappings/clients/2", "PUT " + r + "/users/1"}, []string{"manage-users", "view-clients"}},
		{"what takes no role", "26.4.0", []string{"GET " + r + "/organizations/members/1/organizations"}, nil},
		{"events and impersonation", "", []string{"GET " + r + "/events", "POST " + r + "/users/1/impersonation"}, []string{"impersonation", "view-events"}},
	} {
		var calls []Call
		for _, text := range c.calls {
			calls = append(calls, call(t, text))
		}
		got, err := Shipped().Cover(c.version, calls)
		if err != nil || !slices.Equal(got.Roles, c.want) || len(got.Calls) != len(calls) {
			t.Errorf("%s: %v, %v; want %v", c.why, got.Roles, err, c.want)
		}
		for _, a := range got.Calls {
			if !Shipped().Allows(c.version, a.Endpoint, got.Roles)[0].Value.Whole {
				t.Errorf("%s: %v do not allow %s", c.why, got.Roles, a.Endpoint)
			}
		}
	}
	blocked, err := Shipped().Cover("", []Call{{"POST", "/admin/realms"}})
	if err != nil || len(blocked.Blocked) != 1 || len(blocked.Roles) != 0 {
		t.Errorf("%+v, %v", blocked, err)
	}
}

// All calls of the matrix at once: the search ends, and what it finds suffices.
func TestCoverOfEverything(t *testing.T) {
	for _, v := range Versions() {
		var calls []Call
		for _, e := range Shipped().Endpoints() {
			if _, err := Shipped().Answer(v, e); err == nil && e.Case == "" {
				calls = append(calls, Call{e.Method, e.Path})
			}
		}
		c, err := Shipped().Cover(v, calls)
		if err != nil || len(c.Roles) == 0 {
			t.Fatalf("%s: %v, %v", v, c.Roles, err)
		}
		for _, a := range c.Calls {
			whole := func(v version.Value[Access]) bool { return v.Value.Whole }
			if !slices.ContainsFunc(Shipped().Allows(v, a.Endpoint, c.Roles), whole) && !slices.ContainsFunc(c.Blocked, func(b *Answer) bool { return b.Endpoint == a.Endpoint }) {
				t.Errorf("%s: %v do not allow %s", v, c.Roles, a.Endpoint)
			}
		}
		t.Log(v, c.Roles, len(c.Blocked))
	}
}

// What a call takes by its body joins what it takes by its path: the least of both together.
func TestCoverBesides(t *testing.T) {
	const r = "/admin/realms/r"
	for _, c := range []struct {
		call    string
		besides [][][]string
		want    []string
	}{
		{"POST " + r + "/partial-export", [][][]string{{{"view-clients"}, {"manage-clients"}, {RealmAdmin}}}, []string{"manage-realm", "view-clients"}},
		{"POST " + r + "/partial-export", [][][]string{{{"query-groups"}, {"view-users"}}, {{"view-clients"}}}, []string{"manage-realm", "query-groups", "view-clients"}},
		{"POST " + r + "/users/1/role-mappings/clients/2", [][][]string{{{RealmAdmin}}}, []string{RealmAdmin}},
		{"POST " + r + "/users/1/role-mappings/clients/2", [][][]string{{{"view-users"}, {"manage-users"}}}, []string{"manage-users"}},
	} {
		got, err := Shipped().CoverAmong("26.7.4", []Call{call(t, c.call)}, nil, c.besides...)
		if err != nil || !slices.Equal(got.Roles, c.want) || len(got.Equal) > 0 {
			t.Errorf("%s besides %v: %v, %v, %v; want %v", c.call, c.besides, got.Roles, got.Equal, err, c.want)
		}
	}
}

// A role that is in a set for a whole response alone is said to be: one that a call or its body requires is not.
func TestCompleting(t *testing.T) {
	m := Shipped()
	for name, c := range map[string]struct {
		calls   []Call
		besides [][][]string
		want    string
	}{
		"one shows less":        {[]Call{{"GET", "/admin/serverinfo"}, {"POST", "/admin/realms/x/clients"}}, nil, "manage-realm: GET /admin/serverinfo"},
		"another is refused":    {[]Call{{"GET", "/admin/serverinfo"}, {"PUT", "/admin/realms/x"}}, nil, ""},
		"its body requires it":  {[]Call{{"GET", "/admin/serverinfo"}, {"POST", "/admin/realms/x/clients"}}, [][][]string{{{"manage-realm"}}}, ""},
		"nothing is left of it": {[]Call{{"GET", "/admin/realms/x/events"}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cover, err := m.CoverAmong("26.7.4", c.calls, nil, c.besides...)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, one := range m.Completing("26.7.4", &cover) {
				got += one.Role + ":"
				for _, a := range one.Calls {
					got += " " + a.Method + " " + a.Path
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q (%q)", got, c.want, cover.Roles)
			}
		})
	}
}
