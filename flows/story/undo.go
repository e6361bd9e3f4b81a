package story

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Undo takes back what a step and all later ones did, the latest first, and opens each of them again once the server was
// seen to hold nothing of it any more. It says what was taken back, with an error too: then the steps that were not taken
// back stay done, and the error says what is still in place. What was there before this run stays. Logging out takes back
// nothing: it is refused while something stands.
func (s *Story) Undo(ctx context.Context, id StepID) (msg.Message, error) {
	said, err := s.undo(ctx, id)
	if said.Empty() && err == nil {
		said = msg.New("Nothing was created in this step.")
	}
	return said.Map(s.Mask), s.conn.Recorder.MaskError(err)
}

// Restart takes back what this run did on the server, and reopens all steps but the first. It says what it took back,
// with an error too.
func (s *Story) Restart(ctx context.Context) (msg.Message, error) {
	said, err := s.undo(ctx, StepRealm)
	said = said.Map(s.Mask)
	if err != nil {
		return said, s.conn.Recorder.MaskError(err)
	}
	return together(said, msg.New("The story starts again at the realm.")), nil
}

func (s *Story) undo(ctx context.Context, id StepID) (msg.Message, error) {
	if StepByID(id) == nil {
		return msg.Message{}, problem.BadInput("", "There is no step %q.", id)
	}
	s.run.Lock()
	defer s.run.Unlock()
	from := position(id)
	if step := StepByID(id); step.alone {
		said, err := step.undo(ctx, s)
		if err == nil {
			s.reopen(steps...)
		}
		return said, err
	}
	if st := s.Current(); st.Results[Last().ID].Status == StatusPassed {
		e := s.entry(kind.Realm, st.Params.Realm, st.Params.Realm, "")
		e.Story = storyNames(st)
		if err := s.options.Journal.Write(journal.EventReopened, e); err != nil {
			return msg.Message{}, err
		}
	}
	var said []msg.Message
	for _, later := range slices.Backward(steps[from:]) {
		if _, ran := s.Current().Results[later.ID]; !ran {
			continue
		}
		one, err := s.undoStep(ctx, later)
		if !one.Empty() {
			said = append(said, one)
		}
		if err != nil {
			if stands := s.Current().outstanding(from); !stands.Empty() {
				err = &stopped{err, stands}
			}
			return together(said...), err
		}
		s.reopen(later)
	}
	return together(said...), nil
}

// stopped is why an undo did not come to its end, and what is still in place then.
type stopped struct {
	err    error
	stands msg.Message
}

func (e *stopped) Error() string { return e.Sentence().String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *stopped) Sentence() msg.Message {
	return msg.New("%s Still in place: %s.", msg.Of(e.err), e.stands)
}

func (e *stopped) Unwrap() error { return e.err }

// undoStep takes one step back. A step that was begun is brought to its end: what the server was asked to remove, it goes
// on removing.
func (s *Story) undoStep(ctx context.Context, step *Step) (msg.Message, error) {
	if step.undo == nil {
		return msg.Message{}, nil
	}
	if err := canceled(ctx); err != nil {
		return msg.Message{}, err
	}
	lasting, done := WithGrace(ctx)
	defer done()
	defer s.inStep(step.ID)()
	return step.undo(lasting, s)
}

// reopen forgets what steps found out.
func (s *Story) reopen(all ...*Step) {
	s.update(func(st *State) {
		for _, step := range all {
			delete(st.Results, step.ID)
			if step.forget != nil {
				step.forget(s, st)
			}
		}
	})
}

// undoCreated takes back what this run created of a kind.
func (s *Story) undoCreated(ctx context.Context, k kind.Kind) (msg.Message, error) {
	mine, err := s.mine(ctx, k)
	if err != nil || !mine.doubt.Empty() {
		return mine.doubt, err
	}
	if len(mine.objects) == 0 {
		return msg.New("The %s was not created by this run: it stays.", k.Word()), nil
	}
	var said []msg.Message
	for _, c := range slices.Backward(mine.objects) {
		one, err := s.removeCreated(ctx, c)
		if err != nil {
			return together(said...), err
		}
		said = append(said, one)
	}
	return together(said...), nil
}

// owned is what this run created of a kind and did not remove.
type owned struct {
	objects []Created
	doubt   msg.Message // what is not known of an object that was asked for and never answered
}

// mine returns what this run owns of a kind. What was asked for and never answered is its own if it carries the mark of this
// run.
func (s *Story) mine(ctx context.Context, k kind.Kind) (owned, error) {
	s.mu.Lock()
	unknown, st := s.unknown[k], s.state
	s.mu.Unlock()
	var mine owned
	for _, c := range st.Created {
		if c.Kind == k && !c.Removed {
			mine.objects = append(mine.objects, c)
		}
	}
	if !unknown {
		return mine, nil
	}
	c := Created{Kind: k, Realm: st.Params.Realm, Name: creationOf(k).name(st)}
	if k == kind.Realm {
		c.Realm, c.Name = st.PendingRealm, st.PendingRealm
	}
	here, err := s.find(ctx, c)
	switch {
	case err != nil:
		return owned{}, err
	case here.mine:
		c.ID = cmp.Or(here.id, c.Name)
		mine.objects = append(mine.objects, c)
	case !here.there:
		mine.doubt = msg.New("The %s %s is not on the server. Whether its creation was done is not known, so it may still come.", k.Word(), c.Name)
	default:
		mine.doubt = msg.New("Whether this run created the %s %s is not known, since its creation was never answered: it was left as it is.", k.Word(), c.Name)
	}
	return mine, nil
}

