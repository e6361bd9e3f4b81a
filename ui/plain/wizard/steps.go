package wizard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak/wire"
	"fix403/ui/words"
)

func (w *wizard) run(ctx context.Context) error {
	w.print("fix403: from 403 to 200")
	w.print("A program has a valid token, asks Keycloak for a user, and gets 403 Forbidden. Here you build that case in seven steps, see why it happens, give the one role that is missing, and see the same request pass.")
	w.print("At each prompt you may type words: back, goto N, hint, hand, check, undo, restart, quit, and more; help lists them.")
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

// ended says that the story is told, and takes what one may want of it then. It returns the step to go back to.
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

// choose asks where the story is told, unless the options say it.
func (w *wizard) choose(ctx context.Context) error {
	o := w.o.Story
	if !o.Practice && o.URL == "" {
		o.URL = w.o.DefaultURL
	}
	unfinished, err := w.resume(ctx)
	if err != nil {
		return err
	}
	if unfinished != nil {
		return w.begin(w.o.Story.Resuming(*unfinished))
	}
	named := w.o.Story.URL != "" && !w.o.Story.Practice
	for asked := w.o.AtFirstStep; !asked; {
		w.print("")
		w.print("Where?")
		w.print("  1 Practice: a Keycloak inside this program%s", w.offered(!named))
		w.print("  2 My Keycloak: a server of yours, with an admin of its realm master%s", w.offered(named))
		w.print("  lab The lab: experiments that break each gate on purpose")
		w.print("  diagnose Diagnose: why a call of yours fails, and the smallest fix")
		w.print("  roles Roles: which role opens which call; no server is needed")
		text, err := w.ask(ctx, w.T("Number> "))
		if err != nil {
			return err
		}
		asked = true
		if text == "" {
			text = "1"
			if named {
				text = "2"
			}
		}
		switch strings.ToLower(text) {
		case "1":
			o.Practice = true
			if o.As, err = w.version(ctx, o.As); err != nil {
				return err
			}
		case "2":
			o.Practice = false
		case "lab", "3":
			return w.chooseLab(ctx, o)
		case "diagnose":
			if err := w.diagnose(ctx, o); !errors.Is(err, errBack) {
				return err
			}
			asked = false
		case "roles":
			if err := w.lookUp(ctx); !errors.Is(err, errBack) {
				return err
			}
			asked = false
		case string(leave):
			return errQuit
		default:
			w.print("Type 1, 2, lab, diagnose or roles.")
			asked = false
		}
	}
	return w.begin(o)
}

func (w *wizard) offered(is bool) string {
	if is {
		return w.T(" (enter)")
	}
	return ""
}

func (w *wizard) begin(o story.Options) error {
	if o.Params.Realm == "" {
		o.Params = params.DefaultParams()
	}
	o.Credentials.AskOTP = w.oneTimeCode
	story, err := story.New(o)
	w.story = story
	return err
}

func (w *wizard) version(ctx context.Context, as string) (string, error) {
	versions := story.PracticeVersions()
	if as == "" {
		as = versions[0]
	}
	for {
		text, err := w.ask(ctx, w.T("Version that it answers as, %s (enter keeps %s)> ", strings.Join(versions, ", "), as))
		switch {
		case err != nil:
			return "", err
		case text == "":
			return as, nil
		case text == string(leave):
			return "", errQuit
		case slices.Contains(versions, text):
			return text, nil
		}
		w.print("There is no version %q.", text)
	}
}

// step tells one step and returns the one to go on with.
func (w *wizard) step(ctx context.Context, i int) (int, error) {
	step := story.Steps()[i]
	w.print("")
	w.print("Step %d of %d: %s", i+1, len(story.Steps()), step.Title)
	w.print("What will be true: %s", step.Goal)
	w.print("Why: %s", step.Why)
	for {
		passed := w.passed(step)
		var cmd command
		var err error
		if passed {
			cmd, err = w.prompt(ctx, w.T("Done. Enter goes on> "))
		} else if cmd, err = w.prepare(ctx, step); err == nil && cmd.word == goOn {
			cmd, err = w.prompt(ctx, w.T("%s: enter does it> ", step.Action))
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
		w.print("Press enter, or type a word: help lists them.")
	}
}

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

// read asks for a field; kept tells that the value there was is kept.
func (w *wizard) read(ctx context.Context, in story.Input) (text string, kept bool, err error) {
	if in.Secret {
		prompt := w.T(in.Label) + ", " + w.T(in.Help) + "> "
		if in.Given {
			prompt = w.T("%s (enter keeps the one that was given)> ", in.Label)
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

// execute does what was typed at a step; enter alone does the step. moves tells that one goes on at another step, to.
func (w *wizard) execute(ctx context.Context, i int, cmd command) (to int, moves bool, err error) {
	step := story.Steps()[i]
	switch cmd.word {
	case goOn:
		return 0, false, w.do(ctx, step)
	case check:
		if !step.CanCheck() {
			w.print("There is nothing to look at before somebody is logged in.")
			break
		}
		w.print("Looking ...")
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
		n := w.hinted[step.ID] % len(step.Hints())
		w.print("Hint %d of %d: %s", n+1, len(step.Hints()), step.Hints()[n])
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
	if story.IsMissing(err) && w.story.State().Results[step.ID].Status == story.StatusOpen { // only looked
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
	w.print("Done: %s", r.Done)
	w.print("Checked: %s", r.Checked)
	for _, note := range r.Notes {
		w.print("Note: %s", note)
	}
	for i, q := range step.Questions {
		if text, _ := w.Guess(q, w.guesses[step.ID][i], st); text != "" {
			w.put(text)
		}
	}
	if meaning := step.Explain(st); !meaning.Empty() {
		w.print("What it means: %s", meaning)
	}
	return nil
}

// exchanges says those that came after the first n.
func (w *wizard) exchanges(n int) {
	all := w.story.Exchanges()
	for _, e := range all[min(n, len(all)):] {
		w.exchange(e, w.story.State())
	}
}

// exchange says one exchange, the roles of the token that it brought, and the gate that stopped it.
func (w *wizard) exchange(e wire.Exchange, st story.State) {
	status := fmt.Sprint(e.Status)
	if e.Status == 0 {
		status = w.Say(gate.StatusName(0))
	}
	w.line(words.Line(fmt.Sprintf("  %s %s -> %s", e.Method, e.URL, status))) // not broken: one line to look for
	w.print("    purpose: %s", w.Say(e.Purpose))
	if roles := w.IssuedRoles(e, st); roles != "" {
		w.print("    token issued, roles: %s", roles)
	}
	if stop := gate.Classify(e); stop.Gate != gate.None {
		w.print("    stopped at the gate %s: %s", stop.Gate, stop.Explanation)
		w.print("    gates: %s", gate.Line(stop))
	}
}

func (w *wizard) failure(err error) {
	message, hint := w.Failure(err)
	w.print("Failed: %s", message)
	if hint != "" {
		w.print("  What to do: %s", hint)
	}
}
