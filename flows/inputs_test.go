package flows

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fix403/flows/lab"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/wire"
)

func inputNames(inputs []story.Input) string {
	var names []string
	for _, in := range inputs {
		names = append(names, in.Name)
	}
	return strings.Join(names, " ")
}

func TestInputsAreThoseThatTheLoginNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		o    story.Options
		want string
	}{
		"practice": {story.Options{Practice: true}, ""},
		"user":     {story.Options{}, "url admin-user admin-password"},
		"client":   {story.Options{Credentials: keycloak.Credentials{ClientID: "ci"}}, "url"},
		"token":    {story.Options{Credentials: keycloak.Credentials{Token: wire.NewSecret("a token")}}, "url"},
	} {
		s, err := story.New(c.o)
		if err != nil {
			t.Fatal(err)
		}
		if got := inputNames(s.Inputs(story.StepConnect)); got != c.want {
			t.Errorf("%s: asked for %q, not %q", name, got, c.want)
		}
	}
	s, err := story.New(story.Options{Credentials: keycloak.Credentials{Password: wire.NewSecret("a password")}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Value("admin-user") != "admin" || !s.Inputs(story.StepConnect)[2].Given {
		t.Error("the admin's usual name, or the password that was given, is not offered")
	}
}

func TestLoggingOutLetsAnotherServerBeChosen(t *testing.T) {
	server := serve(t, "26.7.3")
	s := server.story()
	if err := s.DoThrough(t.Context(), story.StepRealm); err != nil {
		t.Fatal(err)
	}
	var check *problem.CheckError
	if _, err := s.Undo(t.Context(), story.StepConnect); !errors.As(err, &check) || !strings.Contains(check.Hint.String(), "Undo") {
		t.Fatalf("with a realm of ours there: %v", err)
	}
	if s.State().Results[story.StepConnect].Status != story.StatusPassed {
		t.Error("the refused undo reopened the step")
	}
	if _, err := s.Undo(t.Context(), story.StepRealm); err != nil {
		t.Fatal(err)
	}
	if err := s.Set("url", "http://other.example"); err == nil {
		t.Error("the URL of a server that one is logged in to was changed")
	}
	if _, err := s.Undo(t.Context(), story.StepConnect); err != nil {
		t.Fatal(err)
	}
	other := serve(t, "24.0.5")
	for _, set := range [][2]string{{"url", other.url}, {"admin-user", other.admin}, {"admin-password", other.pass}} { // another URL drops the password
		if err := s.Set(set[0], set[1]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Do(t.Context(), story.StepConnect); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); st.Version != "24.0.5" || st.URL != other.url {
		t.Errorf("connected to %s %s", st.URL, st.Version)
	}
}

func TestRequestIsToldBeforeItsAnswer(t *testing.T) {
	var told []string
	s, err := story.New(story.Options{Practice: true, Params: params.DefaultParams(), Events: func(e story.Event) {
		switch {
		case e.Request != nil:
			told = append(told, "> "+e.Request.Method+" "+e.Request.Purpose.String())
		case e.Exchange != nil:
			told = append(told, "< "+e.Exchange.Method+" "+e.Exchange.Purpose.String())
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(t.Context(), story.StepConnect); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(told, "> POST log the admin in") {
		t.Errorf("told: %q", told)
	}
	for i := 0; i+1 < len(told); i += 2 {
		if told[i][0] != '>' || told[i+1][2:] != told[i][2:] {
			t.Errorf("%q, then %q", told[i], told[i+1])
		}
	}
}

func TestLabRemovesARealmWhoseCreationWasGivenUp(t *testing.T) {
	server := serve(t, "26.7.3")
	lab, err := lab.New(server.story().Server())
	if err != nil {
		t.Fatal(err)
	}
	server.intercept(nil, func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.TrimRight(r.URL.Path, "/") == "/admin/realms"
	})
	if err := lab.Open(t.Context()); err == nil {
		t.Fatal("the realm was created")
	}
	server.intercept(nil, nil)
	if !strings.Contains(server.realms(), lab.State().Params.Realm) {
		t.Fatalf("the server acted otherwise than this test wants: %s", server.realms())
	}
	if err := lab.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := server.realms(); left != "master" {
		t.Errorf("realms: %s", left)
	}
}

func TestLabKnowsTheRealmThatItGaveUpCreating(t *testing.T) {
	server := serve(t, "26.7.3")
	lab, err := lab.New(server.story().Server())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	server.intercept(func(r *http.Request) {
		if r.Method == http.MethodPost && strings.TrimRight(r.URL.Path, "/") == "/admin/realms" {
			cancel() // while the server is at it
		}
	}, nil)
	if err := lab.Open(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("opened: %v", err)
	}
	if st := lab.State(); len(st.Created) != 1 || st.Client != nil {
		t.Errorf("created: %+v", st.Created)
	}
	if err := lab.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := server.realms(); left != "master" {
		t.Errorf("realms: %s", left)
	}
}

// Who logs out leaves no password behind, and is asked for it again.
func TestLoggingOutDropsThePassword(t *testing.T) {
	server := serve(t, "26.7.3")
	s := server.story()
	mustDo(t, s, story.StepConnect)
	if !s.Server().Credentials.HasPassword() {
		t.Fatal("the password is gone before it is used for the last time")
	}
	if _, err := s.Undo(t.Context(), story.StepConnect); err != nil {
		t.Fatal(err)
	}
	if s.Server().Credentials.HasPassword() || s.Inputs(story.StepConnect)[2].Given {
		t.Errorf("kept: %+v", s.Server().Credentials)
	}
}
