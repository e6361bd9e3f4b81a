// Package roles is the matrix of Keycloak's admin API: which role of realm-management opens which endpoint. It is data,
// measured on real servers (the files in data), and queries over it; it calls no server. What measures is the package
// live.
package roles

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"fix403/keycloak/msg"
)

// RealmAdmin is the role that all others are compared with.
const RealmAdmin = "realm-admin"

// None is the column of a service account without any role of realm-management.
const None = "none"

// Cell is what a role alone gets from an endpoint.
type Cell struct {
	Status int
	Less   bool // a success, but it shows less than realm-admin sees
	How    Less // in which way; or Passed
}

// Less is the way in which a success shows less than realm-admin sees.
type Less string

// The ways to show less.
const (
	Empty   Less = "empty"   // a list without anything in it
	Fewer   Less = "fewer"   // a shorter list, or a smaller number
	Reduced Less = "reduced" // an object that lacks fields
	// Passed marks an answer that is no success and no refusal: the role was let through, and the call was sent such that
	// it then fails for another reason (mail to a user without an address).
	Passed Less = "passed"
)

// Whole reports whether the call gives all that it gives to realm-admin.
func (c Cell) Whole() bool { return c.Succeeds() && !c.Less }

// Succeeds reports whether the call is let through, even if its answer shows less.
func (c Cell) Succeeds() bool { return c.Status >= 200 && c.Status < 300 || c.How == Passed }

// String is the cell as in the data files: "200", "200 empty", "403".
func (c Cell) String() string {
	if c.How != "" {
		return strconv.Itoa(c.Status) + " " + string(c.How)
	}
	return strconv.Itoa(c.Status)
}

func parseCell(s string) (Cell, error) {
	status, how, less := strings.Cut(s, " ")
	n, err := strconv.Atoi(status)
	if err != nil || n < 100 || n > 599 || less && !slices.Contains([]Less{Empty, Fewer, Reduced, Passed}, Less(how)) {
		return Cell{}, fmt.Errorf("no cell: %q", s)
	}
	return Cell{n, less && Less(how) != Passed, Less(how)}, nil
}

// Endpoint is a method and a path of the admin API.
type Endpoint struct {
	Method string
	Path   string // as in Keycloak's OpenAPI: /admin/realms/{realm}/users/{user-id}
	Group  string // such as "users"
	// Case is what a row is about that has the same method and path as another, as in "a role of realm-management";
	// [Matrix.Match] does not find those. Usually empty.
	Case     string
	segments []string
}

func (e *Endpoint) String() string {
	if e.Case != "" {
		return e.Method + " " + e.Path + " (" + e.Case + ")"
	}
	return e.Method + " " + e.Path
}

// Reads reports whether the call changes nothing.
func (e *Endpoint) Reads() bool { return e.Method == http.MethodGet }

// Row is an endpoint as one version answers it.
type Row struct {
	Endpoint *Endpoint
	None     Cell
	Cells    map[string]Cell // by role
	Together [][]string      // sets of roles with the whole answer, where no single role but realm-admin has it; sorted
}

// Served reports whether the version has the endpoint: what it does not have is 404 for realm-admin, too.
func (r *Row) Served() bool {
	if r.Endpoint.Case != "" { // it may be about what is not there
		return true
	}
	admin := r.Cells[RealmAdmin]
	return admin.Status != 404 && admin.Status != 405 && admin.Status != 501
}

// Table is what was measured on one version.
type Table struct {
	Version string
	Notes   []string // how and when it was measured
	Roles   []string // of realm-management on this version, sorted
	Rows    []Row    // by group, path and method

	at map[*Endpoint]*Row
	// what each role opens, as sets of marks; see order.go
	marks map[string]set
	query set
}

// Row returns the row of an endpoint, nil where it was not measured.
func (t *Table) Row(e *Endpoint) *Row { return t.at[e] }

// Matrix is the tables of all versions.
type Matrix struct {
	endpoints []*Endpoint
	tables    []*Table // oldest first
}

//go:embed data/*.csv
var files embed.FS

// data is the tables, one file a version.
var data = sync.OnceValue(func() fs.FS {
	sub, err := fs.Sub(files, "data")
	if err != nil {
		panic(err) // the folder is named above
	}
	return sub
})

// Shipped returns the matrix that is part of the program.
func Shipped() *Matrix { return shipped() }

