// Package demo plays the story by itself, with captions.
package demo

import (
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// demoSpeeds are what the keys choose from.
var demoSpeeds = []float64{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4}

// Screen plays a story on the screens of its steps, with captions. What it shows are stills: the server is asked only
// where the playing gets further than before, so going back or starting again changes nothing.
type Screen struct {
	env     *shell.Env
	story   *story.Story
	step    ShowStep
	moments []story.Moment
	leave   shell.Nav // where it ends
	home    bool      // that is the home screen

	at     int          // the moment on the screen
	told   []still      // after none of the steps, after the first, ...; the last is after what was created has been removed
	shown  shell.Screen // what is drawn above the caption
	failed error        // of what comes next

	w, h    int // of what is shown
	speed   float64
	paused  bool
	big     bool
	gen     int // of the newest wait
	ends    time.Time
	resting time.Duration // what is left of the moment while it is paused
}

// ShowStep makes the screen of a step of what look returns, as it would be drawn at that time.
type ShowStep func(env *shell.Env, look func() story.Snapshot, step story.StepID) shell.Screen

// still is the story as it stood at a time.
type still struct {
	story.Snapshot
	at time.Time
}

// momentOver says that a moment has been on the screen long enough.
type momentOver struct{ gen int }

// What the calls answer: the next step was done, or what was created has been removed.
type (
	didStep      struct{}
	removedAgain struct{}
)

// New makes the screen.
func New(env *shell.Env, o story.Options, speed float64, step ShowStep) (*Screen, error) {
	o = env.WithEvents(o)
	o.IDSeed, o.InParts = story.DemoSeed, false
	if o.Params.Realm == "" {
		o.Params = params.DefaultParams()
	}
	s, err := story.New(o)
	if err != nil {
		return nil, err
	}
	d := &Screen{env: env, story: s, step: step, moments: story.Moments(s.State()), speed: speed, leave: shell.Quit()}
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

// Where implements [shell.Located].
func (d *Screen) Where() string { return d.env.Say(kit.ServerName(d.story.State())) }

// Enter implements [shell.Screen].
func (d *Screen) Enter() tea.Cmd { return d.show(0) }

// Leave implements [shell.Screen].
func (d *Screen) Leave() { d.gen++ }

// Typing implements [shell.Screen].
func (d *Screen) Typing() bool { return false }

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
	d.at = i
	d.shown = d.draw()
	d.resting = d.length()
	return d.wait()
}

// length is how long the moment stays.
func (d *Screen) length() time.Duration {
	return time.Duration(float64(words.Pace(d.caption())) / d.speed)
}

// wait lets the rest of the moment pass.
func (d *Screen) wait() tea.Cmd {
	d.gen++
	if d.paused || d.last() {
		return nil
	}
	gen := d.gen
	d.ends = d.env.Now().Add(d.resting)
	return tea.Tick(d.resting, func(time.Time) tea.Msg { return momentOver{gen} })
}

// last reports whether it is at the last moment.
func (d *Screen) last() bool { return d.at == len(d.moments)-1 }

// advance does the next step, or after the last one removes what was created.
func (d *Screen) advance() tea.Cmd {
	d.shown = d.step(d.env, d.story.Snapshot, d.moments[d.at].Step)
	if n := len(d.told) - 1; n < len(story.Steps()) {
		step := story.Steps()[n]
		d.shown = d.step(d.env, d.story.Snapshot, step.ID)
		return d.env.Work.Start(step.ID, d.env.T(step.Action), func(ctx context.Context) (any, error) {
			_, err := d.story.Do(ctx, step.ID)
			return didStep{}, err
		})
	}
	return d.env.Work.Start("", d.env.T("Remove what was created"), func(ctx context.Context) (any, error) {
		return removedAgain{}, d.story.Cleanup(ctx)
	})
}

// Update implements [shell.Screen].
func (d *Screen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case momentOver:
		if msg.gen == d.gen {
			return d.show(d.at + 1), shell.None()
		}
	case shell.Done:
		if msg.Err != nil {
			return nil, d.stop(msg)
		}
		d.told = append(d.told, still{d.story.Snapshot(), d.env.Now()})
		d.moments = story.Moments(d.story.State()) // what comes after this one may be more by now
		return d.show(d.at + 1), shell.None()
	case tea.WindowSizeMsg:
		d.shown.Update(msg)
	}
	return nil, shell.None()
}

// stop waits for a key: what comes next has failed.
func (d *Screen) stop(msg shell.Done) shell.Nav {
	d.failed, d.paused = msg.Err, true
	if _, removing := msg.Answer.(removedAgain); removing {
		message, hint := d.env.Failure(msg.Err)
		return shell.NotifyError(message + " " + hint)
	}
	d.shown = d.step(d.env, d.story.Snapshot, msg.Step)
	return shell.None()
}

