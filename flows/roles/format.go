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
