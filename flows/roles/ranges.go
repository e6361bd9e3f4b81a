package roles

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// The data file holds the tables of all versions as ranges of equal cells, said once for all calls of a group that are
// answered alike. A line without an indent begins something: a note or a role of the client realm-management, and the
// versions that have it; a group, and what the paths of its calls begin with; or a call of the group: its method, the rest of
// its path, its case. The lines below one or more calls, indented, are their cells: the cell, the versions, the roles, which
// may be all but some. What no line names is 403. A version that a line does not cover because of an earlier one with all
// roles ("*") is covered by that one. Fields are separated by tabs.
//
// Versions are ranges of the measured versions, which the first lines name: "..26.6.4" is the first to 26.6.4, "26.7.3.." is
// 26.7.3 to the last, nothing is all. So a new version that answers as its neighbours changes no range.
const (
	versionLine  = "version"
	noteLine     = "note"
	roleLine     = "role"
	groupLine    = "group"
	togetherCell = "together"
	absentCell   = "not measured"
	everyRole    = "*"
	allBut       = "all but "
)

// dataFile is the name of the data file in its folder.
const dataFile = "matrix.tsv"

var refusedCell = Cell{Status: 403}

// parse reads the data file.
func parse(text string) (*Matrix, error) {
	p := &parser{m: &Matrix{}, cells: map[string]Cell{}, cellsBy: map[string]rowCells{}}
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	p.fill()
	p.m.index()
	return p.m, nil
}

type parser struct {
	m           *Matrix
	cells       map[string]Cell
	names       []string // of the roles
	group, base string   // base is what the paths of the group begin with
	calls       []*answered
	answers     *answers // of the last calls
	// cellsBy holds the cells of roles by the lines that make them: most calls are answered as some other call is.
	cellsBy  map[string]rowCells
	roleKeys []string // of each table, its roles
}

type answered struct {
	*Endpoint
	answers *answers
}

// answers are the cells of calls that are answered alike.
type answers struct {
	lines []cellLine
	rows  []*Row // by table, nil where the calls were not measured; made once for all the calls
}

type rowCells struct {
	none  Cell
	cells map[string]Cell
}

type cellLine struct {
	text     string // the cell and the roles as they stand in the file
	cell     Cell
	on       versionSet
	roles    []string // one of everyRole for all
	together [][]string
	absent   bool
}

// versionSet is a set of measured versions, by their places.
type versionSet uint64

// mostVersions is how many versions a [versionSet] can hold.
const mostVersions = 64

func (s versionSet) has(i int) bool { return s&(1<<i) != 0 }

func (p *parser) line(line string) error {
	if strings.HasPrefix(line, "#") {
		return nil
	}
	kind, rest, _ := strings.Cut(line, "\t")
	fields := strings.Split(rest, "\t")
	want := 0
	switch kind {
	case versionLine:
		want = 1
	case noteLine, roleLine, groupLine, "GET", "POST", "PUT", "PATCH", "DELETE":
		want = 2
	case "":
		want = 3
	}
	if len(fields) == want-1 {
		fields = append(fields, "") // an empty one at the end is left out
	}
	if len(fields) != want {
		return fmt.Errorf("it has %d fields: %q", len(fields), line)
	}
	switch kind {
	case versionLine:
		if len(p.m.tables) == mostVersions || !version.Of(fields[0]).Known() {
			return fmt.Errorf("no version, or too many: %q", fields[0])
		}
		p.m.tables = append(p.m.tables, &Table{Version: fields[0]})
		return nil
	case noteLine, roleLine:
		return p.ofTables(kind, fields[0], fields[1])
	case groupLine:
		p.group, p.base, p.answers = fields[0], fields[1], nil
		return nil
	case "":
		return p.cellLine(fields[0], fields[1], fields[2])
	default:
		return p.callLine(kind, fields[0], fields[1])
	}
}

// ofTables adds a note or a role to the tables of its versions.
func (p *parser) ofTables(kind, versions, text string) error {
	on, err := p.m.parseVersions(versions)
	if err != nil {
		return err
	}
	if kind == roleLine {
		p.names = append(p.names, text)
	}
	for i, t := range p.m.tables {
		switch {
		case !on.has(i):
		case kind == roleLine:
			t.Roles = append(t.Roles, text)
		default:
			t.Notes = append(t.Notes, text)
		}
	}
	return nil
}

