package story

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Leftovers lists what stays on the server: what this run created and did not remove, or the realm of an earlier run that was
// used again, or perhaps a realm of which it is not known whether it was created. nothing when there is none.
func Leftovers(s State) msg.Message {
	var names []msg.Message
	for _, c := range s.Created {
		if !c.Removed {
			name := together(c.Kind.Word(), msg.Verbatim(c.Name))
			if c.InDoubt {
				name = together(name, msg.New("(perhaps: its removal was sent, and not answered)"))
			}
			names = append(names, name)
		}
	}
	if s.RealmCreatedByHand {
		names = append(names, msg.New("realm %s, made by hand and not removed by fix403", s.Params.Realm))
	}
	if s.PendingRealm != "" {
		names = append(names, msg.New("perhaps the realm %s: whether it was created is not known", s.PendingRealm))
	}
	if len(names) == 0 && s.Realm != nil && s.Realm.Marker != "" {
		return msg.New("realm %s with all in it, from an earlier run", s.Realm.Name)
	}
	return msg.List(", ", names...)
}

// together is messages with a space between them.
func together(parts ...msg.Message) msg.Message { return msg.List(" ", parts...) }

// DownCommand is the command that removes it.
func DownCommand(s State) string {
	realm := s.Params.Realm
	if realm == params.DefaultParams().Realm {
		realm = ""
	}
	return sh.DownCommand(s.URL, realm) + s.sameWay
}

// HasLeftovers reports whether something that this run created was not removed.
func HasLeftovers(s State) bool {
	return slices.ContainsFunc(s.Created, func(c Created) bool { return !c.Removed })
}

// adoptExisting says that an object is there which the step would have created. One with the mark of this run was created by
// it, though the answer never came, and is counted so.
func (s *Story) adoptExisting(k kind.Kind, name, id, marker string) (outcome, error) {
	st := s.Current()
	if marker != st.RunID || slices.ContainsFunc(st.Created, func(c Created) bool { return c.Kind == k && !c.Removed }) {
		return outcome{done: msg.New("The %s %s is there already.", k.Word(), name)}, nil
	}
	s.settle(k, st.Params.Realm, name, id)
	err := s.options.Journal.Confirmed(s.entry(k, st.Params.Realm, name, id))
	return outcome{done: msg.New("The %s %s is there: it was created although the answer never came.", k.Word(), name)}, err
}

// acceptable refuses an existing object by the differences that the story cannot live with; the others are notes.
func acceptable(k kind.Kind, name string, differs []keycloak.Difference, fatal func(keycloak.Difference) bool) error {
	var bad []string
	for _, d := range differs {
		if fatal(d) {
			bad = append(bad, d.String())
		}
	}
	if bad == nil {
		return nil
	}
	return problem.Refused("differs", "Change it by hand, or take another name.",
		"The %s %s differs from what the story needs: %s. It was left as it is.", k.Word(), name, strings.Join(bad, "; "))
}

