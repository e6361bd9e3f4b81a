package flows

// UseExisting has the story work inside a realm that fix403 did not create: only client and user are created there, and
// only they are removed. It is refused once the realm's step has passed.
func (s *Story) UseExisting() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Results[StepRealm].Status == StatusPassed {
		return badInput("Undo the step first.", "The realm is chosen already.")
	}
	s.options.Existing, s.state.Existing, s.shown = true, true, nil
	return nil
}

// CanUseExisting tells whether the realm's step failed because the realm is not ours, so that working inside it would help.
func (s *Story) CanUseExisting() bool {
	st := s.current()
	check, ok := st.Results[StepRealm].Err.(*CheckError) //nolint:errorlint // a step's check returns the bare type
	return ok && check.Kind == "not-ours" && !st.Existing && !st.Practice
}
