package acceptance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"fix403/flows/doctor/proof"
	"fix403/keycloak/version"
	"fix403/keycloak/wire"
)

// Clients without a plain secret: measured on 22.0.5, 24.0.5, 26.4.0 and 26.7.4.
var (
	boundTokens   = version.Facts[bool]{}.Measured(false, "24.0.5").Measured(true, "26.4.0 26.7.4") // DPoP is on, and the admin API takes bound tokens
	saysAssertion = version.Facts[bool]{}.Measured(true, "22.0.5 24.0.5").Measured(false, "26.4.0").Measured(true, "26.7.4")
	otherAuth     = version.Facts[int]{}.Measured(400, "22.0.5 24.0.5").Measured(401, "26.4.0 26.7.4") // to an assertion of a client with a secret
)

// clientKeys are the keys of the clients in these set-ups: one of RSA, and one of EC.
var clientKeys = sync.OnceValues(func() (*rsa.PrivateKey, *ecdsa.PrivateKey) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return r, e
})

func pemOf(key any) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// written puts a text into a file of the scene.
func (s *scene) written(name string, text []byte) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// signing is a client that signs its assertions with the RSA key, of which it has the certificate.
func (s *scene) signing(attributes map[string]string, roles ...string) client {
	s.t.Helper()
	s.scratch(map[string]any{})
	r, _ := clientKeys()
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, r.Public(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]string{"jwt.credential.certificate": base64.StdEncoding.EncodeToString(der)}
	for k, v := range attributes {
		all[k] = v
	}
	return s.serviceWith(map[string]any{"clientAuthenticatorType": "client-jwt", "attributes": all}, roles...)
}

func (s *scene) askByKey(c client, key any) ask {
	s.t.Helper()
	a := s.ask(c)
	a.secret = ""
	path := s.written("client.key", pemOf(key))
	a.args, a.scriptEnv = []string{"--client-key-file", path}, []string{"CLIENT_KEY=" + path}
	a.probing = func() (int, []byte) {
		return s.asClient(a, url.Values{"client_assertion": {s.assertion(c.id, key, time.Minute)}}, nil)
	}
	return a
}

// askByCurve is the question of a client that signs its assertions with the EC key, of which it has the public part.
func (s *scene) askByCurve(roles ...string) ask {
	s.t.Helper()
	s.scratch(map[string]any{})
	_, e := clientKeys()
	point, err := e.PublicKey.Bytes()
	if err != nil {
		s.t.Fatal(err)
	}
	part := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	public := map[string]string{"kty": "EC", "crv": "P-256", "kid": "key-1", "alg": "ES256", "use": "sig", "x": part(point[1:33]), "y": part(point[33:])}
	set, _ := json.Marshal(map[string]any{"keys": []any{public}})
	return s.askByKey(s.serviceWith(map[string]any{"clientAuthenticatorType": "client-jwt", "attributes": map[string]string{"use.jwks.string": "true", "jwks.string": string(set)}}, roles...), e)
}

// askBySigningSecret is the question of a client that signs its assertions with its secret.
func (s *scene) askBySigningSecret(roles ...string) ask {
	s.t.Helper()
	s.scratch(map[string]any{})
	a := s.ask(s.serviceWith(map[string]any{"clientAuthenticatorType": "client-secret-jwt"}, roles...))
	a.args, a.unmeasured = []string{"--client-secret-jwt"}, true
	return a
}

