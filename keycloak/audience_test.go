package keycloak_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/wire"
)

// The signs of the check of the audience show before a server that makes it, and nowhere else.
func TestAudienceSigns(t *testing.T) {
	p, err := practice.New(practice.Options{Version: "26.7.3"})
	if err != nil {
		t.Fatal(err)
	}
	gate := &servertest.AudienceGate{Next: p, User: p.AdminUser(), Password: p.AdminPassword()}
	front := httptest.NewServer(gate)
	defer front.Close()
	gate.Base = front.URL
	for _, gated := range []bool{false, true} {
		o, url := keycloak.Options{Transport: p.Transport()}, p.URL()
		if gated {
			o, url = keycloak.Options{}, front.URL
		}
		s, err := keycloak.Open(t.Context(), url, o)
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Login(t.Context(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())})
		if err != nil {
			t.Fatal(err)
		}
		realm := "there"
		if gated {
			realm = "here"
		}
		if _, err := a.EnsureRealm(t.Context(), realm, "", nil); err != nil {
			t.Fatal(err)
		}
		signs, err := a.AudienceSigns(t.Context(), realm)
		if err != nil {
			t.Fatal(err)
		}
		listed, err := s.ListsAdminAPIScope(t.Context(), realm)
		if err != nil {
			t.Fatal(err)
		}
		if !signs.RealmSeen || signs.Any() != gated || signs.RealmScope != gated || signs.AdminScope != gated || listed != gated {
			t.Errorf("with the gate %v: %+v, listed %v", gated, signs, listed)
		}
		if want := front.URL + "/admin/realms/master"; gated && (len(signs.AdminAudience) != 1 || signs.AdminAudience[0] != want) {
			t.Errorf("the admin's audience is %v, want %s", signs.AdminAudience, want)
		}
	}
}

// An admin that is a client of the user's asks for the scope where its token is refused for its audience, and is told what to do
// where it may not.
func TestLoginByAnotherClient(t *testing.T) {
	p, err := practice.New(practice.Options{Version: "26.7.3"})
	if err != nil {
		t.Fatal(err)
	}
	gate := &servertest.AudienceGate{Next: p, User: p.AdminUser(), Password: p.AdminPassword()}
	front := httptest.NewServer(gate)
	defer front.Close()
	gate.Base = front.URL
	s, err := keycloak.Open(t.Context(), front.URL, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := s.Login(t.Context(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())})
	if err != nil {
		t.Fatal(err)
	}
	c, err := root.EnsureClient(t.Context(), "master", "ops", nil, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := root.ClientSecret(t.Context(), "master", c.ID)
	if err != nil {
		t.Fatal(err)
	}
	login := func() (string, error) {
		a, err := s.Login(t.Context(), keycloak.Credentials{ClientID: "ops", ClientSecret: secret})
		if err != nil {
			t.Fatal(err)
		}
		return a.Version(t.Context())
	}
	_, err = login()
	var e *failure.Error
	if !errors.As(err, &e) || e.Kind != failure.AdminRefused || e.Status != 401 || !strings.Contains(e.Hint.String(), "Assign kc-admin-api to the client ops in the realm master as a default client scope") {
		t.Errorf("without the scope: %v", err)
	}
	issued, err := s.ClientToken(t.Context(), "master", "ops", secret)
	if err != nil {
		t.Fatal(err)
	}
	given, err := s.Login(t.Context(), keycloak.Credentials{Token: issued.Secret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = given.Version(t.Context()); failure.KindOf(err) != failure.AdminRefused || !strings.Contains(err.Error(), "not meant for the admin API") {
		t.Errorf("with a given token: %v", err)
	}
	if err := root.SetClientScope(t.Context(), "master", c.ID, keycloak.AdminAPIScope, true, true); err != nil {
		t.Fatal(err)
	}
	if _, err = login(); err != nil {
		t.Errorf("with the optional scope: %v", err)
	}
}
