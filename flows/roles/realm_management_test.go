package roles

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fix403/docs/pagetest"
	"fix403/keycloak/version"
)

// realmManagementPage is docs/realm-management.md: a section for each role of the newest measured version.
func (m *Matrix) realmManagementPage() string {
	p := page{m: m}
	t := m.newest()
	free, common := m.openTo(None, nil), m.openTo("query-realms", []string{"impersonation"})
	p.say(`# The roles of realm-management

Each realm has a client `+"`realm-management`"+`. Its roles decide who may do what in the realm's admin API: what each role alone opens on Keycloak %s, by
area, what its holder can make of it, and what surprises about it. Everything here was measured; [roles.md](roles.md) has the same table by call, and where other versions
differ. This page is made from it: `+"`go test ./flows/roles -update`"+`.

How to read it:

- **whole**: the calls that give the role their whole response. **shows less**: those that succeed and hide something. **changes**: how many of the two are not GET.
- Not counted here, but in roles.md: the %d calls that need no role at all, and the %d that every role but impersonation opens alike (the realm's name and its texts).
- **the smallest for**: the calls for which no role that opens less suffices, three of them where there are many. What a role opens besides, a smaller one opens as well.
- **powerful**: a role with which an account can become an admin of the realm. `+"`fix403 doctor --fix --yes`"+` grants none of them without `+"`--allow-powerful`"+`, and realm-admin never.

Paths are below `+"`/admin/realms/{realm}`"+` unless they begin with `+"`/admin`"+`. One role on the command line, with all that it opens:

`+"```sh\nfix403 roles --role impersonation | tail -n 1\n```\n\n```text\nimpersonation alone opens 7 of the measured calls, as 26.7.4 answers.\n```"+`

| role | whole | shows less | changes | powerful |
|---|---|---|---|---|`, t.Version, len(free), len(common)-len(free))
	for _, role := range t.Roles {
		whole, less, changes := 0, 0, 0
		for _, o := range m.opensBeside(role, common) {
			if o.Filtered {
				less++
			} else {
				whole++
			}
			if !o.Endpoint.Reads() {
				changes++
			}
		}
		says := ""
		if power, is := PowerOf(role); is {
			says = "its holder " + string(power.Lets)
		}
		p.say("| [%s](#%s) | %d | %d | %d | %s |", role, role, whole, less, changes, says)
	}
	for _, role := range t.Roles {
		p.role(t, role, common)
	}
	return p.b.String()
}

// openTo are the calls that a caller without a role opens, or one with the least role, as all do but these; each with the cell.
func (m *Matrix) openTo(least string, but []string) map[*Endpoint]Cell {
	t, open := m.newest(), map[*Endpoint]Cell{}
	for _, row := range t.Rows {
		cell := row.cell(least)
		if row.Endpoint.Case == "" && cell.Succeeds() && !slices.ContainsFunc(minus(t.Roles, but), func(r string) bool { return !row.cell(r).Succeeds() }) {
			open[row.Endpoint] = cell
		}
	}
	return open
}

// opensBeside is what a role opens, without what it opens as all others do.
func (m *Matrix) opensBeside(role string, common map[*Endpoint]Cell) []Opened {
	return slices.DeleteFunc(m.Opens(m.newest().Version, role), func(o Opened) bool {
		cell, is := common[o.Endpoint]
		row := m.newest().at[o.Endpoint]
		return is && (row.cell(role) == cell || row.cell(role) == row.None)
	})
}