// assertion signs an assertion of a client with a key; lasts may be negative.
func (s *scene) assertion(clientID string, key any, lasts time.Duration) string {
	s.t.Helper()
	parsed, err := proof.ParseKey(pemOf(key))
	if err != nil {
		s.t.Fatal(err)
	}
	signed, err := parsed.Assertion(clientID, s.base()+"/realms/"+url.PathEscape(s.realm), parsed.Algorithms[0], time.Now().Add(lasts-time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	s.secrets = append(s.secrets, signed.Reveal())
	return signed.Reveal()
}

// asClient asks for a token with a form, and makes the call with it, both with proofs of the holder where there is one.
func (s *scene) asClient(a ask, form url.Values, holder *proof.Holder) (int, []byte) {
	s.t.Helper()
	address := s.base() + "/realms/" + url.PathEscape(s.realm) + "/protocol/openid-connect/token"
	if !form.Has("grant_type") {
		form.Set("grant_type", "client_credentials")
	}
	if form.Has("client_assertion") {
		form.Set("client_assertion_type", proof.AssertionType)
	}
	status, answer := s.proven(http.MethodPost, address, "", holder, wire.Secret{}, form)
	token := field(answer, "access_token")
	if token == "" {
		return status, answer
	}
	scheme := "Bearer "
	if holder != nil {
		scheme = "DPoP "
	}
	method, call := a.target()
	return s.proven(method, call, scheme+token, holder, wire.NewSecret(token), nil)
}

// proven makes one request, with a proof where there is a holder.
func (s *scene) proven(method, address, authorization string, holder *proof.Holder, access wire.Secret, form url.Values) (int, []byte) {
	s.t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	if holder != nil {
		shown, err := holder.Proof(method, address, access, "", time.Now())
		if err != nil {
			s.t.Fatal(err)
		}
		req.Header.Set("DPoP", shown.Reveal())
	}
	return roundTrip(s.t, req)
}

// bank is a client whose tokens are bound to keys.
func (s *scene) bank(roles ...string) client {
	s.t.Helper()
	s.scratch(map[string]any{})
	return s.serviceWith(map[string]any{"attributes": map[string]string{"dpop.bound.access.tokens": "true"}}, roles...)
}

// askBound is the question of a client that makes proofs.
func (s *scene) askBound(c client) ask {
	a := s.ask(c)
	a.args = []string{"--dpop"}
	holder, err := proof.NewHolder()
	if err != nil {
		s.t.Fatal(err)
	}
	a.probing = func() (int, []byte) {
		return s.asClient(a, url.Values{"client_id": {c.id}, "client_secret": {c.secret}}, holder)
	}
	return a
}

// bound is a token that is bound to the key of a holder.
func (s *scene) bound(c client) (string, *proof.Holder) {
	s.t.Helper()
	holder, err := proof.NewHolder()
	if err != nil {
		s.t.Fatal(err)
	}
	address := s.base() + "/realms/" + url.PathEscape(s.realm) + "/protocol/openid-connect/token"
	_, answer := s.proven(http.MethodPost, address, "", holder, wire.Secret{}, url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}})
	token := field(answer, "access_token")
	if token == "" {
		s.t.Fatalf("no bound token: %s", answer)
	}
	s.secrets = append(s.secrets, token)
	return token, holder
}

// askPasted is about a pasted call with a bound token and a proof for an address; "" is no proof.
func (s *scene) askPasted(c client, proofFor string) ask {
	s.t.Helper()
	token, holder := s.bound(c)
	header := ""
	if proofFor != "" {
		shown, err := holder.Proof(http.MethodGet, proofFor, wire.NewSecret(token), "", time.Now())
		if err != nil {
			s.t.Fatal(err)
		}
		s.secrets = append(s.secrets, shown.Reveal())
		header = " -H 'DPoP: " + shown.Reveal() + "'"
	}
	a := s.askCurl(c, "curl -sS -H 'Authorization: DPoP "+token+"'"+header+" '%s'\n", "")
	address := s.base() + s.at("/users/"+s.john)
	a.probing = func() (int, []byte) { return s.proven(http.MethodGet, address, "DPoP "+token, nil, wire.Secret{}, nil) }
	return a
}

// proving asks as a client that proves itself rightly.
func proving(args ...string) func(ask) ask {
	return func(a ask) ask {
		a = plainly(a)
		a.args = append(a.args, args...)
		if a.user != "" && a.userID == "" {
			a.userID = a.user
		}
		return a
	}
}

