package wizard

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"fix403/flows/lab"
	"fix403/flows/story"
	"fix403/ui/words"
)

// labRun is the lab while the user is in it.
type labRun struct {
	*wizard
	options story.Options
	labs    []*lab.Lab // begun, by version
	as      []string   // versions that they are of
	trials  []*words.Trial
	version string // of the practice server that is experimented on, "" on a real one
}

// chooseLab asks on which server, connects to it, and goes in.
func (w *wizard) chooseLab(ctx context.Context, o story.Options) error {
	for {
		w.print("Experiment where?")
		named := w.o.Story.URL != "" && !w.o.Story.Practice
		w.print("  1 on the practice server%s", w.offered(!named))
		w.print("  2 on your own server%s: the lab creates one scratch realm there and removes it, and changes nothing else", w.offered(named))
		text, err := w.ask(ctx, w.T("1 or 2, back or quit> "))
		if err != nil {
			return err
		}
		if text == "" && named {
			text = "2"
		}
		switch strings.ToLower(text) {
		case "", "1":
			o.Practice = true
			if o.As, err = w.version(ctx, o.As); err != nil {
				return err
			}
			return w.inLab(ctx, o)
		case "2":
			o.Practice = false
			return w.connectForLab(ctx, o)
		case string(leave):
			return errQuit
		case string(back):
			return errBack
		}
		w.print("Type 1 or 2; enter takes what is offered, back leads to the first question, and quit ends.")
	}
}

// connectForLab uses the first step of the story to log in.
func (w *wizard) connectForLab(ctx context.Context, o story.Options) error {
	if err := w.begin(o); err != nil {
		return err
	}
	s := w.story
	defer func() { w.story = nil }() // it goes no further
	for connected := false; !connected; connected = w.passed(story.Steps()[0]) {
		to, err := w.step(ctx, 0)
		if err != nil {
			return err
		}
		if to < 0 {
			return errQuit
		}
	}
	o = s.Server()
	o.URL = s.State().URL
	return w.inLab(ctx, o)
}

// inLab runs experiments until the user quits. The scratch realms are removed in any case.
func (w *wizard) inLab(ctx context.Context, o story.Options) (err error) {
	b := &labRun{wizard: w, options: o, version: o.As}
	defer func() {
		err = errors.Join(err, b.end(ctx))
	}()
	w.print("")
	w.print("The lab. Each experiment breaks one gate on purpose, or shows where roles are read from. It works in a scratch realm of its own, which is removed at the end, and changes nothing else.")
	b.list()
	also := ""
	if o.Practice {
		also = w.T("version (to respond like; to compare two), ")
	}
	w.print("Type a number, or: all (runs all that are left), list, %ssummary, back (to the first question), quit. Enter runs the next one.", also)
	for {
		text, err := w.ask(ctx, w.T("Lab> "))
		if err != nil {
			return err
		}
		if err := b.execute(ctx, strings.ToLower(text)); err != nil {
			if errors.Is(err, errQuit) {
				return nil
			}
			return err
		}
	}
}

func (b *labRun) execute(ctx context.Context, text string) error {
	all := lab.Experiments()
	n, err := strconv.Atoi(text)
	switch {
	case text == "":
		for _, e := range all {
			if !b.trial(e).Ran {
				return b.experiment(ctx, e)
			}
		}
		b.print("All experiments have been run on this version. Type back or quit to leave.")
	case err == nil && n >= 1 && n <= len(all):
		return b.experiment(ctx, all[n-1])
	case text == "all":
		return b.runAll(ctx)
	case text == "list":
		b.list()
	case text == "summary":
		b.summary()
	case text == "version":
		return b.choose(ctx)
	case text == string(leave):
		return errQuit
	case text == string(back):
		return errBack
	default:
		b.print("Type a number from 1 to %d, all, list, version, summary, back or quit.", len(all))
	}
	return nil
}

func (b *labRun) choose(ctx context.Context) error {
	if !b.options.Practice {
		b.print("The version can be chosen on the practice server only.")
		return nil
	}
	version, err := b.wizard.version(ctx, b.version)
	if err == nil {
		b.version = version
	}
	return err
}

// lab is that of the current version.
func (b *labRun) lab() (*lab.Lab, error) {
	if i := slices.Index(b.as, b.version); i >= 0 {
		return b.labs[i], nil
	}
	o := b.options
	o.As = b.version
	lab, err := lab.New(o)
	if err == nil {
		b.labs, b.as = append(b.labs, lab), append(b.as, b.version)
	}
	return lab, err
}

