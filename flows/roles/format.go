package roles

import (
	"slices"
	"sort"
	"strings"
)

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
	for from, e := range m.endpoints {
		if from > 0 && m.endpoints[from-1].Group == e.Group {
			continue
		}
		to := from
		for to < len(m.endpoints) && m.endpoints[to].Group == e.Group {
			to++
		}
		f.group(m.endpoints[from:to])
	}
	return f.b.String()
}

// group writes the calls of a group, those that are answered alike together.
func (f *formatter) group(calls []*Endpoint) {
	base := calls[0].Path
	var answers []string // in the order of their first calls
	of := map[string][]*Endpoint{}
	for _, e := range calls {
		for !strings.HasPrefix(e.Path+"/", base+"/") {
			base = base[:strings.LastIndex(base, "/")]
		}
		text := f.answers(e)
		if of[text] == nil {
			answers = append(answers, text)
		}
		of[text] = append(of[text], e)
	}
	f.put(groupLine, calls[0].Group, base)
	for _, text := range answers {
		for _, e := range of[text] {
			f.put(e.Method, strings.TrimPrefix(e.Path, base), e.Case)
		}
		f.b.WriteString(text)
	}
}

// answers returns the cells of a call as they are written.
func (f *formatter) answers(e *Endpoint) string {
	own := &formatter{m: f.m, roles: f.roles}
	own.call(e)
	if own.b.Len() == 0 { // without a line it would be answered as the calls below it
		own.put("", refusedCell.String(), "", everyRole)
	}
	return own.b.String()
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
			f.put("", c.String(), m.formatVersions(on), f.named(of[on]))
		}
	}
	f.together(e)
}

// named writes roles, as all but those that are missing where these are fewer.
func (f *formatter) named(roles []string) string {
	all := append([]string{None}, f.roles...)
	if but := minus(all, roles); len(but) < len(roles) {
		return allBut + strings.Join(but, " ")
	}
	return strings.Join(roles, " ")
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
	sort.Slice(all, func(i, j int) bool { return all[i].String() < all[j].String() })
	return all
}

func setsText(sets [][]string) string {
	var text []string
	for _, s := range sets {
		text = append(text, strings.Join(s, "+"))
	}
	return strings.Join(text, " ")
}
