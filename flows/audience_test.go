package flows

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"fix403/flows/handtest"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/manual"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/keycloak"
)

// These stories are told behind servertest.AudienceGate, which is a stand-in: it assumes the body of the 401, the exact audience,
// and that aud alone is looked at.

// defaultScopes are those of the story's client, as somebody else sees them.
func (s *served) defaultScopes(st *story.State) string {
	s.t.Helper()
	_, _, text := s.api(http.MethodGet, "/"+st.Params.Realm+"/clients/"+st.Client.ID+"/default-client-scopes", nil)
	return text
}

// assign makes a default one of the story's client, as a person would.
func (s *served) assign(st *story.State) {
	s.t.Helper()
	_, _, text := s.api(http.MethodGet, "/"+st.Params.Realm+"/client-scopes", nil)
	var scopes []struct{ ID, Name string }
	if err := json.Unmarshal([]byte(text), &scopes); err != nil {
		s.t.Fatal(err)
	}
	id := scopes[slices.IndexFunc(scopes, func(c struct{ ID, Name string }) bool { return c.Name == keycloak.AdminAPIScope })].ID
	if status, _, text := s.api(http.MethodPut, "/"+st.Params.Realm+"/clients/"+st.Client.ID+"/default-client-scopes/"+id, nil); status != http.StatusNoContent {
		s.t.Fatal(status, text)
	}
}

func (s *served) journalHasScope() bool {
	s.t.Helper()
	out, err := s.journal.Outstanding(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.ContainsFunc(out, func(e journal.Entry) bool { return e.Kind == kind.Kind(journal.ChangeDefaultScope) })
}

func TestStoryOfTwoWalls(t *testing.T) {
	server := serveGated(t)
	s := server.story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	st := s.State()
	var got []int
	for _, c := range []*story.Call{st.AudienceCall, st.FirstCall, st.OldTokenCall, st.SecondCall} {
		got = append(got, c.Exchange.Status)
	}
	if !slices.Equal(got, []int{401, 403, 200, 200}) {
		t.Errorf("the calls were answered with %v", got)
	}
	want := server.url + "/admin/realms/" + st.Params.Realm
	if len(st.AudienceCall.Token.AdminAudience()) > 0 || !slices.Equal(st.FirstCall.Token.AdminAudience(), []string{want}) {
		t.Errorf("audiences: %v, then %v", st.AudienceCall.Token.Audience, st.FirstCall.Token.Audience)
	}
	doc := report.Run("test", s.Snapshot(), nil)
	if c := doc.AudienceCall; c == nil || c.Status != 401 || c.ScopeAssigned != keycloak.AdminAPIScope || len(c.Audience) == 0 && c.Audience == nil || doc.FirstCall.Status != 403 {
		t.Errorf("the document has %+v, %+v", c, doc.FirstCall)
	}
	if !server.journalHasScope() {
		t.Error("the journal does not know of the client scope")
	}
	if choice := story.StepByID(story.StepFirstCall).Questions[0].Answer(st); choice != 1 {
		t.Errorf("the answer to the question is choice %d", choice)
	}
	server.down()
	if names := server.realms(); names != "master" {
		t.Errorf("after down: %s", names)
	}
}

func TestNoWallOfTheAudienceWithoutIt(t *testing.T) {
	server := serve(t, "26.7.3")
	s := server.story(func(o *story.Options) { o.InParts = true })
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); st.AudienceCall != nil || st.ScopeOn != "" || st.AudienceShown || report.Run("test", s.Snapshot(), nil).AudienceCall != nil {
		t.Error("the story has a wall that is not there")
	}
	if server.journalHasScope() {
		t.Error("a client scope was assigned")
	}
}

// A person sees the first wall before anything is done about it.
func TestHalfwayOfTwoWalls(t *testing.T) {
	server := serveGated(t)
	parts := func(o *story.Options) { o.InParts = true }
	toFirstCall := stepIDs()[:at(story.StepFirstCall)]
	first := story.StepByID(story.StepFirstCall)

	s := server.story(parts)
	mustDo(t, s, toFirstCall...)
	mustDo(t, s, story.StepFirstCall)
	st := s.State()
	if !first.Halfway(st) || st.Results[story.StepFirstCall].Status != story.StatusOpen || server.journalHasScope() || strings.Contains(server.defaultScopes(st), keycloak.AdminAPIScope) {
		t.Fatalf("not halfway: %+v", st.Results[story.StepFirstCall])
	}
	if next, _ := s.Next(); next != story.StepFirstCall || !s.CanWatch(next) || first.CanUndo(st) {
		t.Errorf("next is %s", next)
	}
	mustDo(t, s, story.StepFirstCall)
	if st = s.State(); st.FirstCall.Exchange.Status != 403 || first.Halfway(st) || st.ScopeOn != st.Client.ID || !first.CanUndo(st) || !server.journalHasScope() {
		t.Errorf("after the second part: %+v", st.FirstCall)
	}
	if _, err := s.Undo(t.Context(), story.StepFirstCall); err != nil {
		t.Fatal(err)
	}
	if st = s.State(); st.AudienceCall != nil || st.ScopeOn != "" || strings.Contains(server.defaultScopes(st), keycloak.AdminAPIScope) || server.journalHasScope() {
		t.Error("the client scope was not taken back")
	}
	mustDo(t, s, story.StepFirstCall)
	if !first.Halfway(s.State()) {
		t.Error("after the undo the first wall does not stand again")
	}
	// by hand
	if _, err := s.Check(t.Context(), story.StepFirstCall); !problem.IsMissing(err) {
		t.Errorf("the check says %v", err)
	}
	if done, err := s.Peek(t.Context(), story.StepFirstCall); done || err != nil {
		t.Errorf("a look says %v, %v", done, err)
	}
	server.assign(st)
	if done, err := s.Peek(t.Context(), story.StepFirstCall); !done || err != nil {
		t.Errorf("a look says %v, %v", done, err)
	}
	if _, err := s.Check(t.Context(), story.StepFirstCall); err != nil {
		t.Fatal(err)
	}
	if st = s.State(); st.AudienceCall == nil || st.FirstCall.Exchange.Status != 403 || st.ScopeOn != "" || st.ScopeAssigned == "" || server.journalHasScope() {
		t.Errorf("by hand: %+v", st)
	}
	if _, err := s.Undo(t.Context(), story.StepFirstCall); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(server.defaultScopes(st), keycloak.AdminAPIScope) {
		t.Error("what was assigned by hand was taken back")
	}
}

