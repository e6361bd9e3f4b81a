package roles

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// three are tables of three versions: a changes from the first to the second, b is equal everywhere, c comes with the third.
func three(t *testing.T) *Matrix {
	t.Helper()
	m := &Matrix{}
	for v, rows := range map[string]string{
		"1.0.0": "g,GET,/admin/realms/{realm}/a,,403,200,200,\ng,GET,/admin/realms/{realm}/b,,403,200,200,\ng,GET,/admin/realms/{realm}/c,,404,404,404,\n",
		"2.0.0": "g,GET,/admin/realms/{realm}/a,,403,200,403,\ng,GET,/admin/realms/{realm}/b,,403,200,200,\ng,GET,/admin/realms/{realm}/c,,404,404,404,\n",
		"3.0.0": "g,GET,/admin/realms/{realm}/a,,403,200,403,\ng,GET,/admin/realms/{realm}/b,,403,200,200,\ng,GET,/admin/realms/{realm}/c,,403,200,200,\n",
	} {
		if err := m.read(v, strings.NewReader(small+rows)); err != nil {
			t.Fatal(err)
		}
	}
	m.index()
	return m
}

// An answer is never better known than it is, and where the measured versions beside it differ both are given.
func TestCertaintyOfAnswers(t *testing.T) {
	m := three(t)
	users, admin := []string{"view-users"}, []string{RealmAdmin}
	for _, c := range []struct {
		version, path   string
		how             version.How
		on              string
		smallest, other []string // nil for no other
	}{
		{"1.0.0", "a", version.Measured, "1.0.0", users, nil},
		{"1.5.0", "a", version.Differing, "1.0.0", users, admin},
		{"2.5.0", "a", version.Between, "2.0.0", admin, nil},
		{"1.5.0", "b", version.Between, "1.0.0", users, nil},
		{"0.9.0", "a", version.Outside, "1.0.0", users, nil},
		{"4.0.0", "a", version.Outside, "3.0.0", admin, nil},
		{"", "a", version.Measured, "3.0.0", admin, nil},
		{Unknown, "a", version.Outside, "3.0.0", admin, nil},
		{"2.5.0", "c", version.Differing, "3.0.0", users, []string{}},
	} {
		a, err := m.Find(c.version, Call{"GET", "/admin/realms/r/" + c.path})
		if err != nil || a.How != c.how || a.On != c.on || !slices.Equal(a.Smallest, c.smallest) || (a.Other == nil) != (c.other == nil) {
			t.Errorf("%s on %q: %v from %s, %v, %v, %v", c.path, c.version, a.How, a.On, a.Smallest, a.Other, err)
			continue
		}
		if a.Other != nil && (!slices.Equal(a.Other.Smallest, c.other) || a.Other.Absent != (len(c.other) == 0)) {
			t.Errorf("%s on %q: otherwise %+v", c.path, c.version, a.Other)
		}
	}
	for v, says := range map[string]string{"1.0.0": "1.0.0 has no endpoint", "1.5.0": "1.5.0 probably has no endpoint GET /admin/realms/{realm}/c: 1.0.0 answers 404"} {
		_, err := m.Find(v, Call{"GET", "/admin/realms/r/c"})
		var unknown *NotMeasuredError
		if !errors.As(err, &unknown) || !strings.HasPrefix(unknown.Message.String(), says) || unknown.Hint.String() != "It was measured on 3.0.0." {
			t.Errorf("on %s: %v", v, err)
		}
	}
}

func TestCertaintyOfAllows(t *testing.T) {
	m := three(t)
	e, err := m.Match(Call{"GET", "/admin/realms/r/a"})
	if err != nil {
		t.Fatal(err)
	}
	for v, want := range map[string][]version.Value[Access]{
		"1.0.0": {{Value: Access{Whole: true}, On: version.Of("1.0.0"), How: version.Measured}},
		"1.5.0": {{Value: Access{Whole: true}, On: version.Of("1.0.0"), How: version.Differing}, {On: version.Of("2.0.0"), How: version.Differing}},
		"2.5.0": {{On: version.Of("2.0.0"), How: version.Between}},
	} {
		if got := m.Allows(v, e, []string{"view-users"}); !slices.Equal(got, want) {
			t.Errorf("%s: %v", v, got)
		}
	}
	// What differs for other roles does not matter for these.
	if got := m.Allows("1.5.0", e, []string{RealmAdmin}); len(got) != 1 || got[0].How != version.Between {
		t.Errorf("realm-admin: %v", got)
	}
}

