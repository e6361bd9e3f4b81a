package story

import (
	"context"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// summaryScreen is the end: what was seen, what was created, and what is needed to go on.
type summaryScreen struct {
	env    *shell.Env
	run    *run
	scroll kit.Pager
	script bool // shows the story as a script
	secret bool // shows the client's secret
}

// removed is the answer of the call that removes what was created.
type removed struct{}

// newSummaryScreen is the end of a run.
func newSummaryScreen(of *run) *summaryScreen { return &summaryScreen{env: of.env, run: of} }

// Enter implements [shell.Screen].
func (v *summaryScreen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *summaryScreen) Leave() { v.secret = false }

// Typing implements [shell.Screen].
func (v *summaryScreen) Typing() bool { return false }

// Update implements [shell.Screen].
func (v *summaryScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	if done, ok := msg.(shell.Done); ok {
		if done.Err != nil {
			message, hint := v.env.Failure(done.Err)
			return nil, shell.NotifyError(message + " " + hint)
		}
		if st := v.run.story.State(); !st.RealmStays.Empty() {
			return nil, shell.Notify(v.env.T("Removed. %s", words.Line(v.env.Say(st.RealmStays))))
		}
		return nil, shell.Notify(v.env.T("Removed. Nothing of this run is left on the server."))
	}
	return nil, shell.None()
}

// Keys implements [shell.Screen].
func (v *summaryScreen) Keys() []shell.Binding {
	scroll := func(key string) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.scroll.Key(key); return nil, shell.None() }
	}
	var keys []shell.Binding
	if v.script {
		keys = []shell.Binding{
			{Keys: []string{"esc", "enter"}, Label: "close", Help: "back to the summary", Do: v.toggleScript},
			{Keys: []string{"y"}, Label: "copy", Help: "copy the script", Do: func() (tea.Cmd, shell.Nav) {
				return nil, v.env.Copy(v.env.T("The text was"), v.story())
			}},
		}
		keys = append(keys, v.run.manual.Keys(v.scroll.Top)...)
	} else {
		keys = []shell.Binding{
			{Keys: []string{"q", "enter"}, Label: "finish", Help: "leave fix403; the summary stays on the screen", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.Quit() }},
			{Keys: []string{"s"}, Label: v.secretLabel(), Help: "show or hide the client's secret", Disabled: v.noSecret, Do: v.toggleSecret},
			{Keys: []string{"y"}, Label: "copy secret", Help: "copy the client's secret without showing it", Disabled: v.noSecret, Do: func() (tea.Cmd, shell.Nav) {
				return nil, v.env.Copy(v.env.T("The client's secret was"), v.run.story.ClientSecret().Reveal())
			}},
			{Keys: []string{"p"}, Label: "by hand", Help: "the whole story by hand: Admin Console, curl, kcadm, Terraform", Do: v.toggleScript},
		}
	}
	keys = append(keys, shell.Binding{Keys: []string{"f", "ctrl+s"}, Label: "save it", Help: "save the story by hand as %s in this folder", Of: v.run.manual.Form().File, Do: func() (tea.Cmd, shell.Nav) { return nil, v.run.saveStory() }})
	if !v.script {
		keys = append(keys,
			shell.Binding{Keys: []string{"t"}, Label: "transcript", Help: "save a transcript of the run in this folder, as HTML and as Markdown", Do: v.saveTranscript},
			shell.Binding{Keys: []string{"x"}, Label: "remove", Help: "remove what was created now", Disabled: v.nothingToRemove, Do: v.remove},
			shell.Binding{Keys: []string{"esc"}, Label: "back", Help: "back to the last step", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.run.step(story.Last().ID)) }})
	}
	return append(keys,
		shell.Binding{Keys: []string{"down"}, Help: "scroll", Do: scroll("down")},
		shell.Binding{Keys: []string{"up"}, Help: "scroll", Do: scroll("up")},
		shell.Binding{Keys: []string{"pgdown"}, Help: "scroll a page", Do: scroll("pgdown")},
		shell.Binding{Keys: []string{"pgup"}, Help: "scroll a page back", Do: scroll("pgup")})
}

func (v *summaryScreen) secretLabel() texts.Text {
	if v.secret {
		return "hide secret"
	}
	return "show secret"
}

