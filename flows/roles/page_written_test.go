package roles

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// writePage writes the whole matrix as a Markdown page, in English: docs/roles.md.
func (m *Matrix) writePage(out io.Writer) error {
	p := page{m: m}
	p.say("# Which role opens which call\n")
	p.say("The calls of Keycloak's admin API, and the roles of the client realm-management that open them. Everything here was measured, on")
	p.say("Keycloak %s: each call with each role alone. This page is generated from `flows/roles/data` (`go test ./flows/roles -update`);\n`fix403 roles` answers the same on the command line, for one call, for several at once, or for a role.\n", and(m.Versions()))
	p.say("How to read it:\n")
	p.say("- **smallest**: the least single roles with which the call gives its whole answer: those that only view or query, where there are such,")
	p.say("  and of these the ones that open a part of what the others open. (What query- roles open is not counted at first: view-users brings")
	p.say("  query-users with it, manage-users does not.)")
	p.say("- **also**: the other single roles that give the whole answer. realm-admin always does, and is left out unless nothing else does.")
	p.say("- **shows less**: roles with which the call succeeds, but hides something: an empty or shorter list, fields that are missing.")
	p.say("- `a` + `b`: roles held together, where no single role but realm-admin is enough.")
	p.say("- **A line in bold with versions** says how those answer otherwise than %s. \"24.0.5 to 26.6.4\" names the measured versions from", m.newest().Version)
	p.say("  the one to the other. What lies between two that agree is likely, and not measured.\n")
	p.say("Paths are below `/admin/realms/{realm}` unless they begin with `/admin`.\n")
	p.say("## What surprises\n")
	for index, trap := range traps {
		for i, on := range m.told[index]().claims {
			if on != 0 {
				p.say("- %s%s", m.say(index, i), p.calls(trap.On))
			}
		}
	}
	for _, c := range conditions {
		for _, r := range c.says.Ranges(version.Equal) {
			on := r.From.String()
			if r.To != r.From {
				on += " to " + r.To.String()
			}
			p.say("- %s%s", msg.New("%s (Measured on %s.)", msg.New(r.Value), on), p.calls([]string{c.on}))
		}
	}
	p.say("\n## Documented for later versions\n")
	p.say("Keycloak's documents name these changes, and they were not measured. `fix403 roles --as VERSION` says them where they apply.\n")
	for _, c := range changes {
		if m.pending(c) {
			p.say("- From %s: %s%s. Source: %s.", c.Since, msg.New(c.Says).Clause(), p.calls(c.On), c.Source)
		}
	}
	group := ""
	for _, e := range m.endpoints {
		if e.Group != group {
			group = e.Group
			p.say("\n## %s\n", strings.ToUpper(group[:1])+group[1:])
			p.say("| call | smallest | also | shows less |\n|---|---|---|---|")
		}
		p.endpoint(e)
	}
	p.say("\n## What each role opens\n")
	p.say("The number of calls that a role alone opens, in brackets those of them that show less. `fix403 roles --role NAME` lists them.\n")
	p.say("| role | %s |\n|---|%s", strings.Join(m.Versions(), " | "), strings.Repeat("---|", len(m.tables)))
	for _, role := range m.newest().Roles {
		line := fmt.Sprintf("| %s |", role)
		for _, t := range m.tables {
			if !slices.Contains(t.Roles, role) {
				line += " - |"
				continue
			}
			opens, less := m.Opens(t.Version, role), 0
			for _, o := range opens {
				if o.Filtered {
					less++
				}
			}
			line += fmt.Sprintf(" %d (%d) |", len(opens), less)
		}
		p.say("%s", line)
	}
	_, err := io.WriteString(out, p.b.String())
	return err
}

type page struct {
	m *Matrix
	b strings.Builder
}

func (p *page) say(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func and(names []string) string {
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// calls names calls that something is about.
func (p *page) calls(list []string) string {
	const most = 2
	var on []string
	for i, o := range list {
		if i == most {
			on = append(on, "…")
			break
		}
		o = strings.TrimSuffix(o, " ")
		if !strings.Contains(o, " ") {
			o += " /admin/realms/{realm}"
		}
		on = append(on, "`"+o+"`")
	}
	return " (" + strings.Join(on, ", ") + ")"
}

// endpoint writes a row for the newest version that has the endpoint, and one for each group of versions that differ.
func (p *page) endpoint(e *Endpoint) {
	var texts []string
	versions := map[string]versionSet{}
	for i, t := range slices.Backward(p.m.tables) {
		row := t.at[e]
		if row == nil {
			continue
		}
		text := p.cells(t, row)
		if versions[text] == 0 {
			texts = append(texts, text)
		}
		versions[text] |= 1 << i
	}
	for i, text := range texts {
		if i == 0 {
			p.say("| %s %s |", p.name(e), text)
			continue
		}
		p.say("| **%s** %s |", p.m.said(versions[text]), text)
	}
}

func (p *page) name(e *Endpoint) string {
	path := strings.TrimPrefix(e.Path, "/admin/realms/{realm}")
	if path == "" {
		path = e.Path
	}
	name := "`" + e.Method + " " + path + "`"
	if e.Case != "" {
		name += " " + e.Case
	}
	return name
}

func (p *page) cells(t *Table, row *Row) string {
	if f, off := p.m.switchedOff(t, row.Endpoint); off {
		return "| *switched off by default (feature " + f.Start + ")* | |"
	}
	if !row.Served() {
		return "| *no such endpoint* | |"
	}
	a := t.answer(row)
	smallest, also := slices.Clone(a.Smallest), minus(a.Also, []string{RealmAdmin})
	for i, s := range a.Together {
		if i == 0 {
			smallest = slices.Insert(smallest, 0, strings.Join(s, " + "))
		}
	}
	switch {
	case row.Endpoint.Case != "" && row.Cells[RealmAdmin].Status == 404:
		return "| *404:* " + p.list(t, sift.Out(t.Roles, func(r string) bool { return row.Cells[r].Status != 404 })) + p.none(row) + " | |"
	case row.None.Whole() && row.Endpoint.Case == "":
		return "| *none needed* | every role | "
	case len(smallest) == 0:
		smallest = []string{"*no role of the realm*"}
	}
	return fmt.Sprintf("| %s | %s | %s", strings.Join(smallest, ", "), p.list(t, also), p.list(t, a.Filtered))
}

func (p *page) none(row *Row) string {
	if row.None.Status == 404 {
		return ", also without any role"
	}
	return "; 403 for the others"
}

// list names roles, or tells which are not among them where that is shorter.
func (p *page) list(t *Table, names []string) string {
	if missing := minus(t.Roles, append(slices.Clone(names), RealmAdmin)); len(names) > len(t.Roles)/2 {
		if len(missing) == 0 {
			return "every role"
		}
		return "every role but " + strings.Join(missing, ", ")
	}
	return strings.Join(names, ", ")
}
