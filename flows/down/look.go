package down

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

func (d *Down) lookAtAll(ctx context.Context) error {
	o := d.options
	all := journal.Objects(d.ledger.Outstanding)
	if o.OnlyRealm {
		all = sift.Out(all, func(of journal.Object) bool { return of[0].Realm != o.Realm })
	}
	if o.Realm != "" && !slices.ContainsFunc(all, func(of journal.Object) bool { return of[0].Kind == kind.Realm && of[0].Realm == o.Realm }) {
		all = append(all, journal.Object{{Server: d.server.URL(), Kind: kind.Realm, Realm: o.Realm, Name: o.Realm}})
	}
	whole := map[string]bool{} // realms that go or stay with all in them
	for _, realms := range []bool{true, false} {
		for _, of := range all {
			if (of[0].Kind == kind.Realm) != realms || !realms && whole[of[0].Realm] {
				continue
			}
			r, err := d.look(ctx, of)
			if err != nil {
				return err
			}
			if realms {
				whole[r.Realm] = r.Remove || !r.Question.Empty() && d.ledger.Knows(r.mark, kind.Realm, r.Realm, r.Name)
			}
			if r.Why.Empty() { // not worth a word
				continue
			}
			r.mask(d.server.Recorder())
			d.Removals = append(d.Removals, r)
			if (r.Remove || r.gone) && len(d.pending(r)) > 0 {
				d.Removals = append(d.Removals, Removal{Kind: r.Kind, Realm: r.Realm, Name: r.Name, entry: r.entry, InDoubt: true, Why: msg.New("another run announced a second one of this name, and the server may still be creating it: check again in two minutes")})
			}
		}
	}
	return nil
}

// look finds out whether an object is there and ours. A Removal without Why is not worth a word.
func (d *Down) look(ctx context.Context, of journal.Object) (Removal, error) {
	e := of.Latest()
	r := Removal{Kind: e.Kind, Realm: e.Realm, Name: e.Name, ID: e.ID, entry: e, entries: of}
	if c, is := change.Of(e); e.Realm == "master" && (!is || c.Closed()) {
		r.Why = msg.New("left: nothing in master is ever removed")
		return r, nil
	}
	var err error
	if look := looks[e.Kind]; look != nil {
		err = look(d, ctx, &r)
	} else if change, ok := change.Of(e); ok {
		r.Name = change.Description().String()
		if change.OfStory() {
			err = d.lookStoryChange(ctx, &r, change)
		} else {
			err = d.lookChange(ctx, &r, change, msg.New("changed by fix403 doctor --fix"))
		}
	} else {
		return r, nil
	}
	switch failure.KindOf(err) {
	case failure.NotFound:
		r.markAbsent(d.options.Now())
		return r, nil
	case failure.AdminRefused:
		r.Why, r.Err = msg.New("left: this admin may not see it"), withNeeds(r, err)
		return r, nil
	default:
		return r, err
	}
}

// looks are how objects of a kind are looked at; every other kind is that of a change.
var looks = map[kind.Kind]func(*Down, context.Context, *Removal) error{
	kind.Realm: (*Down).lookRealm, kind.Client: (*Down).lookClient, kind.User: (*Down).lookUser, kind.Role: (*Down).lookRole,
}

func (d *Down) lookClient(ctx context.Context, r *Removal) error {
	found, err := r.Kind.Find(ctx, d.admin, kind.Object{Realm: r.Realm, Name: r.Name})
	if err == nil {
		d.judge(r, found.Marker)
	}
	return err
}

// judge decides by the mark of something that was found.
func (d *Down) judge(r *Removal, mark string) {
	r.mark = mark
	switch {
	case d.ledger.Knows(mark, r.Kind, r.Realm, r.Name):
		r.Remove, r.Why = true, msg.New("created by fix403")
	case mark == "":
		r.Left, r.Why = true, msg.New("left: fix403 did not create it")
	default: // what the journal names is gone, or this would not be there
		r.Left, r.gone, r.Why = true, r.entry.Event == journal.EventConfirmed, msg.New("left: it is marked by the run %s, which is not in this machine's journal", mark)
	}
}

