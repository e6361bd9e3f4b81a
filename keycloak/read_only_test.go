package keycloak_test

import (
	"context"
	"net/http"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/failure"
)

// TestReadOnly sends each method in a read-only server: what could change something never reaches the wire.
func TestReadOnly(t *testing.T) {
	var sent []string
	s, err := keycloak.NewServer("http://kc.example", keycloak.Options{ReadOnly: true, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Method+" "+r.URL.Path)
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		reads        bool
	}{
		{"GET", "/admin/realms/r/users", true}, {"HEAD", "/admin/realms/r/users", true}, {"OPTIONS", "/admin/realms", true},
		{"POST", "/realms/r/protocol/openid-connect/token", true},
		{"POST", "/admin/realms/r/users", false}, {"PUT", "/admin/realms/r/users/1", false}, {"DELETE", "/admin/realms/r", false},
		{"PATCH", "/admin/realms/r", false}, {"POST", "/realms/r/protocol/openid-connect/revoke", false},
		{"POST", "/admin/realms/realms/protocol/openid-connect/token", false},
	} {
		sent = nil
		_, err := s.Send(context.Background(), keycloak.Request{Method: c.method, Path: c.path})
		if c.reads && (err != nil || len(sent) != 1) {
			t.Errorf("%s %s: error %v, sent %v", c.method, c.path, err, sent)
		}
		if !c.reads && (failure.KindOf(err) != failure.BadInput || len(sent) != 0) {
			t.Errorf("%s %s: error %v, sent %v", c.method, c.path, err, sent)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
