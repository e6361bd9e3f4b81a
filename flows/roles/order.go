package roles

import (
	"math/bits"
	"slices"
	"strings"
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

// order finds out what each role of a version opens.
func (m *Matrix) order(t *Table) {
	empty := make(set, (2*len(m.endpoints)+63)/64)
	t.marks, t.query = map[string]set{}, slices.Clone(empty)
	for _, role := range t.Roles {
		t.marks[role] = slices.Clone(empty)
	}
	for i, e := range m.endpoints {
		row := t.at[e]
		if row == nil || e.Case != "" {
			continue
		}
		for role, cell := range row.Cells {
			if cell.Succeeds() {
				t.marks[role].add(2 * i)
			}
			if cell.Whole() {
				t.marks[role].add(2*i + 1)
			}
		}
	}
	for _, role := range t.Roles {
		if s := t.marks[role]; strings.HasPrefix(role, "query-") {
			t.query = t.query.union(s)
		}
	}
}

// smaller reports whether role a is smaller than b: what a opens is a proper subset of what b opens. What a query- role
// opens does not count at first: each view- role brings query- roles with it and the manage- roles do not, so that
// view-users would otherwise not be smaller than manage-users. It decides between roles that are equal but for it.
func (t *Table) smaller(a, b string) bool {
	coreA, coreB := t.marks[a].without(t.query), t.marks[b].without(t.query)
	if coreA.within(coreB) && coreB.within(coreA) {
		return t.marks[a].below(t.marks[b])
	}
	return coreA.within(coreB)
}

// opened is what a set of roles opens, together sets left out.
func (t *Table) opened(roles []string) set {
	var s set
	for _, r := range roles {
		if s == nil {
			s = t.marks[r]
		} else {
			s = s.union(t.marks[r])
		}
	}
	return s
}
