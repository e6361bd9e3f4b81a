package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/document"
	"fix403/flows/lab"
	"fix403/flows/problem"
	"fix403/keycloak/msg"
	"fix403/ui/plain"
	"fix403/ui/words"
)

// labOptions are those of lab.
type labOptions struct {
	flags.Server
	flags.Names
	flags.Output
	flags.Screen
	all    bool
	chosen []*lab.Experiment // none lists them
}

func (o *labOptions) Groups() flags.Groups {
	return flags.Groups{Server: &o.Server, Names: &o.Names, Output: &o.Output, Screen: &o.Screen}
}

func (a *app) labCommand(run func(context.Context, *pflag.FlagSet, *labOptions) error) *cobra.Command {
	o := &labOptions{}
	cmd := &cobra.Command{
		Use:   "lab [EXPERIMENT...]",
		Short: "Break each gate on purpose, and see what the server answers",
		Long: `Lists or runs the experiments: each breaks one gate on purpose, or shows where a server reads roles from. What is observed
is compared with what the server's version was measured to answer; on a version that was not measured it is only shown.
They run in a scratch realm, which is removed at the end. Without a server's address that is on the practice server.

With --json it prints one object:
  {"tool": {…}, "server": {"url": "…", "version": "26.7.3", "practice": true},
   "experiments": [{"id": "no-token", "gate": "identity", "expected": "401", "observed": "401", "result": "as-expected"}]}
result is as-expected, different or not-measured; expected is null where the version was not measured; warnings is there
where one was given (--insecure, a password that cannot be hidden). Exit code 5 when one is different.`,
		Example: `  fix403 lab
  fix403 lab old-token-after-grant --as 24.0.5
  fix403 lab --all --json --url http://localhost:8080 --admin-password-file FILE`,
		RunE: a.command(func(cmd *cobra.Command, args []string) (err error) {
			if o.chosen, err = chooseExperiments(args, o.all); err != nil {
				return err
			}
			return run(cmd.Context(), cmd.Flags(), o)
		}),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, e := range lab.Experiments() {
				ids = append(ids, e.ID+"\t"+a.T(e.Title))
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
	}
	o.Server.AddFlags(cmd.Flags())
	o.Names.AddFlags(cmd.Flags(), "realm", "client-id", "username", "email")
	o.Screen.AddFlags(cmd.Flags())
	o.AddJSONFlag(cmd.Flags())
	cmd.Flags().BoolVar(&o.all, "all", false, "run all experiments")
	return cmd
}

func chooseExperiments(ids []string, all bool) ([]*lab.Experiment, error) {
	if all {
		if len(ids) > 0 {
			return nil, flags.Usage("Give one of them.", "--all and the name of an experiment exclude each other")
		}
		return lab.Experiments(), nil
	}
	var chosen []*lab.Experiment
	for _, id := range ids {
		e := lab.ExperimentByID(id)
		if e == nil {
			return nil, flags.Usage("See fix403 lab for their names.", "there is no experiment %q", id)
		}
		chosen = append(chosen, e)
	}
	return chosen, nil
}

func (a *app) listExperiments(o *labOptions) error {
	if o.JSON {
		list := []document.Experiment{}
		for _, e := range lab.Experiments() {
			list = append(list, document.Experiment{ID: e.ID, Gate: string(e.Gate), Title: a.T(e.Title)})
		}
		return a.writeJSON(document.Experiments{Experiments: list})
	}
	a.lines().Experiments(lab.Experiments())
	return nil
}

func (a *app) lab(ctx context.Context, f *pflag.FlagSet, o *labOptions) (err error) {
	if err := a.complete(f, o.Groups()); err != nil {
		return err
	}
	chosen := o.chosen
	if len(chosen) == 0 {
		return a.listExperiments(o)
	}
	if err := a.confirmCreation(ctx, &o.Server, &o.Names, false); err != nil {
		return err
	}
	story, err := a.story(ctx, &o.Server, &o.Names, f, true)
	if err != nil {
		return err
	}
	l, err := lab.New(story)
	if err != nil {
		return err
	}
	lines := a.lines()
	if o.JSON {
		lines.Out = io.Discard
	}
	progress := func(int) {}
	if a.streams.outTTY && !o.JSON && !o.Plain && len(chosen) > 1 {
		progress = func(done int) { _, _ = fmt.Fprint(a.streams.err, plain.Bar(done, len(chosen))) }
	}
	guess := -1
	if len(chosen) == 1 {
		if guess, err = a.askExperiment(ctx, lines, chosen[0], !o.JSON); err != nil {
			return err
		}
	}
	var outcomes []lab.Outcome
	var trials []words.Trial
	err = func() error {
		if err := l.Open(ctx); err != nil {
			return err
		}
		lines.LabServer(l.State())
		progress(0)
		defer progress(-1)
		return l.RunAll(ctx, chosen, func(outcome lab.Outcome) {
			e := chosen[len(outcomes)]
			outcomes = append(outcomes, outcome)
			trial := words.Trial{Experiment: e, Server: l.State().Version, Guess: guess, Ran: true, Outcome: outcome}
			trials = append(trials, trial)
			progress(-1)
			if len(chosen) == 1 {
				lines.Trial(trial)
			} else {
				lines.Outcome(e, outcome)
			}
			progress(len(outcomes))
		})
	}()
	err = errors.Join(err, l.Close(ctx))
	different := slices.DeleteFunc(slices.Clone(outcomes), func(o lab.Outcome) bool { return o.Result != lab.Different })
	if err == nil && len(different) > 0 {
		err = &problem.CheckError{
			Kind: "different", Message: msg.New("%d of %d experiments came out otherwise than measured on this version.", len(different), len(outcomes)),
			Hint: msg.New("Look at each: something on this server is not as in a fresh Keycloak, or in front of it."),
		}
	}
	if o.JSON {
		report := lab.Document(buildVersion().Version, l, outcomes, err)
		report.Warnings = a.warnings
		if err = errors.Join(err, a.writeJSON(report)); err != nil {
			return reported{err}
		}
		return nil
	}
	if len(chosen) > 1 && err == nil {
		lines.Count(trials)
	}
	return err
}

// askExperiment puts the question of an experiment, and on a terminal waits for a prediction: an index of its
// choices, -1 for none.
func (a *app) askExperiment(ctx context.Context, lines plain.Lines, e *lab.Experiment, wait bool) (int, error) {
	lines.Question(e)
	if !wait || !a.streams.inTTY || !a.streams.outTTY {
		return -1, nil
	}
	lines.GuessPrompt(e)
	line, err := a.readLine(ctx)
	if err != nil {
		return 0, err
	}
	guess, err := strconv.Atoi(line)
	if err != nil || guess < 1 || guess > len(e.Choices) {
		return -1, nil //nolint:nilerr // no number is no prediction
	}
	return guess - 1, nil
}