func TestCertaintyOfCover(t *testing.T) {
	m := three(t)
	calls := []Call{{"GET", "/admin/realms/r/a"}}
	c, err := m.Cover("1.5.0", calls)
	if err != nil || c.How != version.Differing || c.On != "1.0.0" || !slices.Equal(c.Roles, []string{"view-users"}) || c.Other == nil || !slices.Equal(c.Other.Roles, []string{RealmAdmin}) || c.Other.On != "2.0.0" || !slices.Equal(c.Both, []string{RealmAdmin}) {
		t.Errorf("%+v, %v", c, err)
	}
	for v, want := range map[string]version.How{"1.0.0": version.Measured, "2.5.0": version.Between, "4.0.0": version.Outside} {
		if c, err := m.Cover(v, calls); err != nil || c.How != want || c.Other != nil {
			t.Errorf("%s: %+v, %v", v, c, err)
		}
	}
}

// Where two versions take different roles, the set that suffices on both is the one to grant.
func TestCoverOfBoth(t *testing.T) {
	c, err := Shipped().Cover("26.5.0", []Call{call(t, "GET /admin/realms/r/roles")})
	if err != nil || c.Other == nil || !slices.Equal(c.Roles, []string{"query-realms"}) || !slices.Equal(c.Other.Roles, []string{"view-realm"}) || !slices.Equal(c.Both, []string{"view-realm"}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// On the real matrix: nothing is measured that was not, and no role is named that neither of the versions beside has.
func TestNothingIsProvedOfOtherVersions(t *testing.T) {
	m := Shipped()
	for _, v := range []string{"26.3.2", "26.5.0", "25.0.1", "26.8.2", "17.0.0", "26.7.0", Unknown} {
		for _, e := range m.Endpoints() {
			a, err := m.Answer(v, e)
			if err != nil {
				continue
			}
			if a.How == version.Measured {
				t.Errorf("%s on %s is measured", e, v)
			}
			if gone := minus(append(a.whole(), a.Filtered...), m.Roles(v)); len(gone) > 0 {
				t.Errorf("%s on %s names %v", e, v, gone)
			}
		}
	}
}

// What is documented of later versions is said as that, and changes the answer where the documents do.
func TestDocumentedChanges(t *testing.T) {
	m := Shipped()
	const secret = "GET /admin/realms/r/clients/1/client-secret"
	if a := find(t, "26.8.2", secret); a.How != version.Documented || a.On != "26.8.0" || !slices.Equal(a.Smallest, []string{"manage-clients"}) || len(a.MeasuredOn) != 0 {
		t.Errorf("%+v", a)
	}
	if a := find(t, "26.7.9", secret); a.How != version.Outside || !slices.Equal(a.Smallest, []string{"view-clients"}) || len(a.MeasuredOn) == 0 {
		t.Errorf("%+v", a)
	}
	said := func(a *Answer) bool {
		return slices.ContainsFunc(a.Traps, func(s msg.Message) bool {
			return strings.HasPrefix(s.String(), "Documented since 26.8.0, not measured: ")
		})
	}
	if !said(find(t, "26.8.2", secret)) || said(find(t, "26.7.4", secret)) {
		t.Error("the documents are not quoted, or too early")
	}
	for _, c := range changes {
		for _, on := range c.On {
			if !slices.ContainsFunc(m.Endpoints(), pattern(on).matches) {
				t.Errorf("no endpoint %s", on)
			}
		}
	}
}

func TestSaid(t *testing.T) {
	m := three(t)
	for set, want := range map[versionSet]string{0b111: "1.0.0 to 3.0.0", 0b101: "1.0.0 and 3.0.0", 0b110: "2.0.0 and 3.0.0", 0b010: "2.0.0", 0: ""} {
		if got := m.said(set).String(); got != want {
			t.Errorf("%b: %s", set, got)
		}
	}
}
