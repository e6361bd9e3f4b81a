package keycloak_test

import (
	"net/http/httptest"
	"testing"

	"fix403/keycloak"
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
