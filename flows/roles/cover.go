package roles

import (
	"slices"
	"strings"
)

// Cover is the smallest set of roles that gives each of several calls its whole answer.
type Cover struct {
	Roles   []string // sorted
	Calls   []Answer // in the order asked for
	Opens   int      // endpoints of the matrix that the roles open, these among them
	Blocked []Answer // calls that no role of the realm allows
}

// Cover finds the set of roles that gives every call its whole answer: what opens least, then the fewest roles, then by
// name. It has realm-admin only where nothing else suffices for a call. Errors are a [*NotMeasuredError].
func (m *Matrix) Cover(version string, calls []Call) (Cover, error) {
	t := m.table(version)
	cover := Cover{Roles: []string{}, Calls: []Answer{}, Blocked: []Answer{}}
	s := search{t: t, seen: map[string]bool{}}
	for _, c := range calls {
		a, err := m.Find(version, c)
		if err != nil {
			return Cover{}, err
		}
		cover.Calls = append(cover.Calls, a)
		if whole, _ := m.Allows(version, a.Endpoint, nil); whole { // even without a role
			continue
		}
		var options [][]string
		for _, role := range a.whole() {
			if role != RealmAdmin {
				options = append(options, []string{role})
			}
		}
		options = append(options, a.Together...)
		if len(options) == 0 && slices.Contains(a.whole(), RealmAdmin) {
			options = [][]string{{RealmAdmin}}
		}
		if len(options) == 0 {
			cover.Blocked = append(cover.Blocked, a)
			continue
		}
		s.needs = append(s.needs, options)
	}
	slices.SortStableFunc(s.needs, func(a, b [][]string) int { return len(a) - len(b) })
	s.try([]string{})
	if s.best != nil {
		cover.Roles = s.best
	}
	for _, e := range m.endpoints {
		if e.Case != "" {
			continue // another row of a call that is counted
		}
		if whole, filtered := m.Allows(version, e, cover.Roles); whole || filtered {
			cover.Opens++
		}
	}
	return cover, nil
}

// search tries, for the first need that is not met yet, each of its options.
type search struct {
	t     *Table
	needs [][][]string
	best  []string
	cost  int
	seen  map[string]bool
}

func (s *search) try(held []string) {
	key := strings.Join(held, "+")
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	cost := s.t.opened(held).size()
	if s.best != nil && (cost > s.cost || cost == s.cost && len(held) > len(s.best)) {
		return
	}
	i := slices.IndexFunc(s.needs, func(options [][]string) bool {
		return !slices.ContainsFunc(options, func(o []string) bool { return len(minus(o, held)) == 0 })
	})
	if i < 0 {
		if s.best == nil || cost < s.cost || len(held) < len(s.best) || len(held) == len(s.best) && slices.Compare(held, s.best) < 0 {
			s.best, s.cost = held, cost
		}
		return
	}
	for _, o := range s.needs[i] {
		next := append(slices.Clone(held), minus(o, held)...)
		slices.Sort(next)
		s.try(next)
	}
}

// Smallest returns the smallest roles that open calls, written as in the matrix, on a version.
func Smallest(version string, calls []string) ([]string, error) {
	var parsed []Call
	for _, text := range calls {
		c, err := ParseCall(text)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, c)
	}
	cover, err := Shipped().Cover(version, parsed)
	return cover.Roles, err
}
