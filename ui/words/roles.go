package words

import (
	"errors"
	"slices"
	"sort"
	"strings"

	"fix403/flows/near"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak/sift"
)

// realmPath is what the paths of nearly all calls begin with.
const realmPath = "/admin/realms/{realm}"

// noRole is said of a call that no role of the realm allows.
const noRole texts.Text = "no role of the realm's realm-management allows it"

// Labelled is a text with a name in front.
type Labelled struct{ Name, Text string }

// AnswerLines are the roles of an answer, of sets of roles at most so many; more says what the rest is.
func (w Words) AnswerLines(a *roles.Answer, sets int, more string) []Labelled {
	out := []Labelled{{"", w.T(noRole)}}
	if len(a.Smallest) > 0 {
		out[0] = Labelled{w.T("smallest"), strings.Join(a.Smallest, ", ")}
	}
	for _, l := range []Labelled{
		{w.T("also"), strings.Join(a.Also, ", ")}, {w.T("shows less"), strings.Join(a.Filtered, ", ")}, {w.T("together"), w.roleSets(a.Together, sets, more)},
	} {
		if l.Text != "" {
			out = append(out, l)
		}
	}
	if certainty := a.Certainty(); !certainty.Empty() {
		out = append(out, Labelled{w.T("certainty"), w.Say(certainty)})
	}
	if len(a.MeasuredOn) == 0 {
		return out
	}
	return append(out, Labelled{w.T("measured on"), w.Say(roles.Said(a.MeasuredOn))})
}

func (w Words) roleSets(sets [][]string, most int, more string) string {
	var text []string
	for i, s := range sets {
		if i == most {
			text = append(text, w.T("%d more sets", len(sets)-most)+more)
			break
		}
		text = append(text, strings.Join(s, " + "))
	}
	return w.Say(roles.Or(text))
}

// SmallestRoles are the smallest roles of an answer on one line.
func (w Words) SmallestRoles(a *roles.Answer) string {
	text := strings.Join(a.Smallest, w.T(" or "))
	switch {
	case len(a.Smallest) == 0:
		return w.T("no role of the realm")
	case len(a.Together) > 0:
		return strings.Join(a.Together[0], " + ") + w.T(", or ") + text
	}
	return text
}

// RolesLine is an answer on one line.
func (w Words) RolesLine(a *roles.Answer) string {
	text := w.SmallestRoles(a)
	if a.Other != nil && !a.Other.Absent && w.SmallestRoles(a.Other) != text {
		text = w.T("%s on %s, %s on %s", text, a.On, w.SmallestRoles(a.Other), a.Other.On)
	}
	if len(a.Filtered) > 0 {
		text += w.T(" (shows less: %s)", strings.Join(w.fewNames(a.Filtered), ", "))
	}
	return text
}

func (w Words) fewNames(names []string) []string {
	const most = 4
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most-1]), w.T("%d more", len(names)-most+1))
}

// RoleOpens says how much a role alone opens.
func (w Words) RoleOpens(role string, calls int, version string) string {
	return w.T("%s alone opens %d of the measured calls, as %s answers.", role, calls, version)
}

// CoverOpens says how much the roles of a cover open.
func (w Words) CoverOpens(c roles.Cover, version string) string {
	switch len(c.Roles) {
	case 0:
		return w.T("Without any role are open %d calls of the table of %s.", c.Opens, version)
	case 1:
		return w.T("It opens %d calls of the table of %s.", c.Opens, version)
	}
	return w.T("They open %d calls of the table of %s.", c.Opens, version)
}

// CoverTakes says which roles the calls of a cover take.
func (w Words) CoverTakes(c roles.Cover) string {
	what := strings.Join(c.Roles, " + ")
	if len(c.Roles) == 0 {
		what = w.T("no role of the realm")
	}
	if len(c.Calls) == 1 {
		return w.T("1 marked call takes %s.", what)
	}
	return w.T("%d marked calls take %s.", len(c.Calls), what)
}

// NotAllowed says that no role allows a call.
func (w Words) NotAllowed(a *roles.Answer) string {
	return w.T("No role of the realm's realm-management allows %s %s.", a.Method, a.Path)
}

// RoleTable is the calls of one version with the roles that open them, to be searched.
type RoleTable struct {
	Version string
	Roles   []string        // of realm-management
	Calls   []*roles.Answer // by group, path and method

	words   Words
	methods []string
	search  []near.Text // of each call
}

// RoleTable returns the table of a version that was measured.
func (w Words) RoleTable(version string) *RoleTable {
	m := roles.Shipped()
	t := &RoleTable{words: w, Version: version, Roles: m.Table(version).Roles}
	for _, e := range m.Endpoints() {
		if e.Case != "" {
			continue
		}
		a, err := m.Answer(version, e)
		if err != nil {
			continue // the version does not have it
		}
		t.Calls = append(t.Calls, a)
		segments := strings.Split(strings.ToLower(strings.Trim(a.Path, "/")), "/")
		t.search = append(t.search, near.Text{Names: segments, Path: true, About: strings.ToLower(e.Group + "\n" + w.SmallestRoles(a))})
		if !slices.Contains(t.methods, a.Method) {
			t.methods = append(t.methods, a.Method)
		}
	}
	slices.Sort(t.methods)
	return t
}

