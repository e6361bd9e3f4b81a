package plain

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fix403/flows"
	"fix403/keycloak"
	"fix403/ui/words"
)

// command is a word that may be typed at any prompt of a step.
type command string

const (
	goOn  command = ""
	back  command = "back"
	hint  command = "hint"
	undo  command = "undo"
	check command = "check"
	leave command = "quit"
	help  command = "help"
)

var commands = []command{back, hint, undo, check, leave, help}

func (t *teller) tell(ctx context.Context) error {
	t.print("fix403: from 403 to 200")
	t.print("A program has a valid token, asks Keycloak for a user, and gets 403 Forbidden. Here you build that case in seven steps, see why it happens, give the one role that is missing, and see the same request pass.")
	t.print("At each prompt you may type: back, hint (the same with curl), undo, check (look at the server only), help, quit.")
	if err := t.choose(ctx); err != nil {
		return err
	}
	if t.story == nil {
		return nil // it was the lab
	}
	all := flows.Steps()
	for i := 0; i < len(all); {
		move, err := t.step(ctx, i)
		if err != nil {
			return err
		}
		i = max(0, i+move)
	}
	t.print("")
	t.print("That was the story.")
	return nil
}

// choose asks where the story is told, unless the options say it.
func (t *teller) choose(ctx context.Context) error {
	o := t.o.Story
	if !o.Practice && o.URL == "" {
		o.URL = t.o.DefaultURL
	}
	for asked := t.o.AtFirstStep || t.o.Story.URL != ""; !asked; {
		t.print("")
		t.print("Where?")
		t.print("  1 Practice: a Keycloak inside this program (enter)")
		t.print("  2 My Keycloak: a server of yours, with an admin of its realm master")
		t.print("  lab The lab: experiments that break each gate on purpose")
		text, err := t.ask(ctx, "Number> ")
		if err != nil {
			return err
		}
		asked = true
		switch strings.ToLower(text) {
		case "", "1":
			o.Practice = true
			if o.As, err = t.version(ctx, o.As); err != nil {
				return err
			}
		case "2":
			o.Practice, o.URL = false, t.o.DefaultURL
		case "lab", "3":
			return t.chooseLab(ctx, o)
		case string(leave):
			return errQuit
		default:
			t.print("Type 1, 2 or lab.")
			asked = false
		}
	}
	return t.begin(o)
}

func (t *teller) begin(o flows.Options) error {
	if o.Params.Realm == "" {
		o.Params = flows.DefaultParams()
	}
	story, err := flows.New(o)
	t.story = story
	return err
}

