package roles

import (
	"math/bits"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// set is a set of marks: for each endpoint one that a role gets any success from it, and one that it gets the whole.
type set []uint64

func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s set) union(o set) set {
	u := slices.Clone(s)
	for i := range o {
		u[i] |= o[i]
	}
	return u
}

func (s set) without(o set) set {
	u := slices.Clone(s)
	for i := range o {
		u[i] &^= o[i]
	}
	return u
}

func (s set) within(o set) bool {
	for i := range s {
		if s[i]&^o[i] != 0 {
			return false
		}
	}
	return true
}

func (s set) size() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s set) below(o set) bool { return s.within(o) && !o.within(s) }

// order is what each role of a version opens, and which roles are smaller than which.
type order struct {
	marks map[string]set
	query set
	below []bool // by the places of two roles
}

// newOrder finds out what each role of a version opens.
func (m *Matrix) newOrder(t *Table) *order {
	empty := make(set, (2*len(m.endpoints)+63)/64)
	o := &order{map[string]set{}, slices.Clone(empty), make([]bool, len(t.Roles)*len(t.Roles))}
	for _, role := range t.Roles {
		o.marks[role] = slices.Clone(empty)
	}
	for i, e := range m.endpoints {
		row := t.at[e]
		if row == nil || e.Case != "" {
			continue
		}
		for role, cell := range row.Cells {
			if cell.Succeeds() {
				o.marks[role].add(2 * i)
			}
			if cell.Whole() {
				o.marks[role].add(2*i + 1)
			}
		}
	}
	for _, role := range t.Roles {
		if s := o.marks[role]; strings.HasPrefix(role, "query-") {
			o.query = o.query.union(s)
		}
	}
	for i, a := range t.Roles {
		for j, b := range t.Roles {
			o.below[i*len(t.Roles)+j] = o.smaller(a, b)
		}
	}
	return o
}

// smaller reports whether role a is smaller than b: what a opens is a proper subset of what b opens. What a query- role
// opens does not count at first: each view- role brings query- roles with it and the manage- roles do not, so that
// view-users would otherwise not be smaller than manage-users. It decides between roles that are equal but for it.
func (o *order) smaller(a, b string) bool {
	coreA, coreB := o.marks[a].without(o.query), o.marks[b].without(o.query)
	if coreA.within(coreB) && coreB.within(coreA) {
		return o.marks[a].below(o.marks[b])
	}
	return coreA.within(coreB)
}

func (t *Table) smaller(a, b string) bool {
	return t.order().below[slices.Index(t.Roles, a)*len(t.Roles)+slices.Index(t.Roles, b)]
}

// Reads reports whether a role of realm-management only views or queries.
func Reads(role string) bool {
	return strings.HasPrefix(role, "view-") || strings.HasPrefix(role, "query-")
}

// least returns the smallest of the roles: those that only view or query first, and of these, or else of all, those than which none is smaller.
func (t *Table) least(roles []string) []string {
	among := sift.Out(roles, func(r string) bool { return !Reads(r) })
	if len(among) == 0 {
		among = roles
	}
	if len(among) < 2 { // most calls: what each role opens need not be known
		return slices.Clone(among)
	}
	return sift.Out(among, func(r string) bool {
		return slices.ContainsFunc(among, func(o string) bool { return t.smaller(o, r) })
	})
}

// opened is what a set of roles opens, together sets left out.
func (t *Table) opened(roles []string) set {
	var s set
	for _, r := range roles {
		if s == nil {
			s = t.order().marks[r]
		} else {
			s = s.union(t.order().marks[r])
		}
	}
	return s
}
