package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// diagnosisScreen is what was found out about a call, and what mends it.
type diagnosisScreen struct {
	c       *checkup
	form    *diagnoseForm
	pane    inspect.Pane
	confirm deed // that is to be confirmed; "" for none
	way     int  // form of the fix
	jump    bool // bring the fix into view
	text    kit.Pager
	fix     kit.Pager // in a column of its own
	side    kit.Pager // token
	wide    bool
	wire    inspect.Wire
}

func newDiagnosisScreen(c *checkup, form *diagnoseForm) *diagnosisScreen {
	v := &diagnosisScreen{c: c, form: form, wire: inspect.NewWire()}
	v.shown()
	return v
}

// shown marks the decisive exchange on the wire.
func (v *diagnosisScreen) shown() {
	v.wire = inspect.NewWire()
	v.text.Top()
	x := v.c.diagnosis.Exchange
	if after := v.c.diagnosis.After; after != nil {
		x = &after.Exchange
	}
	if x == nil {
		return
	}
	v.wire.Selected = slices.IndexFunc(v.c.exchanges(), func(e keycloak.Exchange) bool { return e.Started.Equal(x.Started) && e.URL == x.URL })
}

func (v *diagnosisScreen) Enter() tea.Cmd { return nil }
func (v *diagnosisScreen) Leave()         {}
func (v *diagnosisScreen) Where() string  { return v.c.where() }
func (v *diagnosisScreen) Typing() bool   { return v.pane == inspect.PaneWire && v.wire.Typing() }

// Update implements [Screen].
func (v *diagnosisScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		answer, ok := msg.Answer.(diagnosed)
		if !ok || answer.c != v.c {
			return nil, shell.None()
		}
		v.c.took(msg, answer)
		v.form.fixed.add(v.c)
		v.shown()
		if words.Canceled(msg.Err) {
			v.c.err = nil
			return nil, shell.NotifyError(texts.T("Cancelled. What had been changed by then is undone by u."))
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
func (v *diagnosisScreen) forms() []words.Section { return words.Fixes(v.c.diagnosis) }

func (v *diagnosisScreen) noForms() string {
	if len(v.forms()) == 0 {
		return texts.T("There is nothing to fix, and so nothing to copy.")
	}
	return ""
}

// Keys implements [Screen].
func (v *diagnosisScreen) Keys() []shell.Binding {
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	scrolls := func(key string) func() (tea.Cmd, shell.Nav) { return do(func() { v.scroll(key) }) }
	if v.confirm != "" {
		return []shell.Binding{
			{Keys: []string{"enter", "y"}, Label: "yes, do it", Help: "make these changes on the server, and the same call again", Do: v.confirmed},
			{Keys: []string{"esc", "n"}, Label: "leave it", Help: "change nothing", Do: do(func() { v.confirm = "" })},
			{Keys: []string{"down", "pgdown"}, Help: "scroll", Do: scrolls("pgdown")},
			{Keys: []string{"up", "pgup"}, Help: "scroll back", Do: scrolls("pgup")},
		}
	}
	panes := []shell.Binding{
		{Keys: []string{"w", "f3"}, Label: "wire", Help: "each request that was made, with status, headers and body", Do: v.open(inspect.PaneWire)},
		{Keys: []string{"t", "f4"}, Label: "token", Help: "the token of the call, decoded; after the fix beside the new one", Do: v.open(inspect.PaneToken)},
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
	case inspect.PaneNone, inspect.PaneManual, inspect.PaneTry, inspect.PaneGoto:
	}
	turn := func(n int) func() (tea.Cmd, shell.Nav) {
		return do(func() {
			all := len(v.forms())
			v.way, v.jump = (v.way+n+all)%all, true
			v.fix.Top()
		})
	}
	ask := func(d deed) func() (tea.Cmd, shell.Nav) { return do(func() { v.confirm = d; v.text.Top() }) }
	keys := []shell.Binding{
		{Keys: []string{"f"}, Label: "fix", Help: "apply the fix: shows first what it will change", Disabled: v.c.whyNotFix, Do: ask(deedFix)},
		{Keys: []string{"u"}, Label: "undo", Help: "take the fix back", Disabled: v.c.whyNotUndo, Do: ask(deedUndo)},
		{Keys: []string{"tab", "right"}, Label: "other form", Help: "the fix as clicks, curl, kcadm.sh, Terraform, TypeScript or Go", Disabled: v.noForms, Do: turn(1)},
		{Keys: []string{"shift+tab", "left"}, Help: "the form before", Disabled: v.noForms, Do: turn(-1)},
		{Keys: []string{"y"}, Label: "copy", Help: "copy the fix in this form; secrets stand in it as variables", Disabled: v.noForms, Do: func() (tea.Cmd, shell.Nav) {
			f := v.chosen()
			return nil, v.c.env.Copy(texts.T("The fix (%s) was", f.Name), strings.Join(f.Lines, "\n")+"\n")
		}},
	}
	keys = append(keys, panes...)
	keys = append(keys, shell.Binding{Keys: []string{"esc", "enter"}, Label: "back", Help: "back to the form; what was typed is kept", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.form) }})
	keys = append(keys, scroll...)
	return append(keys, shell.Binding{Keys: []string{"r"}, Help: "diagnose the same call again", Disabled: v.c.whyNotAgain, Do: v.c.again})
}

