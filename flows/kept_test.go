package flows

import (
	"testing"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// The command that removes what was made goes to the server as the run did, also where that was typed and not given.
func TestDownCommandGoesTheSameWay(t *testing.T) {
	token := wire.NewSecret("a token")
	for want, o := range map[string]story.Options{
		"":                                       {Credentials: keycloak.Credentials{User: "admin", Realm: "master"}},
		" --admin-realm shop --admin-user carol": {Credentials: keycloak.Credentials{User: "carol", Realm: "shop"}},
		" --admin-client-id ops":                 {Credentials: keycloak.Credentials{ClientID: "ops"}},
		" --ca-cert 'my ca.pem' --client-cert c.pem --client-key c.key": {
			Credentials: keycloak.Credentials{User: "carol", Token: token},
			TLS:         wire.TLS{CACert: "my ca.pem", ClientCert: "c.pem", ClientKey: "c.key"},
		},
	} {
		o.URL, o.Params = "https://sso.example.com", params.DefaultParams()
		s, err := story.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if got := story.DownCommand(s.State()); got != "fix403 down --url https://sso.example.com"+want {
			t.Errorf("%s, want the end %q", got, want)
		}
	}
	s, err := story.New(story.Options{URL: "http://localhost", Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set("admin-user", "dora"); err != nil {
		t.Fatal(err)
	}
	if got := story.DownCommand(s.State()); got != "fix403 down --url http://localhost --admin-user dora" {
		t.Error(got)
	}
}
