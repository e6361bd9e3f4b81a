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

// Answer is which roles open a call. Its lists are sorted and never nil.
type Answer struct {
	Endpoint *Endpoint
	Method   string // of the call
	Path     string // of the endpoint
	// Smallest and Also are the single roles that give the whole answer: the least, and the rest. The least are those that
	// only view or query, where there are such, and of these the minimal ones: a role is smaller than another if what it
	// opens in the matrix is a proper subset of what that opens.
	Smallest, Also []string
	Filtered       []string   // roles with which the call succeeds, but shows less
	Reduced        []string   // those of Filtered whose answer is there, and lacks fields
	Together       [][]string // sets of roles with the whole answer, where no single role but realm-admin has it; what opens least first
	Traps          []msg.Message
	MeasuredOn     []string // the versions for which exactly this holds, the oldest first
	// How says how well this is known of the version that was asked for, and On on which version it was measured, or since
	// when it is documented. With [version.Differing] Other is what the next newer measured version answers.
	How   version.How
	On    string
	Other *Answer
	Until string // with [version.Between], the measured version behind the one asked for
	For   string // the version that was asked for
	// Absent reports that the version has no such endpoint: of an Other alone.
	Absent bool
}

// Find tells which roles open a call on a version ("" is the newest measured one), as well as that is known. The error is
// a [*NotMeasuredError].
func (m *Matrix) Find(on string, c Call) (*Answer, error) {
	e, err := m.Match(c)
	if err != nil {
		return nil, err
	}
	a, err := m.Answer(on, e)
	if err != nil {
		return nil, err
	}
	if c.Method != e.Method { // HEAD
		head := *a
		head.Method = c.Method
		head.Traps = append(head.Traps, m.headSays(on)...)
		return &head, nil
	}
	return a, nil
}

// Answer tells which roles open an endpoint, as [Matrix.Find] does. The answer is shared by all who ask: it is not changed.
func (m *Matrix) Answer(on string, e *Endpoint) (*Answer, error) {
	if known, ok := m.answers.Load(asked{on, e}); ok {
		return known.(*Answer), nil
	}
	a, err := m.find(on, e)
	if err != nil {
		return nil, err
	}
	a.Traps = slices.Clip(a.Traps)
	m.answers.Store(asked{on, e}, a)
	return a, nil
}

// asked is a question to [Matrix.Answer].
type asked struct {
	on string
	e  *Endpoint
}

func (m *Matrix) find(on string, e *Endpoint) (*Answer, error) {
	values := m.at(on, e, known.same)
	if len(values) == 0 {
		return nil, &NotMeasuredError{Message: msg.New("%s was not measured.", e)}
	}
	var answers []*Answer
	for _, v := range values {
		a := &Answer{Endpoint: e, Absent: true}
		if !v.Value.absent() {
			a = v.Value.answer()
		}
		a.How, a.On, a.For = v.How, v.On.String(), m.versionOf(on).String()
		answers = append(answers, a)
	}
	if answers[0].Absent && len(answers) > 1 {
		slices.Reverse(answers)
	}
	a := answers[0]
	if a.Absent {
		return nil, m.notServed(on, e, values[0])
	}
	if len(answers) > 1 {
		a.Other = answers[1]
	}
	if a.How == version.Between {
		for _, t := range m.tables[m.place(a.On)+1:] {
			if t.at[e] != nil {
				a.Until = t.Version
				break
			}
		}
	}
	for i := range answers {
		for _, t := range m.tables {
			if r := t.at[e]; r != nil && r.Served() && !answers[i].Absent && same(t.answer(r), answers[i]) {
				answers[i].MeasuredOn = append(answers[i].MeasuredOn, t.Version)
			}
		}
	}
	a.Traps = append(a.Traps, m.traps(values)...)
	a.Traps = append(a.Traps, m.conditions(on, e)...)
	a.Traps = append(a.Traps, m.sayings(on, e)...)
	a.Traps = append(a.Traps, m.differences(e, a)...)
	return a, nil
}

// Lesser returns the least of the roles with which a call is answered, and its answer lacks fields: of those that a server has (nil is any),
// and where two measured versions stand for the one that was asked for, those of which it holds on both.
func (m *Matrix) Lesser(a *Answer, among []string) []string {
	t := m.Table(a.On)
	return t.least(sift.Out(a.Reduced, func(r string) bool {
		other := a.Other != nil && (a.Other.Absent || !slices.Contains(a.Other.Reduced, r))
		return other || among != nil && !slices.Contains(among, r)
	}))
}

// Certainty says how well an answer is known of a version that was not measured; empty for one that was.
func (a *Answer) Certainty() msg.Message {
	switch {
	case a.How == version.Measured:
		return msg.Message{}
	case a.How == version.Documented:
		return msg.New("Documented since %s, but not measured.", a.On)
	case a.For == "":
		return msg.New("Likely: the version is unknown, and this is how %s answers.", a.On)
	case a.How == version.Between:
		return msg.New("Likely: %s was not measured, and %s and %s answer alike.", a.For, a.On, a.Until)
	case a.How == version.Outside:
		return msg.New("Likely: %s was not measured, and this is how %s answers.", a.For, a.On)
	case a.Other.Absent:
		return msg.New("Not sure: %s was not measured. This is how %s answers; %s has no such endpoint.", a.For, a.On, a.Other.On)
	}
	return msg.New("Not sure: %s was not measured. This is how %s answers; on %s %s.", a.For, a.On, a.Other.On, difference(a.Other, a, Shipped().Roles(a.Other.On)))
}

