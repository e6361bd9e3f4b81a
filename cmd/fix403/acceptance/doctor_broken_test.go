package acceptance

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"crypto"

	"fix403/keycloak/practice"
)

// remedy is how a cause is fixed.
type remedy int

const (
	noRemedy        remedy = iota
	byGrant                // roles for the client's service account
	byScope                // scope mappings for the client
	byBoth                 // both of these
	byClient               // settings of the client; no role anywhere
	byChange               // something else in Keycloak, which --fix need not do
	byNewToken             // nothing but a token taken now
	byCall                 // nothing in Keycloak: fix.curl is the correct call, or the summary says what to do
	byAdvice               // nothing that could be followed here: the summary says what to do
	byGrantToUser          // roles for the user who calls
	byClientAndRole        // settings of the client, and roles for its service account
)

// broken is a set-up in which a call fails, or works with too much.
type broken struct {
	name   string
	on     func(*target) bool // nil: everywhere
	build  func(*scene) ask
	status int // what the server answers, 0 for nothing; -1: not asked
	// withAdmin and alone are what the doctor says with and without an admin's credentials.
	withAdmin, alone expected
	remedy           remedy
	advice           string        // for byCall and byAdvice: a regular expression for the summary
	again            func(ask) ask // the question that is ok once it is fixed; nil: the same without a given token
}

func onPractice(on *target) bool { return on.practice != nil }

// says is an expectation; roleGate, identityGate and so on are the frequent ones.
func says(verdict, gate, certainty string, smallest ...string) expected {
	return expected{verdict, gate, certainty, smallest}
}

const (
	unknownID = "00000000-0000-4000-8000-000000000403"
)

func b64(v any) string {
	text, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(text)
}

// claimsOf are the claims of a token.
func claimsOf(token string) map[string]any {
	var claims map[string]any
	text, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	_ = json.Unmarshal(text, &claims)
	return claims
}

// strangersKey is a key that no realm has.
var strangersKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// forged signs claims with a key that no realm has.
func forged(header, claims map[string]any) string {
	key, err := strangersKey()
	if err != nil {
		panic(err)
	}
	signed := b64(header) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// tampered has one changed character in the signature.
func tampered(token string) string {
	at := len(token) - 20
	other := byte('A')
	if token[at] == other {
		other = 'B'
	}
	return token[:at] + string(other) + token[at+1:]
}

func closedPort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// forbid answers every request to paths that hold a part in the server's place.
func forbid(s *scene, part string, status int, contentType, body string) {
	s.door.intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, part) {
			return false
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Server", "edge")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

const proxyPage = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// healthy is a scene whose client may do the call.
func healthy(s *scene) client {
	s.scratch(nil)
	return s.service("view-users")
}

// healthyAlone is the same in a realm that is the case's alone, to be changed.
func healthyAlone(s *scene) client {
	s.scratch(map[string]any{})
	return s.service("view-users")
}

// redirect sends everything to the same path under https, at a second door.
func redirect(s *scene, status int) ask {
	c := healthy(s)
	secure := newDoor(s.t, s.on.url, overTLS(s.t, "127.0.0.1", time.Now().Add(time.Hour)))
	s.door.intercept = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Location", secure.URL+r.URL.RequestURI())
		w.WriteHeader(status)
		return true
	}
	a := s.ask(c)
	ca := authorityFile(s.t, s.dir)
	a.env = []string{"SSL_CERT_FILE=" + ca}
	a.scriptEnv = []string{"CURL_CA_BUNDLE=" + ca}
	a.args = []string{"--ca-cert", ca}
	return a
}

// skewed makes the server's clock differ from this machine's by d, from now on.
func skewed(s *scene, d time.Duration) {
	if s.on.practice != nil {
		panic("set the practice server's own clock")
	}
	s.door.alter = func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat))
		return nil
	}
}

