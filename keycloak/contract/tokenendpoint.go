package contract

import (
	"encoding/base64"
	"maps"
	"net/url"
	"testing"
)

const invalidClient = "Invalid client or Invalid client credentials"

// tokenEndpoint checks gate 2 (FACTS, section 6).
func (s *suite) tokenEndpoint(t *testing.T) {
	r := s.newRealm(t)
	r.client(t, "app", nil)
	r.client(t, "no-service-account", object{"serviceAccountsEnabled": false})
	r.client(t, "disabled", object{"enabled": false})
	r.client(t, "no-direct-grants", object{"directAccessGrantsEnabled": false})
	r.client(t, "bearer-only", object{"bearerOnly": true, "serviceAccountsEnabled": false, "standardFlowEnabled": false, "directAccessGrantsEnabled": false})
	r.client(t, "public", object{"publicClient": true, "serviceAccountsEnabled": false, "secret": nil})
	r.person(t, "alice", nil)
	r.person(t, "gone", object{"enabled": false})
	r.person(t, "temporary", object{"credentials": []object{{"type": "password", "value": "temporary", "temporary": true}}})
	r.person(t, "nameless", object{"firstName": nil, "lastName": nil})

	credentials := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {secretOf("app")}}
	password := url.Values{"grant_type": {"password"}, "client_id": {"app"}, "client_secret": {secretOf("app")}, "username": {"alice"}, "password": {"alice"}}
	// but changes some fields of a form; a name alone takes the field out.
	but := func(form url.Values, pairs ...string) url.Values {
		form = maps.Clone(form)
		for i := 0; i < len(pairs); i += 2 {
			if form.Del(pairs[i]); i+1 < len(pairs) {
				form.Set(pairs[i], pairs[i+1])
			}
		}
		return form
	}
	client := func(id string) url.Values { return but(credentials, "client_id", id, "client_secret", secretOf(id)) }
	grantOnly := url.Values{"grant_type": {"client_credentials"}}
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	for _, tt := range []struct {
		name        string
		form        url.Values
		basic       string
		status      int
		err, reason string
	}{
		{"good", credentials, "", 200, "", ""},
		{"good by Basic", grantOnly, basic("app", secretOf("app")), 200, "", ""},
		{"both", credentials, basic("app", secretOf("app")), 200, "", ""},
		{"wrong secret", but(credentials, "client_secret", "wrong"), "", 401, "unauthorized_client", invalidClient},
		{"empty secret", but(credentials, "client_secret", ""), "", 401, "unauthorized_client", invalidClient},
		{"no secret", but(credentials, "client_secret"), "", 401, "unauthorized_client", invalidClient},
		{"wrong secret by Basic", grantOnly, basic("app", "wrong"), 401, "unauthorized_client", invalidClient},
		{"no client", grantOnly, "", 401, "invalid_client", invalidClient},
		{"unknown client", client("nope"), "", 401, "invalid_client", invalidClient},
		{"unknown client by Basic", grantOnly, basic("nope", "x"), 401, "invalid_client", invalidClient},
		{"disabled client", client("disabled"), "", 401, "invalid_client", invalidClient},
		{"disabled client, wrong secret", but(client("disabled"), "client_secret", "wrong"), "", 401, "invalid_client", invalidClient},
		{"service accounts off", client("no-service-account"), "", 401, "unauthorized_client", "Client not enabled to retrieve service account"},
		{"unknown grant", but(credentials, "grant_type", "nope"), "", 400, "unsupported_grant_type", "Unsupported grant_type"},
		{"no grant", but(credentials, "grant_type"), "", 400, "invalid_request", "Missing form parameter: grant_type"},
		{"unknown scope", but(credentials, "scope", "nope"), "", 400, "invalid_scope", "Invalid scopes: nope"},
		{"optional scope", but(credentials, "scope", "address"), "", 200, "", ""},
		{"password", password, "", 200, "", ""},
		{"password with the e-mail address", but(password, "username", "alice@example.com"), "", 200, "", ""},
		{"password, disabled user", but(password, "username", "gone", "password", "gone"), "", 400, "invalid_grant", "Account disabled"},
		{"password, temporary", but(password, "username", "temporary", "password", "temporary"), "", 400, "invalid_grant", "Account is not fully set up"},
		{"password, user without names", but(password, "username", "nameless", "password", "nameless"), "", 400, "invalid_grant", "Account is not fully set up"},
		{"password, direct grants off", but(password, "client_id", "no-direct-grants", "client_secret", secretOf("no-direct-grants")), "", 400, "unauthorized_client", "Client not allowed for direct access grants"},
		{"password, no username", but(password, "username"), "", 401, "invalid_request", "Missing parameter: username"},
		{"password, wrong client secret", but(password, "client_secret", "wrong"), "", 401, "unauthorized_client", invalidClient},
		{"password, public client", but(but(password, "client_id", "public"), "client_secret"), "", 200, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := request{method: "POST", path: tokenPath(r.name), form: tt.form}
			if tt.basic != "" {
				q.header = map[string]string{"Authorization": tt.basic}
			}
			wantTokenAnswer(t, s.send(t, q), tt.status, tt.err, tt.reason)
		})
	}
	for name, form := range map[string]url.Values{
		"wrong password": but(password, "password", "wrong"), "unknown user": but(password, "username", "nobody"), "no password": but(password, "password"),
	} {
		measured(s, t, name, s.version.wrongPassword, func(t *testing.T, want int) {
			wantTokenAnswer(t, s.send(t, request{method: "POST", path: tokenPath(r.name), form: form}), want, "invalid_grant", "Invalid user credentials")
		})
	}
	measured(s, t, "malformed Basic", s.version.malformedBasic, func(t *testing.T, want int) {
		q := request{method: "POST", path: tokenPath(r.name), form: grantOnly, header: map[string]string{"Authorization": "Basic !!!"}}
		s.send(t, q).want(t, want)
	})
	measured(s, t, "bearer-only client", s.version.bearerOnly, func(t *testing.T, want int) {
		a := s.send(t, request{method: "POST", path: tokenPath(r.name), form: client("bearer-only")})
		if want == 400 {
			wantTokenAnswer(t, a, want, "invalid_client", "Bearer-only not allowed")
		} else {
			wantTokenAnswer(t, a, want, "unauthorized_client", invalidClient)
		}
	})
	t.Run("JSON", func(t *testing.T) {
		body := object{"grant_type": "client_credentials", "client_id": "app", "client_secret": secretOf("app")}
		wantTokenAnswer(t, s.send(t, request{method: "POST", path: tokenPath(r.name), json: body}), 400, "invalid_request", "Missing form parameter: grant_type")
	})
	t.Run("GET", func(t *testing.T) {
		s.wantError(t, s.send(t, request{method: "GET", path: tokenPath(r.name) + "?" + credentials.Encode()}), 405, "HTTP 405 Method Not Allowed")
	})
	t.Run("unknown realm", func(t *testing.T) {
		s.wantError(t, s.send(t, request{method: "POST", path: tokenPath(r.name + "-unknown"), form: credentials}), 404, "Realm does not exist")
	})
	t.Run("userinfo", func(t *testing.T) {
		a := s.send(t, request{method: "GET", path: "/realms/" + r.name + "/protocol/openid-connect/userinfo", token: r.accessToken(t, "app")})
		want := `Bearer realm="` + r.name + `", error="insufficient_scope", error_description="Missing openid scope"`
		if got := a.header.Get("WWW-Authenticate"); a.status != 403 || a.body != "" || got != want {
			t.Errorf("%s, WWW-Authenticate %q, want %q", a, got, want)
		}
	})
	t.Run("https required", func(t *testing.T) {
		s.send(t, request{method: "PUT", path: r.path, token: s.admin(t), json: object{"sslRequired": "all"}}).want(t, 204)
		wantTokenAnswer(t, s.send(t, request{method: "POST", path: tokenPath(r.name), form: credentials}), 403, "invalid_request", "HTTPS required")
		s.send(t, request{method: "PUT", path: r.path, token: s.admin(t), json: object{"sslRequired": "external"}}).want(t, 204)
	})
	t.Run("realm disabled", func(t *testing.T) {
		s.send(t, request{method: "PUT", path: r.path, token: s.admin(t), json: object{"enabled": false}}).want(t, 204)
		wantTokenAnswer(t, s.send(t, request{method: "POST", path: tokenPath(r.name), form: credentials}), 403, "access_denied", "Realm not enabled")
	})
}

// wantTokenAnswer checks an answer of the token endpoint; err is "" for a token.
func wantTokenAnswer(t *testing.T, a answer, status int, err, reason string) {
	t.Helper()
	if err == "" {
		a.accessToken(t)
	} else if want := (object{"error": err, "error_description": reason}); a.status != status || !maps.Equal(a.object(t), want) {
		t.Errorf("%s, want %d %s", a, status, mustJSON(want))
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
}
