package practice

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

const (
	assertionType  = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	jwtClient      = "client-jwt"
	secretClient   = "client-secret-jwt"
	x509Client     = "client-x509"
	usedAtOnce     = 4096 // assertions and proofs whose reuse a realm notices
	futureSkew     = 15   // seconds by which a client's clock may be ahead
	assertionSpace = 3600 // seconds for which a used assertion is remembered, at most
)

// assertion returns the assertion of a token request (RFC 7523); nil without one, or where its type is another.
func assertion(form url.Values) (*jws, error) {
	if form.Get("client_assertion_type") != assertionType || form.Get("client_assertion") == "" {
		return nil, nil
	}
	return parseJWS(form.Get("client_assertion"))
}

// assertedID returns the client that an assertion names, where the request names none; "" for one that cannot be read, or contradicts itself.
func assertedID(form url.Values) string {
	j, err := assertion(form)
	if err != nil || j == nil || j.claims.str("iss") != j.claims.str("sub") {
		return ""
	}
	return j.claims.str("sub")
}

func authenticator(k *client) string { return str(k.rep, "clientAuthenticatorType") }

func signsAssertions(k *client) bool {
	return authenticator(k) == jwtClient || authenticator(k) == secretClient
}

// checkAssertion authenticates a client by what it signed. Order and sentences are measured.
func (c *call) checkAssertion(k *client, form url.Values) error {
	said := func(code, description string) error {
		return c.because("invalid_client_credentials", errOAuth(http.StatusBadRequest, code, description))
	}
	failed, code := "Client authentication with signed JWT failed: ", "invalid_client"
	if authenticator(k) == secretClient {
		failed, code = "Client authentication with client secret signed JWT failed: ", "unauthorized_client"
	}
	// Up to 24.0.5 what is wrong with the claims has that beginning, later it has not.
	claim := func(before, after string) error {
		if c.behavior().assertionFailures {
			return said(code, failed+before)
		}
		return said("invalid_client", after)
	}
	j, err := assertion(form)
	switch {
	case j == nil && err == nil:
		return c.because("invalid_client_credentials", c.behavior().noAssertion())
	case err != nil:
		return said(code, failed+"java.lang.IllegalArgumentException: Input byte[] should at least have 2 bytes for base64 bytes")
	case j.claims.str("sub") != k.clientID || j.claims.str("iss") != k.clientID:
		return c.because("client_not_found", errBadClient)
	}
	if alg := k.attribs["token.endpoint.auth.signing.alg"]; alg != "" && alg != j.header.Alg {
		return said("invalid_client", c.behavior().wrongAlgorithm)
	}
	if authenticator(k) == secretClient {
		switch {
		case !strings.HasPrefix(j.header.Alg, "HS"):
			return said(code, failed+c.behavior().wrongSecretSignature)
		case !j.verifiedBy([]byte(k.secret)):
			return said(code, failed+"Signature on JWT token by client secret  failed validation")
		}
	} else {
		key := c.keyOfClient(k, j)
		if key == nil {
			return said("invalid_client", "Unable to load public key")
		}
		if strings.HasPrefix(j.header.Alg, "HS") || !j.verifiedBy(key) {
			return said(code, failed+"Signature on JWT token failed validation")
		}
	}
	audiences := strs(j.claims, "aud")
	if one := j.claims.str("aud"); one != "" {
		audiences = []string{one}
	}
	right := false
	for _, a := range audiences {
		right = right || strings.HasPrefix(a+"/", c.issuer(c.realm)+"/")
	}
	now := c.now.Unix()
	exp, iat := j.claims.num("exp"), j.claims.num("iat")
	switch {
	case len(audiences) > 1 && !c.behavior().assertionFailures:
		return said("invalid_client", "Multiple audiences not allowed")
	case !right:
		return claim("Token audience doesn't match domain. Expected audiences are any of ["+c.issuer(c.realm)+"] but was '["+strings.Join(audiences, ", ")+"]'", "Invalid token audience")
	case exp == 0 && !c.behavior().assertionFailures:
		return said("invalid_client", "Token exp claim is required")
	case exp != 0 && now >= exp, j.claims.num("nbf") > now:
		return claim("Token is not active", "Token is not active")
	case iat > now+futureSkew && !c.behavior().assertionFailures:
		return said("invalid_client", "Token was issued in the future")
	case j.claims.str("jti") == "":
		return claim("Missing ID on the token", "Token jti claim is required")
	case !c.firstUse("assertion "+k.id+" "+j.claims.str("jti"), max(exp, now+1)):
		return claim("Token reuse detected", "Token reuse detected")
	}
	return nil
}

