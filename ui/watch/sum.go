package watch

import (
	"cmp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/texts"
	"fix403/flows/watch"
	"fix403/keycloak/version"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// sumScreen says for each client what it did, and the smallest roles for that.
type sumScreen struct {
	of     *Screen
	how    int // the form in which the roles are granted by hand; 0 is none
	scroll kit.Pager
}

// forms are those in which roles are granted by hand.
var forms = []string{"", "curl", "kcadm", "terraform"}

func newSum(of *Screen) *sumScreen { return &sumScreen{of: of} }

func (v *sumScreen) Enter() tea.Cmd { return nil }
func (v *sumScreen) Leave()         {}
func (v *sumScreen) Typing() bool   { return false }

// Where implements [shell.Located].
func (v *sumScreen) Where() string { return v.of.Where() }

// Update implements [shell.Screen].
func (v *sumScreen) Update(m tea.Msg) (tea.Cmd, shell.Nav) {
	if wheel, ok := m.(tea.MouseMsg); ok {
		v.scroll.Key(kit.WheelKey(wheel))
	}
	return nil, shell.None()
}

// Keys implements [shell.Screen].
func (v *sumScreen) Keys() []shell.Binding {
	scroll := func(key string) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.scroll.Key(key); return nil, shell.None() }
	}
	turn := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) {
			v.how = (v.how + n + len(forms)) % len(forms)
			return nil, shell.None()
		}
	}
	nothing := func() string {
		if len(v.byHand()) == 0 {
			return v.of.env.T("No lines to copy: → shows them as curl, kcadm and Terraform.")
		}
		return ""
	}
	return append([]shell.Binding{
		{Keys: []string{"esc", "enter", "q"}, Label: "calls", Help: "back to the calls", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.of) }},
		{Keys: []string{"right", "+"}, Label: "by hand", Help: "how to grant the roles by hand: curl, kcadm, Terraform", Do: turn(1)},
		{Keys: []string{"left", "-"}, Help: "the form before", Do: turn(-1)},
		{Keys: []string{"y"}, Label: "copy", Help: "copy the lines that grant the roles", Disabled: nothing, Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.of.env.Copy(v.of.env.T("Commands"), strings.Join(v.byHand(), "\n"))
		}},
	}, shell.ScrollKeys("", "page", scroll)...)
}

// byHand are the lines that grant the roles to all clients, in the form that is chosen.
func (v *sumScreen) byHand() []string {
	var all []string
	for _, c := range v.of.session.Sum().Clients {
		all = append(all, v.grants(c)...)
	}
	return all
}

func (v *sumScreen) grants(c watch.Client) []string {
	if v.how == 0 || len(c.Smallest) == 0 {
		return nil
	}
	admin := v.of.env.Defaults.Credentials
	f := c.Forms(v.of.session.Server, cmp.Or(admin.Realm, "master"), cmp.Or(admin.User, "admin"))
	return map[string][]string{"curl": f.Curl, "kcadm": f.Kcadm, "terraform": f.Terraform}[forms[v.how]]
}

// Layout implements [shell.Screen].
func (v *sumScreen) Layout(w, h int) *shell.Frame {
	t, env := v.of.env.Theme, v.of.env
	what := env.T("the smallest roles for what was called")
	if v.how > 0 {
		what += "  " + t.Accent.Render("< "+forms[v.how]+" >")
	}
	head := []string{words.Fit(" "+t.Title.Render(env.T("Watch"))+"  "+what, w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	return shell.Page(head, shell.Lines(v.scroll.Window(t, v.lines(w-2), w-2, h-len(head))))
}

func (v *sumScreen) lines(w int) []string {
	t, env, s := v.of.env.Theme, v.of.env, v.of.session.Sum()
	if len(s.Clients) == 0 {
		return t.Lines(t.Plain, env.T("No call of the admin API was seen, of %d requests.", s.Requests), w)
	}
	var out []string
	for i, c := range s.Clients {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, v.client(c, w)...)
	}
	if s.Uncounted > 0 {
		out = append(append(out, ""), t.Item("!", t.Warn, env.T("%d calls of further clients and routes are not among these.", s.Uncounted), w)...)
	}
	if s.Version == "" {
		out = append(append(out, ""), t.Item("!", t.Warn, env.T("The server's version is not known here, so the roles are likely. The command watch reads it with an admin's login."), w)...)
	}
	return out
}

func (v *sumScreen) client(c watch.Client, w int) []string {
	t, env := v.of.env.Theme, v.of.env
	out := t.Lines(t.Heading, words.Line(env.WatchedClient(c)), w)
	row := func(name texts.Text, style kit.Style, text string) {
		const column = 11
		for i, line := range words.Wrap(words.Line(text), w-column) {
			label := env.T(name)
			if i > 0 {
				label = ""
			}
			out = append(out, t.Dim.Render(words.Pad(label, column))+style.Render(line))
		}
	}
	if c.Account.ClientID != "" || c.Account.Name != "" { // without a name, nothing can be granted
		row("takes", t.Good, env.Say(kit.OrNone(c.Smallest)))
		for _, equal := range c.Equal {
			row("or", t.Good, env.Say(kit.OrNone(equal)))
		}
		if c.Seen {
			row("too much", t.Warn, env.Say(kit.OrNone(c.Surplus)))
		} else {
			row("holds", t.Plain, env.T("not seen here"))
		}
		if c.How != version.Measured {
			row("certainty", t.Plain, env.T("likely"))
		}
	}
	for _, n := range c.Notes {
		out = append(out, t.Item("!", t.Warn, words.Line(env.Say(n)), w)...)
	}
	for _, r := range c.Routes {
		line := words.Pad(words.Line(r.Method), 7) + words.Line(r.Path) + "  " + words.Statuses(r.Statuses)
		if stopped := env.Stopped(r.Stopped, r.Hidden); stopped != "" {
			line += "  " + stopped
		}
		out = append(out, t.Lines(t.Plain, "  "+line, w)...)
		if !r.Reason.Empty() {
			out = append(out, t.Item("  "+t.Glyphs.Arrow, t.Dim, words.Line(env.Say(r.Reason)), w)...)
		}
	}
	switch lines := v.grants(c); {
	case len(lines) > 0:
		out = append(append(out, ""), words.Shell(words.Clean(strings.Join(lines, "\n")), w)...)
	case v.how > 0 && len(c.Smallest) > 0:
		out = append(append(out, ""), t.Item("!", t.Warn, env.T("There are no lines for this account: they grant roles to the service account of a client, in its own realm."), w)...)
	}
	return out
}