var shipped = sync.OnceValue(func() *Matrix {
	m := &Matrix{}
	names, err := fs.Glob(data(), "*.csv")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		f, err := data().Open(name)
		if err != nil {
			panic(err)
		}
		version := strings.TrimSuffix(name, ".csv")
		if err := m.read(version, f); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
	}
	slices.SortFunc(m.tables, func(a, b *Table) int { return number(a.Version) - number(b.Version) })
	m.index()
	return m
})

// Versions returns the versions that were measured, the oldest first.
func Versions() []string { return Shipped().Versions() }

// Versions returns the versions of this matrix, the oldest first.
func (m *Matrix) Versions() []string {
	var v []string
	for _, t := range m.tables {
		v = append(v, t.Version)
	}
	return v
}

// Nearest returns the measured version that is nearest to a version, and whether it is that version. For "" it is the
// newest, exactly; for a text that is no version the newest, not exactly.
func Nearest(version string) (measured string, exact bool) {
	t := Shipped().table(version)
	return t.Version, version == "" || t.Version == version
}

func (m *Matrix) table(version string) *Table {
	best := m.tables[len(m.tables)-1]
	n := number(version)
	if n == 0 {
		return best
	}
	for _, t := range slices.Backward(m.tables) {
		if distance(number(t.Version), n) < distance(number(best.Version), n) {
			best = t
		}
	}
	return best
}

// Table returns what was measured on the version nearest to a version.
func (m *Matrix) Table(version string) *Table { return m.table(version) }

// number makes 26.7.3 comparable; 0 for what is no version. What follows a number, as in 26.7.3.redhat-00001, is left out.
func number(version string) int {
	parts := strings.SplitN(version, ".", 4)
	n := 0
	for i := range 3 {
		n *= 1000
		if i >= len(parts) {
			continue
		}
		digits := parts[i]
		if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			digits = digits[:end]
		}
		part, err := strconv.Atoi(digits)
		if err != nil || part > 999 {
			return 0
		}
		n += part
	}
	return n
}

func distance(a, b int) int { return max(a-b, b-a) }

// Endpoints returns all endpoints of all versions, by group, path and method.
func (m *Matrix) Endpoints() []*Endpoint { return slices.Clone(m.endpoints) }

// endpoint returns the one endpoint for a method, path and case.
func (m *Matrix) endpoint(group, method, path, kind string) *Endpoint {
	for _, e := range m.endpoints {
		if e.Path == path && e.Method == method && e.Case == kind {
			return e
		}
	}
	e := &Endpoint{Method: method, Path: path, Group: group, Case: kind, segments: strings.Split(path[1:], "/")}
	m.endpoints = append(m.endpoints, e)
	return e
}

// read adds the table of a version. Its form is that of [WriteTable].
func (m *Matrix) read(version string, in io.Reader) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	t := &Table{Version: version}
	body := string(text)
	for strings.HasPrefix(body, "#") {
		note, rest, _ := strings.Cut(body, "\n")
		t.Notes, body = append(t.Notes, strings.TrimSpace(strings.TrimPrefix(note, "#"))), rest
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		return err
	}
	const before = 5 // columns before the roles
	if len(lines) == 0 || len(lines[0]) < before+2 || !slices.Equal(lines[0][:before], []string{"group", "method", "path", "case", None}) {
		return fmt.Errorf("the line of column names is not as it should be")
	}
	t.Roles = lines[0][before : len(lines[0])-1]
	cells := map[string]Cell{}
	for _, l := range lines[1:] {
		row := Row{Endpoint: m.endpoint(l[0], l[1], l[2], l[3]), Cells: make(map[string]Cell, len(t.Roles))}
		if row.None, err = parseCell(l[4]); err != nil {
			return fmt.Errorf("%s: %w", row.Endpoint, err)
		}
		for i, role := range t.Roles {
			text := l[before+i]
			cell, known := cells[text]
			if !known {
				if cell, err = parseCell(text); err != nil {
					return fmt.Errorf("%s, %s: %w", row.Endpoint, role, err)
				}
				cells[text] = cell
			}
			row.Cells[role] = cell
		}
		for set := range strings.FieldsSeq(l[len(l)-1]) {
			row.Together = append(row.Together, strings.Split(set, "+"))
		}
		t.Rows = append(t.Rows, row)
	}
	m.tables = append(m.tables, t)
	return nil
}

