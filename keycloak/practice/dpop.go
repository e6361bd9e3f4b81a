package practice

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

const (
	dpopAttribute     = "dpop.bound.access.tokens"
	tlsBoundAttribute = "tls.client.certificate.bound.access.tokens"
	dpopAge           = 25 // seconds for which a proof is good, the clock's skew included (measured: 20 is, 28 is not)
)

func sha256Text(s string) string {
	sum := sha256.Sum256([]byte(s))
	return b64(sum[:])
}

// bindTokens checks what the tokens of a request are to be bound to: the key of a DPoP proof, which any client may bring, or a certificate,
// which this server cannot get.
func (c *call) bindTokens() error {
	if c.client.attribs[tlsBoundAttribute] == "true" {
		return errOAuth(http.StatusBadRequest, "invalid_request", "Client Certification missing for MTLS HoK Token Binding")
	}
	if !c.behavior().dpop {
		return nil
	}
	proof := c.r.Header.Get("DPoP")
	if proof == "" {
		if c.client.attribs[dpopAttribute] == "true" {
			return errOAuth(http.StatusBadRequest, "invalid_request", "DPoP proof is missing")
		}
		return nil
	}
	key, wrong := c.proofOf(proof, "")
	if wrong != "" {
		return errOAuth(http.StatusBadRequest, "invalid_request", wrong)
	}
	c.boundTo = key
	return nil
}

// proofOf checks a DPoP proof (RFC 9449) for this request, and for an access token if there is one. It returns the thumbprint of its key, or
// Keycloak's sentence.
func (c *call) proofOf(proof, access string) (thumbprint, wrong string) {
	parts := strings.Split(proof, ".")
	j, err := parseJWS(proof)
	if err != nil {
		return "", "DPoP header verification failure"
	}
	head, _ := base64.RawURLEncoding.DecodeString(parts[0])
	var header struct{ JWK json.RawMessage }
	_ = json.Unmarshal(head, &header)
	htm, htu, iat := j.claims.str("htm"), j.claims.str("htu"), j.claims.num("iat")
	now := c.now.Unix()
	key := publicJWK(header.JWK)
	switch {
	case j.header.Typ != "dpop+jwt":
		return "", "Invalid or missing type in DPoP header: " + j.header.Typ
	case header.JWK == nil:
		return "", "No JWK in DPoP header"
	case key == nil || strings.HasPrefix(j.header.Alg, "HS"):
		return "", "DPoP header verification failure"
	case !j.verifiedBy(key):
		return "", "DPoP verification failure: org.keycloak.exceptions.TokenSignatureInvalidException: Invalid token signature"
	case j.claims.str("jti") == "" || htm == "" || htu == "" || iat == 0:
		return "", "DPoP mandatory claims are missing"
	case now-iat > dpopAge, iat-now > futureSkew:
		return "", "DPoP proof is not active"
	case htm != c.r.Method:
		return "", "DPoP HTTP method mismatch"
	case bareURL(htu) != c.origin()+c.r.URL.EscapedPath():
		return "", "DPoP HTTP URL mismatch"
	case access != "" && j.claims.str("ath") != sha256Text(access):
		return "", "DPoP access token hash mismatch"
	case !c.firstUse("proof "+j.claims.str("jti"), now+dpopAge):
		return "", "DPoP proof has already been used"
	}
	return thumbprintOf(header.JWK), ""
}

// origin is how the caller reached this server, without its base path.
func (c *call) origin() string { return strings.TrimSuffix(c.baseURL(), c.s.opt.BasePath) }

func bareURL(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	return address
}

// thumbprintOf is that of RFC 7638.
func thumbprintOf(text json.RawMessage) string {
	var k map[string]any
	_ = json.Unmarshal(text, &k)
	needed := map[string][]string{"EC": {"crv", "kty", "x", "y"}, "RSA": {"e", "kty", "n"}, "OKP": {"crv", "kty", "x"}}[str(k, "kty")]
	out := map[string]any{} // whose names json.Marshal sorts
	for _, name := range needed {
		out[name] = k[name]
	}
	b, err := json.Marshal(out)
	if err != nil {
		return ""
	}
	return sha256Text(string(bytes.TrimSpace(b)))
}

// bound is the claim cnf of a token that is bound to a key.
func (c *call) bound(key string) map[string]any {
	cnf := map[string]any{"jkt": key}
	if c.behavior().boundKeyType {
		cnf["kc-jkt-type"] = "DPoP"
	}
	return cnf
}

func boundKey(cl claims) string {
	cnf, _ := cl["cnf"].(map[string]any)
	return str(cnf, "jkt")
}

// takesDPoP reports whether a scheme is that of bound tokens.
func (c *call) takesDPoP(scheme string) bool {
	return c.behavior().dpop && (scheme == "DPoP" || c.behavior().dpopAnyCase && strings.EqualFold(scheme, "DPoP"))
}

// rightScheme reports whether a token came as its type wants: one that is bound to a key with the scheme DPoP and a proof by that key, any
// other one with Bearer.
func (c *call) rightScheme(j *jws, access string) bool {
	if !strings.EqualFold(c.scheme, "DPoP") {
		return boundKey(j.claims) == ""
	}
	if boundKey(j.claims) == "" {
		return false
	}
	realm := c.realm
	defer func() { c.realm = realm }()
	iss := j.claims.str("iss")
	if c.realm = c.s.realms[iss[strings.LastIndexByte(iss, '/')+1:]]; c.realm == nil {
		return false
	}
	key, wrong := c.proofOf(c.r.Header.Get("DPoP"), access)
	return wrong == "" && key == boundKey(j.claims)
}
