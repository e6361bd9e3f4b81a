package flows

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"fix403/flows/journal"
	"fix403/flows/lab"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// left is the one run that the journal offers to go on with.
func left(t *testing.T, server *served) journal.Unfinished {
	t.Helper()
	runs, err := server.journal.Unfinished()
	if err != nil || len(runs) != 1 {
		t.Fatalf("%+v, %v", runs, err)
	}
	return runs[0]
}

// resumed goes on with a run and says where the story goes on.
func resumed(t *testing.T, server *served, u journal.Unfinished) (*story.Story, story.StepID) {
	t.Helper()
	s, err := story.New(server.options().Resuming(u))
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, s, story.StepConnect)
	next, err := s.Resume(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, next
}

func TestRunThatWasLeftGoesOnWhereItStopped(t *testing.T) {
	lastCreation := at(story.StepUser)
	for i, last := range stepIDs() {
		if i == 0 || last == story.Last().ID {
			continue // nothing was created yet, and nothing is left to do
		}
		t.Run("after "+string(last), func(t *testing.T) {
			server := serve(t, "")
			s := server.story(func(o *story.Options) { o.Params.Realm, o.Params.Username = "mine", "jane" })
			doThrough(t, s, last)
			u := left(t, server)
			if u.Params.Realm != "mine" || u.Params.Username != "jane" || u.Server != server.url {
				t.Errorf("%+v", u)
			}
			again, next := resumed(t, server, u)
			want := stepIDs()[min(i, lastCreation)+1] // calls are always made again: their token is gone
			if next != want {
				t.Errorf("goes on at %s, want %s", next, want)
			}
			if n, m := len(again.State().Created), len(s.State().Created); n != m {
				t.Errorf("%d objects are ours, of %d", n, m)
			}
			if err := doAll(t, again); err != nil {
				t.Fatal(err)
			}
			if runs, _ := server.journal.Unfinished(); len(runs) != 0 {
				t.Errorf("still offered: %+v", runs)
			}
			if said, err := again.Restart(t.Context()); err != nil || !strings.Contains(said.String(), "Removed the realm mine") {
				t.Error(said, err)
			}
		})
	}
}

func TestResumeBelievesTheServerAndNotTheJournal(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, story.StepConnect, story.StepRealm, story.StepClient, story.StepUser)
	u := left(t, server)
	server.api(http.MethodDelete, "/403-forbidden-fix/clients/"+s.State().Client.ID, nil)
	again, next := resumed(t, server, u)
	if next != story.StepClient || len(again.State().Created) != 1 || again.State().Results[story.StepClient].Status != story.StatusOpen {
		t.Errorf("goes on at %s; %+v", next, again.State().Created)
	}
	// A realm of the same name that somebody else made since.
	server.api(http.MethodDelete, "/403-forbidden-fix", nil)
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
	other, err := story.New(server.options().Resuming(u))
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, other, story.StepConnect)
	var check *problem.CheckError
	if _, err := other.Resume(t.Context()); !errors.As(err, &check) || check.Kind != "not-ours" {
		t.Errorf("got %v", err)
	}
	if len(other.State().Created) != 0 {
		t.Errorf("counted as ours: %+v", other.State().Created)
	}
}

// The answer to a creation was lost with the program: the intent alone stands in the journal.
func TestResumeAfterALostAnswer(t *testing.T) {
	for _, path := range []string{"/admin/realms", "/clients", "/users"} {
		server := serve(t, "")
		s := server.story()
		server.intercept(nil, func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), path)
		})
		if err := doAll(t, s); err == nil {
			t.Fatal("nothing was cut off")
		}
		server.intercept(nil, nil)
		again, _ := resumed(t, server, left(t, server))
		if err := doAll(t, again); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if err := again.Cleanup(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := server.realms(); got != "master" {
			t.Errorf("%s: left behind: %s", path, got)
		}
	}
}

func TestResumeKnowsWhatWasMadeByHand(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, story.StepConnect)
	if _, err := s.Peek(t.Context(), story.StepRealm); err != nil {
		t.Fatal(err)
	}
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
	mustDo(t, s, story.StepRealm, story.StepClient)
	again, next := resumed(t, server, left(t, server))
	if next != story.StepUser || !again.State().RealmCreatedByHand {
		t.Errorf("goes on at %s, by hand %v", next, again.State().RealmCreatedByHand)
	}
}

func TestWhatIsNotOfferedToGoOn(t *testing.T) {
	server := serve(t, "")
	if runs, err := (*journal.Journal)(nil).Unfinished(); err != nil || runs != nil {
		t.Error(runs, err)
	}
	none := func(what string) {
		t.Helper()
		if runs, err := server.journal.Unfinished(); err != nil || len(runs) != 0 {
			t.Errorf("%s: %+v, %v", what, runs, err)
		}
	}
	none("without a journal")
	lab, err := lab.New(server.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	none("a lab")
	s := server.story()
	mustDo(t, s, story.StepConnect, story.StepRealm)
	if err := s.Cleanup(t.Context()); err != nil {
		t.Fatal(err)
	}
	none("removed")
	mustDo(t, s, story.StepRealm)
	if err := doAll(t, server.story()); err != nil { // tells it in the same realm
		t.Fatal(err)
	}
	none("told to the end by another run")
}

func TestResumeSendsNoPasswordToAnotherServer(t *testing.T) {
	u := journal.Unfinished{Server: "http://one.example:8080", Params: params.DefaultParams()}
	given := keycloak.Credentials{User: "admin", Password: wire.NewSecret("a password")}
	if o := (story.Options{URL: "http://two.example:8080", Credentials: given}).Resuming(u); !o.Credentials.Password.Empty() || o.URL != u.Server {
		t.Errorf("%+v", o)
	}
	if o := (story.Options{URL: "http://one.example:8080/", Credentials: given}).Resuming(u); o.Credentials.Password.Empty() {
		t.Error("the password for this very server is not used")
	}
}
