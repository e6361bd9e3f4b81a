package story

import (
	"slices"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/ui/inspect"
	"fix403/ui/shell"
)

// Runs are the stories that this program tells: the current one, and those told before on other servers.
type Runs struct {
	env      *shell.Env
	manual   *inspect.Manual
	open     func(story.Options) (*story.Story, error)
	current  *run
	previous []*run // they may hold what they created
	// Removing says that the next run that is resumed is there to be removed.
	Removing bool
}

// run is a story that is told, with the screens of its steps.
type run struct {
	env     *shell.Env
	manual  *inspect.Manual
	story   *story.Story          // nil for one that is only looked at
	look    func() story.Snapshot // what is drawn
	options story.Options         // that it was made with
	steps   map[story.StepID]*stepScreen
	removes bool // once it is resumed, what it made is asked about
}

// NewRuns is before any story. Stories are made by open, which is [story.New] but in tests.
func NewRuns(env *shell.Env, open func(story.Options) (*story.Story, error)) *Runs {
	return &Runs{env: env, manual: &inspect.Manual{}, open: open}
}

// newRun makes the screens of a story.
func newRun(env *shell.Env, m *inspect.Manual, s *story.Story, o story.Options) *run {
	return &run{env: env, manual: m, story: s, look: s.Snapshot, options: o, steps: map[story.StepID]*stepScreen{}}
}

// mask masks what the story knows to be secret.
func (t *run) mask(text string) string {
	if t.story == nil {
		return text
	}
	return t.story.Mask(text)
}

func (t *run) on(o story.Options) bool {
	return t != nil && o.Practice == t.options.Practice && (!o.Practice || o.As == t.options.As)
}

// Open prepares a story; one that was begun on the same server goes on.
func (r *Runs) Open(o story.Options) error {
	if r.current.on(o) {
		return nil
	}
	if i := slices.IndexFunc(r.previous, func(t *run) bool { return t.on(o) }); i >= 0 {
		r.swap(i)
		return nil
	}
	return r.openNew(o)
}

// swap makes a previous run the current one.
func (r *Runs) swap(i int) {
	before := r.current
	r.current = r.previous[i]
	if before == nil {
		r.previous = slices.Delete(r.previous, i, i+1)
		return
	}
	r.previous[i] = before
}

func (r *Runs) openNew(o story.Options) error {
	t, err := r.start(o)
	if err != nil {
		return err
	}
	if r.current != nil {
		r.previous = append(r.previous, r.current)
	}
	r.current = t
	return nil
}

// start makes a story.
func (r *Runs) start(o story.Options) (*run, error) {
	o = r.env.WithEvents(o)
	o.InParts = true
	if o.Params.Realm == "" {
		o.Params = params.DefaultParams()
	}
	story, err := r.open(o)
	if err != nil {
		return nil, err
	}
	o.Credentials = keycloak.Credentials{} // the story has them
	t := newRun(r.env, r.manual, story, o)
	t.removes = r.Removing && o.Resume != nil
	return t, nil
}

// Replace begins a story on a server of the user's own in place of one that never got a login there.
func (r *Runs) Replace(o story.Options) (*story.Story, error) {
	t, err := r.start(o)
	if err != nil {
		return nil, err
	}
	before := r.current
	r.current = t
	if before != nil && (before.options.Practice || len(before.story.State().Created) > 0 || before.connected()) {
		r.previous = append(r.previous, before)
	}
	return t.story, nil
}

// Complete reports whether flags and environment gave all that a login needs.
func Complete(o story.Options) bool {
	c := o.Credentials
	return o.URL != "" && (!c.Token.Empty() || !c.ClientSecret.Empty() || c.ClientID == "" && !c.Password.Empty())
}

// connected reports whether the admin is logged in.
func (t *run) connected() bool {
	return t != nil && t.story.State().Results[story.StepConnect].Status == story.StatusPassed
}

// UseOwnServer goes back to the story on a server of the user's own, and reports whether one is connected there.
func (r *Runs) UseOwnServer() bool {
	is := func(t *run) bool { return t.connected() && !t.options.Practice }
	if is(r.current) {
		return true
	}
	i := slices.IndexFunc(r.previous, is)
	if i >= 0 {
		r.swap(i)
	}
	return i >= 0
}

// OwnStory is the current story if it is told on a server of the user's own, or else nil.
func (r *Runs) OwnStory() *story.Story {
	if r.current == nil || r.current.options.Practice {
		return nil
	}
	return r.current.story
}

// Story is the current story, nil for none.
func (r *Runs) Story() *story.Story {
	if r.current == nil {
		return nil
	}
	return r.current.story
}

// Stories are all that were told, the current one last.
func (r *Runs) Stories() []*story.Story {
	var all []*story.Story
	for _, t := range r.previous {
		all = append(all, t.story)
	}
	if r.current != nil {
		all = append(all, r.current.story)
	}
	return all
}

// Knows reports whether one of the stories is the run of an id.
func (r *Runs) Knows(id string) bool {
	return slices.ContainsFunc(r.Stories(), func(s *story.Story) bool { return s.State().RunID == id })
}

// Here is where the current story goes on: at its next step, or at its end.
func (r *Runs) Here() shell.Screen {
	if next, open := r.current.story.Next(); open {
		return r.current.step(next)
	}
	return newSummaryScreen(r.current)
}

// Begun returns the story that is under way on a server of the user's own, or on the practice server as a version; nil for none.
func (r *Runs) Begun(isPractice bool, as string) *story.Story {
	for _, t := range append(slices.Clone(r.previous), r.current) {
		if t.connected() && t.options.Practice == isPractice && (!isPractice || t.story.State().As == as) {
			return t.story
		}
	}
	return nil
}

// Step is the screen of a step of the current story.
func (r *Runs) Step(id story.StepID) shell.Screen { return r.current.step(id) }

// step returns the screen of a step, which is kept with its answers.
func (t *run) step(id story.StepID) *stepScreen {
	if t.steps[id] == nil {
		t.steps[id] = newStepScreen(t, story.StepByID(id))
	}
	return t.steps[id]
}

func stepIndex(id story.StepID) int {
	return slices.IndexFunc(story.Steps(), func(st *story.Step) bool { return st.ID == id })
}

// reset forgets the shown outcome of a step and the later ones, after an undo.
func (t *run) reset(from story.StepID) {
	for id, screen := range t.steps {
		if stepIndex(id) >= stepIndex(from) {
			screen.reopen()
		}
	}
}
