// Package lab has experiments that break one gate each on purpose.
package lab

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"fix403/flows/crash"
	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
	"fix403/keycloak/wire"
)

// Experiment breaks one gate on purpose, or shows where a server reads roles from.
type Experiment struct {
	ID       string
	Title    texts.Text
	Gate     gate.Gate // the one that it is about; [gate.None] where nothing is stopped
	Ask      texts.Text
	Choices  []Choice   // three
	Explain  texts.Text // at most five lines
	Remember texts.Text // one sentence
	Manual   string     // the decisive commands, with the variables and the function bearer of [manual.Script]

	always string // what all versions answered; "" where expect says what they answered
	expect version.Facts[string]
	run    func(*fixture) (observed string)
}

// Choice is a prediction, and the observations that make it true.
type Choice struct {
	Text texts.Text
	When []string
}

// Answer returns the index of the choice that an observation makes true, -1 for none.
func (e *Experiment) Answer(observed string) int {
	return slices.IndexFunc(e.Choices, func(c Choice) bool { return slices.Contains(c.When, observed) })
}

// Experiments returns all experiments in the order of the gates.
func Experiments() []*Experiment { return experiments }

// ExperimentByID returns an experiment, or nil.
func ExperimentByID(id string) *Experiment {
	for _, e := range experiments {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// The results of an experiment, a contract of the JSON output.
const (
	AsExpected  = "as-expected"
	Different   = "different"
	NotMeasured = "not-measured"
)

// Outcome is what an experiment showed.
type Outcome struct {
	ID          string
	Gate        gate.Gate
	Expected    string // "" when the version was not measured
	Known       Known
	Observed    string
	Result      string
	Exchange    *wire.Exchange // the decisive one
	Refusal     gate.Refusal
	Explanation texts.Text
	Duration    time.Duration
}

// Lab runs experiments in a scratch realm of its own, on the practice server or a real one.
type Lab struct {
	story *story.Story
	conn  *story.Conn // of the story
	run   sync.Mutex  // held while experiments run
	ready bool

	audience        bool                     // the realm has the client scope kc-admin-api
	scopesSeen      bool                     // the admin may list the realm's client scopes
	realmManagement string                   // its uuid
	roles           map[string]keycloak.Role // of realm-management
}

// New prepares a lab; nothing is sent yet. The realm's name gets a random end, whatever the options say.
func New(o story.Options) (*Lab, error) {
	o.Params = params.DefaultParams()
	o.Params.Realm, o.Scratch = "fix403-lab-"+params.NewRunID(), true
	s, err := story.New(o)
	if err != nil {
		return nil, err
	}
	return &Lab{story: s, conn: s.Conn()}, nil
}

// Open connects and sets the scene: realm, client, user.
func (l *Lab) Open(ctx context.Context) error {
	if l.ready {
		return nil
	}
	err := l.story.DoThrough(ctx, story.StepUser)
	if err != nil {
		return err
	}
	if l.realmManagement, err = l.story.RealmManagement(ctx); err != nil {
		return l.conn.Recorder.MaskError(err)
	}
	roles, err := l.conn.Admin.ClientRoles(ctx, l.story.Current().Params.Realm, l.realmManagement)
	if err != nil {
		return err
	}
	l.roles = map[string]keycloak.Role{}
	for _, r := range roles {
		l.roles[r.Name] = r
	}
	signs, err := l.conn.Admin.AudienceSigns(ctx, l.story.Current().Params.Realm)
	if err != nil {
		return err
	}
	l.audience, l.scopesSeen = signs.RealmScope, signs.RealmSeen
	l.ready = true
	return nil
}

// Run runs one experiment, after opening the lab where that was not done.
func (l *Lab) Run(ctx context.Context, e *Experiment) (o Outcome, err error) {
	err = l.RunAll(ctx, []*Experiment{e}, func(only Outcome) { o = only })
	return o, err
}

// maxConcurrent bounds the experiments that run at the same time: enough that those that wait hold nobody up, and few for a server.
const maxConcurrent = 4

// RunAll runs experiments, some at a time, and calls each with their outcomes in the order of the list, until one cannot
// be made. It opens the lab where that was not done.
func (l *Lab) RunAll(ctx context.Context, list []*Experiment, each func(Outcome)) error {
	if err := l.Open(ctx); err != nil {
		return err
	}
	l.run.Lock()
	defer l.run.Unlock()
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(maxConcurrent)
	outcomes := make([]chan Outcome, len(list))
	for i := range outcomes {
		outcomes[i] = make(chan Outcome, 1)
	}
	var starting sync.WaitGroup
	starting.Go(func() {
		for i, e := range list {
			g.Go(func() error {
				defer close(outcomes[i])
				return crash.Guarded(func() error {
					o, err := l.experiment(running, e)
					if err == nil {
						outcomes[i] <- o
					}
					return err
				})
			})
		}
	})
	for _, outcome := range outcomes {
		o, made := <-outcome
		if !made {
			break
		}
		each(o)
	}
	starting.Wait()
	return g.Wait()
}

func (l *Lab) experiment(ctx context.Context, e *Experiment) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	start := l.conn.Now()
	b := &fixture{ctx: ctx, lab: l, id: e.ID, state: l.story.Current()}
	observed := e.run(b)
	if b.err != nil {
		return Outcome{}, msg.Wrap(l.conn.Recorder.MaskError(b.err), "the experiment %s could not be run", e.ID)
	}
	o := Outcome{
		ID: e.ID, Gate: e.Gate, Known: e.Known(version.Of(b.state.Version)), Observed: l.Mask(observed), Result: NotMeasured,
		Exchange: b.decisive, Explanation: cmp.Or(b.explain, e.Explain), Duration: l.conn.Now().Sub(start),
	}
	o.Expected = o.Known.measured()
	if b.decisive != nil {
		o.Refusal = gate.Classify(*b.decisive)
	}
	switch o.Expected {
	case "":
	case observed:
		o.Result = AsExpected
	default:
		o.Result = Different
	}
	return o, nil
}

// State returns the scene of the lab.
func (l *Lab) State() *story.State { return l.story.State() }

// Exchanges returns all exchanges so far, masked.
func (l *Lab) Exchanges() []wire.Exchange { return l.story.Exchanges() }

// Mask masks known secrets in text of other origin.
func (l *Lab) Mask(text string) string { return l.story.Mask(text) }

// Close removes the scratch realm. It does not heed that ctx was cancelled.
func (l *Lab) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	l.run.Lock()
	defer l.run.Unlock()
	l.ready = false
	return l.story.Cleanup(ctx)
}
