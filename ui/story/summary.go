package story

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/report"
	"fix403/flows/sh"
	"fix403/flows/story"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// summaryScreen is the end: what was seen, what was created, and what is needed to go on.
type summaryScreen struct {
	env    *shell.Env
	run    *run
	scroll kit.Pager
	pane   summaryPane
	at     int  // the marked way on
	moved  bool // and it is to be brought into view
}

// removed is the answer of the call that removes what was created.
type removed struct{}

// newSummaryScreen is the end of a run.
func newSummaryScreen(of *run) *summaryScreen { return &summaryScreen{env: of.env, run: of} }

// Enter implements [shell.Screen].
func (v *summaryScreen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *summaryScreen) Leave() {}

// Typing implements [shell.Screen].
func (v *summaryScreen) Typing() bool { return false }

// Update implements [shell.Screen].
func (v *summaryScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	if done, ok := msg.(shell.Done); ok {
		return nil, v.run.afterRemoval(done.Err)
	}
	return nil, shell.None()
}

// ways are where the summary leads, in order.
func (v *summaryScreen) ways() []way {
	at := func(to shell.Route) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { return nil, shell.Open(to) }
	}
	diagnose := texts.Text("the doctor examines this client, on this server")
	lab := shell.Route{To: "lab"}
	if st := v.run.story.State(); st.Practice {
		lab.As = st.As
	}
	return []way{
		{"Lab", "break every other gate, predict, see", at(lab)},
		{"Diagnose", diagnose, at(shell.Route{To: "diagnose", Same: true})},
		{"Roles", "which role opens which call; this one is found", at(shell.Route{To: "roles", Same: true})},
		{"Scripts and CI", "the same without questions", v.show(summaryScripts)},
		{"Home", "another server or version", at(shell.Route{To: shell.Home})},
	}
}

// way is a line of the summary that leads elsewhere.
type way struct {
	name, about texts.Text
	do          func() (tea.Cmd, shell.Nav)
}

// summaryPane is what covers the summary.
type summaryPane int

const (
	summaryItself summaryPane = iota
	summaryScript
	summaryDetails
	summaryScripts
)

// show shows a pane, or the summary again if it is shown already.
func (v *summaryScreen) show(p summaryPane) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if v.pane == p {
			p = summaryItself
		}
		v.pane = p
		v.scroll.Top()
		return nil, shell.None()
	}
}

// Keys implements [shell.Screen].
func (v *summaryScreen) Keys() []shell.Binding {
	scroll := func(key string) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.scroll.Key(key); return nil, shell.None() }
	}
	secrets := []shell.Binding{
		{Keys: []string{"s"}, Label: "show secret", Help: "show the client's secret for ten seconds, or until the next key", Disabled: v.noSecret, Do: v.showSecret},
		{Keys: []string{"y"}, Label: "copy secret", Help: "copy the client's secret without showing it", Disabled: v.noSecret, Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.env.Copy(v.env.T("The client's secret was"), v.run.story.ClientSecret().Reveal())
		}},
	}
	var keys []shell.Binding
	switch v.pane {
	case summaryScript:
		keys = []shell.Binding{
			{Keys: []string{"esc", "enter", "p"}, Label: "close", Help: "back to the summary", Do: v.show(summaryItself)},
			{Keys: []string{"y"}, Label: "copy", Help: "copy the script", Do: func() (tea.Cmd, shell.Nav) {
				return nil, v.env.Copy(v.env.T("The text was"), v.story())
			}},
		}
		keys = append(keys, v.run.manual.Keys(v.scroll.Top)...)
	case summaryDetails:
		keys = append([]shell.Binding{{Keys: []string{"esc", "enter", "m"}, Label: "close", Help: "back to the summary", Do: v.show(summaryItself)}}, secrets...)
	case summaryScripts:
		keys = []shell.Binding{
			{Keys: []string{"esc", "enter"}, Label: "close", Help: "back to the summary", Do: v.show(summaryItself)},
			{Keys: []string{"y"}, Label: "copy", Help: "copy the first command", Do: func() (tea.Cmd, shell.Nav) {
				return nil, v.env.Copy(v.env.T("The command was"), v.commands()[0][0])
			}},
		}
	case summaryItself:
		mark := func(n int) func() (tea.Cmd, shell.Nav) {
			return func() (tea.Cmd, shell.Nav) {
				v.at = (v.at + n + len(v.ways())) % len(v.ways())
				v.moved = true
				return nil, shell.None()
			}
		}
		keys = append([]shell.Binding{
			{Keys: []string{"enter"}, Label: "continue", Help: "to what is marked", Do: v.ways()[v.at].do},
			{Keys: []string{"down", "tab", "j"}, Label: "choose", Help: "mark the next line", Do: mark(1)},
			{Keys: []string{"up", "shift+tab", "k"}, Help: "mark the previous line", Do: mark(-1)},
			{Keys: []string{"m"}, Label: "details", Help: "what was created, and what you need to continue", Do: v.show(summaryDetails)},
			{Keys: []string{"x"}, Label: "remove", Help: "remove what was created now", Disabled: v.nothingToRemove, Do: v.remove},
			{Keys: []string{"p"}, Help: "the whole story by hand: Admin Console, curl, kcadm, Terraform, TypeScript", Do: v.show(summaryScript)},
			{Keys: []string{"w", "f3"}, Help: "the last call on the wire", Do: v.of(inspect.PaneWire)},
			{Keys: []string{"t", "f4"}, Help: "its token, beside the one before the grant", Do: v.of(inspect.PaneToken)},
			{Keys: []string{"v"}, Help: "save a transcript of the run in this folder, as HTML and as Markdown", Do: v.saveTranscript},
			{Keys: []string{"o"}, Help: "open the page of the Admin Console with the roles of the client, or show its address", Do: func() (tea.Cmd, shell.Nav) {
				return nil, openConsole(v.env, v.run.story.State(), story.StepGrant)
			}},
			{Keys: []string{"q"}, Help: "leave fix403; the summary stays on the screen", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.Quit() }},
			{Keys: []string{"esc"}, Label: "back", Help: "back to the last step", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.run.step(story.Last().ID)) }},
		}, hidden(secrets)...)
	}
	keys = append(keys, shell.Binding{Keys: []string{"f", "ctrl+s"}, Help: "save the story by hand as %s in this folder", Of: v.run.manual.Form().File, Do: func() (tea.Cmd, shell.Nav) { return nil, v.run.saveStory() }})
	if v.pane != summaryItself {
		return append(keys, shell.ScrollKeys("", "", scroll)...)
	}
	return append(keys, shell.PageKeys("", scroll)...)
}