// Search finds calls, the best first: by words of path, method, group or smallest roles, all of which a call has to have, as
// [near.Rank] ranks them; or by a call as [roles.ParseCall] reads it, which finds its endpoint and those of the same path with other methods. why says what is
// wrong with a call that has none.
func (t *RoleTable) Search(text string) (found []*roles.Answer, why string) {
	call := bare(text)
	if IsCall(text) {
		found, why = t.ofCall(call)
	}
	method, query := t.method(text)
	for _, i := range near.Rank(query, len(t.Calls), func(i int) near.Text { return t.search[i] }) {
		a := t.Calls[i]
		if (method == "" || a.Method == method) && !slices.ContainsFunc(found, func(f *roles.Answer) bool { return f.Endpoint == a.Endpoint }) {
			found = append(found, a)
		}
	}
	if text == "" {
		sort.SliceStable(found, func(i, j int) bool { return place(found[i]) < place(found[j]) })
	}
	switch {
	case len(found) > 0:
		// A path that is still being typed is no call yet, and finds something.
	case why == "" && strings.Contains(text, "/realms"):
		if _, err := roles.ParseCall(call); err != nil {
			why = t.words.reason(err)
		}
	}
	return found, why
}

// place is where a call is in the whole table: what most people come for is first, the story's call before all.
func place(a *roles.Answer) int {
	switch {
	case a.Endpoint.String() == "GET /admin/realms/{realm}/users/{user-id}":
		return 0
	case a.Endpoint.Group == "users":
		return 1
	}
	return 2
}

// IsCall reports whether a text is taken for a whole call, not for words.
func IsCall(text string) bool {
	return strings.Contains(text, "/admin/") || strings.Contains(text, "://")
}

// bare is a call without the quotes that it was copied with.
func bare(text string) string { return strings.Trim(text, " \t\"'`") }

// ofCall is the endpoint of a call first, then the same path with other methods.
func (t *RoleTable) ofCall(text string) (found []*roles.Answer, why string) {
	call, err := roles.ParseCall(text)
	if err != nil {
		return nil, t.words.reason(err)
	}
	a, err := roles.Shipped().Find(t.Version, call)
	if err != nil {
		why = t.words.reason(err)
	} else {
		found = append(found, a)
	}
	for _, method := range t.methods {
		if method == call.Method {
			continue
		}
		other, err := roles.Shipped().Find(t.Version, roles.Call{Method: method, Path: call.Path})
		if err == nil && (len(found) == 0 || other.Endpoint != a.Endpoint) {
			found = append(found, other)
		}
	}
	return found, why
}

func (w Words) reason(err error) string {
	message, hint := w.RolesFailure(err)
	return strings.TrimSpace(message + " " + hint)
}

// RolesFailure is what a call that could not be looked up is about, and what to do.
func (w Words) RolesFailure(err error) (message, hint string) {
	var wrong *roles.CallError
	var unknown *roles.NotMeasuredError
	switch {
	case errors.As(err, &wrong):
		return Line(w.Say(wrong.Message)), Line(w.Say(wrong.Hint))
	case errors.As(err, &unknown):
		return Line(w.Say(unknown.Message)), Line(w.Say(unknown.Hint))
	}
	return Line(w.Error(err)), ""
}

// method takes the method out of what is searched for; "" where it has none.
func (t *RoleTable) method(text string) (method, rest string) {
	words := strings.Fields(text)
	rest = strings.Join(sift.Out(words, func(word string) bool {
		if word = strings.ToUpper(word); slices.Contains(t.methods, word) {
			method = word
			return true
		}
		return false
	}), " ")
	return method, rest
}

// Opened reports whether a role alone opens a call, and whether it shows less then.
func Opened(a *roles.Answer, role string) (opens, less bool) {
	less = slices.Contains(a.Filtered, role)
	opens = less || slices.Contains(a.Smallest, role) || slices.Contains(a.Also, role)
	if !opens && a.Other != nil {
		return Opened(a.Other, role)
	}
	return opens, less
}

// OfRole leaves those calls that a role alone opens.
func OfRole(calls []*roles.Answer, role string) []*roles.Answer {
	var out []*roles.Answer
	for _, a := range calls {
		if opens, _ := Opened(a, role); opens {
			out = append(out, a)
		}
	}
	return out
}

// CallOf is the call of an answer, to be asked for again.
func CallOf(a *roles.Answer) roles.Call { return roles.Call{Method: a.Method, Path: a.Path} }

// ShortPath is a path without what nearly all begin with.
func ShortPath(path string) string {
	if rest, cut := strings.CutPrefix(path, realmPath); cut && rest != "" {
		return rest
	}
	return path
}
