package story

import (
	"strings"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/token"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"

	"github.com/charmbracelet/x/ansi"
)

// tallEnough is the height from which on the picture has a panel of its own.
const tallEnough = 40

// Layout implements [shell.Screen].
func (v *stepScreen) Layout(w, h int) *shell.Frame {
	v.seen = v.run.look()
	t, w := v.env.Theme, w-2*kit.Margin
	head := []string{""}
	h -= len(head)
	inner, room := w-kit.PanelWide, h-kit.PanelHigh
	framed := func(title texts.Text, body *shell.Frame) *shell.Frame {
		return shell.Framed(t, v.env.T(title), body, w, h)
	}
	var body *shell.Frame
	switch v.pane {
	case inspect.PaneWire:
		body = framed("Over the wire", v.wire.Layout(t, v.wire.List(v.wireEnv()), &v.env.Reveal, inner, room))
	case inspect.PaneToken:
		token, before := v.tokens()
		body = framed("The token", shell.Lines(v.text.Window(t, inspect.TokenLines(t, token, before, v.env.Now(), inner), inner, room)))
	case inspect.PaneManual:
		body = framed("By hand", shell.Lines(v.text.Window(t, v.manualBody(inner), inner, room)))
	case inspect.PaneGoto:
		body = framed("Go to a step", shell.Lines(v.text.Window(t, v.gotoLines(inner), inner, room)))
	case inspect.PaneTry:
		body = framed("The same call to another URL", shell.Lines(v.try.view(t, v.state(), inner, room, v.working())))
	case inspect.PaneMore:
		body = framed("More on this step", shell.Lines(v.text.Window(t, v.more(min(inner, kit.BookColumn)), inner, room)))
	case inspect.PaneNone:
		body = v.withButton(shell.Lines(v.stepBody(w, h-1)), w)
	}
	return shell.Page(head, body)
}

// Title implements [shell.Titled]: the chapters.
func (v *stepScreen) Title(room int) string { return v.run.chapters(v.seen.Results, v.step.ID, room) }

// tokens returns the token to explain here, and the one to compare it with.
func (v *stepScreen) tokens() (token *token.Token, before inspect.Earlier) {
	st := v.state()
	switch {
	case v.step.ID == story.StepSecondCall && st.SecondCall != nil && st.FirstCall != nil:
		return st.SecondCall.Token, inspect.Earlier{Token: st.FirstCall.Token, Heading: inspect.BeforeGrant}
	case v.step.ID == story.StepFirstCall && st.Halfway():
		return st.AudienceCall.Token, before
	case v.step.ID == story.StepFirstCall && st.FirstCall != nil:
		if c := st.AudienceCall; c != nil {
			before = inspect.Earlier{Token: c.Token, Heading: inspect.BeforeScope}
		}
		return st.FirstCall.Token, before
	}
	for _, e := range v.seen.Exchanges {
		if e.Issued != nil && stepIndex(story.StepID(e.Step)) <= stepIndex(v.step.ID) {
			token = e.Issued
		}
	}
	return token, before
}

// Counting reports whether a token's time is seen running down.
func (v *stepScreen) Counting() bool {
	token, _ := v.tokens()
	return v.pane == inspect.PaneToken && inspect.TokenCounts(token, v.env.Now())
}

// stepBody arranges the panels that the window has room for: one; beside it the wire; and on tall ones the picture above both.
func (v *stepScreen) stepBody(w, h int) []string {
	t := v.env.Theme
	title := v.env.T("%d of %d  %s", stepIndex(v.step.ID)+1, len(story.Steps()), v.step.Title)
	v.wide = w+2*kit.Margin >= kit.ThreeColumns
	v.tall = v.wide && h >= tallEnough
	if !v.wide {
		return t.Panel(title, v.textWindow(append(v.picture(w-kit.PanelWide), v.spaced()...), w-kit.PanelWide, h-kit.PanelHigh), w, h)
	}
	var out []string
	if picture := v.picture(w - kit.PanelWide); len(picture) > 0 && v.tall {
		out = t.Panel(title, append([]string{""}, picture...), w, len(picture)+1+kit.PanelHigh+1)
		title = v.env.T("What happened")
		if !v.passed() && !v.halfway() {
			title = v.env.T("Your guess")
		}
		h -= len(out)
	}
	left := min(kit.BookColumn+kit.PanelWide, w*55/100)
	above := []string(nil)
	if out == nil {
		above = append(v.picture(left-kit.PanelWide), v.spaced()...)
	}
	right := w - left - 1
	text := t.Panel(title, v.textWindow(above, left-kit.PanelWide, h-kit.PanelHigh), left, h)
	wire := t.Panel(v.env.T("Over the wire"), v.wireAndRoles(right-kit.PanelWide, h-kit.PanelHigh), right, h)
	return append(out, kit.Joined(text, wire)...)
}