// hidden are keys that work and are not in the footer.
func hidden(keys []shell.Binding) []shell.Binding {
	for i := range keys {
		keys[i].Label = ""
	}
	return keys
}

func (v *summaryScreen) saveTranscript() (tea.Cmd, shell.Nav) {
	if err := report.SaveTranscript(v.env.Printer, v.run.story.Snapshot()); err != nil {
		return nil, shell.NotifyError(v.env.Error(err))
	}
	return nil, shell.Notify(v.env.T(report.TranscriptSaved))
}

// showSecret shows the secret among the details, and not for long.
func (v *summaryScreen) showSecret() (tea.Cmd, shell.Nav) {
	v.pane = summaryDetails
	v.scroll.Top()
	what := msg.New("The secret of the client %s", v.run.story.State().Params.ClientID)
	return v.env.Reveal.Show([]story.Revealable{{What: what, Secret: v.run.story.ClientSecret()}}), shell.None()
}

// of opens the last step with a pane: the call that passed, on the wire or as its token.
func (v *summaryScreen) of(p inspect.Pane) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		last := v.run.step(story.Last().ID)
		last.open(p)()
		return nil, shell.GoTo(last)
	}
}

func (v *summaryScreen) noSecret() string {
	if v.run.story.ClientSecret().Empty() {
		return v.env.T("There is no client secret.")
	}
	return ""
}

func (v *summaryScreen) nothingToRemove() string {
	if v.run.left() {
		return ""
	}
	return v.env.T("There is nothing to remove.")
}

func (v *summaryScreen) remove() (tea.Cmd, shell.Nav) { return nil, shell.Ask(v.run.removal()) }

// left reports whether any of what the run created is still there.
func (t *run) left() bool {
	return slices.ContainsFunc(t.story.State().Created, func(c made.Object) bool { return !c.Removed })
}

// removal asks before all that the run created is removed.
func (t *run) removal() *shell.Dialog {
	d := kit.Dialog{Ask: t.env.T("Remove what this run created, with everything in it?")}
	for _, c := range t.story.State().Created {
		if !c.Removed {
			d.Items = append(d.Items, t.env.CreatedLine(c))
		}
	}
	return &shell.Dialog{Dialog: d, Yes: func() (tea.Cmd, shell.Nav) {
		return t.env.Work.Start("", t.env.T("Remove what was created"), func(ctx context.Context) (any, error) {
			return removed{}, t.story.Cleanup(ctx)
		}), shell.None()
	}}
}

