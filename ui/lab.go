package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Labs are what the labs of this program showed, and what they may have left on servers.
type Labs struct {
	env      *shell.Env
	attempts []*trial
	history  []*trial     // likewise, in the order in which they were run first
	open     []*flows.Lab // begun and not known to be closed
}

// NewLabs is before there was any.
func NewLabs(env *shell.Env) *Labs { return &Labs{env: env} }

// laboratory is the lab as long as one is in it: the experiments, on one of the servers that they can be run on.
type laboratory struct {
	env    *shell.Env
	all    *Labs
	worlds []world
	at     int
	labs   map[string]*flows.Lab // by the name of the world
	list   *labScreen
	opened map[string]*experimentScreen // by experiment
}

// world is a server to experiment on: a real one, or the practice server as one of its versions.
type world struct {
	name    string // the version, or the host
	options flows.Options
}

// trial is an experiment on a server: the prediction, and how it came out.
type trial struct {
	words.Trial
	world     string
	marked    int // the choice that is marked, -1 for none
	asked     bool
	since     int // the last exchange before it ran
	exchanges []keycloak.Exchange
	err       error // of the last run
}

// Answers of calls in the lab.
type (
	ranExperiment struct {
		trial   *trial
		lab     *flows.Lab
		outcome flows.Outcome
	}
	labsClosed struct {
		all  *Labs
		labs []*flows.Lab
	}
)

// Practice opens the list of experiments on the practice server, as one of its versions.
func (a *Labs) Practice(version string) shell.Screen {
	var worlds []world
	versions := flows.PracticeVersions()
	for _, v := range versions {
		o := a.env.Defaults
		o.Practice, o.As = true, v
		worlds = append(worlds, world{v, o})
	}
	return a.enter(worlds, max(0, slices.Index(versions, version)))
}

// On opens it on the server of a story.
func (a *Labs) On(story *flows.Story) shell.Screen {
	return a.enter([]world{{kit.Host(story.State().URL), story.Server()}}, 0)
}

func (a *Labs) enter(worlds []world, at int) *labScreen {
	l := &laboratory{env: a.env, all: a, worlds: worlds, at: at, labs: map[string]*flows.Lab{}, opened: map[string]*experimentScreen{}}
	l.list = &labScreen{lab: l}
	return l.list
}

func (l *laboratory) world() world   { return l.worlds[l.at] }
func (l *laboratory) practice() bool { return l.world().options.Practice }

// lab is that of the current world; nothing is sent before an experiment is run.
func (l *laboratory) lab() (*flows.Lab, error) {
	w := l.world()
	if l.labs[w.name] == nil {
		lab, err := flows.NewLab(l.env.WithEvents(w.options))
		if err != nil {
			return nil, err
		}
		l.labs[w.name] = lab
	}
	return l.labs[w.name], nil
}

// state is the scene in the current world, also before there is one.
func (l *laboratory) state() flows.State {
	if lab := l.labs[l.world().name]; lab != nil {
		return lab.State()
	}
	return flows.State{Practice: l.practice(), As: l.world().name, URL: l.world().options.URL}
}

func (l *laboratory) where() string {
	return kit.ServerName(l.state())
}

func (l *laboratory) address() string {
	return l.state().URL
}

// trial is that of an experiment in the current world.
func (l *laboratory) trial(e *flows.Experiment) *trial {
	name := l.world().name
	if i := slices.IndexFunc(l.all.attempts, func(t *trial) bool { return t.world == name && t.Experiment == e }); i >= 0 {
		return l.all.attempts[i]
	}
	t := &trial{Trial: words.Trial{Experiment: e, Server: name, Guess: -1}, world: name, marked: -1}
	l.all.attempts = append(l.all.attempts, t)
	return t
}

// seen are the trials of an experiment that were run, on whatever server, in the order of the session.
func (a *Labs) seen(e *flows.Experiment) []*trial {
	return slices.DeleteFunc(slices.Clone(a.history), func(t *trial) bool { return t.Experiment != e })
}

func plainTrials(trials []*trial) []words.Trial {
	var out []words.Trial
	for _, t := range trials {
		out = append(out, t.Trial)
	}
	return out
}

// run runs an experiment in the current world.
func (l *laboratory) run(e *flows.Experiment) (tea.Cmd, shell.Nav) {
	lab, err := l.lab()
	if err != nil {
		return nil, shell.NotifyError(err.Error())
	}
	t := l.trial(e)
	t.since, t.asked, t.err = 0, true, nil
	if all := lab.Exchanges(); len(all) > 0 {
		t.since = all[len(all)-1].ID
	}
	if !slices.Contains(l.all.open, lab) {
		l.all.open = append(l.all.open, lab)
	}
	return l.env.Work.Start("lab", texts.T(e.Title), func(ctx context.Context) (any, error) {
		outcome, err := lab.Run(ctx, e)
		return ranExperiment{t, lab, outcome}, err
	}), shell.None()
}