// reach are the set-ups that stop before Keycloak.
var reach = []broken{
	{
		name: "unreachable/closed-port", status: 0,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.url = closedPort(); return a },
		withAdmin: says("unreachable", "reach", ""), alone: says("unreachable", "reach", ""), remedy: byAdvice, advice: `(?i)refused|listen|running|port|address`,
	},
	{
		name: "unreachable/no-such-name", status: 0,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.url = "http://keycloak.fix403.invalid:8080"; return a },
		withAdmin: says("unreachable", "reach", ""), alone: says("unreachable", "reach", ""), remedy: byAdvice, advice: `(?i)name|resolve|DNS|host`,
	},
	{
		name: "tls-untrusted/unknown-authority", status: -1,
		build: func(s *scene) ask {
			c := healthy(s)
			s.door = newDoor(s.t, s.on.url, overTLS(s.t, "127.0.0.1", time.Now().Add(time.Hour)))
			return s.ask(c)
		},
		withAdmin: says("tls-untrusted", "reach", ""), alone: says("tls-untrusted", "reach", ""), remedy: byAdvice, advice: `(?i)--ca-cert|authority|certificate`,
		again: func(a ask) ask { return a },
	},
	{
		name: "tls-untrusted/wrong-name", status: -1,
		build: func(s *scene) ask {
			c := healthy(s)
			s.door = newDoor(s.t, s.on.url, overTLS(s.t, "keycloak.example.test", time.Now().Add(time.Hour)))
			a := s.ask(c)
			a.args = []string{"--ca-cert", authorityFile(s.t, s.dir)}
			return a
		},
		withAdmin: says("tls-untrusted", "reach", ""), alone: says("tls-untrusted", "reach", ""), remedy: byAdvice, advice: `(?i)name|keycloak\.example\.test`,
	},
	{
		name: "tls-untrusted/expired", status: -1,
		build: func(s *scene) ask {
			c := healthy(s)
			s.door = newDoor(s.t, s.on.url, overTLS(s.t, "127.0.0.1", time.Now().Add(-time.Hour)))
			a := s.ask(c)
			a.args = []string{"--ca-cert", authorityFile(s.t, s.dir)}
			return a
		},
		withAdmin: says("tls-untrusted", "reach", ""), alone: says("tls-untrusted", "reach", ""), remedy: byAdvice, advice: `(?i)expired|renew`,
	},
	{
		name: "not-keycloak/html", status: 200,
		build: func(s *scene) ask {
			c := healthy(s)
			forbid(s, "/", 200, "text/html", "<!doctype html><html><body><h1>Welcome</h1></body></html>")
			return s.ask(c)
		},
		withAdmin: says("not-keycloak", "reach", ""), alone: says("not-keycloak", "reach", ""), remedy: byAdvice, advice: `(?i)not.*keycloak|no keycloak`,
	},
	{
		name: "not-keycloak/json", status: 404,
		build: func(s *scene) ask {
			c := healthy(s)
			forbid(s, "/", 404, "application/json", `{"timestamp":"2026-01-01T00:00:00Z","status":404,"error":"Not Found","path":"/realms"}`)
			return s.ask(c)
		},
		withAdmin: says("not-keycloak", "reach", ""), alone: says("not-keycloak", "reach", ""), remedy: byAdvice, advice: `(?i)not.*keycloak|no keycloak`,
	},
	{
		name: "wrong-base-path/auth-missing", status: 404,
		build: func(s *scene) ask {
			c := healthy(s)
			// As a Keycloak with --http-relative-path=/auth: elsewhere there is nothing.
			s.door.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasPrefix(r.URL.Path, "/auth/") {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, `{"error":"Unable to find matching target resource method"}`)
				return true
			}
			s.door.rewrite = underAuth
			return s.ask(c)
		},
		withAdmin: says("wrong-base-path", "reach", "proved"), alone: says("wrong-base-path", "reach", "proved"), remedy: byCall, advice: `/auth`,
		again: func(a ask) ask { a.url += "/auth"; return a },
	},
	{
		name: "wrong-base-path/auth-where-there-is-none", status: 404,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.url += "/auth"; return a },
		withAdmin: says("wrong-base-path", "reach", "proved"), alone: says("wrong-base-path", "reach", "proved"), remedy: byCall, advice: `/auth`,
		again: func(a ask) ask { a.url = strings.TrimSuffix(a.url, "/auth"); return a },
	},
	{
		name: "wrong-base-path/a-realm-address", status: 404,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.url += "/keycloak"; return a },
		withAdmin: says("wrong-base-path", "reach", ""), alone: says("wrong-base-path", "reach", ""), remedy: byCall, advice: `(?i)path`,
		again: func(a ask) ask { a.url = strings.TrimSuffix(a.url, "/keycloak"); return a },
	},
	{
		name: "redirected/301", status: 301, build: func(s *scene) ask { return redirect(s, http.StatusMovedPermanently) },
		withAdmin: says("redirected", "reach", "proved"), alone: says("redirected", "reach", "proved"), remedy: byCall, advice: `https://`,
	},
	{
		name: "redirected/302", status: 302, build: func(s *scene) ask { return redirect(s, http.StatusFound) },
		withAdmin: says("redirected", "reach", "proved"), alone: says("redirected", "reach", "proved"), remedy: byCall, advice: `https://`,
	},
	{
		name: "redirected/only-admin", status: 302,
		build: func(s *scene) ask {
			a := redirect(s, http.StatusFound)
			all := s.door.intercept
			s.door.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				return strings.HasPrefix(r.URL.Path, "/admin") && all(w, r)
			}
			return a
		},
		withAdmin: says("redirected", "reach", "proved"), alone: says("redirected", "reach", "proved"), remedy: byAdvice, advice: `https://`,
	},
	{
		name: "https-required/realm", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthyAlone(s))
			s.must(http.MethodPut, s.at(""), map[string]any{"sslRequired": "all"})
			return a
		},
		withAdmin: says("https-required", "reach", "proved"), alone: says("https-required", "reach", "proved"), remedy: byAdvice, advice: `https`,
	},
	{
		name: "https-required/everywhere", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			forbid(s, "/realms/", 403, "application/json", `{"error":"invalid_request","error_description":"HTTPS required"}`)
			return a
		},
		withAdmin: says("https-required", "reach", ""), alone: says("https-required", "reach", ""), remedy: byAdvice, advice: `https`,
	},
	{
		name: "foreign-403/html", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			forbid(s, "/admin/", 403, "text/html", proxyPage)
			return a
		},
		withAdmin: says("foreign-403", "reach", ""), alone: says("foreign-403", "reach", ""), remedy: byAdvice, advice: `(?i)proxy|firewall|gateway|before keycloak|in front`,
	},
	{
		name: "foreign-403/api-gateway", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			forbid(s, "/admin/", 403, "application/json", `{"message":"You cannot consume this service"}`)
			return a
		},
		withAdmin: says("foreign-403", "reach", ""), alone: says("foreign-403", "reach", ""), remedy: byAdvice, advice: `(?i)proxy|firewall|gateway|before keycloak|in front`,
	},
	{
		name: "foreign-403/empty", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			forbid(s, "/admin/", 403, "", "")
			return a
		},
		withAdmin: says("foreign-403", "reach", ""), alone: says("foreign-403", "reach", ""), remedy: byAdvice, advice: `(?i)proxy|firewall|gateway|before keycloak|in front`,
	},
	{
		name: "foreign-403/token-endpoint", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			forbid(s, "/protocol/openid-connect/token", 403, "text/html", proxyPage)
			return a
		},
		withAdmin: says("foreign-403", "reach", ""), alone: says("foreign-403", "reach", ""), remedy: byAdvice, advice: `(?i)proxy|firewall|gateway|before keycloak|in front`,
	},
}

// underAuth takes /auth away before the server, which then seems to stand there.
func underAuth(r *http.Request) {
	r.URL.Path = strings.TrimPrefix(r.URL.Path, "/auth")
	r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, "/auth")
}

