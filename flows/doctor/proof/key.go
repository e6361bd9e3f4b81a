// Package proof is what a client shows in the place of a secret: assertions that it signs with its key (RFC 7523), and proofs that it holds
// the key to which a token is bound (DPoP, RFC 9449).
package proof

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"

	"fix403/flows/problem"
	"fix403/flows/texts"
	"fix403/keycloak/wire"
)

// Key is what a client signs with: its private key, or its secret.
type Key struct {
	ID         string   // kid of a JWK; "" for one of PEM
	Algorithms []string // with which it may sign, the usual one first
	private    any
}

// SecretKey returns the secret of a client as the key that it signs with (client_secret_jwt).
func SecretKey(secret wire.Secret) *Key {
	return &Key{Algorithms: []string{"HS256", "HS512", "HS384"}, private: []byte(secret.Reveal())}
}

// The algorithms of an RSA key, of which Keycloak takes any unless the client names one.
var ofRSA = []string{"RS256", "PS256", "RS384", "RS512", "PS384", "PS512"}

const (
	howToGive texts.Text = "Give the client's private key as PEM (PKCS#8, PKCS#1 or SEC1) or as a JWK: RSA, EC (P-256, P-384, P-521) or Ed25519."
	decryptIt texts.Text = "Decrypt it first, for example: openssl pkey -in client.key -out plain.key"
)

// ParseKey reads a private key in PEM or as a JWK. Errors have the kind bad-input, and do not quote the key.
func ParseKey(text []byte) (*Key, error) {
	trimmed := strings.TrimSpace(strings.TrimPrefix(string(text), "\ufeff"))
	switch {
	case trimmed == "":
		return nil, problem.BadInput(howToGive, "The client's key file is empty.")
	case strings.HasPrefix(trimmed, "{"):
		return parseJWK([]byte(trimmed))
	}
	rest := []byte(trimmed)
	var other string
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
			return nil, problem.BadInput(decryptIt, "The client's key is encrypted with a passphrase.")
		case block.Type == "OPENSSH PRIVATE KEY":
			return nil, problem.BadInput("Convert it first, for example: ssh-keygen -p -m PEM -f client.key", "The client's key is in OpenSSH format.")
		case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
			other = block.Type
			continue
		}
		private, err := parseDER(block.Bytes)
		if err != nil {
			return nil, problem.BadInput(howToGive, "The client's key cannot be read: it is damaged, or of a type that Keycloak does not accept.")
		}
		return newKey(private)
	}
	if other != "" {
		return nil, problem.BadInput("An assertion is signed with the matching private key.", "The client's key file holds no private key: it is a %s.", strings.ToLower(other))
	}
	return nil, problem.BadInput(howToGive, "The client's key file holds neither PEM nor a JWK.")
}

func parseDER(der []byte) (any, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return x509.ParseECPrivateKey(der)
}

func newKey(private any) (*Key, error) {
	switch private := private.(type) {
	case *rsa.PrivateKey:
		return &Key{Algorithms: ofRSA, private: private}, nil
	case *ecdsa.PrivateKey:
		if alg := map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}[private.Curve]; alg != "" {
			return &Key{Algorithms: []string{alg}, private: private}, nil
		}
	case ed25519.PrivateKey:
		return &Key{Algorithms: []string{"EdDSA"}, private: private}, nil
	}
	return nil, problem.BadInput(howToGive, "The client's key is of a type that Keycloak does not accept.")
}

// parseJWK reads a JSON Web Key (RFC 7517), or the first private one of a set.
func parseJWK(text []byte) (*Key, error) {
	type jwk struct{ Kty, Crv, Kid, Alg, N, E, D, P, Q, X, Y string }
	var doc struct {
		jwk
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, problem.BadInput(howToGive, "The client's key file is not valid JSON.")
	}
	for _, k := range append([]jwk{doc.jwk}, doc.Keys...) {
		if k.D == "" {
			continue
		}
		var private any
		switch d := bytesOf(k.D); k.Kty {
		case "RSA":
			private = rsaKey(bytesOf(k.N), bytesOf(k.E), d, bytesOf(k.P), bytesOf(k.Q))
		case "EC":
			curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Crv]
			if curve != nil {
				if key, err := ecdsa.ParseRawPrivateKey(curve, d); err == nil {
					private = key
				}
			}
		case "OKP":
			if k.Crv == "Ed25519" && len(d) == ed25519.SeedSize {
				private = ed25519.NewKeyFromSeed(d)
			}
		}
		if private == nil {
			return nil, problem.BadInput(howToGive, "The client's key cannot be read: it is damaged, or of a type that Keycloak does not accept.")
		}
		key, err := newKey(private)
		if err != nil {
			return nil, err
		}
		key.ID = k.Kid
		if k.Alg != "" {
			if !slices.Contains(key.Algorithms, k.Alg) {
				return nil, problem.BadInput(howToGive, "The client's key names an algorithm that cannot sign assertions: %s.", k.Alg)
			}
			key.Algorithms = []string{k.Alg}
		}
		return key, nil
	}
	return nil, problem.BadInput("An assertion is signed with the matching private key.", "The client's key file holds no private key: it is a public JWK.")
}

func rsaKey(n, e, d, p, q []byte) any {
	exponent := new(big.Int).SetBytes(e)
	if !exponent.IsInt64() || len(p) == 0 || len(q) == 0 {
		return nil
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, D: new(big.Int).SetBytes(d),
		Primes: []*big.Int{new(big.Int).SetBytes(p), new(big.Int).SetBytes(q)}}
	if key.Validate() != nil {
		return nil
	}
	key.Precompute()
	return key
}

// bytesOf reads base64url text, padded or not; nil if it is none.
func bytesOf(text string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil
	}
	return b
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
