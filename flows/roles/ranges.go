package roles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// Merge adds what was measured on a version to the data file of a folder, in place of what it has for that version. A row
// that was not measured this time stays as it was. Where the folder has no data file it begins with the one of the program.
func Merge(dir string, t *Table) error {
	path := filepath.Join(dir, dataFile)
	text, err := os.ReadFile(path) //nolint:gosec // the folder that was named
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = []byte(data)
	case err != nil:
		return err
	}
	m, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := m.add(t); err != nil {
		return err
	}
	return replace(path, m.format())
}

// replace writes a file beside the one that is there, and renames it: it is there whole or as it was.
func replace(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), dataFile+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close()) //nolint:mnd // as a checkout has it
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// add puts a table among the others.
func (m *Matrix) add(t *Table) error {
	if !version.Of(t.Version).Known() {
		return fmt.Errorf("no version: %q", t.Version)
	}
	own := &Table{Version: version.Of(t.Version).String(), Notes: t.Notes, Roles: t.Roles}
	seen := map[*Endpoint]bool{}
	for _, r := range t.Rows {
		r.Endpoint = m.endpoint(r.Endpoint.Group, r.Endpoint.Method, r.Endpoint.Path, r.Endpoint.Case)
		own.Rows = append(own.Rows, r)
		seen[r.Endpoint] = true
	}
	if i := slices.IndexFunc(m.tables, func(o *Table) bool { return o.Version == own.Version }); i >= 0 {
		for _, r := range m.tables[i].Rows {
			if !seen[r.Endpoint] && slices.Equal(m.tables[i].Roles, own.Roles) {
				own.Rows = append(own.Rows, r)
			}
		}
		m.tables = slices.Delete(m.tables, i, i+1)
	}
	m.tables = append(m.tables, own)
	m.index()
	return nil
}

// parse reads the data file.
func parse(text string) (*Matrix, error) {
	p := &parser{m: &Matrix{}, cells: map[string]Cell{}}
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
}

