// Package roles is the table of calls and the roles that open them, to be searched.
package roles

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak/sift"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Screen is the table of calls and the roles that open them, to be searched. It asks no server.
type Screen struct {
	env     *shell.Env
	tables  []*words.RoleTable // by version, the oldest first; made when they are looked at
	version int
	field   textinput.Model
	typing  bool
	role    string // leaves only what this role opens; "" all
	only    bool   // leaves only what is chosen

	rows   []*roles.Answer // that are left
	why    string          // nothing was found, or not what was asked for
	list   kit.List
	chosen []roles.Call // to be covered, in the order chosen
	cover  roles.Cover
	lacks  string // why there is no cover

}

// New makes the screen.
func New(env *shell.Env) *Screen {
	versions := roles.Versions()
	version := roles.Shipped().Table(env.Defaults.As).Version
	v := &Screen{env: env, tables: make([]*words.RoleTable, len(versions)), version: slices.Index(versions, version), field: kit.NewTextInput(env.Theme), typing: true}
	v.field.Placeholder = env.T("type words, or paste a call or its URL")
	v.field.Focus()
	v.search()
	return v
}

// Find searches for a call, and leaves the field: keys work on what is found.
func (v *Screen) Find(call string) {
	v.field.SetValue(call)
	v.role, v.only, v.typing, v.list.At = "", false, false, 0
	v.search()
}

// Enter implements [shell.Screen].
func (v *Screen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *Screen) Leave() {}

// Typing implements [shell.Screen].
func (v *Screen) Typing() bool { return v.typing }

func (v *Screen) table() *words.RoleTable {
	if v.tables[v.version] == nil {
		v.tables[v.version] = v.env.RoleTable(roles.Versions()[v.version])
	}
	return v.tables[v.version]
}

// Update takes what is typed.
func (v *Screen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case tea.MouseMsg:
		v.list.Wheel(msg, len(v.rows))
	case tea.KeyMsg:
		if !v.typing {
			break
		}
		before := v.field.Value()
		v.field, _ = v.field.Update(msg)
		if v.field.Value() != before {
			v.search()
			v.list.At = 0
			v.list.Top()
		}
	}
	return nil, shell.None()
}

// search works out what is left of the table.
func (v *Screen) search() {
	text := words.Line(v.field.Value())
	v.rows, v.why = v.table().Search(text)
	if v.role != "" {
		found := len(v.rows)
		if v.rows = words.OfRole(v.rows, v.role); len(v.rows) == 0 && found > 0 {
			v.why = v.env.T("%s alone opens none of the calls found. esc clears the words, then the role.", v.role)
		}
	}
	if v.only {
		v.rows = sift.Out(v.rows, func(a *roles.Answer) bool { return !v.isChosen(a) })
	}
	v.move(0)
}

// again searches anew and stays at the same call, if it is still there.
func (v *Screen) again() {
	var e *roles.Endpoint
	if a := v.current(); a != nil {
		e = a.Endpoint
	}
	v.search()
	if i := slices.IndexFunc(v.rows, func(a *roles.Answer) bool { return a.Endpoint == e }); i >= 0 {
		v.list.At = i
	}
}

// current is the marked call; nil if there is none.
func (v *Screen) current() *roles.Answer {
	if v.list.At >= len(v.rows) {
		return nil
	}
	return v.rows[v.list.At]
}

func (v *Screen) move(n int) { v.list.Move(n, len(v.rows)) }

func (v *Screen) isChosen(a *roles.Answer) bool {
	return slices.Contains(v.chosen, words.CallOf(a))
}

// choose puts a call among those to be covered, or takes it out.
func (v *Screen) choose(c roles.Call) {
	if i := slices.Index(v.chosen, c); i >= 0 {
		v.chosen = slices.Delete(v.chosen, i, i+1)
	} else {
		v.chosen = append(v.chosen, c)
	}
	v.coverAgain()
}

func (v *Screen) coverAgain() {
	var err error
	v.lacks = ""
	if v.cover, err = roles.Shipped().Cover(v.table().Version, v.chosen); err != nil {
		message, hint := v.env.RolesFailure(err)
		v.lacks = strings.TrimSpace(message + " " + hint)
	}
	if v.only = v.only && len(v.chosen) > 0; v.only {
		v.again()
	}
}

