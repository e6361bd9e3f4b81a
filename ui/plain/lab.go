package plain

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"fix403/flows/lab"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Experiments lists the experiments.
func (l Lines) Experiments(all []*lab.Experiment) {
	for _, e := range all {
		l.Printf("%s %s %s\n", l.in(accent, words.Pad(e.ID, 24)), l.in(dim, words.Pad(string(e.Gate), 9)), l.T(e.Title))
	}
	l.Printf("\n%s\n", l.T("Run one with fix403 lab NAME, all with fix403 lab --all."))
}

// labServer says where experiments run.
func (l Lines) labServer(s *story.State) {
	name := l.serverName(s)
	if !s.Practice && s.Version != "" {
		name += ", Keycloak " + s.Version
	}
	l.Printf("\n%s\n", l.T("On %s.", name))
}

// question is the question of an experiment, and its choices.
func (l Lines) question(e *lab.Experiment) {
	l.Printf("%s\n\n%s\n", l.in(heading, l.T(e.Title)), l.wrap(l.T(e.Ask)))
	for i, c := range e.Choices {
		l.Printf("  %d %s\n", i+1, l.T(c.Text))
	}
}

// guessPrompt asks for a number of the choices.
func (l Lines) guessPrompt(e *lab.Experiment) {
	l.Printf("\n%s ", l.T("Your guess (1 to %d, enter skips):", len(e.Choices)))
}

// outcome is what came of an experiment, on a line.
func (l Lines) outcome(e *lab.Experiment, o lab.Outcome) {
	expected := o.Expected
	if expected == "" {
		expected = "-"
	}
	if l.Look.theme != nil {
		sign, style := kit.StatusLook(l.Look.theme, words.ObservedStatus(o))
		l.Printf("%s ", ink(style.Render(sign)))
	}
	if beside := l.Beside(o); beside != "" {
		l.Printf("%-24s %-9s %-14s %s\n", e.ID, e.Gate, l.TrialState(words.Trial{Experiment: e, Ran: true, Outcome: o}), l.T("observed %-22s %s", o.Observed, beside))
		return
	}
	l.Printf("%-24s %-9s %-12s %s\n", e.ID, e.Gate, l.TrialState(words.Trial{Experiment: e, Ran: true, Outcome: o}), l.T("measured %-22s observed %s", expected, o.Observed))
}

// trial is what came of an experiment, at length.
func (l Lines) trial(t words.Trial) {
	if x := t.Outcome.Exchange; x != nil {
		l.Printf("\n%s\n", l.answered(l.Status(x.Status), x.Method+" "+words.Path(x.URL)))
		if x.ResponseBody != "" && len(x.ResponseBody) < 400 {
			l.Printf("%s\n", l.in(dim, x.ResponseBody))
		}
		l.Printf("%s\n", l.gates(t.Outcome.Refusal))
	}
	l.Printf("\n")
	if predicted := l.Predicted(t); predicted != "" {
		l.Printf("%s\n", l.hanging(l.T("predicted"), ink(words.Line(predicted))))
	}
	outcome := l.in(heading, l.Happened(t))
	if !strings.HasPrefix(l.Happened(t), t.Outcome.Observed) {
		outcome += ink(" (" + words.Line(t.Outcome.Observed) + ")")
	}
	l.Printf("%s\n%s\n", l.hanging(l.T("outcome"), outcome), l.hanging(l.T("measured"), ink(words.Line(l.TrialVerdict(t)))))
	l.Printf("\n%s\n", l.wrap(l.T(t.Outcome.Explanation)))
	if ranges := l.Ranges(t.Experiment); ranges != "" {
		l.Printf("%s\n", l.wrap(ranges))
	}
	l.Printf("\n%s\n\n%s\n%s\n", l.paragraph(0, l.in(heading, l.T("Remember: %s", t.Experiment.Remember))), l.in(dim, l.T("By hand:")), indent(t.Experiment.Manual))
}

// count says how many experiments were run, and how they came out.
func (l Lines) count(trials []words.Trial) { l.Printf("\n%s\n", l.LabCount(trials)) }

// Experiment runs experiments in the lab, which it opens and closes, and returns what came of those that ran. The error is also
// that one came out otherwise than measured.
func (c Console) Experiment(ctx context.Context, l *lab.Lab, chosen []*lab.Experiment) ([]lab.Outcome, error) {
	guess, err := -1, error(nil)
	if len(chosen) == 1 {
		if guess, err = c.predict(ctx, chosen[0]); err != nil {
			return nil, err
		}
	}
	progress := func(done int) {
		if c.Progress != nil && len(chosen) > 1 {
			c.Progress(done, len(chosen))
		}
	}
	var outcomes []lab.Outcome
	var trials []words.Trial
	run := func() error {
		if err := l.Open(ctx); err != nil {
			return err
		}
		c.labServer(l.State())
		progress(0)
		defer progress(-1)
		return l.RunAll(ctx, chosen, func(outcome lab.Outcome) {
			e := chosen[len(outcomes)]
			outcomes = append(outcomes, outcome)
			trial := words.Trial{Experiment: e, Server: l.State().Version, Guess: guess, Ran: true, Outcome: outcome}
			trials = append(trials, trial)
			progress(-1)
			if len(chosen) == 1 {
				c.trial(trial)
			} else {
				c.outcome(e, outcome)
			}
			progress(len(outcomes))
		})
	}
	err = errors.Join(run(), l.Close(ctx))
	if err == nil {
		err = differ(outcomes)
	}
	if len(chosen) > 1 && err == nil {
		c.count(trials)
	}
	return outcomes, err
}

// differ is the error of experiments that came out otherwise than measured; nil where all are as expected.
func differ(outcomes []lab.Outcome) error {
	different := sift.Out(outcomes, func(o lab.Outcome) bool { return o.Result != lab.Different })
	if len(different) == 0 {
		return nil
	}
	return &problem.CheckError{
		Kind: "different", Message: msg.New("%d of %d experiments differ from what was measured on this version.", len(different), len(outcomes)),
		Hint: msg.New("Check each: something differs from a fresh Keycloak, on this server or in front of it."),
	}
}

// predict puts the question of an experiment, and waits for a prediction where a person can make one: an index of its choices, -1
// for none.
func (c Console) predict(ctx context.Context, e *lab.Experiment) (int, error) {
	c.question(e)
	if c.ReadLine == nil {
		return -1, nil
	}
	c.guessPrompt(e)
	line, err := c.ReadLine(ctx)
	if err != nil {
		return 0, err
	}
	guess, err := strconv.Atoi(line)
	if err != nil || guess < 1 || guess > len(e.Choices) {
		return -1, nil //nolint:nilerr // no number is no prediction
	}
	return guess - 1, nil
}
