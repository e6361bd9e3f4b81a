package plain

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/keycloak/msg"
)

// Recorded is what the journal has of a server.
func (l Lines) Recorded(server string, entries []journal.Entry) {
	l.Println(server)
	for _, e := range entries {
		l.Printf("  %s\n", change.Describe(e))
	}
}

// found lists what was found on a server. would says that it is only looked at, anyRun that questions are answered with yes.
func (l Lines) found(d *down.Down, would, anyRun bool) {
	found := 0
	for _, r := range d.Removals {
		why := r.Why
		switch {
		case r.Remove && would:
			why = msg.New("would be removed: %s", why)
		case !r.Question.Empty() && anyRun:
			why = r.Doubt
			if would {
				why = msg.New("would be removed: %s", why)
			}
		}
		if r.Remove || r.InDoubt {
			found++
		}
		l.Printf("%-8s %s: %s\n", l.Say(r.Kind.Word()), r.Label(), why)
	}
	switch {
	case found > 0:
	case d.Refused() != nil:
		l.Println(l.T("This admin cannot remove any of it on %s.", d.URL()))
	default:
		l.Println(l.T("There is nothing to remove on %s.", d.URL()))
	}
}

// gone says what was removed.
func (l Lines) gone(d *down.Down) {
	for _, r := range d.Removals {
		if r.Removed {
			l.Println(l.Say(r.Done()))
		}
	}
}

// Removing is how what was found on a server is gone through.
type Removing struct {
	DryRun    bool
	Yes       bool   // it is not asked whether to do it
	AnyRun    bool   // what fix403 cannot know to be its own is taken, too
	Realm     string // that is looked at by its name; "" for none
	OnlyRealm bool   // it alone
	Journal   *journal.Journal
}

// Removed is what came of it.
type Removed struct {
	Damage journal.Damage // of the journal
}

// Remove says what was found, asks, and removes it. Removed is nil where it was given up.
func (c Console) Remove(ctx context.Context, d *down.Down, o Removing) (*Removed, error) {
	c.found(d, o.DryRun, o.AnyRun)
	if err := c.answer(ctx, d, o); err != nil {
		return nil, err
	}
	would := c.wouldRemove(d)
	of, err := &Removed{Damage: d.Damage()}, error(nil)
	switch {
	case o.DryRun:
	case len(would) == 0 || o.Yes || c.Confirm(ctx, c.T("On %s: %s. Do it?", d.URL(), strings.Join(would, "; "))):
		err = d.Remove(ctx)
		if repaired, repairErr := o.Journal.Repair(); of.Damage.Lines > 0 && (repairErr != nil || repaired.Lines > 0) {
			of.Damage, err = repaired, errors.Join(err, repairErr)
		}
	default:
		c.Asides.Println(c.T("Nothing was removed."))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	err = errors.Join(err, d.Refused())
	within := slices.ContainsFunc(d.Removals, func(r down.Removal) bool { return r.Remove && r.Realm == o.Realm })
	if refused := refusedRealm(d, o.Realm); err == nil && refused != nil && (len(would) == 0 || o.OnlyRealm && !within) {
		err = refused
	}
	for _, other := range []error{d.InDoubt(), of.Damage.Err()} {
		if err == nil {
			err = other
		} else if other != nil {
			c.fail(other)
		}
	}
	c.gone(d)
	return of, err
}

// answer asks about what fix403 cannot know to be its own. A yes that was given beforehand is no answer to that.
func (c Console) answer(ctx context.Context, d *down.Down, o Removing) error {
	for i := range d.Removals {
		r := &d.Removals[i]
		if r.Question.Empty() || r.Remove {
			continue
		}
		r.Remove = o.AnyRun || c.ReadLine != nil && !o.DryRun && c.Confirm(ctx, c.Say(r.Question))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// wouldRemove names what goes.
func (c Console) wouldRemove(d *down.Down) []string {
	var names []string
	for _, r := range d.Removals {
		if r.Remove {
			names = append(names, c.Say(r.Would()))
		}
	}
	return names
}

// refusedRealm is the error for a realm that was named, is there, and is not ours.
func refusedRealm(d *down.Down, realm string) error {
	for _, r := range d.Removals {
		if r.Kind == kind.Realm && r.Name == realm && r.Left && !r.InDoubt {
			return &problem.CheckError{
				Kind: "not-ours", Message: msg.New("The realm %s was not created by fix403: it was left unchanged.", realm),
				Hint: msg.New("If you want it gone, delete it in the Admin Console."),
			}
		}
	}
	return nil
}
