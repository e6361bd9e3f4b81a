package intake

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"fix403/flows/doctor/given"
	"fix403/flows/doctor/proof"
	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
)

func keyAndAssertion(t *testing.T) (*proof.Key, wire.Secret) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := proof.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	assertion, err := key.Assertion("bank", "https://kc.example/realms/shop", "EdDSA", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return key, assertion
}

// A paste's assertion and DPoP proofs are taken as what they are: the proof of the token request says that proofs are wanted, that of
// the call goes with the call.
func TestProofsOfAPaste(t *testing.T) {
	_, assertion := keyAndAssertion(t)
	p, err := Prepare(Question{URL: "https://kc.example", Curl: "TOKEN=$(curl -s -H \"DPoP: $PROOF\" -d grant_type=client_credentials -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer -d client_assertion=" +
		assertion.Reveal() + " https://kc.example/realms/shop/protocol/openid-connect/token | jq -r .access_token)\n" +
		"curl --cert bank.pem --key bank.key -H \"Authorization: DPoP $TOKEN\" https://kc.example/admin/realms/shop/users"})
	if err != nil {
		t.Fatal(err)
	}
	o := p.Options
	if o.ClientID != "bank" || o.Login.Assertion.Reveal() != assertion.Reveal() || !o.Login.DPoP || o.Given || o.Login.SecretsOf != "https://kc.example" {
		t.Errorf("%+v", o)
	}
	var notes []string
	for _, n := range p.Notes {
		notes = append(notes, n.String())
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, "--client-cert and --client-key") || !strings.Contains(text, "one token request") || strings.Contains(text, "eyJ") {
		t.Errorf("notes:\n%s", text)
	}
	p, err = Prepare(Question{URL: "https://kc.example", Curl: "curl -H 'Authorization: DPoP eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.' -H 'DPoP: eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.x' https://kc.example/admin/realms/shop/users"})
	if err != nil {
		t.Fatal(err)
	}
	if o := p.Options; !o.Given || o.Proof.Empty() || !strings.HasPrefix(o.Authorization.Reveal(), "DPoP ") || o.Login.DPoP {
		t.Errorf("%+v", o)
	}
}

// What a person gives counts more than what stands in a paste, and a client proves itself in one way.
func TestProofsOfFlags(t *testing.T) {
	key, assertion := keyAndAssertion(t)
	ask := func(l given.Login) (Prepared, error) {
		return Prepare(Question{URL: "https://kc.example", Realm: "shop", Call: "GET /admin/realms/shop/users", ClientID: "bank", Login: l})
	}
	for _, l := range []given.Login{{Key: key, Assertion: assertion}, {Key: key, SecretSigns: true}, {Assertion: assertion, SecretSigns: true}, {Assertion: wire.NewSecret("nothing")}} {
		if _, err := ask(l); failure.KindOf(err) != failure.BadInput {
			t.Errorf("%+v: %v", l, err)
		}
	}
	p, err := ask(given.Login{Key: key, DPoP: true})
	if err != nil || p.Options.Login.Key != key || !p.Options.Login.DPoP {
		t.Errorf("%+v, %v", p.Options.Login, err)
	}
}
