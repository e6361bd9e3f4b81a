package plain

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
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/words"
)

func (t *teller) tell(ctx context.Context) error {
	t.print("fix403: from 403 to 200")
	t.print("A program has a valid token, asks Keycloak for a user, and gets 403 Forbidden. Here you build that case in seven steps, see why it happens, give the one role that is missing, and see the same request pass.")
	t.print("At each prompt you may type words: back, goto N, hint, hand, check, undo, restart, quit, and more; help lists them.")
	if err := t.choose(ctx); err != nil {
		return err
	}
	if t.story == nil {
		return nil // it was the lab
	}
	all := story.Steps()
	for i := 0; ; {
		to, err := t.step(ctx, i)
		if err != nil {
			return err
		}
		if to == 1 && t.story.Resuming() != nil {
			if to, err = t.goOnWith(ctx); err != nil {
				return err
			}
		}
		if to >= len(all) {
			if to, err = t.ended(ctx); err != nil || to >= len(all) {
				return err
			}
		}
		i = max(0, to)
	}
}

// ended says that the story is told, and takes what one may want of it then. It returns the step to go back to.
func (t *teller) ended(ctx context.Context) (int, error) {
	last := len(story.Steps()) - 1
	t.print("")
	t.print("That was the story.")
	for _, line := range words.Calls(t.story.State()) {
		t.put("  " + line)
	}
	for {
		cmd, err := t.prompt(ctx, texts.T("Enter ends. Or: secret, script, save, transcript, remove, steps, goto N, restart, help> "))
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
		if to, moves, err := t.obey(ctx, last, cmd); err != nil || moves {
			return to, err
		}
	}
}

// choose asks where the story is told, unless the options say it.
func (t *teller) choose(ctx context.Context) error {
	o := t.o.Story
	if !o.Practice && o.URL == "" {
		o.URL = t.o.DefaultURL
	}
	unfinished, err := t.resume(ctx)
	if err != nil {
		return err
	}
	if unfinished != nil {
		return t.begin(t.o.Story.Resuming(*unfinished))
	}
	named := t.o.Story.URL != "" && !t.o.Story.Practice
	for asked := t.o.AtFirstStep; !asked; {
		t.print("")
		t.print("Where?")
		t.print("  1 Practice: a Keycloak inside this program%s", offered(!named))
		t.print("  2 My Keycloak: a server of yours, with an admin of its realm master%s", offered(named))
		t.print("  lab The lab: experiments that break each gate on purpose")
		t.print("  diagnose Diagnose: why a call of yours fails, and the smallest fix")
		t.print("  roles Roles: which role opens which call; no server is needed")
		text, err := t.ask(ctx, texts.T("Number> "))
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
			if o.As, err = t.version(ctx, o.As); err != nil {
				return err
			}
		case "2":
			o.Practice = false
		case "lab", "3":
			return t.chooseLab(ctx, o)
		case "diagnose":
			if err := t.diagnose(ctx, o); !errors.Is(err, errBack) {
				return err
			}
			asked = false
		case "roles":
			if err := t.lookUp(ctx); !errors.Is(err, errBack) {
				return err
			}
			asked = false
		case string(leave):
			return errQuit
		default:
			t.print("Type 1, 2, lab, diagnose or roles.")
			asked = false
		}
	}
	return t.begin(o)
}

func offered(is bool) string {
	if is {
		return texts.T(" (enter)")
	}
	return ""
}

func (t *teller) begin(o story.Options) error {
	if o.Params.Realm == "" {
		o.Params = params.DefaultParams()
	}
	o.Credentials.AskOTP = t.oneTimeCode
	story, err := story.New(o)
	t.story = story
	return err
}

func (t *teller) version(ctx context.Context, as string) (string, error) {
	versions := story.PracticeVersions()
	if as == "" {
		as = versions[0]
	}
	for {
		text, err := t.ask(ctx, texts.T("Version that it answers as, %s (enter keeps %s)> ", strings.Join(versions, ", "), as))
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
		t.print("There is no version %q.", text)
	}
}

