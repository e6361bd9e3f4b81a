package flows

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"fix403/flows/report"
	flowstory "fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/failure"
)

// onServer is what a server holds of the story, read past this program.
type onServer struct{ realm, client, user, role bool }

func (s *served) holds(st *flowstory.State) onServer {
	s.t.Helper()
	var on onServer
	realm := "/" + st.Params.Realm
	if status, _, _ := s.api(http.MethodGet, realm, nil); status != http.StatusOK {
		return on
	}
	on.realm = true
	_, _, users := s.api(http.MethodGet, realm+"/users?exact=true&username="+st.Params.Username, nil)
	on.user = strings.Contains(users, `"id"`)
	_, _, client := s.api(http.MethodGet, realm+"/clients?clientId="+st.Params.ClientID, nil)
	if on.client = strings.Contains(client, `"id"`); on.client {
		_, _, account := s.api(http.MethodGet, realm+"/clients/"+between(client, `"id":"`, `"`)+"/service-account-user", nil)
		_, _, rm := s.api(http.MethodGet, realm+"/clients?clientId=realm-management", nil)
		_, _, roles := s.api(http.MethodGet, realm+"/users/"+between(account, `"id":"`, `"`)+"/role-mappings/clients/"+between(rm, `"id":"`, `"`), nil)
		on.role = strings.Contains(roles, `"view-users"`)
	}
	return on
}

// claimed is what the story says that the server holds.
func claimed(st *flowstory.State) onServer {
	says := func(id flowstory.StepID) bool { return !flowstory.StepByID(id).Leftover(st).Empty() }
	return onServer{says(flowstory.StepRealm), says(flowstory.StepClient), says(flowstory.StepUser), says(flowstory.StepGrant)}
}

// agrees compares the story with the server: its steps, its list of what was created, and what it says of the calls.
func (s *served) agrees(after string, story *flowstory.Story) {
	s.t.Helper()
	st := story.State()
	on := s.holds(st)
	said := claimed(st)
	if st.Existing {
		said.realm = on.realm // it was there before, and is so also while its step is open
	}
	if said != on {
		s.t.Fatalf("after %s: the server holds %+v, the story says %+v", after, on, said)
	}
	standing := map[string]bool{}
	for _, c := range st.Created {
		standing[string(c.Kind)] = standing[string(c.Kind)] || !c.Removed
	}
	for kind, there := range map[string]bool{"realm": on.realm && !st.Existing, "client": on.client, "user": on.user} {
		if standing[kind] != there {
			s.t.Fatalf("after %s: the server holds %+v; created %+v", after, on, st.Created)
		}
	}
	if c := st.FirstCall; c != nil && c.Exchange.Status != http.StatusForbidden {
		s.t.Fatalf("after %s: the first call of the story got %d", after, c.Exchange.Status)
	}
	if (st.SecondCall != nil) != (st.Results[flowstory.StepSecondCall].Status == flowstory.StatusPassed) || st.SecondCall != nil && !on.role {
		s.t.Fatalf("after %s: the second call %v, the role there: %v", after, st.SecondCall, on.role)
	}
	if r := report.Run("test", story.Snapshot(), nil); (r.FirstCall == nil) != (st.FirstCall == nil) || (r.SecondCall == nil) != (st.SecondCall == nil) {
		s.t.Fatalf("after %s: the report has other calls than the story", after)
	}
}

