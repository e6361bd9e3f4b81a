package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// The keys of RFC 7517, appendix A.2, and RFC 8037, appendix A.1.
const (
	ecJWK = `{"kty":"EC","crv":"P-256","kid":"1","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
		"x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`
	edJWK = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func encoded(t *testing.T, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// TestKeysOfEachForm signs an assertion with a key in each form, and checks it by the public key.
func TestKeysOfEachForm(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return encoded(t, "PRIVATE KEY", der, err)
	}
	ecKey := func(c elliptic.Curve) *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	p256, p384, p521 := ecKey(elliptic.P256()), ecKey(elliptic.P384()), ecKey(elliptic.P521())
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(p256)
	certificate := "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	jwkOfRSA, _ := json.Marshal(map[string]any{"kty": "RSA", "kid": "of-rsa", "alg": "PS256", "n": encode(rsaKey.N.Bytes()), "e": "AQAB",
		"d": encode(rsaKey.D.Bytes()), "p": encode(rsaKey.Primes[0].Bytes()), "q": encode(rsaKey.Primes[1].Bytes())})
	for name, c := range map[string]struct {
		text, algorithm, kid string
		public               any
	}{
		"PKCS#8 RSA":           {pkcs8(rsaKey), "RS256", "", rsaKey.Public()},
		"PKCS#1":               {encoded(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil), "RS256", "", rsaKey.Public()},
		"PKCS#8 P-256":         {pkcs8(p256), "ES256", "", p256.Public()},
		"PKCS#8 P-384":         {pkcs8(p384), "ES384", "", p384.Public()},
		"PKCS#8 P-521":         {pkcs8(p521), "ES512", "", p521.Public()},
		"SEC1":                 {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + encoded(t, "EC PRIVATE KEY", sec1, err), "ES256", "", p256.Public()},
		"PKCS#8 Ed25519":       {"\ufeff\r\n" + pkcs8(ed), "EdDSA", "", ed.Public()},
		"behind a certificate": {certificate + pkcs8(p256), "ES256", "", p256.Public()},
		"JWK EC":               {ecJWK, "ES256", "1", nil},
		"JWK Ed25519":          {edJWK, "EdDSA", "", nil},
		"JWK RSA":              {string(jwkOfRSA), "PS256", "of-rsa", rsaKey.Public()},
		"set":                  {`{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"},` + ecJWK + `]}`, "ES256", "1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := ParseKey([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if key.Algorithms[0] != c.algorithm || key.ID != c.kid {
				t.Errorf("algorithm %s, kid %q", key.Algorithms[0], key.ID)
			}
			assertion, err := key.Assertion("bank", "https://sso.example.com/realms/shop", key.Algorithms[0], noon)
			if err != nil {
				t.Fatal(err)
			}
			public := c.public
			if public == nil {
				public = key.private.(crypto.Signer).Public()
			}
			checkSignature(t, assertion.Reveal(), public)
			read, err := token.Decode(assertion.Reveal())
			if err != nil {
				t.Fatal(err)
			}
			if read.Issuer != "bank" || read.Subject != "bank" || read.Audience[0] != "https://sso.example.com/realms/shop" || read.ID == "" || !read.ExpiresAt.Equal(noon.Add(time.Minute)) || !read.IssuedAt.Equal(noon) || read.KeyID != c.kid {
				t.Errorf("claims %v, kid %q", read.Claims, read.KeyID)
			}
		})
	}
}

func checkSignature(t *testing.T, raw string, public any) {
	t.Helper()
	read, err := token.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	dot := strings.LastIndex(raw, ".")
	if err := jwt.GetSigningMethod(read.Algorithm).Verify(raw[:dot], bytesOf(raw[dot+1:]), public); err != nil {
		t.Errorf("%s: %v", read.Algorithm, err)
	}
}

