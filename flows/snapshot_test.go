package flows

import (
	"strings"
	"testing"

	"fix403/flows/story"
	"fix403/keycloak/foreign"
)

// TestSnapshotStaysAsItWas: the story goes on, its snapshot does not, and holds no secret.
func TestSnapshotStaysAsItWas(t *testing.T) {
	s := serve(t, "").story()
	mustDo(t, s, story.StepConnect)
	mustDo(t, s, story.StepRealm)
	still := s.Snapshot()
	name, exchanges := still.Realm.Name, len(still.Exchanges)
	if next, open := still.Next(); !open || next != story.StepClient {
		t.Errorf("the next step is %s", next)
	}
	mustDo(t, s, story.StepClient)
	if _, err := s.Undo(t.Context(), story.StepRealm); err != nil {
		t.Fatal(err)
	}
	if len(still.Results) != 2 || len(still.Created) != 1 || still.Created[0].Removed || still.Realm == nil || still.Realm.Name != name {
		t.Errorf("it has become %+v", still.State)
	}
	if n := len(still.Exchanges); n != exchanges || n >= len(s.Exchanges()) {
		t.Errorf("it has %d exchanges, and had %d", n, exchanges)
	}
	if next, _ := s.Snapshot().Next(); next != story.StepRealm {
		t.Errorf("after the undo the next step is %s", next)
	}
}

// A snapshot holds no secret, whatever is drawn of it.
func TestSnapshotHoldsNoSecret(t *testing.T) {
	s := serve(t, "").story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	now := s.Snapshot()
	var given []string
	for _, inputs := range now.Inputs {
		for _, in := range inputs {
			given = append(given, in.Value)
		}
	}
	text, err := foreign.JSON([]any{now.State, now.Exchanges, given})
	if err != nil {
		t.Fatal(err)
	}
	secret := s.ClientSecret().Reveal()
	if secret == "" || strings.Contains(string(text), secret) {
		t.Error("it holds the client's secret")
	}
	if len(text) < 10_000 {
		t.Errorf("that is all of it: %s", text)
	}
}