// spaced is the line between the picture and what is said of it.
func (v *stepScreen) spaced() []string {
	if v.drawn() {
		return []string{""}
	}
	return nil
}

// textWindow is the text of the step below other lines, scrolled to what has the focus.
func (v *stepScreen) textWindow(above []string, w, h int) []string {
	v.moved = v.form.Moved() || v.moved
	lines, first, last := v.main(min(w, kit.BookColumn))
	lines = append(above[:len(above):len(above)], lines...)
	if v.moved && last > 0 {
		v.page.Follow(len(above)+first, len(above)+last, h)
	}
	v.moved = false
	return v.page.Window(v.env.Theme, lines, w, h)
}

// wireAndRoles is the panel at the side: the wire, and below it the roles in the token if the window is high enough.
func (v *stepScreen) wireAndRoles(w, h int) []string {
	t := v.env.Theme
	var roles []string
	if token, before := v.tokens(); token != nil && h >= 24 {
		roles = append([]string{t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w)), t.Title.Render(v.env.T("The token's roles"))}, inspect.RoleLines(t, token, before.Token, w)...)
		roles = roles[:min(len(roles), h/3)]
	}
	out := v.wire.Layout(t, v.exchanges(), nil, w, h-len(roles)).Lines
	for len(out) < h-len(roles) {
		out = append(out, "")
	}
	return append(out, roles...)
}

// more is what the step's own panel has no room for: what the step is for, what its outcome means, and what was sent.
func (v *stepScreen) more(w int) []string {
	t, st, r := v.env.Theme, v.state(), v.result()
	var out []string
	section := func(heading texts.Text, lines ...string) {
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(append(out, t.Heading.Render(v.env.T(heading))), lines...)
	}
	section("Goal", t.Lines(t.Plain, v.env.T(v.step.Goal), w)...)
	section("Why", t.Lines(t.Plain, v.env.T(v.step.Why), w)...)
	if meaning := v.step.Explain(st); !meaning.Empty() {
		section("What it means", t.Lines(t.Plain, words.Line(v.env.Say(meaning)), w)...)
	}
	if v.passed() {
		section("What was done", t.Item(t.Glyphs.Done, t.Good, words.Line(v.env.Say(r.Done)), w)...)
		out = append(out, t.Item(t.Glyphs.Done, t.Good, v.env.T("Checked: %s", words.Line(v.env.Say(r.Checked))), w)...)
	}
	if sent := v.exchanges(); len(sent) > 0 {
		section("Over the wire")
		for _, e := range sent {
			out = append(out, kit.ExchangeRow(t, e, false, w))
			if roles := v.env.IssuedRoles(e, st); roles != "" {
				out = append(out, t.Item(" ", t.Dim, "  "+v.env.T("token: %s", roles), w)...)
			}
		}
	}
	section("Keycloak's documentation", v.guideLines(w)...)
	return out
}

