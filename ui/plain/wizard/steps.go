package wizard

import (
	"context"
	"errors"
	"io"

	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak"
)

func (w *wizard) run(ctx context.Context) error {
	w.print("fix403: from 403 to 200")
	w.print("A program has a valid token, asks Keycloak for a user, and gets 403 Forbidden. Here you build that case in %s steps, see why it happens, grant the one missing role, and see the same request pass.", w.InWords(len(story.Steps())))
	w.print("At each prompt you can type commands: back, goto N, hint, hand, check, undo, restart, quit, and more; help lists them.")
	if err := w.choose(ctx); err != nil {
		return err
	}
	if w.story == nil {
		return nil // it was the lab
	}
	all := story.Steps()
	for i := 0; ; {
		to, err := w.step(ctx, i)
		if err != nil {
			return err
		}
		if to == 1 && w.story.Resuming() != nil {
			if to, err = w.goOnWith(ctx); err != nil {
				return err
			}
		}
		if to >= len(all) {
			if to, err = w.ended(ctx); err != nil || to >= len(all) {
				return err
			}
		}
		i = max(0, to)
	}
}

// ended says that the story is told, and takes what the user may want of it then. It returns the step to go back to.
func (w *wizard) ended(ctx context.Context) (int, error) {
	last := len(story.Steps()) - 1
	w.print("")
	w.print("That was the story.")
	for _, line := range w.Calls(w.story.State()) {
		w.put("  " + line)
	}
	for {
		cmd, err := w.prompt(ctx, w.T("Enter ends. Or: secret, script, save, transcript, remove, steps, goto N, restart, help> "))
		if errors.Is(err, io.EOF) {
			return last + 1, nil // the story has been told
		}
		if err != nil {
			return 0, err
		}
		if cmd.word == goOn || cmd.word == leave {
			return last + 1, nil
		}
		if cmd.word == back {
			return last, nil
		}
		if to, moves, err := w.execute(ctx, last, cmd); err != nil || moves {
			return to, err
		}
	}
}

// step tells one step and returns the one to go on with.
func (w *wizard) step(ctx context.Context, i int) (int, error) {
	step := story.Steps()[i]
	w.print("")
	w.print("Step %d of %d: %s", i+1, len(story.Steps()), step.Title)
	w.print("Goal: %s", step.Goal)
	w.print("Why: %s", step.Why)
	for {
		passed := w.passed(step)
		var cmd command
		var err error
		if passed {
			cmd, err = w.prompt(ctx, w.T("Done. Enter continues> "))
		} else if cmd, err = w.prepare(ctx, step); err == nil && cmd.word == goOn {
			cmd, err = w.prompt(ctx, w.T("%s: enter does it> ", step.Button(w.story.State())))
		}
		if err != nil {
			return 0, err
		}
		switch {
		case passed && (cmd.word == goOn || cmd.word == next):
			return i + 1, nil
		case cmd.word == next:
			w.print("The next step opens when this one has passed.")
			continue
		}
		if to, moves, err := w.execute(ctx, i, cmd); err != nil || moves {
			return to, err
		}
	}
}

func (w *wizard) passed(step *story.Step) bool {
	return w.story.State().Results[step.ID].Status == story.StatusPassed
}

// prompt asks until it gets enter or a command.
func (w *wizard) prompt(ctx context.Context, prompt string) (command, error) {
	for {
		text, err := w.ask(ctx, prompt)
		if err != nil || text == "" {
			return command{}, err
		}
		if cmd, ok := isCommand(text, false); ok {
			return cmd, nil
		}
		w.print("Press enter, or type a command: help lists them.")
	}
}

// execute does what was typed at a step; enter alone does the step. moves reports that the wizard goes on at another step, to.
func (w *wizard) execute(ctx context.Context, i int, cmd command) (to int, moves bool, err error) {
	step := story.Steps()[i]
	switch cmd.word {
	case goOn:
		return 0, false, w.do(ctx, step)
	case check:
		if !step.CanCheck() {
			w.print("Log in an admin first.")
			break
		}
		w.print("Checking ...")
		return 0, false, w.perform(ctx, step, w.story.Check)
	case back:
		w.leaves(step)
		return i - 1, true, nil
	case gotoStep:
		if to, ok := w.stepNumber(cmd.rest); ok {
			if to < i {
				w.leaves(step)
			}
			return to, true, nil
		}
	case restart:
		done, err := w.restart(ctx)
		return 1, done, err
	case undo:
		said, err := w.story.Undo(ctx, step.ID)
		w.put(w.Say(said))
		if err != nil {
			w.failure(err)
			return i, true, ctx.Err()
		}
		return i, true, nil
	case try:
		return 0, false, w.try(ctx, cmd.rest)
	case existing:
		return 0, false, w.useExisting(ctx, step)
	case remove:
		return 0, false, w.remove(ctx)
	case leave:
		return 0, false, errQuit
	default:
		w.show(step, cmd)
	}
	return 0, false, nil
}

// show executes the words that only show something.
func (w *wizard) show(step *story.Step, cmd command) {
	switch cmd.word {
	case hint:
		hints := step.Hints(w.story.State())
		n := w.hinted[step.ID] % len(hints)
		w.print("Hint %d of %d: %s", n+1, len(hints), hints[n])
		w.hinted[step.ID] = n + 1
	case byHand:
		w.hand(step, cmd.rest)
	case steps:
		w.list()
	case wireWord:
		w.wire(step)
	case tokenWord:
		w.tokens()
	case secret:
		w.secret()
	case script:
		w.script(cmd.rest)
	case save:
		w.save(cmd.rest)
	case transcript:
		w.transcript()
	case help:
		w.help()
	case goOn, back, next, gotoStep, check, undo, restart, try, remove, existing, leave:
	}
}

// perform runs a step or its check, and says what went over the wire and what came out.
func (w *wizard) perform(ctx context.Context, step *story.Step, do func(context.Context, story.StepID) (story.Result, error)) error {
	before := len(w.story.Exchanges())
	r, err := do(ctx, step.ID)
	w.exchanges(before)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if problem.IsMissing(err) && w.story.State().Results[step.ID].Status == story.StatusOpen { // only looked
		message, hint := w.Failure(err)
		w.print("Not done yet: %s %s", message, hint)
		return nil
	}
	if err != nil {
		w.failure(err)
		for _, note := range r.Notes {
			w.print("  Note: %s", note)
		}
		return nil
	}
	st := w.story.State()
	if step.Halfway(st) {
		w.print("So far: %s", r.Done)
	} else {
		w.print("Done: %s", r.Done)
		w.print("Checked: %s", r.Checked)
	}
	for _, note := range r.Notes {
		w.print("Note: %s", note)
	}
	for i, q := range step.Questions {
		if text, _ := w.Guess(q, w.guesses[step.ID][i], st); text != "" {
			w.put(text)
		}
	}
	if step.Halfway(st) {
		w.print("What it means: %s", st.AudienceCall.Refusal.Explanation)
		w.print("The client scope %s adds that audience to new tokens. Enter makes it a default scope of the client, gets a new token, and makes the same call.", keycloak.AdminAPIScope)
	}
	if meaning := step.Explain(st); !meaning.Empty() {
		w.print("What it means: %s", meaning)
	}
	return nil
}