// firstUse notes the id of an assertion or proof until its time is over, and reports whether it is seen for the first time.
func (c *call) firstUse(id string, until int64) bool {
	r, now := c.realm, c.now.Unix()
	for seen, end := range r.used {
		if end <= now {
			delete(r.used, seen)
		}
	}
	if _, again := r.used[id]; again {
		return false
	}
	if r.used == nil {
		r.used = map[string]int64{}
	}
	if len(r.used) < usedAtOnce {
		r.used[id] = min(until, now+assertionSpace)
	}
	return true
}

// verifiedBy reports whether a key signed the token.
func (j *jws) verifiedBy(key any) bool {
	method := jwt.GetSigningMethod(j.header.Alg)
	return method != nil && method != jwt.SigningMethodNone && method.Verify(j.signed, j.signature, key) == nil
}

// keyOfClient returns the public key of a client for an assertion: of its JWKS by key id and algorithm, else of its certificate or public
// key, whose id is the one that Keycloak gives it. nil if there is none.
func (c *call) keyOfClient(k *client, j *jws) any {
	if k.attribs["use.jwks.string"] == "true" {
		var set struct{ Keys []json.RawMessage }
		if json.Unmarshal([]byte(k.attribs["jwks.string"]), &set) != nil {
			return nil
		}
		for _, one := range set.Keys {
			var head struct{ Kid, Alg string }
			_ = json.Unmarshal(one, &head)
			// Without a key id, the first key of the algorithm counts; one that names none counts since 26.4.0 only.
			byID := j.header.Kid != "" && head.Kid == j.header.Kid
			byAlgorithm := j.header.Kid == "" && (head.Alg == j.header.Alg || head.Alg == "" && !c.behavior().assertionFailures)
			if byID || byAlgorithm {
				return publicJWK(one)
			}
		}
		return nil
	}
	var key any
	if der, err := base64.StdEncoding.DecodeString(k.attribs["jwt.credential.certificate"]); err == nil && len(der) > 0 {
		if cert, err := x509.ParseCertificate(der); err == nil {
			key = cert.PublicKey
		}
	} else if der, err := base64.StdEncoding.DecodeString(k.attribs["jwt.credential.public.key"]); err == nil && len(der) > 0 {
		key, _ = x509.ParsePKIXPublicKey(der)
		if _, ofRSA := key.(*rsa.PublicKey); ofRSA && j.header.Alg != "RS256" {
			return nil // of a bare key the algorithm is the usual one alone (measured on 26.7.4)
		}
	}
	if key == nil || j.header.Kid != "" && j.header.Kid != keyID(key) {
		return nil
	}
	return key
}

// keyID is the id that Keycloak gives a public key.
func keyID(key any) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return ""
	}
	return sha256Text(string(der))
}

// publicJWK reads a JSON Web Key (RFC 7517); nil if it is none.
func publicJWK(text []byte) any {
	var k struct{ Kty, Crv, N, E, X, Y string }
	if json.Unmarshal(text, &k) != nil {
		return nil
	}
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			return new(big.Int)
		}
		return new(big.Int).SetBytes(b)
	}
	switch k.Kty {
	case "RSA":
		if e := number(k.E); e.IsInt64() && e.Int64() > 1 {
			return &rsa.PublicKey{N: number(k.N), E: int(e.Int64())}
		}
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Crv]
		if curve == nil {
			return nil
		}
		size := (curve.Params().BitSize + 7) / 8
		x, y := number(k.X), number(k.Y)
		if x.BitLen() > 8*size || y.BitLen() > 8*size {
			return nil
		}
		point := append([]byte{4}, x.FillBytes(make([]byte, size))...)
		if key, err := ecdsa.ParseUncompressedPublicKey(curve, append(point, y.FillBytes(make([]byte, size))...)); err == nil {
			return key
		}
	case "OKP":
		if x, err := base64.RawURLEncoding.DecodeString(k.X); err == nil && k.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			return ed25519.PublicKey(x)
		}
	}
	return nil
}
