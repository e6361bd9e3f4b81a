package story

import (
	"context"

	"fix403/flows/journal"
	"fix403/flows/problem"
	"fix403/keycloak"
)

func storyNames(st *State) *journal.StoryNames {
	p := st.Params
	return &journal.StoryNames{ClientID: p.ClientID, RedirectURIs: p.RedirectURIs, Username: p.Username, Email: p.Email, Existing: st.Existing}
}

// Resuming returns the options of a story that goes on with a run. Credentials that were given for another server are
// left out.
func (o Options) Resuming(u journal.Unfinished) Options {
	if !u.On(o.URL) {
		o.Credentials = keycloak.Credentials{Realm: o.Credentials.Realm}
	}
	o.Practice, o.As, o.URL, o.Params, o.Existing, o.Resume = false, "", u.Server, u.Params, u.Existing, &u
	return o
}

// Resuming is the run that the story goes on with, nil for none or once that was done.
func (s *Story) Resuming() *journal.Unfinished {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.earlier
}

// Resume looks at the server which steps an earlier run had done, up to the first one missing, and marks them done. The
// journal only says what to look for. The first call is always made again: its token is gone. It needs the first step.
func (s *Story) Resume(ctx context.Context) (next StepID, err error) {
	earlier := s.Resuming()
	if earlier == nil {
		return "", problem.BadInput("", "There is no earlier run to continue.")
	}
	for _, step := range steps[1 : lastCreation()+1] {
		if err := s.resumeStep(ctx, earlier, step); problem.IsMissing(err) {
			break
		} else if err != nil {
			return step.ID, err
		}
	}
	if st := s.Current(); st.Results[StepClient].Status == StatusPassed {
		s.update(func(st *State) { st.RestoreScope(earlier.Outstanding) })
	}
	s.mu.Lock()
	s.earlier, s.resumed = nil, true
	s.mu.Unlock()
	next, _ = s.Next()
	return next, nil
}

// lastCreation is the place of the last step that creates an object: no call of the story is made before it.
func lastCreation() int {
	last := 0
	for i, step := range steps {
		if step.creates != nil {
			last = i
		}
	}
	return last
}

// resumeStep looks whether a step is done, with what an earlier run created in it.
func (s *Story) resumeStep(ctx context.Context, earlier *journal.Unfinished, step *Step) error {
	if step.creates == nil {
		_, err := s.Check(ctx, step.ID)
		return err
	}
	creates := step.creates
	s.update(func(st *State) { st.Restore(creates.kind, earlier.Outstanding) })
	if _, err := s.Check(ctx, step.ID); err != nil {
		s.update(func(st *State) {
			st.Forget(creates.kind)
			delete(st.Results, step.ID)
		})
		return err
	}
	s.update(func(st *State) { st.Disown(creates.kind, creates.found(st), st.RunID, creates.trustsID) })
	return nil
}