// exchanges are those of a trial: of the run that is under way, or of the last one.
func (l *laboratory) exchanges(t *trial) []keycloak.Exchange {
	lab := l.labs[t.world]
	if !l.env.Work.Busy() || lab == nil {
		return t.exchanges
	}
	return slices.DeleteFunc(lab.Exchanges(), func(e keycloak.Exchange) bool { return e.ID <= t.since })
}

// took notes how an experiment came out.
func (l *laboratory) took(msg shell.Done, answer ranExperiment) {
	t := answer.trial
	if t.err = msg.Err; words.Canceled(t.err) {
		t.err = nil // as if it had not been begun
	}
	t.exchanges = slices.DeleteFunc(answer.lab.Exchanges(), func(e keycloak.Exchange) bool { return e.ID <= t.since })
	if msg.Err != nil {
		return
	}
	t.Ran, t.Outcome = true, answer.outcome
	if st := answer.lab.State(); !st.Practice {
		t.Server = strings.TrimPrefix(st.Version+" ", " ") + texts.T("at %s", kit.Host(st.URL))
	}
	if !slices.Contains(l.all.history, t) {
		l.all.history = append(l.all.history, t)
	}
}

// mask masks secrets in an error's text.
func (l *laboratory) mask(text string) string {
	if lab := l.labs[l.world().name]; lab != nil {
		return lab.Mask(text)
	}
	return text
}

// pick changes the version of the practice server.
func (l *laboratory) pick(n int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		l.at = (l.at + n + len(l.worlds)) % len(l.worlds)
		return nil, shell.None()
	}
}

func (l *laboratory) oneWorld() string {
	if len(l.worlds) == 1 {
		return texts.T("The version can be chosen on the practice server only.")
	}
	return ""
}

func (l *laboratory) versionKeys() []shell.Binding {
	return []shell.Binding{
		{Keys: []string{"right", "+"}, Label: "version", Help: "the practice server answers as the next version; what was seen on the others stays", Disabled: l.oneWorld, Do: l.pick(1)},
		{Keys: []string{"left", "-"}, Help: "the version before", Disabled: l.oneWorld, Do: l.pick(-1)},
	}
}

// experiment is the screen of an experiment, kept as long as one is in the lab.
func (l *laboratory) experiment(e *flows.Experiment) *experimentScreen {
	if l.opened[e.ID] == nil {
		l.opened[e.ID] = newExperimentScreen(l, e)
	}
	return l.opened[e.ID]
}

// leave removes the scratch realms and goes to what was learnt.
func (l *laboratory) leave() (tea.Cmd, shell.Nav) {
	var open []*flows.Lab
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
func (l *laboratory) left() shell.Nav {
	home := shell.Open(shell.Route{To: shell.PlaceHome})
	if len(l.all.history) > 0 {
		return shell.GoTo(&recapScreen{all: l.all, back: home})
	}
	return home
}

// recap looks back without leaving.
func (l *laboratory) recap(back shell.Nav) shell.Nav {
	return shell.GoTo(&recapScreen{all: l.all, lab: l, back: back})
}

// close removes the scratch realms of labs; it goes on after an error.
func (a *Labs) close(labs []*flows.Lab) tea.Cmd {
	labs = slices.Clone(labs)
	return a.env.Work.Start("lab", texts.T("Remove the realm of the lab"), func(ctx context.Context) (any, error) {
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

// Note implements [noted]: what was removed is not left, whoever waits for the answer.
func (c labsClosed) Note() {
	c.all.open = slices.DeleteFunc(c.all.open, func(lab *flows.Lab) bool { return slices.Contains(c.labs, lab) })
}

// Pending implements [AtEnd]: a lab may still have its realm on a server that outlives the program.
func (a *Labs) Pending() bool {
	return slices.ContainsFunc(a.open, func(lab *flows.Lab) bool { return !lab.State().Practice })
}

// Finish implements [AtEnd].
func (a *Labs) Finish() (tea.Cmd, string) {
	return a.close(a.open), texts.T("Removing the realm of the lab; ^C again does not wait.")
}

// Summary is what the labs showed, and what they left, as text.
func (a *Labs) Summary() string {
	text := words.LabSummary(plainTrials(a.history))
	for _, lab := range a.open {
		if st := lab.State(); flows.Kept(st) != "" && !st.Practice {
			text += words.Removal(st) + "\n"
		}
	}
	return text
}
