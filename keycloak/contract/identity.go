package contract

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

func encode(o object) string { return base64.RawURLEncoding.EncodeToString([]byte(mustJSON(o))) }

// with returns a copy of o with one field changed.
func (o object) with(name string, value any) object {
	o = maps.Clone(o)
	o[name] = value
	return o
}

// identity checks gate 3: is the bearer token genuine, current, and issued here (FACTS, section 3)?
func (s *suite) identity(t *testing.T) {
	r := s.newRealm(t)
	token := r.caller(t, "app", "view-users")
	r.read(t, token).want(t, 200)

	parts := strings.Split(token, ".")
	head, payload, signature := parts[0], parts[1], parts[2]
	claims := claimsOf(t, token, 1)
	changed := "A" + signature[1:]
	if changed == signature {
		changed = "B" + signature[1:]
	}
	admin := claims.with("resource_access", object{"realm-management": object{"roles": []string{"realm-admin"}}})
	basic := base64.StdEncoding.EncodeToString([]byte("app:" + secretOf("app")))

	for name, authorization := range map[string]string{
		"empty bearer":      "Bearer ",
		"scheme alone":      "Bearer",
		"empty header":      "",
		"garbage":           "Bearer garbage",
		"garbage with dots": "Bearer a.b.c",
		"changed signature": "Bearer " + head + "." + payload + "." + changed,
		"no signature":      "Bearer " + head + "." + payload + ".",
		"changed payload":   "Bearer " + head + "." + encode(admin) + "." + signature,
		"unknown key":       "Bearer " + encode(claimsOf(t, token, 0).with("kid", "nope")) + "." + payload + "." + signature,
		"HS256 with the public key": "Bearer " + signedWithPublicKey(t, s.send(t, request{method: "GET", path: "/realms/" + r.name}),
			encode(claimsOf(t, token, 0).with("alg", "HS256")), payload),
		"Basic":        "Basic " + basic,
		"extra word":   "Bearer " + token + " extra",
		"token alone":  token,
		"Bearer twice": "Bearer Bearer " + token,
		"quoted":       `Bearer "` + token + `"`,
		"DPoP":         "DPoP " + token,
		"60 KB":        "Bearer " + strings.Repeat("a", 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			s.wantUnauthorized(t, s.send(t, request{method: "GET", path: r.user(r.johnDoe), header: map[string]string{"Authorization": authorization}}))
		})
	}
	t.Run("none", func(t *testing.T) {
		for _, path := range []string{r.user(r.johnDoe), r.path + "/users", r.path, "/admin/realms", "/admin/serverinfo"} {
			s.wantUnauthorized(t, s.send(t, request{method: "GET", path: path}))
		}
		s.wantUnauthorized(t, s.send(t, request{method: "POST", path: r.path + "/users", json: object{"username": "z"}}))
	})
	t.Run("in the query", func(t *testing.T) {
		s.wantUnauthorized(t, s.send(t, request{method: "GET", path: r.user(r.johnDoe) + "?access_token=" + token}))
	})
	for _, scheme := range []string{"bearer", "BEARER"} {
		t.Run(scheme, func(t *testing.T) {
			s.send(t, request{method: "GET", path: r.user(r.johnDoe), header: map[string]string{"Authorization": scheme + " " + token}}).want(t, 200)
		})
	}
	measured(s, t, "two spaces", s.version.twoSpaces, func(t *testing.T, want int) {
		s.wantStatus(t, s.send(t, request{method: "GET", path: r.user(r.johnDoe), header: map[string]string{"Authorization": "Bearer  " + token}}), want)
	})
	measured(s, t, "alg none", s.version.algNone, func(t *testing.T, want int) {
		s.wantStatus(t, r.read(t, encode(claimsOf(t, token, 0).with("alg", "none"))+"."+payload+"."), want)
	})
	t.Run("ID and refresh token", func(t *testing.T) {
		r.grant(t, r.person(t, "alice", nil), "view-users")
		o := s.send(t, request{method: "POST", path: tokenPath(r.name), form: url.Values{
			"grant_type": {"password"}, "client_id": {"app"}, "client_secret": {secretOf("app")}, "username": {"alice"}, "password": {"alice"}, "scope": {"openid"},
		}}).want(t, 200).object(t)
		r.read(t, text(o["access_token"])).want(t, 200)
		s.wantUnauthorized(t, r.read(t, text(o["id_token"])))
		s.wantUnauthorized(t, r.read(t, text(o["refresh_token"])))
	})
	t.Run("other host", func(t *testing.T) {
		u, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		other := "localhost"
		if port := u.Port(); port != "" {
			other = net.JoinHostPort(other, port)
		}
		s.wantUnauthorized(t, s.send(t, request{method: "GET", path: r.user(r.johnDoe), token: token, host: other}))
		there := s.send(t, request{method: "POST", path: tokenPath(r.name), host: other, form: url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {secretOf("app")},
		}}).accessToken(t)
		s.send(t, request{method: "GET", path: r.user(r.johnDoe), token: there, host: other}).want(t, 200)
		s.wantUnauthorized(t, r.read(t, there))
	})
}

