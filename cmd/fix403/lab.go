package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/document"
	"fix403/flows/lab"
	"fix403/ui/plain"
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
		Short: "Break each gate on purpose, and see the response",
		Long: `Lists or runs the experiments: each breaks one gate on purpose, or shows where a server reads roles from. Results
are compared with measurements of the server's version. On a version that was not measured, they are shown next to the nearest
measured versions, or Keycloak's documentation; a difference from those is not a failure.
They run in a scratch realm, which is removed at the end. Without a server's address they use the practice server.

With --json it prints one object:
  {"tool": {…}, "server": {"url": "…", "version": "26.7.4", "practice": true},
   "experiments": [{"id": "no-token", "gate": "identity", "expected": "401", "observed": "401", "result": "as-expected",
     "certainty": "measured", "known": [{"version": "26.7.4", "answer": "401", "same": true}]}]}
result is as-expected, different or not-measured; expected is null where the version was not measured; server has
"measured": false where the practice server answers as such a version, as documented; warnings is present if there were
any (--insecure, a password that cannot be masked). certainty is measured, likely (the measured versions before and after
it answer the same), differing (they do not), outside (it is older or newer than all that were measured, or unknown) or
documented (not measured); known has the answers of those versions. Exit code 5 if one is different
or cannot run: an experiment with an invalid token first makes the call with a valid one.`,
		Example: `  fix403 lab
  fix403 lab old-token-after-grant --as 24.0.5
  fix403 lab --all --json --url http://localhost:8080 --admin-password-file FILE`,
		RunE: a.command(func(cmd *cobra.Command, args []string) (err error) {
			if o.chosen, err = flags.Experiments(args, o.all); err != nil {
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
	c := a.console(o.JSON)
	if !a.streams.outTTY {
		c.ReadLine = nil
	} else if !o.JSON && !o.Plain {
		c.Progress = func(done, all int) { _, _ = fmt.Fprint(a.streams.err, plain.Bar(done, all)) }
	}
	outcomes, err := c.Experiment(ctx, l, chosen)
	if o.JSON {
		report := lab.Document(buildVersion().Version, l, outcomes, err)
		report.Warnings = a.warnings
		if err = errors.Join(err, a.writeJSON(report)); err != nil {
			return reported{err}
		}
		return nil
	}
	return err
}
