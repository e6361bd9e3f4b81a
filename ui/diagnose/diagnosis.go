package diagnose

import (
	"context"
	"slices"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/doctor"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
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

// diagnosis is a call that is diagnosed: what is sent for it, and what was found. Work on it runs on a goroutine of its own;
// what the screens draw is in the fields below the lock's, which only answers change.
type diagnosis struct {
	env      *shell.Env
	question intake.Question // "" of it on the practice server
	options  given.Options
	notes    []msg.Message
	practice string       // version of the practice server; "" for a call of one's own
	story    *story.Story // that set the practice server up
	recorder *wire.Recorder

	mu  sync.Mutex
	doc *doctor.Doctor

	snapshot
	fixed  bool  // by the last that was done
	undone bool  // by the last that was done
	err    error // of the last that was done
}

// snapshot is a copy of what a doctor knows, made while nothing runs.
type snapshot struct {
	diagnosis *exam.Diagnosis // nil before there is one
	plan      []change.Change
	powers    []roles.Power // what the plan gives that is powerful
	cannot    error         // why the fix cannot be applied
	undoable  []change.Change
	clicks    []string // in the Admin Console
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
	c      *diagnosis
	action action
	snapshot
}

// newDiagnosis prepares the diagnosis of a call; nothing is sent.
func newDiagnosis(env *shell.Env, q intake.Question, admin *keycloak.Credentials) (*diagnosis, error) {
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
	c := &diagnosis{env: env, question: q, notes: prepared.Notes}
	return c, c.prepare(o)
}

// newPractice prepares one of a client without a role, on the practice server as a version.
func newPractice(env *shell.Env, version string) *diagnosis {
	return &diagnosis{env: env, practice: version, recorder: env.NewRecorder()}
}

// prepare makes the doctor.
func (c *diagnosis) prepare(o given.Options) error {
	if c.recorder == nil {
		c.recorder = c.env.NewRecorder()
	}
	o.Recorder, o.Now = c.recorder, c.env.Now
	doc, err := doctor.New(o)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.options, c.doc = o, doc
	return nil
}

func (c *diagnosis) doctor() *doctor.Doctor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.doc
}

// begin does something about the call.
func (c *diagnosis) begin(what action) tea.Cmd {
	env := c.env
	label := c.env.T(what)
	if what == actionDiagnose && c.practice != "" && c.doctor() == nil && c.story == nil {
		o := env.WithEvents(env.Defaults)
		o.Practice, o.As, o.Params, o.Journal, o.Resume = true, c.practice, params.DefaultParams(), nil, nil
		story, err := story.New(o)
		if err != nil {
			c.err = err
			return nil
		}
		c.story = story
		label = c.env.T("Set up a client without a role, and diagnose its call")
	}
	return env.Work.Start("diagnose", label, func(ctx context.Context) (any, error) {
		err := c.do(ctx, what)
		if err != nil && what == actionDiagnose {
			return diagnosed{c: c, action: what}, err // there is none, or half of one
		}
		return diagnosed{c, what, c.found()}, err
	})
}

func (c *diagnosis) do(ctx context.Context, what action) (err error) {
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
		if err = c.doctor().ChooseFor(false); err == nil {
			err = c.doctor().Fix(ctx)
		}
	case actionUndo:
		_, err = c.doctor().Undo(ctx)
	}
	return err
}

// found copies what the doctor knows.
func (c *diagnosis) found() snapshot {
	doc := c.doctor()
	if doc == nil || doc.Last() == nil {
		return snapshot{}
	}
	d := *doc.Last()
	d.Evidence, d.NotChecked = slices.Clone(d.Evidence), append(slices.Clone(d.NotChecked), c.notes...)
	for i, m := range d.NotChecked {
		d.NotChecked[i] = words.InForm(m)
	}
	f := snapshot{diagnosis: &d, plan: doc.Plan(), powers: doc.Powers(), cannot: doc.CanFix()}
	if choices := doc.Choices(); f.cannot == nil && len(choices) > 0 && !choices[0].Reduced {
		f.cannot = doc.Undecided()
	}
	f.clicks, _ = c.env.Theme.Clicks(&d, console.Of(doc.Version), doc.Options.Realm, doc.Options.ClientID, c.env.Theme.Glyphs.Arrow)
	f.undoable, _ = doc.Undoable() // a journal that cannot be read has nothing to offer
	return f
}