type cellLine struct {
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
	want := map[string]int{versionLine: 1, noteLine: 2, roleLine: 2, callLine: 4, "": 3}[kind]
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
	line := cellLine{on: on}
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

// endCall makes the rows of a call. Versions to which the same lines apply share their cells.
func (p *parser) endCall() {
	if p.call == nil {
		return
	}
	type made struct {
		roles []string
		apply []bool
		row   Row
	}
	var all []made
	for i, t := range p.m.tables {
		apply, absent := make([]bool, len(p.lines)), false
		for n, l := range p.lines {
			apply[n] = l.on.has(i)
			absent = absent || l.absent && apply[n]
		}
		if absent {
			continue
		}
		same := slices.IndexFunc(all, func(m made) bool { return slices.Equal(m.apply, apply) && slices.Equal(m.roles, t.Roles) })
		if same < 0 {
			same = len(all)
			all = append(all, made{t.Roles, apply, p.row(t, apply)})
		}
		t.Rows = append(t.Rows, all[same].row)
	}
	p.call, p.lines = nil, nil
}

func (p *parser) row(t *Table, apply []bool) Row {
	row := Row{Endpoint: p.call, None: refusedCell, Cells: make(map[string]Cell, len(t.Roles))}
	for _, r := range t.Roles {
		row.Cells[r] = refusedCell
	}
	for n, l := range slices.Backward(p.lines) { // a line with all roles comes first, and counts
		if !apply[n] {
			continue
		}
		row.Together = append(row.Together, l.together...)
		for _, r := range l.roles {
			switch _, has := row.Cells[r]; {
			case r == everyRole:
				row.None = l.cell
				for _, r := range t.Roles {
					row.Cells[r] = l.cell
				}
			case r == None:
				row.None = l.cell
			case has:
				row.Cells[r] = l.cell
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
func (m *Matrix) where(is func(t *Table) bool) versionSet {
	var set versionSet
	for i, t := range m.tables {
		if is(t) {
			set |= 1 << i
		}
	}
	return set
}

// format writes the data file. The same tables give the same text.
func (m *Matrix) format() string {
	f := &formatter{m: m, roles: m.roleNames()}
	f.put("# Which role opens which call, measured. Written by fix403 roles --live --write; see ranges.go for its form.")
	for _, t := range m.tables {
		f.put(versionLine, t.Version)
	}
	for _, note := range m.notes() {
		f.put(noteLine, m.formatVersions(m.where(func(t *Table) bool { return slices.Contains(t.Notes, note) })), note)
	}
	for _, r := range f.roles {
		f.put(roleLine, m.formatVersions(m.where(func(t *Table) bool { return slices.Contains(t.Roles, r) })), r)
	}
	for _, e := range m.endpoints {
		f.call(e)
	}
	return f.b.String()
}

// notes returns the notes of all tables, such that those of each keep their order.
func (m *Matrix) notes() []string {
	var all []string
	for _, t := range m.tables {
		at := 0
		for _, n := range t.Notes {
			i := slices.Index(all, n)
			if i < 0 {
				i = at
				all = slices.Insert(all, i, n)
			}
			at = i + 1
		}
	}
	return all
}

func (m *Matrix) roleNames() []string {
	var all []string
	for _, t := range m.tables {
		all = append(all, minus(t.Roles, all)...)
	}
	slices.Sort(all)
	return all
}

type formatter struct {
	m     *Matrix
	roles []string
	b     strings.Builder
}

func (f *formatter) put(fields ...string) {
	f.b.WriteString(strings.TrimRight(strings.Join(fields, "\t"), "\t") + "\n")
}

func (f *formatter) call(e *Endpoint) {
	m := f.m
	f.put(callLine, e.Group, e.Method, e.Path, e.Case)
	if absent := m.where(func(t *Table) bool { return t.at[e] == nil }); absent != 0 {
		f.put("", absentCell, m.formatVersions(absent), "")
	}
	left := m.where(func(t *Table) bool { return t.at[e] != nil })
	for _, c := range f.cells(e) { // what all roles get
		if on := left & m.where(func(t *Table) bool { return t.at[e] != nil && t.at[e].all(c) }); on != 0 && c != refusedCell {
			f.put("", c.String(), m.formatVersions(on), everyRole)
			left &^= on
		}
	}
	for _, c := range f.cells(e) {
		if c == refusedCell {
			continue
		}
		var sets []versionSet // in the order of the roles
		of := map[versionSet][]string{}
		for _, r := range append([]string{None}, f.roles...) {
			has := m.where(func(t *Table) bool { return r == None || slices.Contains(t.Roles, r) })
			on := left & m.where(func(t *Table) bool { return t.at[e] != nil && t.at[e].cell(r) == c })
			if on == 0 {
				continue
			}
			if on == has&left {
				on = m.all()
			}
			if of[on] == nil {
				sets = append(sets, on)
			}
			of[on] = append(of[on], r)
		}
		for _, on := range sets {
			f.put("", c.String(), m.formatVersions(on), strings.Join(of[on], " "))
		}
	}
	f.together(e)
}

func (f *formatter) together(e *Endpoint) {
	var texts []string
	of := map[string]versionSet{}
	for i, t := range f.m.tables {
		if row := t.at[e]; row != nil && len(row.Together) > 0 {
			text := setsText(row.Together)
			if of[text] == 0 {
				texts = append(texts, text)
			}
			of[text] |= 1 << i
		}
	}
	for _, text := range texts {
		f.put("", togetherCell, f.m.formatVersions(of[text]), text)
	}
}

// cells returns the cells of an endpoint, by their text.
func (f *formatter) cells(e *Endpoint) []Cell {
	var all []Cell
	for _, t := range f.m.tables {
		row := t.at[e]
		if row == nil {
			continue
		}
		for _, r := range append([]string{None}, t.Roles...) {
			if c := row.cell(r); !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b Cell) int { return strings.Compare(a.String(), b.String()) })
	return all
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

func setsText(sets [][]string) string {
	var text []string
	for _, s := range sets {
		text = append(text, strings.Join(s, "+"))
	}
	return strings.Join(text, " ")
}
