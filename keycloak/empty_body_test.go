package keycloak_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// A call without a body says that it has none: one that comes in chunks, of which the first is the last, is left unread by some
// servers and proxies, which then take it for the next request.
func TestEmptyBodyHasALength(t *testing.T) {
	p, err := practice.New(practice.Options{AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, r.TransferEncoding)
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	server, err := keycloak.Open(t.Context(), s.URL, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := server.Login(t.Context(), keycloak.Credentials{User: "admin", Password: wire.NewSecret("admin")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.EnsureRealm(t.Context(), "demo", "run", nil); err != nil {
		t.Fatal(err)
	}
	c, err := a.EnsureClient(t.Context(), "demo", "app", nil, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range []bool{false, true} {
		if err := a.SetClientScope(t.Context(), "demo", c.ID, "roles", false, on); err != nil {
			t.Error(err)
		}
	}
}