// clientGate are those that stop at the token endpoint.
var clientGate = []broken{
	{
		name: "realm-not-found/typo", status: 404,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.realm += "-typo"; return a },
		withAdmin: says("realm-not-found", "client", "proved"), alone: says("realm-not-found", "client", ""), remedy: byAdvice, advice: `(?i)realm`,
	},
	{
		name: "realm-not-found/case", status: 404,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.realm = strings.ToUpper(a.realm); return a },
		withAdmin: says("realm-not-found", "client", "proved"), alone: says("realm-not-found", "client", ""), remedy: byAdvice, advice: `(?i)realm`,
	},
	{
		name: "realm-disabled", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthyAlone(s))
			s.must(http.MethodPut, s.at(""), map[string]any{"enabled": false})
			return a
		},
		withAdmin: says("realm-disabled", "client", "proved"), alone: says("realm-disabled", "client", ""), remedy: byChange,
	},
	{
		// The realm is looked at before the client.
		name: "realm-disabled/client-unknown-too", status: 403,
		build: func(s *scene) ask {
			a := s.ask(healthyAlone(s))
			s.must(http.MethodPut, s.at(""), map[string]any{"enabled": false})
			a.clientID = "svc-typo"
			return a
		},
		withAdmin: says("realm-disabled", "client", "proved"), alone: says("realm-disabled", "client", ""),
	},
	{
		// Measured on 24.0.5 and 26.7.3; the practice server takes the secret all the same.
		name: "client-auth-method/client-that-signs", status: 400, on: func(on *target) bool { return !onPractice(on) },
		build: func(s *scene) ask {
			c := healthy(s)
			s.change(c, map[string]any{"clientAuthenticatorType": "client-jwt"})
			return s.ask(c)
		},
		withAdmin: says("client-auth-method", "client", ""), alone: says("client-auth-method", "client", ""), remedy: byAdvice, advice: `(?i)jwt|authenticat|signed|secret`,
	},
	{
		name: "bad-client-credentials/wrong-secret", status: 401,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.secret = "not-" + a.secret
			return a
		},
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)secret`,
	},
	{
		name: "bad-client-credentials/secret-with-line-break", status: 401,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.secret = " " + a.secret
			return a
		},
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)secret`,
	},
	{
		name: "bad-client-credentials/unknown-client", status: 401,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.clientID = "svc-typo"; return a },
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)client`,
	},
	{
		name: "bad-client-credentials/uuid-for-client-id", status: 401,
		build:     func(s *scene) ask { c := healthy(s); a := s.ask(c); a.clientID = c.uuid; return a },
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)client`,
	},
	{
		name: "bad-client-credentials/regenerated", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/client-secret"), nil)
			return s.ask(c)
		},
		withAdmin: says("bad-client-credentials", "client", "proved"), alone: says("bad-client-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)secret`,
	},
	{
		name: "client-disabled", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			s.change(c, map[string]any{"enabled": false})
			return s.ask(c)
		},
		withAdmin: says("client-disabled", "client", "proved"), alone: says("bad-client-credentials|client-disabled", "client", "likely"), remedy: byChange,
	},
	{
		name: "client-disabled/and-without-role", status: 401,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.change(c, map[string]any{"enabled": false})
			return s.ask(c)
		},
		withAdmin: says("client-disabled", "client", "proved"), alone: says("bad-client-credentials|client-disabled", "client", "likely"),
	},
	{
		name: "service-account-off", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			s.change(c, map[string]any{"serviceAccountsEnabled": false})
			return s.ask(c)
		},
		withAdmin: says("service-account-off", "client", "proved"), alone: says("service-account-off", "client", ""),
	},
	{
		name: "service-account-off/never-had-one", status: 401,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.ask(s.client("svc", map[string]any{"serviceAccountsEnabled": false, "standardFlowEnabled": true}))
		},
		withAdmin: says("service-account-off", "client", "proved"), alone: says("service-account-off", "client", ""),
	},
	{
		name: "public-client", status: 401,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.ask(s.client("spa", map[string]any{"publicClient": true, "serviceAccountsEnabled": false, "standardFlowEnabled": true}))
		},
		withAdmin: says("public-client", "client", "proved"), alone: says("public-client", "client", ""), remedy: byAdvice, advice: `(?i)public|confidential`,
	},
	{
		name: "public-client/admin-cli", status: 401,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.clientID = "admin-cli"
			return a
		},
		withAdmin: says("public-client", "client", "proved"), alone: says("public-client", "client", ""), remedy: byAdvice, advice: `(?i)public|confidential`,
	},
	{
		name: "bad-scope/unknown", status: -1,
		build:     func(s *scene) ask { return s.askScope(healthy(s), "email nope") },
		withAdmin: says("bad-scope", "client", "proved"), alone: says("bad-scope", "client", ""), remedy: byCall, advice: `nope`, again: curlless,
	},
	{
		name: "bad-scope/not-the-clients", status: -1,
		build: func(s *scene) ask {
			c := healthy(s)
			s.must(http.MethodPost, s.at("/client-scopes"), map[string]any{"name": "reports", "protocol": "openid-connect"})
			return s.askScope(c, "reports")
		},
		withAdmin: says("bad-scope", "client", "proved"), alone: says("bad-scope", "client", ""), remedy: byCall, advice: `reports`, again: curlless,
	},
}

// askScope is about the curl line of a token request with a scope.
func (s *scene) askScope(c client, scope string) ask {
	a := s.ask(c)
	a.call, a.userID, a.user = "", "", s.john
	a.curl = fmt.Sprintf("curl -sS '%s/realms/%s/protocol/openid-connect/token' \\\n  -d grant_type=client_credentials -d client_id=%s --data-urlencode 'client_secret=%s' --data-urlencode 'scope=%s'\n",
		s.base(), s.realm, c.id, c.secret, scope)
	a.secret, a.lineSecret = "", c.secret
	s.secrets = append(s.secrets, c.secret)
	return a
}

// plainly is the question without the curl line or the token, where the secret is at hand.
func plainly(a ask) ask {
	if a.login != nil {
		return a
	}
	a.curl, a.token, a.header = "", "", nil
	if a.user != "" { // it was about a pasted call
		a.probing = nil
	}
	if a.call == "" {
		a.call = getUser
	}
	if a.secret == "" {
		a.secret = a.lineSecret
	}
	return a
}

// expired is a token that is over, of a realm whose tokens live two seconds.
func expired(s *scene) (client, string) {
	s.scratch(map[string]any{"accessTokenLifespan": 2})
	c := s.service("view-users")
	token := s.token(c)
	s.until(http.StatusUnauthorized, token, s.at("/users/"+s.john))
	s.must(http.MethodPut, s.at(""), map[string]any{"accessTokenLifespan": 300})
	return c, token
}

