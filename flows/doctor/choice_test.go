package doctor

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"fix403/flows/doctor/given"
	"fix403/flows/doctor/rights"
	"fix403/flows/roles"
)

// withTwin returns the shipped matrix, in which another role opens just what one opens: no measured version has such a pair.
func withTwin(t *testing.T, of, twin string) *roles.Matrix {
	t.Helper()
	newest := roles.Versions()[len(roles.Versions())-1]
	table := *roles.Shipped().Table(newest)
	table.Rows = slices.Clone(table.Rows)
	for i := range table.Rows {
		table.Rows[i].Cells = maps.Clone(table.Rows[i].Cells)
		table.Rows[i].Cells[twin] = table.Rows[i].Cells[of]
	}
	m, err := roles.ShippedWith(&table)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// diagnose returns a diagnosis by a matrix of its own.
func diagnose(t *testing.T, o given.Options, m *roles.Matrix) *Doctor {
	t.Helper()
	doc, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if m != nil {
		doc.Matrix = m
	}
	if _, err := doc.Diagnose(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestEqualRolesAreAskedAbout makes sure that nothing is chosen between two sets of roles that are as small: both are named, and a fix
// grants the one that a person chose.
func TestEqualRolesAreAskedAbout(t *testing.T) {
	o := firstCall(t)
	const twin = "view-events"
	doc := diagnose(t, o, withTwin(t, "view-users", twin))
	d := doc.Last()
	if want := [][]string{{"view-users"}}; d.Verdict != rights.RoleMissing || !slices.Equal(d.SmallestRoles, []string{twin}) || !slices.EqualFunc(d.Equal, want, slices.Equal) {
		t.Fatalf("%s: smallest %v, equal %v", d.Verdict, d.SmallestRoles, d.Equal)
	}
	if says := d.Summary.String(); !strings.Contains(says, twin+" or view-users") || !strings.Contains(says, "has not chosen") {
		t.Errorf("the summary does not name both: %s", says)
	}
	for name, err := range map[string]error{"Fix": doc.Fix(t.Context()), "--yes": doc.ChooseFor(false), "--yes --allow-powerful": doc.ChooseFor(true)} {
		if err == nil || !strings.Contains(err.Error(), twin+" or view-users") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if made, _ := doc.Undoable(); len(made) > 0 {
		t.Fatalf("it was granted unasked: %v", made)
	}
	doc.Choose(doc.Choices()[1])
	if len(doc.Choices()) > 0 {
		t.Error("it still asks")
	}
	if err := doc.Fix(t.Context()); err != nil || !d.After.Worked || !slices.Contains(d.After.Roles, "view-users") || slices.Contains(d.After.Roles, twin) {
		t.Errorf("after the choice: %v, %+v", err, d.After)
	}
}

// TestLessIsOfferedBeforePower makes sure that a role with which the answer has fewer fields comes before a powerful one with the whole.
func TestLessIsOfferedBeforePower(t *testing.T) {
	o := firstCall(t)
	o.Path = "/admin/serverinfo"
	for _, tt := range []struct {
		powerful bool
		granted  string
	}{{false, "query-realms"}, {true, "manage-realm"}} {
		doc := diagnose(t, o, nil)
		d := doc.Last()
		if !slices.Equal(d.SmallestRoles, []string{"manage-realm"}) || !slices.Equal(d.Lesser, []string{"query-realms"}) {
			t.Fatalf("smallest %v, lesser %v", d.SmallestRoles, d.Lesser)
		}
		says := d.Summary.String()
		if less, power := strings.Index(says, "query-realms"), strings.Index(says, "manage-realm"); less < 0 || power < less {
			t.Errorf("the powerful role comes first: %s", says)
		}
		if script := strings.Join(d.Fix.Curl, "\n"); strings.Contains(script, "manage-realm") || !strings.Contains(script, "query-realms") {
			t.Errorf("the script grants the powerful role: %s", script)
		}
		if err := doc.ChooseFor(tt.powerful); err != nil {
			t.Fatal(err)
		}
		if tt.powerful {
			doc.AllowPowerful()
		}
		if err := doc.Fix(t.Context()); err != nil || !d.After.Worked || !slices.Equal(d.After.Roles, []string{tt.granted}) {
			t.Errorf("powerful roles allowed %t: %v, %+v", tt.powerful, err, d.After)
		}
		if _, err := doc.Undo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	o.Path = "/admin/realms/" + o.Realm
	d := diagnose(t, o, nil).Last()
	if !slices.Equal(d.SmallestRoles, []string{"view-realm"}) || d.Lesser != nil || !strings.Contains(d.Summary.String(), "so is query-realms") {
		t.Errorf("the realm: smallest %v, lesser %v: %s", d.SmallestRoles, d.Lesser, d.Summary)
	}
}
