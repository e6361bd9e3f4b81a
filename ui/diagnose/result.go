package diagnose

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// resultScreen is what was found out about a call, and what fixes it.
type resultScreen struct {
	c    *diagnosis
	form *Form
	pane inspect.Pane
	way  int  // form of the fix
	jump bool // bring the fix into view
	more bool // bring what was found into view
	text kit.Pager
	fix  kit.Pager // in a column of its own
	side kit.Pager // token
	wide bool
	wire inspect.Wire
}

// newResult is the screen of what was found out about a call; form is where it leads back to.
func newResult(c *diagnosis, form *Form) *resultScreen {
	v := &resultScreen{c: c, form: form, wire: inspect.NewWire()}
	v.shown()
	return v
}

// shown marks the decisive exchange on the wire.
func (v *resultScreen) shown() {
	v.wire = inspect.NewWire()
	v.text.Top()
	x := v.c.diagnosis.Exchange
	if after := v.c.diagnosis.After; after != nil {
		x = &after.Exchange
	}
	if x == nil {
		return
	}
	v.wire.Selected = slices.IndexFunc(v.c.exchanges(), func(e wire.Exchange) bool { return e.Started.Equal(x.Started) && e.URL == x.URL })
}

// Enter implements [shell.Screen].
func (v *resultScreen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *resultScreen) Leave() {}

// Where implements [shell.Located].
func (v *resultScreen) Where() string { return v.c.where() }

// Typing implements [shell.Screen].
func (v *resultScreen) Typing() bool { return v.pane == inspect.PaneWire && v.wire.Typing() }

// Update implements [shell.Screen].
func (v *resultScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		answer, ok := msg.Answer.(diagnosed)
		if !ok || answer.c != v.c {
			return nil, shell.None()
		}
		v.c.handleResult(msg, answer)
		v.form.fixed.add(v.c)
		v.shown()
		if words.Canceled(msg.Err) {
			v.c.err = nil
			return nil, shell.NotifyError(v.c.env.T("Cancelled. u undoes what was changed so far."))
		}
		return nil, shell.None()
	case tea.MouseMsg:
		v.scroll(kit.WheelKey(msg))
	case tea.KeyMsg:
		if v.Typing() {
			v.wire.Find.Update(msg)
		}
	}
	return nil, shell.None()
}

// forms are those that the fix has.
func (v *resultScreen) forms() []words.Section { return v.c.env.Fixes(v.c.diagnosis) }

func (v *resultScreen) noForms() string {
	if len(v.forms()) == 0 {
		return v.c.env.T("There is nothing to fix, so nothing to copy.")
	}
	return ""
}

