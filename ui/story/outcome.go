package story

import (
	"fix403/flows/gate"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// outcome is what a passed step shows: what was done and seen, the guess against it, and the gates of a call.
func (v *stepScreen) outcome(w int) []string {
	t, st, r := v.env.Theme, v.state(), v.result()
	var out []string
	add := func(lines ...string) { out = append(out, lines...) }
	passages := v.passages(st)
	if len(passages) > 0 {
		// On the screens of the calls the gates come first: they are what these screens are about.
		add(words.Fold("GET "+words.Line(st.CallURL()), w)...)
		add(inspect.GateTable(t, passages, w)...)
		add(t.Lines(t.Dim, t.T(caption(v.step.ID)), w)...)
	}
	if len(passages) == 0 && !r.Done.Empty() {
		add(t.Item(t.Glyphs.Done, t.Good, words.Line(v.env.Say(r.Done)), w)...)
	}
	add(v.guesses(st, w)...)
	add(t.Item(t.Glyphs.Done, t.Good, v.env.T("Checked: %s", words.Line(v.env.Say(r.Checked))), w)...)
	for _, note := range r.Notes {
		add(t.Item("!", t.Warn, words.Line(v.env.Say(note)), w)...)
	}
	return append(out, v.created(st, w)...)
}

// guesses hold the guesses against what came true.
func (v *stepScreen) guesses(st story.State, w int) []string {
	t := v.env.Theme
	var out []string
	for i, q := range v.step.Questions {
		text, right := v.env.Guess(q, v.questions[i].Guess, st)
		switch {
		case text == "":
		case right:
			out = append(out, t.Item(t.Glyphs.Done, t.Accent, text, w)...)
		default:
			out = append(out, t.Item("?", t.Warn, text, w)...)
		}
	}
	return out
}

// halfwayLines show the call that was refused for its audience, and what comes next.
func (v *stepScreen) halfwayLines(w int) []string {
	t, st := v.env.Theme, v.state()
	c := st.AudienceCall
	out := words.Fold("GET "+words.Line(st.CallURL()), w)
	out = append(out, inspect.GateTable(t, []inspect.Passage{{Label: v.env.T("this call"), Stop: c.Refusal}}, w)...)
	out = append(out, v.guesses(st, w)...)
	out = append(out, t.Item("!", t.Warn, words.Line(v.env.Say(c.Refusal.Explanation)), w)...)
	out = append(out, t.Item(t.Glyphs.Arrow, t.Plain, v.env.T("The client scope %s adds that audience to new tokens. Enter makes it a default one of the client, gets a new token, and makes the same call.", keycloak.AdminAPIScope), w)...)
	return append(out, v.created(st, w)...)
}

func caption(id story.StepID) texts.Text {
	if id == story.StepFirstCall {
		return "401: \"who are you?\"  403: \"you may not.\""
	}
	return "One request, two tokens: t compares them."
}

// passages are the calls to draw; with the first one, where a 401 would have been stopped.
func (v *stepScreen) passages(st story.State) []inspect.Passage {
	switch {
	case v.step.ID == story.StepFirstCall && st.FirstCall != nil && st.AudienceCall != nil:
		return []inspect.Passage{{Label: v.env.T("first token"), Stop: st.AudienceCall.Refusal}, {Label: v.env.T("with the scope"), Stop: st.FirstCall.Refusal}}
	case v.step.ID == story.StepFirstCall && st.FirstCall != nil:
		return []inspect.Passage{{Label: v.env.T("this call"), Stop: st.FirstCall.Refusal}, {Label: v.env.T("a 401 instead"), Stop: gate.Refusal{Gate: gate.Identity, Status: 401}}}
	case v.step.ID == story.StepSecondCall && st.OldTokenCall != nil && st.SecondCall != nil:
		return []inspect.Passage{{Label: v.env.T("old token"), Stop: st.OldTokenCall.Refusal}, {Label: v.env.T("new token"), Stop: st.SecondCall.Refusal}}
	}
	return nil
}

// created are the ids and keys that later calls use, and where to see what went over the wire.
func (v *stepScreen) created(st story.State, w int) []string {
	t := v.env.Theme
	var out []string
	fact := func(name, value string) {
		for _, line := range words.Fold(name+": "+words.Line(value), w) {
			out = append(out, t.Dim.Render(line))
		}
	}
	switch v.step.ID {
	case story.StepClient:
		if st.Client != nil {
			fact("uuid", st.Client.ID)
		}
	case story.StepUser:
		if st.User != nil {
			fact(v.env.T("The call will be"), "GET "+st.CallURL())
		}
	default:
	}
	if v.cols.Wide {
		return out
	}
	out = append(out, "", t.Heading.Render(v.env.T("Over the wire"))+t.Dim.Render(v.env.T("  w shows it in full")))
	for _, e := range v.exchanges() {
		out = append(out, kit.ExchangeRow(t, e, false, w))
		if roles := v.env.IssuedRoles(e, st); roles != "" {
			out = append(out, t.Item(" ", t.Dim, "  "+v.env.T("token: %s", roles), w)...)
		}
	}
	return out
}

// failure is why a step failed, what to do, and at which gate the last exchange was stopped.
func (v *stepScreen) failure(r story.Result, w int) []string {
	return inspect.FailureLines(v.env.Theme, r.Err, v.run.mask, r.Notes, v.exchanges(), w)
}
