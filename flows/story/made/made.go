// Package made keeps what a run of the story made on a server, and what of it is in doubt; it takes one object back at a time.
package made

import (
	"cmp"
	"maps"
	"slices"

	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/keycloak"
	"fix403/keycloak/sift"
)

// Object is an object that a run created.
type Object struct {
	Kind    kind.Kind // realm, client or user
	Realm   string    // it stands in
	Name    string
	ID      string
	Removed bool
	InDoubt bool // its removal was sent, and whether it was done is not known
}

// Objects is what a run made. The zero value is that of a run that made nothing.
type Objects struct {
	Created []Object
	// PendingRealm is a realm whose creation was sent without it being known how that ended, "" for none: it may be there.
	PendingRealm string
	// GrantedTo is the id of the service account to which this run gave the role, "" once that was taken back.
	GrantedTo string
	// ScopeOn is the id of the client to which this run assigned the client scope, "" once that was taken back.
	ScopeOn    string
	scopeMoved bool // it was an optional scope of the client
	// unknown are the kinds of what was announced without it being known whether it came about.
	unknown map[kind.Kind]bool
}

// Copy returns a copy that shares nothing with o.
func Copy(o Objects) Objects {
	o.Created, o.unknown = slices.Clone(o.Created), maps.Clone(o.unknown)
	return o
}

// Unknown reports whether something of a kind was announced, and it is not known whether it came about.
func (o Objects) Unknown(k kind.Kind) bool { return o.unknown[k] }

// Of returns the objects of a kind that were not removed.
func (o Objects) Of(k kind.Kind) []Object {
	var all []Object
	for _, c := range o.Created {
		if c.Kind == k && !c.Removed {
			all = append(all, c)
		}
	}
	return all
}

// Stands reports whether something that the run created was not removed.
func (o Objects) Stands() bool {
	return slices.ContainsFunc(o.Created, func(c Object) bool { return !c.Removed })
}

// Announce notes that an object is about to be created.
func (o *Objects) Announce(k kind.Kind, name string) {
	o.doubt(k)
	if k == kind.Realm {
		o.PendingRealm = name
	}
}

func (o *Objects) doubt(k kind.Kind) {
	if o.unknown == nil {
		o.unknown = map[kind.Kind]bool{}
	}
	o.unknown[k] = true
}

// Settle notes that what was announced is there under an id, or with "" that it did not come about.
func (o *Objects) Settle(k kind.Kind, realm, name, id string) {
	delete(o.unknown, k)
	switch {
	case k == kind.Role:
		o.GrantedTo = id
	case id != "":
		o.Created = append(o.Created, Object{Kind: k, Realm: realm, Name: name, ID: id})
	}
	if k == kind.Realm {
		o.PendingRealm = ""
	}
}

// Gone notes that something that was created is there no longer: with a realm, all that it held.
func (o *Objects) Gone(c Object) {
	for i := range o.Created {
		if was := &o.Created[i]; was.Realm == c.Realm && (c.Kind == kind.Realm || was.Kind == c.Kind && was.Name == c.Name) {
			was.Removed, was.InDoubt = true, false
		}
	}
}

// TakenBack notes that nothing of a kind is in doubt any more, since it was taken back; with a realm, nothing at all.
func (o *Objects) TakenBack(k kind.Kind) {
	delete(o.unknown, k)
	if k == kind.Realm {
		o.PendingRealm = ""
		clear(o.unknown)
	}
}

// Doubt notes that it is not known whether the removal of an object was done.
func (o *Objects) Doubt(c Object) {
	for i := range o.Created {
		if was := &o.Created[i]; was.Kind == c.Kind && was.Realm == c.Realm && was.Name == c.Name && !was.Removed {
			was.InDoubt = true
		}
	}
}

// Restore has what an earlier run created of a kind counted as created by this one, which has its id.
func (o *Objects) Restore(k kind.Kind, outstanding []journal.Entry) {
	i := slices.IndexFunc(outstanding, func(e journal.Entry) bool { return e.Kind == k })
	if i >= 0 {
		e := outstanding[i]
		o.Created = append(o.Created, Object{Kind: e.Kind, Realm: e.Realm, Name: e.Name, ID: e.ID})
	}
}

// Forget takes back what Restore assumed: the server does not have it.
func (o *Objects) Forget(k kind.Kind) {
	o.Created = sift.Out(o.Created, func(c Object) bool { return c.Kind == k })
}

// Disown keeps an object that a check found from being counted as created when the server does not bear it out: by the mark
// of the run or, where the id alone shows it, by that.
func (o *Objects) Disown(k kind.Kind, found kind.Found, run string, trustsID bool) {
	o.Created = sift.Out(o.Created, func(c Object) bool {
		same := trustsID && c.ID == found.ID
		return c.Kind == k && !same && found.Marker != run
	})
	for i := range o.Created {
		if c := &o.Created[i]; c.Kind == k {
			c.ID = cmp.Or(found.ID, c.Name)
		}
	}
}

// The kinds of change that assign the client scope of the admin API; an optional one is moved to the default ones.
const (
	assigned = kind.DefaultScope
	moved    = kind.MovedScope
)

// ScopeKind returns the kind of change that makes the client scope a default one of a client.
func ScopeKind(optional bool) kind.Kind {
	if optional {
		return moved
	}
	return assigned
}

// Scoped notes how the assignment of the client scope to a client ended.
func (o *Objects) Scoped(k kind.Kind, out change.Outcome, client string) {
	switch doubted := o.unknown[assigned] || o.unknown[moved]; {
	case out == change.Made, out == change.WasThere && doubted:
		if o.ScopeOn == "" {
			o.ScopeOn, o.scopeMoved = client, k == moved || o.unknown[moved]
		}
		delete(o.unknown, assigned)
		delete(o.unknown, moved)
	case out == change.Doubtful:
		o.doubt(k)
	}
}

// Scope returns the kind of change that assigned the client scope, and reports whether the run assigned it or may have.
func (o Objects) Scope() (kind.Kind, bool) {
	return ScopeKind(o.scopeMoved || o.unknown[moved]), o.ScopeOn != "" || o.unknown[assigned] || o.unknown[moved]
}

// ScopeGone notes that the client scope went with its client.
func (o *Objects) ScopeGone() { o.ScopeOn, o.scopeMoved = "", false }

// ScopeTakenBack notes that the client scope was taken from the client again.
func (o *Objects) ScopeTakenBack() {
	o.ScopeGone()
	delete(o.unknown, assigned)
	delete(o.unknown, moved)
}

// RestoreScope has a client scope that an earlier run assigned counted as assigned by this one.
func (o *Objects) RestoreScope(outstanding []journal.Entry) {
	for _, e := range outstanding {
		switch {
		case e.Kind != assigned && e.Kind != moved || e.Name != keycloak.AdminAPIScope:
		case e.Event == journal.EventIntent && !e.Stood:
			o.doubt(e.Kind)
		default:
			o.ScopeOn, o.scopeMoved = e.Object, e.Kind == moved
		}
	}
}