// Keys implements [shell.Screen].
func (v *resultScreen) Keys() []shell.Binding {
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	scrolls := func(key string) func() (tea.Cmd, shell.Nav) { return do(func() { v.scroll(key) }) }
	panes := []shell.Binding{
		{Keys: []string{"w", "f3"}, Label: "wire", Help: "each request with status, headers and body", Do: v.open(inspect.PaneWire)},
		{Keys: []string{"t", "f4"}, Label: "token", Help: "the token of the call, decoded; after the fix, next to the new one", Do: v.open(inspect.PaneToken)},
	}
	scroll := []shell.Binding{
		{Keys: []string{"down"}, Label: "scroll", Help: "scroll", Do: scrolls("down")},
		{Keys: []string{"up"}, Help: "scroll back", Do: scrolls("up")},
		{Keys: []string{"pgdown", " "}, Help: "scroll a page", Do: scrolls("pgdown")},
		{Keys: []string{"pgup"}, Help: "scroll a page back", Do: scrolls("pgup")},
		{Keys: []string{"home"}, Help: "to the top", Do: scrolls("home")},
		{Keys: []string{"end"}, Help: "to the end", Do: scrolls("end")},
	}
	switch v.pane {
	case inspect.PaneWire:
		env := inspect.Source{Env: v.c.env, Here: v.c.exchanges, Run: v.c.exchanges}
		return v.wire.Keys(env, v.open(inspect.PaneNone), panes[1:]...)
	case inspect.PaneToken:
		keys := []shell.Binding{{Keys: []string{"esc", "enter"}, Label: "close", Help: "back to the diagnosis", Do: v.open(inspect.PaneNone)}}
		return append(append(keys, scroll...), panes...)
	case inspect.PaneNone, inspect.PaneManual, inspect.PaneTry, inspect.PaneGoto, inspect.PaneMore:
	}
	turn := func(n int) func() (tea.Cmd, shell.Nav) {
		return do(func() {
			all := len(v.forms())
			v.way, v.jump = (v.way+n+all)%all, true
			v.fix.Top()
		})
	}
	_, label, help, act := v.next()
	keys := []shell.Binding{
		{Keys: []string{"enter"}, Label: label, Help: help, Do: act},
		{Keys: []string{"f"}, Help: "apply the fix: first shows what it will change", Disabled: v.c.fixDisabledReason, Do: v.ask(actionFix)},
		{Keys: []string{"e"}, Label: "seen", Help: "all that was seen, and what was not checked", Do: do(func() { v.more = true })},
		{Keys: []string{"u"}, Label: "undo", Help: "undo the fix", Disabled: v.c.undoDisabledReason, Do: v.ask(actionUndo)},
		{Keys: []string{"tab", "right"}, Label: "other form", Help: "the fix as clicks, curl, kcadm.sh, Terraform, TypeScript or Go", Disabled: v.noForms, Do: turn(1)},
		{Keys: []string{"shift+tab", "left"}, Help: "the previous form", Disabled: v.noForms, Do: turn(-1)},
		{Keys: []string{"y"}, Label: "copy", Help: "copy the fix in this form, with variables for secrets", Disabled: v.noForms, Do: func() (tea.Cmd, shell.Nav) {
			f := v.chosen()
			return nil, v.c.env.Copy(v.c.env.T("The fix (%s) was", f.Name), strings.Join(f.Lines, "\n")+"\n")
		}},
	}
	keys = append(keys, panes...)
	keys = append(keys, shell.Binding{Keys: []string{"esc"}, Label: "back", Help: "back to the form; your input is kept", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.form) }})
	keys = append(keys, scroll...)
	return append(keys, shell.Binding{Keys: []string{"r"}, Help: "diagnose the same call again", Disabled: v.c.againDisabledReason, Do: v.c.again})
}

// chosen is the chosen form; there must be one.
func (v *resultScreen) chosen() words.Section {
	all := v.forms()
	return all[min(v.way, len(all)-1)]
}

// ask lists exactly what will be changed, and asks before it is.
func (v *resultScreen) ask(what action) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		return nil, shell.Ask(&shell.Dialog{Dialog: v.dialog(what), Yes: func() (tea.Cmd, shell.Nav) {
			v.text.Top()
			return v.c.begin(what), shell.None()
		}})
	}
}

func (v *resultScreen) open(p inspect.Pane) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if v.pane == p {
			p = inspect.PaneNone
		}
		v.pane = p
		v.side.Top()
		return nil, shell.None()
	}
}

func (v *resultScreen) scroll(key string) {
	switch {
	case key == "":
	case v.pane == inspect.PaneWire:
		v.wire.Key(key, len(v.c.exchanges()))
	case v.pane == inspect.PaneToken:
		v.side.Key(key)
	default:
		v.text.Key(key)
		if v.wide {
			v.fix.Key(key)
		}
	}
}

