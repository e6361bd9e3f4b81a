package story

import (
	"strings"

	"fix403/flows/story"
	"fix403/keycloak/token"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Layout implements [shell.Screen].
func (v *stepScreen) Layout(w, h int) shell.Frame {
	v.seen = v.run.look()
	t := v.env.Theme
	head := []string{v.run.stepper(v.seen.Results, v.step.ID, w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	h -= len(head)
	inner := w - 2
	var body shell.Frame
	switch v.pane {
	case inspect.PaneWire:
		body = v.wire.Layout(t, v.wire.List(v.wireEnv()), &v.env.Reveal, inner, h)
	case inspect.PaneToken:
		token, before := v.tokens()
		body = shell.Lines(v.text.Window(t, inspect.TokenLines(t, token, before, v.env.Now(), inner), inner, h))
	case inspect.PaneManual:
		body = shell.Lines(v.text.Window(t, v.manualBody(inner), inner, h))
	case inspect.PaneGoto:
		body = shell.Lines(v.text.Window(t, v.gotoLines(inner), inner, h))
	case inspect.PaneTry:
		body = shell.Lines(v.try.view(t, v.state(), inner, h, v.working()))
	case inspect.PaneNone:
		step := v.stepBody(inner, h-1)
		for len(step) < h-1 {
			step = append(step, "")
		}
		body = v.withButton(shell.Lines(step), inner)
	}
	return shell.Page(head, body)
}

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

// stepBody arranges the columns that the width allows.
func (v *stepScreen) stepBody(w, h int) []string {
	v.cols.Moved = v.form.Moved() || v.cols.Moved
	return v.cols.Lines(v.env.Theme, kit.Parts{
		Left: v.about, Main: v.middle, Right: v.wireAndRoles,
		MainFirst: v.passed() || v.working() || v.halfway() || v.result().Status == story.StatusFailed,
	}, w, h)
}

// wireAndRoles is the third column: the wire, and below it the roles in the token if the window is high enough.
func (v *stepScreen) wireAndRoles(w, h int) []string {
	t := v.env.Theme
	var roles []string
	if token, before := v.tokens(); token != nil && h >= 28 {
		roles = append([]string{t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w)), t.Title.Render(v.env.T("The token's roles"))}, inspect.RoleLines(t, token, before.Token, w)...)
		roles = roles[:min(len(roles), h/3)]
	}
	out := v.wire.Layout(t, v.exchanges(), nil, w, h-len(roles)).Lines
	for len(out) < h-len(roles) {
		out = append(out, "")
	}
	return append(out, roles...)
}

// about is the left column: what the step is for, and after it what its outcome means.
func (v *stepScreen) about(w int) []string {
	t, st := v.env.Theme, v.state()
	title := v.env.T("%d of %d  %s", stepIndex(v.step.ID)+1, len(story.Steps()), v.step.Title)
	out := t.Lines(t.Title, title, w)
	if meaning := v.step.Explain(st); !meaning.Empty() {
		out = append(out, t.Lines(t.Heading, v.env.T("What it means"), w)...)
		out = append(out, t.Lines(t.Plain, words.Line(v.env.Say(meaning)), w)...)
		return append(out, append([]string{""}, t.Item(t.Glyphs.Done, t.Good, v.env.T(v.step.Goal), w)...)...)
	}
	if v.hints > 0 {
		hints := v.step.Hints(st)
		hint := hints[v.hints-1]
		out = append(out, t.Lines(t.Accent, v.env.T("Hint %d of %d", v.hints, len(hints)), w)...)
		out = append(append(out, t.Lines(t.Plain, v.env.T(hint), w)...), "")
	}
	out = append(out, t.Lines(t.Heading, v.env.T("What will be true"), w)...)
	out = append(out, t.Lines(t.Plain, v.env.T(v.step.Goal), w)...)
	out = append(out, "")
	out = append(out, t.Lines(t.Heading, v.env.T("Why"), w)...)
	return append(out, t.Lines(t.Plain, v.env.T(v.step.Why), w)...)
}

// middle is the column of guesses and fields, or of what came out. It also returns the lines that have the focus.
func (v *stepScreen) middle(w int) (lines []string, first, last int) {
	switch {
	case v.working():
		return v.env.ProgressLines(v.exchanges(), v.state().URL, w), 0, 0
	case v.passed():
		return append(v.undidLines(w), v.outcome(w)...), 0, 0
	}
	out := v.undidLines(w)
	if r := v.result(); r.Status == story.StatusFailed {
		out = append(v.failure(r, w), "")
	} else if v.halfway() {
		out = append(out, v.halfwayLines(w)...)
	}
	laid := v.form.Layout(v.env.Theme, out, w)
	if out = laid.Lines; !v.form.OnButton() {
		first, last = laid.First, laid.Last
	}
	if v.step.ID == story.StepConnect && v.run.options.Practice {
		out = append(out, v.env.Theme.Lines(v.env.Theme.Dim, v.env.T("The practice server's admin is logged in with a password made up for this run."), w)...)
	}
	if url := v.state().CallURL(); url != "" && !v.halfway() && (v.step.ID == story.StepFirstCall || v.step.ID == story.StepSecondCall) {
		out = append(out, v.env.Theme.Heading.Render(v.env.T("The call")))
		out = append(out, words.Fold("GET "+words.Line(url), w)...)
	}
	if line := v.watchLine(); line != "" {
		out = append(append(out, ""), v.env.Theme.Lines(v.env.Theme.Dim, line, w)...)
	}
	return out, first, last
}

// withButton adds the last line of the step: what enter does, or how the call goes on.
func (v *stepScreen) withButton(body shell.Frame, w int) shell.Frame {
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
	case v.result().Status == story.StatusFailed:
		label = v.env.T("%s again", label)
	}
	switch {
	case v.form.OnButton():
		return &kit.Button{Label: label, Hint: v.env.T("  press enter")}
	case v.question() != nil:
		return &kit.Button{Label: label, Hint: v.env.T("  1, 2 or 3 guess, enter skips"), Unfocused: true}
	}
	return &kit.Button{Label: label, Hint: v.env.T("  enter goes on to it"), Unfocused: true}
}