// step tells one step and returns the one to go on with.
func (t *teller) step(ctx context.Context, i int) (int, error) {
	step := story.Steps()[i]
	t.print("")
	t.print("Step %d of %d: %s", i+1, len(story.Steps()), step.Title)
	t.print("What will be true: %s", step.Goal)
	t.print("Why: %s", step.Why)
	for {
		passed := t.passed(step)
		var cmd command
		var err error
		if passed {
			cmd, err = t.prompt(ctx, texts.T("Done. Enter goes on> "))
		} else if cmd, err = t.prepare(ctx, step); err == nil && cmd.word == goOn {
			cmd, err = t.prompt(ctx, texts.T("%s: enter does it> ", step.Action))
		}
		if err != nil {
			return 0, err
		}
		switch {
		case passed && (cmd.word == goOn || cmd.word == next):
			return i + 1, nil
		case cmd.word == next:
			t.print("The next step opens when this one has passed.")
			continue
		}
		if to, moves, err := t.obey(ctx, i, cmd); err != nil || moves {
			return to, err
		}
	}
}

func (t *teller) passed(step *story.Step) bool {
	return t.story.State().Results[step.ID].Status == story.StatusPassed
}

// prompt asks until it gets enter or a command.
func (t *teller) prompt(ctx context.Context, prompt string) (command, error) {
	for {
		text, err := t.ask(ctx, prompt)
		if err != nil || text == "" {
			return command{}, err
		}
		if cmd, ok := isCommand(text, false); ok {
			return cmd, nil
		}
		t.print("Press enter, or type a word: help lists them.")
	}
}

// prepare asks the questions, once, and the fields. It ends early at a command.
func (t *teller) prepare(ctx context.Context, step *story.Step) (command, error) {
	if !t.guessed[step.ID] {
		t.guesses[step.ID] = slices.Repeat([]int{-1}, len(step.Questions))
		for i, q := range step.Questions {
			cmd, err := t.question(ctx, step.ID, i, q)
			if err != nil || cmd.word != goOn {
				return cmd, err
			}
		}
		t.guessed[step.ID] = true
	}
	for i := range t.story.Inputs(step.ID) {
		in := t.story.Inputs(step.ID)[i] // another address takes another password
		if cmd, err := t.field(ctx, in); err != nil || cmd.word != goOn {
			return cmd, err
		}
	}
	return command{}, nil
}

func (t *teller) question(ctx context.Context, id story.StepID, i int, q story.Question) (command, error) {
	guess, cmd, err := t.guess(ctx, texts.T(q.Ask), texts.All(q.Choices))
	if err == nil && cmd.word == goOn {
		t.guesses[id][i] = guess
	}
	return cmd, err
}