// nextVersion goes to another version, and stays at the same call.
func (v *Screen) nextVersion(n int) shell.Nav {
	v.version = (v.version + n + len(v.tables)) % len(v.tables)
	nav := shell.None()
	if v.role != "" && !slices.Contains(v.table().Roles, v.role) {
		nav = shell.Notify(v.env.T("%s has no role %s: all calls are shown.", v.table().Version, v.role))
		v.role = ""
	}
	v.again()
	v.coverAgain()
	return nav
}

func (v *Screen) noneChosen() string {
	if len(v.chosen) == 0 {
		return v.env.T("No call is marked: space marks one.")
	}
	return ""
}

func (v *Screen) noneFound() string {
	if v.current() == nil {
		return v.env.T("No call found.")
	}
	return ""
}

// Keys implements [shell.Screen].
func (v *Screen) Keys() []shell.Binding {
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	move := func(n int) func() (tea.Cmd, shell.Nav) { return do(func() { v.move(n) }) }
	version := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { return nil, v.nextVersion(n) }
	}
	focus := func(typing bool) func() (tea.Cmd, shell.Nav) { return do(func() { v.typing = typing }) }
	open := shell.Binding{Keys: []string{"enter"}, Label: "open", Help: "everything known about the marked call", Disabled: v.noneFound, Do: v.open}
	moves := []shell.Binding{
		{Keys: []string{"down"}, Label: "next", Help: "the next call", Do: move(1)},
		{Keys: []string{"up"}, Help: "the previous call", Do: move(-1)},
		{Keys: []string{"pgdown"}, Help: "a page down", Do: move(10)},
		{Keys: []string{"pgup"}, Help: "a page up", Do: move(-10)},
		{Keys: []string{"shift+right"}, Help: "scroll the table to the right: paths and roles in full", Do: do(func() { v.list.Sideways(1) })},
		{Keys: []string{"shift+left"}, Help: "scroll it back", Do: do(func() { v.list.Sideways(-1) })},
	}
	if v.typing {
		return append(append([]shell.Binding{open}, moves...),
			shell.Binding{Keys: []string{"tab", "shift+tab"}, Label: "list", Help: "leave the field: then keys mark calls, switch the version and choose a role", Do: focus(false)},
			shell.Binding{Keys: []string{"esc"}, Label: v.escLabel(), Help: "clear the field; from an empty one go back", Do: v.esc},
		)
	}
	keys := []shell.Binding{
		open,
		{Keys: []string{" "}, Label: "mark", Help: "mark or unmark a call: shows the smallest roles for all marked calls", Disabled: v.noneFound, Do: do(func() { v.choose(words.CallOf(v.current())) })},
		{Keys: []string{"r"}, Label: "role", Help: "choose a role, and see what it opens", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(newRoleChoice(v)) }},
		{Keys: []string{"right", "+"}, Label: "version", Help: "show the next version", Do: version(1)},
		{Keys: []string{"left", "-"}, Help: "the previous version", Do: version(-1)},
		{Keys: []string{"/", "tab", "shift+tab"}, Label: "search", Help: "type into the field again", Do: focus(true)},
		{Keys: []string{"m"}, Help: "only the marked calls, or all again", Disabled: v.noneChosen, Do: do(func() { v.only = !v.only; v.again() })},
		{Keys: []string{"u"}, Help: "unmark all calls", Disabled: v.noneChosen, Do: do(func() { v.chosen, v.only = nil, false; v.coverAgain(); v.again() })},
	}
	return append(append(keys, moves...),
		shell.Binding{Keys: []string{"esc"}, Label: v.escLabel(), Help: "clear the field, then show all calls again; from there go back", Do: v.esc},
		shell.Binding{Keys: []string{"q"}, Help: "go back", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.Open(shell.Route{To: shell.Home}) }},
	)
}

func (v *Screen) open() (tea.Cmd, shell.Nav) {
	return nil, shell.GoTo(&callScreen{list: v, call: words.CallOf(v.current())})
}

// narrowed reports whether less than the whole table is asked for.
func (v *Screen) narrowed() bool { return v.field.Value() != "" || v.role != "" || v.only }

func (v *Screen) escLabel() texts.Text {
	switch {
	case v.field.Value() != "":
		return "clear"
	case v.narrowed():
		return "all calls"
	}
	return "back"
}

// esc takes back what narrows the table, the last first; with nothing left it goes home.
func (v *Screen) esc() (tea.Cmd, shell.Nav) {
	switch {
	case v.field.Value() != "":
		v.field.SetValue("")
	case v.only:
		v.only = false
	case v.role != "":
		v.role = ""
	default:
		return nil, shell.Open(shell.Route{To: shell.Home})
	}
	v.again()
	return nil, shell.None()
}