func TestUndoOfAnEarlyStepUndoesTheLaterOnes(t *testing.T) {
	for _, existing := range []bool{false, true} {
		for _, id := range stepIDs()[1:] {
			t.Run(fmt.Sprint(id, " existing ", existing), func(t *testing.T) {
				server := serve(t, "")
				if existing {
					server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
				}
				s := server.story(func(o *flowstory.Options) { o.Existing = existing })
				if err := doAll(t, s); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Undo(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				if next, _ := s.Next(); next != id {
					t.Errorf("the next step is %s", next)
				}
				server.agrees("the undo", s)
				if on := server.holds(s.State()); on.role != (id == flowstory.StepSecondCall) {
					t.Errorf("the server holds %+v", on)
				}
				if existing && !server.holds(s.State()).realm {
					t.Error("the realm that was there before is gone")
				}
				mustDo(t, s, stepIDs()[slices.Index(stepIDs(), id):]...)
				if got := s.State().FirstCall.Exchange.Status; got != http.StatusForbidden {
					t.Errorf("once more the first call got %d", got)
				}
			})
		}
	}
}

// Whatever is done, undone, done again and looked at in whatever order: the story says what is true on the server.
func TestStoryAndServerAgreeAfterAnyOrderOfUndoAndRedo(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			server := serve(t, "")
			existing := seed%2 == 1
			if existing {
				server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
			}
			s := server.story(func(o *flowstory.Options) { o.Existing = existing })
			mustDo(t, s, flowstory.StepConnect)
			dice := rand.New(rand.NewPCG(seed, 403))
			for n := range 25 {
				id := stepIDs()[1+dice.IntN(len(stepIDs())-1)]
				next, open := s.Next()
				what, err := "", error(nil)
				switch roll := dice.IntN(8); {
				case open && roll < 5:
					what = "do " + string(next)
					_, err = s.Do(t.Context(), next)
				case roll == 5:
					if !open {
						next = flowstory.StepSecondCall
					}
					id = stepIDs()[1+dice.IntN(slices.Index(stepIDs(), next))]
					what = "look at " + string(id)
					if _, err = s.Check(t.Context(), id); id == next {
						err = nil // it may say that the step was not done
					}
				case roll == 6:
					what = "restart"
					_, err = s.Restart(t.Context())
				default:
					what = "undo " + string(id)
					_, err = s.Undo(t.Context(), id)
				}
				if err != nil {
					t.Fatalf("%d, %s: %v", n, what, err)
				}
				server.agrees(what, s)
			}
		})
	}
}

// inTheWay answers some calls in place of the server: with a status, or an error.
type inTheWay struct {
	http.RoundTripper
	refuse func(*http.Request) (int, error)
}

func (r inTheWay) RoundTrip(req *http.Request) (*http.Response, error) {
	status, err := r.refuse(req)
	switch {
	case err != nil:
		return nil, err
	case status != 0:
		return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req, Header: http.Header{"Content-Type": {"application/json"}},
			Body: http.NoBody}, nil
	}
	return r.RoundTripper.RoundTrip(req)
}

// refuse puts inTheWay between a story and its server.
func refuse(t *testing.T, s *flowstory.Story, f func(*http.Request) (int, error)) {
	t.Helper()
	s.Conn().Transport = inTheWay{http.DefaultTransport, f}
	mustDo(t, s, flowstory.StepConnect) // through it
}