// afterRemoval says what became of it.
func (t *run) afterRemoval(err error) shell.Nav {
	switch st := t.story.State(); {
	case err != nil:
		message, hint := t.env.Failure(err)
		return shell.NotifyError(strings.TrimSpace(message + " " + hint))
	case !st.RealmStays.Empty():
		return shell.Notify(t.env.T("Removed. %s", words.Line(t.env.Say(st.RealmStays))))
	}
	return shell.Notify(t.env.T("Removed. Nothing of this run is left on the server."))
}

// story is the whole story by hand, in the form that was chosen.
func (v *summaryScreen) story() string {
	return v.run.manual.Form().Form.Story(v.env.Printer, v.run.story.State())
}

// Title implements [shell.Titled]: the chapters.
func (v *summaryScreen) Title(room int) string {
	return v.run.chapters(v.run.story.State().Results, "", room)
}

// Layout implements [shell.Screen].
func (v *summaryScreen) Layout(w, h int) *shell.Frame {
	t, w := v.env.Theme, w-2*kit.Margin
	st := v.run.story.State()
	head := []string{""}
	h -= len(head)
	inner, room := w-kit.PanelWide, h-kit.PanelHigh
	text := min(inner, kit.BookColumn)
	title := v.env.T("From 403 to 200, with one role")
	if st.AudienceCall != nil {
		title = v.env.T("From 401 to 403 to 200, with a client scope and a role")
	}
	var lines []string
	if v.env.Work.Busy() {
		lines = []string{fmt.Sprintf("%.1f s  %s ...", v.env.Work.Elapsed().Seconds(), v.env.Work.Label()), ""}
	}
	switch v.pane {
	case summaryScript:
		title = v.env.T("By hand")
		lines = append(append(lines, v.run.manual.Tabs(t, inner), ""), v.run.manual.Lines(v.story(), inner)...)
	case summaryDetails:
		title = v.env.T("What was created, and how to continue")
		lines = append(lines, v.details(st, text)...)
	case summaryScripts:
		title = v.env.T("Scripts and CI")
		lines = append(lines, v.scripts(text)...)
	case summaryItself:
		return v.hub(title, append(lines, v.told(st, text, room >= roomForFigures && inner >= figuresWide)...), w, h)
	}
	return shell.Page(head, shell.Lines(t.Panel(title, v.scroll.Window(t, lines, inner, room), w, h)))
}

// hub is the summary itself: what was seen, and where it leads.
func (v *summaryScreen) hub(title string, lines []string, w, h int) *shell.Frame {
	t, inner := v.env.Theme, w-kit.PanelWide
	var starts []int
	name := 0
	for _, one := range v.ways() {
		name = max(name, ansi.StringWidth(v.env.T(one.name))+3)
	}
	for i, one := range v.ways() {
		sign, style := " ", t.Plain
		if i == v.at {
			sign, style = t.Glyphs.Point, t.Heading
		}
		starts = append(starts, len(lines))
		lines = append(lines, words.Fit(t.Accent.Render(sign)+" "+style.Render(words.Pad(v.env.T(one.name), name))+t.Dim.Render(v.env.T(one.about)), inner))
	}
	end := len(lines)
	h -= 2
	if v.moved {
		v.scroll.Follow(starts[v.at], starts[v.at], h-kit.PanelHigh)
		v.moved = false
	}
	body := shell.Lines(v.scroll.Window(t, lines, inner, h-kit.PanelHigh)).WithRows(&v.scroll, starts, end, func(i int) (tea.Cmd, shell.Nav) {
		v.at = i
		return v.ways()[i].do()
	})
	button := &kit.Button{Label: v.env.T("Continue: %s", v.env.T(v.ways()[v.at].name)), Hint: v.env.T("  press enter")}
	return shell.Page([]string{""}, shell.Framed(t, title, body, w, h).WithButton(t, button, w))
}

// told is what the story showed: its point, the calls, the guesses, and what is left on the server.
func (v *summaryScreen) told(st *story.State, w int, tall bool) []string {
	t := v.env.Theme
	out := append(t.Lines(t.Heading, v.env.T("401: who are you? 403: you may not. One role made the difference."), w), "")
	calls := v.env.CallLines(st)
	if tall {
		out = append(out, v.figures(calls)...)
	}
	for _, c := range calls {
		out = append(out, words.Pad(c.What, 24)+t.Answer(c.Status).Render(words.Pad(c.Answer, 18))+t.Dim.Render(c.Stop))
	}
	if right, all := v.guesses(st); all > 0 {
		out = append(out, t.Lines(t.Plain, v.env.T("Your guesses: %d of %d were right.", right, all), w)...)
	}
	if !st.Practice {
		out = append(append(out, ""), t.Lines(t.Dim, v.env.Removal(st), w)...)
	}
	return append(out, "")
}

