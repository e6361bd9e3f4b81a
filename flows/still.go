package flows

import (
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// errStill is a mistake in the program, and nothing that a person sees.
var errStill = &keycloak.Error{Kind: keycloak.KindBadInput, Message: msg.New("This is a story as it was: it is only looked at."), Hint: msg.New("Use the story itself.")}

// Still returns the story as it stands now, to be looked at and drawn later. It sends nothing: what would is refused.
func (s *Story) Still() *Story {
	still := &Story{options: s.options, conn: &Conn{Recorder: s.conn.Recorder.Copy()}, state: s.current(), still: true}
	still.options.Events, still.options.Journal = nil, nil
	s.mu.Lock()
	defer s.mu.Unlock()
	still.inputs, still.secret = s.inputs, s.secret
	return still
}