// identity are 401s.
var identity = []broken{
	{
		name: "no-bearer-token/no-header", status: 401,
		build:     func(s *scene) ask { return s.askCurl(healthy(s), "curl -sS '%s'\n", "") },
		withAdmin: says("no-bearer-token", "identity", "proved"), alone: says("no-bearer-token", "identity", ""), remedy: byCall, advice: `(?i)bearer`, again: curlless,
	},
	{
		name: "no-bearer-token/basic", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askCurl(c, "curl -sS -u 'svc:"+c.secret+"' '%s'\n", "Basic "+base64.StdEncoding.EncodeToString([]byte("svc:"+c.secret)))
		},
		withAdmin: says("no-bearer-token", "identity", "proved"), alone: says("no-bearer-token", "identity", ""), remedy: byCall, advice: `(?i)basic|bearer`, again: curlless,
	},
	{
		name: "no-bearer-token/empty", status: 401,
		build: func(s *scene) ask {
			return s.askCurl(healthy(s), "curl -sS -H 'Authorization: Bearer ' '%s'\n", "Bearer ")
		},
		withAdmin: says("no-bearer-token|malformed-token", "identity", "proved"), alone: says("no-bearer-token|malformed-token", "identity", ""), remedy: byCall, advice: `(?i)bearer|token`, again: curlless,
	},
	{
		name: "no-bearer-token/without-the-word", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			return s.askCurl(c, "curl -sS -H 'Authorization: "+token+"' '%s'\n", token)
		},
		withAdmin: says("no-bearer-token|malformed-token", "identity", "proved"), alone: says("no-bearer-token|malformed-token", "identity", ""), remedy: byCall, advice: `(?i)bearer`, again: curlless,
	},
	{
		name: "no-bearer-token/two-spaces", status: 401, on: where(twoSpaces, 401),
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			return s.askCurl(c, "curl -sS -H 'Authorization: Bearer  "+token+"' '%s'\n", "Bearer  "+token)
		},
		withAdmin: says("no-bearer-token|malformed-token", "identity", ""), alone: says("no-bearer-token|malformed-token", "identity", ""), remedy: byCall, advice: `(?i)space|bearer`, again: curlless,
	},
	{
		name: "malformed-token/garbage", status: 401,
		build:     func(s *scene) ask { return s.askToken(healthy(s), "this-is-no-token-at-all") },
		withAdmin: says("malformed-token", "identity", "proved"), alone: says("malformed-token", "identity", ""), remedy: byNewToken,
	},
	{
		name: "malformed-token/cut", status: 401,
		build:     func(s *scene) ask { c := healthy(s); t := s.token(c); return s.askToken(c, t[:len(t)*2/3]) },
		withAdmin: says("malformed-token", "identity", ""), alone: says("malformed-token", "identity", ""), remedy: byNewToken,
	},
	{
		name: "malformed-token/tampered-signature", status: 401,
		build:     func(s *scene) ask { c := healthy(s); return s.askToken(c, tampered(s.token(c))) },
		withAdmin: says("malformed-token", "identity", "proved"), alone: says("malformed-token", "identity", ""), remedy: byNewToken,
	},
	{
		name: "malformed-token/changed-claims", status: 401,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			token := s.token(c)
			parts := strings.Split(token, ".")
			claims := claimsOf(token)
			claims["resource_access"] = map[string]any{"realm-management": map[string]any{"roles": []string{"view-users"}}}
			return s.askToken(c, parts[0]+"."+b64(claims)+"."+parts[2])
		},
		withAdmin: says("malformed-token", "identity", "proved"), alone: says("malformed-token", "identity", ""),
	},
	{
		name: "malformed-token/alg-none", status: 401, on: where(algNone, 401),
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askToken(c, b64(map[string]any{"alg": "none", "typ": "JWT"})+"."+b64(claimsOf(s.token(c)))+".")
		},
		withAdmin: says("malformed-token", "identity", ""), alone: says("malformed-token", "identity", ""), remedy: byNewToken,
	},
	{
		name: "malformed-token/alg-none-500", status: 500, on: where(algNone, 500),
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askToken(c, b64(map[string]any{"alg": "none", "typ": "JWT"})+"."+b64(claimsOf(s.token(c)))+".")
		},
		withAdmin: says("malformed-token", "identity", ""), alone: says("malformed-token", "identity", ""), remedy: byNewToken,
	},
	{
		name: "token-expired", status: 401,
		build:     func(s *scene) ask { c, t := expired(s); return s.askToken(c, t) },
		withAdmin: says("token-expired", "identity", "proved"), alone: says("token-expired", "identity", ""), remedy: byNewToken,
	},
	{
		name: "token-expired/token-alone", status: 401,
		build: func(s *scene) ask {
			c, t := expired(s)
			a := s.askToken(c, t)
			a.call, a.clientID, a.secret = "", "", ""
			return a
		},
		withAdmin: says("token-expired", "identity", "proved"), alone: says("token-expired", "identity", ""), remedy: byAdvice, advice: `(?i)expired|new token`,
	},
	{
		name: "token-expired/in-a-curl-line", status: 401,
		build: func(s *scene) ask {
			c, t := expired(s)
			return s.askCurl(c, "curl -sS \\\n  --header \"Authorization: Bearer "+t+"\" \\\n  '%s'\n", "Bearer "+t)
		},
		withAdmin: says("token-expired", "identity", "proved"), alone: says("token-expired", "identity", ""), remedy: byNewToken, again: curlless,
	},
	{
		name: "token-expired/and-role-missing", status: 401,
		build: func(s *scene) ask {
			s.scratch(map[string]any{"accessTokenLifespan": 2})
			c := s.service()
			token := s.token(c)
			s.until(http.StatusUnauthorized, token, s.at("/users/"+s.john))
			return s.askToken(c, token)
		},
		withAdmin: says("token-expired", "identity", "proved"), alone: says("token-expired", "identity", ""),
	},
	{
		name: "clock-skew/server-ahead", status: 401, on: onPractice,
		build: func(s *scene) ask {
			s.on = practiceTarget(s.t, practice.Options{Version: s.on.version})
			s.door = newDoor(s.t, s.on.url, nil)
			c := healthy(s)
			token := s.token(c)
			s.on.practice.SetFaults(practice.Faults{ClockSkew: time.Hour})
			s.on.token = ""
			return s.askToken(c, token)
		},
		withAdmin: says("clock-skew", "identity", ""), alone: says("clock-skew", "identity", ""), remedy: byNewToken,
	},
	{
		name: "clock-skew/in-a-curl-line", status: 401, on: onPractice,
		build: func(s *scene) ask {
			s.on = practiceTarget(s.t, practice.Options{Version: s.on.version})
			s.door = newDoor(s.t, s.on.url, nil)
			c := healthy(s)
			token := s.token(c)
			s.on.practice.SetFaults(practice.Faults{ClockSkew: 10 * time.Minute})
			s.on.token = ""
			return s.askCurl(c, "curl -H 'Authorization: Bearer "+token+"' %s", "Bearer "+token)
		},
		withAdmin: says("clock-skew", "identity", ""), alone: says("clock-skew", "identity", ""), remedy: byNewToken, again: curlless,
	},
	{
		name: "clock-skew/date-ahead", status: 401, on: func(on *target) bool { return !onPractice(on) },
		build: func(s *scene) ask {
			// A real server whose clock is 20 minutes ahead cannot be had: the door tells so, and refuses as it would.
			c := healthy(s)
			token := s.token(c)
			skewed(s, 20*time.Minute)
			forbidToken(s, token, 20*time.Minute)
			return s.askToken(c, token)
		},
		withAdmin: says("clock-skew", "identity", ""), alone: says("clock-skew", "identity", ""), remedy: byNewToken,
	},
	{
		name: "issuer-mismatch/localhost", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			a := s.ask(c)
			there := strings.Replace(s.base(), "127.0.0.1", "localhost", 1)
			_, answer := s.tokenAnswer(there, s.realm, c.id, c.secret, nil)
			a.token = field(answer, "access_token")
			return a
		},
		withAdmin: says("issuer-mismatch", "identity", "proved"), alone: says("issuer-mismatch", "identity", ""), remedy: byNewToken,
	},
	{
		name: "issuer-mismatch/inner-name", status: 401,
		build: func(s *scene) ask {
			// As a token that was taken inside a cluster, by the service's name.
			c := healthy(s)
			a := s.ask(c)
			inner := newDoor(s.t, s.on.url, nil)
			inner.rewrite = func(r *http.Request) { r.Host = "keycloak.default.svc:8080" }
			_, answer := s.tokenAnswer(inner.URL, s.realm, c.id, c.secret, nil)
			a.token = field(answer, "access_token")
			return a
		},
		withAdmin: says("issuer-mismatch", "identity", "proved"), alone: says("issuer-mismatch", "identity", ""), remedy: byNewToken,
	},
	{
		name: "unknown-signing-key/forged", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askToken(c, forged(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "k-" + suffix()}, claimsOf(s.token(c))))
		},
		withAdmin: says("unknown-signing-key", "identity", "proved"), alone: says("unknown-signing-key", "identity", ""), remedy: byNewToken,
	},
	{
		// No server publishes the secret keys, with which a client's tokens may be signed.
		name: "token-revoked/secret-key", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askToken(c, forged(map[string]any{"alg": "HS256", "typ": "JWT", "kid": "k-" + suffix()}, claimsOf(s.token(c))))
		},
		withAdmin: says("token-revoked", "identity", "likely"), alone: says("token-revoked", "identity", "likely"), remedy: byNewToken,
	},
	{
		name: "unknown-signing-key/other-server", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			// Another server at the same address before, with a realm of the same name: a database that was set up anew.
			other := newScene(s.t, practiceTarget(s.t, practice.Options{Version: "26.7.3"}))
			other.newRealm(s.realm, nil)
			o := other.service("view-users")
			host := strings.TrimPrefix(s.door.URL, "http://")
			other.door.rewrite = func(r *http.Request) { r.Host = host }
			return s.askToken(c, other.token(o))
		},
		withAdmin: says("unknown-signing-key", "identity", "proved"), alone: says("unknown-signing-key", "identity", ""), remedy: byNewToken,
	},
	{
		name: "unknown-signing-key/key-deleted", status: 401,
		build: func(s *scene) ask {
			c := healthyAlone(s)
			token := s.token(c)
			for _, k := range mustJSON[[]struct{ ID, ProviderID string }](s.t, s.must(http.MethodGet, s.at("/components?type=org.keycloak.keys.KeyProvider"), nil)) {
				if k.ProviderID == "rsa-generated" {
					s.must(http.MethodDelete, s.at("/components/"+k.ID), nil)
				}
			}
			return s.askToken(c, token)
		},
		withAdmin: says("unknown-signing-key", "identity", "proved"), alone: says("unknown-signing-key", "identity", ""), remedy: byNewToken,
	},
	{
		name: "wrong-token-type/refresh", status: 401,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(map[string]any{"attributes": map[string]any{"client_credentials.use_refresh_token": "true"}}, "view-users")
			return s.askToken(c, s.tokenPart(c, "refresh_token", nil))
		},
		withAdmin: says("wrong-token-type", "identity", "proved"), alone: says("wrong-token-type", "identity", ""), remedy: byNewToken,
	},
	{
		name: "wrong-token-type/id", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askToken(c, s.tokenPart(c, "id_token", url.Values{"scope": {"openid"}}))
		},
		withAdmin: says("wrong-token-type", "identity", "proved"), alone: says("wrong-token-type", "identity", ""), remedy: byNewToken,
	},
	{
		name: "token-revoked/revoke-endpoint", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			status, answer := postForm(s.t, s.base()+"/realms/"+s.realm+"/protocol/openid-connect/revoke", url.Values{"client_id": {c.id}, "client_secret": {c.secret}, "token": {token}})
			if status != http.StatusOK {
				s.t.Fatalf("revoke: %d %s", status, answer)
			}
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked", "identity", "proved"), alone: says("token-revoked", "identity", "proved"), remedy: byNewToken,
	},
	{
		name: "token-revoked/not-before-of-the-realm", status: 401,
		build: func(s *scene) ask {
			c := healthyAlone(s)
			token := s.token(c)
			s.must(http.MethodPut, s.at(""), map[string]any{"notBefore": time.Now().Unix() + 1})
			s.untilNew(http.StatusOK, c, s.at("/users/"+s.john)) // the doctor gets new tokens, too
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked", "identity", ""), alone: says("token-revoked|undetermined", "identity", ""),
	},
	{
		name: "token-revoked/user-disabled", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			s.must(http.MethodPut, s.at("/users/"+c.account), map[string]any{"enabled": false})
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked", "identity", ""), alone: says("token-revoked|undetermined", "identity", "likely"),
	},
	{
		name: "client-disabled/given-token", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			s.change(c, map[string]any{"enabled": false})
			return s.askToken(c, token)
		},
		withAdmin: says("client-disabled", "identity", "proved"), alone: says("client-disabled|token-revoked|undetermined", "identity", "likely"),
	},
	{
		name: "service-account-off/given-token", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			s.change(c, map[string]any{"serviceAccountsEnabled": false})
			return s.askToken(c, token)
		},
		withAdmin: says("service-account-off", "identity", "proved"), alone: says("service-account-off|token-revoked|undetermined", "identity", ""),
	},
	{
		name: "undetermined/client-deleted", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			s.must(http.MethodDelete, s.at("/clients/"+c.uuid), nil)
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked|undetermined", "identity", ""), alone: says("client-disabled|token-revoked|undetermined", "identity", "likely"),
	},
	{
		// Measured: 24.0.5 refuses every token of a realm whose name is escaped in the issuer.
		name: "undetermined/realm-with-a-space", status: 401, on: where(realmEscaped, 401),
		build: func(s *scene) ask {
			s.newRealm("my realm "+suffix(), nil)
			return s.ask(s.service("view-users"))
		},
		withAdmin: says("undetermined|issuer-mismatch", "identity", ""), alone: says("undetermined|issuer-mismatch", "identity", ""),
	},
	{
		name: "undetermined/header-taken-away", status: 401,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			s.door.rewrite = func(r *http.Request) {
				if strings.Contains(r.URL.Path, "/admin/realms/"+s.realm) {
					r.Header.Del("Authorization")
				}
			}
			return a
		},
		withAdmin: says("undetermined", "identity|reach", "likely"), alone: says("undetermined", "identity|reach", "likely"), remedy: byAdvice, advice: `.`,
	},
}

