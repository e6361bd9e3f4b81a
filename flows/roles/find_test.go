package roles

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"fix403/keycloak/version"
)

func call(t *testing.T, text string) Call {
	t.Helper()
	c, err := ParseCall(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

func find(t *testing.T, version, text string) *Answer {
	t.Helper()
	a, err := Shipped().Find(version, call(t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return a
}

// What the answers were, read off the measured cells by hand.
func TestFind(t *testing.T) {
	const users = "/admin/realms/r/users"
	for _, c := range []struct {
		version, call            string
		smallest, also, filtered []string
	}{
		{"", "GET " + users + "/123", []string{"view-users"}, []string{"manage-users", "realm-admin"}, nil},
		{"24.0.5", "GET " + users, []string{"view-users"}, []string{"manage-users", "realm-admin"}, []string{"query-users"}},
		{"24.0.5", "GET " + users + "/count", []string{"view-users"}, []string{"manage-users", "realm-admin"}, []string{"query-users"}},
		{"26.4.0", "GET " + users + "/count", []string{"query-users"}, []string{"manage-users", "realm-admin", "view-users"}, nil},
		{"26.7.3", "POST " + users, []string{"manage-users"}, []string{"realm-admin"}, nil},
		{"26.7.3", "POST " + users + "/1/impersonation", []string{"impersonation"}, []string{"realm-admin"}, nil},
		{"26.7.3", "GET /admin/realms/r/groups", []string{"view-users"}, []string{"manage-users", "realm-admin"}, []string{"query-groups"}},
		{"26.7.3", "POST /admin/realms", nil, nil, nil},
	} {
		a := find(t, c.version, c.call)
		if !slices.Equal(a.Smallest, c.smallest) || !slices.Equal(a.Also, c.also) || !slices.Equal(a.Filtered, c.filtered) {
			t.Errorf("%s %s: smallest %v, also %v, filtered %v", c.version, c.call, a.Smallest, a.Also, a.Filtered)
		}
	}
}

func TestTogether(t *testing.T) {
	const mapped = "GET /admin/realms/r/users/1/role-mappings/clients/2"
	a := find(t, "26.7.3", mapped)
	if !slices.Equal(a.Smallest, []string{RealmAdmin}) || len(a.Together) == 0 || !slices.Equal(a.Together[0], []string{"view-clients", "view-users"}) {
		t.Errorf("smallest %v, together %v", a.Smallest, a.Together)
	}
	if !slices.Equal(a.MeasuredOn, []string{"26.7.3", "26.7.4"}) {
		t.Errorf("measured on %v", a.MeasuredOn)
	}
	if !Shipped().Allows("26.7.3", a.Endpoint, []string{"view-clients", "view-users"})[0].Value.Whole {
		t.Error("the pair is not enough")
	}
	if Shipped().Allows("26.7.3", a.Endpoint, []string{"view-users"})[0].Value.In() {
		t.Error("view-users alone is enough")
	}
	old := find(t, "24.0.5", mapped)
	if !slices.Equal(old.Smallest, []string{"view-users"}) || len(old.Together) != 0 {
		t.Errorf("on 24.0.5 smallest %v, together %v", old.Smallest, old.Together)
	}
}

func TestAnswersHaveNoNilLists(t *testing.T) {
	for _, e := range Shipped().Endpoints() {
		for _, v := range Versions() {
			a, err := Shipped().Answer(v, e)
			var unknown *NotMeasuredError
			if errors.As(err, &unknown) {
				continue
			}
			text, err := json.Marshal(a)
			if err != nil || slices.Contains([]bool{a.Smallest == nil, a.Also == nil, a.Filtered == nil, a.Together == nil, a.Traps == nil, a.MeasuredOn == nil}, true) {
				t.Errorf("%s on %s: %s, %v", e, v, text, err)
			}
			if a.How == version.Measured && !slices.Contains(a.MeasuredOn, v) {
				t.Errorf("%s on %s: measured on %v", e, v, a.MeasuredOn)
			}
		}
	}
}
