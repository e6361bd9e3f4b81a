package flows

import (
	"testing"

	"fix403/flows/story"
)

// TestStillStaysAsItWas: the story goes on, its still does not, and sends nothing.
func TestStillStaysAsItWas(t *testing.T) {
	s := serve(t, "").story()
	mustDo(t, s, story.StepConnect)
	mustDo(t, s, story.StepRealm)
	still := s.Snapshot()
	state, exchanges := still.State(), len(still.Exchanges())
	mustDo(t, s, story.StepClient)
	if _, err := still.Do(t.Context(), story.StepClient); err == nil {
		t.Error("a step was done")
	}
	if _, err := still.Check(t.Context(), story.StepRealm); err == nil {
		t.Error("a step was checked")
	}
	if _, err := still.Undo(t.Context(), story.StepRealm); err == nil {
		t.Error("a step was undone")
	}
	if err := still.Cleanup(t.Context()); err == nil {
		t.Error("what was created was removed")
	}
	if found, _ := still.Peek(t.Context(), story.StepClient); found {
		t.Error("the server was looked at")
	}
	if now := still.State(); len(now.Results) != 2 || len(now.Created) != 1 || now.Realm == nil || now.Realm.Name != state.Realm.Name {
		t.Errorf("it has become %+v", now)
	}
	if n := len(still.Exchanges()); n != exchanges || n >= len(s.Exchanges()) {
		t.Errorf("it has %d exchanges, and had %d", n, exchanges)
	}
	if secret := s.ClientSecret().Reveal(); still.ClientSecret().Reveal() == secret {
		t.Error("it knows what came later")
	}
}
