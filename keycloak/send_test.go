package keycloak_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/wire"
)

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestSendAsWritten demands that a path and headers go out as they are written, but for those that are not a person's to set.
func TestSendAsWritten(t *testing.T) {
	for path, want := range map[string]string{
		"/admin/realms/r/users?a=b":     "/auth/admin/realms/r/users?a=b",
		"//admin//realms/r/users":       "/auth//admin//realms/r/users",
		"/admin/realms/r;a=b/u/../x":    "/auth/admin/realms/r;a=b/u/../x",
		"/admin/realms/r/roles/a%2fb":   "/auth/admin/realms/r/roles/a%2fb",
		"/admin/realms/r/roles/%zz?x=1": "/auth/admin/realms/r/roles/%zz?x=1",
		"/admin/realms/r/roles/a|b":     "/auth/admin/realms/r/roles/a|b",
	} {
		var sent *http.Request
		s, err := keycloak.NewServer("http://kc:8080/auth", keycloak.Options{Once: true, Transport: trip(func(r *http.Request) (*http.Response, error) {
			sent = r
			return nil, errors.New("enough")
		}), Recorder: &wire.Recorder{}})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = s.Send(t.Context(), keycloak.Request{Method: http.MethodGet, Path: path, Authorization: wire.NewSecret("Bearer x"), Header: http.Header{
			"Origin": {"http://a"}, "Authorization": {"Basic x"}, "Cookie": {"a=b"}, "X-Forwarded-For": {"a\nb"}, "Host": {"sso.example.com"}, "accept": {"*/*"},
		}})
		if sent == nil {
			t.Errorf("%s: not sent", path)
			continue
		}
		header := fmt.Sprint(sent.Header)
		const wantHeader = "map[Accept:[*/*] Authorization:[Bearer x] Origin:[http://a] User-Agent:[fix403]]"
		if got := sent.URL.RequestURI(); got != want || sent.URL.Host != "kc:8080" || header != wantHeader || sent.Host != "sso.example.com" {
			t.Errorf("%s: %s at %s (%s), %s", path, got, sent.URL.Host, sent.Host, header)
		}
	}
}