// The lines and cells from which on the answers of the story are drawn large, and the cells between two of them.
const roomForFigures, figuresWide, figuresApart = 26, 90, 6

// figures are the answers of the story, each once, five lines high.
func (v *summaryScreen) figures(calls []words.CallLine) []string {
	var out []string
	seen := map[int]bool{0: true}
	for _, c := range calls {
		if seen[c.Status] {
			continue
		}
		figures := v.env.Theme.Figures(c.Status, 1)
		if out == nil {
			out = make([]string, len(figures)+1)
		}
		for i, line := range figures {
			if len(seen) > 1 {
				out[i] += strings.Repeat(" ", figuresApart)
			}
			out[i] += v.env.Theme.Answer(c.Status).Render(line)
		}
		seen[c.Status] = true
	}
	return out
}

// details are what was created, and what a program needs to go on.
func (v *summaryScreen) details(st *story.State, w int) []string {
	t := v.env.Theme
	out := append(v.env.Reveal.Lines(t, w), t.Heading.Render(v.env.T("Created")))
	add := func(lines ...string) { out = append(out, lines...) }
	for _, c := range st.Created {
		add(t.Item(t.Glyphs.Bullet, t.Plain, v.env.CreatedLine(c), w)...)
	}
	if st.ScopeOn != "" {
		add(t.Item(t.Glyphs.Bullet, t.Plain, v.env.T("the client scope %s as a default one of the client", keycloak.AdminAPIScope), w)...)
	}
	if st.GrantedTo != "" {
		add(t.Item(t.Glyphs.Bullet, t.Plain, v.env.T("view-users of realm-management for the client's service account"), w)...)
	}
	add(t.Lines(t.Warn, v.env.Removal(st), w)...)
	add("", t.Heading.Render(v.env.T("To continue")))
	secret := v.env.T("***   s shows it, y copies it")
	pairs := [][2]string{
		{v.env.T("server"), st.URL}, {v.env.T("realm"), st.Params.Realm}, {v.env.T("client id"), st.Params.ClientID}, {v.env.T("secret"), secret}, {v.env.T("the call"), "GET " + st.CallURL()},
	}
	if st.Practice {
		pairs[0][1] = v.env.T("inside fix403: no other program can reach it")
		pairs[4][1] = "GET " + words.Path(st.CallURL())
	}
	for _, pair := range pairs {
		for i, line := range words.Fold(words.Line(pair[1]), w-12) {
			name := pair[0]
			if i > 0 {
				name = ""
			}
			add(t.Dim.Render(words.Pad(name, 12)) + line)
		}
	}
	if st.Practice {
		add("")
		add(t.Lines(t.Dim, v.env.T("For curl and programs of your own: fix403 practice serves the same Keycloak on a port, fix403 up a real one."), w)...)
	}
	return out
}

// commands are those that do the same without questions, each with what it is for.
func (v *summaryScreen) commands() [][2]string {
	on := " --practice"
	if st := v.run.story.State(); !st.Practice {
		on = " --url " + sh.Quote(st.URL)
	}
	yours := on
	if st := v.run.story.State(); st.Practice {
		yours = " --url https://…"
	}
	return [][2]string{
		{"fix403 run" + on, v.env.T("the whole story, step by step, with the checks")},
		{"fix403 run" + on + " --json --junit story.xml", v.env.T("for CI: one JSON document, a report, and an exit code")},
		{"fix403 doctor" + yours + " --client-id … --call \"GET …\"", v.env.T("why a call fails; exit 0 only if it works")},
		{"fix403 roles --calls-file calls.txt", v.env.T("the smallest roles for all calls of a program")},
	}
}

// scripts say how to go on without the wizard.
func (v *summaryScreen) scripts(w int) []string {
	t := v.env.Theme
	var out []string
	for _, c := range v.commands() {
		out = append(out, t.Accent.Render(words.Fit(c[0], w)))
		out = append(append(out, t.Item(" ", t.Plain, c[1], w)...), "")
	}
	return append(out, t.Lines(t.Dim, v.env.T("p shows the story as a script of curl, kcadm, Terraform or TypeScript, and f saves it. How-tos: docs/howto-ci.md."), w)...)
}

func (v *summaryScreen) guesses(st *story.State) (right, all int) {
	for _, step := range v.run.steps {
		for i, q := range step.step.Questions {
			if text, ok := v.env.Guess(q, step.questions[i].Guess, st); text != "" {
				all++
				if ok {
					right++
				}
			}
		}
	}
	return right, all
}
