package plain

import (
	"context"
	"strconv"

	"fix403/flows/change"
	"fix403/flows/doctor"
	"fix403/flows/doctor/exam"
	"fix403/flows/gate"
	"fix403/flows/problem"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/ui/words"
)

// theFix says what --fix will change.
func (l Lines) theFix(plan []change.Change) {
	l.Printf("\n%s\n", l.in(heading, l.T("The fix")))
	for _, line := range l.Planned(plan) {
		l.Printf("%s\n", l.paragraph(indentation, ink(words.Line(line))))
	}
	if len(plan) == 0 {
		l.Printf("  %s\n", l.T("changes nothing in Keycloak: a new token is enough"))
	}
}

// toBeUndone says which changes --undo undoes.
func (l Lines) toBeUndone(changes []change.Change) {
	l.Printf("\n%s\n", l.in(heading, l.T("This will be undone")))
	for _, line := range l.Planned(changes) {
		l.Printf("%s\n", l.paragraph(indentation, ink(words.Line(l.T("the change that %s", line)))))
	}
}

// after says what the same call did after a fix or its undoing.
func (l Lines) after(d *exam.Diagnosis) {
	if d.After == nil {
		return
	}
	l.Printf("\n%s\n", l.gates(gate.Classify(d.After.Exchange)))
	for _, line := range l.AfterFix(d) {
		l.Printf("%s\n", l.wrap(line))
	}
}

// Diagnosing is what is done beside looking.
type Diagnosing struct {
	Send          bool // a call that could change something is sent, after a question
	Fix, Undo     bool
	Yes           bool          // changes are not asked about
	AllowPowerful bool          // also roles that let their holder become an admin
	Notes         []msg.Message // what was not looked at
	Show          string        // what is shown of the rest: a form of the fix, evidence or all; "" for what fits a screen

	// Again returns the command that was given, with other flags in the place of those for what to do and show.
	Again func(flags ...string) string
}

// Diagnosed is what came of it.
type Diagnosed struct {
	*exam.Diagnosis      // nil where there is none
	Changed         bool // something on the server
}

// Works reports whether the call does what it should, by the last that was seen of it.
func (d Diagnosed) Works() bool {
	if d.After != nil {
		return d.After.Worked
	}
	return d.Verdict.Works()
}

// WouldPass reports whether the call was not sent, and would do what it should.
func (d Diagnosed) WouldPass() bool { return d.After == nil && d.Verdict.WouldWork() }

// CannotFixError is why a fix that was asked for was not made: the verdict stays as it is.
type CannotFixError struct{ Why error }

func (e *CannotFixError) Error() string { return e.Why.Error() }

// Unwrap returns why.
func (e *CannotFixError) Unwrap() error { return e.Why }

// Diagnose finds out why a call fails, and fixes it or undoes the fix where that is asked for.
func (c Console) Diagnose(ctx context.Context, doc *doctor.Doctor, o Diagnosing) (Diagnosed, error) {
	if o.Send && !o.Yes && !doc.Reads() {
		doc.Options.Send = c.Confirm(ctx, c.T("Send %s to %s? fix403 cannot undo what it does.", doc.Call(), doc.URL()))
		if ctx.Err() != nil {
			return Diagnosed{}, ctx.Err()
		}
	}
	diagnosis, err := doc.Diagnose(ctx)
	if err != nil {
		return Diagnosed{}, err
	}
	diagnosis.NotChecked = append(diagnosis.NotChecked, o.Notes...)
	c.diagnosis(doc, o)
	d := Diagnosed{Diagnosis: diagnosis}
	switch {
	case o.Fix:
		d.Changed, err = c.fix(ctx, doc, diagnosis, o)
	case o.Undo:
		d.Changed, err = c.undo(ctx, doc, diagnosis, o)
	}
	return d, err
}

// fix shows what it will change, asks, changes it, and says what the same call does then.
func (c Console) fix(ctx context.Context, doc *doctor.Doctor, diagnosis *exam.Diagnosis, o Diagnosing) (changed bool, err error) {
	if diagnosis.Verdict.Works() || diagnosis.Verdict.WouldWork() {
		return false, nil
	}
	if o.AllowPowerful {
		doc.AllowPowerful()
	}
	err = doc.CanFix()
	if err == nil {
		if err = c.choose(ctx, doc, o); ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
	if err == nil {
		err = doc.CanFix() // what was chosen
	}
	if err == nil && o.Yes {
		err = doc.Allowed()
	}
	if err != nil {
		c.fail(err)
		return false, &CannotFixError{err}
	}
	plan := doc.Plan()
	c.theFix(plan)
	for _, p := range doc.Powers() {
		c.Asides.Warning(p.Description())
	}
	if len(plan) > 0 && !o.Yes {
		if !c.Confirm(ctx, c.T("Change this on %s?", doc.URL())) {
			return false, ctx.Err()
		}
		doc.AllowPowerful() // it was said above the question
	}
	err = doc.Fix(ctx)
	c.after(diagnosis)
	c.afterwards(doc, o, false)
	return err == nil && len(plan) > 0, err
}

// choose asks which of several ways the fix takes, and takes from the flags what nobody can be asked.
func (c Console) choose(ctx context.Context, doc *doctor.Doctor, o Diagnosing) error {
	choices := doc.Choices()
	if len(choices) == 0 {
		return nil
	}
	if o.Yes || c.ReadLine == nil {
		return doc.ChooseFor(o.AllowPowerful)
	}
	c.Printf("\n%s\n", c.T("The fix can grant one of these"))
	for i, choice := range choices {
		c.Printf("  %d. %s\n", i+1, c.Say(choice.Description()))
	}
	for {
		c.Asides.Printf("%s", c.T("Which one? Type its number; enter changes nothing> "))
		line, err := c.ReadLine(ctx)
		if err != nil || line == "" {
			return doc.Undecided()
		}
		if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(choices) {
			doc.Choose(choices[n-1])
			return nil
		}
	}
}

// undo takes back what earlier fixes changed for this client.
func (c Console) undo(ctx context.Context, doc *doctor.Doctor, diagnosis *exam.Diagnosis, o Diagnosing) (changed bool, err error) {
	changes, err := doc.Undoable()
	if err != nil {
		return false, err
	}
	certain := sift.Out(changes, change.Change.InDoubt)
	c.toBeUndone(certain)
	if len(changes) > 0 && len(certain) == 0 {
		_, err := doc.Undo(ctx) // which names what is in doubt
		return false, err
	}
	if len(changes) == 0 {
		return false, &problem.CheckError{Kind: "nothing-to-undo", Message: msg.New("The journal has no change by fix403 doctor for this client on this server."),
			Hint: msg.New("Only what --fix changed from this machine can be undone.")}
	}
	if !o.Yes && !c.Confirm(ctx, c.T("Undo this on %s?", doc.URL())) {
		return false, ctx.Err()
	}
	_, err = doc.Undo(ctx)
	c.after(diagnosis)
	c.afterwards(doc, o, true)
	return err == nil, err
}