// Layout implements [shell.Screen].
func (v *resultScreen) Layout(w, h int) *shell.Frame {
	s, t, d := v.c.env, v.c.env.Theme, v.c.diagnosis
	head := []string{words.Fit(" "+t.Title.Render(v.c.env.T("Diagnosis"))+"  "+words.Line(d.Call), w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	h -= len(head)
	inner := w - 2
	if s.Work.Busy() {
		lines := s.ProgressLines(v.c.exchanges(), v.c.url(), inner)
		v.side.Key("end")
		return shell.Page(head, shell.Lines(v.side.Window(t, lines, inner, h-1)).WithLine(s.Progress(v.c.url(), inner)))
	}
	switch v.pane {
	case inspect.PaneWire:
		return shell.Page(head, v.wire.Layout(t, v.c.exchanges(), &s.Reveal, inner, h))
	case inspect.PaneToken:
		return shell.Page(head, shell.Lines(v.side.Window(t, v.tokenLines(inner), inner, h)))
	case inspect.PaneNone, inspect.PaneManual, inspect.PaneTry, inspect.PaneGoto, inspect.PaneMore:
	}
	v.wide = w >= kit.ThreeColumns
	if v.wide {
		left := (inner - 3) / 2
		right := inner - 3 - left
		brief := append(v.brief(left, h-1), "")
		if v.more {
			v.text.Offset = len(brief) - 1
		}
		v.jump, v.more = false, false
		body := kit.Beside(t, v.text.Window(t, append(brief, v.found(left)...), left, h-1), left, v.fix.Window(t, v.fixLines(right), right, h-1))
		return shell.Page(head, shell.Lines(body).WithButton(t, v.button(), inner))
	}
	brief := append(v.brief(inner, h-1), "")
	fix := append(v.fixLines(inner), "")
	lines := slices.Concat(brief, fix, v.found(inner))
	switch {
	case v.jump:
		v.text.Offset = len(brief) - 1
	case v.more:
		v.text.Offset = len(brief) + len(fix) - 1
	}
	v.jump, v.more = false, false
	return shell.Page(head, shell.Lines(v.text.Window(t, lines, inner, h-1)).WithButton(t, v.button(), inner))
}

// brief is the answer: the sentence, the gates, the role and the clicks, and of what decided as much as there is room for.
func (v *resultScreen) brief(w, h int) []string {
	t, c, d := v.c.env.Theme, v.c, v.c.diagnosis
	var out []string
	add := func(more ...string) { out = append(out, more...) }
	if c.err != nil {
		message, hint := v.c.env.FailureInForm(c.err)
		add(t.Item(t.Glyphs.Failed, t.Bad, c.mask(message), w)...)
		if hint != "" {
			add(t.Item(t.Glyphs.Arrow, t.Warn, hint, w)...)
		}
		add("")
	}
	if d.After != nil {
		title := v.c.env.T("After the fix")
		if c.undone {
			title = v.c.env.T("After the fix was undone")
		}
		add(t.Heading.Render(title))
		for _, line := range v.c.env.AfterFix(d) {
			sign, style := t.Glyphs.Bullet, t.Plain
			switch {
			case strings.HasPrefix(line, "+ "):
				sign, style, line = "+", t.Good, line[2:]
			case strings.HasPrefix(line, "- "):
				sign, style, line = "-", t.Bad, line[2:]
			}
			add(t.Item(sign, style, words.Line(line), w)...)
		}
		if d.After.Status != 0 {
			add(inspect.GateRow(t, gate.Classify(d.After.Exchange), w)...)
		}
		add("", t.Heading.Render(v.c.env.T("Before")))
	}
	add(t.Lines(t.Heading, words.Line(c.env.Say(d.Summary)), w)...)
	add(inspect.GateRow(t, d.Refusal(), w)...)
	add(t.Lines(t.Dim, v.c.env.Verdict(d), w)...)
	add("")
	const column = 10
	part := func(label string, style kit.Style, text string) (lines []string) {
		for i, line := range t.Lines(style, text, w-column) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, t.Dim.Render(words.Pad(label, column))+line)
		}
		return lines
	}
	say := c.env.T
	caller := part(say("Caller"), t.Plain, words.Line(c.env.Caller(d)))
	var doubt []string
	needed, none := c.env.RoleNeeded(d)
	role := part(say("Role"), map[bool]kit.Style{false: t.Good.Bold(), true: t.Plain}[none], needed)
	if text := c.env.Doubt(d); text != "" {
		doubt = part(say("Not seen"), t.Warn, text)
	}
	// What a person can do comes before what they may want to know.
	const below = 3 // the keys, a line above them, and one that says that there is more
	add(role...)
	room := h - len(out) - below
	clicks := v.steps(func(label, step string) []string { return part(label, t.Plain, step) }, room)
	add(clicks...)
	room -= len(clicks)
	for _, lines := range [][]string{caller, doubt} {
		if len(lines) <= room {
			add(lines...)
			room -= len(lines)
		}
	}
	evidence, rank := c.env.Evidence(d)
	label := say("Evidence")
	for _, i := range rank[:min(2, len(rank))] {
		if lines := part(label, t.Plain, evidence[i].Text+" ("+evidence[i].Source+")"); len(lines) <= room {
			add(lines...)
			room, label = room-len(lines), ""
		}
	}
	add("")
	keys := say("e: all that was seen")
	if len(v.forms()) > 0 {
		keys = say("e: all that was seen   tab: as curl, kcadm.sh, Terraform   y: copy")
	}
	out = append(out, t.Dim.Render(words.Fit(keys, w)))
	const worth = 5
	for left := h - len(out); 0 < left && left < worth; left-- { // too little for what follows: that begins on the next page
		out = append(out, "")
	}
	return out
}

