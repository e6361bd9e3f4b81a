// Package lab has the screens of the lab: the list of experiments, an experiment, and what they showed.
package lab

import (
	"context"
	"errors"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/lab"
	"fix403/flows/story"
	"fix403/flows/versions"
	"fix403/keycloak/sift"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Labs are what the labs of this program showed, and what they may have left on servers.
type Labs struct {
	env      *shell.Env
	attempts []*attempt
	history  []*attempt // those that were run, in the order in which they were run first
	open     []*lab.Lab // begun and not known to be closed
}

// NewLabs is before there was any.
func NewLabs(env *shell.Env) *Labs { return &Labs{env: env} }

// visit is the lab from entering to leaving it: the experiments, on one of the servers that they can be run on.
type visit struct {
	env     *shell.Env
	all     *Labs
	targets []target
	at      int
	labs    map[string]*lab.Lab // by the name of the target
	list    *listScreen
	opened  map[string]*experimentScreen // by experiment
}

// target is a server to experiment on: a real one, or the practice server as one of its versions.
type target struct {
	name    string // the version, or the host
	options story.Options
}

// attempt is an experiment on a server: the prediction, and how it came out.
type attempt struct {
	words.Trial
	target    string
	marked    int // the choice that is marked, -1 for none
	asked     bool
	since     int // the last exchange before it ran
	exchanges []wire.Exchange
	err       error // of the last run
}

// Answers of calls in the lab.
type (
	ranExperiment struct {
		attempt *attempt
		lab     *lab.Lab
		outcome lab.Outcome
	}
	labsClosed struct {
		all  *Labs
		labs []*lab.Lab
	}
)

// Practice opens the list of experiments on the practice server, as one of its versions.
func (a *Labs) Practice(version string) shell.Screen {
	var targets []target
	all := versions.All()
	for _, v := range all {
		o := a.env.Defaults
		o.Practice, o.As = true, v
		targets = append(targets, target{v, o})
	}
	return a.enter(targets, max(0, slices.Index(all, version)))
}

// On opens it on the server of a story.
func (a *Labs) On(story *story.Story) shell.Screen {
	return a.enter([]target{{kit.Host(story.State().URL), story.Server()}}, 0)
}

func (a *Labs) enter(targets []target, at int) *listScreen {
	l := &visit{env: a.env, all: a, targets: targets, at: at, labs: map[string]*lab.Lab{}, opened: map[string]*experimentScreen{}}
	l.list = &listScreen{lab: l, field: kit.NewTextInput(a.env.Theme)}
	l.list.field.Placeholder = a.env.T("type words")
	return l.list
}

// target is the server that is experimented on.
func (l *visit) target() target { return l.targets[l.at] }
func (l *visit) practice() bool { return l.target().options.Practice }

// lab is that of the current target; nothing is sent before an experiment is run.
func (l *visit) lab() (*lab.Lab, error) {
	w := l.target()
	if l.labs[w.name] == nil {
		lab, err := lab.New(l.env.WithEvents(w.options))
		if err != nil {
			return nil, err
		}
		l.labs[w.name] = lab
	}
	return l.labs[w.name], nil
}

// state is the scene on the current target, also before there is one.
func (l *visit) state() *story.State {
	if lab := l.labs[l.target().name]; lab != nil {
		return lab.State()
	}
	return &story.State{Practice: l.practice(), As: l.target().name, URL: l.target().options.URL}
}

func (l *visit) where() string {
	return l.env.Say(kit.ServerName(l.state()))
}

func (l *visit) address() string {
	return l.state().URL
}

// attempt is that of an experiment on the current target.
func (l *visit) attempt(e *lab.Experiment) *attempt {
	name := l.target().name
	if i := slices.IndexFunc(l.all.attempts, func(t *attempt) bool { return t.target == name && t.Experiment == e }); i >= 0 {
		return l.all.attempts[i]
	}
	t := &attempt{Trial: words.Trial{Experiment: e, Server: name, Guess: -1}, target: name, marked: -1}
	l.all.attempts = append(l.all.attempts, t)
	return t
}

// seen are the trials of an experiment that were run, on whatever server, in the order of the session.
func (a *Labs) seen(e *lab.Experiment) []*attempt {
	return sift.Out(a.history, func(t *attempt) bool { return t.Experiment != e })
}

func trials(trials []*attempt) []words.Trial {
	var out []words.Trial
	for _, t := range trials {
		out = append(out, t.Trial)
	}
	return out
}

// run runs an experiment on the current target.
func (l *visit) run(e *lab.Experiment) (tea.Cmd, shell.Nav) {
	lab, err := l.lab()
	if err != nil {
		return nil, shell.NotifyError(l.env.Error(err))
	}
	t := l.attempt(e)
	t.since, t.asked, t.err = 0, true, nil
	if all := lab.Exchanges(); len(all) > 0 {
		t.since = all[len(all)-1].ID
	}
	if !slices.Contains(l.all.open, lab) {
		l.all.open = append(l.all.open, lab)
	}
	return l.env.Work.Start("lab", l.env.T(e.Title), func(ctx context.Context) (any, error) {
		outcome, err := lab.Run(ctx, e)
		return ranExperiment{t, lab, outcome}, err
	}), shell.None()
}

// exchanges are those of a trial: of the run that is under way, or of the last one.
func (l *visit) exchanges(t *attempt) []wire.Exchange {
	lab := l.labs[t.target]
	if !l.env.Work.Busy() || lab == nil {
		return t.exchanges
	}
	return sift.Out(lab.Exchanges(), func(e wire.Exchange) bool { return e.ID <= t.since })
}

// handleResult notes how an experiment came out.
func (l *visit) handleResult(msg shell.Done, answer ranExperiment) {
	t := answer.attempt
	if t.err = msg.Err; words.Canceled(t.err) {
		t.err = nil // as if it had not been begun
	}
	t.exchanges = sift.Out(answer.lab.Exchanges(), func(e wire.Exchange) bool { return e.ID <= t.since })
	if msg.Err != nil {
		return
	}
	t.Ran, t.Outcome = true, answer.outcome
	if st := answer.lab.State(); !st.Practice {
		t.Server = strings.TrimPrefix(st.Version+" ", " ") + l.env.T("at %s", kit.Host(st.URL))
	}
	if !slices.Contains(l.all.history, t) {
		l.all.history = append(l.all.history, t)
	}
}

// mask masks secrets in an error's text.
func (l *visit) mask(text string) string {
	if lab := l.labs[l.target().name]; lab != nil {
		return lab.Mask(text)
	}
	return text
}

// pick changes the version of the practice server.
func (l *visit) pick(n int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		l.at = (l.at + n + len(l.targets)) % len(l.targets)
		return nil, shell.None()
	}
}

