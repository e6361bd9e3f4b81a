package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// PublicKey is a key of a realm with which signatures are checked.
type PublicKey struct {
	ID        string // kid
	Algorithm string // such as "RS256"
	key       any
}

// ParseKeys reads a JSON Web Key Set (RFC 7517), as the certs endpoint of a realm gives it, without the keys for
// encryption. Keys of unknown kinds are kept by their id: they are there, but check nothing.
func ParseKeys(set []byte) ([]PublicKey, error) {
	var doc struct {
		Keys []struct{ Kid, Kty, Alg, Use, Crv, N, E, X, Y string } `json:"keys"`
	}
	if err := json.Unmarshal(set, &doc); err != nil || doc.Keys == nil {
		return nil, &failure.Error{Kind: failure.UnexpectedAnswer, Message: msg.New("This is not a key set (JWKS)."), Err: err}
	}
	var keys []PublicKey
	for _, k := range doc.Keys {
		if k.Use == "enc" {
			continue
		}
		key := PublicKey{ID: k.Kid, Algorithm: k.Alg}
		switch k.Kty {
		case "RSA":
			if n, e := number(k.N), number(k.E); n != nil && e != nil && e.IsInt64() && e.Int64() < 1<<31 {
				key.key = &rsa.PublicKey{N: n, E: int(e.Int64())}
			}
		case "EC":
			curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Crv]
			if x, y := number(k.X), number(k.Y); curve != nil && x != nil && y != nil {
				size := (curve.Params().BitSize + 7) / 8
				if x.BitLen() <= 8*size && y.BitLen() <= 8*size {
					point := append([]byte{4}, x.FillBytes(make([]byte, size))...)
					if public, err := ecdsa.ParseUncompressedPublicKey(curve, append(point, y.FillBytes(make([]byte, size))...)); err == nil {
						key.key = public
					}
				}
			}
		case "OKP":
			if x, err := base64.RawURLEncoding.DecodeString(k.X); err == nil && k.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
				key.key = ed25519.PublicKey(x)
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// number reads the base64url text of a big-endian number; nil if it is none.
func number(text string) *big.Int {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(b) == 0 {
		return nil
	}
	return new(big.Int).SetBytes(b)
}

// Verify checks the signature of a compact JWS with this key, by the algorithm that the token's header names. The
// algorithm must be the key's own, so that no public key is taken for a shared secret.
func (k PublicKey) Verify(raw string) error {
	t, err := Decode(raw)
	if err != nil {
		return err
	}
	method := jwt.GetSigningMethod(t.Algorithm)
	if method == nil || k.key == nil || k.Algorithm != "" && t.Algorithm != k.Algorithm {
		return fmt.Errorf("the signature of algorithm %q cannot be checked with this key", t.Algorithm)
	}
	raw = strings.TrimSpace(raw)
	dot := strings.LastIndex(raw, ".")
	signature, err := base64.RawURLEncoding.DecodeString(raw[dot+1:])
	if err != nil {
		return err
	}
	return method.Verify(raw[:dot], signature, k.key)
}
