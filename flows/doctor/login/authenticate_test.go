package login

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fix403/flows/doctor/given"
	"fix403/flows/doctor/proof"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// signed answers token requests with an assertion by what is wrong with it.
type signed struct {
	takes, audience string
	seen            []*token.Token
	proofs          []string
}

func (e *signed) RoundTrip(r *http.Request) (*http.Response, error) {
	status, text := http.StatusOK, `{"access_token":"access-of-the-answer"}`
	if r.Body != nil {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		e.proofs = append(e.proofs, r.Header.Get("DPoP"))
		if t, err := token.Decode(form.Get("client_assertion")); err == nil && form.Get("client_assertion_type") == proof.AssertionType {
			e.seen = append(e.seen, t)
			status = http.StatusBadRequest
			switch {
			case e.takes != "" && t.Algorithm != e.takes:
				text = `{"error":"invalid_client","error_description":"Invalid signature algorithm"}`
			case e.audience != "" && t.Audience[0] != e.audience:
				text = `{"error":"invalid_client","error_description":"Invalid token audience"}`
			default:
				status = http.StatusOK
			}
		}
	}
	if strings.HasSuffix(r.URL.Path, "openid-configuration") {
		text = `{"issuer":"` + e.audience + `"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func keyOf(t *testing.T, private any) *proof.Key {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := proof.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// An assertion is for the issuer by the server's address; what the server does not take of it is changed, as far as the key allows.
func TestAssertions(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		at     signed
		login  given.Login
		secret string
		tries  int
		ok     bool
	}{
		"key":                      {signed{}, given.Login{Key: keyOf(t, private)}, "", 1, true},
		"another algorithm":        {signed{takes: "RS384"}, given.Login{Key: keyOf(t, private)}, "", 3, true},
		"another name":             {signed{audience: "https://sso.example.com/realms/shop"}, given.Login{Key: keyOf(t, ed)}, "", 2, true},
		"an algorithm that is not": {signed{takes: "ES256"}, given.Login{Key: keyOf(t, ed)}, "", 1, false},
		"secret":                   {signed{takes: "HS512"}, given.Login{SecretSigns: true}, "0123456789abcdef", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := given.Options{Realm: "shop", ClientID: "bank", Secret: wire.NewSecret(c.secret), Login: c.login}
			tokens := newTokens(t, &o, &c.at)
			got, err := tokens.Ask(context.Background(), msg.New("get a token"), "")
			if err != nil || got.Access.Empty() == c.ok || len(c.at.seen) != c.tries {
				t.Fatalf("%+v, %v: %d tries", got, err, len(c.at.seen))
			}
			if first := c.at.seen[0]; first.Subject != "bank" || first.Audience[0] != "http://kc:1/realms/shop" {
				t.Errorf("claims %v", first.Claims)
			}
			if c.ok { // the next one is right at once
				if _, err := tokens.Ask(context.Background(), msg.New("get a token"), ""); err != nil || len(c.at.seen) != c.tries+1 {
					t.Errorf("%v: %d tries", err, len(c.at.seen)-c.tries)
				}
			}
			for _, e := range o.Recorder.Exchanges() {
				if strings.Contains(e.RequestBody, "eyJ") || c.secret != "" && strings.Contains(e.RequestBody, c.secret) {
					t.Errorf("recorded: %s", e.RequestBody)
				}
			}
		})
	}
}

// A ready assertion goes as it is, and DPoP proofs are made with one key, which a token that was given is not bound to.
func TestReadyAssertionAndProofs(t *testing.T) {
	ready, err := keyOf(t, func() ed25519.PrivateKey { _, k, _ := ed25519.GenerateKey(rand.Reader); return k }()).Assertion("bank", "x", "EdDSA", (&Tokens{options: &given.Options{}}).now())
	if err != nil {
		t.Fatal(err)
	}
	at := &signed{}
	o := given.Options{Realm: "shop", ClientID: "bank", Login: given.Login{Assertion: ready, DPoP: true}}
	tokens := newTokens(t, &o, at)
	if shown, err := tokens.Prove("GET", "http://kc:1/x", wire.NewSecret("a.b.c")); err != nil || !shown.Empty() {
		t.Errorf("a proof for a token that was given: %v", err)
	}
	for range 2 {
		if _, err := tokens.Ask(context.Background(), msg.New("get a token"), ""); err != nil {
			t.Fatal(err)
		}
	}
	first, second := proof.Read(wire.NewSecret(at.proofs[0])), proof.Read(wire.NewSecret(at.proofs[1]))
	if len(at.seen) != 2 || at.seen[0].ID != at.seen[1].ID || first == nil || second == nil || at.proofs[0] == at.proofs[1] ||
		!first.For("POST", "http://kc:1/realms/shop/protocol/openid-connect/token", wire.Secret{}) {
		t.Errorf("%d assertions, proofs %v %v", len(at.seen), first, second)
	}
	shown, err := tokens.Prove("GET", "http://kc:1/admin/realms/shop/users?max=1", wire.NewSecret("a.b.c"))
	if err != nil || !proof.Read(shown).For("GET", "http://kc:1/admin/realms/shop/users", wire.NewSecret("a.b.c")) {
		t.Errorf("%v", err)
	}
	for _, e := range o.Recorder.Exchanges() {
		if e.RequestHeader.Get("DPoP") != wire.Masked || strings.Contains(e.RequestBody, "eyJ") {
			t.Errorf("recorded: %v %s", e.RequestHeader, e.RequestBody)
		}
	}
}
