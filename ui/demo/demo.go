// Package demo plays the story by itself on a stage: one sentence, the gates over the whole width, and a request that runs
// along them.
package demo

import (
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/sift"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// demoSpeeds are what the keys choose from.
var demoSpeeds = []float64{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4}

// Options of [New].
type Options struct {
	Story story.Options
	Speed float64 // 1 is speaking pace
	Loop  bool    // after the end it begins again
}

// Screen plays a story on a stage. What it shows are stills: the server is asked only where the playing gets further than
// before, so going back or starting again changes nothing.
type Screen struct {
	Filmed bool // for a film, which has no keys and no pace to show

	env     *shell.Env
	story   *story.Story
	moments []story.Moment
	leave   shell.Nav // where it ends
	home    bool      // that is the home screen

	at     int     // the moment on the screen
	told   []still // after none of the steps, after the first, ...; the last is after what was created has been removed
	failed error   // of what comes next

	sent   *wire.Exchange // what is seen on its way; nil for nothing
	stop   gate.Refusal   // where it ends
	travel kit.Travel

	pane  pane // over the gates
	wire  inspect.Wire
	text  kit.Pager
	black bool

	speed   float64
	loop    bool
	paused  bool
	gen     int // of the newest wait
	ends    time.Time
	resting time.Duration // what is left of the moment while it is paused
}

// pane is what a key opens below the sentence.
type pane int

const (
	noPane pane = iota
	wirePane
	tokenPane
)

// still is the story as it stood at a time.
type still struct {
	story.Snapshot
	at time.Time
}

// momentOver says that a moment has been on the screen long enough.
type momentOver struct{ gen int }

// New makes the screen.
func New(env *shell.Env, options Options) (*Screen, error) {
	o := env.WithEvents(options.Story)
	o.IDSeed, o.InParts = story.DemoSeed, false
	if o.Params.Realm == "" {
		o.Params = params.DefaultParams()
	}
	s, err := story.New(o)
	if err != nil {
		return nil, err
	}
	d := &Screen{env: env, story: s, moments: story.Moments(s.State()), speed: options.Speed, loop: options.Loop, leave: shell.Quit(), wire: inspect.NewWire()}
	d.told = []still{{s.Snapshot(), env.Now()}}
	return d, nil
}

// FromHome makes it lead back to the home screen, and not end the program.
func (d *Screen) FromHome() *Screen {
	d.leave, d.home = shell.Open(shell.Route{To: shell.Home}), true
	return d
}

// Story is what is played, as far as it came.
func (d *Screen) Story() *story.Story { return d.story }

// Stopped reports whether a call of the client's is seen where it was stopped.
func (d *Screen) Stopped() bool {
	return d.moments[d.at].Call != nil && d.travel.Arrived() && d.stop.Gate != gate.None
}

// Where implements [shell.Located].
func (d *Screen) Where() string { return d.env.Say(kit.ServerName(d.story.State())) }

// Bare implements [shell.Bare]: after the first moment nothing but the stage is on the screen, unless something went wrong.
func (d *Screen) Bare() bool { return d.black || d.at > 0 && d.failed == nil && d.pane == noPane }

// Enter implements [shell.Screen].
func (d *Screen) Enter() tea.Cmd { return d.show(0) }

// Leave implements [shell.Screen].
func (d *Screen) Leave() {
	d.gen++
	d.travel.Reset()
}

// Typing implements [shell.Screen].
func (d *Screen) Typing() bool { return false }

// Tell plays the whole story at once, before anything is shown.
func (d *Screen) Tell(ctx context.Context) error {
	for len(d.told) < len(story.Steps())+2 {
		if err := d.do(ctx); err != nil {
			return err
		}
		d.remember()
	}
	return nil
}

// do makes what the next still shows: the next step, or after the last one the removal of what was created.
func (d *Screen) do(ctx context.Context) error {
	if d.removing() {
		return d.story.Cleanup(ctx)
	}
	_, err := d.story.Do(ctx, story.Steps()[len(d.told)-1].ID)
	return err
}

// remember keeps the story as it stands now.
func (d *Screen) remember() {
	d.told = append(d.told, still{d.story.Snapshot(), d.env.Now()})
	d.moments = story.Moments(d.story.State()) // what comes after this one may be more by now
}

// needs is how many stills there must be for a moment.
func (d *Screen) needs(i int) int {
	n := slices.IndexFunc(story.Steps(), func(s *story.Step) bool { return s.ID == d.moments[i].Step }) + 1
	if d.moments[i].After {
		n++
	}
	if i == len(d.moments)-1 {
		n++
	}
	return n
}

// show brings a moment on the screen. Where it has not happened yet, it is made to happen first.
func (d *Screen) show(i int) tea.Cmd {
	d.gen++
	d.failed = nil
	if len(d.told) < d.needs(i) {
		return d.advance()
	}
	before := d.sent
	onward := i > d.at || i == 0
	d.at = i
	d.sent, d.stop = d.moments[i].Sent(d.still().Snapshot)
	var moving tea.Cmd
	switch {
	case d.sent == nil:
		d.travel.Reset()
	case before == nil || before.ID != d.sent.ID || !d.travel.Out():
		moving = d.travel.Start(len(gate.All()), slices.Index(gate.All(), d.stop.Gate), d.env.Theme.Still || !onward, d.env.After)
	}
	d.wire.Selected = -1
	if d.sent != nil {
		d.wire.Selected = slices.IndexFunc(d.exchanges(), func(e wire.Exchange) bool { return e.ID == d.sent.ID })
	}
	d.wire.Detail.Top()
	d.text.Top()
	d.resting = d.length(moving != nil)
	return tea.Batch(moving, d.wait())
}

// length is how long the moment stays, after the request has travelled.
func (d *Screen) length(travels bool) time.Duration {
	pace := time.Duration(float64(words.Pace(words.Line(d.env.Say(d.moments[d.at].Say(d.still().State))))) / d.speed)
	if travels {
		pace += d.travel.Time()
	}
	return pace
}

// wait lets the rest of the moment pass.
func (d *Screen) wait() tea.Cmd {
	d.gen++
	if d.paused || d.last() && !d.loop {
		return nil
	}
	d.ends = d.env.Now().Add(d.resting)
	return d.env.After(d.resting, momentOver{d.gen})
}

// last reports whether it is at the last moment.
func (d *Screen) last() bool { return d.at == len(d.moments)-1 }

// next is the moment after the one on the screen.
func (d *Screen) next() int { return (d.at + 1) % len(d.moments) }

// removing reports whether all steps were done, so that what was created is removed next.
func (d *Screen) removing() bool { return len(d.told) > len(story.Steps()) }

// advance does what is next.
func (d *Screen) advance() tea.Cmd {
	id, label := story.StepID(""), texts.Text("Remove what was created")
	if !d.removing() {
		step := story.Steps()[len(d.told)-1]
		id, label = step.ID, step.Action
	}
	return d.env.Work.Start(id, d.env.T(label), func(ctx context.Context) (any, error) { return nil, d.do(ctx) })
}

// Update implements [shell.Screen].
func (d *Screen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case kit.Travelled:
		return d.travel.Update(msg, d.env.After), shell.None()
	case momentOver:
		if msg.gen == d.gen {
			return d.show(d.next()), shell.None()
		}
	case shell.Done:
		if msg.Err != nil {
			return nil, d.stopped(msg)
		}
		d.remember()
		return d.show(d.at + 1), shell.None()
	case tea.KeyMsg:
		d.black = false
	case tea.MouseMsg:
		if key := kit.WheelKey(msg); key != "" {
			d.scroll(key)
		}
	}
	return nil, shell.None()
}

