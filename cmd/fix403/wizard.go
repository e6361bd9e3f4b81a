package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/journal"
	"fix403/ui"
	"fix403/ui/plain/wizard"
	"fix403/ui/words"
)

// wizardOptions are those of wizard, and of fix403 without a command.
type wizardOptions struct {
	flags.Story
	mouse       bool
	atFirstStep bool // not at the home screen
}

func (a *app) wizardCommand(run func(context.Context, *pflag.FlagSet, *wizardOptions) error) *cobra.Command {
	o := &wizardOptions{atFirstStep: true}
	cmd := &cobra.Command{
		Use:   "wizard",
		Short: "Start the wizard at its first step",
		Args:  cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), cmd.Flags(), o)
		}),
	}
	o.Server.AddFlags(cmd.Flags())
	o.Names.AddFlags(cmd.Flags())
	o.Screen.AddFlags(cmd.Flags())
	cmd.Flags().BoolVar(&o.mouse, "mouse", true, "mouse clicks and wheel; --mouse=false leaves the mouse to the terminal")
	return cmd
}

// wizard runs the full screen, or the line mode where that was asked for.
func (a *app) wizard(ctx context.Context, f *pflag.FlagSet, o *wizardOptions) error {
	if err := a.complete(f, o.Groups()); err != nil {
		return err
	}
	story, err := a.story(ctx, &o.Server, &o.Names, f, false)
	if err != nil {
		return err
	}
	if o.Plain {
		_, err := wizard.Run(ctx, wizard.Options{
			Printer: a.Printer,
			In:      a.streams.in, Out: a.streams.out, ReadSecret: a.secretReader(ctx), Story: story, DefaultURL: a.getenv("KEYCLOAK_URL"),
			AtFirstStep: o.atFirstStep || o.Practice,
		})
		return err
	}
	if !a.streams.inTTY || !a.streams.outTTY {
		return flags.Usage("Use fix403 run, or fix403 wizard --plain for the line mode.", "the wizard needs a terminal")
	}
	remember, err := journal.StateFolder()
	if err != nil {
		remember = "" // no home: nothing is remembered
	}
	result, err := a.onScreen(ctx, ui.Options{
		Printer: a.Printer, Story: story, AtFirstStep: o.atFirstStep,
		DefaultURL: a.getenv("KEYCLOAK_URL"), Remember: remember, Theme: o.Theme, NoColor: o.NoColor, Mouse: o.mouse, Version: buildVersion().Version,
	})
	if result.Summary != "" {
		_, _ = fmt.Fprintln(a.streams.out, words.Clean(result.Summary))
	}
	if err == nil && result.Interrupted {
		err = reported{context.Canceled}
	}
	return err
}

func (a *app) secretReader(ctx context.Context) func(string) (string, error) {
	if !a.streams.inTTY {
		return nil
	}
	return func(prompt string) (string, error) { return a.streams.readSecret(ctx, prompt) }
}