// notServed is the error for an endpoint that a version does not have, as well as that is known.
func (m *Matrix) notServed(on string, e *Endpoint, v version.Value[known]) *NotMeasuredError {
	err := &NotMeasuredError{Absent: true, How: v.How}
	if status := v.Value.row.Cells[RealmAdmin].Status; v.How == version.Measured {
		err.Message = msg.New("%s has no endpoint %s: it answers %d even to realm-admin.", v.On, e, status)
	} else {
		err.Message = msg.New("%s probably has no endpoint %s: %s answers %d even to realm-admin, and the version itself was not measured.", on, e, v.On, status)
	}
	if f, off := m.switchedOff(v.Value.t, e); off {
		err.Message = msg.New("%s is switched off by default on %s (feature %s): it answers %d even to realm-admin.", e, v.On, f.Start, v.Value.row.Cells[RealmAdmin].Status)
		err.Hint, err.Feature = m.featureSays(v.Value.t, e, f), f.Start
		return err
	}
	if served := m.where(func(t *Table) bool { return t.at[e] != nil && t.at[e].Served() }); served != 0 {
		err.Hint = msg.New("It was measured on %s.", m.said(served))
	}
	return err
}

func (t *Table) answer(row *Row) *Answer {
	a := &Answer{
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
			if c.How == Reduced {
				a.Reduced = append(a.Reduced, role)
			}
		}
	}
	a.Smallest = append(a.Smallest, t.least(whole)...)
	a.Also = append(a.Also, minus(whole, a.Smallest)...)
	a.Together = append(a.Together, row.Together...)
	sort.SliceStable(a.Together, func(i, j int) bool { return t.opened(a.Together[i]).size() < t.opened(a.Together[j]).size() })
	return a
}

// same compares the lists of two answers for one endpoint.
func same(a, b *Answer) bool {
	return slices.Equal(a.Smallest, b.Smallest) && slices.Equal(a.Also, b.Also) && slices.Equal(a.Filtered, b.Filtered) &&
		slices.EqualFunc(a.Together, b.Together, slices.Equal)
}

// differences are sentences on how other versions answer.
func (m *Matrix) differences(e *Endpoint, here *Answer) []msg.Message {
	var all []msg.Message
	versions := map[string]versionSet{} // by the difference, in English
	for i, other := range m.tables {
		row := other.at[e]
		if row == nil || slices.Contains(here.MeasuredOn, other.Version) {
			continue
		}
		text := msg.New("the endpoint does not exist")
		if row.Served() {
			text = difference(other.answer(row), here, other.Roles)
		}
		english := text.String()
		if versions[english] == 0 {
			all = append(all, text)
		}
		versions[english] |= 1 << i
	}
	for i, text := range all {
		all[i] = msg.New("Different on %s: %s.", m.said(versions[text.String()]), text)
	}
	return all
}

// difference is how another version answers, which has the given roles.
func difference(there, here *Answer, known []string) msg.Message {
	var parts []msg.Message
	add := func(text texts.Text, names []string) {
		if len(names) > 0 {
			parts = append(parts, msg.New(text, shortened(names)))
		}
	}
	refused := func(names []string) []string {
		gone := minus(names, slices.Concat(there.whole(), there.Filtered))
		return sift.Out(gone, func(r string) bool { return !slices.Contains(known, r) })
	}
	switch {
	case len(there.Smallest) == 0:
		return msg.New("no role of the realm allows it")
	case len(there.Together) > 0 && len(here.Together) == 0:
		add("it requires realm-admin, or %s", []string{strings.Join(there.Together[0], " + ")})
	case !slices.Equal(there.Smallest, here.Smallest):
		add("the smallest is %s", there.Smallest)
	default:
		add("%s also gets the whole response", minus(there.whole(), here.whole()))
		add("%s is refused", refused(here.whole()))
	}
	add("with %s it succeeds and shows less", minus(there.Filtered, here.Filtered))
	add("%s is refused", refused(here.Filtered))
	if len(parts) == 0 {
		add("the role %s does not exist", minus(slices.Concat(here.whole(), here.Filtered), known))
	}
	if len(parts) == 0 {
		return msg.New("other sets of roles get the whole response")
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

func (a *Answer) whole() []string {
	return slices.Sorted(slices.Values(append(slices.Clone(a.Smallest), a.Also...)))
}

func minus(a, b []string) []string {
	return sift.Out(a, func(s string) bool { return slices.Contains(b, s) })
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

// Opened is an endpoint that a role opens.
type Opened struct {
	Endpoint *Endpoint
	Filtered bool // its answer shows less than realm-admin sees
	How      version.How
	On       string // with [version.Differing] the measured version on which it does, beside one on which it does not
}

// Opens lists what a role alone opens on a version, by group, path and method; nothing for a role that it does not have.
func (m *Matrix) Opens(on, role string) []Opened {
	opens := []Opened{}
	for _, e := range m.endpoints {
		if e.Case != "" {
			continue
		}
		same := func(a, b known) bool {
			return a.row.Cells[role].Succeeds() == b.row.Cells[role].Succeeds() && a.row.Cells[role].Less == b.row.Cells[role].Less
		}
		for _, v := range m.at(on, e, same) {
			if c := v.Value.row.Cells[role]; c.Succeeds() {
				opens = append(opens, Opened{e, c.Less, v.How, v.On.String()})
				break
			}
		}
	}
	return opens
}
