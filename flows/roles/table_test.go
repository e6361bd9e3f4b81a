package roles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/version"
)

// The matrix is as large as it claims, holds no row twice, and realm-admin opens all that is served, but for what no role opens.
func TestShipped(t *testing.T) {
	m := Shipped()
	for _, v := range m.Versions() {
		table := m.Table(v)
		seen := map[string]bool{}
		served, writes := 0, 0
		for _, r := range table.Rows {
			if seen[r.Endpoint.String()] {
				t.Errorf("%s: twice: %s", v, r.Endpoint)
			}
			seen[r.Endpoint.String()] = true
			if r.Endpoint.Case != "" || !r.Served() {
				continue
			}
			served++
			if !r.Endpoint.Reads() {
				writes++
			}
			if r.Endpoint.Path != "/admin/realms" && !r.Cells[RealmAdmin].Whole() {
				t.Errorf("%s: realm-admin gets %s from %s", v, r.Cells[RealmAdmin], r.Endpoint)
			}
			open := []string{"26.0.8", "26.1.4", "26.2.5", "26.3.5", "26.4.0", "26.4.7"} // to any caller, without a role
			old := v == "22.0.5" && r.Endpoint.Path == "/admin/realms/{realm}/groups/count" ||
				slices.Contains([]string{"22.0.5", "23.0.7"}, v) && r.Endpoint.Path == "/admin/realms/{realm}/client-registration-policy/providers"
			// The admin console's own lists show to each caller what it may see.
			lists := strings.Contains(r.Endpoint.Path, "/ui-ext/available-roles/") || strings.HasSuffix(r.Endpoint.Path, "/ui-ext/realms/names")
			if lists && r.None.Succeeds() && r.None.How != Empty {
				t.Errorf("%s: %s shows something without a role: %s", v, r.Endpoint, r.None)
			}
			if r.None.Succeeds() && !old && !lists && (!slices.Contains(open, v) || r.Endpoint.Path != "/admin/realms/{realm}/organizations/members/{member-id}/organizations") {
				t.Errorf("%s: %s needs no role", v, r.Endpoint)
			}
		}
		if served < 290 || writes < 120 || len(table.Notes) == 0 {
			t.Errorf("%s: %d endpoints, %d of them write, %d notes", v, served, writes, len(table.Notes))
		}
	}
}

const small = "group,method,path,case,none,realm-admin,view-users,together\n"

func read(t *testing.T, text string) *Table {
	t.Helper()
	m := &Matrix{}
	if err := m.read("1.0.0", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	m.index()
	return m.tables[0]
}

// compare compares a table with one of the same version.
func compare(shipped, measured *Table) Comparison {
	m := &Matrix{tables: []*Table{shipped}}
	for _, r := range shipped.Rows {
		m.endpoints = append(m.endpoints, r.Endpoint)
	}
	return m.Compare(shipped.Version, measured)
}

// Between two measured versions that differ, what is as on either is no difference; where they agree, or beyond them, it is one, and it
// says how well that was known.
func TestCompareBetween(t *testing.T) {
	older := read(t, small+"g,GET,/admin/a,,403,200,200,\ng,GET,/admin/b,,403,200,200,\n")
	m := &Matrix{tables: []*Table{older}}
	for _, r := range older.Rows {
		m.endpoints = append(m.endpoints, r.Endpoint)
	}
	cells := func(a, b string) *Table {
		return read(t, small+"g,GET,/admin/a,,403,200,"+a+",\ng,GET,/admin/b,,403,200,"+b+",\n")
	}
	newer := cells("403", "200")
	newer.Version = "3.0.0"
	if err := m.add(newer); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		on, a, b string
		want     []string
	}{
		{"2.0.0", "200", "200", nil}, {"2.0.0", "403", "200", nil},
		{"2.0.0", "200 empty", "403", []string{"/admin/a: 200 / 403, is 200 empty, 2, [1.0.0 3.0.0]", "/admin/b: 200, is 403, 1, [1.0.0]"}},
		{"3.0.0", "200", "200", []string{"/admin/a: 403, is 200, 0, [3.0.0]"}},
		{"4.0.0", "200", "200", []string{"/admin/a: 403, is 200, 3, [3.0.0]"}},
	} {
		var got []string
		c := m.Compare(test.on, cells(test.a, test.b))
		for _, d := range c.Differences {
			got = append(got, fmt.Sprintf("%s: %s, is %s, %d, %v", d.Endpoint.Path, d.Shipped, d.Measured, d.How, d.On))
		}
		if !slices.Equal(got, test.want) || c.Exact != (test.on == "3.0.0") || len(c.With) != map[string]int{"2.0.0": 2, "3.0.0": 1, "4.0.0": 1}[test.on] {
			t.Errorf("%s: %q, with %v", test.on, got, c.With)
		}
	}
}

func TestCompare(t *testing.T) {
	shipped := read(t, small+"g,GET,/admin/a,,403,200,200 empty,\ng,GET,/admin/b,,403,200,200,\ng,GET,/admin/c,,403,200,403,x+y\ng,GET,/admin/d,,403,404,404,\n")
	measured := read(t, small+"g,GET,/admin/a,,403,200,200,\ng,GET,/admin/b,,501,501,501,\ng,GET,/admin/d,,403,404,404,\n")
	c := compare(shipped, measured)
	if d := c.Differences; len(d) != 1 || d[0].Endpoint != shipped.Rows[0].Endpoint || d[0].Role != "view-users" || d[0].Shipped != "200 empty" || d[0].Measured != "200" || d[0].How != version.Measured || !slices.Equal(d[0].On, []string{"1.0.0"}) {
		t.Errorf("differences %+v", c.Differences)
	}
	if len(c.NotServed) != 1 || c.NotServed[0].Path != "/admin/b" || len(c.NotMeasured) != 1 || c.NotMeasured[0].Path != "/admin/c" {
		t.Errorf("not served %v, not measured %v", c.NotServed, c.NotMeasured)
	}
	if c := compare(shipped, shipped); len(c.Differences)+len(c.NotServed)+len(c.NotMeasured) != 0 {
		t.Errorf("with itself: %+v", c)
	}
	other := read(t, strings.ReplaceAll(small, "view-users", "own-role")+"g,GET,/admin/a,,403,200,200,v+w\n")
	var roles []string
	for _, d := range compare(shipped, other).Differences {
		roles = append(roles, d.Role)
	}
	if !slices.Equal(roles, []string{"view-users", "own-role", "together"}) {
		t.Errorf("with other roles: %v", roles)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"", "a,b\n", small + "g,GET,/admin/a,,403,200\n", small + "g,GET,/admin/a,,403,ok,200,\n", small + "g,GET,/admin/a,,403,200 some,200,\n", small + "g,GET,/admin/a,,403,20,200,\n"} {
		if err := (&Matrix{}).read("1.0.0", strings.NewReader(text)); err == nil {
			t.Errorf("accepted: %q", text)
		}
	}
}
