package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/story"
	"fix403/ui"
	"fix403/ui/plain/wizard"
)

// The slowest and the fastest that a demo is played.
const slowest, fastest = 0.1, 20

// demoOptions are those of demo.
type demoOptions struct {
	flags.Story
	ui.Demo
	export string
	notes  bool
}

func (a *app) demoCommand(run func(context.Context, *pflag.FlagSet, *demoOptions) error) *cobra.Command {
	o := &demoOptions{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play the story on a stage, for a talk",
		Long: `Plays the story for an audience: one sentence at a time, the gates over the whole width, and the request that
runs along them. Space pauses; enter, the arrow keys and a presenter's remote go forward and back, w shows the wire,
b a black screen, + and - change the speed, r plays it again. Going back does not contact the server. Without a server's
address it uses the practice server, the same in each recording. NO_MOTION in the environment, or F12, stops the motion.

What it created is removed at the end, even if you quit early. Without a terminal it prints lines of text at once.`,
		Example: `  fix403 demo
  fix403 demo --as 24.0.5 --speed 1.5
  fix403 demo --url http://localhost:8080
  fix403 demo --export demo.svg
  fix403 demo --notes`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), cmd.Flags(), o) }),
	}
	f := cmd.Flags()
	f.Float64Var(&o.Speed, "speed", 1, "1 is speaking pace, 2 twice as fast")
	f.BoolVar(&o.Loop, "loop", false, "start again after the end, for a booth")
	f.StringVar(&o.export, "export", "", "write it to this file instead of showing it: .cast (asciicast) or .svg (animated)")
	f.BoolVar(&o.notes, "notes", false, "print what to say at each moment; plays on the practice server, with --as")
	o.AddFlags(f)
	return cmd
}

func (a *app) demo(ctx context.Context, f *pflag.FlagSet, o *demoOptions) error {
	if err := a.complete(f, o.Groups()); err != nil {
		return err
	}
	if !(o.Speed >= slowest && o.Speed <= fastest) {
		return flags.Usage(fmt.Sprintf("Give one from %g to %d.", slowest, fastest), "the demo is not played at the speed %g", o.Speed)
	}
	switch ext := filepath.Ext(o.export); {
	case o.export != "" && ext != ".cast" && ext != ".svg":
		return flags.Usage("Name a file that ends in .cast or .svg.", "--export draws no file like %s", o.export)
	case o.JSON && (o.export != "" || o.notes):
		return flags.Usage("Leave --json away.", "--json prints what run prints; --export and --notes do something else")
	case o.export != "" && o.notes:
		return flags.Usage("Give one of them.", "--export and --notes exclude each other")
	case o.JSON:
		return a.run(ctx, f, &runOptions{Story: o.Story, cleanup: true})
	case o.notes:
		o.Practice, o.URL = true, ""
	}
	if err := a.confirmCreation(ctx, &o.Server, &o.Names, false); err != nil {
		return err
	}
	options, err := a.story(ctx, &o.Server, &o.Names, f, true)
	if err != nil {
		return err
	}
	options.IDSeed = story.DemoSeed // the same ids each time
	screen := ui.Options{Printer: a.Printer, Story: options, Demo: &o.Demo, Theme: o.Theme, NoColor: o.NoColor, Version: buildVersion().Version}
	var played *story.Story
	switch lines := (wizard.DemoOptions{Printer: a.Printer, Out: a.streams.out, Speed: o.Speed}); {
	case o.export != "":
		played, err = ui.Export(ctx, screen, o.export)
	case o.notes || o.Plain || !a.streams.inTTY || !a.streams.outTTY:
		if played, err = story.New(options); err != nil {
			return err
		}
		if lines.Story = played; o.notes {
			err = wizard.Notes(ctx, lines)
			break
		}
		if !a.streams.outTTY {
			lines.Speed = 0
		}
		a.lines().Begin(played.State())
		err = wizard.Demo(ctx, lines)
	default:
		played, err = a.demoOnScreen(ctx, screen)
	}
	if played == nil {
		return err
	}
	err = errors.Join(err, a.console(false).CleanUp(ctx, played))
	if o.Transcript != "" {
		err = errors.Join(err, a.writeTranscript(played, o.Transcript))
	}
	return err
}

// demoOnScreen also returns what stopped the story, if something did.
func (a *app) demoOnScreen(ctx context.Context, screen ui.Options) (*story.Story, error) {
	result, err := a.onScreen(ctx, screen)
	s := result.Demo
	if s == nil {
		return nil, err
	}
	state := s.State()
	for _, line := range a.Calls(state) {
		a.lines().Println(line)
	}
	for _, step := range story.Steps() {
		err = errors.Join(err, state.Results[step.ID].Err)
	}
	if result.Interrupted {
		err = errors.Join(err, reported{context.Canceled})
	}
	return s, err
}
