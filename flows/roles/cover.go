package roles

import (
	"slices"
	"sort"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// Cover is the smallest set of roles that gives each of several calls its whole answer.
type Cover struct {
	Roles   []string   // sorted
	Equal   [][]string // other sets that are as small
	Calls   []*Answer  // in the order asked for
	Opens   int        // endpoints of the matrix that the roles open, these among them
	Blocked []*Answer  // calls that no role of the realm allows
	// How and On say how well this is known of the version that was asked for, as in an [Answer]. With [version.Differing]
	// Other is what the next newer measured version takes, and Both the smallest set that suffices on the two.
	How   version.How
	On    string
	Other *Cover
	Both  []string
	// BothEqual are other sets that are as small as Both.
	BothEqual [][]string

	needs   [][][]string // of each call that takes a role, the sets that suffice
	besides [][][]string // what the calls take in addition
}

// Needed is the set that suffices, on the versions beside one that was not measured too where there is such a set.
func (c *Cover) Needed() []string {
	if c.Both != nil {
		return c.Both
	}
	return c.Roles
}

// Completing is a role without which no call of a cover is refused; these then show less.
type Completing struct {
	Role  string
	Calls []*Answer
}

// Sentence says so.
func (c Completing) Sentence() msg.Message {
	calls := make([]string, 0, len(c.Calls))
	for _, a := range c.Calls {
		calls = append(calls, a.Method+" "+a.Path)
	}
	return msg.New("Without %s no call is refused; this shows less: %s.", c.Role, texts.Commas(calls))
}

// Completing returns the roles of a cover that are there for whole responses alone.
func (m *Matrix) Completing(on string, c *Cover) (all []Completing) {
	for _, role := range c.Needed() {
		if slices.ContainsFunc(slices.Concat(c.besides...), func(set []string) bool { return slices.Contains(set, role) }) {
			continue
		}
		if less, refused := m.without(on, c, role); !refused && len(less) > 0 {
			all = append(all, Completing{role, less})
		}
	}
	return all
}

// without returns the calls of a cover that show less without a role, and whether one is refused.
func (m *Matrix) without(on string, c *Cover, role string) (less []*Answer, refused bool) {
	rest := minus(c.Needed(), []string{role})
	for _, a := range c.Calls {
		got := m.Allows(on, a.Endpoint, rest)
		if slices.ContainsFunc(got, func(v version.Value[Access]) bool { return !v.Value.Whole && !v.Value.Filtered }) {
			return nil, true
		}
		if slices.ContainsFunc(got, func(v version.Value[Access]) bool { return v.Value.Filtered }) {
			less = append(less, a)
		}
	}
	return less, false
}

// Cover finds the set of roles that gives every call its whole answer on a version: first one with the fewest roles that
// do more than view or query, then what opens least, then the fewest roles. It has realm-admin only where nothing else
// suffices for a call. Errors are a [*NotMeasuredError].
func (m *Matrix) Cover(on string, calls []Call) (Cover, error) { return m.CoverAmong(on, calls, nil) }

// CoverAmong is [Matrix.Cover] with no role but these, which a server has; nil is any that the version has. Besides are what the calls
// take in addition, by their bodies for example: of each one of its sets.
func (m *Matrix) CoverAmong(on string, calls []Call, among []string, besides ...[][]string) (Cover, error) {
	tables := m.tablesOf(on)
	cover, err := m.cover(tables[0].Value, on, calls, among, besides)
	if err != nil {
		return Cover{}, err
	}
	cover.How, cover.On = m.surest(cover.Calls), tables[0].Value.Version
	if cover.How != version.Differing {
		return cover, nil
	}
	var covers []Cover
	var needs [][][][]string
	for _, t := range tables {
		one, err := m.cover(t.Value, t.Value.Version, calls, among, besides)
		if err != nil {
			continue // this version lacks one of the calls
		}
		one.How, one.On = version.Differing, t.Value.Version
		covers, needs = append(covers, one), append(needs, one.needs)
	}
	switch {
	case len(covers) == 0:
		return cover, nil
	case len(covers) == 1:
	case slices.Equal(covers[0].Roles, covers[1].Roles) && len(covers[0].Blocked) == len(covers[1].Blocked):
		covers[0].How = version.Between
	default:
		covers[0].Other = &covers[1]
		if len(covers[0].Blocked)+len(covers[1].Blocked) == 0 {
			s := search{t: tables[1].Value, seen: map[string]bool{}, needs: slices.Concat(needs...)}
			s.try([]string{})
			if s.best != nil {
				covers[0].Both, covers[0].BothEqual = s.sets()
			}
		}
	}
	covers[0].Calls = cover.Calls
	return covers[0], nil
}

// surest returns how well the least known of several answers is known.
func (m *Matrix) surest(answers []*Answer) version.How {
	how := version.Measured
	for _, a := range answers {
		how = max(how, a.How)
	}
	if slices.ContainsFunc(answers, func(a *Answer) bool { return a.How == version.Differing }) {
		return version.Differing
	}
	return how
}

// cover finds the set for the roles of a table.
func (m *Matrix) cover(t *Table, on string, calls []Call, among []string, besides [][][]string) (Cover, error) {
	cover := Cover{Roles: []string{}, Calls: []*Answer{}, Blocked: []*Answer{}, besides: besides}
	s := search{t: t, seen: map[string]bool{}}
	there := func(options [][]string) [][]string {
		return sift.Out(options, func(o []string) bool { return len(minus(o, t.Roles)) > 0 || among != nil && len(minus(o, among)) > 0 })
	}
	for _, c := range calls {
		a, err := m.Find(on, c)
		if err != nil {
			return Cover{}, err
		}
		cover.Calls = append(cover.Calls, a)
		if m.Allows(on, a.Endpoint, nil)[0].Value.Whole { // even without a role
			continue
		}
		var options [][]string
		for _, role := range a.whole() {
			if role != RealmAdmin {
				options = append(options, []string{role})
			}
		}
		options = append(options, a.Together...)
		options = there(options)
		if len(options) == 0 && slices.Contains(a.whole(), RealmAdmin) {
			options = [][]string{{RealmAdmin}}
		}
		if len(options) == 0 {
			cover.Blocked = append(cover.Blocked, a)
			continue
		}
		s.needs = append(s.needs, options)
	}
	for _, options := range besides {
		least := sift.Out(there(slices.Clone(options)), func(o []string) bool { return len(options) > 1 && slices.Contains(o, RealmAdmin) })
		if len(least) > 0 {
			s.needs = append(s.needs, least)
		}
	}
	sort.SliceStable(s.needs, func(i, j int) bool { return len(s.needs[i]) < len(s.needs[j]) })
	cover.needs = s.needs
	s.try([]string{})
	if s.best != nil {
		cover.Roles, cover.Equal = s.sets()
	}
	for _, e := range m.endpoints {
		row := t.at[e]
		if row == nil || e.Case != "" {
			continue // another row of a call that is counted
		}
		if (known{t, row}).access(cover.Roles).In() {
			cover.Opens++
		}
	}
	return cover, nil
}

// search tries, for the first need that is not met yet, each of its options.
type search struct {
	t     *Table
	needs [][][]string
	best  [][]string // as small as each other
	cost  [3]int
	seen  map[string]bool
}

// sets returns the sets that were found, sorted. One with realm-admin, which is all roles, is that alone.
func (s *search) sets() (first []string, others [][]string) {
	for i, set := range s.best {
		if slices.Contains(set, RealmAdmin) {
			s.best[i] = []string{RealmAdmin}
		}
	}
	sort.Slice(s.best, func(i, j int) bool { return slices.Compare(s.best[i], s.best[j]) < 0 })
	s.best = slices.CompactFunc(s.best, slices.Equal)
	return s.best[0], s.best[1:]
}

// price is what makes one set of roles smaller than another: it only grows with the set.
func (s *search) price(held []string) [3]int {
	acting := 0
	for _, r := range held {
		if !Reads(r) {
			acting++
		}
	}
	return [3]int{acting, s.t.opened(held).size(), len(held)}
}

func (s *search) try(held []string) {
	key := strings.Join(held, "+")
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	price := s.price(held)
	if s.best != nil && slices.Compare(price[:], s.cost[:]) > 0 {
		return
	}
	i := slices.IndexFunc(s.needs, func(options [][]string) bool {
		return !slices.ContainsFunc(options, func(o []string) bool { return len(minus(o, held)) == 0 })
	})
	if i < 0 {
		if s.best != nil && price != s.cost {
			s.best = nil
		}
		s.best, s.cost = append(s.best, held), price
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
