package practice

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// signedBy returns a JWT that an Ed25519 key signs, or a secret (HS256).
func signedBy(t *testing.T, key any, header, claims map[string]any) string {
	t.Helper()
	alg := map[bool]string{true: "EdDSA", false: "HS256"}[isKey(key)]
	if _, ec := key.(*ecdsa.PrivateKey); ec {
		alg = "ES256"
	}
	head := map[string]any{"alg": alg}
	for k, v := range header {
		head[k] = v
	}
	h, _ := json.Marshal(head)
	c, _ := json.Marshal(claims)
	input := b64(h) + "." + b64(c)
	switch key := key.(type) {
	case ed25519.PrivateKey:
		s, err := key.Sign(nil, []byte(input), crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		return input + "." + b64(s)
	case *ecdsa.PrivateKey:
		sum := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return input + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	m := hmac.New(sha256.New, key.([]byte))
	m.Write([]byte(input))
	return input + "." + b64(m.Sum(nil))
}

func isKey(key any) bool { _, is := key.(ed25519.PrivateKey); return is }

type proofScene struct {
	t    *testing.T
	url  string
	ed   ed25519.PrivateKey
	ec   *ecdsa.PrivateKey
	used int
}

func (p *proofScene) do(method, path string, header map[string]string, form url.Values) (int, map[string]any) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var body map[string]any
	_ = json.NewDecoder(res.Body).Decode(&body)
	return res.StatusCode, body
}

func (p *proofScene) token(client string, header map[string]string, form url.Values) (int, map[string]any) {
	if form == nil {
		form = url.Values{"client_id": {client}, "client_secret": {"secret-of-" + client}}
	}
	form.Set("grant_type", "client_credentials")
	return p.do("POST", "/realms/shop/protocol/openid-connect/token", header, form)
}

func (p *proofScene) claims(client string, changes map[string]any) map[string]any {
	p.used++
	c := map[string]any{"iss": client, "sub": client, "aud": p.url + "/realms/shop", "jti": "j" + strconv.Itoa(p.used), "iat": time.Now().Unix(), "exp": time.Now().Unix() + 60}
	for k, v := range changes {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	return c
}

func (p *proofScene) proof(method, path, access string, changes map[string]any) string {
	p.used++
	c := map[string]any{"jti": "p" + strconv.Itoa(p.used), "htm": method, "htu": p.url + path, "iat": time.Now().Unix()}
	if access != "" {
		c["ath"] = sha256Text(access)
	}
	for k, v := range changes {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	public, _ := p.ec.PublicKey.Bytes()
	jwk := map[string]string{"kty": "EC", "crv": "P-256", "x": b64(public[1:33]), "y": b64(public[33:])}
	return signedBy(p.t, p.ec, map[string]any{"typ": "dpop+jwt", "jwk": jwk}, c)
}

func newProofScene(t *testing.T, version string) *proofScene {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(ed.Public())
	client := func(id, auth string, attributes map[string]string) map[string]any {
		return map[string]any{"clientId": id, "enabled": true, "secret": "secret-of-" + id, "publicClient": false, "serviceAccountsEnabled": true, "clientAuthenticatorType": auth, "attributes": attributes}
	}
	jwks, _ := json.Marshal(map[string]any{"keys": []any{map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "alg": "EdDSA", "use": "sig", "x": b64(ed.Public().(ed25519.PublicKey))}}})
	seed, _ := json.Marshal(map[string]any{"realm": "shop", "enabled": true, "clients": []any{
		client("plain", "client-secret", nil),
		client("key", "client-jwt", map[string]string{"jwt.credential.public.key": base64.StdEncoding.EncodeToString(der)}),
		client("set", "client-jwt", map[string]string{"use.jwks.string": "true", "jwks.string": string(jwks)}),
		client("none", "client-jwt", nil),
		client("alg", "client-jwt", map[string]string{"jwt.credential.public.key": base64.StdEncoding.EncodeToString(der), "token.endpoint.auth.signing.alg": "RS256"}),
		client("secretly", "client-secret-jwt", nil),
		client("card", "client-x509", nil),
		client("bank", "client-secret", map[string]string{"dpop.bound.access.tokens": "true"}),
		client("tls", "client-secret", map[string]string{"tls.client.certificate.bound.access.tokens": "true"}),
	}})
	s, err := New(Options{Version: version, AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	at := httptest.NewServer(s)
	t.Cleanup(at.Close)
	p := &proofScene{t: t, url: at.URL, ed: ed, ec: ec}
	_, login := p.do("POST", "/realms/master/protocol/openid-connect/token", nil, url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {"admin"}})
	req, _ := http.NewRequest(http.MethodPost, at.URL+"/admin/realms", strings.NewReader(string(seed)))
	req.Header.Set("Authorization", "Bearer "+login["access_token"].(string))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("the realm: %d", res.StatusCode)
	}
	return p
}

// TestAssertions holds the answers to assertions to what the real servers said (26.7.4 and 24.0.5).
func TestAssertions(t *testing.T) {
	for version, of := range map[string]func(recent, old string) string{
		"26.7.4": func(recent, _ string) string { return recent },
		"24.0.5": func(_, old string) string { return old },
	} {
		t.Run(version, func(t *testing.T) {
			p := newProofScene(t, version)
			const failed, secretly = "Client authentication with signed JWT failed: ", "Client authentication with client secret signed JWT failed: "
			_, other, _ := ed25519.GenerateKey(rand.Reader)
			again := p.claims("key", nil)
			for _, c := range []struct {
				name, client string
				key          any
				header       map[string]any
				claims       map[string]any
				want         string
			}{
				{"public key", "key", p.ed, nil, nil, ""},
				{"token endpoint as audience", "key", p.ed, nil, map[string]any{"aud": p.url + "/realms/shop/protocol/openid-connect/token"}, ""},
				{"set", "set", p.ed, nil, nil, ""},
				{"set, by id", "set", p.ed, map[string]any{"kid": "k1"}, nil, ""},
				{"set, another id", "set", p.ed, map[string]any{"kid": "k2"}, nil, "Unable to load public key"},
				{"no key", "none", p.ed, nil, nil, "Unable to load public key"},
				{"another id", "key", p.ed, map[string]any{"kid": "k2"}, nil, "Unable to load public key"},
				{"another key", "key", other, nil, nil, failed + "Signature on JWT token failed validation"},
				{"algorithm", "alg", p.ed, nil, nil, of("Invalid signature algorithm", "invalid signature algorithm")},
				{"audience", "key", p.ed, nil, map[string]any{"aud": "http://x/"}, of("Invalid token audience", failed+"Token audience doesn't match domain.")},
				{"two audiences", "key", p.ed, nil, map[string]any{"aud": []string{p.url + "/realms/shop", "x"}}, of("Multiple audiences not allowed", "")},
				{"no end", "key", p.ed, nil, map[string]any{"exp": nil}, of("Token exp claim is required", "")},
				{"expired", "key", p.ed, nil, map[string]any{"exp": time.Now().Unix() - 30}, of("Token is not active", failed+"Token is not active")},
				{"no id", "key", p.ed, nil, map[string]any{"jti": nil}, of("Token jti claim is required", failed+"Missing ID on the token")},
				{"first use", "key", p.ed, nil, again, ""},
				{"second use", "key", p.ed, nil, again, of("Token reuse detected", failed+"Token reuse detected")},
				{"by secret", "secretly", []byte("secret-of-secretly"), nil, nil, ""},
				{"by another secret", "secretly", []byte("no"), nil, nil, secretly + "Signature on JWT token by client secret  failed validation"},
				{"by key", "secretly", p.ed, nil, nil, secretly + of("Signature on JWT token by client secret failed validation", "Signature on JWT token by client secret  failed validation")},
				{"of a client with a secret", "plain", p.ed, nil, nil, of("Invalid client or Invalid client credentials", "Missing client_id parameter")},
				{"of a client with a certificate", "card", p.ed, nil, nil, "Missing client_id parameter"},
				{"of an unknown client", "ghost", p.ed, nil, nil, "Invalid client or Invalid client credentials"},
			} {
				assertion := signedBy(t, c.key, c.header, p.claims(c.client, c.claims))
				status, body := p.token("", nil, url.Values{"client_assertion_type": {assertionType}, "client_assertion": {assertion}})
				said, _ := body["error_description"].(string)
				if (c.want == "") != (status == http.StatusOK) || !strings.HasPrefix(said, c.want) {
					t.Errorf("%s: %d %v, want %q", c.name, status, body, c.want)
				}
			}
			for _, id := range []string{"key", "secretly"} {
				if status, body := p.token(id, nil, nil); status != http.StatusBadRequest || body["error_description"] != "Parameter client_assertion_type is missing" {
					t.Errorf("%s by its secret: %d %v", id, status, body)
				}
			}
			if status, body := p.token("tls", nil, nil); status != http.StatusBadRequest || body["error_description"] != "Client Certification missing for MTLS HoK Token Binding" {
				t.Errorf("bound to a certificate: %d %v", status, body)
			}
		})
	}
}

// TestDPoP holds bound tokens to what a real 26.7.4 did; 24.0.5 knows nothing of them.
func TestDPoP(t *testing.T) {
	const tokens, users = "/realms/shop/protocol/openid-connect/token", "/admin/realms/shop/users"
	p := newProofScene(t, "26.7.4")
	for _, c := range []struct{ name, proof, want string }{
		{"none", "", "DPoP proof is missing"},
		{"another address", p.proof("POST", tokens+"x", "", nil), "DPoP HTTP URL mismatch"},
		{"another method", p.proof("GET", tokens, "", nil), "DPoP HTTP method mismatch"},
		{"old", p.proof("POST", tokens, "", map[string]any{"iat": time.Now().Unix() - 60}), "DPoP proof is not active"},
		{"without an id", p.proof("POST", tokens, "", map[string]any{"jti": nil}), "DPoP mandatory claims are missing"},
		{"garbage", "abc", "DPoP header verification failure"},
		{"another type", signedBy(t, p.ec, map[string]any{"typ": "JWT"}, map[string]any{}), "Invalid or missing type in DPoP header: JWT"},
		{"no key", signedBy(t, p.ec, map[string]any{"typ": "dpop+jwt"}, map[string]any{}), "No JWK in DPoP header"},
	} {
		if status, body := p.token("bank", map[string]string{"DPoP": c.proof}, nil); status != http.StatusBadRequest || body["error_description"] != c.want {
			t.Errorf("%s: %d %v, want %s", c.name, status, body, c.want)
		}
	}
	proof := p.proof("POST", tokens, "", nil)
	_, body := p.token("bank", map[string]string{"DPoP": proof}, nil)
	access, _ := body["access_token"].(string)
	if j, err := parseJWS(access); err != nil || body["token_type"] != "DPoP" || j.claims.str("typ") != "DPoP" || boundKey(j.claims) == "" {
		t.Fatalf("a bound token: %v", body)
	}
	if status, body := p.token("bank", map[string]string{"DPoP": proof}, nil); status != http.StatusBadRequest || body["error_description"] != "DPoP proof has already been used" {
		t.Errorf("the proof again: %d %v", status, body)
	}
	_, body = p.token("plain", nil, nil)
	plain := body["access_token"].(string)
	proof = p.proof("GET", users, access, nil)
	for _, c := range []struct {
		name, scheme, token, proof string
		want                       int
	}{
		{"as Bearer", "Bearer", access, "", 401},
		{"as Bearer with a proof", "Bearer", access, p.proof("GET", users, access, nil), 401},
		{"without a proof", "DPoP", access, "", 401},
		{"right", "DPoP", access, proof, 403}, // and the role is missing
		{"again", "DPoP", access, proof, 401},
		{"in other letters", "dpop", access, p.proof("GET", users, access, nil), 403},
		{"without the token's hash", "DPoP", access, p.proof("GET", users, "", nil), 401},
		{"for another path", "DPoP", access, p.proof("GET", users+"/x", access, nil), 401},
		{"for another method", "DPoP", access, p.proof("POST", users, access, nil), 401},
		{"a token that is not bound", "DPoP", plain, p.proof("GET", users, plain, nil), 401},
		{"that one as Bearer", "Bearer", plain, "", 403},
	} {
		if status, _ := p.do("GET", users, map[string]string{"Authorization": c.scheme + " " + c.token, "DPoP": c.proof}, nil); status != c.want {
			t.Errorf("%s: %d, want %d", c.name, status, c.want)
		}
	}
	old := newProofScene(t, "24.0.5")
	if status, body := old.token("bank", nil, nil); status != http.StatusOK || body["token_type"] != "Bearer" {
		t.Errorf("24.0.5: %d %v", status, body)
	}
}
