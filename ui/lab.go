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
	"fix403/ui/words"
)

// laboratory is the lab as long as one is in it: the experiments, on one of the servers that they can be run on.
type laboratory struct {
	s      *session
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
	labsClosed struct{ labs []*flows.Lab }
)

func (s *session) newLaboratory(worlds []world, at int) *laboratory {
	l := &laboratory{s: s, worlds: worlds, at: at, labs: map[string]*flows.Lab{}, opened: map[string]*experimentScreen{}}
	l.list = &labScreen{lab: l}
	return l
}

// practiceWorlds are the versions of the practice server, made with the options of the story.
func (s *session) practiceWorlds(versions []string) []world {
	var worlds []world
	for _, v := range versions {
		o := s.o.Story
		o.Practice, o.As = true, v
		worlds = append(worlds, world{v, o})
	}
	return worlds
}

func (l *laboratory) world() world   { return l.worlds[l.at] }
func (l *laboratory) practice() bool { return l.world().options.Practice }

// enterLab opens the list of experiments.
func (s *session) enterLab(worlds []world, at int) Nav {
	s.lab = s.newLaboratory(worlds, at)
	return goTo(s.lab.list)
}

// enterLabHere opens it on the server that the story is connected to.
func (s *session) enterLabHere() Nav {
	return s.enterLab([]world{{host(s.story.State().URL), s.story.Server()}}, 0)
}

// lab is that of the current world; nothing is sent before an experiment is run.
func (l *laboratory) lab() (*flows.Lab, error) {
	w := l.world()
	if l.labs[w.name] == nil {
		lab, err := flows.NewLab(l.s.wired(w.options))
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
	return serverName(l.state())
}

func (l *laboratory) address() string {
	return l.state().URL
}

// trial is that of an experiment in the current world.
func (l *laboratory) trial(e *flows.Experiment) *trial {
	name := l.world().name
	if i := slices.IndexFunc(l.s.trials, func(t *trial) bool { return t.world == name && t.Experiment == e }); i >= 0 {
		return l.s.trials[i]
	}
	t := &trial{Trial: words.Trial{Experiment: e, Server: name, Guess: -1}, world: name, marked: -1}
	l.s.trials = append(l.s.trials, t)
	return t
}

// seen are the trials of an experiment that were run, on whatever server, in the order of the session.
func (s *session) seen(e *flows.Experiment) []*trial {
	return slices.DeleteFunc(slices.Clone(s.ran), func(t *trial) bool { return t.Experiment != e })
}

func plainTrials(trials []*trial) []words.Trial {
	var out []words.Trial
	for _, t := range trials {
		out = append(out, t.Trial)
	}
	return out
}

// run runs an experiment in the current world.
func (l *laboratory) run(e *flows.Experiment) (tea.Cmd, Nav) {
	lab, err := l.lab()
	if err != nil {
		return nil, complain(err.Error())
	}
	t := l.trial(e)
	t.since, t.asked, t.err = 0, true, nil
	if all := lab.Exchanges(); len(all) > 0 {
		t.since = all[len(all)-1].ID
	}
	if !slices.Contains(l.s.labs, lab) {
		l.s.labs = append(l.s.labs, lab)
	}
	return l.s.work.begin("lab", texts.T(e.Title), func(ctx context.Context) (any, error) {
		outcome, err := lab.Run(ctx, e)
		return ranExperiment{t, lab, outcome}, err
	}), stay()
}

// exchanges are those of a trial: of the run that is under way, or of the last one.
func (l *laboratory) exchanges(t *trial) []keycloak.Exchange {
	lab := l.labs[t.world]
	if l.s.work.current == nil || lab == nil {
		return t.exchanges
	}
	return slices.DeleteFunc(lab.Exchanges(), func(e keycloak.Exchange) bool { return e.ID <= t.since })
}

// took notes how an experiment came out.
func (l *laboratory) took(msg doneMsg, answer ranExperiment) {
	t := answer.trial
	if t.err = msg.err; words.Canceled(t.err) {
		t.err = nil // as if it had not been begun
	}
	t.exchanges = slices.DeleteFunc(answer.lab.Exchanges(), func(e keycloak.Exchange) bool { return e.ID <= t.since })
	if msg.err != nil {
		return
	}
	t.Ran, t.Outcome = true, answer.outcome
	if st := answer.lab.State(); !st.Practice {
		t.Server = strings.TrimPrefix(st.Version+" ", " ") + texts.T("at %s", host(st.URL))
	}
	if !slices.Contains(l.s.ran, t) {
		l.s.ran = append(l.s.ran, t)
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
func (l *laboratory) pick(n int) func() (tea.Cmd, Nav) {
	return func() (tea.Cmd, Nav) {
		l.at = (l.at + n + len(l.worlds)) % len(l.worlds)
		return nil, stay()
	}
}

func (l *laboratory) oneWorld() string {
	if len(l.worlds) == 1 {
		return texts.T("The version can be chosen on the practice server only.")
	}
	return ""
}

func (l *laboratory) versionKeys() []Binding {
	return []Binding{
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
func (l *laboratory) leave() (tea.Cmd, Nav) {
	var open []*flows.Lab
	for _, lab := range l.labs {
		if slices.Contains(l.s.labs, lab) {
			open = append(open, lab)
		}
	}
	if len(open) == 0 || l.list.leaving {
		return nil, l.left("")
	}
	l.list.leaving = true
	return l.s.closeLabs(open), stay()
}

// left is where leaving the lab ends.
func (l *laboratory) left(said string) Nav {
	l.s.lab = nil
	nav := goTo(l.s.homeScreen())
	if len(l.s.ran) > 0 {
		nav = goTo(&recapScreen{s: l.s, back: l.s.homeScreen()})
	}
	nav.say = said
	return nav
}

// closeLabs removes the scratch realms of labs; it goes on after an error.
func (s *session) closeLabs(labs []*flows.Lab) tea.Cmd {
	labs = slices.Clone(labs)
	return s.work.begin("lab", texts.T("Remove the realm of the lab"), func(ctx context.Context) (any, error) {
		var closed labsClosed
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

func (s *session) forget(labs []*flows.Lab) {
	s.labs = slices.DeleteFunc(s.labs, func(lab *flows.Lab) bool { return slices.Contains(labs, lab) })
}

// holding tells whether a lab may still have its realm on a server that outlives the program.
func (s *session) holding() bool {
	return slices.ContainsFunc(s.labs, func(lab *flows.Lab) bool { return !lab.State().Practice })
}

// labSummary is what the labs showed, and what they left, as text.
func (s *session) labSummary() string {
	text := words.LabSummary(plainTrials(s.ran))
	for _, lab := range s.labs {
		if st := lab.State(); flows.Kept(st) != "" && !st.Practice {
			text += words.Removal(st) + "\n"
		}
	}
	return text
}