// steps are the clicks in the Admin Console, as many of them as there is room for: none is cut short.
func (v *resultScreen) steps(part func(label, step string) []string, room int) (out []string) {
	label := v.c.env.T("Console")
	for i, step := range v.c.clicks {
		lines, left := part(label, step), len(v.c.clicks)-i
		if room < len(lines) || left > 1 && room == len(lines) {
			if room > 0 {
				out = append(out, part(label, v.c.env.T("all steps: PgDn"))...)
			}
			return out
		}
		out, label, room = append(out, lines...), "", room-len(lines)
	}
	return out
}

// found is what the diagnosis rests on.
func (v *resultScreen) found(w int) []string {
	t := v.c.env.Theme
	var out []string
	for i, s := range v.c.env.Found(v.c.diagnosis) {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, t.Heading.Render(s.Title))
		for _, line := range s.Lines {
			out = append(out, t.Item(t.Glyphs.Bullet, t.Plain, words.Line(line), w)...)
		}
	}
	return out
}

// fixLines is the fix in the chosen form, below the names of all.
func (v *resultScreen) fixLines(w int) []string {
	t := v.c.env.Theme
	all := v.forms()
	if len(all) == 0 {
		return t.Lines(t.Dim, v.c.env.T("No change in Keycloak can fix this."), w)
	}
	var tabs []string
	for i, f := range all {
		if i == min(v.way, len(all)-1) {
			tabs = append(tabs, t.Heading.Render("["+f.Name+"]"))
		} else {
			tabs = append(tabs, t.Dim.Render(" "+f.Name+" "))
		}
	}
	f := v.chosen()
	out := []string{t.Heading.Render(v.c.env.T("The fix")) + t.Dim.Render(v.c.env.T("  tab: another form, y: copy")), words.Fit(strings.Join(tabs, ""), w)}
	switch {
	case f.Shell:
		return append(out, words.Shell(words.Clean(strings.Join(f.Lines, "\n")), w)...)
	case f.Code:
		return append(out, words.Fold(words.Clean(strings.Join(f.Lines, "\n")), w)...)
	}
	for _, line := range f.Lines {
		for i, part := range words.Wrap(words.Line(line), w-3) {
			if i > 0 {
				part = "   " + part
			}
			out = append(out, part)
		}
	}
	return out
}