// curlless is the question of a curl line as an ordinary one.
func curlless(a ask) ask {
	a = plainly(a)
	a.call, a.userID, a.mark = getUser, a.user, ""
	return a
}

// forbidToken refuses one token, as a server whose clock is ahead does.
func forbidToken(s *scene, token string, d time.Duration) {
	s.door.intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "Bearer "+token {
			return false
		}
		w.Header().Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"HTTP 401 Unauthorized"}`)
		return true
	}
}

// otherRealm is a second realm beside the scene's.
func otherRealm(s *scene) *scene {
	other := newScene(s.t, s.on)
	other.scratch(nil)
	return other
}

// realmAndRoute are refusals before the role.
var realmAndRoute = []broken{
	{
		name: "wrong-realm/call-elsewhere", status: 403,
		build: func(s *scene) ask {
			c := healthy(s)
			other := otherRealm(s)
			a := s.ask(c)
			a.call, a.userID = "GET /admin/realms/"+other.realm+"/users/{user-id}", other.john
			return a
		},
		withAdmin: says("wrong-realm", "realm", "proved"), alone: says("wrong-realm", "realm", ""), remedy: byAdvice, advice: `(?i)realm`,
	},
	{
		name: "wrong-realm/given-token", status: 403,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			other := otherRealm(s)
			a := s.askToken(c, token)
			a.realm, a.clientID, a.secret, a.userID = other.realm, "", "", other.john
			return a
		},
		withAdmin: says("wrong-realm", "realm", "proved"), alone: says("wrong-realm", "realm", ""), remedy: byAdvice, advice: `(?i)realm`,
	},
	{
		name: "wrong-realm/master", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("realm-admin"), "GET /admin/realms/master/users?max=1", "[")
		},
		withAdmin: says("wrong-realm", "realm", "proved"), alone: says("wrong-realm", "realm", ""), remedy: byAdvice, advice: `(?i)realm`,
	},
	{
		name: "realm-not-found/in-the-path", status: 404,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call = "GET /admin/realms/" + s.realm + "-typo/users/{user-id}"
			return a
		},
		withAdmin: says("realm-not-found", "realm", "proved"), alone: says("realm-not-found", "realm", ""), remedy: byAdvice, advice: `(?i)realm`,
	},
	{
		name: "realm-not-found/case-in-the-path", status: 404,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call = "GET /admin/realms/" + strings.ToUpper(s.realm) + "/users/{user-id}"
			return a
		},
		withAdmin: says("realm-not-found", "realm", "proved"), alone: says("realm-not-found", "realm", ""), remedy: byAdvice, advice: `(?i)realm`,
	},
	{
		name: "no-such-endpoint/under-the-user", status: 404,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call += "/roles"
			return a
		},
		withAdmin: says("no-such-endpoint", "route", ""), alone: says("no-such-endpoint", "route", ""), remedy: byAdvice, advice: `(?i)endpoint|path`,
	},
	{
		name: "no-such-endpoint/misspelt-without-role", status: 404,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service(), "GET /admin/realms/{realm}/user", "")
		},
		withAdmin: says("no-such-endpoint", "route", ""), alone: says("no-such-endpoint", "route", ""), remedy: byAdvice, advice: `(?i)endpoint|path`,
	},
	{
		name: "method-not-allowed/realm-forgotten", status: 405,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("view-users"), "GET /admin/users", "")
		},
		withAdmin: says("no-such-endpoint|method-not-allowed", "route", ""), alone: says("no-such-endpoint|method-not-allowed", "route", ""), remedy: byAdvice, advice: `/admin/realms`,
	},
	{
		// A path that has another method: Keycloak answers a GET there 404, as for no path at all.
		name: "method-not-allowed/reset-password", status: 404, on: where(getOfReset, 404),
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call += "/reset-password"
			return a
		},
		withAdmin: says("method-not-allowed|no-such-endpoint", "route", ""), alone: says("method-not-allowed|no-such-endpoint", "route", ""), remedy: byAdvice, advice: `PUT|method`,
	},
	{
		name: "method-not-allowed/logout-all-without-role", status: 404,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service(), "GET /admin/realms/{realm}/logout-all", "")
		},
		withAdmin: says("method-not-allowed|no-such-endpoint", "route", ""), alone: says("method-not-allowed|no-such-endpoint", "route", ""), remedy: byAdvice, advice: `POST|method`,
	},
	{
		name: "method-not-allowed/patch", status: 405,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call = "PATCH /admin/realms/{realm}/users/{user-id}"
			return a
		},
		withAdmin: says("method-not-allowed|undetermined", "route", "predicted"), alone: says("method-not-allowed|undetermined", "route", "predicted"), remedy: byAdvice, advice: `(?i)method|PUT`,
	},
	{
		name: "method-not-allowed/head", status: 405, on: where(headOfUser, 405),
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call = "HEAD /admin/realms/{realm}/users/{user-id}"
			return a
		},
		withAdmin: says("method-not-allowed", "route", ""), alone: says("method-not-allowed", "route", ""),
	},
	{
		name: "bad-request/double-slash", status: 400, on: where(doubleSlash, 400),
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.call = "GET /admin/realms/{realm}//users/{user-id}"
			return a
		},
		withAdmin: says("bad-request", "route", "proved"), alone: says("bad-request", "route", "proved"), remedy: byAdvice, advice: `(?i)slash|//|normaliz`,
	},
	{
		name: "no-such-endpoint/parameter-that-is-no-number", status: 404,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("view-users"), "GET /admin/realms/{realm}/users?max=abc", "")
		},
		withAdmin: says("no-such-endpoint|undetermined", "route", ""), alone: says("no-such-endpoint|undetermined", "route", ""), remedy: byAdvice, advice: `(?i)max|parameter|query`,
	},
	{
		name: "undetermined/gateway-is-down", status: 503,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			forbid(s, "/admin/", 503, "text/html", "<html><body><h1>503 Service Unavailable</h1></body></html>")
			return a
		},
		withAdmin: says("undetermined|not-keycloak|unreachable", "reach", ""), alone: says("undetermined|not-keycloak|unreachable", "reach", ""), remedy: byAdvice, advice: `503`,
	},
}

