package story

import (
	"context"

	"fix403/flows/kind"
	"fix403/flows/problem"
)

// CanWatch reports whether another person can do the step while a front end waits at it: it leaves something on the server,
// it is the next one, and the server is not the one inside this program, which nobody else reaches.
func (s *Story) CanWatch(id StepID) bool {
	step, st := StepByID(id), s.Current()
	leaves := step.undo != nil && step.peek == nil || step.Halfway(st)
	if s.options.Practice || !leaves || !step.CanCheck() {
		return false
	}
	next, open := s.Next()
	return open && next == id
}

// Peek looks whether a step is done on the server, and changes nothing but what is remembered as missing: no exchange is
// recorded, no event is sent, and the step stays as it is. An error other than that the step is not done is returned.
func (s *Story) Peek(ctx context.Context, id StepID) (done bool, err error) {
	step := StepByID(id)
	s.run.Lock()
	defer s.run.Unlock()
	if s.conn.Admin == nil || step == nil || step.check == nil {
		return false, nil
	}
	s.quiet = true
	defer func() { s.quiet = false }()
	look := step.check
	if step.peek != nil {
		look = step.peek
	}
	_, err = look(ctx, s)
	if problem.IsMissing(err) {
		return false, nil
	}
	return err == nil, err
}

// createdByHand reports whether something without our mark was made by hand while this run waited for it.
func (s *Story) createdByHand(k kind.Kind, realm, name, id string) (bool, error) {
	return s.byHand.Made(s.entry(k, realm, name, id), storyNames(s.Current()), s.options.Journal)
}
