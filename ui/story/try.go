package story

import (
	"context"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// tryPane sends the story's call to an edited URL, to see at which gate it is stopped then.
type tryPane struct {
	url     textinput.Model
	variant int // that tab shows next
	call    *story.Call
	wrong   string
	lines   kit.Pager
}

func newTryPane(t *kit.Theme) tryPane { return tryPane{url: kit.NewTextInput(t)} }

// variant is a URL worth trying, and what is different in it.
type variant struct {
	url  string
	what texts.Text
}

// variants are URLs worth trying, with what is different in them.
func variants(st *story.State) []variant {
	call := st.CallURL()
	if call == "" || st.User == nil {
		return nil
	}
	base, _, _ := strings.Cut(call, "/admin/realms/")
	users := strings.TrimSuffix(call, st.User.ID)
	return []variant{
		{users + "00000000-0000-0000-0000-000000000000", "an id that no user has"},
		{users + st.Params.Username, "the username instead of the id"},
		{strings.Replace(call, "/admin/realms/"+st.Params.Realm+"/", "/admin/realms/no-such-realm/", 1), "a realm that does not exist"},
		{base + "/admin/realms/master/users", "another realm, which exists"},
		{call + "/nope", "an endpoint that does not exist"},
		{call, "the call of the story"},
	}
}

func (v *stepScreen) openTry() (tea.Cmd, shell.Nav) {
	v.pane = inspect.PaneTry
	if v.try.url.Value() == "" {
		v.try.url.SetValue(v.state().CallURL())
	}
	v.try.url.CursorEnd()
	v.try.url.Focus()
	return nil, shell.None()
}

func (v *stepScreen) tryKeys() []shell.Binding {
	return []shell.Binding{
		{Keys: []string{"enter"}, Label: "send", Help: "send the request with the client's latest token", Do: v.sendTry},
		{Keys: []string{"tab"}, Label: "another id, realm, ...", Help: "the next URL worth trying", Do: func() (tea.Cmd, shell.Nav) {
			if list := variants(v.state()); len(list) > 0 {
				v.try.url.SetValue(list[v.try.variant%len(list)].url)
				v.try.url.CursorEnd()
				v.try.variant++
			}
			return nil, shell.None()
		}},
		{Keys: []string{"esc"}, Label: "close", Help: "back to the step", Do: func() (tea.Cmd, shell.Nav) {
			v.pane = inspect.PaneNone
			return nil, shell.None()
		}},
		{Keys: []string{"pgdown"}, Help: "scroll the answer", Do: v.scrolls("pgdown")},
		{Keys: []string{"pgup"}, Help: "scroll it back", Do: v.scrolls("pgup")},
	}
}

func (v *stepScreen) sendTry() (tea.Cmd, shell.Nav) {
	url := strings.TrimSpace(v.try.url.Value())
	v.try.call, v.try.wrong = nil, ""
	v.try.lines.Top()
	return v.env.Work.Start(v.step.ID, "GET "+words.Path(url), func(ctx context.Context) (any, error) {
		call, err := v.run.story.Try(ctx, url)
		return triedCall{call}, err
	}), shell.None()
}

func (p *tryPane) update(msg tea.KeyMsg) tea.Cmd {
	var cmd tea.Cmd
	p.url, cmd = p.url.Update(msg)
	return cmd
}

func (p *tryPane) answered(env *shell.Env, call story.Call, err error) {
	if err != nil {
		message, hint := env.Failure(err)
		p.wrong = message + " " + hint
		return
	}
	p.call = &call
}

func (p *tryPane) view(t *kit.Theme, st *story.State, w, h int, working bool) []string {
	out := []string{
		t.Dim.Render(words.Fit(t.T("Edit it, or tab for URLs worth trying; enter sends it. It only reads."), w)),
		"GET " + t.Accent.Render(t.Glyphs.Point) + " " + kit.DrawInput(t, &p.url, w-7),
	}
	list := variants(st)
	if i := slices.IndexFunc(list, func(e variant) bool { return e.url == p.url.Value() }); i >= 0 {
		out = append(out, t.Dim.Render("      "+words.Fit(t.T(list[i].what), w-6)))
	} else {
		out = append(out, "")
	}
	switch {
	case working:
		out = append(out, t.Dim.Render(t.T("Sent. Waiting for the answer; esc cancels.")))
	case p.wrong != "":
		out = append(out, t.Item(t.Glyphs.Failed, t.Bad, p.wrong, w)...)
	case p.call != nil:
		passages := []inspect.Passage{{Label: t.T("this URL"), Stop: p.call.Refusal}}
		if st.FirstCall != nil {
			passages = append(passages, inspect.Passage{Label: t.T("first call"), Stop: st.FirstCall.Refusal})
		}
		lines := append(inspect.GateTable(t, passages, w), t.Lines(t.Plain, words.Line(t.Say(p.call.Refusal.Explanation)), w)...)
		lines = append(lines, words.Fold(t.T("Answer: %s", words.Line(p.call.Exchange.ResponseBody)), w)...)
		out = append(out, p.lines.Window(t, lines, w, max(1, h-len(out)))...)
	}
	return out
}
