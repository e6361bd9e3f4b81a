package story

import (
	"os"
	"strings"
	"testing"

	"fix403/flows/params"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
	"fix403/keycloak/wire"
)

// The password is in one place, so that logging out can drop it.
func TestOptionsKeepNoPassword(t *testing.T) {
	s, err := New(Options{URL: "http://localhost:8080", Params: params.DefaultParams(), Credentials: keycloak.Credentials{User: "admin", Password: wire.NewSecret("very secret")}})
	if err != nil {
		t.Fatal(err)
	}
	if !s.options.Credentials.Password.Empty() || !s.Server().Credentials.HasPassword() {
		t.Errorf("options: %+v, server: %+v", s.options.Credentials, s.Server().Credentials)
	}
}

// Whatever the server made up as an id, the file hides nothing.
func TestEnvFileHidesNothing(t *testing.T) {
	s, err := New(Options{URL: "http://localhost:8080", Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	s.secret = wire.NewSecret("very secret")
	s.state.URL, s.state.User = "http://h/\U000e0041", &keycloak.User{ID: "id\u200b"}
	t.Chdir(t.TempDir())
	if err := s.WriteEnv("env"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("env")
	if err != nil || strings.ContainsFunc(strings.ReplaceAll(string(text), "\n", ""), foreign.Hidden) {
		t.Errorf("%q, %v", text, err)
	}
}