// callLine adds a call, to those before it while these have no cells yet.
func (p *parser) callLine(method, path, kind string) error {
	path = p.base + path
	if p.group == "" || !strings.HasPrefix(path, "/") {
		return fmt.Errorf("a call of no group, or without a path: %q", path)
	}
	if p.answers == nil || len(p.answers.lines) > 0 {
		p.answers = &answers{}
	}
	p.calls = append(p.calls, &answered{p.m.newEndpoint(p.group, method, path, kind), p.answers})
	return nil
}

func (p *parser) cellLine(cell, versions, what string) error {
	if p.answers == nil {
		return errors.New("a cell of no call")
	}
	on, err := p.m.parseVersions(versions)
	if err != nil {
		return err
	}
	line := cellLine{on: on, text: cell + "\t" + what}
	switch cell {
	case absentCell:
		line.absent = true
	case togetherCell:
		for set := range strings.FieldsSeq(what) {
			line.together = append(line.together, strings.Split(set, "+"))
		}
	default:
		c, known := p.cells[cell]
		if !known {
			if c, err = parseCell(cell); err != nil {
				return err
			}
			p.cells[cell] = c
		}
		line.cell = c
		if line.roles, err = p.roles(what); err != nil {
			return err
		}
	}
	p.answers.lines = append(p.answers.lines, line)
	return nil
}

// roles reads the roles of a cell.
func (p *parser) roles(text string) ([]string, error) {
	text, but := strings.CutPrefix(text, allBut)
	named := strings.Fields(text)
	for _, r := range named {
		if r != everyRole && r != None && !slices.Contains(p.names, r) {
			return nil, fmt.Errorf("no role of any version: %q", r)
		}
	}
	if but {
		return minus(append([]string{None}, p.names...), named), nil
	}
	return named, nil
}

// fill fills the tables: each call in its order, with its answers.
func (p *parser) fill() {
	for _, t := range p.m.tables {
		p.roleKeys = append(p.roleKeys, strings.Join(t.Roles, " "))
		t.Rows = make([]Row, 0, len(p.calls))
	}
	slices.SortFunc(p.calls, func(a, b *answered) int { return CompareEndpoints(a.Endpoint, b.Endpoint) })
	for _, c := range p.calls {
		if c.answers.rows == nil {
			c.answers.rows = p.rows(c.answers.lines)
		}
		for i, t := range p.m.tables {
			if row := c.answers.rows[i]; row != nil {
				t.Rows = append(t.Rows, *row)
				t.Rows[len(t.Rows)-1].Endpoint = c.Endpoint
			}
		}
	}
}

// rows makes the rows of lines for each table. Versions with the same roles, to which the same lines apply, share theirs.
func (p *parser) rows(lines []cellLine) []*Row {
	rows := make([]*Row, len(p.m.tables))
	apply := make([]bool, len(lines))
	lastOf := -1 // the table of the row before
	for i := range p.m.tables {
		same, absent := lastOf >= 0 && p.roleKeys[lastOf] == p.roleKeys[i], false
		for n := range lines {
			applies := lines[n].on.has(i)
			same = same && apply[n] == applies
			apply[n] = applies
			absent = absent || lines[n].absent && applies
		}
		switch {
		case absent:
			lastOf = -1
			continue
		case same:
			rows[i] = rows[lastOf]
		default:
			rows[i] = p.row(i, lines, apply)
		}
		lastOf = i
	}
	return rows
}

// row makes a row for a table, by the lines that apply.
func (p *parser) row(table int, lines []cellLine, apply []bool) *Row {
	row := &Row{}
	key := strings.Builder{}
	key.WriteString(p.roleKeys[table])
	for n, l := range slices.Backward(lines) {
		switch {
		case !apply[n]:
		case l.together != nil:
			row.Together = append(row.Together, l.together...)
		default:
			key.WriteString("\n")
			key.WriteString(l.text)
		}
	}
	made, there := p.cellsBy[key.String()]
	if !there {
		made = cellsOf(p.m.tables[table], lines, apply)
		p.cellsBy[key.String()] = made
	}
	row.None, row.Cells = made.none, made.cells
	return row
}