func differNotes(k kind.Kind, differs []keycloak.Difference) []msg.Message {
	var notes []msg.Message
	for _, d := range differs {
		notes = append(notes, msg.New("The %s was there before: %s. It was left so.", k.Word(), d))
	}
	return notes
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
		return s.conn.Recorder.MaskError(s.remove(ctx, Created{Kind: kind.Realm, Realm: state.Params.Realm, Name: state.Params.Realm, ID: state.Params.Realm})) // all else goes with it
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

// removesRealm reports whether the realm goes, with all in it. The mark of an earlier run is not enough: it is another's
// where the journal does not know that run, and where the realm holds more than was made for the story it stays, and
// fix403 down asks about it.
func (s *Story) removesRealm(ctx context.Context, state State) (bool, error) {
	r := state.Realm
	if slices.ContainsFunc(state.Created, func(c Created) bool { return c.Kind == kind.Realm && !c.Removed }) || r != nil && r.Marker == state.RunID {
		return true, nil
	}
	if r == nil || r.Marker == "" {
		return false, nil
	}
	l, err := s.options.Journal.Ledger(s.conn.Server.URL())
	if err != nil {
		return false, err
	}
	var why msg.Message
	if !l.Knows(r.Marker, kind.Realm, r.Name, r.Name) {
		why = msg.New("The realm %s stays: the journal of this machine does not know the run that made it. fix403 down asks about it.", r.Name)
	} else if c, err := s.admin().Contents(ctx, r.Name); err != nil {
		return false, err
	} else if holds := l.Strangers(r.Name, r.Marker, c); !holds.Empty() {
		why = msg.New("The realm %s stays: %s. fix403 down asks about it.", r.Name, holds)
	}
	s.update(func(st *State) { st.RealmStays = why })
	return why.Empty(), nil
}

// removePendingRealm removes the realm whose creation was not answered, if it is there and carries the mark of this run. If
// it is not there, the server may still be at it: then it stays in doubt, and in the journal.
func (s *Story) removePendingRealm(ctx context.Context, state State) error {
	r, err := s.admin().FindRealm(ctx, state.PendingRealm)
	switch {
	case failure.KindOf(err) == failure.NotFound, err == nil && r.Marker != state.RunID:
		return nil
	case err != nil:
		return msg.Wrap(err, "looking for the realm %s", state.PendingRealm)
	}
	return s.remove(ctx, Created{Kind: kind.Realm, Realm: state.PendingRealm, Name: state.PendingRealm, ID: state.PendingRealm})
}

// remove deletes one object that this run created; one that is gone already counts as removed.
func (s *Story) remove(ctx context.Context, c Created) error {
	state := s.Current()
	realm := state.Params.Realm
	e := s.entry(c.Kind, realm, c.Name, c.ID)
	others, readErr := s.options.Journal.Others(e)
	marker := state.RunID
	if r := state.Realm; r != nil {
		marker = r.Marker
	}
	err := c.Kind.Remove(ctx, s.admin(), kind.Object{Realm: realm, Name: c.Name, ID: c.ID}, marker)
	if err != nil && failure.KindOf(err) != failure.NotFound {
		return err
	}
	if err := errors.Join(readErr, s.options.Journal.RemovedWith(e, others)); err != nil {
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
	s.update(func(st *State) {
		s.unknown[k] = true
		if k == kind.Realm {
			st.PendingRealm = name
		}
	})
	return func(id string) error {
		s.settle(k, realm, name, id)
		return s.options.Journal.Settled(e, id)
	}, nil
}

// settle notes that what was announced is there under an id, or with "" that it did not come about.
func (s *Story) settle(k kind.Kind, realm, name, id string) {
	s.update(func(st *State) {
		delete(s.unknown, k)
		switch {
		case k == kind.Role:
			st.GrantedTo = id
		case id != "":
			st.Created = append(st.Created, Created{Kind: k, Realm: realm, Name: name, ID: id})
		}
		if k == kind.Realm {
			st.PendingRealm = ""
		}
	})
}

func (s *Story) entry(k kind.Kind, realm, name, id string) journal.Entry {
	return journal.Entry{Run: s.state.RunID, Server: s.conn.Server.URL(), Kind: k, Realm: realm, Name: name, ID: id}
}

// found is what stands on the server under the name of something that was created, or under its id.
type found struct {
	there   bool
	mine    bool
	id      string
	renamed string // ours stands under this name
}

func (s *Story) find(ctx context.Context, c Created) (f found, err error) {
	o := kind.Object{Realm: c.Realm, Name: c.Name, ID: c.ID}
	on, err := c.Kind.Find(ctx, s.admin(), o)
	if err == nil { // whose a reduced one is, is for the removal to say
		f = found{there: true, mine: on.Reduced || on.Marker == s.Current().RunID || on.ID != "" && on.ID == c.ID, id: on.ID}
	}
	if err = foundOr(err); err != nil || f.mine {
		return f, err
	}
	f.renamed, err = c.Kind.Named(ctx, s.admin(), o)
	return f, foundOr(err)
}

// foundOr returns an error that says more than that something is not there.
func foundOr(err error) error {
	if failure.KindOf(err) == failure.NotFound {
		return nil
	}
	return err
}