// dialog is the question before a fix or its undo.
func (v *resultScreen) dialog(what action) kit.Dialog {
	env, changes := v.c.env, v.c.plan
	d := kit.Dialog{Ask: env.T("Apply the fix? On %s:", words.Line(v.c.url())), Then: env.T("Then fix403 gets a new token and makes the same call again. Nothing else is changed.")}
	if what == actionUndo {
		d.Ask, changes = env.T("Undo the fix? On %s:", words.Line(v.c.url())), v.c.undoable
	}
	if v.c.options.Given && v.c.options.Secret.Empty() {
		d.Then = env.T("Then the same call is made again with the given token. Nothing else is changed.")
	}
	if len(changes) == 0 {
		d.Items = append(d.Items, env.T("nothing is changed in Keycloak: a new token is enough"))
	}
	for _, line := range env.Planned(changes) {
		if what == actionUndo {
			line = env.T("the change that %s", line)
		}
		d.Items = append(d.Items, line)
	}
	if what == actionFix {
		for _, p := range v.c.powers {
			d.Warnings = append(d.Warnings, env.Say(p.Description()))
		}
	}
	return d
}

// TokenLines is the token of the call; after a fix beside the new one.
func (v *resultScreen) tokenLines(w int) []string {
	t, d := v.c.env.Theme, v.c.diagnosis
	token, before := d.Token, inspect.Earlier{}
	if d.After != nil && d.After.Token != nil {
		token = d.After.Token
		if v.c.fixed && token != d.Token {
			before = inspect.Earlier{Token: d.Token, Heading: inspect.BeforeFix}
		}
	}
	if token == nil {
		return t.Lines(t.Dim, v.c.env.T("No token was involved."), w)
	}
	return inspect.TokenLines(t, token, before, v.c.env.Now(), w)
}

// Counting reports whether a token's time is seen running down.
func (v *resultScreen) Counting() bool {
	d := v.c.diagnosis
	now := v.c.env.Now()
	return v.pane == inspect.PaneToken && !v.c.env.Work.Busy() && (inspect.TokenCounts(d.Token, now) || d.After != nil && inspect.TokenCounts(d.After.Token, now))
}

// next is what enter does: what helps next. The button has a label, and the line of keys one.
func (v *resultScreen) next() (button, label, help texts.Text, do func() (tea.Cmd, shell.Nav)) {
	back := shell.GoTo(v.form)
	form := func() (tea.Cmd, shell.Nav) { return nil, back }
	switch verdict := v.c.diagnosis.Verdict; {
	case v.c.fixed || verdict.Works() || verdict.WouldWork():
		return "Another call", "another call", "back to the form, for another call", form
	case v.c.fixDisabledReason() == "":
		return actionFix, "fix", "apply the fix: first shows what it will change", v.ask(actionFix)
	case v.c.needsAdmin():
		return "Log in as an admin", "log in", "back to the form, to the admin's login: with one the fix can be applied", func() (tea.Cmd, shell.Nav) {
			v.form.focusAdmin()
			return nil, back
		}
	case v.c.againDisabledReason() == "":
		return "Check again", "check again", "diagnose the same call again, once something was changed", v.c.again
	}
	return "Back", "back", "back to the form; your input is kept", form
}

func (v *resultScreen) button() *kit.Button {
	label, _, _, _ := v.next()
	b := &kit.Button{Label: v.c.env.T(label), Hint: v.c.env.T("  press enter")}
	switch {
	case v.c.fixed:
		b.Hint = v.c.env.T("  press enter; u undoes the fix")
		if after := v.c.diagnosis.After; after != nil && after.Token != v.c.diagnosis.Token {
			b.Hint += v.c.env.T(", t compares the tokens")
		}
	case v.c.fixDisabledReason() == "":
		b.Hint = v.c.env.T("  press enter; it shows first what it will change")
	}
	return b
}
