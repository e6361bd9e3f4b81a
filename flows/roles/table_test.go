package roles

import (
	"slices"
	"strings"
	"testing"
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
			if r.None.Succeeds() && (!slices.Contains(open, v) || r.Endpoint.Path != "/admin/realms/{realm}/organizations/members/{member-id}/organizations") {
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

func TestCompare(t *testing.T) {
	shipped := read(t, small+"g,GET,/admin/a,,403,200,200 empty,\ng,GET,/admin/b,,403,200,200,\ng,GET,/admin/c,,403,200,403,x+y\ng,GET,/admin/d,,403,404,404,\n")
	measured := read(t, small+"g,GET,/admin/a,,403,200,200,\ng,GET,/admin/b,,501,501,501,\ng,GET,/admin/d,,403,404,404,\n")
	c := Compare(shipped, measured)
	if len(c.Differences) != 1 || c.Differences[0] != (Difference{shipped.Rows[0].Endpoint, "view-users", "200 empty", "200"}) {
		t.Errorf("differences %+v", c.Differences)
	}
	if len(c.NotServed) != 1 || c.NotServed[0].Path != "/admin/b" || len(c.NotMeasured) != 1 || c.NotMeasured[0].Path != "/admin/c" {
		t.Errorf("not served %v, not measured %v", c.NotServed, c.NotMeasured)
	}
	if c := Compare(shipped, shipped); len(c.Differences)+len(c.NotServed)+len(c.NotMeasured) != 0 {
		t.Errorf("with itself: %+v", c)
	}
	other := read(t, strings.ReplaceAll(small, "view-users", "own-role")+"g,GET,/admin/a,,403,200,200,v+w\n")
	var roles []string
	for _, d := range Compare(shipped, other).Differences {
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
