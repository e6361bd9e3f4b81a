package story

import (
	"context"
	"errors"
	"slices"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/sh"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Leftovers lists what stays on the server: what this run created and did not remove, or the realm of an earlier run that was
// used again, or perhaps a realm of which it is not known whether it was created. nothing when there is none.
func Leftovers(s *State) msg.Message {
	var names []msg.Message
	for _, c := range s.Created {
		if !c.Removed {
			name := together(c.Kind.Word(), msg.Verbatim(c.Name))
			if c.InDoubt {
				name = together(name, msg.New("(perhaps: its removal was sent but not confirmed)"))
			}
			names = append(names, name)
		}
	}
	if s.RealmCreatedByHand {
		names = append(names, msg.New("realm %s, made by hand and not removed by fix403", s.Params.Realm))
	}
	if s.PendingRealm != "" {
		names = append(names, msg.New("perhaps the realm %s: it is unknown whether it was created", s.PendingRealm))
	}
	if len(names) == 0 && s.Realm != nil && s.Realm.Marker != "" {
		return msg.New("realm %s with everything in it, from an earlier run", s.Realm.Name)
	}
	return msg.List(", ", names...)
}

// together is messages with a space between them.
func together(parts ...msg.Message) msg.Message { return msg.List(" ", parts...) }

// DownCommand is the command that removes it.
func DownCommand(s *State) string {
	realm := s.Params.Realm
	if realm == params.DefaultParams().Realm {
		realm = ""
	}
	return sh.DownCommand(s.URL, realm) + s.sameWay
}

// adoptExisting says that an object is there which the step would have created. One with the mark of this run was created by
// it, though the answer never came, and is counted so.
func (s *Story) adoptExisting(k kind.Kind, name, id, marker string) (outcome, error) {
	st := s.Current()
	if marker != st.RunID || len(st.Of(k)) > 0 {
		return outcome{done: msg.New("The %s %s already exists.", k.Word(), name)}, nil
	}
	s.settle(k, st.Params.Realm, name, id)
	err := s.options.Journal.Confirmed(s.entry(k, st.Params.Realm, name, id))
	return outcome{done: msg.New("The %s %s exists: it was created, although no response arrived.", k.Word(), name)}, err
}

// Cleanup removes what this run created, and the realm of an earlier run that the journal knows and that holds nothing
// else. It goes on after an error; errors are joined.
func (s *Story) Cleanup(ctx context.Context) error {
	s.run.Lock()
	defer s.run.Unlock()
	state := s.Current()
	if whole, err := s.removesRealm(ctx, state); whole || err != nil {
		if err != nil {
			return s.conn.Recorder.MaskError(err)
		}
		return s.conn.Recorder.MaskError(s.remove(ctx, realmObject(state.Params.Realm))) // all else goes with it
	}
	var errs []error
	if state.PendingRealm != "" {
		errs = append(errs, s.removePendingRealm(ctx, state))
	}
	for _, c := range slices.Backward(state.Created) {
		if c.Removed {
			continue
		}
		if err := s.remove(ctx, c); err != nil {
			errs = append(errs, msg.Wrap(err, "removing the %s %s", c.Kind.Word(), c.Name))
		}
	}
	if s.Current().GrantedTo != "" { // it did not go with a client of this run
		_, err := undoGrant(ctx, s)
		errs = append(errs, err)
	}
	if s.Current().ScopeOn != "" {
		_, err := undoScope(ctx, s)
		errs = append(errs, err)
	}
	return s.conn.Recorder.MaskError(errors.Join(errs...))
}

func realmObject(name string) made.Object {
	return made.Object{Kind: kind.Realm, Realm: name, Name: name, ID: name}
}

// removesRealm reports whether the realm goes, with all in it: that of an earlier run only if nothing speaks against it.
func (s *Story) removesRealm(ctx context.Context, state *State) (bool, error) {
	r := state.Realm
	if len(state.Of(kind.Realm)) > 0 || r != nil && r.Marker == state.RunID {
		return true, nil
	}
	if r == nil || r.Marker == "" {
		return false, nil
	}
	why, err := s.place().WhyStays(ctx, r)
	if err != nil {
		return false, err
	}
	s.update(func(st *State) { st.RealmStays = why })
	return why.Empty(), nil
}

// removePendingRealm removes the realm whose creation was not answered, if it is there and carries the mark of this run. If
// it is not there, the server may still be at it: then it stays in doubt, and in the journal.
func (s *Story) removePendingRealm(ctx context.Context, state *State) error {
	r, err := s.admin().FindRealm(ctx, state.PendingRealm)
	switch {
	case failure.KindOf(err) == failure.NotFound, err == nil && r.Marker != state.RunID:
		return nil
	case err != nil:
		return msg.Wrap(err, "looking for the realm %s", state.PendingRealm)
	}
	return s.remove(ctx, realmObject(state.PendingRealm))
}

// remove deletes one object that this run created; one that is gone already counts as removed.
func (s *Story) remove(ctx context.Context, c made.Object) error {
	state := s.Current()
	marker := state.RunID
	if r := state.Realm; r != nil {
		marker = r.Marker
	}
	in := c
	in.Realm = state.Params.Realm
	if err := s.place().Remove(ctx, in, marker); err != nil {
		return err
	}
	s.update(func(st *State) {
		if c.Kind == kind.Realm {
			st.Realm, st.PendingRealm, st.RealmStays = nil, "", msg.Message{}
		}
		st.gone(c)
	})
	return nil
}

// intent writes the journal around a creation and notes what was created.
func (s *Story) intent(of, realm, name string) (func(id string) error, error) {
	k := kind.Kind(of)
	e := s.entry(k, realm, name, "")
	if k == kind.Role {
		e = s.roleEntry(s.Current().ServiceAccount.ID)
		e.ID = ""
	}
	announced := e
	if !s.options.Scratch {
		announced.Story = storyNames(s.Current())
	}
	if err := s.options.Journal.Intent(announced); err != nil {
		return nil, err
	}
	s.update(func(st *State) { st.Announce(k, name) })
	return func(id string) error {
		s.settle(k, realm, name, id)
		return s.options.Journal.Settled(e, id)
	}, nil
}

// settle notes that what was announced is there under an id, or with "" that it did not come about.
func (s *Story) settle(k kind.Kind, realm, name, id string) {
	s.update(func(st *State) { st.Settle(k, realm, name, id) })
}

// place is where this run makes its objects. The caller holds run.
func (s *Story) place() made.Place {
	return made.Place{Admin: s.admin(), Server: s.conn.Server.URL(), Journal: s.options.Journal, Run: s.state.RunID}
}

func (s *Story) entry(k kind.Kind, realm, name, id string) journal.Entry {
	return s.place().Entry(k, realm, name, id)
}

// creation is what a step knows of the one object that it creates.
type creation struct {
	kind kind.Kind
	name func(*State) string // that it has in the story
	as   texts.Text          // it, in a list of what is left: "the realm %s"
	// trustsID: the id alone shows that it is the one that was created.
	trustsID bool
	// found returns what the check found, once the step has passed.
	found func(*State) kind.Found
}

// creationOf returns what a kind of object is to the story, nil for one that no step creates.
func creationOf(k kind.Kind) *creation {
	for _, s := range steps {
		if s.creates != nil && s.creates.kind == k {
			return s.creates
		}
	}
	return nil
}

// leaves names the objects that were created and not removed, or else the one that was found.
func (c *creation) leaves(st *State, remains bool) msg.Message {
	var left []msg.Message
	for _, o := range st.Of(c.kind) {
		left = append(left, msg.New(c.as, o.Name))
	}
	if left == nil && remains {
		left = append(left, msg.New(c.as, c.name(st)))
	}
	return msg.List(", ", left...)
}

// goneWith reports whether the story's object of this kind goes with another one: with its realm, or since it is that one.
func (c *creation) goneWith(st *State, o made.Object) bool {
	return o.Kind == kind.Realm || o.Kind == c.kind && o.Name == c.name(st)
}

// undoCreated is the undo of a step that creates an object.
func undoCreated(k kind.Kind) func(context.Context, *Story) (msg.Message, error) {
	return func(ctx context.Context, s *Story) (msg.Message, error) { return s.undoCreated(ctx, k) }
}
