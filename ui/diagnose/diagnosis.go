package diagnose

import (
	"context"
	"slices"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/change"
	"fix403/flows/doctor"
	"fix403/flows/gate"
	"fix403/flows/intake"
	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Diagnosis is a call that is diagnosed: what is sent for it, and what was found. Work on it runs on a goroutine of its own;
// what the screens draw is in the fields below the lock's, which only answers change.
type Diagnosis struct {
	Env      *shell.Env
	question intake.Question // "" of it on the practice server
	Options  doctor.Options
	notes    []msg.Message
	Practice string       // version of the practice server; "" for a call of one's own
	story    *story.Story // that set the practice server up
	recorder *wire.Recorder

	mu  sync.Mutex
	doc *doctor.Doctor

	Snapshot
	mended bool  // by the last that was done
	undone bool  // by the last that was done
	err    error // of the last that was done
}

// Snapshot is a copy of what a doctor knows, made while nothing runs.
type Snapshot struct {
	Diagnosis *doctor.Diagnosis // nil before there is one
	Plan      []change.Change
	Powers    []roles.Power // what the plan gives that is powerful
	cannot    error         // why the fix cannot be applied
	undoable  []change.Change
}

// What is done about a call.
type action = texts.Text

// The actions, as they are named while they run.
const (
	actionDiagnose action = "Diagnose"
	actionFix      action = "Apply the fix"
	actionUndo     action = "Undo the fix"
)

// diagnosed is the answer of the calls.
type diagnosed struct {
	c      *Diagnosis
	action action
	Snapshot
}

// newDiagnosis prepares the diagnosis of a call; nothing is sent.
func newDiagnosis(env *shell.Env, q intake.Question, admin *keycloak.Credentials) (*Diagnosis, error) {
	if !env.Defaults.Practice {
		q.Named = env.Defaults.URL
	}
	prepared, err := intake.Prepare(q)
	if err != nil {
		return nil, err
	}
	o := prepared.Options
	o.TLS, o.Timeout, o.Journal, o.Admin = env.Defaults.TLS, env.Defaults.Timeout, env.Defaults.Journal, admin
	o.Write = true // only for what is asked for and confirmed
	c := &Diagnosis{Env: env, question: q, notes: prepared.Notes}
	return c, c.prepare(o)
}

// NewPractice prepares one of a client without a role, on the practice server as a version.
func NewPractice(env *shell.Env, version string) *Diagnosis {
	return &Diagnosis{Env: env, Practice: version, recorder: env.NewRecorder()}
}

// prepare makes the doctor.
func (c *Diagnosis) prepare(o doctor.Options) error {
	if c.recorder == nil {
		c.recorder = c.Env.NewRecorder()
	}
	o.Recorder, o.Now = c.recorder, c.Env.Now
	doc, err := doctor.New(o)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Options, c.doc = o, doc
	return nil
}

func (c *Diagnosis) doctor() *doctor.Doctor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.doc
}

// begin does something about the call.
func (c *Diagnosis) begin(what action) tea.Cmd {
	env := c.Env
	label := c.Env.T(what)
	if what == actionDiagnose && c.Practice != "" && c.doctor() == nil {
		o := env.WithEvents(env.Defaults)
		o.Practice, o.As, o.Params, o.Journal, o.Resume = true, c.Practice, params.DefaultParams(), nil, nil
		story, err := story.New(o)
		if err != nil {
			c.err = err
			return nil
		}
		c.story = story
		label = c.Env.T("Set up a client without a role, and diagnose its call")
	}
	return env.Work.Start("diagnose", label, func(ctx context.Context) (any, error) {
		err := c.do(ctx, what)
		if err != nil && what == actionDiagnose {
			return diagnosed{c: c, action: what}, err // there is none, or half of one
		}
		return diagnosed{c, what, c.Found()}, err
	})
}

func (c *Diagnosis) do(ctx context.Context, what action) (err error) {
	switch what {
	case actionDiagnose:
		if c.doctor() == nil {
			o, err := intake.SetUp(ctx, c.story)
			if err == nil {
				err = c.prepare(o)
			}
			if err != nil {
				return err
			}
		}
		_, err = c.doctor().Diagnose(ctx)
	case actionFix:
		c.doctor().AllowPowerful() // it was said above the question
		err = c.doctor().Fix(ctx)
	case actionUndo:
		_, err = c.doctor().Undo(ctx)
	}
	return err
}

