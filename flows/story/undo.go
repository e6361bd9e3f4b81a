package story

import (
	"context"
	"slices"

	"fix403/flows/grace"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/flows/story/made"
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
	if err := problem.Canceled(ctx); err != nil {
		return msg.Message{}, err
	}
	lasting, done := grace.Context(ctx)
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
	st, at := s.Current(), s.place()
	mine, doubt, err := at.Mine(ctx, st.Objects, k, st.Params.Realm, creationOf(k).name(st))
	if err != nil || !doubt.Empty() {
		return doubt, err
	}
	if len(mine) == 0 {
		return msg.New("The %s was not created by this run: it stays.", k.Word()), nil
	}
	var said []msg.Message
	for _, c := range slices.Backward(mine) {
		one, err := at.TakeBack(ctx, c, func() { s.update(func(st *State) { st.Doubt(c) }) })
		if err != nil {
			return together(said...), err
		}
		s.update(func(st *State) {
			st.TakenBack(c.Kind)
			st.gone(c)
		})
		said = append(said, one)
	}
	return together(said...), nil
}

// Leftover returns what a step left on the server, nothing when there is none. Going back does not take it back.
func (s *Step) Leftover(st *State) msg.Message {
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
func (s *Step) Made(st *State) msg.Message {
	own := *st
	own.Results = nil
	return s.Leftover(&own)
}

// remains reports whether what a step found on the server was not removed since.
func (s *State) remains(id StepID) bool {
	r := s.Results[id]
	return r.Status == StatusPassed && !r.Gone
}

// outstanding names what a step and the later ones left on the server.
func (s *State) outstanding(from int) msg.Message {
	var left []msg.Message
	for _, step := range steps[from:] {
		if one := step.Leftover(s); !one.Empty() {
			left = append(left, one)
		}
	}
	return msg.List(", ", left...)
}

// gone notes that something that was created is there no longer, and all that went with it.
func (s *State) gone(c made.Object) {
	s.Gone(c)
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
			r.Gone = step.creates.goneWith(s, c) || r.Gone
		}
		s.Results[step.ID] = r
	}
}
