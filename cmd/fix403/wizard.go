package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"fix403/flows/journal"
	"fix403/ui"
	"fix403/ui/plain/wizard"
	"fix403/ui/words"
)

func (a *app) wizardCommand() *cobra.Command {
	o := newOptions()
	var mouse bool
	cmd := &cobra.Command{
		Use:   "wizard",
		Short: "The wizard, straight at its first step",
		Args:  cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			return a.wizard(cmd.Context(), cmd, o, mouse)
		}),
	}
	o.addServerFlags(cmd.Flags())
	o.addNameFlags(cmd.Flags())
	o.addScreenFlags(cmd.Flags())
	cmd.Flags().BoolVar(&mouse, "mouse", false, "mouse: clicks on buttons, keys and rows, and the wheel")
	return cmd
}

// wizard runs the full screen, or the line mode where that was asked for.
func (a *app) wizard(ctx context.Context, cmd *cobra.Command, o *options, mouse bool) error {
	if err := a.complete(cmd.Flags(), o); err != nil {
		return err
	}
	story, err := a.story(ctx, o, cmd.Flags(), false)
	if err != nil {
		return err
	}
	if o.plain {
		_, err := wizard.Run(ctx, wizard.Options{
			Printer: a.Printer,
			In:      a.streams.in, Out: a.streams.out, ReadSecret: a.secretReader(ctx), Story: story, DefaultURL: a.getenv("KEYCLOAK_URL"),
			AtFirstStep: cmd.Name() == "wizard" || o.practice,
		})
		return err
	}
	if !a.streams.inTTY || !a.streams.outTTY {
		return usage("Use fix403 run, or fix403 wizard --plain for the line mode.", "the wizard needs a terminal")
	}
	remember, err := journal.StateFolder()
	if err != nil {
		remember = "" // no home: nothing is remembered
	}
	result, err := a.onScreen(ctx, ui.Options{
		Printer: a.Printer, Story: story, AtFirstStep: cmd.Name() == "wizard",
		DefaultURL: a.getenv("KEYCLOAK_URL"), Remember: remember, Theme: o.theme, NoColor: o.noColor, Mouse: mouse, Version: buildVersion().Version,
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
