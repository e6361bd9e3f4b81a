package keycloak_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
)

// TestVerify checks a real token's signature with the keys that its realm publishes, and each way to spoil it.
func TestVerify(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := keycloak.Attach(p.URL(), keycloak.Options{Transport: p.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	token := func() string {
		reply, err := s.Send(context.Background(), keycloak.Request{Method: http.MethodPost, Path: "/realms/master/protocol/openid-connect/token",
			Form: map[string][]string{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {p.AdminUser()}, "password": {p.AdminPassword()}}})
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(reply.Body), `"access_token":"`)
		access, _, _ := strings.Cut(rest, `"`)
		return access
	}()
	reply, err := s.Send(context.Background(), keycloak.Request{Method: http.MethodGet, Path: "/realms/master/protocol/openid-connect/certs"})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keycloak.ParseKeys(reply.Body)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys to check signatures with, error %v", len(keys), err)
	}
	decoded, err := keycloak.DecodeToken(token)
	if err != nil {
		t.Fatal(err)
	}
	if keys[0].ID != decoded.KeyID {
		t.Errorf("the key is %s, the token names %s", keys[0].ID, decoded.KeyID)
	}
	if err := keys[0].Verify(token); err != nil {
		t.Errorf("the genuine token: %v", err)
	}
	parts := strings.Split(token, ".")
	for name, spoilt := range map[string]string{
		"another signature": parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])),
		"another payload":   parts[0] + "." + parts[1][:len(parts[1])-8] + "AAAAAAA9" + "." + parts[2],
		"alg none":          "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"alg HS256":         "eyJhbGciOiJIUzI1NiJ9." + parts[1] + "." + parts[2],
		"no signature":      parts[0] + "." + parts[1] + ".",
		"no token":          "garbage",
	} {
		if keys[0].Verify(spoilt) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for _, set := range []string{"", "[]", "{}", `{"keys":null}`, "<html>"} {
		if _, err := keycloak.ParseKeys([]byte(set)); err == nil {
			t.Errorf("%q is taken for a set of keys", set)
		}
	}
}

// TestReadOnly sends each method in a read-only server: what could change something never reaches the wire.
func TestReadOnly(t *testing.T) {
	var sent []string
	s, err := keycloak.Attach("http://kc.example", keycloak.Options{ReadOnly: true, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
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
		if !c.reads && (keycloak.KindOf(err) != keycloak.KindBadInput || len(sent) != 0) {
			t.Errorf("%s %s: error %v, sent %v", c.method, c.path, err, sent)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