func (t *teller) version(ctx context.Context, as string) (string, error) {
	versions := flows.PracticeVersions()
	if as == "" {
		as = versions[0]
	}
	for {
		text, err := t.ask(ctx, fmt.Sprintf("Version that it answers as, %s (enter keeps %s)> ", strings.Join(versions, ", "), as))
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

// step tells one step and returns by how many steps to go on.
func (t *teller) step(ctx context.Context, i int) (int, error) {
	step := flows.Steps()[i]
	t.print("")
	t.print("Step %d of %d: %s", i+1, len(flows.Steps()), step.Title)
	t.print("What will be true: %s", step.Goal)
	t.print("Why: %s", step.Why)
	for !t.passed(step) {
		cmd, err := t.prepare(ctx, step)
		if err == nil && cmd == goOn {
			cmd, err = t.prompt(ctx, step.Action+": enter does it> ")
		}
		if err != nil {
			return 0, err
		}
		if cmd == back {
			return -1, nil
		}
		if err := t.obey(ctx, step, cmd); err != nil {
			return 0, err
		}
	}
	for t.passed(step) {
		cmd, err := t.prompt(ctx, "Done. Enter goes on> ")
		switch {
		case err != nil:
			return 0, err
		case cmd == goOn:
			return 1, nil
		case cmd == back:
			return -1, nil
		}
		if err := t.obey(ctx, step, cmd); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func (t *teller) passed(step *flows.Step) bool {
	return t.story.State().Results[step.ID].Status == flows.StatusPassed
}

// prompt asks until it gets enter or a command.
func (t *teller) prompt(ctx context.Context, prompt string) (command, error) {
	for {
		text, err := t.ask(ctx, prompt)
		if err != nil {
			return "", err
		}
		if text == "" {
			return goOn, nil
		}
		if cmd, ok := isCommand(text); ok {
			return cmd, nil
		}
		t.print("Press enter, or type back, hint, undo, check, help or quit.")
	}
}

func isCommand(text string) (command, bool) {
	cmd := command(strings.ToLower(text))
	return cmd, slices.Contains(commands, cmd)
}

// prepare asks the questions, once, and the fields. It ends early at a command.
func (t *teller) prepare(ctx context.Context, step *flows.Step) (command, error) {
	if !t.guessed[step.ID] {
		t.guesses[step.ID] = slices.Repeat([]int{-1}, len(step.Questions))
		for i, q := range step.Questions {
			cmd, err := t.question(ctx, step.ID, i, q)
			if err != nil || cmd != goOn {
				return cmd, err
			}
		}
		t.guessed[step.ID] = true
	}
	for _, in := range t.story.Inputs(step.ID) {
		if cmd, err := t.field(ctx, in); err != nil || cmd != goOn {
			return cmd, err
		}
	}
	return goOn, nil
}

func (t *teller) question(ctx context.Context, id flows.StepID, i int, q flows.Question) (command, error) {
	guess, cmd, err := t.guess(ctx, q.Ask, q.Choices)
	if err == nil && cmd == goOn {
		t.guesses[id][i] = guess
	}
	return cmd, err
}

// guess asks for one of the choices; -1 is none of them.
func (t *teller) guess(ctx context.Context, ask string, choices []string) (int, command, error) {
	t.print("Guess first: %s", ask)
	for n, choice := range choices {
		t.print("  %d %s", n+1, choice)
	}
	for {
		text, err := t.ask(ctx, "Your guess (a number; enter skips)> ")
		if err != nil || text == "" {
			return -1, goOn, err
		}
		if cmd, ok := isCommand(text); ok {
			return -1, cmd, nil
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(choices) {
			return n - 1, goOn, nil
		}
		t.print("Type a number from 1 to %d, or press enter.", len(choices))
	}
}

func (t *teller) field(ctx context.Context, in flows.Input) (command, error) {
	for {
		text, kept, err := t.read(ctx, in)
		if err != nil {
			return goOn, err
		}
		if cmd, ok := isCommand(text); ok && !in.Secret {
			return cmd, nil
		}
		if kept {
			return goOn, nil
		}
		if err := t.story.Set(in.Name, text); err != nil {
			t.failure(err)
			continue
		}
		return goOn, nil
	}
}

// read asks for a field; kept tells that the value there was is kept.
func (t *teller) read(ctx context.Context, in flows.Input) (text string, kept bool, err error) {
	if in.Secret {
		prompt := in.Label + ", " + in.Help + "> "
		if in.Given {
			prompt = in.Label + " (enter keeps the one that was given)> "
		}
		if t.o.ReadSecret != nil {
			text, err = t.o.ReadSecret(prompt)
		} else {
			text, err = t.ask(ctx, prompt)
		}
		return text, text == "" && in.Given, err
	}
	value := t.story.Value(in.Name)
	prompt := in.Label + ", " + in.Help
	if value != "" {
		prompt += " (enter keeps " + value + ")"
	}
	text, err = t.ask(ctx, prompt+"> ")
	return text, text == "" && (value != "" || in.Optional), err
}

// obey does what was typed; goOn runs the step.
func (t *teller) obey(ctx context.Context, step *flows.Step, cmd command) error {
	switch cmd {
	case goOn:
		t.print("Working ...")
		return t.perform(ctx, step, t.story.Do)
	case check:
		t.print("Looking ...")
		return t.perform(ctx, step, t.story.Check)
	case hint:
		t.print("By hand, with curl:")
		for _, line := range strings.Split(strings.TrimRight(words.Clean(step.ByHand(t.story.State())), "\n"), "\n") {
			t.line("  " + line) // commands are not broken: they are there to be copied
		}
	case undo:
		said, err := t.story.Undo(ctx, step.ID)
		if err != nil {
			t.failure(err)
			return ctx.Err()
		}
		t.print("%s", said)
	case leave:
		return errQuit
	case help:
		t.print("Words: back (the step before), hint (the same with curl), undo (take back what this step created, and reopen it and the later ones), check (only look whether the server is as this step wants it), quit. Enter takes what is offered.")
	case back:
	}
	return nil
}

// perform runs a step or its check, and says what went over the wire and what came out.
func (t *teller) perform(ctx context.Context, step *flows.Step, do func(context.Context, flows.StepID) (flows.Result, error)) error {
	before := len(t.story.Exchanges())
	r, err := do(ctx, step.ID)
	exchanges := t.story.Exchanges()
	for _, e := range exchanges[min(before, len(exchanges)):] {
		t.exchange(e, t.story.State())
	}
	if ctx.Err() != nil {
		return ctx.Err()
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
			t.print("%s", text)
		}
	}
	if meaning := step.Explain(st); meaning != "" {
		t.print("What it means: %s", meaning)
	}
	return nil
}

// exchange says one exchange, the roles of the token that it brought, and the gate that stopped it.
func (t *teller) exchange(e keycloak.Exchange, st flows.State) {
	status := fmt.Sprint(e.Status)
	if e.Status == 0 {
		status = "no answer"
	}
	t.line(words.Line(fmt.Sprintf("  %s %s -> %s", e.Method, e.URL, status))) // not broken: one line to look for
	t.print("    purpose: %s", e.Purpose)
	if roles := words.IssuedRoles(e, st); roles != "" {
		t.print("    token issued, roles: %s", roles)
	}
	if stop := flows.StopOf(e); stop.Gate != flows.GateNone {
		t.print("    stopped at the gate %s: %s", stop.Gate, stop.Means)
		t.print("    gates: %s", flows.GateLine(stop))
	}
}

func (t *teller) failure(err error) {
	message, hint := words.Failure(err)
	t.print("Failed: %s", message)
	if hint != "" {
		t.print("  What to do: %s", hint)
	}
}
