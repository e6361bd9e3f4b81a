package roles

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/roles"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// callScreen is all that is known of a call.
type callScreen struct {
	list   *Screen
	call   roles.Call
	scroll kit.Pager
}

// Enter implements [shell.Screen].
func (v *callScreen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *callScreen) Leave() {}

// Typing implements [shell.Screen].
func (v *callScreen) Typing() bool { return false }

// Update implements [shell.Screen].
func (v *callScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	if wheel, ok := msg.(tea.MouseMsg); ok {
		v.scroll.Key(kit.WheelKey(wheel))
	}
	return nil, shell.None()
}

// Keys implements [shell.Screen].
func (v *callScreen) Keys() []shell.Binding {
	scroll := func(key string) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.scroll.Key(key); return nil, shell.None() }
	}
	version := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.scroll.Top(); return nil, v.list.nextVersion(n) }
	}
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) {
			v.list.move(n)
			if a := v.list.current(); a != nil {
				v.call = words.CallOf(a)
			}
			v.scroll.Top()
			return nil, shell.None()
		}
	}
	return append([]shell.Binding{
		{Keys: []string{"esc", "enter", "q"}, Label: "back", Help: "back to the list", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.list) }},
		{Keys: []string{" "}, Label: "mark", Help: "mark or unmark the call: shows the smallest roles for all marked calls", Do: func() (tea.Cmd, shell.Nav) { v.list.choose(v.call); return nil, shell.None() }},
		{Keys: []string{"right", "+"}, Label: "version", Help: "show the next version", Do: version(1)},
		{Keys: []string{"left", "-"}, Help: "the previous version", Do: version(-1)},
		{Keys: []string{"n", "tab"}, Label: "next", Help: "the next call of the list", Do: move(1)},
		{Keys: []string{"p", "shift+tab"}, Help: "the previous call", Do: move(-1)},
		{Keys: []string{"r"}, Label: "role", Help: "choose a role, and see what it opens", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(newRoleChoice(v.list)) }},
	}, shell.ScrollKeys("", "", scroll)...)
}

// Layout implements [shell.Screen].
func (v *callScreen) Layout(w, h int) *shell.Frame {
	t := v.list.env.Theme
	inner := min(w-2, 100)
	head := v.list.head(w)
	if len(v.list.chosen) > 0 {
		for _, line := range v.list.coverLines(inner) {
			head = append(head, " "+line)
		}
	}
	var lines []string
	if a, err := roles.Shipped().Find(v.list.table().Version, v.call); err != nil {
		message, hint := v.list.env.RolesFailure(err)
		lines = append([]string{t.Heading.Render(words.Fit(v.call.String(), inner)), ""}, t.Item("!", t.Warn, strings.TrimSpace(message+" "+hint), inner)...)
	} else {
		lines = answerLines(t, a, inner)
	}
	return shell.Page(head, shell.Lines(v.scroll.Window(t, append([]string{""}, lines...), inner, h-len(head))))
}

// roleChoice is the list of roles: choosing one shows what it opens.
type roleChoice struct {
	list  *Screen
	roles kit.List
}

func newRoleChoice(list *Screen) *roleChoice {
	v := &roleChoice{list: list}
	role := list.role
	if a := list.current(); role == "" && a != nil && len(a.Smallest) > 0 {
		role = a.Smallest[0]
	}
	v.roles.At = max(0, slices.Index(list.table().Roles, role))
	return v
}

func (v *roleChoice) Enter() tea.Cmd { return nil }
func (v *roleChoice) Leave()         {}
func (v *roleChoice) Typing() bool   { return false }

// Update implements [shell.Screen].
func (v *roleChoice) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	if wheel, ok := msg.(tea.MouseMsg); ok {
		v.roles.Wheel(wheel, len(v.list.table().Roles))
	}
	return nil, shell.None()
}

// Keys implements [shell.Screen].
func (v *roleChoice) Keys() []shell.Binding {
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.roles.Move(n, len(v.list.table().Roles)); return nil, shell.None() }
	}
	version := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) {
			role := v.list.table().Roles[v.roles.At]
			nav := v.list.nextVersion(n)
			v.roles.Move(0, len(v.list.table().Roles))
			if i := slices.Index(v.list.table().Roles, role); i >= 0 {
				v.roles.At = i
			}
			return nil, nav
		}
	}
	return []shell.Binding{
		{Keys: []string{"enter"}, Label: "show", Help: "what the marked role opens", Do: v.choose},
		{Keys: []string{"down", "tab"}, Label: "next", Help: "the next role", Do: move(1)},
		{Keys: []string{"up", "shift+tab"}, Help: "the previous role", Do: move(-1)},
		{Keys: []string{"right", "+"}, Label: "version", Help: "show the next version", Do: version(1)},
		{Keys: []string{"left", "-"}, Help: "the previous version", Do: version(-1)},
		{Keys: []string{"pgdown"}, Help: "a page down", Do: move(10)},
		{Keys: []string{"pgup"}, Help: "a page up", Do: move(-10)},
		{Keys: []string{"esc", "q"}, Label: "back", Help: "back to the list of calls", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.list) }},
	}
}

func (v *roleChoice) choose() (tea.Cmd, shell.Nav) {
	v.list.role = v.list.table().Roles[v.roles.At]
	v.list.field.SetValue("")
	v.list.typing, v.list.only, v.list.list.At = false, false, 0
	v.list.list.Top()
	v.list.search()
	return nil, shell.GoTo(v.list)
}

// Layout implements [shell.Screen].
func (v *roleChoice) Layout(w, h int) *shell.Frame {
	t := v.list.env.Theme
	table := v.list.table()
	head := []string{
		words.Fit(" "+t.Title.Render(v.list.env.T("Roles"))+"  "+v.list.env.T("what does one open?")+"  "+t.Accent.Render("< "+v.list.env.T("measured on Keycloak %s", table.Version)+" >"), w),
		t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w)),
		" " + t.Dim.Render(words.Fit(words.Pad("  "+v.list.env.T("role"), 30)+v.list.env.T("calls    shows less"), w-2)),
	}
	var lines []string
	for i, role := range table.Roles {
		point, style := " ", t.Plain
		if i == v.roles.At {
			point, style = t.Accent.Render(t.Glyphs.Point), t.Heading
		}
		opened, less := words.OfRole(table.Calls, role), 0
		for _, a := range opened {
			if _, filtered := words.Opened(a, role); filtered {
				less++
			}
		}
		lines = append(lines, point+" "+style.Render(words.Pad(role, 28))+fmt.Sprintf("%5d", len(opened))+t.Dim.Render(fmt.Sprintf("%14d", less)))
	}
	return shell.Page(head, shell.List(t, &v.roles, lines, w-2, h-len(head), v.choose))
}
