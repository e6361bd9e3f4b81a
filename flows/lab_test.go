package flows

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"fix403/flows/lab"
	"fix403/keycloak/failure"
)

// An experiment that cannot be made is an error, and never an observation.
func TestLabReportsWhatItCouldNotDo(t *testing.T) {
	server := serve(t, "")
	l, err := lab.New(server.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.intercept(nil, func(r *http.Request) bool {
		return strings.Contains(r.URL.Path, "/role-mappings/clients/")
	})
	_, err = l.Run(t.Context(), lab.ExperimentByID("role-on-user"))
	var typed *failure.Error
	if !errors.As(err, &typed) || typed.Kind != failure.Unreachable {
		t.Errorf("got %v", err)
	}
	server.intercept(nil, nil)
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := server.realms(); got != "master" {
		t.Errorf("left behind: %s", got)
	}
}

func TestLabHoldsNoSecret(t *testing.T) {
	server := serve(t, "")
	l, err := lab.New(server.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"wrong-secret", "refresh-token", "id-token", "other-server", "tampered-signature"} {
		if _, err := l.Run(t.Context(), lab.ExperimentByID(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range l.Exchanges() {
		for _, text := range []string{e.URL, e.RequestBody, e.ResponseBody, strings.Join(e.RequestHeader["Authorization"], "")} {
			if strings.Contains(text, "eyJhbGciOiJ") || strings.Contains(text, server.pass) {
				t.Errorf("%s %s holds a secret: %s", e.Method, e.URL, text)
			}
		}
	}
}
