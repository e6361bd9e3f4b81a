package flows

import (
	"net/http"
	"strings"
	"testing"

	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak/msg"
)

func TestWhatIsMadeByHandWhileTheRunWaitsIsUsed(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, story.StepConnect)
	recorded := len(s.Exchanges())
	peek := func(id story.StepID, want bool) {
		t.Helper()
		if done, err := s.Peek(t.Context(), id); err != nil || done != want {
			t.Fatalf("%s: %v, %v", id, done, err)
		}
	}
	found := func(id story.StepID) story.Result {
		t.Helper()
		peek(id, true)
		if s.State().Results[id].Status != story.StatusOpen {
			t.Fatalf("looking changed the step %s", id)
		}
		r, err := s.Check(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	peek(story.StepRealm, false)
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
	peek(story.StepRealm, true)
	if n := len(s.Exchanges()); n != recorded {
		t.Errorf("%d exchanges were recorded", n-recorded)
	}
	if r := found(story.StepRealm); !strings.Contains(msg.List(" ", r.Notes...).String(), "created by hand while fix403 waited") {
		t.Errorf("notes %q", r.Notes)
	}
	peek(story.StepClient, false)
	id := server.make("/403-forbidden-fix/clients", map[string]any{"clientId": "403-forbidden-fix-client", "serviceAccountsEnabled": true, "publicClient": false})
	found(story.StepClient)
	peek(story.StepUser, false)
	server.make("/403-forbidden-fix/users", map[string]any{"username": "john-doe", "enabled": true})
	found(story.StepUser)
	doBefore(t, s, story.StepFirstCall)
	if r, err := s.Check(t.Context(), story.StepFirstCall); err != nil || s.State().FirstCall.Exchange.Status != 403 {
		t.Fatalf("%+v, %v", r, err)
	}
	doBefore(t, s, story.StepGrant)
	peek(story.StepGrant, false)
	give(server, "403-forbidden-fix", id)
	found(story.StepGrant)
	doBefore(t, s, story.StepSecondCall)
	if _, err := s.Check(t.Context(), story.StepSecondCall); err != nil || s.State().OldTokenCall == nil {
		t.Fatal(err)
	}
	if _, open := s.Next(); open {
		t.Error("the story has not ended")
	}
	if err := s.Cleanup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := server.realms(); !strings.Contains(got, "403-forbidden-fix") {
		t.Error("a realm that fix403 did not create was removed")
	}
}

func TestWhatWasThereBeforeIsNotTakenForMadeByHand(t *testing.T) {
	server := serve(t, "")
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
	s := server.story()
	mustDo(t, s, story.StepConnect)
	for range 2 {
		if done, err := s.Peek(t.Context(), story.StepRealm); done || err == nil {
			t.Fatal(done, err)
		}
	}
	if _, err := s.Do(t.Context(), story.StepRealm); err == nil {
		t.Error("somebody else's realm was used")
	}
}

func TestALookThatFindsNothingLeavesTheStepOpen(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, story.StepConnect)
	_, err := s.Check(t.Context(), story.StepRealm)
	if !problem.IsMissing(err) || s.State().Results[story.StepRealm].Status != story.StatusOpen {
		t.Errorf("%v, %+v", err, s.State().Results[story.StepRealm])
	}
}

// Whoever gave the role before the first call was looked at has his call made for him: the role is taken back first.
func TestFirstCallAfterTheRoleWasGivenByHand(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	doBefore(t, s, story.StepFirstCall)
	give(server, "403-forbidden-fix", s.State().Client.ID)
	if _, err := s.Check(t.Context(), story.StepFirstCall); err == nil || !strings.Contains(err.Error(), "has a role that allows it already") {
		t.Fatal(err)
	}
	if r, err := s.Do(t.Context(), story.StepFirstCall); err != nil || !strings.Contains(msg.List(" ", r.Notes...).String(), "it was revoked") {
		t.Errorf("%+v", r)
	}
}

func TestWhoCanBeWatched(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, story.StepConnect)
	for _, id := range stepIDs() {
		if got := s.CanWatch(id); got != (id == story.StepRealm) {
			t.Errorf("%s: %v", id, got)
		}
	}
	inProcess, err := story.New(story.Options{Practice: true, Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, inProcess, story.StepConnect)
	if inProcess.CanWatch(story.StepRealm) {
		t.Error("nobody else reaches the server in this process")
	}
}

func TestRestartTakesBackWhatTheRunDid(t *testing.T) {
	for _, existing := range []bool{false, true} {
		server := serve(t, "")
		if existing {
			server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
		}
		s := server.story(func(o *story.Options) { o.Existing = existing })
		if err := doAll(t, s); err != nil {
			t.Fatal(err)
		}
		said, err := s.Restart(t.Context())
		if err != nil || !strings.Contains(said.String(), "starts again at the realm") {
			t.Fatal(said, err)
		}
		if next, _ := s.Next(); next != story.StepRealm {
			t.Errorf("next is %s", next)
		}
		if _, _, list := server.api(http.MethodGet, "/403-forbidden-fix/users?username=john-doe", nil); strings.Contains(list, "john-doe") {
			t.Errorf("the user is still there: %s", list)
		}
		if got := server.realms(); existing != strings.Contains(got, "403-forbidden-fix") {
			t.Errorf("existing %v: realms %s", existing, got)
		}
		if err := doAll(t, s); err != nil {
			t.Error(err)
		}
	}
}

func TestHintsAreThreeForEachStep(t *testing.T) {
	for _, step := range story.Steps() {
		for i, h := range step.Hints(&story.State{}) {
			if h == "" {
				t.Errorf("%s has no hint %d", step.ID, i+1)
			}
		}
	}
}

// An admin whose token is older than a realm that was made by hand logs in again, once.
func TestRealmMadeByHandIsNewerThanTheToken(t *testing.T) {
	server := serve(t, "24.0.5")
	credentials := server.adminClient("create-realm")
	_, _, account := server.api(http.MethodGet, "/master/users?username=service-account-automation", nil)
	_, _, role := server.api(http.MethodGet, "/master/roles/admin", nil)
	if status, _, text := server.api(http.MethodPost, "/master/users/"+between(account, `"id":"`, `"`)+"/role-mappings/realm",
		[]map[string]string{{"id": between(role, `"id":"`, `"`), "name": "admin"}}); status != http.StatusNoContent {
		t.Fatal(text)
	}
	s := server.story(func(o *story.Options) { o.Credentials = credentials })
	mustDo(t, s, story.StepConnect)
	if done, err := s.Peek(t.Context(), story.StepRealm); done || err != nil {
		t.Fatal(done, err)
	}
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
	if _, err := s.Check(t.Context(), story.StepRealm); err != nil {
		t.Error(err)
	}
	if last := s.Exchanges()[len(s.Exchanges())-2]; !strings.Contains(last.Purpose.String(), "older than the realm") {
		t.Errorf("it did not log in again: %s", last.Purpose)
	}
}
