package roles

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// The data file holds the tables of all versions as ranges of equal cells. A line without an indent begins something: a note
// or a role of the client realm-management, and the versions that have it; or a group, method, path and case. The lines
// below that, indented, are its cells: the cell, the versions, the roles. What no line names is 403. A version that a line
// does not cover because of an earlier one with all roles ("*") is covered by that one. Fields are separated by tabs.
//
// Versions are ranges of the measured versions, which the first lines name: "..26.6.4" is the first to 26.6.4, "26.7.3.." is
// 26.7.3 to the last, nothing is all. So a new version that answers as its neighbours changes no range.
const (
	versionLine  = "version"
	noteLine     = "note"
	roleLine     = "role"
	callLine     = "call"
	togetherCell = "together"
	absentCell   = "not measured"
	everyRole    = "*"
)

// dataFile is the name of the data file in its folder.
const dataFile = "matrix.tsv"

var refusedCell = Cell{Status: 403}

// parse reads the data file.
func parse(text string) (*Matrix, error) {
	p := &parser{m: &Matrix{}, cells: map[string]Cell{}, rows: map[string]rowCells{}, calls: strings.Count(text, "\n"+callLine+"\t")}
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	p.endCall()
	p.m.index()
	return p.m, nil
}

type parser struct {
	m     *Matrix
	cells map[string]Cell
	of    []versionSet // by role, in the order of names
	names []string
	call  *Endpoint
	lines []cellLine // of the call
	// rows holds the cells of roles by the lines that make them: most calls are answered as some other call is.
	rows     map[string]rowCells
	roleKeys []string // of each table, its roles
	calls    int      // in the file
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
	case noteLine, roleLine:
		want = 2
	case "":
		want = 3
	case callLine:
		want = 4
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
		p.m.tables = append(p.m.tables, &Table{Version: fields[0], Rows: make([]Row, 0, p.calls)})
		return nil
	case callLine:
		p.endCall()
		p.call = p.m.newEndpoint(fields[0], fields[1], fields[2], fields[3])
		return nil
	}
	at := 0
	if kind == "" {
		at = 1
	}
	on, err := p.m.parseVersions(fields[at])
	if err != nil {
		return err
	}
	switch kind {
	case noteLine:
		for i, t := range p.m.tables {
			if on.has(i) {
				t.Notes = append(t.Notes, fields[1])
			}
		}
	case roleLine:
		p.names, p.of = append(p.names, fields[1]), append(p.of, on)
		for i, t := range p.m.tables {
			if on.has(i) {
				t.Roles = append(t.Roles, fields[1])
			}
		}
	default:
		return p.cellLine(fields[0], on, fields[2])
	}
	return nil
}

func (p *parser) cellLine(cell string, on versionSet, what string) error {
	if p.call == nil {
		return errors.New("a cell of no call")
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
			var err error
			if c, err = parseCell(cell); err != nil {
				return err
			}
			p.cells[cell] = c
		}
		line.cell, line.roles = c, strings.Fields(what)
		for _, r := range line.roles {
			if r != everyRole && r != None && !slices.Contains(p.names, r) {
				return fmt.Errorf("no role of any version: %q", r)
			}
		}
	}
	p.lines = append(p.lines, line)
	return nil
}

// endCall makes the rows of a call. Versions with the same roles, to which the same lines apply, share their cells.
func (p *parser) endCall() {
	if p.call == nil {
		return
	}
	if p.roleKeys == nil {
		for _, t := range p.m.tables {
			p.roleKeys = append(p.roleKeys, strings.Join(t.Roles, " "))
		}
	}
	apply := make([]bool, len(p.lines))
	var last Row
	lastOf := -1 // the table whose row it is
	for i, t := range p.m.tables {
		same, absent := lastOf >= 0 && p.roleKeys[lastOf] == p.roleKeys[i], false
		for n := range p.lines {
			l := &p.lines[n]
			applies := l.on.has(i)
			same = same && apply[n] == applies
			apply[n] = applies
			absent = absent || l.absent && applies
		}
		if absent {
			lastOf = -1
			continue
		}
		if !same {
			last = p.row(i, apply)
		}
		lastOf = i
		t.Rows = append(t.Rows, last)
	}
	p.call, p.lines = nil, p.lines[:0]
}

// row makes the row of the call for a table, by the lines that apply.
func (p *parser) row(table int, apply []bool) Row {
	row := Row{Endpoint: p.call}
	key := strings.Builder{}
	key.WriteString(p.roleKeys[table])
	for n, l := range slices.Backward(p.lines) {
		switch {
		case !apply[n]:
		case l.together != nil:
			row.Together = append(row.Together, l.together...)
		default:
			key.WriteString("\n")
			key.WriteString(l.text)
		}
	}
	made, there := p.rows[key.String()]
	if !there {
		made = p.cellsOf(p.m.tables[table], apply)
		p.rows[key.String()] = made
	}
	row.None, row.Cells = made.none, made.cells
	return row
}

// cellsOf makes the cells of a table's roles by the lines that apply.
func (p *parser) cellsOf(t *Table, apply []bool) rowCells {
	row := rowCells{refusedCell, make(map[string]Cell, len(t.Roles))}
	for _, r := range t.Roles {
		row.cells[r] = refusedCell
	}
	for n, l := range slices.Backward(p.lines) { // a line with all roles comes first, and counts
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
