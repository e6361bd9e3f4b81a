package roles

import (
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/msg"
)

// Each cell that a trap rests on is as the trap says, in every version, and each trap is told somewhere.
func TestTrapsAreMeasured(t *testing.T) {
	m := Shipped()
	seen := map[string]bool{}
	for _, trap := range traps {
		if seen[trap.ID] || len(trap.Backed) == 0 {
			t.Errorf("%s: twice, or without a proof", trap.ID)
		}
		seen[trap.ID] = true
		for _, on := range trap.On {
			if !slices.ContainsFunc(m.Endpoints(), pattern(on).matches) {
				t.Errorf("%s: no endpoint %s", trap.ID, on)
			}
		}
		for _, p := range trap.Backed {
			versions := strings.Fields(p.Versions)
			if len(versions) == 0 {
				versions = m.Versions()
			}
			for _, v := range versions {
				prove(t, m, trap, p, v)
			}
		}
	}
}

func prove(t *testing.T, m *Matrix, trap Trap, p Proof, version string) {
	t.Helper()
	on, kind, _ := strings.Cut(p.On, " | ")
	table := m.Table(version)
	i := slices.IndexFunc(table.Rows, func(r Row) bool { return pattern(on).matches(r.Endpoint) && r.Endpoint.Case == kind })
	if i < 0 {
		t.Errorf("%s: %s has no row %s", trap.ID, version, p.On)
		return
	}
	row := &table.Rows[i]
	for _, role := range strings.Fields(p.Roles) {
		switch role {
		case "together":
			if !strings.Contains(" "+setsText(row.Together)+" ", " "+p.Cell+" ") {
				t.Errorf("%s: %s, %s: together %s", trap.ID, version, p.On, setsText(row.Together))
			}
		case "others":
			named := strings.Fields(p.Roles)
			for _, other := range trap.Backed {
				if other.On == p.On && (other.Versions == "" || strings.Contains(other.Versions, version)) {
					named = append(named, strings.Fields(other.Roles)...)
				}
			}
			for _, r := range minus(table.Roles, named) {
				if got := cellText(row, r); got != p.Cell {
					t.Errorf("%s: %s, %s, %s: %q, not %q", trap.ID, version, p.On, r, got, p.Cell)
				}
			}
		default:
			if got := cellText(row, role); got != p.Cell {
				t.Errorf("%s: %s, %s, %s: %q, not %q", trap.ID, version, p.On, role, got, p.Cell)
			}
		}
	}
}

func TestTrapsAreTold(t *testing.T) {
	for _, c := range []struct{ version, call, says string }{
		{"", "GET /admin/realms/r/users", "looks as if there were no users"},
		{"24.0.5", "GET /admin/realms/r/users/count", "0 on 24.0.5"},
		{"", "GET /admin/realms/r/users/1", "does not exist is 404 only"},
		{"", "GET /admin/realms/r/clients/1", "secrets of clients in the clear"},
		{"26.4.0", "POST /admin/realms/r/users/1/role-mappings/clients/2", "only an admin of the realm master"},
		{"", "GET /admin/realms/r", "reduced representation"},
		{"", "POST /admin/realms", "create-realm"},
		{"26.7.3", "GET /admin/realms/r/users/count", "Otherwise on 24.0.5: the smallest is view-users; with query-users it succeeds and shows less."},
		{"", "HEAD /admin/realms/r/users/1", "405"},
	} {
		a := find(t, c.version, c.call)
		if !slices.ContainsFunc(a.Traps, func(s msg.Message) bool { return strings.Contains(s.String(), c.says) }) {
			t.Errorf("%s on %q: %q", c.call, c.version, a.Traps)
		}
	}
	for _, s := range find(t, "26.7.3", "GET /admin/realms/r/clients/1/authz/resource-server").Traps {
		if strings.HasPrefix(s.String(), "On 26.4.0 view-authorization") {
			t.Errorf("told on the wrong version: %s", s)
		}
	}
}
