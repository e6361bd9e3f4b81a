package token_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/token"
)

// TestVerify checks a real token's signature with the keys that its realm publishes, and each way to spoil it.
func TestVerify(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := keycloak.NewServer(p.URL(), keycloak.Options{Transport: p.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	bearer := func() string {
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
	keys, err := token.ParseKeys(reply.Body)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys to check signatures with, error %v", len(keys), err)
	}
	decoded, err := token.Decode(bearer)
	if err != nil {
		t.Fatal(err)
	}
	if keys[0].ID != decoded.KeyID {
		t.Errorf("the key is %s, the token names %s", keys[0].ID, decoded.KeyID)
	}
	if err := keys[0].Verify(bearer); err != nil {
		t.Errorf("the genuine token: %v", err)
	}
	parts := strings.Split(bearer, ".")
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
		if _, err := token.ParseKeys([]byte(set)); err == nil {
			t.Errorf("%q is taken for a set of keys", set)
		}
	}
}