// withoutSecrets are the set-ups of clients that prove themselves by something else than a plain secret.
var withoutSecrets = []broken{
	{
		name: "client-auth-method/secret-in-place-of-a-signed-jwt", status: 400, on: where(saysAssertion, true),
		build: func(s *scene) ask {
			c := s.signing(nil, "view-users")
			r, _ := clientKeys()
			a := s.ask(c)
			a.scriptEnv = []string{"CLIENT_KEY=" + s.written("client.key", pemOf(r))}
			return a
		},
		withAdmin: says("client-auth-method", "client", "proved"), alone: says("client-auth-method", "client", ""), remedy: byCall, advice: `(?i)--client-key-file`,
	},
	{
		name: "client-auth-method/secret-in-place-of-a-jwt-signed-with-it", status: 400, on: where(saysAssertion, true),
		build: func(s *scene) ask {
			s.scratch(map[string]any{})
			return s.ask(s.serviceWith(map[string]any{"clientAuthenticatorType": "client-secret-jwt"}, "view-users"))
		},
		withAdmin: says("client-auth-method", "client", "proved"), alone: says("client-auth-method", "client", ""), remedy: byAdvice, advice: `(?i)client_secret_jwt`, again: proving("--client-secret-jwt"),
	},
	{
		name: "client-auth-method/certificate", status: 401,
		build: func(s *scene) ask {
			s.scratch(map[string]any{})
			return s.ask(s.serviceWith(map[string]any{"clientAuthenticatorType": "client-x509", "attributes": map[string]string{"x509.subjectdn": "CN=svc"}}, "view-users"))
		},
		withAdmin: says("client-auth-method", "client", "proved"), alone: says("bad-client-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)certificate`,
	},
	{
		name: "client-auth-method/assertion-in-place-of-the-secret", status: 401, on: where(otherAuth, 401),
		build: func(s *scene) ask {
			c := healthyAlone(s)
			r, _ := clientKeys()
			return s.askByKey(c, r)
		},
		withAdmin: says("client-auth-method", "client", "proved"), alone: says("bad-client-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)with its secret`,
	},
	{
		name: "client-auth-method/algorithm", status: 400,
		build: func(s *scene) ask {
			c := s.signing(map[string]string{"token.endpoint.auth.signing.alg": "ES256"}, "view-users")
			r, _ := clientKeys()
			return s.askByKey(c, r)
		},
		withAdmin: says("client-auth-method", "client", "proved"), alone: says("client-auth-method", "client", "proved"), remedy: byAdvice, advice: `(?i)algorithm`,
	},
	{
		name: "bad-client-credentials/another-key", status: 400,
		build: func(s *scene) ask {
			c := s.signing(nil, "view-users")
			stranger, err := strangersKey()
			if err != nil {
				panic(err)
			}
			return s.askByKey(c, stranger)
		},
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "proved"), remedy: byAdvice, advice: `(?i)not signed with the key`,
	},
	{
		name: "bad-client-credentials/expired-assertion", status: 400,
		build: func(s *scene) ask {
			c := s.signing(nil, "view-users")
			r, _ := clientKeys()
			old := s.assertion(c.id, r, -time.Minute)
			a := s.ask(c)
			a.secret, a.args = "", []string{"--client-assertion-file", s.written("assertion", []byte(old))}
			a.probing = func() (int, []byte) { return s.asClient(a, url.Values{"client_assertion": {old}}, nil) }
			return a
		},
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "proved"), remedy: byAdvice, advice: `(?i)expired`,
	},
	{
		name: "bad-client-credentials/used-assertion", status: 400,
		build: func(s *scene) ask {
			c := s.signing(nil, "view-users")
			r, _ := clientKeys()
			used := s.assertion(c.id, r, time.Minute)
			a := s.ask(c)
			a.secret, a.args = "", []string{"--client-assertion-file", s.written("assertion", []byte(used))}
			form := url.Values{"client_assertion": {used}}
			if status, answer := s.asClient(a, form, nil); status != http.StatusOK {
				s.t.Fatalf("the first use: %d %s", status, answer)
			}
			a.probing = func() (int, []byte) { return s.asClient(a, form, nil) }
			return a
		},
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "proved"), remedy: byAdvice, advice: `(?i)used before`,
	},
	{
		name: "role-missing/signed-jwt", status: 403,
		build: func(s *scene) ask {
			c := s.signing(nil)
			r, _ := clientKeys()
			return s.askByKey(c, r)
		},
		withAdmin: says("role-missing", "role", "proved", "view-users"), alone: says("role-missing", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "role-missing/signed-jwt-by-a-curve", status: 403,
		build:     func(s *scene) ask { return s.askByCurve() },
		withAdmin: says("role-missing", "role", "proved", "view-users"), alone: says("role-missing", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "role-missing/jwt-signed-with-the-secret", status: -1,
		build: func(s *scene) ask {
			a := s.askBySigningSecret()
			a.probing = func() (int, []byte) {
				signed, err := proof.SecretKey(wire.NewSecret(a.secret)).Assertion(a.clientID, s.base()+"/realms/"+url.PathEscape(s.realm), "HS256", time.Now())
				if err != nil {
					s.t.Fatal(err)
				}
				return s.asClient(a, url.Values{"client_assertion": {signed.Reveal()}}, nil)
			}
			return a
		},
		withAdmin: says("role-missing", "role", "proved", "view-users"), alone: says("role-missing", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "role-missing/person-with-dpop", status: 403, on: func(on *target) bool { return where(boundTokens, true)(on) && ungated(on) },
		build: func(s *scene) ask {
			s.scratch(map[string]any{})
			s.newPerson("ann", nil)
			s.publicClient("spa", map[string]any{"attributes": map[string]string{"dpop.bound.access.tokens": "true"}})
			a := s.askLogin(s.realm, byPassword("spa", "ann"))
			a.curl, a.args, a.env = "", []string{"--grant", "password", "--user", "ann", "--dpop"}, []string{"FIX403_USER_PASSWORD=" + personsPassword}
			holder, err := proof.NewHolder()
			if err != nil {
				s.t.Fatal(err)
			}
			a.probing = func() (int, []byte) { return s.asClient(a, byPassword("spa", "ann"), holder) }
			return a
		},
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrantToUser,
	},
	{
		name: "proof-missing/token-request", status: 400, on: where(boundTokens, true),
		build:     func(s *scene) ask { return s.ask(s.bank("view-users")) },
		withAdmin: says("proof-missing", "client", "proved"), alone: says("proof-missing", "client", "proved"), remedy: byCall, advice: `(?i)DPoP`, again: proving("--dpop"),
	},
	{
		name: "proof-missing/certificate", status: 400,
		build: func(s *scene) ask {
			s.scratch(map[string]any{})
			return s.ask(s.serviceWith(map[string]any{"attributes": map[string]string{"tls.client.certificate.bound.access.tokens": "true"}}, "view-users"))
		},
		withAdmin: says("proof-missing", "client", "proved"), alone: says("proof-missing", "client", "proved"), remedy: byAdvice, advice: `--client-cert`,
	},
	{
		name: "proof-missing/bound-token-as-bearer", status: 401, on: where(boundTokens, true),
		build: func(s *scene) ask {
			c := s.bank("view-users")
			token, _ := s.bound(c)
			return s.askToken(c, token)
		},
		withAdmin: says("proof-missing", "identity", "proved"), alone: says("proof-missing", "identity", ""), remedy: byCall, advice: `(?i)access token.*DPoP`, again: proving("--dpop"),
	},
	{
		name: "proof-missing/no-proof", status: 401, on: where(boundTokens, true),
		build:     func(s *scene) ask { return s.askPasted(s.bank("view-users"), "") },
		withAdmin: says("proof-missing", "identity", "proved"), alone: says("proof-missing", "identity", ""), remedy: byCall, advice: `(?i)no proof`, again: proving("--dpop"),
	},
	{
		name: "proof-missing/proof-for-another-path", status: 401, on: where(boundTokens, true),
		build: func(s *scene) ask {
			c := s.bank("view-users")
			return s.askPasted(c, s.base()+s.at("/users/count"))
		},
		withAdmin: says("proof-missing", "identity", "proved"), alone: says("proof-missing", "identity", ""), remedy: byCall, advice: `(?i)another request`, again: proving("--dpop"),
	},
	{
		name: "no-bearer-token/unbound-token-as-dpop", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			return s.askCurl(c, "curl -sS -H 'Authorization: DPoP "+token+"' '%s'\n", "DPoP "+token)
		},
		withAdmin: says("no-bearer-token", "identity", "proved"), alone: says("no-bearer-token", "identity", ""), remedy: byCall, advice: `(?i)as bearer`, again: curlless,
	},
	{
		name: "role-missing/dpop", status: 403, on: where(boundTokens, true),
		build:     func(s *scene) ask { return s.askBound(s.bank()) },
		withAdmin: says("role-missing", "role", "proved", "view-users"), alone: says("role-missing", "role", "likely", "view-users"), remedy: byGrant,
	},
}

// healthyWithoutSecrets are calls of such clients that work.
var healthyWithoutSecrets = []fine{
	{name: "signed-jwt", build: func(s *scene) ask {
		c := s.signing(nil, "view-users")
		r, _ := clientKeys()
		return s.askByKey(c, r)
	}},
	{name: "signed-jwt/one-algorithm-alone", build: func(s *scene) ask {
		c := s.signing(map[string]string{"token.endpoint.auth.signing.alg": "PS256"}, "view-users")
		r, _ := clientKeys()
		a := s.askByKey(c, r)
		a.probing = nil // which knows RS256 alone; the doctor measures it
		a.unmeasured = true
		return a
	}},
	{name: "signed-jwt/keys-by-id", build: func(s *scene) ask { return s.askByCurve("view-users") }},
	{name: "jwt-signed-with-the-secret", build: func(s *scene) ask { return s.askBySigningSecret("view-users") }},
	{name: "dpop", on: where(boundTokens, true), build: func(s *scene) ask { return s.askBound(s.bank("view-users")) }},
	{name: "dpop/signed-jwt", on: where(boundTokens, true), build: func(s *scene) ask {
		c := s.signing(map[string]string{"dpop.bound.access.tokens": "true"}, "view-users")
		r, _ := clientKeys()
		a := s.askByKey(c, r)
		a.args = append(a.args, "--dpop")
		holder, err := proof.NewHolder()
		if err != nil {
			s.t.Fatal(err)
		}
		a.probing = func() (int, []byte) {
			return s.asClient(a, url.Values{"client_assertion": {s.assertion(c.id, r, time.Minute)}}, holder)
		}
		return a
	}},
}