var (
	provedRoleMissing = says("role-missing", "role", "proved", "view-users")
	aloneRoleMissing  = says("role-missing", "role", "likely", "view-users")
)

// missing is a client without the role that a call needs.
func missing(call, mark string, roles ...string) func(*scene) ask {
	return func(s *scene) ask {
		s.scratch(nil)
		return s.askCall(s.service(roles...), call, mark)
	}
}

// role are 403s of Keycloak, and answers that hide something.
var role = []broken{
	{
		name: "role-missing/user", status: 403,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.service()) },
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/users", status: 403, build: missing("GET /admin/realms/{realm}/users", "john-doe"),
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/other-role-held", status: 403,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.service("view-realm", "view-clients")) },
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/only-query-users", status: 403,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.service("query-users")) },
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/unknown-user-too", status: 403,
		build:     func(s *scene) ask { s.scratch(nil); a := s.ask(s.service()); a.userID = unknownID; return a },
		withAdmin: says("role-missing", "role", "", "view-users"), alone: says("role-missing", "role", "likely", "view-users"),
	},
	{
		name: "role-missing/given-token", status: 403,
		build:     func(s *scene) ask { s.scratch(nil); c := s.service(); return s.askToken(c, s.token(c)) },
		withAdmin: provedRoleMissing, alone: aloneRoleMissing,
	},
	{
		name: "role-missing/in-a-curl-line", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			token := s.token(c)
			return s.askCurl(c, "$ curl -s -H \"Accept: application/json\" -H \"Authorization: Bearer "+token+"\" %s | jq .\n", "Bearer "+token)
		},
		withAdmin: provedRoleMissing, alone: aloneRoleMissing,
	},
	{
		name: "role-missing/group-members", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": "staff"})
			group := s.id("/groups")
			s.must(http.MethodPut, s.at("/users/"+s.john+"/groups/"+group), nil)
			return s.askCall(s.service("query-groups"), "GET /admin/realms/{realm}/groups/"+group+"/members", "john-doe")
		},
		withAdmin: says("role-missing", "role", "", "view-users"), alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/groups", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": "staff"})
			return s.askCall(s.service(), "GET /admin/realms/{realm}/groups", "staff")
		},
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/events-config", status: 403, build: missing("GET /admin/realms/{realm}/events/config", "eventsEnabled", "view-users"),
		withAdmin: says("role-missing", "role", "proved", "view-events"), alone: says("role-missing", "role", "likely", "view-events"), remedy: byGrant,
	},
	{
		name: "role-missing/clients", status: 403, build: missing("GET /admin/realms/{realm}/clients?clientId=account", "account"),
		withAdmin: says("role-missing", "role", "proved", "view-clients"), alone: says("role-missing", "role", "likely", "view-clients"), remedy: byGrant,
	},
	{
		name: "role-missing/realm-roles", status: 403, on: where(oneRealmRole, 403), build: missing("GET /admin/realms/{realm}/roles/offline_access", "offline_access", "view-users"),
		withAdmin: says("role-missing", "role", "proved", "view-realm"), alone: says("role-missing", "role", "likely", "view-realm"), remedy: byGrant,
	},
	{
		name: "role-missing/identity-providers", status: 403, build: missing("GET /admin/realms/{realm}/identity-provider/instances", "[", "view-users"),
		withAdmin: says("role-missing", "role", "proved", "view-identity-providers"), alone: says("role-missing", "role", "likely", "view-identity-providers"), remedy: byGrant,
	},
	{
		name: "role-missing/put-user", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			a := s.ask(s.service("view-users"))
			a.call = "PUT /admin/realms/{realm}/users/{user-id}"
			return a
		},
		withAdmin: says("role-missing", "role", "predicted", "manage-users"), alone: says("role-missing", "role", "predicted", "manage-users"), remedy: noRemedy,
	},
	{
		name: "role-missing/post-users", status: 403, build: missing("POST /admin/realms/{realm}/users", ""),
		withAdmin: says("role-missing", "role", "predicted", "manage-users"), alone: says("role-missing", "role", "predicted", "manage-users"), remedy: noRemedy,
	},
	{
		name: "role-missing/delete-user", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			a := s.ask(s.service("view-users"))
			a.call = "DELETE /admin/realms/{realm}/users/{user-id}"
			return a
		},
		withAdmin: says("role-missing", "role", "predicted", "manage-users"), alone: says("role-missing", "role", "predicted", "manage-users"), remedy: noRemedy,
	},
	{
		name: "token-stale", status: 403, on: where(tokenBeforeGrant, 403),
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			token := s.token(c)
			s.grant(c.account, "view-users")
			return s.askToken(c, token)
		},
		withAdmin: says("token-stale", "role", "proved"), alone: says("token-stale", "role", ""), remedy: byNewToken,
	},
	{
		name: "token-stale/without-secret", status: 403, on: where(tokenBeforeGrant, 403),
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service("view-realm")
			token := s.token(c)
			s.grant(c.account, "view-users")
			a := s.askToken(c, token)
			a.secret = ""
			return a
		},
		withAdmin: says("token-stale", "role", "likely"), alone: says("role-missing|token-stale", "role", "likely"),
	},
	{
		name: "full-scope-off", status: 403,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.serviceWith(scopeOff, "view-users")) },
		withAdmin: says("full-scope-off", "role", "proved", "view-users"), alone: says("role-missing|full-scope-off", "role", "likely", "view-users"), remedy: byScope,
	},
	{
		name: "full-scope-off/other-role-mapped", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(scopeOff, "view-users", "view-realm")
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/scope-mappings/clients/"+s.management()), s.managementRoles("view-realm"))
			return s.askCall(c, "GET /admin/realms/{realm}/users?max=5", "john-doe")
		},
		withAdmin: says("full-scope-off", "role", "proved", "view-users"), alone: says("role-missing|full-scope-off", "role", "likely", "view-users"), remedy: byScope,
	},
	{
		name: "full-scope-off/through-a-group", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(scopeOff)
			s.throughGroup(c, "staff", "view-users")
			return s.ask(c)
		},
		withAdmin: says("full-scope-off", "role", "proved", "view-users"), alone: says("role-missing|full-scope-off", "role", "likely", "view-users"), remedy: byScope,
	},
	{
		name: "full-scope-off/and-role-missing", status: 403,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.serviceWith(scopeOff)) },
		withAdmin: says("full-scope-off|role-missing", "role", "", "view-users"), alone: says("role-missing|full-scope-off", "role", "likely", "view-users"), remedy: byBoth,
	},
	{
		name: "roles-scope-missing/removed", status: 403, on: where(rolesScopeGone, 403),
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service("view-users")
			s.must(http.MethodDelete, s.at("/clients/"+c.uuid+"/default-client-scopes/"+s.scopeID("roles")), nil)
			return s.ask(c)
		},
		withAdmin: says("roles-scope-missing", "role", "proved"), alone: says("role-missing|roles-scope-missing", "role", "likely"), remedy: byClient,
	},
	{
		name: "roles-scope-missing/made-optional", status: 403, on: where(rolesScopeGone, 403),
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service("view-users")
			roles := s.scopeID("roles")
			s.must(http.MethodDelete, s.at("/clients/"+c.uuid+"/default-client-scopes/"+roles), nil)
			s.must(http.MethodPut, s.at("/clients/"+c.uuid+"/optional-client-scopes/"+roles), nil)
			return s.ask(c)
		},
		withAdmin: says("roles-scope-missing", "role", "proved"), alone: says("role-missing|roles-scope-missing", "role", "likely"), remedy: byClient,
	},
	{
		name: "lightweight-token", status: 403, on: where(lightweightToken, 403),
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.serviceWith(lightweight, "view-users")) },
		withAdmin: says("lightweight-token", "role", "proved"), alone: says("role-missing|lightweight-token", "role", "likely"), remedy: byClient,
	},
	{
		name: "lightweight-token/list", status: 403, on: where(lightweightToken, 403),
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.serviceWith(lightweight, "view-users", "view-realm"), "GET /admin/realms/{realm}/users", "john-doe")
		},
		withAdmin: says("lightweight-token", "role", "proved"), alone: says("role-missing|lightweight-token", "role", "likely"), remedy: byClient,
	},
	{
		name: "role-missing/lightweight", status: 403, on: where(lightweightToken, 200),
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.serviceWith(lightweight)) },
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-on-wrong-account/user", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.grant(s.john, "view-users")
			return s.ask(c)
		},
		withAdmin: says("role-on-wrong-account", "role", "", "view-users"), alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/held-by-another-service-account", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.grant(s.client("svc-backend", nil).account, "view-users")
			return s.ask(c)
		},
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "same-name-role-elsewhere/realm-role", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.must(http.MethodPost, s.at("/users/"+c.account+"/role-mappings/realm"), []named{s.realmRole("view-users")})
			return s.ask(c)
		},
		withAdmin: says("same-name-role-elsewhere", "role", "proved", "view-users"), alone: says("role-missing|same-name-role-elsewhere", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "same-name-role-elsewhere/own-client", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/roles"), map[string]any{"name": "view-users"})
			s.must(http.MethodPost, s.at("/users/"+c.account+"/role-mappings/clients/"+c.uuid), []named{s.clientRole(c.uuid, "view-users")})
			return s.ask(c)
		},
		withAdmin: says("same-name-role-elsewhere", "role", "proved", "view-users"), alone: says("role-missing|same-name-role-elsewhere", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		// The account that calls is the user, whatever service account the client has.
		name: "role-missing/token-of-a-user", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.client("app", map[string]any{"directAccessGrantsEnabled": true})
			jane := s.user("jane-roe")
			s.must(http.MethodPut, s.at("/users/"+jane+"/reset-password"), map[string]any{"type": "password", "value": "password-of-jane", "temporary": false})
			s.secrets = append(s.secrets, "password-of-jane")
			token := s.tokenPart(c, "access_token", url.Values{"grant_type": {"password"}, "username": {"jane-roe"}, "password": {"password-of-jane"}})
			return s.askToken(c, token)
		},
		withAdmin: says("role-missing", "role", "", "view-users"), alone: aloneRoleMissing,
	},
	{
		name: "role-missing/group-that-the-account-is-not-in", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.throughGroup(client{account: s.john}, "staff", "view-users")
			return s.ask(c)
		},
		withAdmin: says("role-missing", "role", "proved", "view-users"), alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "filtered-list/realm", status: 200, build: missing("GET /admin/realms/{realm}", "sslRequired", "view-users"),
		withAdmin: says("filtered-list", "role", "", "view-realm"), alone: says("filtered-list", "role", "likely", "view-realm"), remedy: byGrant,
	},
	{
		name: "filtered-list/users", status: 200, build: missing("GET /admin/realms/{realm}/users", "john-doe", "query-users"),
		withAdmin: says("filtered-list", "role", "proved", "view-users"), alone: says("filtered-list", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "filtered-list/search", status: 200, build: missing("GET /admin/realms/{realm}/users?search=john", "john-doe", "query-users"),
		withAdmin: says("filtered-list", "role", "proved", "view-users"), alone: says("filtered-list", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "filtered-list/by-username", status: 200, build: missing("GET /admin/realms/{realm}/users?username=john-doe&exact=true", "john-doe", "query-users"),
		withAdmin: says("filtered-list", "role", "proved", "view-users"), alone: says("filtered-list", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "filtered-list/groups", status: 200,
		build: func(s *scene) ask {
			s.scratch(nil)
			s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": "staff"})
			return s.askCall(s.service("query-groups"), "GET /admin/realms/{realm}/groups", "staff")
		},
		withAdmin: says("filtered-list", "role", "proved", "view-users"), alone: says("filtered-list", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "filtered-list/clients", status: 200, build: missing("GET /admin/realms/{realm}/clients", `"account"`, "query-clients"),
		withAdmin: says("filtered-list", "role", "proved", "view-clients"), alone: says("filtered-list", "role", "likely", "view-clients"), remedy: byGrant,
	},
}

var (
	scopeOff    = map[string]any{"fullScopeAllowed": false}
	lightweight = map[string]any{"attributes": map[string]any{"client.use.lightweight.access.token.enabled": "true"}}
)

// throughGroup gives a client's service account a role by way of a group.
func (s *scene) throughGroup(c client, name string, roles ...string) string {
	s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": name})
	group := s.id("/groups?search=" + name)
	if len(roles) > 0 {
		s.must(http.MethodPost, s.at("/groups/"+group+"/role-mappings/clients/"+s.management()), s.managementRoles(roles...))
	}
	s.must(http.MethodPut, s.at("/users/"+c.account+"/groups/"+group), nil)
	return group
}

// object are calls that pass every gate but the last.
var object = []broken{
	{
		name: "object-not-found/unknown-id", status: 404,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.userID = unknownID; return a },
		withAdmin: says("object-not-found", "object", "proved"), alone: says("object-not-found", "object", ""), remedy: byAdvice, advice: `(?i)user`,
	},
	{
		name: "object-not-found/username-for-id", status: 404,
		build:     func(s *scene) ask { a := s.ask(healthy(s)); a.userID = "john-doe"; return a },
		withAdmin: says("object-not-found", "object", "proved"), alone: says("object-not-found", "object", ""), remedy: byCall, advice: `(?i)username|id`,
	},
	{
		name: "object-not-found/deleted", status: 404,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			s.must(http.MethodDelete, s.at("/users/"+s.john), nil)
			return a
		},
		withAdmin: says("object-not-found", "object", "proved"), alone: says("object-not-found", "object", ""), remedy: byAdvice, advice: `(?i)user`,
	},
	{
		name: "object-not-found/query-users", status: 404,
		build: func(s *scene) ask {
			s.scratch(nil)
			a := s.ask(s.service("query-users"))
			a.userID = unknownID
			return a
		},
		withAdmin: says("object-not-found", "object", ""), alone: says("object-not-found", "object", ""), remedy: byAdvice, advice: `(?i)user`,
	},
	{
		name: "object-not-found/client-id-for-uuid", status: 404,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("view-clients"), "GET /admin/realms/{realm}/clients/account", "account")
		},
		withAdmin: says("object-not-found", "object", ""), alone: says("object-not-found", "object", ""), remedy: byAdvice, advice: `(?i)client`,
	},
	{
		name: "object-not-found/group", status: 404,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("view-users"), "GET /admin/realms/{realm}/groups/"+unknownID, "")
		},
		withAdmin: says("object-not-found", "object", ""), alone: says("object-not-found", "object", ""), remedy: byAdvice, advice: `(?i)group`,
	},
}

