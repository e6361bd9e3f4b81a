package wizard

import (
	"context"
	"errors"
	"io"
	"time"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/ui/words"
)

// DemoOptions of [Demo].
type DemoOptions struct {
	Printer *texts.Printer
	Out     io.Writer
	Story   *story.Story
	Speed   float64 // 1 is speaking pace; 0 does not wait
}

// Demo plays the story by itself, line by line, with what a speaker would say, and removes at the end what it created. It
// returns the error of the step that failed, which has been told then, and leaves what was created until there.
func Demo(ctx context.Context, o DemoOptions) error {
	w := &wizard{Words: words.Words{Printer: o.Printer}, o: Options{Out: o.Out}, story: o.Story, guesses: map[story.StepID][]int{}, guessed: map[story.StepID]bool{}}
	moments := story.Moments(o.Story.State())
	for i := 0; i < len(moments); i++ {
		m := moments[i]
		step := story.StepByID(m.Step)
		if i == 0 || moments[i-1].Step != m.Step {
			w.print("")
			w.put(w.T(step.Title))
		}
		if m.After && !w.passed(step) {
			if err := w.play(ctx, step); err != nil {
				return err
			}
			moments = story.Moments(o.Story.State()) // what was seen may be one moment more
			m = moments[i]
		}
		if i == len(moments)-1 {
			if err := o.Story.Cleanup(ctx); err != nil {
				return err
			}
		}
		caption := m.Say(o.Story.State())
		w.print("  Caption: %s", caption)
		if err := rest(ctx, words.Pace(w.Say(caption)), o.Speed); err != nil {
			return err
		}
	}
	return w.err
}

// Notes tells the sentences of a demo, and what a speaker may add to each. The story is played for that, without a word.
func Notes(ctx context.Context, o DemoOptions) error {
	w := &wizard{Words: words.Words{Printer: o.Printer}, o: Options{Out: o.Out}}
	for _, step := range story.Steps() {
		if _, err := o.Story.Do(ctx, step.ID); err != nil {
			return err
		}
	}
	if err := o.Story.Cleanup(ctx); err != nil {
		return err
	}
	st := o.Story.State()
	moments := story.Moments(st)
	for i, m := range moments {
		w.print("")
		w.put(w.T("%d of %d", i+1, len(moments)) + "  " + w.Say(m.Say(st)))
		w.put("  " + w.Say(m.Note(st)))
	}
	return w.err
}

// play does a step and says what came of it.
func (w *wizard) play(ctx context.Context, step *story.Step) error {
	w.guesses[step.ID] = make([]int, len(step.Questions))
	for i := range step.Questions {
		w.guesses[step.ID][i] = -1
	}
	if err := w.perform(ctx, step, w.story.Do); err != nil {
		return err
	}
	if r := w.story.State().Results[step.ID]; r.Err != nil {
		return r.Err
	}
	if !w.passed(step) {
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