// Found copies what the doctor knows.
func (c *Diagnosis) Found() Snapshot {
	doc := c.doctor()
	if doc == nil || doc.Last() == nil {
		return Snapshot{}
	}
	d := *doc.Last()
	d.Evidence, d.NotChecked = slices.Clone(d.Evidence), append(slices.Clone(d.NotChecked), c.notes...)
	for i, m := range d.NotChecked {
		d.NotChecked[i] = words.InForm(m)
	}
	f := Snapshot{Diagnosis: &d, Plan: doc.Plan(), Powers: doc.Powers(), cannot: doc.CanFix()}
	f.undoable, _ = doc.Undoable() // a journal that cannot be read has nothing to offer
	return f
}

// handleResult notes the answer of a call.
func (c *Diagnosis) handleResult(done shell.Done, answer diagnosed) {
	c.err = done.Err
	if answer.Diagnosis != nil {
		c.Snapshot = answer.Snapshot
	}
	if done.Err == nil {
		c.mended, c.undone = answer.action == actionFix, answer.action == actionUndo
	}
}

// again makes a new diagnosis of the same call.
func (c *Diagnosis) again() (tea.Cmd, shell.Nav) {
	if err := c.prepare(c.Options); err != nil {
		return nil, shell.NotifyError(c.Env.Error(err))
	}
	return c.begin(actionDiagnose), shell.None()
}

// againDisabledReason: without a journal only the doctor that made a change can undo it.
func (c *Diagnosis) againDisabledReason() string {
	if c.Options.Journal == nil && len(c.undoable) > 0 {
		return c.Env.T("Undo the fix first (u): nothing but this diagnosis knows of it.")
	}
	return ""
}

// Exchanges are all that were made for the call, those of the set-up first.
func (c *Diagnosis) Exchanges() []wire.Exchange {
	var all []wire.Exchange
	if c.story != nil {
		all = c.story.Exchanges()
	}
	all = append(slices.Clone(all), c.recorder.Exchanges()...)
	for i := range all {
		all[i].ID = i + 1 // of two records
	}
	return all
}

func (c *Diagnosis) mask(text string) string { return c.recorder.Mask(text) }

func (c *Diagnosis) url() string {
	if c.Practice != "" {
		return c.Env.T("practice server, as %s", c.Practice)
	}
	return c.Options.URL
}

func (c *Diagnosis) where() string {
	if c.Practice != "" {
		return c.url()
	}
	return words.Line(kit.Host(c.url()))
}

// fixDisabledReason says why the fix cannot be applied; "" if it can.
func (c *Diagnosis) fixDisabledReason() string {
	switch {
	case c.Diagnosis == nil:
		return c.Env.T("There is no diagnosis yet.")
	case c.mended:
		return c.Env.T("The fix has been applied; u takes it back.")
	case c.Diagnosis.Verdict.Works():
		return c.Env.T("Nothing is to be fixed: the call works.")
	case c.cannot == nil:
		return ""
	case c.Diagnosis.Gate == gate.Role && c.Options.Admin == nil && c.Options.Realm != "master":
		return c.Env.T("The fix takes an admin: esc leads back to the form, where a login can be given.")
	}
	message, hint := c.Env.FailureInForm(c.cannot)
	return message + " " + hint
}

// undoDisabledReason says why nothing can be undone; "" if something can.
func (c *Diagnosis) undoDisabledReason() string {
	switch {
	case len(c.undoable) == 0:
		return c.Env.T("Nothing to undo: no fix of this program stands for this client on this server.")
	case c.Options.Admin == nil:
		return c.Env.T("Undoing takes an admin: esc leads back to the form, where a login can be given.")
	}
	return ""
}

// fixes are the diagnoses that changed something on a server that outlives the program.
type fixes []*Diagnosis

// add notes a diagnosis, if it did.
func (f *fixes) add(c *Diagnosis) {
	if c.Practice == "" && len(c.undoable) > 0 && !slices.Contains(*f, c) {
		*f = append(*f, c)
	}
}

// summary is what stands of the fixes, as text.
func (f fixes) summary() string {
	text := ""
	for i, c := range f {
		later := func(o *Diagnosis) bool {
			return o.Options.URL == c.Options.URL && o.Options.ClientID == c.Options.ClientID
		}
		if !slices.ContainsFunc(f[i+1:], later) { // that knows better
			text += c.Env.Outstanding(c.Options.URL, c.undoable)
		}
	}
	return text
}
