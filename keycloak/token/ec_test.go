package token_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"

	gojwt "github.com/golang-jwt/jwt/v5"

	"fix403/keycloak/token"
)

// TestVerifyElliptic checks a signature by a key on an elliptic curve, which Keycloak offers beside RSA (ES256).
func TestVerifyElliptic(t *testing.T) {
	for _, c := range []struct {
		name   string
		curve  elliptic.Curve
		method gojwt.SigningMethod
	}{{"P-256", elliptic.P256(), gojwt.SigningMethodES256}, {"P-384", elliptic.P384(), gojwt.SigningMethodES384}, {"P-521", elliptic.P521(), gojwt.SigningMethodES512}} {
		private, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := private.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		half := (len(point) - 1) / 2
		b64 := base64.RawURLEncoding.EncodeToString
		keys, err := token.ParseKeys([]byte(fmt.Sprintf(`{"keys":[{"kid":"k","kty":"EC","alg":%q,"use":"sig","crv":%q,"x":%q,"y":%q}]}`,
			c.method.Alg(), c.name, b64(point[1:1+half]), b64(point[1+half:]))))
		if err != nil || len(keys) != 1 {
			t.Fatalf("%s: %d keys, error %v", c.name, len(keys), err)
		}
		token, err := gojwt.NewWithClaims(c.method, gojwt.MapClaims{"sub": "1"}).SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		if err := keys[0].Verify(token); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if keys[0].Verify(token[:len(token)-4]+"AAAA") == nil {
			t.Errorf("%s: a changed signature is accepted", c.name)
		}
	}
}
