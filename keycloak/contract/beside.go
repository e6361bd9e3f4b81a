package contract

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// beside checks the endpoints that people call with the same token beside the admin API: each refuses in a way of its own (measured
// on 24.0.5, 26.4.0 and 26.7.4 on 2026-11-30).
func (s *suite) beside(t *testing.T) {
	r := s.newRealm(t)
	root, oidc := "/realms/"+r.name, "/realms/"+r.name+"/protocol/openid-connect"
	service := r.caller(t, "svc")
	r.client(t, "spa", object{"publicClient": true, "serviceAccountsEnabled": false, "directAccessGrantsEnabled": true, "webOrigins": []string{"http://localhost:3000"}})
	r.client(t, "narrow", object{"publicClient": true, "serviceAccountsEnabled": false, "directAccessGrantsEnabled": true, "fullScopeAllowed": false})
	john := r.person(t, "john", nil)
	login := func(client, scope string) string {
		form := url.Values{"grant_type": {"password"}, "client_id": {client}, "username": {"john"}, "password": {"john"}}
		if scope != "" {
			form.Set("scope", scope)
		}
		return s.send(t, request{method: "POST", path: tokenPath(r.name), form: form}).accessToken(t)
	}
	person, narrow := login("spa", ""), login("narrow", "")
	s.post(t, r.path+"/identity-provider/instances", object{"alias": "ext", "providerId": "oidc", "enabled": true, "storeToken": true, "config": object{
		"clientId": "x", "clientSecret": "y", "authorizationUrl": "http://127.0.0.1:1/a", "tokenUrl": "http://127.0.0.1:1/t"}}).want(t, 201) // #nosec G101 -- of no server

	check := func(name string, q request, status int, body, challenge string) {
		t.Helper()
		a := s.send(t, q)
		if a.status != status || body != "" && strings.TrimSpace(a.body) != body || challenge != "" && a.header.Get("WWW-Authenticate") != challenge {
			t.Errorf("%s: %s, challenge %q; want %d %s %q", name, a, a.header.Get("WWW-Authenticate"), status, body, challenge)
		}
	}
	get := func(path, token string) request { return request{method: "GET", path: path, token: token} }
	realm := `Bearer realm="` + r.name + `"`
	check("userinfo without the scope openid", get(oidc+"/userinfo", service), 403, "", realm+`, error="insufficient_scope", error_description="Missing openid scope"`)
	check("userinfo with it", get(oidc+"/userinfo", login("spa", "openid")), 200, "", "")
	check("userinfo without a token", get(oidc+"/userinfo", ""), 401, "", realm)
	check("userinfo, another token", get(oidc+"/userinfo", "abc"), 401, "", realm+`, error="invalid_token", error_description="Token verification failed"`)

	ask := func(form url.Values) request {
		return request{method: "POST", path: oidc + "/token/introspect", form: form}
	}
	check("introspection by a public client", ask(url.Values{"client_id": {"spa"}, "token": {person}}), 403, `{"error":"invalid_request","error_description":"Client not allowed."}`, "")
	check("introspection without a token", ask(url.Values{"client_id": {"svc"}, "client_secret": {secretOf("svc")}}), 400, `{"error":"invalid_request","error_description":"Token not provided."}`, "")
	check("introspection with a wrong secret", ask(url.Values{"client_id": {"svc"}, "client_secret": {"wrong"}, "token": {person}}), 401, "", "")
	check("introspection", ask(url.Values{"client_id": {"svc"}, "client_secret": {secretOf("svc")}, "token": {person}}), 200, "", "")
	check("introspection by GET", get(oidc+"/token/introspect", service), 405, "", "")

	check("account of a person", get(root+"/account", person), 200, "", "")
	check("account without its audience", get(root+"/account", narrow), 401, "", "")
	check("account of a service account", get(root+"/account", service), 401, "", "")
	check("account without a token", get(root+"/account", ""), 401, "", "")

	check("token of an identity provider", get(root+"/broker/ext/token", person), 403, `{"errorMessage":"Client [spa] not authorized to retrieve tokens from identity provider [ext]."}`, "")
	check("token of an identity provider, no token", get(root+"/broker/ext/token", ""), 400, `{"errorMessage":"Invalid token."}`, "")
	broker := r.clientUUID(t, "broker")
	readToken := s.get(t, r.path+"/clients/"+broker+"/roles/read-token").want(t, 200).object(t)
	s.post(t, r.path+"/users/"+john+"/role-mappings/clients/"+broker, []any{readToken}).want(t, 204)
	check("token of an identity provider, with the role", get(root+"/broker/ext/token", login("spa", "")), 400, `{"errorMessage":"User [`+john+`] is not associated with identity provider [ext]."}`, "")

	for _, path := range []string{"resource_set", "permission/ticket", "uma-policy"} {
		check("protection API", get(root+"/authz/protection/"+path, service), 403, `{"error":"invalid_clientId","error_description":"Client application [svc] is not registered as a resource server."}`, "")
		check("protection API, no token", get(root+"/authz/protection/"+path, ""), 403, `{"error":"invalid_bearer_token","error_description":"Could not obtain bearer access_token from request."}`, "")
	}

	register := func(token string) request {
		return request{method: "POST", path: root + "/clients-registrations/default", token: token, json: object{"clientId": "another"}}
	}
	const forbidden = `{"error":"insufficient_scope","error_description":"Forbidden"}`
	check("registration", register(service), 403, forbidden, "")
	check("registration without a token", register(""), 403, `{"error":"insufficient_scope","error_description":"Policy 'Trusted Hosts' rejected request to client-registration service. Details: Host not trusted."}`, "")
	check("registration, another token", register("abc"), 401, `{"error":"invalid_token","error_description":"Failed decode token"}`, "")
	check("registration by who may view clients", register(r.caller(t, "looker", "view-clients")), 403, forbidden, "")
	check("a registered client", get(root+"/clients-registrations/default/svc", service), 403, forbidden, "")
	check("a registered client, no token", get(root+"/clients-registrations/default/svc", ""), 401, `{"error":"invalid_token","error_description":"Not authorized to view client. Not valid token or client credentials provided."}`, "")

	check("the console's sessions", get(r.path+"/ui-ext/sessions?type=ALL&first=0&max=11", service), 403, "", "")
	check("the console's sessions, view-realm", get(r.path+"/ui-ext/sessions?type=ALL&first=0&max=11", r.caller(t, "viewer", "view-realm")), 200, "", "")

	reader := r.caller(t, "reader", "view-users")
	measured(s, t, "origin", s.version.foreignOrigin, func(t *testing.T, want int) {
		body := ""
		if want == http.StatusForbidden {
			body = `{"error":"Invalid origin"}`
		}
		for _, q := range []request{get(r.path+"/users", reader), get(r.path+"-unknown", s.admin(t)), get(root+"/account", person)} {
			q.header = map[string]string{"Origin": "http://localhost:4200", "Authorization": "Bearer " + q.token}
			a := s.send(t, q)
			if want == http.StatusForbidden && (a.status != want || strings.TrimSpace(a.body) != body) || want != http.StatusForbidden && a.status == http.StatusForbidden {
				t.Errorf("%s; want %d", a, want)
			}
		}
		own := get(r.path+"/users", reader)
		own.header = map[string]string{"Origin": s.URL, "Authorization": "Bearer " + reader}
		s.send(t, own).want(t, 200)
		allowed := get(root+"/account", person)
		allowed.header = map[string]string{"Origin": "http://localhost:3000", "Authorization": "Bearer " + person}
		s.send(t, allowed).want(t, 200)
	})
	measured(s, t, "features that are off", s.version.featureOff, func(_ *testing.T, want int) {
		for _, path := range []string{"/users-management-permissions", "/client-types"} {
			check(path, get(r.path+path, service), want, `{"error":"Feature not enabled","error_description":"For more on this error consult the server log."}`, "")
		}
	})
}
