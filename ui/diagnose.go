package ui

import (
	"context"
	"slices"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/doctor"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// checkup is a call that is diagnosed: what is sent for it, and what was found. Work on it runs on a goroutine of its own;
// what the screens draw is in the fields below the lock's, which only answers change.
type checkup struct {
	env      *shell.Env
	question doctor.Question // "" of it on the practice server
	options  doctor.Options
	notes    []string
	practice string       // version of the practice server; "" for a call of one's own
	story    *flows.Story // that set the practice server up
	recorder *keycloak.Recorder

	mu  sync.Mutex
	doc *doctor.Doctor

	finding
	mended bool  // by the last that was done
	undone bool  // likewise
	err    error // of the last that was done
}

// finding is a copy of what a doctor knows, made while nothing runs.
type finding struct {
	diagnosis *doctor.Diagnosis // nil before there is one
	plan      []flows.Change
	powers    []doctor.Power // what the plan gives that is powerful
	cannot    error          // why the fix can not be applied
	undoable  []flows.Change
}

// What is done about a call.
type deed = texts.Text

const (
	deedDiagnose deed = "Diagnose"
	deedFix      deed = "Apply the fix"
	deedUndo     deed = "Undo the fix"
)

// diagnosed is the answer of the calls.
type diagnosed struct {
	c    *checkup
	deed deed
	finding
}

// newCheckup prepares the diagnosis of a call; nothing is sent.
func newCheckup(env *shell.Env, q doctor.Question, admin *keycloak.Credentials) (*checkup, error) {
	if !env.Defaults.Practice {
		q.Named = env.Defaults.URL
	}
	o, notes, err := doctor.Prepare(q)
	if err != nil {
		return nil, err
	}
	o.TLS, o.Timeout, o.Journal, o.Admin = env.Defaults.TLS, env.Defaults.Timeout, env.Defaults.Journal, admin
	o.Write = true // only for what is asked for and confirmed
	c := &checkup{env: env, question: q, notes: notes}
	return c, c.prepare(o)
}

// newPractice prepares one of a client without a role, on the practice server as a version.
func newPractice(env *shell.Env, version string) *checkup {
	return &checkup{env: env, practice: version, recorder: env.NewRecorder()}
}

// prepare makes the doctor.
func (c *checkup) prepare(o doctor.Options) error {
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

func (c *checkup) doctor() *doctor.Doctor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.doc
}

// begin does something about the call.
func (c *checkup) begin(what deed) tea.Cmd {
	env := c.env
	label := texts.T(what)
	if what == deedDiagnose && c.practice != "" && c.doctor() == nil {
		o := env.WithEvents(env.Defaults)
		o.Practice, o.As, o.Params, o.Journal, o.Resume = true, c.practice, flows.DefaultParams(), nil, nil
		story, err := flows.New(o)
		if err != nil {
			c.err = err
			return nil
		}
		c.story = story
		label = texts.T("Set up a client without a role, and diagnose its call")
	}
	return env.Work.Start("diagnose", label, func(ctx context.Context) (any, error) {
		err := c.do(ctx, what)
		if err != nil && what == deedDiagnose {
			return diagnosed{c: c, deed: what}, err // there is none, or half of one
		}
		return diagnosed{c, what, c.found()}, err
	})
}

func (c *checkup) do(ctx context.Context, what deed) (err error) {
	switch what {
	case deedDiagnose:
		if c.doctor() == nil {
			o, err := doctor.SetUp(ctx, c.story)
			if err == nil {
				err = c.prepare(o)
			}
			if err != nil {
				return err
			}
		}
		_, err = c.doctor().Diagnose(ctx)
	case deedFix:
		c.doctor().AllowPowerful() // it was said above the question
		err = c.doctor().Fix(ctx)
	case deedUndo:
		_, err = c.doctor().Undo(ctx)
	}
	return err
}

// found copies what the doctor knows.
func (c *checkup) found() finding {
	doc := c.doctor()
	if doc == nil || doc.Last() == nil {
		return finding{}
	}
	d := *doc.Last()
	d.Evidence, d.NotChecked = slices.Clone(d.Evidence), append(slices.Clone(d.NotChecked), c.notes...)
	for i, text := range d.NotChecked {
		d.NotChecked[i] = words.InForm(text)
	}
	f := finding{diagnosis: &d, plan: doc.Plan(), powers: doc.Powers(), cannot: doc.CanFix()}
	f.undoable, _ = doc.Undoable() // a journal that can not be read has nothing to offer
	return f
}

// took notes the answer of a call.
func (c *checkup) took(msg shell.Done, answer diagnosed) {
	c.err = msg.Err
	if answer.diagnosis != nil {
		c.finding = answer.finding
	}
	if msg.Err == nil {
		c.mended, c.undone = answer.deed == deedFix, answer.deed == deedUndo
	}
}

// again makes a new diagnosis of the same call.
func (c *checkup) again() (tea.Cmd, shell.Nav) {
	if err := c.prepare(c.options); err != nil {
		return nil, shell.NotifyError(err.Error())
	}
	return c.begin(deedDiagnose), shell.None()
}

// whyNotAgain: without a journal only the doctor that made a change can undo it.
func (c *checkup) whyNotAgain() string {
	if c.options.Journal == nil && len(c.undoable) > 0 {
		return texts.T("Undo the fix first (u): nothing but this diagnosis knows of it.")
	}
	return ""
}

// exchanges are all that were made for the call, those of the set-up first.
func (c *checkup) exchanges() []keycloak.Exchange {
	var all []keycloak.Exchange
	if c.story != nil {
		all = c.story.Exchanges()
	}
	all = append(slices.Clone(all), c.recorder.Exchanges()...)
	for i := range all {
		all[i].ID = i + 1 // of two records
	}
	return all
}

func (c *checkup) mask(text string) string { return c.recorder.Mask(text) }

func (c *checkup) url() string {
	if c.practice != "" {
		return texts.T("practice server, as %s", c.practice)
	}
	return c.options.URL
}

func (c *checkup) where() string {
	if c.practice != "" {
		return c.url()
	}
	return words.Line(kit.Host(c.url()))
}

// whyNotFix says why the fix can not be applied; "" if it can.
func (c *checkup) whyNotFix() string {
	switch {
	case c.diagnosis == nil:
		return texts.T("There is no diagnosis yet.")
	case c.mended:
		return texts.T("The fix has been applied; u takes it back.")
	case c.diagnosis.Verdict.Works():
		return texts.T("Nothing is to be fixed: the call works.")
	case c.cannot == nil:
		return ""
	case c.diagnosis.Gate == flows.GateRole && c.options.Admin == nil && c.options.Realm != "master":
		return texts.T("The fix takes an admin: esc leads back to the form, where a login can be given.")
	}
	message, hint := words.Failure(c.cannot)
	return words.InForm(message + " " + hint)
}

// whyNotUndo says why nothing can be undone; "" if something can.
func (c *checkup) whyNotUndo() string {
	switch {
	case len(c.undoable) == 0:
		return texts.T("Nothing to undo: no fix of this program stands for this client on this server.")
	case c.options.Admin == nil:
		return texts.T("Undoing takes an admin: esc leads back to the form, where a login can be given.")
	}
	return ""
}

// fixes are the diagnoses that changed something on a server that outlives the program.
type fixes []*checkup

// add notes a diagnosis, if it did.
func (f *fixes) add(c *checkup) {
	if c.practice == "" && len(c.undoable) > 0 && !slices.Contains(*f, c) {
		*f = append(*f, c)
	}
}

// summary is what stands of the fixes, as text.
func (f fixes) summary() string {
	text := ""
	for i, c := range f {
		later := func(o *checkup) bool {
			return o.options.URL == c.options.URL && o.options.ClientID == c.options.ClientID
		}
		if !slices.ContainsFunc(f[i+1:], later) { // that knows better
			text += words.Standing(c.options.URL, c.undoable)
		}
	}
	return text
}
