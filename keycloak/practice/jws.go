package practice

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
)

// jws is a parsed JSON Web Signature in compact form (RFC 7515).
type jws struct {
	header struct {
		Alg string `json:"alg"`
		Typ string `json:"typ"`
		Kid string `json:"kid"`
	}
	claims    claims
	signed    string
	signature []byte
}

type claims map[string]any

var errTokenFormat = errors.New("not a signed token")

// parseJWS reads a token without believing it.
func parseJWS(t string) (*jws, error) {
	parts := strings.Split(t, ".")
	if len(parts) != 3 {
		return nil, errTokenFormat
	}
	j := &jws{signed: parts[0] + "." + parts[1]}
	h, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return nil, errTokenFormat
	}
	p, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, errTokenFormat
	}
	if j.signature, err = base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return nil, errTokenFormat
	}
	if err := json.Unmarshal(h, &j.header); err != nil {
		return nil, errTokenFormat
	}
	d := json.NewDecoder(bytes.NewReader(p))
	d.UseNumber()
	if err := d.Decode(&j.claims); err != nil || j.claims == nil {
		return nil, errTokenFormat
	}
	return j, nil
}

// verify checks the signature with the realm's key of that kid. A key that was
// never generated cannot have signed it.
func (j *jws) verify(r *realm) bool {
	k := r.keyByID(j.header.Kid)
	if k == nil || k.algorithm != j.header.Alg || k.use != "SIG" {
		return false
	}
	switch j.header.Alg {
	case "RS256":
		p := k.ready()
		if p == nil {
			return false
		}
		sum := sha256.Sum256([]byte(j.signed))
		return rsa.VerifyPKCS1v15(&p.private.PublicKey, crypto.SHA256, sum[:], j.signature) == nil
	case "HS512":
		m := hmac.New(sha512.New, k.secret)
		m.Write([]byte(j.signed))
		return hmac.Equal(m.Sum(nil), j.signature)
	}
	return false
}

// signToken signs claims with the realm's active key of the algorithm.
func signToken(r *realm, algorithm string, cl claims) (string, error) {
	k := r.activeKey(algorithm)
	if k == nil {
		return "", errors.New("no active key for " + algorithm)
	}
	h, err := json.Marshal(map[string]string{"alg": algorithm, "typ": "JWT", "kid": k.kid})
	if err != nil {
		return "", err
	}
	p, err := json.Marshal(cl)
	if err != nil {
		return "", err
	}
	input := b64(h) + "." + b64(p)
	var sig []byte
	if algorithm == "HS512" {
		m := hmac.New(sha512.New, k.secret)
		m.Write([]byte(input))
		sig = m.Sum(nil)
	} else if sig, err = k.sign([]byte(input)); err != nil {
		return "", err
	}
	return input + "." + b64(sig), nil
}

func (c claims) str(k string) string { return str(c, k) }
func (c claims) num(k string) int64  { return num(c, k) }

// roles reads resource_access.<client>.roles, or realm_access.roles for client "".
func (c claims) roles(client string) []string {
	m, _ := c["realm_access"].(map[string]any)
	if client != "" {
		ra, _ := c["resource_access"].(map[string]any)
		m, _ = ra[client].(map[string]any)
	}
	return strs(m, "roles")
}

// hasRoleClaims reports whether the token carries any role at all.
func (c claims) hasRoleClaims() bool {
	return c["realm_access"] != nil || c["resource_access"] != nil
}
