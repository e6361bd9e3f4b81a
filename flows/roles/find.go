package roles

import (
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// Answer is which roles open a call. Its lists are sorted and never nil.
type Answer struct {
	Endpoint *Endpoint
	Method   string // of the call
	Path     string // of the endpoint
	// Smallest and Also are the single roles that give the whole answer: the minimal ones, and the rest. A role is
	// smaller than another if what it opens in the matrix is a proper subset of what that opens.
	Smallest, Also []string
	Filtered       []string   // roles with which the call succeeds, but shows less
	Together       [][]string // sets of roles with the whole answer, where no single role but realm-admin has it; what opens least first
	Traps          []msg.Message
	MeasuredOn     []string // the versions for which exactly this holds, the oldest first
}

// Find tells which roles open a call on the measured version nearest to version ("" is the newest). The error is a
// [*NotMeasuredError].
func (m *Matrix) Find(version string, c Call) (Answer, error) {
	e, err := m.Match(c)
	if err != nil {
		return Answer{}, err
	}
	a, err := m.Answer(version, e)
	if err != nil {
		return Answer{}, err
	}
	if c.Method != e.Method { // HEAD
		a.Method = c.Method
		a.Traps = append(a.Traps, msg.New("HEAD is answered as GET on 26.4.0 and 26.7.3; 24.0.5 answers 405 to it."))
	}
	return a, nil
}

// Answer tells which roles open an endpoint, as [Matrix.Find] does.
func (m *Matrix) Answer(version string, e *Endpoint) (Answer, error) {
	t := m.table(version)
	row := t.at[e]
	if row == nil {
		return Answer{}, &NotMeasuredError{
			msg.New("Nobody measured %s on %s.", e, t.Version), msg.New("It was measured on %s.", strings.Join(m.measured(e), ", ")),
		}
	}
	if !row.Served() {
		a := &NotMeasuredError{msg.New("%s has no endpoint %s: it answers %d to realm-admin, too.", t.Version, e, row.Cells[RealmAdmin].Status), msg.Message{}}
		if on := m.measured(e); len(on) > 0 {
			a.Hint = msg.New("It was measured on %s.", strings.Join(on, ", "))
		}
		return Answer{}, a
	}
	a := t.answer(row)
	for _, other := range m.tables {
		if r := other.at[e]; r != nil && r.Served() && same(other.answer(r), a) {
			a.MeasuredOn = append(a.MeasuredOn, other.Version)
		}
	}
	a.Traps = append(a.Traps, m.traps(t, row)...)
	a.Traps = append(a.Traps, m.differences(e, a)...)
	return a, nil
}

// measured returns the versions that have the endpoint.
func (m *Matrix) measured(e *Endpoint) []string {
	var v []string
	for _, t := range m.tables {
		if r := t.at[e]; r != nil && r.Served() {
			v = append(v, t.Version)
		}
	}
	return v
}

func (t *Table) answer(row *Row) Answer {
	a := Answer{
		Endpoint: row.Endpoint, Method: row.Endpoint.Method, Path: row.Endpoint.Path,
		Smallest: []string{}, Also: []string{}, Filtered: []string{}, Together: [][]string{}, Traps: []msg.Message{}, MeasuredOn: []string{},
	}
	var whole []string
	for _, role := range t.Roles {
		switch c := row.Cells[role]; {
		case c.Whole():
			whole = append(whole, role)
		case c.Succeeds():
			a.Filtered = append(a.Filtered, role)
		}
	}
	for _, role := range whole {
		if slices.ContainsFunc(whole, func(o string) bool { return t.smaller(o, role) }) {
			a.Also = append(a.Also, role)
		} else {
			a.Smallest = append(a.Smallest, role)
		}
	}
	a.Together = append(a.Together, row.Together...)
	slices.SortStableFunc(a.Together, func(x, y []string) int { return t.opened(x).size() - t.opened(y).size() })
	return a
}

// same compares the lists of two answers for one endpoint.
func same(a, b Answer) bool {
	return slices.Equal(a.Smallest, b.Smallest) && slices.Equal(a.Also, b.Also) && slices.Equal(a.Filtered, b.Filtered) &&
		slices.EqualFunc(a.Together, b.Together, slices.Equal)
}

// differences are sentences on how other versions answer.
func (m *Matrix) differences(e *Endpoint, here Answer) []msg.Message {
	var all []msg.Message
	versions := map[string][]any{} // by the difference, in English
	for _, other := range m.tables {
		row := other.at[e]
		if row == nil || slices.Contains(here.MeasuredOn, other.Version) {
			continue
		}
		text := msg.New("there is no such endpoint")
		if row.Served() {
			text = difference(other.answer(row), here, other.Roles)
		}
		english := text.String()
		if versions[english] == nil {
			all = append(all, text)
		}
		versions[english] = append(versions[english], other.Version)
	}
	for i, text := range all {
		all[i] = msg.New("Otherwise on %s: %s.", msg.Join(" and ", versions[text.String()]...), text)
	}
	return all
}

// difference is how another version answers, which has the given roles.
func difference(there, here Answer, known []string) msg.Message {
	var parts []msg.Message
	add := func(text texts.Text, names []string) {
		if len(names) > 0 {
			parts = append(parts, msg.New(text, shortened(names)))
		}
	}
	refused := func(names []string) []string {
		gone := minus(names, slices.Concat(there.whole(), there.Filtered))
		return slices.DeleteFunc(gone, func(r string) bool { return !slices.Contains(known, r) })
	}
	switch {
	case len(there.Smallest) == 0:
		return msg.New("no role of the realm allows it")
	case len(there.Together) > 0 && len(here.Together) == 0:
		add("it takes realm-admin, or %s", []string{strings.Join(there.Together[0], " + ")})
	case !slices.Equal(there.Smallest, here.Smallest):
		add("the smallest is %s", there.Smallest)
	default:
		add("the whole answer comes also with %s", minus(there.whole(), here.whole()))
		add("%s is refused", refused(here.whole()))
	}
	add("with %s it succeeds and shows less", minus(there.Filtered, here.Filtered))
	add("%s is refused", refused(here.Filtered))
	if len(parts) == 0 {
		add("there is no role %s", minus(slices.Concat(here.whole(), here.Filtered), known))
	}
	if len(parts) == 0 {
		return msg.New("other sets of roles give the whole answer")
	}
	return msg.List("; ", parts...)
}

// shortened joins names as [Or] does, and counts the last ones of a long list.
func shortened(names []string) msg.Message {
	const most = 5
	if len(names) <= most {
		return Or(names)
	}
	return or(names[:most-1], msg.New("%d more", len(names)-most+1))
}

func (a Answer) whole() []string {
	return slices.Sorted(slices.Values(append(slices.Clone(a.Smallest), a.Also...)))
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// Or joins names: a, b or c.
func Or(names []string) msg.Message {
	if len(names) < 2 {
		return msg.Verbatim(strings.Join(names, ""))
	}
	return or(names[:len(names)-1], msg.Verbatim(names[len(names)-1]))
}

func or(names []string, last msg.Message) msg.Message {
	return msg.New("%s or %s", strings.Join(names, ", "), last)
}

// Allows tells what roles of realm-management, held together, get from an endpoint: the whole answer, or a success that
// shows less. Roles within composites are to be listed, too.
func (m *Matrix) Allows(version string, e *Endpoint, held []string) (whole, filtered bool) {
	row := m.table(version).at[e]
	if row == nil {
		return false, false
	}
	whole, filtered = row.None.Whole(), row.None.Succeeds() && row.None.Less
	for _, role := range held {
		c := row.Cells[role]
		whole, filtered = whole || c.Whole(), filtered || c.Succeeds() && c.Less
	}
	for _, set := range row.Together {
		whole = whole || len(minus(set, held)) == 0
	}
	return whole, filtered && !whole
}

// Opened is an endpoint that a role opens.
type Opened struct {
	Endpoint *Endpoint
	Filtered bool // its answer shows less than realm-admin sees
}

// Opens lists what a role alone opens, by group, path and method; nothing for a role that the version does not have.
func (m *Matrix) Opens(version, role string) []Opened {
	t := m.table(version)
	opens := []Opened{}
	for _, e := range m.endpoints {
		if row := t.at[e]; row != nil && e.Case == "" && row.Cells[role].Succeeds() {
			opens = append(opens, Opened{e, row.Cells[role].Less})
		}
	}
	return opens
}
