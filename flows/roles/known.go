package roles

import (
	"slices"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// Unknown is the version of a server that does not tell its version.
const Unknown = "unknown"

// known is what is known of an endpoint on one version: a row, and the table whose roles it has.
type known struct {
	t   *Table
	row *Row
}

// absent reports whether the version has no such endpoint.
func (k known) absent() bool { return !k.row.Served() }

func (k known) answer() *Answer { return k.t.answer(k.row) }

// same reports whether two versions answer a call in the same way.
func (k known) same(o known) bool {
	if k.absent() || o.absent() {
		return k.absent() && o.absent()
	}
	return same(k.answer(), o.answer())
}

// factsOf returns what was measured of an endpoint, and what is documented of later versions.
func (m *Matrix) factsOf(e *Endpoint) version.Facts[known] {
	var f version.Facts[known]
	for _, t := range m.tables {
		if row := t.at[e]; row != nil {
			f = f.Measured(known{t, row}, t.Version)
		}
	}
	return m.documented(e, f)
}

// versionOf returns the version that is asked for; "" is the newest that was measured.
func (m *Matrix) versionOf(on string) version.Version {
	if on == "" {
		return version.Of(m.newest().Version)
	}
	return version.Of(on)
}

func (m *Matrix) at(on string, e *Endpoint, same func(a, b known) bool) []version.Value[known] {
	return e.facts().At(m.versionOf(on), same)
}

// tables returns the table of a version; of one that was not measured those of the measured versions beside it.
func (m *Matrix) tablesOf(on string) []version.Value[*Table] {
	var f version.Facts[*Table]
	for _, t := range m.tables {
		f = f.Measured(t, t.Version)
	}
	return f.At(m.versionOf(on), func(*Table, *Table) bool { return false })
}

// Table returns what was measured on a version; of one that was not measured, on the newest one before it that was, or
// else on the oldest.
func (m *Matrix) Table(on string) *Table { return m.tablesOf(on)[0].Value }

// Measured reports whether a version was measured. "" is the newest one that was.
func (m *Matrix) Measured(on string) bool { return m.tablesOf(on)[0].How == version.Measured }

// Roles returns the roles of realm-management on a version, sorted. Of one that was not measured they are those of the
// measured versions beside it.
func (m *Matrix) Roles(on string) []string {
	var names []string
	for _, v := range m.tablesOf(on) {
		names = append(names, minus(v.Value.Roles, names)...)
	}
	slices.Sort(names)
	return names
}

// Access is what roles, held together, get from an endpoint.
type Access struct {
	Whole    bool // the whole answer
	Filtered bool // a success that shows less
}

// In reports whether the call is let through.
func (a Access) In() bool { return a.Whole || a.Filtered }

func (k known) access(held []string) Access {
	row := k.row
	whole, filtered := row.None.Whole(), row.None.Succeeds() && row.None.Less
	for _, role := range held {
		c := row.Cells[role]
		whole, filtered = whole || c.Whole(), filtered || c.Succeeds() && c.Less
	}
	for _, set := range row.Together {
		whole = whole || len(minus(set, held)) == 0
	}
	return Access{whole, filtered && !whole}
}

// Allows returns what roles of realm-management, held together, get from an endpoint on a version, and how well that is
// known: one value, or with [version.Differing] two. Roles within composites are to be listed, too.
func (m *Matrix) Allows(on string, e *Endpoint, held []string) []version.Value[Access] {
	values := m.at(on, e, func(a, b known) bool { return a.access(held) == b.access(held) })
	out := make([]version.Value[Access], 0, len(values))
	for _, v := range values {
		out = append(out, version.Value[Access]{Value: v.Value.access(held), On: v.On, How: v.How})
	}
	return out
}

// heads reports whether HEAD is answered as GET; else it is 405 (docs/FACTS.md, section 4).
var heads = version.Facts[bool]{}.Measured(false, "24.0.5").Measured(true, "26.4.0 26.7.3 26.7.4")

// headSays returns how HEAD is answered on a version, as well as that is known.
func (m *Matrix) headSays(on string) []msg.Message {
	var says []msg.Message
	for _, v := range heads.At(m.versionOf(on), version.Equal) {
		if v.Value {
			says = append(says, msg.New("HEAD is answered as GET (measured on %s).", v.On))
		} else {
			says = append(says, msg.New("HEAD is answered with 405 (measured on %s).", v.On))
		}
	}
	return says
}