func (l *visit) onlyTarget() string {
	if len(l.targets) == 1 {
		return l.env.T("The version can be chosen on the practice server only.")
	}
	return ""
}

func (l *visit) versionKeys() []shell.Binding {
	return []shell.Binding{
		{Keys: []string{"right", "+"}, Label: "version", Help: "the next version for the practice server; results of the others stay", Disabled: l.onlyTarget, Do: l.pick(1)},
		{Keys: []string{"left", "-"}, Help: "the previous version", Disabled: l.onlyTarget, Do: l.pick(-1)},
	}
}

// experiment is the screen of an experiment, kept until the lab is left.
func (l *visit) experiment(e *lab.Experiment) *experimentScreen {
	if l.opened[e.ID] == nil {
		l.opened[e.ID] = newExperimentScreen(l, e)
	}
	return l.opened[e.ID]
}

// leave removes the scratch realms and goes to what was learnt.
func (l *visit) leave() (tea.Cmd, shell.Nav) {
	var open []*lab.Lab
	for _, lab := range l.labs {
		if slices.Contains(l.all.open, lab) {
			open = append(open, lab)
		}
	}
	if len(open) == 0 || l.list.leaving {
		return nil, l.left()
	}
	l.list.leaving = true
	return l.all.close(open), shell.None()
}

// left is where leaving the lab ends.
func (l *visit) left() shell.Nav {
	home := shell.Open(shell.Route{To: shell.Home})
	if len(l.all.history) > 0 {
		return shell.GoTo(&summaryScreen{all: l.all, back: home})
	}
	return home
}

// summary looks back without leaving.
func (l *visit) summary(back shell.Nav) shell.Nav {
	return shell.GoTo(&summaryScreen{all: l.all, lab: l, back: back})
}

// close removes the scratch realms of labs; it goes on after an error.
func (a *Labs) close(labs []*lab.Lab) tea.Cmd {
	labs = slices.Clone(labs)
	return a.env.Work.Start("lab", a.env.T("Remove the realm of the lab"), func(ctx context.Context) (any, error) {
		closed := labsClosed{all: a}
		var errs []error
		for _, lab := range labs {
			if err := lab.Close(ctx); err != nil {
				errs = append(errs, err)
				continue
			}
			closed.labs = append(closed.labs, lab)
		}
		return closed, errors.Join(errs...)
	})
}

// Note implements [shell.Noted]: what was removed is not left, whether or not the answer is waited for.
func (c labsClosed) Note() {
	c.all.open = sift.Out(c.all.open, func(lab *lab.Lab) bool { return slices.Contains(c.labs, lab) })
}

// Pending implements [shell.Shutdown]: a lab may still have its realm on a server that outlives the program.
func (a *Labs) Pending() bool {
	return slices.ContainsFunc(a.open, func(lab *lab.Lab) bool { return !lab.State().Practice })
}

// Finish implements [shell.Shutdown].
func (a *Labs) Finish() (tea.Cmd, string) {
	return a.close(a.open), a.env.T("Removing the realm of the lab; press ^C again not to wait.")
}

// Summary is what the labs showed, and what they left, as text.
func (a *Labs) Summary() string {
	text := a.env.LabSummary(trials(a.history))
	for _, lab := range a.open {
		if st := lab.State(); !story.Leftovers(st).Empty() && !st.Practice {
			text += a.env.Removal(st) + "\n"
		}
	}
	return text
}
