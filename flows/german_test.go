package flows

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fix403/flows/gate"
	"fix403/flows/lab"
	"fix403/flows/manual"
	"fix403/flows/params"
	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// TestStoryInGerman: what the story says in German it says in other words than in English, and each text has its German.
func TestStoryInGerman(t *testing.T) {
	t.Parallel()
	printer, err := texts.In("de")
	if err != nil {
		t.Fatal(err)
	}
	english, german := everythingSaid(t, nil), everythingSaid(t, printer)
	for _, missed := range printer.Missed() {
		t.Errorf("there is no German for %q", missed)
	}
	if len(german) != len(english) {
		t.Errorf("%d things are said in German, %d in English", len(german), len(english))
	}
	same := []string{ // in both languages
		"input: optional", "choice: 401 Unauthorized", "choice: 403 Forbidden", "choice: 401 unauthorized_client", "choice: 400 invalid_request",
	}
	for _, said := range german {
		if slices.Contains(english, said) && !slices.Contains(same, said) {
			t.Errorf("it is English still: %s", said)
		}
	}
}

// everythingSaid is what a person may read of a story, a lab and a demo on the practice server, with the same ids each time.
func everythingSaid(t *testing.T, p *texts.Printer) []string {
	t.Helper()
	var out []string
	say := func(what string, said ...any) {
		for _, s := range said {
			text := fmt.Sprint(s)
			switch s := s.(type) {
			case texts.Text:
				text = p.T(s)
			case msg.Message:
				text = p.Say(s)
			case error:
				text = p.Error(s)
			}
			if text != "" {
				out = append(out, what+": "+text)
			}
		}
	}
	o := story.Options{Practice: true, IDSeed: story.DemoSeed, Params: params.DefaultParams()}
	s, err := story.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Check(t.Context(), story.StepRealm); err == nil {
		t.Error("a locked step can be checked")
	} else {
		say("refused", err, report.FailureOf(err).Hint)
	}
	say("outcome", strings.Split(report.Markdown(p, s.Snapshot()), "\n")[2])
	for _, step := range story.Steps() {
		if slices.Contains([]story.StepID{story.StepRealm, story.StepClient, story.StepUser}, step.ID) {
			_, err := s.Check(t.Context(), step.ID)
			say("missing", report.FailureOf(err).Hint)
		}
		mustDo(t, s, step.ID)
	}
	st := s.State()
	for _, step := range story.Steps() {
		r := st.Results[step.ID]
		say("step", step.Title, step.Goal, step.Why, step.Action, r.Done, r.Checked, step.Explain(st), step.Leftover(st))
		say("by hand", manual.Render(p, step, manual.FormConsole, st))
		for _, note := range r.Notes {
			say("note", note)
		}
		for _, hint := range step.Hints(&story.State{}) {
			say("hint", hint)
		}
		for _, in := range step.Inputs {
			say("input", in.Label, in.Help)
		}
		for _, q := range step.Questions {
			say("question", q.Ask)
			for _, c := range q.Choices {
				say("choice", c)
			}
		}
	}
	for _, f := range manual.Forms() {
		say("form", f.How)
	}
	for _, m := range story.Moments(st) {
		say("demo", m.Say(st))
		say("note", m.Note(st))
		if m.Way != nil {
			say("way", m.Way(st))
		}
	}
	for _, c := range []*story.Call{st.FirstCall, st.OldTokenCall, st.SecondCall} {
		say("stop", c.Refusal.Explanation)
	}
	for _, g := range gate.All() {
		say("gate", g.Question())
	}
	for _, e := range s.Exchanges() {
		say("purpose", e.Purpose)
	}
	say("outcome", strings.Split(report.Markdown(p, s.Snapshot()), "\n")[2])
	say("kept", story.Leftovers(st))
	for _, id := range []story.StepID{story.StepGrant, story.StepUser, story.StepRealm} {
		said, err := s.Undo(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		say("undo", said)
	}

	l, err := lab.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close(t.Context()) }()
	for _, e := range lab.Experiments() {
		say("experiment", e.Title, e.Ask, e.Explain, e.Remember)
		for _, c := range e.Choices {
			say("choice", c.Text)
		}
		if e.ID == "expired-token" {
			continue // it waits
		}
		outcome, err := l.Run(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		say("stop", outcome.Refusal.Explanation)
	}
	for _, e := range l.Exchanges() {
		say("purpose", e.Purpose)
	}
	return out
}