// In a realm that is not ours, down takes the scope with the client; and a run that goes on has no first wall: the scope is
// there, and nothing is invented.
func TestTwoWallsInAnExistingRealmAndResumed(t *testing.T) {
	server := serveGated(t)
	server.make("", map[string]any{"realm": "shop", "enabled": true})
	in := func(o *story.Options) { o.Params.Realm, o.Existing = "shop", true }
	s := server.story(in)
	doThrough(t, s, story.StepFirstCall)
	if s.State().AudienceCall == nil {
		t.Fatal("no wall")
	}
	u := left(t, server)
	again, next := resumed(t, server, u)
	if next != stepIDs()[at(story.StepUser)+1] {
		t.Fatalf("it goes on at %s", next)
	}
	if st := again.State(); st.ScopeOn != st.Client.ID {
		t.Error("the resumed run does not know of the client scope")
	}
	doThrough(t, again, story.Last().ID)
	if st := again.State(); st.AudienceCall != nil || st.FirstCall.Exchange.Status != 403 || report.Run("test", again.Snapshot(), nil).AudienceCall != nil {
		t.Error("a wall that was not met")
	}
	if _, err := again.Undo(t.Context(), story.StepFirstCall); err != nil {
		t.Fatal(err)
	}
	if st := again.State(); st.ScopeOn != "" || strings.Contains(server.defaultScopes(st), keycloak.AdminAPIScope) || server.journalHasScope() {
		t.Error("the client scope was not taken back")
	}
	doThrough(t, again, story.Last().ID)
	if again.State().AudienceCall == nil {
		t.Error("after the undo the first wall does not stand again")
	}
	if err := again.Cleanup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if server.journalHasScope() {
		t.Error("the journal still has the client scope")
	}
}

// A run that is given up while the scope is assigned leaves a journal by which it can be taken back.
func TestGivenUpBetweenTheWalls(t *testing.T) {
	server := serveGated(t)
	server.make("", map[string]any{"realm": "shop", "enabled": true})
	s := server.story(func(o *story.Options) { o.Params.Realm, o.Existing = "shop", true })
	doBefore(t, s, story.StepFirstCall)
	ctx, cancel := context.WithCancel(t.Context())
	server.whenActed(cancel)
	server.intercept(nil, func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/default-client-scopes/")
	})
	if _, err := s.Do(ctx, story.StepFirstCall); err == nil {
		t.Fatal("the step passed")
	}
	server.intercept(nil, nil)
	if !server.journalHasScope() {
		t.Fatal("the journal does not know of the client scope")
	}
	st := s.State()
	if !strings.Contains(server.defaultScopes(st), keycloak.AdminAPIScope) {
		t.Fatal("the server did not act")
	}
	if _, err := s.Undo(t.Context(), story.StepFirstCall); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(server.defaultScopes(st), keycloak.AdminAPIScope) || server.journalHasScope() {
		t.Error("the client scope was not taken back")
	}
	doThrough(t, s, story.Last().ID)
	server.down()
	if server.journalHasScope() {
		t.Error("after down the journal has the client scope")
	}
}

// The texts by hand meet both walls too, where the server shows that it asks for the audience.
func TestTwoWallsByHand(t *testing.T) {
	needs(t, "sh", "curl", "grep", "cut", "sed", "tr", "head", "mktemp")
	s := serveGated(t)
	st := &story.State{URL: s.url, AdminName: s.admin, AdminRealm: "master", Params: params.DefaultParams()}
	plain := manual.FormCurl.Story(nil, st)
	st.AudienceShown = true
	w := handtest.New(t, os.Getenv("PATH"))
	out := watchedShell(t, w, []string{"ADMIN_PASSWORD=" + s.pass}, manual.FormCurl.Story(nil, st)+"\necho \"$CLIENT_SECRET\"\n")
	said := strings.Fields(out)
	if len(said) != 5 || !slices.Equal(said[:4], []string{"401", "403", "200", "200"}) {
		t.Fatalf("printed %q", out)
	}
	if line := w.Wrong(s.pass, said[4]); line != "" {
		t.Errorf("a secret on a command line: %s", line)
	}
	first := story.StepByID(story.StepFirstCall)
	for _, f := range manual.Forms() {
		if text := manual.Render(nil, first, f.Form, st); !strings.Contains(text, keycloak.AdminAPIScope) || handtest.Shape(text) != "" {
			t.Errorf("%s: %s", f.Form, text)
		}
	}
	if strings.Contains(plain, keycloak.AdminAPIScope) {
		t.Error("the client scope is in the text for a server that does not ask for the audience")
	}
}
