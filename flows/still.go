package flows

var errStill = badInput("Use the story itself.", "This is a story as it was: it is only looked at.")

// Still returns the story as it stands now, to be looked at and drawn later. It sends nothing: what would is refused.
func (s *Story) Still() *Story {
	still := &Story{options: s.options, recorder: s.recorder.Copy(), state: s.State(), still: true}
	still.options.Events, still.options.Journal = nil, nil
	s.mu.Lock()
	defer s.mu.Unlock()
	still.inputs, still.secret = s.inputs, s.secret
	return still
}
