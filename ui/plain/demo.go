package plain

import (
	"context"
	"errors"
	"io"
	"time"

	"fix403/flows/story"
	"fix403/flows/texts"
)

// DemoOptions of [Demo].
type DemoOptions struct {
	Out   io.Writer
	Story *story.Story
	Speed float64 // 1 is speaking pace; 0 does not wait
}

// Demo plays the story by itself, line by line, with what one would say to it, and removes at the end what it created. It
// returns the error of the step that failed, which has been told then, and leaves what was created until there.
func Demo(ctx context.Context, o DemoOptions) error {
	t := &teller{o: Options{Out: o.Out}, story: o.Story, guesses: map[story.StepID][]int{}, guessed: map[story.StepID]bool{}}
	moments := story.Moments()
	for i, m := range moments {
		step := story.StepByID(m.Step)
		if !m.After {
			t.print("")
			t.put(texts.T(step.Title))
		}
		if m.After && !t.passed(step) {
			if err := t.play(ctx, step); err != nil {
				return err
			}
		}
		if i == len(moments)-1 {
			if err := o.Story.Cleanup(ctx); err != nil {
				return err
			}
		}
		caption := m.Say(o.Story.State())
		t.print("  Caption: %s", caption)
		if err := rest(ctx, story.Pace(caption), o.Speed); err != nil {
			return err
		}
	}
	return t.err
}

// play does a step and says what came of it.
func (t *teller) play(ctx context.Context, step *story.Step) error {
	t.guesses[step.ID] = make([]int, len(step.Questions))
	for i := range step.Questions {
		t.guesses[step.ID][i] = -1
	}
	if err := t.perform(ctx, step, t.story.Do); err != nil {
		return err
	}
	if r := t.story.State().Results[step.ID]; r.Err != nil {
		return r.Err
	}
	if !t.passed(step) {
		return errors.New("the step " + string(step.ID) + " was not done")
	}
	return nil
}

// rest waits as long as a caption takes.
func rest(ctx context.Context, pace time.Duration, speed float64) error {
	if speed <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(time.Duration(float64(pace) / speed))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