func (d *Down) lookUser(ctx context.Context, r *Removal) error {
	user, err := d.admin.FindUser(ctx, r.Realm, r.Name, "")
	if err != nil {
		return err
	}
	created := slices.ContainsFunc(r.entries, func(e journal.Entry) bool { return e.ID == user.ID })
	switch {
	case created:
		r.Remove, r.Why = true, msg.New("created by fix403")
	case user.Marker == "" && r.entry.ID == "":
		r.doubt(msg.New("it is not marked by fix403, and it is unknown whether fix403 created it, since its creation was never confirmed"),
			msg.New("Remove the user %s anyway?", r.Name))
	default:
		d.judge(r, user.Marker)
	}
	r.ID = user.ID
	return nil
}

// lookRealm looks at a realm and its mark. One with the mark of a run that the journal does not know, one that had another
// name, and one that a person works in by now, is only removed after a question.
func (d *Down) lookRealm(ctx context.Context, r *Removal) error {
	realm, err := d.admin.FindRealm(ctx, r.Name)
	if err != nil {
		return err
	}
	if realm.Reduced {
		r.Left, r.Why = true, msg.New("left: this admin may not see whether fix403 created it")
		if r.entry.Run != "" { // the journal says so
			r.Err = withNeeds(*r, &failure.Error{
				Kind: failure.AdminRefused, Status: http.StatusForbidden,
				Message: msg.New("The admin %s may not see whether fix403 created the realm %s.", d.admin.Name(), r.Name),
			})
		}
		return nil
	}
	d.judge(r, realm.Marker)
	if realm.Marker == "" || r.Remove && scratchRealm(r.Name) {
		return nil
	}
	c, err := d.admin.Contents(ctx, r.Name)
	holds := d.ledger.Strangers(r.Name, realm.Marker, c)
	if err != nil {
		holds = msg.New("what it holds could not be checked")
	}
	question := msg.New("Remove the realm %s anyway, with everything in it?", r.Name)
	before := d.ledger.RealmsOf(realm.Marker)
	switch {
	case r.Remove && holds.Empty():
	case r.Remove:
		r.Remove = false
		r.doubt(msg.New("fix403 created it, but %s", holds), question)
	case len(before) > 0:
		r.doubt(joined(msg.New("fix403 created it under the name %s", strings.Join(before, ", ")), holds), question)
	default:
		r.doubt(joined(msg.New("it is marked by the run %s, which is not in this machine's journal", realm.Marker), holds), question)
	}
	return nil
}

func joined(why, holds msg.Message) msg.Message {
	return msg.List("; ", why, holds)
}

// scratchRealm reports whether a name is one of those that fix403 makes up for a realm of its own: what it is filled with
// is not listed anywhere.
func scratchRealm(name string) bool {
	return strings.HasPrefix(name, "fix403-lab-") || strings.HasPrefix(name, "fix403-roles-")
}

// lookRole is for the role of the story: it goes with the client that it was given to, or is taken back from one that
// fix403 did not create.
func (d *Down) lookRole(ctx context.Context, r *Removal) error {
	e := r.entry
	if e.Client == "" || e.Object == "" {
		return nil
	}
	client, err := d.admin.FindClient(ctx, e.Realm, e.Client)
	if err != nil || d.ledger.Knows(client.Marker, kind.Client, e.Realm, e.Client) {
		return err
	}
	return d.lookChange(ctx, r, change.OfRole(e), msg.New("granted by fix403"))
}

// lookStoryChange is for a client scope that the story assigned: it goes with a client of fix403, too.
func (d *Down) lookStoryChange(ctx context.Context, r *Removal, change change.Change) error {
	client, err := d.admin.FindClient(ctx, r.Realm, change.ClientID)
	if err != nil || d.ledger.Knows(client.Marker, kind.Client, r.Realm, change.ClientID) {
		return err
	}
	return d.lookChange(ctx, r, change, msg.New("assigned by fix403"))
}

func (d *Down) lookChange(ctx context.Context, r *Removal, change change.Change, why msg.Message) error {
	place, err := change.Undoable(ctx, d.admin)
	switch {
	case err != nil:
		return err
	case place == nil:
		r.markAbsent(d.options.Now())
		return nil
	}
	r.Remove, r.Why, r.change = true, why, &change
	if change.InDoubt() {
		r.Remove = false
		r.doubt(msg.New("it is unknown whether fix403 made this change, since its completion was never recorded: it may be an admin's own"), msg.New("Undo the change that %s anyway?", change.Description()))
	}
	return nil
}

// pending returns what other runs announced of an object and may still come.
func (d *Down) pending(r Removal) []journal.Entry {
	return sift.Out(r.entries, func(e journal.Entry) bool { return !e.Pending(d.options.Now()) || e.Run == r.entry.Run })
}