// WriteTable writes a table as in the data files: lines of notes, then CSV.
func WriteTable(out io.Writer, t *Table) error {
	for _, n := range t.Notes {
		if _, err := fmt.Fprintln(out, "# "+n); err != nil {
			return err
		}
	}
	w := csv.NewWriter(out)
	lines := [][]string{append(append([]string{"group", "method", "path", "case", None}, t.Roles...), "together")}
	for _, r := range t.Rows {
		line := []string{r.Endpoint.Group, r.Endpoint.Method, r.Endpoint.Path, r.Endpoint.Case, r.None.String()}
		for _, role := range t.Roles {
			line = append(line, r.Cells[role].String())
		}
		lines = append(lines, append(line, setsText(r.Together)))
	}
	if err := w.WriteAll(lines); err != nil {
		return err
	}
	return w.Error()
}

func setsText(sets [][]string) string {
	var text []string
	for _, s := range sets {
		text = append(text, strings.Join(s, "+"))
	}
	return strings.Join(text, " ")
}

func (m *Matrix) index() {
	slices.SortFunc(m.endpoints, CompareEndpoints)
	for _, t := range m.tables {
		t.at = map[*Endpoint]*Row{}
		for i := range t.Rows {
			t.at[t.Rows[i].Endpoint] = &t.Rows[i]
		}
		m.order(t)
	}
}

// CompareEndpoints orders endpoints by group, path, method and case.
func CompareEndpoints(a, b *Endpoint) int {
	methods := []string{"GET", "POST", "PUT", "DELETE"}
	if c := strings.Compare(a.Group, b.Group); c != 0 {
		return c
	}
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	if c := slices.Index(methods, a.Method) - slices.Index(methods, b.Method); c != 0 {
		return c
	}
	return strings.Compare(a.Case, b.Case)
}

// NotMeasuredError tells that the matrix knows nothing of a call.
type NotMeasuredError struct{ Message, Hint msg.Message }

func (e *NotMeasuredError) Error() string { return e.Message.String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *NotMeasuredError) Sentence() msg.Message { return e.Message }

// Match finds the endpoint of a call; the realm's name, ids and other names in it may be any. HEAD is looked up as GET.
// A segment that an endpoint spells out goes before one that is a parameter: /users/count is no user. The error is a
// [*NotMeasuredError].
func (m *Matrix) Match(c Call) (*Endpoint, error) {
	path, _, _ := strings.Cut(c.Path, "?")
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	segments := strings.Split(path, "/")
	method := c.Method
	if method == "HEAD" {
		method = "GET"
	}
	var best *Endpoint
	var methods []string
	var found *Endpoint
	for _, e := range m.endpoints {
		if e.Case != "" || !e.matches(segments) {
			continue
		}
		if best == nil || moreLiteral(e, best) {
			best, methods, found = e, nil, nil
		}
		if e.Path != best.Path {
			continue
		}
		methods = append(methods, e.Method)
		if e.Method == method {
			found = e
		}
	}
	switch {
	case found != nil:
		return found, nil
	case best != nil:
		return nil, &NotMeasuredError{
			msg.New("Nobody measured %s on %s.", clean(c.Method), best.Path),
			msg.New("Measured on this path: %s. Other methods may not exist, or nobody has tried them.", strings.Join(methods, ", ")),
		}
	case slices.Contains(segments, ""):
		return nil, &NotMeasuredError{
			msg.New("Nobody measured the endpoint %s %s.", clean(c.Method), clean("/"+path)),
			msg.New("The path has two slashes in a row: is an id missing between them?"),
		}
	}
	return nil, &NotMeasuredError{
		msg.New("Nobody measured the endpoint %s %s.", clean(c.Method), clean("/"+path)),
		msg.New("Compare the path with those of fix403 roles: it may be misspelt, or no endpoint of Keycloak's admin API."),
	}
}

func (e *Endpoint) matches(segments []string) bool {
	if last := e.segments[len(e.segments)-1]; last == "{path}" && len(segments) > len(e.segments) {
		segments = segments[:len(e.segments)] // the path of a group has as many segments as it likes
	}
	if len(segments) != len(e.segments) {
		return false
	}
	for i, s := range e.segments {
		if segments[i] == "" || !isParameter(s) && s != unescape(segments[i]) {
			return false
		}
	}
	return true
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, "{") }

func unescape(segment string) string {
	if s, err := url.PathUnescape(segment); err == nil {
		return s
	}
	return segment
}

// moreLiteral reports whether a spells out a segment, the first in which the two differ, where b has a parameter.
func moreLiteral(a, b *Endpoint) bool {
	for i := range min(len(a.segments), len(b.segments)) {
		if pa, pb := isParameter(a.segments[i]), isParameter(b.segments[i]); pa != pb {
			return pb
		}
	}
	return false
}
