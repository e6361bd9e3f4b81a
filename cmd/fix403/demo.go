package main

import (
	"context"
	"errors"
	"fmt"

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
	speed float64 // 1 is speaking pace
}

func (a *app) demoCommand(run func(context.Context, *pflag.FlagSet, *demoOptions) error) *cobra.Command {
	o := &demoOptions{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The story plays by itself, with captions, for a talk",
		Long: `Plays the story by itself at speaking pace, with captions: what to say while a step is on the screen. Space stops it,
the arrow keys go on and back, + and - change the speed, z sets the captions wide for a projector, r plays it again; going
back asks the server nothing. Without a server's address it plays on the practice server, the same in each recording.

What it made is removed at the end, and also when it is left before. Not on a terminal it is told as lines of text at once.`,
		Example: `  fix403 demo
  fix403 demo --as 24.0.5 --speed 1.5
  fix403 demo --url http://localhost:8080`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), cmd.Flags(), o)
		}),
	}
	f := cmd.Flags()
	f.Float64Var(&o.speed, "speed", 1, "1 is speaking pace, 2 twice as fast")
	o.AddFlags(f)
	return cmd
}

func (a *app) demo(ctx context.Context, f *pflag.FlagSet, o *demoOptions) error {
	if err := a.complete(f, o.Groups()); err != nil {
		return err
	}
	speed := o.speed
	if !(speed >= slowest && speed <= fastest) {
		return flags.Usage(fmt.Sprintf("Give one from %g to %d.", slowest, fastest), "the demo is not played at the speed %g", speed)
	}
	if o.JSON {
		return a.run(ctx, f, &runOptions{Story: o.Story, cleanup: true})
	}
	if err := a.confirmCreation(ctx, &o.Server, &o.Names, false); err != nil {
		return err
	}
	options, err := a.story(ctx, &o.Server, &o.Names, f, true)
	if err != nil {
		return err
	}
	if !a.streams.outTTY {
		speed = 0
	}
	var story *story.Story
	if o.Plain || !a.streams.inTTY || !a.streams.outTTY {
		story, err = a.demoInLines(ctx, options, speed)
	} else {
		story, err = a.demoOnScreen(ctx, &o.Screen, options, speed)
	}
	if story == nil {
		return err
	}
	err = errors.Join(err, a.console(false).CleanUp(ctx, story))
	if o.Transcript != "" {
		err = errors.Join(err, a.writeTranscript(story, o.Transcript))
	}
	return err
}

func (a *app) demoInLines(ctx context.Context, options story.Options, speed float64) (*story.Story, error) {
	options.IDSeed = story.DemoSeed
	story, err := story.New(options)
	if err != nil {
		return nil, err
	}
	a.lines().Begin(story.State())
	return story, wizard.Demo(ctx, wizard.DemoOptions{Printer: a.Printer, Out: a.streams.out, Story: story, Speed: speed})
}

// demoOnScreen also returns what stopped the story, if something did.
func (a *app) demoOnScreen(ctx context.Context, o *flags.Screen, options story.Options, speed float64) (*story.Story, error) {
	result, err := a.onScreen(ctx, ui.Options{
		Printer: a.Printer, Story: options, Demo: &ui.Demo{Speed: speed},
		Theme: o.Theme, NoColor: o.NoColor, Version: buildVersion().Version,
	})
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