// role writes the section of a role.
func (p *page) role(t *Table, role string, common map[*Endpoint]Cell) {
	p.say("\n## %s\n", role)
	if power, is := PowerOf(role); is {
		p.say("**Powerful**: its holder %s.\n", power.Lets)
	} else if reveals := p.m.reveals(role); reveals != "" {
		p.say("**Reads only**, and yet: %s\n", reveals)
	} else if strings.HasPrefix(role, "manage-") {
		p.say("Changes what it is named after. No way from it to other rights is known.\n")
	} else {
		p.say("Reads only.\n")
	}
	if since := p.m.where(func(t *Table) bool { return slices.Contains(t.Roles, role) }); since != p.m.where(func(*Table) bool { return true }) {
		p.say("Measured on %s; older ones do not have it.\n", p.m.said(since))
	}
	if role == RealmAdmin {
		p.say("Holds all other roles. In the last column are the calls that no other role opens alone; several together may.\n")
	}
	type area struct {
		name        string
		whole, less int
		smallest    []string
	}
	var areas []area
	for _, o := range p.m.opensBeside(role, common) {
		if len(areas) == 0 || areas[len(areas)-1].name != o.Endpoint.Group {
			areas = append(areas, area{name: o.Endpoint.Group})
		}
		a := &areas[len(areas)-1]
		if o.Filtered {
			a.less++
			continue
		}
		a.whole++
		if slices.Contains(t.answer(t.at[o.Endpoint]).Smallest, role) {
			a.smallest = append(a.smallest, p.name(o.Endpoint))
		}
	}
	if len(areas) == 0 {
		p.say("Alone it opens no call beside those that all roles open.")
	} else {
		p.say("| area | whole | shows less | the smallest for |\n|---|---|---|---|")
	}
	for _, a := range areas {
		p.say("| %s | %d | %d | %s |", a.name, a.whole, a.less, fewest(a.smallest))
	}
	if traps := p.trapsNaming(role); len(traps) > 0 {
		p.say("\nTraps:\n\n%s", strings.Join(traps, "\n"))
	}
}

// reveals is the claim that a role gives access to more than it reads; "" if there is none.
func (m *Matrix) reveals(role string) string {
	for i, trap := range traps {
		if strings.HasPrefix(string(trap.Claims[0].Says), role+" reveals ") {
			return m.say(i, 0).String()
		}
	}
	return ""
}

// fewest names the calls with the shortest paths, and how many others there are.
func fewest(calls []string) string {
	const most = 3
	shortest := slices.SortedStableFunc(slices.Values(calls), func(a, b string) int { return cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")) })
	if len(calls) <= most+1 {
		return strings.Join(shortest, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(shortest[:most], ", "), len(calls)-most)
}

// trapsNaming are the claims in which a role is named.
func (p *page) trapsNaming(role string) []string {
	var says []string
	named := regexp.MustCompile(`(^|[^\w-])` + role + `($|[^\w-])`)
	tell := func(text string, on []string) {
		if named.MatchString(text) {
			says = append(says, "- "+text+p.calls(on))
		}
	}
	for i, trap := range traps {
		for j, on := range p.m.told[i]().claims {
			if on != 0 {
				tell(p.m.say(i, j).String(), trap.On)
			}
		}
	}
	for _, c := range conditions {
		for _, r := range c.says.Ranges(version.Equal) {
			on := r.From.String()
			if r.To != r.From {
				on += " to " + r.To.String()
			}
			tell(fmt.Sprintf("%s (Measured on %s.)", r.Value, on), []string{c.on})
		}
	}
	return says
}

func TestRealmManagementPageIsCurrent(t *testing.T) {
	pagetest.Current(t, *update, "realm-management.md", Shipped().realmManagementPage(), "go test ./flows/roles -update")
}

// Each role of the newest version has its section, with its power and the traps that name it.
func TestRealmManagementPageTellsWhatIsKnown(t *testing.T) {
	text := Shipped().realmManagementPage()
	sections := map[string]string{}
	for _, section := range strings.Split(text, "\n## ")[1:] {
		name, body, _ := strings.Cut(section, "\n")
		sections[name] = body
	}
	if roles := Shipped().newest().Roles; len(sections) != len(roles) {
		t.Errorf("%d sections of %d roles", len(sections), len(roles))
	}
	for role, says := range map[string]string{
		"view-users":           "| users | ",
		"view-clients":         "and yet: view-clients reveals client secrets in plain text",
		"manage-users":         "can set the password of any user",
		"query-users":          "200 and empty",
		"view-organizations":   "older ones do not have it",
		"manage-organizations": "| organizations | ",
		"impersonation":        "cannot find users",
	} {
		if !strings.Contains(sections[role], says) {
			t.Errorf("%s: %q is missing in\n%s", role, says, sections[role])
		}
	}
	if !strings.Contains(sections["view-users"], "`GET /users/{user-id}`") || strings.Contains(sections["manage-users"], "`GET /users/{user-id}`,") {
		t.Errorf("the call of the story belongs to view-users:\n%s\n%s", sections["view-users"], sections["manage-users"])
	}
	for _, role := range []string{"view-users", "query-users", "manage-events"} {
		if strings.Contains(sections[role], "**Powerful**") {
			t.Errorf("%s is powerful", role)
		}
	}
}
