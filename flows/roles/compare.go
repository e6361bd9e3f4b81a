package roles

import (
	"maps"
	"slices"
	"strings"

	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// Comparison is how a measured table differs from what is known of its version.
type Comparison struct {
	With        []string // the measured versions that it is compared with: its own, or those beside it
	Exact       bool     // it is its own
	Differences []Difference
	NotServed   []*Endpoint // known; the measured server has no such endpoint
	NotMeasured []*Endpoint // known; could not be measured
}

// Difference is a cell that is not as known.
type Difference struct {
	Endpoint *Endpoint
	Role     string // or none; for Together "together"
	// Shipped and Measured are cells, or sets of roles; "" for a role that is not there. Of two versions that differ Shipped has both.
	Shipped, Measured string
	How               version.How // how well the row is known of the version
	On                []string    // where it was measured
}

// Compare compares what was measured on a version with what is known of that version, row by row: where that was measured, or where two
// measured versions beside it agree, with that; where these differ it differs only from both.
func (m *Matrix) Compare(on string, measured *Table) Comparison {
	c := Comparison{}
	tables := version.Facts[*Table]{}
	for _, t := range m.tables {
		tables = tables.Measured(t, t.Version)
	}
	for _, v := range tables.At(version.Of(on), func(*Table, *Table) bool { return false }) {
		c.With = append(c.With, v.Value.Version)
		c.Exact = v.How == version.Measured
	}
	rows := map[string]*Row{}
	for i := range measured.Rows {
		rows[measured.Rows[i].Endpoint.String()] = &measured.Rows[i]
	}
	for _, e := range m.endpoints {
		facts := version.Facts[*Row]{}
		for _, t := range m.tables {
			if row := t.at[e]; row != nil {
				facts = facts.Measured(row, t.Version)
			}
		}
		values := facts.At(version.Of(on), equalRows)
		served := sift.Out(values, func(v version.Value[*Row]) bool { return !v.Value.Served() })
		is := rows[e.String()]
		switch {
		case c.Exact && values[0].How != version.Measured: // a row that was not among those measured on the version
		case is == nil && e.featured(): // a server that has it switched off
		case is == nil:
			c.NotMeasured = append(c.NotMeasured, e)
		case !is.Served():
			if len(served) == len(values) {
				c.NotServed = append(c.NotServed, e)
			}
		default:
			c.compare(e, values, is)
		}
	}
	return c
}

func (c *Comparison) compare(e *Endpoint, known []version.Value[*Row], measured *Row) {
	var names, on []string
	for _, k := range known {
		names = append(names, minus(k.Value.roleNames(), names)...)
		on = append(on, k.On.String())
	}
	names = append(names, minus(measured.roleNames(), names)...)
	for _, role := range slices.Concat([]string{None}, names, []string{togetherColumn}) {
		var was []string
		is := cellText(measured, role)
		for _, k := range known {
			if text := cellText(k.Value, role); !slices.Contains(was, text) {
				was = append(was, text)
			}
		}
		if !slices.Contains(was, is) {
			c.Differences = append(c.Differences, Difference{e, role, strings.Join(was, " / "), is, known[0].How, on})
		}
	}
}

// togetherColumn is the name of the sets of roles in a [Difference].
const togetherColumn = "together"

func (r *Row) roleNames() []string { return slices.Sorted(maps.Keys(r.Cells)) }

func equalRows(a, b *Row) bool {
	for _, role := range slices.Concat([]string{None, togetherColumn}, a.roleNames(), b.roleNames()) {
		if cellText(a, role) != cellText(b, role) {
			return false
		}
	}
	return true
}

func cellText(r *Row, role string) string {
	switch role {
	case None:
		return r.None.String()
	case togetherColumn:
		return setsText(r.Together)
	}
	if c, found := r.Cells[role]; found {
		return c.String()
	}
	return ""
}
