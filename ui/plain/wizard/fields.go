package wizard

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"fix403/flows/story"
)

// prepare asks the questions, once, and the fields. It ends early at a command.
func (w *wizard) prepare(ctx context.Context, step *story.Step) (command, error) {
	if !w.guessed[step.ID] {
		w.guesses[step.ID] = slices.Repeat([]int{-1}, len(step.Questions))
		for i, q := range step.Questions {
			cmd, err := w.question(ctx, step.ID, i, q)
			if err != nil || cmd.word != goOn {
				return cmd, err
			}
		}
		w.guessed[step.ID] = true
	}
	for i := range w.story.Inputs(step.ID) {
		in := w.story.Inputs(step.ID)[i] // another address takes another password
		if cmd, err := w.field(ctx, in); err != nil || cmd.word != goOn {
			return cmd, err
		}
	}
	return command{}, nil
}

func (w *wizard) question(ctx context.Context, id story.StepID, i int, q story.Question) (command, error) {
	guess, cmd, err := w.guess(ctx, w.T(q.Ask), w.All(q.Choices))
	if err == nil && cmd.word == goOn {
		w.guesses[id][i] = guess
	}
	return cmd, err
}

// guess asks for one of the choices; -1 is none of them.
func (w *wizard) guess(ctx context.Context, ask string, choices []string) (int, command, error) {
	w.print("Guess first: %s", ask)
	for n, choice := range choices {
		w.put(fmt.Sprintf("  %d %s", n+1, choice))
	}
	for {
		text, err := w.ask(ctx, w.T("Your guess (a number; enter skips)> "))
		if err != nil || text == "" {
			return -1, command{}, err
		}
		if cmd, ok := isCommand(text, false); ok {
			return -1, cmd, nil
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(choices) {
			return n - 1, command{}, nil
		}
		w.print("Type a number from 1 to %d, or press enter.", len(choices))
	}
}

func (w *wizard) field(ctx context.Context, in story.Input) (command, error) {
	for {
		text, kept, err := w.read(ctx, in)
		if err != nil {
			return command{}, err
		}
		if cmd, ok := isCommand(text, true); ok && !in.Secret {
			return cmd, nil
		}
		if kept {
			return command{}, nil
		}
		if err := w.story.Set(in.Name, text); err != nil {
			w.failure(err)
			continue
		}
		return command{}, nil
	}
}

// read asks for a field; kept reports that the value there was is kept.
func (w *wizard) read(ctx context.Context, in story.Input) (text string, kept bool, err error) {
	if in.Secret {
		prompt := w.T(in.Label) + ", " + w.T(in.Help) + "> "
		if in.Given {
			prompt = w.T("%s (enter keeps the given one)> ", in.Label)
		}
		if w.o.ReadSecret != nil {
			text, err = w.o.ReadSecret(prompt)
		} else {
			text, err = w.ask(ctx, prompt)
		}
		return text, text == "" && in.Given, err
	}
	value := w.story.Value(in.Name)
	prompt := w.T(in.Label) + ", " + w.T(in.Help)
	if value != "" {
		prompt += w.T(" (enter keeps %s)", value)
	}
	text, err = w.ask(ctx, prompt+"> ")
	return text, text == "" && (value != "" || in.Optional), err
}
