package made

import (
	"cmp"
	"context"
	"errors"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Place is where a run makes its objects, and the journal that knows of them.
type Place struct {
	Admin   *keycloak.Admin
	Server  string // its base URL
	Journal *journal.Journal
	Run     string // the mark of what the run made
}

// Entry returns the journal's entry of an object.
func (p Place) Entry(k kind.Kind, realm, name, id string) journal.Entry {
	return journal.Entry{Run: p.Run, Server: p.Server, Kind: k, Realm: realm, Name: name, ID: id}
}

// found is what stands on the server under the name of something that was created, or under its id.
type found struct {
	there   bool
	mine    bool
	id      string
	renamed string // ours stands under this name
}

func (p Place) find(ctx context.Context, c Object) (f found, err error) {
	o := kind.Object{Realm: c.Realm, Name: c.Name, ID: c.ID}
	on, err := c.Kind.Find(ctx, p.Admin, o)
	if err == nil { // whose a reduced one is, is for the removal to say
		f = found{there: true, mine: on.Reduced || on.Marker == p.Run || on.ID != "" && on.ID == c.ID, id: on.ID}
	}
	if err = foundOr(err); err != nil || f.mine {
		return f, err
	}
	f.renamed, err = c.Kind.Named(ctx, p.Admin, o)
	return f, foundOr(err)
}

// foundOr returns an error that says more than that something is not there.
func foundOr(err error) error {
	if failure.KindOf(err) == failure.NotFound {
		return nil
	}
	return err
}

// Mine returns what the run owns of a kind, which has a name in the story. What was asked for and never answered is its own if
// it carries the mark of the run; doubt says what is not known of it.
func (p Place) Mine(ctx context.Context, all Objects, k kind.Kind, realm, name string) (mine []Object, doubt msg.Message, err error) {
	mine = all.Of(k)
	if !all.Unknown(k) {
		return mine, msg.Message{}, nil
	}
	c := Object{Kind: k, Realm: realm, Name: name}
	if k == kind.Realm {
		c.Realm, c.Name = all.PendingRealm, all.PendingRealm
	}
	here, err := p.find(ctx, c)
	switch {
	case err != nil:
		return nil, msg.Message{}, err
	case here.mine:
		c.ID = cmp.Or(here.id, c.Name)
		return append(mine, c), msg.Message{}, nil
	case !here.there:
		return mine, msg.New("The %s %s is not on the server. Its creation was never confirmed, so it may still appear.", k.Word(), c.Name), nil
	}
	return mine, msg.New("It is unknown whether this run created the %s %s, since its creation was never confirmed: it was left unchanged.", k.Word(), c.Name), nil
}

// TakeBack removes one object that the run created, if it is still there and the run's own, and looks whether the server still
// has it. It says what it did. doubt is called where it is not known whether the removal was done.
func (p Place) TakeBack(ctx context.Context, c Object, doubt func()) (said msg.Message, err error) {
	e := p.Entry(c.Kind, c.Realm, c.Name, c.ID)
	others, readErr := p.Journal.Others(e)
	f, err := p.find(ctx, c)
	if err != nil {
		return msg.Message{}, err
	}
	switch {
	case f.renamed != "":
		return msg.Message{}, problem.CheckFailed("Give it its name again, or remove it by hand.", "The %s %s that this run created is now named %s: it was left unchanged.", c.Kind.Word(), c.Name, f.renamed)
	case f.mine:
		if err := p.delete(ctx, c, f.id, doubt); err != nil {
			return msg.Message{}, err
		}
		said = msg.New("Removed the %s %s.", c.Kind.Word(), c.Name)
	case f.there:
		said = msg.New("The %s %s of this run is already gone. Another one has that name: it stays.", c.Kind.Word(), c.Name)
	default:
		said = msg.New("The %s %s is already gone.", c.Kind.Word(), c.Name)
	}
	if err := errors.Join(readErr, p.Journal.RemovedWith(e, others)); err != nil {
		return msg.Message{}, err
	}
	return said, nil
}

// delete has the server remove an object, and reads back that it did.
func (p Place) delete(ctx context.Context, c Object, id string, doubt func()) error {
	err := c.Kind.Remove(ctx, p.Admin, kind.Object{Realm: c.Realm, Name: c.Name, ID: id}, p.Run)
	return ReadBack(err, func() (bool, error) {
		f, err := p.find(ctx, c)
		return f.mine || f.renamed != "", err
	}, doubt, problem.CheckFailed("Check the server, and undo the step again.", "The server reported removing the %s %s, but still has it.", c.Kind.Word(), c.Name))
}

// ReadBack is how the removal of something ended, by what the server holds and not by what it answered. A refusal is
// believed. doubt is called where it is not known.
func ReadBack(answered error, there func() (bool, error), doubt func(), still error) error {
	if failure.NotDone(answered) && failure.KindOf(answered) != failure.NotFound {
		return answered
	}
	stands, err := there()
	switch {
	case err != nil:
		doubt()
		return cmp.Or(answered, err)
	case !stands:
		return nil
	case answered != nil:
		doubt() // the server may still be at it
		return answered
	}
	return still
}

// Remove deletes one object of a realm with the mark of a run; one that is gone already counts as removed.
func (p Place) Remove(ctx context.Context, c Object, marker string) error {
	e := p.Entry(c.Kind, c.Realm, c.Name, c.ID)
	others, readErr := p.Journal.Others(e)
	err := c.Kind.Remove(ctx, p.Admin, kind.Object{Realm: c.Realm, Name: c.Name, ID: c.ID}, marker)
	if err != nil && failure.KindOf(err) != failure.NotFound {
		return err
	}
	return errors.Join(readErr, p.Journal.RemovedWith(e, others))
}

// WhyStays returns why the realm of an earlier run is not removed, nothing where it may be. Its mark is not enough: the realm is
// another's where the journal does not know that run, and it stays where it holds more than was made for the story.
func (p Place) WhyStays(ctx context.Context, r *keycloak.Realm) (msg.Message, error) {
	l, err := p.Journal.Ledger(p.Server)
	if err != nil {
		return msg.Message{}, err
	}
	if !l.Knows(r.Marker, kind.Realm, r.Name, r.Name) {
		return msg.New("The realm %s stays: the run that created it is not in this machine's journal. fix403 down asks about it.", r.Name), nil
	}
	c, err := p.Admin.Contents(ctx, r.Name)
	if err != nil {
		return msg.Message{}, err
	}
	if holds := l.Strangers(r.Name, r.Marker, c); !holds.Empty() {
		return msg.New("The realm %s stays: %s. fix403 down asks about it.", r.Name, holds), nil
	}
	return msg.Message{}, nil
}