// TestBadKeys checks that what is no private key is refused without a word of it.
func TestBadKeys(t *testing.T) {
	for text, want := range map[string]string{
		"":     "is empty",
		"abcd": "neither PEM nor a JWK",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----":                                         "passphrase",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----": "passphrase",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----":                                                               "public key",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----":                                                             "certificate",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----":                                             "OpenSSH",
		"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----":                                                         "damaged",
		`{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`:                                                                             "public JWK",
		`{"kty":"EC","crv":"P-256","d":"c2VjcmV0"}`:                                                                                "damaged",
		`{"kty":"RSA","n":"AQ","e":"AQAB","d":"c2VjcmV0"}`:                                                                         "damaged",
		`{"kty":"OKP","crv":"X25519","d":"c2VjcmV0"}`:                                                                              "damaged",
		`{"kty":"EC",`: "not valid JSON",
		strings.Replace(ecJWK, `"kid"`, `"alg":"HS256","kid"`, 1): "HS256",
	} {
		_, err := ParseKey([]byte(text))
		if failure.KindOf(err) != failure.BadInput || !strings.Contains(msg.Of(err).String(), want) || strings.Contains(msg.Of(err).String(), "c2VjcmV0") {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

// TestThumbprint checks the key's thumbprint and the hash of a token by the examples of RFC 9449, sections 4.1 and 7.1.
func TestThumbprint(t *testing.T) {
	h := &Holder{x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}
	if got := h.Thumbprint(); got != "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" {
		t.Errorf("thumbprint %s", got)
	}
	if got := hashOf(wire.NewSecret("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU")); got != "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo" {
		t.Errorf("ath %s", got)
	}
}

// TestProof checks a proof by the key in its own header, and reads it back.
func TestProof(t *testing.T) {
	h, err := NewHolder()
	if err != nil {
		t.Fatal(err)
	}
	access := wire.NewSecret("a.b.c")
	raw, err := h.Proof("GET", "https://sso.example.com/admin/realms/shop/users?max=2#x", access, "n-1", noon)
	if err != nil {
		t.Fatal(err)
	}
	checkSignature(t, raw.Reveal(), h.key.Public())
	read, _ := token.Decode(raw.Reveal())
	if read.Header["typ"] != "dpop+jwt" || read.Claims["nonce"] != "n-1" || read.Claims["htu"] != "https://sso.example.com/admin/realms/shop/users" {
		t.Errorf("header %v, claims %v", read.Header, read.Claims)
	}
	g := Read(raw)
	if g == nil || !g.Fresh(noon.Add(15*time.Second)) || g.Fresh(noon.Add(time.Minute)) || g.Fresh(noon.Add(-time.Minute)) {
		t.Fatalf("read back %+v", g)
	}
	for _, c := range []struct {
		method, url, token string
		want               bool
	}{
		{"GET", "https://sso.example.com/admin/realms/shop/users", "a.b.c", true},
		{"GET", "https://SSO.example.com/admin/realms/shop/users?max=7", "a.b.c", true},
		{"POST", "https://sso.example.com/admin/realms/shop/users", "a.b.c", false},
		{"GET", "https://sso.example.com/admin/realms/shop/groups", "a.b.c", false},
		{"GET", "http://sso.example.com/admin/realms/shop/users", "a.b.c", false},
		{"GET", "https://sso.example.com/admin/realms/shop/users", "a.b.d", false},
	} {
		if got := g.For(c.method, c.url, wire.NewSecret(c.token)); got != c.want {
			t.Errorf("%v: %t", c, got)
		}
	}
	if Read(wire.NewSecret("eyJhbGciOiJub25lIn0.e30.")) != nil || Read(wire.NewSecret("x")) != nil {
		t.Error("what is no proof was read as one")
	}
}

func TestSecretAssertion(t *testing.T) {
	secret := wire.NewSecret("0123456789abcdef0123456789abcdef")
	key := SecretKey(secret)
	assertion, err := key.Assertion("bank", "https://sso.example.com/realms/shop", key.Algorithms[0], noon)
	if err != nil {
		t.Fatal(err)
	}
	checkSignature(t, assertion.Reveal(), []byte(secret.Reveal()))
	if of, _, err := ClientOf(assertion); err != nil || of != "bank" {
		t.Errorf("of %s, %v", of, err)
	}
}

func TestBindingOf(t *testing.T) {
	bound := func(cnf map[string]any) Binding {
		return BindingOf(&token.Token{Claims: map[string]any{"cnf": cnf}})
	}
	if b := bound(map[string]any{"jkt": "k"}); !b.ByDPoP() || b.Certificate != "" {
		t.Errorf("%+v", b)
	}
	if b := bound(map[string]any{"x5t#S256": "c"}); b.ByDPoP() || b.Certificate != "c" {
		t.Errorf("%+v", b)
	}
	if BindingOf(nil) != (Binding{}) || bound(nil) != (Binding{}) {
		t.Error("a token without cnf is bound")
	}
}