// signedWithPublicKey makes the token of the classic attack on servers that take the algorithm from the token.
func signedWithPublicKey(t *testing.T, realm answer, head, payload string) string {
	t.Helper()
	key := text(realm.want(t, 200).object(t)["public_key"])
	var pem strings.Builder
	pem.WriteString("-----BEGIN PUBLIC KEY-----\n")
	for ; len(key) > 64; key = key[64:] {
		pem.WriteString(key[:64] + "\n")
	}
	pem.WriteString(key + "\n-----END PUBLIC KEY-----\n")
	mac := hmac.New(sha256.New, []byte(pem.String()))
	mac.Write([]byte(head + "." + payload))
	return head + "." + payload + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// takenAway checks tokens that were good: what makes them 401 (FACTS, section 3).
func (s *suite) takenAway(t *testing.T) {
	r := s.newRealm(t)
	caller := func(t *testing.T, clientID string, more object) (token, uuid, account string) {
		t.Helper()
		uuid = r.client(t, clientID, more)
		account = r.serviceAccount(t, uuid)
		r.grant(t, account, "view-users")
		token = r.accessToken(t, clientID)
		r.read(t, token).want(t, 200)
		return token, uuid, account
	}
	t.Run("client disabled", func(t *testing.T) {
		token, uuid, _ := caller(t, "disabled", nil)
		s.change(t, r.path+"/clients/"+uuid, object{"enabled": false})
		s.wantUnauthorized(t, r.read(t, token))
	})
	t.Run("service accounts switched off", func(t *testing.T) {
		token, uuid, _ := caller(t, "off", nil)
		s.change(t, r.path+"/clients/"+uuid, object{"serviceAccountsEnabled": false})
		s.wantUnauthorized(t, r.read(t, token))
	})
	t.Run("client deleted", func(t *testing.T) {
		token, uuid, _ := caller(t, "deleted", nil)
		s.send(t, request{method: "DELETE", path: r.path + "/clients/" + uuid, token: s.admin(t)}).want(t, 204)
		s.wantUnauthorized(t, r.read(t, token))
	})
	t.Run("service account's user disabled", func(t *testing.T) {
		token, _, account := caller(t, "user-disabled", nil)
		s.send(t, request{method: "PUT", path: r.user(account), token: s.admin(t), json: object{"enabled": false}}).want(t, 204)
		s.wantUnauthorized(t, r.read(t, token))
		r.login(t, "user-disabled").want(t, 401)
	})
	t.Run("token revoked", func(t *testing.T) {
		token, _, _ := caller(t, "revoked", nil)
		s.send(t, request{method: "POST", path: "/realms/" + r.name + "/protocol/openid-connect/revoke", form: url.Values{
			"client_id": {"revoked"}, "client_secret": {secretOf("revoked")}, "token": {token},
		}}).want(t, 200)
		s.wantUnauthorized(t, r.read(t, token))
	})
	t.Run("expired", func(t *testing.T) {
		// Read at once: the token lives for one second.
		uuid := r.client(t, "short", object{"attributes": object{"access.token.lifespan": "1"}})
		r.grant(t, r.serviceAccount(t, uuid), "view-users")
		token := r.accessToken(t, "short")
		s.Sleep(2500 * time.Millisecond)
		s.wantUnauthorized(t, r.read(t, token))
	})
	t.Run("secret replaced", func(t *testing.T) { // which takes away the secret, not the token
		token, uuid, _ := caller(t, "replaced", nil)
		s.post(t, r.path+"/clients/"+uuid+"/client-secret", object{}).want(t, 200)
		r.login(t, "replaced").want(t, 401)
		r.read(t, token).want(t, 200)
	})
	t.Run("realm deleted", func(t *testing.T) {
		token, _, _ := caller(t, "last", nil)
		s.send(t, request{method: "DELETE", path: r.path, token: s.admin(t)}).want(t, 204)
		s.wantUnauthorized(t, r.read(t, token))
		s.wantError(t, s.send(t, request{method: "DELETE", path: r.path, token: s.admin(t)}), 404, "Realm not found.")
	})
}
