package ui

import (
	"strings"

	flowstory "fix403/flows/story"
	"fix403/ui/connect"
	"fix403/ui/demo"
	"fix403/ui/diagnose"
	"fix403/ui/home"
	"fix403/ui/kit"
	"fix403/ui/lab"
	"fix403/ui/login"
	"fix403/ui/roles"
	"fix403/ui/shell"
	"fix403/ui/story"
	"fix403/ui/watch"
	"fix403/ui/words"
)

// wizard is the program: the root, and the screens that it leads to. It is all that knows every screen; each is kept with
// what was typed and chosen in it.
type wizard struct {
	*shell.Root
	o        Options
	env      *shell.Env
	runs     *story.Runs
	labs     *lab.Labs
	home     *home.Screen
	form     *connect.Screen
	diagnose *diagnose.Form
	roles    *roles.Screen
	watch    *watch.Screen
	demo     *demo.Screen
	original *flowstory.Options // the defaults before a run was resumed
}

// screens are those that a route leads to.
var screens = map[shell.Place]func(*wizard, shell.Route) (shell.Screen, error){
	shell.Home: func(w *wizard, _ shell.Route) (shell.Screen, error) { return w.homeScreen(), nil },
	"server":   func(w *wizard, to shell.Route) (shell.Screen, error) { return w.ownServer(to.ForLab), nil },
	"connect":  func(w *wizard, to shell.Route) (shell.Screen, error) { return w.connect(to), nil },
	"step":     (*wizard).step,
	"lab":      func(w *wizard, to shell.Route) (shell.Screen, error) { return w.lab(to.As), nil },
	"diagnose": func(w *wizard, to shell.Route) (shell.Screen, error) { return w.diagnoseForm(to.Same), nil },
	"roles":    func(w *wizard, to shell.Route) (shell.Screen, error) { return w.rolesScreen(to.Same), nil },
	"watch":    func(w *wizard, _ shell.Route) (shell.Screen, error) { return w.watchScreen(), nil },
	"demo":     func(w *wizard, to shell.Route) (shell.Screen, error) { return w.demoScreen(to.As) },
}

// Open implements [shell.Routes].
func (w *wizard) Open(to shell.Route) (shell.Screen, error) { return screens[to.To](w, to) }

// Where implements [shell.Routes].
func (w *wizard) Where() string {
	if story := w.runs.Story(); story != nil {
		return w.env.Say(kit.ServerName(story.State()))
	}
	return ""
}

// homeScreen also forgets the options of a run that was resumed.
func (w *wizard) homeScreen() *home.Screen {
	if w.original != nil {
		w.env.Defaults, w.original, w.form = *w.original, nil, nil
	}
	if w.home == nil {
		w.home = home.New(w.env, w.runs)
	}
	return w.home
}

func (w *wizard) ownServer(forLab bool) shell.Screen {
	switch {
	case !w.runs.UseOwnServer():
		return w.connectForm(forLab)
	case forLab:
		return w.labs.On(w.runs.Story())
	}
	return w.runs.Here()
}

func (w *wizard) connect(to shell.Route) shell.Screen {
	w.runs.Removing = to.Remove
	if resumed := to.Options; resumed != nil {
		given := w.env.Defaults
		w.original, w.env.Defaults, w.form = &given, *resumed, nil
	}
	return w.connectForm(false)
}

func (w *wizard) connectForm(forLab bool) *connect.Screen {
	if w.form == nil {
		w.form = connect.New(w.env, w.runs, w.o.Remember, w.o.DefaultURL)
	}
	return w.form.Begin(forLab)
}

func (w *wizard) step(to shell.Route) (shell.Screen, error) {
	if to.Options != nil {
		if err := w.runs.Open(*to.Options); err != nil {
			return nil, err
		}
	}
	if to.Step == "" {
		return w.runs.Here(), nil
	}
	return w.runs.Step(to.Step), nil
}

func (w *wizard) lab(version string) shell.Screen {
	if version != "" {
		return w.labs.Practice(version)
	}
	return w.labs.On(w.runs.Story())
}

func (w *wizard) diagnoseForm(same bool) *diagnose.Form {
	if w.diagnose == nil {
		w.diagnose = diagnose.New(w.env, login.Recall(w.o.Remember))
	}
	if same {
		w.diagnose.Of(w.runs.Story())
	}
	return w.diagnose
}

func (w *wizard) rolesScreen(same bool) *roles.Screen {
	if w.roles == nil {
		w.roles = roles.New(w.env)
	}
	if same {
		w.roles.Find("GET " + words.Path(w.runs.Story().State().CallURL()))
	}
	return w.roles
}

func (w *wizard) watchScreen() *watch.Screen {
	if w.watch == nil {
		address := w.env.Defaults.URL
		if w.env.Defaults.Practice {
			address = ""
		}
		w.watch = watch.New(w.env, address, w.versions)
	}
	return w.watch
}

// versions are those of the servers of the user's own that a story is told on.
func (w *wizard) versions() map[string]string {
	known := map[string]string{}
	for _, s := range w.runs.Stories() {
		if st := s.State(); !st.Practice {
			known[st.URL] = st.Version
		}
	}
	return known
}

// demoScreen plays the story on the practice server.
func (w *wizard) demoScreen(version string) (shell.Screen, error) {
	o := w.env.Defaults
	o.Practice, o.As = true, version
	d, err := w.play(o, Demo{Speed: 1})
	if err != nil {
		return nil, err
	}
	return d.FromHome(), nil
}

func (w *wizard) play(o flowstory.Options, how Demo) (*demo.Screen, error) {
	var err error
	w.demo, err = demo.New(w.env, demo.Options{Story: o, Speed: how.Speed, Loop: how.Loop})
	return w.demo, err
}

// start chooses the first screen.
func (w *wizard) start() error {
	o := w.env.Defaults
	switch {
	case w.o.Demo != nil:
		d, err := w.play(o, *w.o.Demo)
		w.Screen = d
		return err
	case !w.o.AtFirstStep:
		w.Screen = w.homeScreen()
		return nil
	}
	if home.Unfinished(o, w.runs.Knows) != nil {
		w.Notice = w.env.T(unfinishedNotice)
	}
	if !o.Practice && !story.Complete(o) {
		w.Screen = w.connectForm(false)
		return nil
	}
	var err error
	w.Screen, err = w.step(shell.Route{Step: flowstory.StepConnect, Options: &o})
	return err
}

func (w *wizard) result() Result {
	res := Result{Interrupted: w.Interrupted}
	story, told := w.runs.Story(), w.runs.Stories()
	if d, playing := w.Screen.(*demo.Screen); playing {
		story, told = d.Story(), append(told, d.Story())
	}
	if story != nil {
		_, open := story.Next()
		res.Finished = !open
	}
	var parts []string
	for _, s := range told {
		if st := s.State(); len(st.Results) > 0 {
			parts = append(parts, w.env.Summary(st))
		}
	}
	if lab := w.labs.Summary(); lab != "" {
		parts = append(parts, lab)
	}
	if w.diagnose != nil {
		if fixes := w.diagnose.Fixes(); fixes != "" {
			parts = append(parts, fixes)
		}
	}
	if w.o.Demo != nil {
		res.Demo = story
	}
	res.Summary = strings.Join(parts, "\n")
	return res
}
