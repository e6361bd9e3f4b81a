package roles

import (
	"slices"
	"testing"

	"fix403/keycloak/version"
)

// What was just measured is the answer for its version, whether that was measured before, is documented, or is not known.
func TestShippedWith(t *testing.T) {
	newest := Shipped().newest()
	call, err := ParseCall("GET /admin/realms/r/clients")
	if err != nil {
		t.Fatal(err)
	}
	e, err := Shipped().Match(call)
	if err != nil {
		t.Fatal(err)
	}
	row := Row{Endpoint: &Endpoint{Method: e.Method, Path: e.Path, Group: e.Group}, None: refusedCell, Cells: map[string]Cell{}}
	for _, r := range newest.Roles {
		row.Cells[r] = refusedCell
	}
	row.Cells["view-events"], row.Cells[RealmAdmin] = Cell{Status: 200}, Cell{Status: 200}
	for _, on := range []string{newest.Version, "26.8.2", "99.0.0", ""} {
		m, err := ShippedWith(&Table{Version: on, Roles: newest.Roles, Rows: []Row{row}})
		if err != nil {
			t.Fatal(err)
		}
		a, err := m.Find(on, call)
		if err != nil || !slices.Equal(a.Smallest, []string{"view-events"}) || a.How != version.Measured {
			t.Errorf("%q: %+v, %v", on, a, err)
		}
	}
	if a, err := Shipped().Find("", call); err != nil || slices.Equal(a.Smallest, []string{"view-events"}) {
		t.Errorf("the program's own matrix changed: %+v, %v", a, err)
	}
}