func (v *summaryScreen) saveTranscript() (tea.Cmd, shell.Nav) {
	if err := report.SaveTranscript(v.env.Printer, v.run.story.Snapshot()); err != nil {
		return nil, shell.NotifyError(v.env.Error(err))
	}
	return nil, shell.Notify(v.env.T(report.TranscriptSaved))
}

// toggleSecret also scrolls to where the secret stands.
func (v *summaryScreen) toggleSecret() (tea.Cmd, shell.Nav) {
	if v.secret = !v.secret; v.secret {
		v.scroll.Key("end")
	}
	return nil, shell.None()
}

func (v *summaryScreen) noSecret() string {
	if v.run.story.ClientSecret().Empty() {
		return v.env.T("There is no client secret.")
	}
	return ""
}

func (v *summaryScreen) nothingToRemove() string {
	for _, c := range v.run.story.State().Created {
		if !c.Removed {
			return ""
		}
	}
	return v.env.T("There is nothing to remove.")
}

func (v *summaryScreen) toggleScript() (tea.Cmd, shell.Nav) {
	v.script, v.secret = !v.script, false
	v.scroll.Top()
	return nil, shell.None()
}

func (v *summaryScreen) remove() (tea.Cmd, shell.Nav) {
	d := kit.Dialog{Ask: v.env.T("Remove what this run created, with everything in it?")}
	for _, c := range v.run.story.State().Created {
		if !c.Removed {
			d.Items = append(d.Items, v.env.CreatedLine(c))
		}
	}
	return nil, shell.Ask(&shell.Dialog{Dialog: d, Yes: func() (tea.Cmd, shell.Nav) {
		return v.env.Work.Start("", v.env.T("Remove what was created"), func(ctx context.Context) (any, error) {
			return removed{}, v.run.story.Cleanup(ctx)
		}), shell.None()
	}})
}

// story is the whole story by hand, in the form that was chosen.
func (v *summaryScreen) story() string {
	return v.run.manual.Form().Form.Story(v.env.Printer, v.run.story.State())
}

// Layout implements [shell.Screen].
func (v *summaryScreen) Layout(w, h int) shell.Frame {
	t := v.env.Theme
	st := v.run.story.State()
	head := []string{v.run.stepper(st.Results, "", w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	h -= len(head)
	var lines []string
	if v.script {
		lines = append([]string{v.run.manual.Tabs(v.env.Theme, w-2), ""}, words.Fold(words.Clean(v.story()), w-2)...)
	} else {
		lines = v.Lines(st, w-2)
	}
	if v.env.Work.Busy() {
		lines = append([]string{fmt.Sprintf("%.1f s  %s ...", v.env.Work.Elapsed().Seconds(), v.env.Work.Label()), ""}, lines...)
	}
	return shell.Page(head, shell.Lines(v.scroll.Window(t, lines, w-2, h)))
}

// Lines are what the summary says.
func (v *summaryScreen) Lines(st story.State, w int) []string {
	t := v.env.Theme
	var out []string
	add := func(lines ...string) { out = append(out, lines...) }
	title := v.env.T("From 403 to 200, with one role")
	if st.AudienceCall != nil {
		title = v.env.T("From 401 to 403 to 200, with a client scope and a role")
	}
	add(t.Title.Render(title))
	for _, line := range v.env.Calls(st) {
		add(t.Item(t.Glyphs.Bullet, t.Plain, line, w)...)
	}
	if right, all := v.guesses(st); all > 0 {
		add(t.Item(t.Glyphs.Bullet, t.Plain, v.env.T("Your guesses: %d of %d were right.", right, all), w)...)
	}
	add("", t.Heading.Render(v.env.T("Created")))
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
	add("", t.Heading.Render(v.env.T("To go on")))
	secret := v.env.T("***   s shows it, y copies it")
	if v.secret {
		secret = words.Line(v.run.story.ClientSecret().Reveal())
	}
	for _, pair := range [][2]string{
		{v.env.T("server"), st.URL}, {v.env.T("realm"), st.Params.Realm}, {v.env.T("client id"), st.Params.ClientID}, {v.env.T("secret"), secret}, {v.env.T("the call"), "GET " + st.CallURL()},
	} {
		for i, line := range words.Fold(words.Line(pair[1]), w-12) {
			name := pair[0]
			if i > 0 {
				name = ""
			}
			add(t.Dim.Render(words.Pad(name, 12)) + line)
		}
	}
	return out
}

func (v *summaryScreen) guesses(st story.State) (right, all int) {
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
