package story

import (
	"fix403/flows/gate"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// The two answers that the story is about.
const unauthorized, forbidden = 401, 403

// drawn reports whether the step is about calls of the client, whose way through the gates is drawn.
func (v *stepScreen) drawn() bool {
	return v.state().CallURL() != "" && (v.step.ID == story.StepFirstCall || v.step.ID == story.StepSecondCall)
}

// picture is a sentence, the call, and the row of gates for each time that it is made. It is in the same place before and after.
func (v *stepScreen) picture(w int) []string {
	if !v.drawn() {
		return nil
	}
	t := v.env.Theme
	out := t.Lines(t.Heading, v.headline(), min(w, kit.BookColumn))
	out = append(out, "", words.Fit("GET "+v.path(w-4), w), "")
	passages := v.onTheWay(v.passages(v.state()))
	if v.tall {
		return append(out, inspect.GatePicture(t, passages, w)...)
	}
	return append(out, inspect.GateRows(t, passages, w)...)
}

// path is the path of the call, with the beginning of the id alone where there is not room for all.
func (v *stepScreen) path(w int) string {
	path := words.Path(v.state().CallURL())
	if len(path) <= w {
		return path
	}
	return words.BriefPath(path)
}

// headline is the first sentence of a screen of calls.
func (v *stepScreen) headline() string {
	st := v.state()
	switch first := v.step.ID == story.StepFirstCall; {
	case v.working() || !v.passed() && !v.halfway():
		return v.env.T(v.step.Why)
	case v.halfway():
		return v.env.T("The token is good, but not meant for the admin API.")
	case first && st.AudienceCall != nil:
		return v.env.T("Two walls, one after the other: the audience, then the role.")
	case first && stopped(st.NoTokenCall, gate.Identity) && stopped(st.DamagedCall, gate.Identity):
		return v.env.T("The same request three times. It stops at two different gates.")
	case first:
		return v.env.T("The good token is accepted, but the call is refused.")
	}
	return v.env.T("The same request passes. One role made the difference.")
}

func stopped(c *story.Call, at gate.Gate) bool { return c != nil && c.Refusal.Gate == at }

// outcome is what a passed step shows: what was done and seen, the guess against it, and what it means.
func (v *stepScreen) outcome(w int) []string {
	t, st, r := v.env.Theme, v.state(), v.result()
	var out []string
	block := func(lines ...string) {
		if len(lines) == 0 {
			return
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	if v.drawn() {
		if guesses := v.guesses(st, w); v.step.ID == story.StepFirstCall || !v.wide && len(guesses) < 4 { // else the replies, or what follows, say as much
			block(v.legend(w)...)
		}
	} else {
		block(t.Item(t.Glyphs.Done, t.Good, words.Line(v.env.Say(r.Done)), w)...)
		out = append(out, v.answered(w)...)
	}
	block(v.guesses(st, w)...)
	if !v.drawn() || v.wide {
		block(t.Lines(t.Plain, words.Line(v.env.Say(v.step.Explain(st))), w)...)
	}
	var notes []string
	for _, note := range r.Notes {
		notes = append(notes, t.Item("!", t.Warn, words.Line(v.env.Say(note)), w)...)
	}
	block(notes...)
	block(v.created(st, w)...)
	return out
}

// legend says what the statuses above mean, in a line each.
func (v *stepScreen) legend(w int) []string {
	t, st := v.env.Theme, v.state()
	if v.step.ID == story.StepSecondCall {
		return t.Lines(t.Plain, words.Line(v.env.Say(story.OldTokenMeans(st))), w)
	}
	var out []string
	seen := func(status int) bool {
		for _, c := range []*story.Call{st.NoTokenCall, st.DamagedCall, st.AudienceCall, st.FirstCall} {
			if c != nil && c.Exchange.Status == status {
				return true
			}
		}
		return false
	}
	for _, line := range []struct {
		status int
		means  texts.Text
	}{
		{unauthorized, "I don't know who you are. No role helps: look at the token."},
		{forbidden, "I know who you are, and you may not. A role is missing."},
	} {
		if seen(line.status) {
			style := t.Answer(line.status)
			for i, text := range t.Wrap(v.env.T(line.means), w-5) {
				lead := "     "
				if i == 0 {
					lead = style.Render(gate.StatusName(line.status).String()[:3]) + "  "
				}
				out = append(out, lead+text)
			}
		}
	}
	return out
}

// decisive is the exchange that the step is about: the change that it made, or its last read; nil for none.
func (v *stepScreen) decisive() *wire.Exchange {
	var last *wire.Exchange
	for _, e := range v.exchanges() {
		if last == nil || !e.IsRead() || last.IsRead() {
			last = &e
		}
	}
	return last
}

// answered is how the server answered what the step is about, on its way through the gates.
func (v *stepScreen) answered(w int) []string {
	last := v.decisive()
	if last == nil {
		return nil
	}
	t := v.env.Theme
	stop := gate.Classify(*last)
	out := []string{t.Dim.Render(words.Fit("  "+words.Line(last.Method)+" "+words.BriefPath(last.URL), w))}
	if inspect.PassesGates(*last) {
		rows := inspect.GateRows(t, v.onTheWay([]inspect.Passage{inspect.PassageOf(*last)}), w)
		if len(rows) > 2 { // there is no room for a row
			return append(out, inspect.GateRow(t, stop, w)...)
		}
		out = append(out, rows...)
	}
	return append(out, "  "+t.Answer(stop.Status).Render(words.Fit(inspect.Said(t, stop), w-2)))
}

// guesses hold the guesses against what came true.
func (v *stepScreen) guesses(st *story.State, w int) []string {
	t := v.env.Theme
	var out []string
	for i, q := range v.step.Questions {
		text, right := v.env.Guess(q, v.questions[i].Guess, st)
		if calls := v.passages(st); len(v.step.Questions) > 1 && i < len(calls) && text != "" {
			text = v.env.T("%s: %s", calls[i].Label, text)
		}
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

// halfwayLines say why the call was refused for its audience, and what comes next.
func (v *stepScreen) halfwayLines(w int) []string {
	t, st := v.env.Theme, v.state()
	out := append(v.guesses(st, w), t.Item("!", t.Warn, words.Line(v.env.Say(st.AudienceCall.Refusal.Explanation)), w)...)
	return append(out, t.Item(t.Glyphs.Arrow, t.Plain, v.env.T("The client scope %s adds that audience to new tokens. Enter makes it a default scope of the client, gets a new token, and makes the same call.", keycloak.AdminAPIScope), w)...)
}

// passages are the calls to draw, also before they are made.
func (v *stepScreen) passages(st *story.State) []inspect.Passage {
	var out []inspect.Passage
	add := func(label texts.Text, c *story.Call) {
		p := inspect.Passage{Label: v.env.T(label), Waiting: c == nil}
		if c != nil {
			p.Stop = c.Refusal
		}
		out = append(out, p)
	}
	switch {
	case v.step.ID == story.StepSecondCall:
		add("old token", st.OldTokenCall)
		add("new token", st.SecondCall)
		return out
	case st.FirstCall == nil && st.AudienceCall == nil && st.NoTokenCall == nil:
		add("no token", nil)
		add("damaged token", nil)
		add("good token", nil)
		return out
	}
	if st.NoTokenCall != nil {
		add("no token", st.NoTokenCall)
		add("damaged token", st.DamagedCall)
	}
	if st.AudienceCall != nil {
		add("first token", st.AudienceCall)
		add("second token", st.FirstCall)
		return out
	}
	add("good token", st.FirstCall)
	return out
}

// created are the ids and keys that later calls use.
func (v *stepScreen) created(st *story.State, w int) []string {
	t := v.env.Theme
	fact := func(name, value string) []string {
		var out []string
		for _, line := range words.Fold(name+": "+words.Line(value), w) {
			out = append(out, t.Dim.Render(line))
		}
		return out
	}
	switch {
	case v.step.ID == story.StepClient && st.Client != nil:
		return fact("uuid", st.Client.ID)
	case v.step.ID == story.StepUser && st.User != nil:
		return fact("id", st.User.ID)
	}
	return nil
}

// failure is why a step failed, what to do, and at which gate the last exchange was stopped.
func (v *stepScreen) failure(r story.Result, w int) []string {
	return inspect.FailureLines(v.env.Theme, r.Err, v.run.mask, r.Notes, v.exchanges(), w)
}