// chosen is the chosen form; there must be one.
func (v *diagnosisScreen) chosen() words.Section {
	all := v.forms()
	return all[min(v.way, len(all)-1)]
}

func (v *diagnosisScreen) confirmed() (tea.Cmd, shell.Nav) {
	what := v.confirm
	v.confirm = ""
	v.text.Top()
	return v.c.begin(what), shell.None()
}

func (v *diagnosisScreen) open(p inspect.Pane) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if v.pane == p {
			p = inspect.PaneNone
		}
		v.pane = p
		v.side.Top()
		return nil, shell.None()
	}
}

func (v *diagnosisScreen) scroll(key string) {
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

// View implements [Screen].
func (v *diagnosisScreen) View(w, h int) string {
	s, t, d := v.c.env, v.c.env.Theme, v.c.diagnosis
	head := []string{words.Fit(" "+t.Title.Render(texts.T("Diagnosis"))+"  "+words.Line(d.Call), w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	h -= len(head)
	inner := w - 2
	if s.Work.Busy() {
		lines := s.ProgressLines(v.c.exchanges(), v.c.url(), inner)
		v.side.Key("end")
		return kit.Page(head, append(v.side.Window(t, lines, inner, h-1), s.Progress(v.c.url(), inner)))
	}
	switch v.pane {
	case inspect.PaneWire:
		return kit.Page(head, v.wire.Lines(t, v.c.exchanges(), &s.Reveal, inner, h))
	case inspect.PaneToken:
		return kit.Page(head, v.side.Window(t, v.tokenLines(inner), inner, h))
	case inspect.PaneNone, inspect.PaneManual, inspect.PaneTry, inspect.PaneGoto:
	}
	if v.confirm != "" {
		return kit.Page(head, append(v.text.Window(t, v.confirmLines(min(inner, 76)), inner, h-1), v.button(inner)))
	}
	v.wide = w >= kit.ThreeColumns
	if v.wide {
		left := (inner - 3) / 2
		right := inner - 3 - left
		a, b := v.text.Window(t, v.found(left), left, h-1), v.fix.Window(t, v.fixLines(right), right, h-1)
		bar := t.Dim.Render(" " + t.Glyphs.Bar + " ")
		var body []string
		for i := range a {
			body = append(body, words.Pad(a[i], left)+bar+b[i])
		}
		return kit.Page(head, append(body, v.button(inner)))
	}
	lines := v.found(inner)
	first := len(lines) + 1
	lines = append(append(lines, ""), v.fixLines(inner)...)
	if v.jump {
		v.text.Offset = max(0, first-1)
		v.jump = false
	}
	return kit.Page(head, append(v.text.Window(t, lines, inner, h-1), v.button(inner)))
}

// found is the sentence, the gates, and what they rest on.
func (v *diagnosisScreen) found(w int) []string {
	t, c, d := v.c.env.Theme, v.c, v.c.diagnosis
	var out []string
	add := func(more ...string) { out = append(out, more...) }
	if c.err != nil {
		message, hint := words.Failure(c.err)
		add(t.Item(t.Glyphs.Failed, t.Bad, c.mask(words.InForm(message)), w)...)
		if hint != "" {
			add(t.Item(t.Glyphs.Arrow, t.Warn, words.InForm(hint), w)...)
		}
		add("")
	}
	if d.After != nil {
		title := texts.T("After the fix")
		if c.undone {
			title = texts.T("After the fix was undone")
		}
		add(t.Heading.Render(title))
		for _, line := range words.AfterFix(d) {
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
			add(inspect.GateRow(t, flows.StopOf(d.After.Exchange), w)...)
		}
		add("", t.Heading.Render(texts.T("Before")))
	}
	add(t.Lines(t.Heading, words.Line(d.Summary), w)...)
	add(inspect.GateRow(t, d.Stop(), w)...)
	add(t.Lines(t.Dim, words.Verdict(d), w)...)
	for _, s := range words.Found(d) {
		add("", t.Heading.Render(s.Title))
		for _, line := range s.Lines {
			add(t.Item(t.Glyphs.Bullet, t.Plain, words.Line(line), w)...)
		}
	}
	return out
}

// fixLines is the fix in the chosen form, below the names of all.
func (v *diagnosisScreen) fixLines(w int) []string {
	t := v.c.env.Theme
	all := v.forms()
	if len(all) == 0 {
		return t.Lines(t.Dim, texts.T("Nothing in Keycloak mends this, or nothing has to."), w)
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
	out := []string{t.Heading.Render(texts.T("The fix")) + t.Dim.Render(texts.T("  tab: another form, y: copy")), words.Fit(strings.Join(tabs, ""), w)}
	for _, line := range f.Lines {
		if f.Code {
			out = append(out, words.Fold(words.Line(line), w)...)
			continue
		}
		for i, part := range words.Wrap(words.Line(line), w-3) {
			if i > 0 {
				part = "   " + part
			}
			out = append(out, part)
		}
	}
	return out
}

// confirmLines list exactly what will be changed.
func (v *diagnosisScreen) confirmLines(w int) []string {
	t := v.c.env.Theme
	title, changes := texts.T("Apply the fix? On %s:", words.Line(v.c.url())), v.c.plan
	if v.confirm == deedUndo {
		title, changes = texts.T("Undo the fix? On %s:", words.Line(v.c.url())), v.c.undoable
	}
	out := t.Lines(t.Heading, title, w)
	if len(changes) == 0 {
		out = append(out, t.Item(t.Glyphs.Bullet, t.Plain, texts.T("nothing is changed in Keycloak: a new token is enough"), w)...)
	}
	for _, line := range words.Planned(changes) {
		if v.confirm == deedUndo {
			line = texts.T("what %s", line)
		}
		out = append(out, t.Item(t.Glyphs.Bullet, t.Warn, words.Line(line), w)...)
	}
	if v.confirm == deedFix {
		for _, p := range v.c.powers {
			out = append(out, t.Item("!", t.Warn, p.Says(), w)...)
		}
	}
	then := texts.T("Then a new token is taken, and the same call is made again. Nothing else is touched.")
	if v.c.options.Given && v.c.options.Secret.Empty() {
		then = texts.T("Then the same call is made again, with the token that was given. Nothing else is touched.")
	}
	return append(append(out, ""), t.Lines(t.Plain, then, w)...)
}

// TokenLines is the token of the call; after a fix beside the new one.
func (v *diagnosisScreen) tokenLines(w int) []string {
	t, d := v.c.env.Theme, v.c.diagnosis
	token, before := d.Token, (*keycloak.Token)(nil)
	if d.After != nil && d.After.Token != nil {
		token = d.After.Token
		if v.c.mended && token != d.Token {
			before = d.Token
		}
	}
	if token == nil {
		return t.Lines(t.Dim, texts.T("No token came into it."), w)
	}
	return inspect.TokenLines(t, token, before, v.c.env.Now(), w)
}

// Counting tells whether a token's time is seen running down.
func (v *diagnosisScreen) Counting() bool {
	d := v.c.diagnosis
	now := v.c.env.Now()
	return v.pane == inspect.PaneToken && !v.c.env.Work.Busy() && (inspect.TokenCounts(d.Token, now) || d.After != nil && inspect.TokenCounts(d.After.Token, now))
}

func (v *diagnosisScreen) button(w int) string {
	t := v.c.env.Theme
	point := t.Accent.Render(t.Glyphs.Point) + " "
	switch {
	case v.confirm != "":
		return words.Fit(point+t.Button.Render("[ "+texts.T("Yes, do it")+" ]")+t.Dim.Render(texts.T("  press enter; esc changes nothing")), w)
	case v.c.mended:
		more := texts.T("  press enter; u undoes the fix")
		if after := v.c.diagnosis.After; after != nil && after.Token != v.c.diagnosis.Token {
			more += texts.T(", t compares the tokens")
		}
		return words.Fit(point+t.Button.Render("[ "+texts.T("Back")+" ]")+t.Dim.Render(more), w)
	case v.c.whyNotFix() == "":
		return words.Fit(point+t.Button.Render("[ "+texts.T("Back")+" ]")+t.Dim.Render(texts.T("  press enter; f applies the fix")), w)
	}
	return words.Fit(point+t.Button.Render("[ "+texts.T("Back")+" ]")+t.Dim.Render(texts.T("  press enter")), w)
}