// guess asks for one of the choices; -1 is none of them.
func (t *teller) guess(ctx context.Context, ask string, choices []string) (int, command, error) {
	t.print("Guess first: %s", ask)
	for n, choice := range choices {
		t.put(fmt.Sprintf("  %d %s", n+1, choice))
	}
	for {
		text, err := t.ask(ctx, texts.T("Your guess (a number; enter skips)> "))
		if err != nil || text == "" {
			return -1, command{}, err
		}
		if cmd, ok := isCommand(text, false); ok {
			return -1, cmd, nil
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(choices) {
			return n - 1, command{}, nil
		}
		t.print("Type a number from 1 to %d, or press enter.", len(choices))
	}
}

func (t *teller) field(ctx context.Context, in story.Input) (command, error) {
	for {
		text, kept, err := t.read(ctx, in)
		if err != nil {
			return command{}, err
		}
		if cmd, ok := isCommand(text, true); ok && !in.Secret {
			return cmd, nil
		}
		if kept {
			return command{}, nil
		}
		if err := t.story.Set(in.Name, text); err != nil {
			t.failure(err)
			continue
		}
		return command{}, nil
	}
}

// read asks for a field; kept tells that the value there was is kept.
func (t *teller) read(ctx context.Context, in story.Input) (text string, kept bool, err error) {
	if in.Secret {
		prompt := texts.T(in.Label) + ", " + texts.T(in.Help) + "> "
		if in.Given {
			prompt = texts.T("%s (enter keeps the one that was given)> ", in.Label)
		}
		if t.o.ReadSecret != nil {
			text, err = t.o.ReadSecret(prompt)
		} else {
			text, err = t.ask(ctx, prompt)
		}
		return text, text == "" && in.Given, err
	}
	value := t.story.Value(in.Name)
	prompt := texts.T(in.Label) + ", " + texts.T(in.Help)
	if value != "" {
		prompt += texts.T(" (enter keeps %s)", value)
	}
	text, err = t.ask(ctx, prompt+"> ")
	return text, text == "" && (value != "" || in.Optional), err
}

// obey does what was typed at a step; enter alone does the step. moves tells that one goes on at another step, to.
func (t *teller) obey(ctx context.Context, i int, cmd command) (to int, moves bool, err error) {
	step := story.Steps()[i]
	switch cmd.word {
	case goOn:
		return 0, false, t.do(ctx, step)
	case check:
		if !step.CanCheck() {
			t.print("There is nothing to look at before somebody is logged in.")
			break
		}
		t.print("Looking ...")
		return 0, false, t.perform(ctx, step, t.story.Check)
	case back:
		t.leaves(step)
		return i - 1, true, nil
	case gotoStep:
		if to, ok := t.stepNumber(cmd.rest); ok {
			if to < i {
				t.leaves(step)
			}
			return to, true, nil
		}
	case restart:
		done, err := t.restart(ctx)
		return 1, done, err
	case undo:
		said, err := t.story.Undo(ctx, step.ID)
		t.put(said)
		if err != nil {
			t.failure(err)
			return i, true, ctx.Err()
		}
		return i, true, nil
	case try:
		return 0, false, t.try(ctx, cmd.rest)
	case existing:
		return 0, false, t.useExisting(ctx, step)
	case remove:
		return 0, false, t.remove(ctx)
	case leave:
		return 0, false, errQuit
	default:
		t.show(step, cmd)
	}
	return 0, false, nil
}

// show obeys the words that only show something.
func (t *teller) show(step *story.Step, cmd command) {
	switch cmd.word {
	case hint:
		n := t.hinted[step.ID] % len(step.Hints())
		t.print("Hint %d of %d: %s", n+1, len(step.Hints()), step.Hints()[n])
		t.hinted[step.ID] = n + 1
	case byHand:
		t.hand(step, cmd.rest)
	case steps:
		t.list()
	case wire:
		t.wire(step)
	case token:
		t.tokens()
	case secret:
		t.secret()
	case script:
		t.script(cmd.rest)
	case save:
		t.save(cmd.rest)
	case transcript:
		t.transcript()
	case help:
		t.help()
	case goOn, back, next, gotoStep, check, undo, restart, try, remove, existing, leave:
	}
}

// perform runs a step or its check, and says what went over the wire and what came out.
func (t *teller) perform(ctx context.Context, step *story.Step, do func(context.Context, story.StepID) (story.Result, error)) error {
	before := len(t.story.Exchanges())
	r, err := do(ctx, step.ID)
	t.exchanges(before)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if story.IsMissing(err) && t.story.State().Results[step.ID].Status == story.StatusOpen { // only looked
		message, hint := words.Failure(err)
		t.print("Not done yet: %s %s", message, hint)
		return nil
	}
	if err != nil {
		t.failure(err)
		for _, note := range r.Notes {
			t.print("  Note: %s", note)
		}
		return nil
	}
	st := t.story.State()
	t.print("Done: %s", r.Done)
	t.print("Checked: %s", r.Checked)
	for _, note := range r.Notes {
		t.print("Note: %s", note)
	}
	for i, q := range step.Questions {
		if text, _ := words.Guess(q, t.guesses[step.ID][i], st); text != "" {
			t.put(text)
		}
	}
	if meaning := step.Explain(st); meaning != "" {
		t.print("What it means: %s", meaning)
	}
	return nil
}

// exchanges says those that came after the first n.
func (t *teller) exchanges(n int) {
	all := t.story.Exchanges()
	for _, e := range all[min(n, len(all)):] {
		t.exchange(e, t.story.State())
	}
}

// exchange says one exchange, the roles of the token that it brought, and the gate that stopped it.
func (t *teller) exchange(e keycloak.Exchange, st story.State) {
	status := fmt.Sprint(e.Status)
	if e.Status == 0 {
		status = gate.StatusName(0)
	}
	t.line(words.Line(fmt.Sprintf("  %s %s -> %s", e.Method, e.URL, status))) // not broken: one line to look for
	t.print("    purpose: %s", texts.Say(e.Purpose))
	if roles := words.IssuedRoles(e, st); roles != "" {
		t.print("    token issued, roles: %s", roles)
	}
	if stop := gate.StopOf(e); stop.Gate != gate.None {
		t.print("    stopped at the gate %s: %s", stop.Gate, stop.Means)
		t.print("    gates: %s", gate.Line(stop))
	}
}

func (t *teller) failure(err error) {
	message, hint := words.Failure(err)
	t.print("Failed: %s", message)
	if hint != "" {
		t.print("  What to do: %s", hint)
	}
}