// removeCreated removes one object that this run created, and looks whether the server still has it.
func (s *Story) removeCreated(ctx context.Context, c Created) (msg.Message, error) {
	e := s.entry(c.Kind, c.Realm, c.Name, c.ID)
	others, readErr := s.options.Journal.Others(e)
	f, err := s.find(ctx, c)
	if err != nil {
		return msg.Message{}, err
	}
	var said msg.Message
	switch {
	case f.renamed != "":
		return msg.Message{}, problem.CheckFailed("Give it its name again, or remove it by hand.", "The %s %s that this run created is named %s by now: it was left as it is.", c.Kind.Word(), c.Name, f.renamed)
	case f.mine:
		if err := s.delete(ctx, c, f.id); err != nil {
			return msg.Message{}, err
		}
		said = msg.New("Removed the %s %s.", c.Kind.Word(), c.Name)
	case f.there:
		said = msg.New("The %s %s of this run is gone already. There is another one of that name: it stays.", c.Kind.Word(), c.Name)
	default:
		said = msg.New("The %s %s is gone already.", c.Kind.Word(), c.Name)
	}
	if err := errors.Join(readErr, s.options.Journal.RemovedWith(e, others)); err != nil {
		return msg.Message{}, err
	}
	s.update(func(st *State) {
		delete(s.unknown, c.Kind)
		if c.Kind == kind.Realm {
			st.PendingRealm = ""
			clear(s.unknown)
		}
		st.gone(c)
	})
	return said, nil
}

// delete has the server remove an object, and reads back that it did. Where that is not known, the object is in doubt.
func (s *Story) delete(ctx context.Context, c Created, id string) error {
	err := c.Kind.Remove(ctx, s.admin(), kind.Object{Realm: c.Realm, Name: c.Name, ID: id}, s.Current().RunID)
	return s.readBack(err, func() (bool, error) {
		f, err := s.find(ctx, c)
		return f.mine || f.renamed != "", err
	}, func() {
		s.update(func(st *State) {
			for i := range st.Created {
				if o := &st.Created[i]; o.Kind == c.Kind && o.Realm == c.Realm && o.Name == c.Name && !o.Removed {
					o.InDoubt = true
				}
			}
		})
	}, problem.CheckFailed("Look at the server, and undo the step again.", "The server answered that it removed the %s %s, but still has it.", c.Kind.Word(), c.Name))
}

// readBack is how the removal of something ended, by what the server holds and not by what it answered. A refusal is
// believed. doubt is called where it is not known.
func (s *Story) readBack(answered error, there func() (bool, error), doubt func(), still error) error {
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

// Leftover returns what a step left on the server, nothing when there is none. Going back does not take it back.
func (s *Step) Leftover(st State) msg.Message {
	switch {
	case s.leaves != nil:
		return s.leaves(st)
	case s.creates != nil:
		return s.creates.leaves(st, st.remains(s.ID))
	}
	return msg.Message{}
}

// Made returns what this run made on the server in a step and did not remove, nothing when there is none: what an undo takes
// back. What was only found is not in it.
func (s *Step) Made(st State) msg.Message {
	st.Results = nil
	return s.Leftover(st)
}

// remains reports whether what a step found on the server was not removed since.
func (s State) remains(id StepID) bool {
	r := s.Results[id]
	return r.Status == StatusPassed && !r.Gone
}

// outstanding names what a step and the later ones left on the server.
func (s State) outstanding(from int) msg.Message {
	var left []msg.Message
	for _, step := range steps[from:] {
		if one := step.Leftover(s); !one.Empty() {
			left = append(left, one)
		}
	}
	return msg.List(", ", left...)
}

// gone notes that something that was created is there no longer, and all that went with it.
func (s *State) gone(c Created) {
	for i := range s.Created {
		if o := &s.Created[i]; o.Realm == c.Realm && (c.Kind == kind.Realm || o.Kind == c.Kind && o.Name == c.Name) {
			o.Removed, o.InDoubt = true, false
		}
	}
	if c.Realm != s.Params.Realm {
		return
	}
	for _, step := range steps {
		r, ran := s.Results[step.ID]
		if !ran {
			continue
		}
		switch {
		case step.goneWith != nil:
			r.Gone = step.goneWith(s, c) || r.Gone
		case step.creates != nil:
			r.Gone = step.creates.goneWith(*s, c) || r.Gone
		}
		s.Results[step.ID] = r
	}
}
