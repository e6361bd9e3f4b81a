package plain

import (
	"fix403/flows/gate"
	"fix403/flows/lab"
	"fix403/flows/story"
	"fix403/ui/words"
)

// Experiments lists the experiments.
func (l Lines) Experiments(all []*lab.Experiment) {
	for _, e := range all {
		l.Printf("%-24s %-9s %s\n", e.ID, e.Gate, l.T(e.Title))
	}
	l.Printf("\n%s\n", l.T("Run one with fix403 lab NAME, all with fix403 lab --all."))
}

// LabServer says where experiments run.
func (l Lines) LabServer(s story.State) {
	name := l.ServerName(s)
	if !s.Practice && s.Version != "" {
		name += ", Keycloak " + s.Version
	}
	l.Printf("\n%s\n", l.T("On %s.", name))
}

// Question is the question of an experiment, and its choices.
func (l Lines) Question(e *lab.Experiment) {
	l.Printf("%s\n\n%s\n", l.T(e.Title), wrap(l.T(e.Ask)))
	for i, c := range e.Choices {
		l.Printf("  %d %s\n", i+1, l.T(c.Text))
	}
}

// GuessPrompt asks for a number of the choices.
func (l Lines) GuessPrompt(e *lab.Experiment) {
	l.Printf("\n%s ", l.T("Your guess (1 to %d, enter skips):", len(e.Choices)))
}

// Outcome is what came of an experiment, on a line.
func (l Lines) Outcome(e *lab.Experiment, o lab.Outcome) {
	expected := o.Expected
	if expected == "" {
		expected = "-"
	}
	l.Printf("%-24s %-9s %-12s %s\n", e.ID, e.Gate, o.Result, l.T("expected %-22s observed %s", expected, o.Observed))
}

// Trial is what came of an experiment, at length.
func (l Lines) Trial(t words.Trial) {
	if x := t.Outcome.Exchange; x != nil {
		l.Printf("\n%s %s: %s\n", x.Method, words.Path(x.URL), status(x.Status))
		if x.ResponseBody != "" && len(x.ResponseBody) < 400 {
			l.Println(x.ResponseBody)
		}
		l.Println(gate.Line(t.Outcome.Refusal))
	}
	l.Printf("\n%s\n%s\n", l.T("Observed: %s (%s)", t.Outcome.Observed, l.Happened(t)), l.TrialVerdict(t))
	if compared := l.Compared(t); compared != "" {
		l.Println(compared)
	}
	l.Printf("\n%s\n\n%s\n\n%s\n%s\n", wrap(l.T(t.Outcome.Explanation)), l.T("Remember: %s", t.Experiment.Remember), l.T("By hand:"), indent(t.Experiment.Manual))
}

// Count says how many experiments were run, and how they came out.
func (l Lines) Count(trials []words.Trial) { l.Printf("\n%s\n", l.LabCount(trials)) }