func TestUndoThatIsRefusedStopsThereAndSaysWhatStands(t *testing.T) {
	for name, f := range map[string]func(*http.Request) (int, error){
		"403": func(*http.Request) (int, error) { return http.StatusForbidden, nil },
		"500": func(*http.Request) (int, error) { return http.StatusInternalServerError, nil },
		"no connection": func(*http.Request) (int, error) {
			return 0, errors.New("read tcp: connection reset by peer")
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, "")
			s := server.story()
			down := false
			refuse(t, s, func(r *http.Request) (int, error) {
				if down && r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/users/") && !strings.Contains(r.URL.Path, "role-mappings") {
					return f(r)
				}
				return 0, nil
			})
			if err := doAll(t, s); err != nil {
				t.Fatal(err)
			}
			down = true
			said, err := s.Undo(t.Context(), flowstory.StepClient)
			if err == nil {
				t.Fatal("the user could not be removed, and nobody says so")
			}
			if !strings.Contains(said.String(), "Revoked the role view-users") {
				t.Errorf("it does not say what was undone before: %q", said)
			}
			for _, stands := range []string{"Still in place", "the user john-doe", "the client 403-forbidden-fix-client"} {
				if !strings.Contains(err.Error(), stands) {
					t.Errorf("%q does not say %q", err, stands)
				}
			}
			if next, _ := s.Next(); next != stepIDs()[at(flowstory.StepUser)+1] {
				t.Errorf("the next step is %s", next)
			}
			down = false
			server.agrees("the refused undo", s)
			if _, err := s.Undo(t.Context(), flowstory.StepClient); err != nil {
				t.Fatal(err)
			}
			server.agrees("the second undo", s)
			if err := doAll(t, s); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// The server did it, and its answer was lost: the server is asked, and not the answer.
func TestUndoWhoseAnswerWasLostIsReadBack(t *testing.T) {
	for _, id := range []flowstory.StepID{flowstory.StepGrant, flowstory.StepUser, flowstory.StepClient, flowstory.StepRealm} {
		server := serve(t, "")
		s := server.story()
		if err := doAll(t, s); err != nil {
			t.Fatal(err)
		}
		server.intercept(nil, func(r *http.Request) bool { return r.Method == http.MethodDelete })
		_, _ = s.Undo(t.Context(), id)
		server.intercept(nil, nil)
		server.agrees("undo "+string(id)+" without an answer", s)
	}
}

// A server that answers as if it had done it, and has not.
func TestUndoIsNotAssumed(t *testing.T) {
	for kind, path := range map[flowstory.StepID]string{flowstory.StepGrant: "role-mappings", flowstory.StepUser: "/users/", flowstory.StepClient: "/clients/", flowstory.StepRealm: "/realms/403-forbidden-fix"} {
		server := serve(t, "")
		s := server.story()
		refuse(t, s, func(r *http.Request) (int, error) {
			if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, path) {
				return http.StatusNoContent, nil
			}
			return 0, nil
		})
		if err := doAll(t, s); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Undo(t.Context(), kind); err == nil {
			t.Errorf("%s: the undo was believed", kind)
		}
		server.agrees("undo "+string(kind)+" that was not done", s)
	}
}

func TestUndoOfWhatWasRemovedByHand(t *testing.T) {
	for kind, remove := range map[string]func(*served, *flowstory.State){
		"realm": func(s *served, st *flowstory.State) { s.api(http.MethodDelete, "/"+st.Params.Realm, nil) },
		"client": func(s *served, st *flowstory.State) {
			s.api(http.MethodDelete, "/"+st.Params.Realm+"/clients/"+st.Client.ID, nil)
		},
		"user": func(s *served, st *flowstory.State) {
			s.api(http.MethodDelete, "/"+st.Params.Realm+"/users/"+st.User.ID, nil)
		},
	} {
		server := serve(t, "")
		s := server.story()
		if err := doAll(t, s); err != nil {
			t.Fatal(err)
		}
		remove(server, s.State())
		if said, err := s.Undo(t.Context(), flowstory.StepRealm); err != nil || !strings.Contains(said.String(), "already gone") {
			t.Errorf("%s: %q, %v", kind, said, err)
		}
		server.agrees("undo without the "+kind, s)
		if err := doAll(t, s); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// What others made under the same name after ours was removed is not ours.
func TestUndoLeavesWhatOthersMadeUnderTheName(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	st := s.State()
	server.api(http.MethodDelete, "/403-forbidden-fix/clients/"+st.Client.ID, nil)
	server.make("/403-forbidden-fix/clients", map[string]any{"clientId": st.Client.ClientID, "attributes": map[string]string{keycloak.MarkerAttribute: "another run"}})
	server.api(http.MethodDelete, "/403-forbidden-fix/users/"+st.User.ID, nil)
	server.make("/403-forbidden-fix/users", map[string]any{"username": "john-doe", "enabled": true})
	if said, err := s.Undo(t.Context(), flowstory.StepClient); err != nil || strings.Count(said.String(), "Another one has that name") != 2 {
		t.Errorf("%q, %v", said, err)
	}
	if on := server.holds(st); !on.client || !on.user {
		t.Errorf("the server holds %+v", on)
	}
	server.api(http.MethodDelete, "/403-forbidden-fix", nil)
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true, "attributes": map[string]string{keycloak.MarkerAttribute: "another run"}})
	if said, err := s.Undo(t.Context(), flowstory.StepRealm); err != nil || !strings.Contains(said.String(), "Another one has that name") {
		t.Errorf("%q, %v", said, err)
	}
	if got := server.realms(); !strings.Contains(got, "403-forbidden-fix") {
		t.Errorf("realms: %s", got)
	}
}

