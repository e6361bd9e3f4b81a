package proof

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// AssertionType is the value of client_assertion_type (RFC 7523, section 2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionTime is how long an assertion is good: long enough for a clock that is a little behind, and far less than the hour that some
// servers allow at most.
const assertionTime = time.Minute

// Assertion returns a new assertion of a client for an audience, signed by the key with one of its algorithms.
func (k *Key) Assertion(clientID, audience, algorithm string, now time.Time) (wire.Secret, error) {
	header := map[string]any{"alg": algorithm, "typ": "JWT"}
	if k.ID != "" {
		header["kid"] = k.ID
	}
	return sign(header, assertionClaims(clientID, audience, now), jwt.GetSigningMethod(algorithm), k.private)
}

func assertionClaims(clientID, audience string, now time.Time) map[string]any {
	return map[string]any{"iss": clientID, "sub": clientID, "aud": audience, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(assertionTime).Unix()}
}

func sign(header, claims map[string]any, method jwt.SigningMethod, key any) (wire.Secret, error) {
	h, err := json.Marshal(header)
	if err != nil {
		return wire.Secret{}, err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return wire.Secret{}, err
	}
	input := encode(h) + "." + encode(c)
	signature, err := method.Sign(input, key)
	if err != nil {
		return wire.Secret{}, err
	}
	return wire.NewSecret(input + "." + encode(signature)), nil
}

// ClientOf returns the client that a ready assertion is of (sub), and its other claims. Errors have the kind bad-input.
func ClientOf(assertion wire.Secret) (clientID string, t *token.Token, err error) {
	t, err = token.Decode(assertion.Reveal())
	if err != nil {
		return "", nil, err
	}
	return t.Subject, t, nil
}