// main is what the step says, below the picture. It also returns the lines that have the focus.
func (v *stepScreen) main(w int) (lines []string, first, last int) {
	t := v.env.Theme
	switch {
	case v.working():
		return v.env.ProgressLines(v.exchanges(), v.state().URL, w), 0, 0
	case v.passed():
		return append(v.undidLines(w), v.outcome(w)...), 0, 0
	}
	out := v.undidLines(w)
	failed := v.result().Status == story.StatusFailed
	switch {
	case failed:
		out = append(v.failure(v.result(), w), "")
	case v.halfway():
		out = append(out, v.halfwayLines(w)...)
	case !v.drawn():
		out = append(append(out, t.Lines(t.Plain, v.env.T(v.step.Why), w)...), "")
	}
	if v.hints > 0 {
		hints := v.step.Hints(v.state())
		out = append(out, t.Lines(t.Accent, v.env.T("Hint %d of %d", v.hints, len(hints)), w)...)
		out = append(append(out, t.Lines(t.Plain, v.env.T(hints[v.hints-1]), w)...), "")
	}
	laid := v.form.Layout(t, out, w)
	if out = laid.Lines; !v.form.OnButton() {
		first, last = laid.First, laid.Last
	}
	if v.step.ID == story.StepConnect && v.run.options.Practice && !failed {
		out = append(out, t.Lines(t.Dim, v.env.T("The practice server's admin is logged in with a password made up for this run."), w)...)
	}
	if line := v.watchLine(); line != "" {
		out = append(append(out, ""), t.Lines(t.Dim, line, w)...)
	}
	return out, first, last
}

// withButton adds the last line of the step: what enter does, or how the call goes on.
func (v *stepScreen) withButton(body *shell.Frame, w int) *shell.Frame {
	switch {
	case v.working():
		return body.WithLine(v.env.Progress(v.state().URL, w))
	case v.locked() != "" && !v.passed():
		return body.WithLine(v.env.Theme.Dim.Render(words.Fit("  [ "+v.env.T(v.step.Button(v.state()))+" ]  "+v.env.T("locked: %s", v.locked()), w)))
	}
	return body.WithButton(v.env.Theme, v.button(), w)
}

func (v *stepScreen) button() *kit.Button {
	label := v.env.T(v.step.Button(v.state()))
	switch {
	case v.passed() && v.last():
		label = v.env.T("To the summary")
	case v.passed():
		label = v.env.T("Next: %s", story.Steps()[stepIndex(v.step.ID)+1].Title)
	case v.insteadExisting():
		label = v.env.T("Work inside this realm")
	case v.result().Status == story.StatusFailed:
		label = v.env.T("%s again", label)
	}
	switch {
	case v.form.OnButton():
		return &kit.Button{Label: label, Hint: v.env.T("  press enter")}
	case v.question() != nil:
		return &kit.Button{Label: label, Hint: v.env.T("  1, 2 or 3 guess, enter skips"), Unfocused: true}
	}
	return &kit.Button{Label: label, Hint: v.env.T("  press Tab to reach it"), Unfocused: true}
}

// chapter is one of the four parts of the story, by the steps it ends with.
type chapter struct {
	name texts.Text
	last story.StepID
}

// chaptersOf are the parts of the story in order.
var chaptersOf = []chapter{{"Set up", story.StepUser}, {"Fail", story.StepFirstCall}, {"Fix", story.StepGrant}, {"Pass", story.StepSecondCall}}

// chapters draws the chapters with their state: done, current, failed, to come. current is "" where all is over. They stand
// closer together where there is no room for the road between them.
func (t *run) chapters(results map[story.StepID]story.Result, current story.StepID, room int) string {
	th, from := t.env.Theme, 0
	var parts []string
	for _, c := range chaptersOf {
		steps := story.Steps()[from : stepIndex(c.last)+1]
		from = stepIndex(c.last) + 1
		done, here, failed := true, false, false
		for _, s := range steps {
			done = done && results[s.ID].Status == story.StatusPassed
			failed = failed || results[s.ID].Status == story.StatusFailed
			here = here || s.ID == current
		}
		sign, style, name := th.Glyphs.Open, th.Dim, th.Dim
		switch {
		case failed:
			sign, style, name = th.Glyphs.Failed, th.Bad, th.Bad
		case done:
			sign, style, name = th.Glyphs.Done, th.Good, th.Plain
		case here:
			sign, style = th.Glyphs.Current, th.Accent
		}
		if here {
			name = th.Heading
		}
		parts = append(parts, name.Render(t.env.T(c.name))+" "+style.Render(sign))
	}
	row := strings.Join(parts, th.Dim.Render(" "+strings.Repeat(th.Glyphs.Rule, 2)+" "))
	if ansi.StringWidth(row) > room {
		return strings.Join(parts, "  ")
	}
	return row
}