// A role that was given by hand is there before this run's: it stays.
func TestUndoLeavesARoleThatWasGivenByHand(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	doBefore(t, s, flowstory.StepGrant)
	give(server, "403-forbidden-fix", s.State().Client.ID)
	if _, err := s.Check(t.Context(), flowstory.StepGrant); err != nil {
		t.Fatal(err)
	}
	doThrough(t, s, flowstory.StepSecondCall)
	if said, err := s.Undo(t.Context(), flowstory.StepGrant); err != nil || !strings.Contains(said.String(), "was not granted by this run") {
		t.Errorf("%q, %v", said, err)
	}
	if !server.holds(s.State()).role {
		t.Error("the role was taken back")
	}
}

// What an earlier run left is used again, and stays; only the role that this run gave is taken back.
func TestUndoInTheRealmOfAnEarlierRun(t *testing.T) {
	server := serve(t, "")
	if err := doAll(t, server.story()); err != nil {
		t.Fatal(err)
	}
	s := server.story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(t.Context(), flowstory.StepConnect); err == nil {
		t.Error("logged out while a role stands that could not be taken back then")
	}
	if _, err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if on, want := server.holds(s.State()), (onServer{true, true, true, false}); on != want {
		t.Errorf("the server holds %+v", on)
	}
	if _, err := s.Undo(t.Context(), flowstory.StepConnect); err != nil {
		t.Error(err)
	}
}

// The creation was done and its answer lost, and nothing was done again since: it is known by the mark of this run.
func TestUndoOfACreationWithoutAnAnswer(t *testing.T) {
	for id, path := range map[flowstory.StepID]string{flowstory.StepRealm: "/admin/realms", flowstory.StepClient: "/clients", flowstory.StepUser: "/users"} {
		server := serve(t, "")
		server.make("", map[string]any{"realm": "theirs", "enabled": true})
		s := server.story(func(o *flowstory.Options) { // only there users carry a mark
			if o.Existing = id == flowstory.StepUser; o.Existing {
				o.Params.Realm = "theirs"
			}
		})
		server.intercept(nil, func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), path)
		})
		if err := doAll(t, s); err == nil {
			t.Fatal("nothing was cut off")
		}
		server.intercept(nil, nil)
		if said, err := s.Undo(t.Context(), id); err != nil || !strings.Contains(said.String(), "Removed the") {
			t.Errorf("%s: %q, %v", id, said, err)
		}
		server.agrees("undo "+string(id)+" without an answer", s)
		if !flowstory.Leftovers(s.State()).Empty() && id == flowstory.StepRealm {
			t.Errorf("kept: %s", flowstory.Leftovers(s.State()))
		}
	}
}