// handleResult notes the answer of a call.
func (c *diagnosis) handleResult(done shell.Done, answer diagnosed) {
	c.err = done.Err
	if answer.diagnosis != nil {
		c.snapshot = answer.snapshot
	}
	if done.Err == nil {
		c.fixed, c.undone = answer.action == actionFix, answer.action == actionUndo
	}
}

// again makes a new diagnosis of the same call.
func (c *diagnosis) again() (tea.Cmd, shell.Nav) {
	if err := c.prepare(c.options); err != nil {
		return nil, shell.NotifyError(c.env.Error(err))
	}
	return c.begin(actionDiagnose), shell.None()
}

// againDisabledReason: without a journal only the doctor that made a change can undo it.
func (c *diagnosis) againDisabledReason() string {
	if c.options.Journal == nil && len(c.undoable) > 0 {
		return c.env.T("Undo the fix first (u): only this diagnosis knows about it.")
	}
	return ""
}

// exchanges are all that were made for the call, those of the set-up first.
func (c *diagnosis) exchanges() []wire.Exchange {
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

func (c *diagnosis) mask(text string) string { return c.recorder.Mask(text) }

func (c *diagnosis) url() string {
	if c.practice != "" {
		return c.env.Say(kit.PracticeServer(c.practice))
	}
	return c.options.URL
}

func (c *diagnosis) where() string {
	if c.practice != "" {
		return c.url()
	}
	return words.Line(kit.Host(c.url()))
}

// fixDisabledReason says why the fix cannot be applied; "" if it can.
func (c *diagnosis) fixDisabledReason() string {
	switch {
	case c.diagnosis == nil:
		return c.env.T("There is no diagnosis yet.")
	case c.fixed:
		return c.env.T("The fix is applied; u undoes it.")
	case c.diagnosis.Verdict.WouldWork():
		return c.env.T("Nothing to fix: the call is not sent, and would pass.")
	case c.diagnosis.Verdict.Works():
		return c.env.T("Nothing to fix: the call works.")
	case c.cannot == nil:
		return ""
	case c.needsAdmin():
		return c.env.T("The fix requires an admin: esc leads back to the form, where you can enter a login.")
	}
	message, hint := c.env.FailureInForm(c.cannot)
	return message + " " + hint
}

// needsAdmin reports whether an admin's login is what the fix lacks.
func (c *diagnosis) needsAdmin() bool {
	return c.diagnosis.Gate == gate.Role && c.options.Admin == nil && c.options.Realm != "master"
}

// undoDisabledReason says why nothing can be undone; "" if something can.
func (c *diagnosis) undoDisabledReason() string {
	switch {
	case len(c.undoable) == 0:
		return c.env.T("Nothing to undo: for this client, no fix of this program is in place on this server.")
	case c.options.Admin == nil:
		return c.env.T("Undoing requires an admin: esc leads back to the form, where you can enter a login.")
	}
	return ""
}

// fixes are the diagnoses that changed something on a server that outlives the program.
type fixes []*diagnosis

// add notes a diagnosis, if it did.
func (f *fixes) add(c *diagnosis) {
	if c.practice == "" && len(c.undoable) > 0 && !slices.Contains(*f, c) {
		*f = append(*f, c)
	}
}

// summary is what stands of the fixes, as text.
func (f fixes) summary() string {
	text := ""
	for i, c := range f {
		later := func(o *diagnosis) bool {
			return o.options.URL == c.options.URL && o.options.ClientID == c.options.ClientID
		}
		if !slices.ContainsFunc(f[i+1:], later) { // that knows better
			text += c.env.Outstanding(c.options.URL, c.undoable)
		}
	}
	return text
}