// tooMuch work, with more than the call needs.
var tooMuch = []broken{
	{
		name: "over-privileged/realm-admin", status: 200,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.service("realm-admin")) },
		withAdmin: says("over-privileged", "none", "", "view-users"), alone: says("over-privileged", "none", "", "view-users"),
	},
	{
		name: "over-privileged/manage-users-to-read", status: 200,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.service("manage-users")) },
		withAdmin: says("over-privileged", "none", "", "view-users"), alone: says("over-privileged", "none", "", "view-users"),
	},
	{
		name: "over-privileged/impersonation", status: 200,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.service("view-users", "impersonation")) },
		withAdmin: says("over-privileged", "none", "", "view-users"), alone: says("over-privileged", "none", "", "view-users"),
	},
	{
		name: "over-privileged/create-client", status: 200,
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.service("view-users", "create-client")) },
		withAdmin: says("over-privileged", "none", "", "view-users"), alone: says("over-privileged", "none", "", "view-users"),
	},
	{
		name: "over-privileged/through-a-group", status: 200,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service("view-users")
			s.throughGroup(c, "staff", "manage-clients")
			return s.ask(c)
		},
		withAdmin: says("over-privileged", "none", "", "view-users"), alone: says("over-privileged", "none", "", "view-users"),
	},
	{
		name: "over-privileged/lightweight", status: 200, on: where(lightweightToken, 200),
		build:     func(s *scene) ask { s.scratch(nil); return s.ask(s.serviceWith(lightweight, "realm-admin")) },
		withAdmin: says("over-privileged", "none", "", "view-users"), alone: says("over-privileged|ok", "none", ""), // the roles do not stand in the token
	},
}

// allBroken are the set-ups in the order of the gates.
func allBroken() []broken {
	var all []broken
	for _, part := range [][]broken{reach, clientGate, identity, audience, realmAndRoute, role, certainty, persons, object, tooMuch, withoutSecrets, endpoints} {
		all = append(all, part...)
	}
	return append(all, permissionCases...)
}