// cellsOf makes the cells of a table's roles by the lines that apply.
func cellsOf(t *Table, lines []cellLine, apply []bool) rowCells {
	row := rowCells{refusedCell, make(map[string]Cell, len(t.Roles))}
	for _, r := range t.Roles {
		row.cells[r] = refusedCell
	}
	for n, l := range slices.Backward(lines) { // a line with all roles comes first, and counts
		if !apply[n] {
			continue
		}
		for _, r := range l.roles {
			switch _, has := row.cells[r]; {
			case r == everyRole:
				row.none = l.cell
				for _, r := range t.Roles {
					row.cells[r] = l.cell
				}
			case r == None:
				row.none = l.cell
			case has:
				row.cells[r] = l.cell
			}
		}
	}
	return row
}

// parseVersions reads ranges of measured versions.
func (m *Matrix) parseVersions(text string) (versionSet, error) {
	if text == "" {
		return m.all(), nil
	}
	var set versionSet
	for part := range strings.FieldsSeq(text) {
		from, to, isRange := strings.Cut(part, "..")
		if !isRange {
			to = from
		}
		first, last := 0, len(m.tables)-1
		if from != "" {
			first = m.place(from)
		}
		if to != "" {
			last = m.place(to)
		}
		if first < 0 || last < first {
			return 0, fmt.Errorf("no versions: %q", part)
		}
		for i := first; i <= last; i++ {
			set |= 1 << i
		}
	}
	return set, nil
}

// place returns which of the tables a version's is, from 0; -1 for none.
func (m *Matrix) place(version string) int {
	return slices.IndexFunc(m.tables, func(t *Table) bool { return t.Version == version })
}

func (m *Matrix) all() versionSet { return 1<<len(m.tables) - 1 }

// formatVersions writes ranges of measured versions.
func (m *Matrix) formatVersions(set versionSet) string {
	var parts []string
	if set == m.all() {
		return ""
	}
	for i := 0; i < len(m.tables); i++ {
		if !set.has(i) {
			continue
		}
		first := i
		for i+1 < len(m.tables) && set.has(i+1) {
			i++
		}
		from, to := m.tables[first].Version, m.tables[i].Version
		switch {
		case first == 0:
			parts = append(parts, ".."+to)
		case i == len(m.tables)-1:
			parts = append(parts, from+"..")
		case first == i:
			parts = append(parts, from)
		default:
			parts = append(parts, from+".."+to)
		}
	}
	return strings.Join(parts, " ")
}

// said names versions as in a sentence: "22.0.5 to 26.6.4, 26.7.3 and 26.7.4".
func (m *Matrix) said(set versionSet) msg.Message {
	var parts []msg.Message
	for i := 0; i < len(m.tables); i++ {
		if !set.has(i) {
			continue
		}
		first := i
		for i+1 < len(m.tables) && set.has(i+1) {
			i++
		}
		switch i - first {
		case 0:
		case 1:
			parts = append(parts, msg.Verbatim(m.tables[first].Version))
		default:
			parts = append(parts, msg.New("%s to %s", m.tables[first].Version, m.tables[i].Version))
			continue
		}
		parts = append(parts, msg.Verbatim(m.tables[i].Version))
	}
	if len(parts) < 2 { //nolint:mnd // one, or none
		return msg.List("", parts...)
	}
	return msg.New("%s and %s", msg.List(", ", parts[:len(parts)-1]...), parts[len(parts)-1])
}

// Said names measured versions as in a sentence, as ranges of those that were measured.
func Said(versions []string) msg.Message {
	m := Shipped()
	return m.said(m.where(func(t *Table) bool { return slices.Contains(versions, t.Version) }))
}

// where returns the versions of which something is true.
//
//go:noinline // it would be 5 kB of the program
func (m *Matrix) where(is func(t *Table) bool) versionSet {
	var set versionSet
	for i, t := range m.tables {
		if is(t) {
			set |= 1 << i
		}
	}
	return set
}

// cell returns the cell of a role, or of [None]; the zero Cell where the version has no such role.
func (r *Row) cell(role string) Cell {
	if role == None {
		return r.None
	}
	return r.Cells[role]
}

// all reports whether all roles get a cell, and a caller without any too.
func (r *Row) all(c Cell) bool {
	for _, of := range r.Cells {
		if of != c {
			return false
		}
	}
	return r.None == c
}
