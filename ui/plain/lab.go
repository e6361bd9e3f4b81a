package plain

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"fix403/flows/gate"
	"fix403/flows/lab"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak/msg"
	"fix403/ui/words"
)

// Experiments lists the experiments.
func (l Lines) Experiments(all []*lab.Experiment) {
	for _, e := range all {
		l.Printf("%-24s %-9s %s\n", e.ID, e.Gate, l.T(e.Title))
	}
	l.Printf("\n%s\n", l.T("Run one with fix403 lab NAME, all with fix403 lab --all."))
}

// labServer says where experiments run.
func (l Lines) labServer(s story.State) {
	name := l.serverName(s)
	if !s.Practice && s.Version != "" {
		name += ", Keycloak " + s.Version
	}
	l.Printf("\n%s\n", l.T("On %s.", name))
}

// question is the question of an experiment, and its choices.
func (l Lines) question(e *lab.Experiment) {
	l.Printf("%s\n\n%s\n", l.T(e.Title), wrap(l.T(e.Ask)))
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
	if beside := l.Beside(o); beside != "" {
		l.Printf("%-24s %-9s %-14s %s\n", e.ID, e.Gate, l.TrialState(words.Trial{Experiment: e, Ran: true, Outcome: o}), l.T("observed %-22s %s", o.Observed, beside))
		return
	}
	l.Printf("%-24s %-9s %-12s %s\n", e.ID, e.Gate, o.Result, l.T("expected %-22s observed %s", expected, o.Observed))
}

// trial is what came of an experiment, at length.
func (l Lines) trial(t words.Trial) {
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
	l.Printf("\n%s\n", wrap(l.T(t.Outcome.Explanation)))
	if ranges := l.Ranges(t.Experiment); ranges != "" {
		l.Printf("%s\n", wrap(ranges))
	}
	l.Printf("\n%s\n\n%s\n%s\n", l.T("Remember: %s", t.Experiment.Remember), l.T("By hand:"), indent(t.Experiment.Manual))
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
	different := slices.DeleteFunc(slices.Clone(outcomes), func(o lab.Outcome) bool { return o.Result != lab.Different })
	if len(different) == 0 {
		return nil
	}
	return &problem.CheckError{
		Kind: "different", Message: msg.New("%d of %d experiments came out otherwise than measured on this version.", len(different), len(outcomes)),
		Hint: msg.New("Look at each: something on this server is not as in a fresh Keycloak, or in front of it."),
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