// A name that was changed after a failed try: both are of this run.
func TestUndoTakesBackAllOfAKind(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, flowstory.StepConnect)
	fail := true
	refuse(t, s, func(r *http.Request) (int, error) {
		if fail && strings.HasSuffix(r.URL.Path, "/client-secret") {
			return http.StatusInternalServerError, nil
		}
		return 0, nil
	})
	mustDo(t, s, flowstory.StepRealm)
	if _, err := s.Do(t.Context(), flowstory.StepClient); err == nil {
		t.Fatal("the secret could not be read, and nobody says so")
	}
	if err := s.Set("client-id", "another"); err != nil {
		t.Fatal(err)
	}
	fail = false
	mustDo(t, s, flowstory.StepClient)
	if _, err := s.Undo(t.Context(), flowstory.StepClient); err != nil {
		t.Fatal(err)
	}
	_, _, clients := server.api(http.MethodGet, "/403-forbidden-fix/clients", nil)
	for _, id := range []string{"another", "403-forbidden-fix-client"} {
		if strings.Contains(clients, `"clientId":"`+id+`"`) {
			t.Errorf("the client %s is still there", id)
		}
	}
}

// Given up in the middle: the step that is under way comes to its end, and no other is begun.
func TestUndoThatIsGivenUp(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	server.intercept(func(r *http.Request) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/users/") && !strings.Contains(r.URL.Path, "role-mappings") {
			cancel()
		}
	}, nil)
	if _, err := s.Undo(ctx, flowstory.StepRealm); failure.KindOf(err) != failure.Canceled {
		t.Errorf("got %v", err)
	}
	server.intercept(nil, nil)
	if next, _ := s.Next(); next != flowstory.StepUser {
		t.Errorf("the next step is %s", next)
	}
	server.agrees("the undo that was given up", s)
}

// Two presses of the key, and one while a step runs: one after the other, and the second finds nothing to do.
func TestUndoAtOnce(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, flowstory.StepConnect, flowstory.StepRealm, flowstory.StepClient, flowstory.StepUser)
	errs := make(chan error, 4)
	for range 2 {
		go func() { _, err := s.Undo(t.Context(), flowstory.StepClient); errs <- err }()
	}
	go func() { _, err := s.Do(t.Context(), flowstory.StepFirstCall); _ = err; errs <- nil }() // before or after them: it may be locked
	go func() { _, err := s.Restart(t.Context()); errs <- err }()
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	server.agrees("all of it", s)
	if got := server.realms(); got != "master" {
		t.Errorf("realms: %s", got)
	}
}

// The program is killed right after the server took something back: the journal only says what may be there, and the run
// goes on with what is.
func TestResumeAfterAKillInTheMidstOfAnUndo(t *testing.T) {
	for _, id := range []flowstory.StepID{flowstory.StepUser, flowstory.StepClient, flowstory.StepRealm} {
		server := serve(t, "")
		s := server.story()
		if err := doAll(t, s); err != nil { // it ended before, and does so no longer
			t.Fatal(err)
		}
		st := s.State()
		path := map[flowstory.StepID]string{flowstory.StepUser: "/users/" + st.User.ID, flowstory.StepClient: "/clients/" + st.Client.ID, flowstory.StepRealm: "/403-forbidden-fix"}[id]
		var journal []byte // as it was when the program was killed
		server.intercept(nil, func(r *http.Request) bool {
			if r.Method != http.MethodDelete || !strings.HasSuffix(r.URL.Path, path) {
				return false
			}
			var err error
			if journal, err = os.ReadFile(server.path); err != nil {
				t.Error(err)
			}
			return true
		})
		_, _ = s.Undo(t.Context(), id)
		server.intercept(nil, nil)
		if err := os.WriteFile(server.path, journal, 0o600); err != nil {
			t.Fatal(err)
		}
		again, next := resumed(t, server, left(t, server))
		if next != id {
			t.Errorf("killed in the undo of %s, the run goes on at %s", id, next)
		}
		server.agrees("going on", again)
		if err := doAll(t, again); err != nil {
			t.Fatal(err)
		}
		server.agrees("the end", again)
	}
}

// The removal at the end leaves no step that says that something stands.
func TestNothingIsSaidToStandAfterTheCleanup(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	if err := s.Cleanup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if on, said := server.holds(s.State()), claimed(s.State()); on != said {
		t.Errorf("the server holds %+v, the story says %+v", on, said)
	}
}