// draw is the screen of the moment, as the wizard would show it.
func (d *Screen) draw() shell.Screen {
	m, then := d.moments[d.at], d.still()
	v := d.step(d.env.At(then.at), func() story.Snapshot { return then.Snapshot }, m.Step)
	if m.Token {
		if b, found := shell.Find(v.Keys(), "t", false); found {
			b.Do()
		}
	}
	return v
}

// still is the story as it stood at the moment on the screen.
func (d *Screen) still() still { return d.told[d.needs(d.at)-1] }

// caption is what is said about the moment on the screen.
func (d *Screen) caption() string {
	switch {
	case d.env.Work.Busy():
		return d.env.Work.Label() + " ..."
	case d.failed != nil:
		return d.env.T("This did not go as the story says. Enter tries it again.")
	}
	return words.Line(d.env.Say(d.moments[d.at].Say(d.still().State)))
}

// pause stops the playing, or lets it go on.
func (d *Screen) pause() (tea.Cmd, shell.Nav) {
	d.paused = !d.paused
	if d.paused {
		d.resting = max(0, d.ends.Sub(d.env.Now()))
	}
	return d.wait(), shell.None()
}

// KeyWhileWorking implements [shell.Busy]: the playing can be stopped while a call runs, and stops when the answer is there.
func (d *Screen) KeyWhileWorking(key string) {
	if key == " " || key == "p" {
		d.paused = !d.paused
	}
}

func (d *Screen) forward() (tea.Cmd, shell.Nav) {
	if d.last() {
		return nil, shell.None()
	}
	return d.show(d.at + 1), shell.None()
}

// back also pauses: who goes back wants to say something about it.
func (d *Screen) back() (tea.Cmd, shell.Nav) {
	d.paused = true
	return d.show(max(0, d.at-1)), shell.None()
}

func (d *Screen) again() (tea.Cmd, shell.Nav) {
	d.paused = false
	return d.show(0), shell.None()
}

// scrolling is a screen that says whether a key scrolled it.
type scrolling interface{ Scroll(key string) bool }

// page scrolls what is shown, and goes elsewhere where there is nothing more to see.
func (d *Screen) page(key string, elsewhere func() (tea.Cmd, shell.Nav)) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if s, can := d.shown.(scrolling); can && s.Scroll(key) || elsewhere == nil {
			return nil, shell.None()
		}
		return elsewhere()
	}
}

// faster goes to the next of the speeds, slower to the one before; what is left of the moment changes with it.
func (d *Screen) faster(by int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		i, exact := slices.BinarySearch(demoSpeeds, d.speed)
		if !exact && by > 0 {
			i--
		}
		to := demoSpeeds[max(0, min(len(demoSpeeds)-1, i+by))]
		if by > 0 {
			to = max(to, d.speed) // --speed may be beyond the table
		} else {
			to = min(to, d.speed)
		}
		left := d.resting
		if !d.paused {
			left = max(0, d.ends.Sub(d.env.Now()))
		}
		d.resting = time.Duration(float64(left) * d.speed / to)
		d.speed = to
		return d.wait(), shell.None()
	}
}

func (d *Screen) atTheEnd() string {
	if d.last() {
		return d.env.T("This is the end. r plays it again.")
	}
	return ""
}

// Keys implements [shell.Screen].
func (d *Screen) Keys() []shell.Binding {
	label, help := texts.Text("pause"), texts.Text("stop here")
	if d.paused {
		label, help = "go on", "go on playing"
	}
	where := texts.Text("quit")
	if d.home {
		where = "back to the home screen"
	}
	return []shell.Binding{
		{Keys: []string{" ", "p"}, Label: label, Help: help, Disabled: d.atTheEnd, Do: d.pause},
		{Keys: []string{"enter", "right"}, Label: "on", Help: "to the next moment at once", Disabled: d.atTheEnd, Do: d.forward},
		{Keys: []string{"left"}, Label: "back", Help: "the moment before, and pause; the server is not asked again", Do: d.back},
		{Keys: []string{"+", "="}, Label: "faster", Help: "faster", Do: d.faster(1)},
		{Keys: []string{"-"}, Help: "slower", Do: d.faster(-1)},
		{Keys: []string{"z"}, Label: "big", Help: "the caption in letters set wide, for a projector, or close together", Do: func() (tea.Cmd, shell.Nav) {
			d.big = !d.big
			return nil, shell.None()
		}},
		{Keys: []string{"r", "home"}, Label: "repeat", Help: "from the start; the server is not asked again for what it answered", Do: d.again},
		{Keys: []string{"pgdown"}, Help: "the rest of a long screen, then the next moment: this key is on a presenter's remote", Do: d.page("pgdown", d.forward)},
		{Keys: []string{"pgup"}, Help: "likewise back", Do: d.page("pgup", d.back)},
		{Keys: []string{"down"}, Help: "scroll", Do: d.page("down", nil)},
		{Keys: []string{"up"}, Help: "scroll", Do: d.page("up", nil)},
		{Keys: []string{"q", "esc"}, Label: "leave", Help: where, Do: func() (tea.Cmd, shell.Nav) { return nil, d.leave }},
	}
}