// stopped waits for a key: what comes next has failed.
func (d *Screen) stopped(msg shell.Done) shell.Nav {
	d.failed, d.paused = msg.Err, true
	if d.removing() {
		message, hint := d.env.Failure(msg.Err)
		return shell.NotifyError(message + " " + hint)
	}
	return shell.None()
}

// still is the story as it stood at the moment on the screen.
func (d *Screen) still() still { return d.told[d.needs(d.at)-1] }

// exchanges are those of the step on the screen, up to the call that is looked at: what comes of the next one is not shown before.
func (d *Screen) exchanges() []wire.Exchange {
	all := sift.Out(d.still().Exchanges, func(e wire.Exchange) bool { return e.Step != string(d.moments[d.at].Step) })
	if d.moments[d.at].Call != nil && d.sent != nil {
		if i := slices.IndexFunc(all, func(e wire.Exchange) bool { return e.ID == d.sent.ID }); i >= 0 {
			return all[:i+1]
		}
	}
	return all
}

// caption is what is said about the moment on the screen.
func (d *Screen) caption() string {
	if d.failed != nil {
		return d.env.T("This did not go as in the story. Enter tries again.")
	}
	m := d.moments[d.at]
	if m.Way != nil && d.travel.Out() && !d.travel.Arrived() {
		return words.Line(d.env.Say(m.Way(d.still().State)))
	}
	return words.Line(d.env.Say(m.Say(d.still().State)))
}