func (b *labRun) scene() *story.State {
	if i := slices.Index(b.as, b.version); i >= 0 {
		return b.labs[i].State()
	}
	return &story.State{}
}

// trial is that of an experiment on the current version.
func (b *labRun) trial(e *lab.Experiment) *words.Trial {
	server := b.version
	if !b.options.Practice {
		server = b.options.URL
	}
	for _, t := range b.trials {
		if t.Experiment == e && t.Server == server {
			return t
		}
	}
	t := &words.Trial{Experiment: e, Server: server, Guess: -1}
	b.trials = append(b.trials, t)
	return t
}

func (b *labRun) list() {
	for i, e := range lab.Experiments() {
		line := b.T("  %2d %s; gate %s; %s", i+1, e.Title, e.Gate, b.TrialState(*b.trial(e)))
		if seen := words.SideBySide(b.seen(e)); seen != "" {
			line += "; " + seen
		}
		b.put(line)
	}
}

func (b *labRun) seen(e *lab.Experiment) []words.Trial {
	var out []words.Trial
	for _, t := range b.trials {
		if t.Experiment == e {
			out = append(out, *t)
		}
	}
	return out
}

// experiment asks for a prediction, runs the experiment, and says what was seen.
func (b *labRun) experiment(ctx context.Context, e *lab.Experiment) error {
	b.print("")
	b.put(b.T(e.Title))
	if asks := e.Gate.Question(); asks != "" {
		b.print("The gate %s asks: %s", e.Gate, asks)
	}
	t := b.trial(e)
	var choices []string
	for _, c := range e.Choices {
		choices = append(choices, b.T(c.Text))
	}
	guess, cmd, err := b.guess(ctx, b.T(e.Ask), choices)
	switch {
	case err != nil:
		return err
	case cmd.word == leave:
		return errQuit
	case cmd.word != goOn:
		return nil
	}
	t.Guess = guess
	if err := b.run(ctx, t); err != nil || !t.Ran {
		return err
	}
	if x := t.Outcome.Exchange; x != nil {
		b.exchange(*x, b.scene())
		if x.ResponseBody != "" {
			b.print("    answer: %s", words.Fit(words.Line(x.ResponseBody), 300))
		}
	}
	b.print("Observed: %s", t.Outcome.Observed)
	b.put(b.TrialVerdict(*t))
	if text := b.Compared(*t); text != "" {
		b.put(text)
	}
	if seen := words.SideBySide(b.seen(e)); seen != "" {
		b.print("Side by side: %s", seen)
	}
	b.print("What it means: %s", t.Outcome.Explanation)
	if ranges := b.Ranges(e); ranges != "" {
		b.put(ranges)
	}
	b.print("Remember: %s", e.Remember)
	b.print("By hand:")
	for _, line := range strings.Split(words.Clean(e.Manual), "\n") {
		b.line("  " + line) // commands are not broken: they are there to be copied
	}
	return nil
}

// run runs one experiment; a failure is said, and is no end.
func (b *labRun) run(ctx context.Context, t *words.Trial) error {
	lab, err := b.lab()
	if err != nil {
		return err
	}
	b.print("Working ...")
	outcome, err := lab.Run(ctx, t.Experiment)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		b.failure(err)
		return nil
	}
	t.Ran, t.Outcome = true, outcome
	return nil
}

func (b *labRun) runAll(ctx context.Context) error {
	all := lab.Experiments()
	for i, e := range all {
		t := b.trial(e)
		if t.Ran {
			continue
		}
		if err := b.run(ctx, t); err != nil {
			return err
		}
		if !t.Ran {
			return nil
		}
		b.print("%d of %d: %s: %s, observed %s", i+1, len(all), e.Title, b.TrialState(*t), t.Outcome.Observed)
	}
	return nil
}

func (b *labRun) summary() {
	text := b.LabSummary(b.all())
	if text == "" {
		text = b.T("No experiment has been run yet.")
	}
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		b.put(line)
	}
}

func (b *labRun) all() []words.Trial {
	var out []words.Trial
	for _, t := range b.trials {
		out = append(out, *t)
	}
	return out
}

// end removes the scratch realms, and sums up.
func (b *labRun) end(ctx context.Context) error {
	var errs []error
	for _, lab := range b.labs {
		if !lab.State().Practice {
			b.print("Removing the realm %s ...", lab.State().Params.Realm)
		}
		if err := lab.Close(ctx); err != nil {
			errs = append(errs, err)
			b.failure(err)
			b.put(b.Removal(lab.State()))
		}
	}
	if len(b.labs) > 0 {
		b.print("")
		b.summary()
	}
	return errors.Join(errs...)
}
