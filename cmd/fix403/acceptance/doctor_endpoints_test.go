package acceptance

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/keycloak/version"
)

// What these set-ups suppose of a version, measured on real servers by plain HTTP.
var (
	slashesBefore        = version.Facts[int]{}.Measured(200, "24.0.5 26.4.0").Measured(400, "26.7.3 26.7.4") // of //admin
	foreignOrigin        = version.Facts[int]{}.Measured(200, "24.0.5 26.4.0").Measured(403, "26.7.3 26.7.4")
	firstPermissions     = version.Facts[int]{}.Measured(200, "24.0.5").Measured(501, "26.4.0 26.7.3 26.7.4")     // the switch of permissions of the first kind
	organizationsBehind  = version.Facts[int]{}.Measured(404, "24.0.5").Measured(403, "26.4.0 26.7.3 26.7.4")     // by an account without the role, in a realm without organizations
	accountForBrowsers   = version.Facts[int]{}.Measured(302, "24.0.5").Measured(200, "26.4.0 26.7.3 26.7.4")     // account, asked for anything
	audienceIntrospected = version.Facts[bool]{}.Measured(false, "24.0.5 26.4.0").Measured(true, "26.7.3 26.7.4") // a token is active for a client in its audience alone
)

// annsAccount is a person's call of the account API as curl makes it.
var annsAccount = inScratch(func(s *scene) ask {
	header := bearer(s.annsToken(nil))
	header["Accept"] = "*/*"
	a := s.askPaste(http.MethodGet, s.below("/account"), header, "")
	a.person = "ann"
	return a
})

// askPaste is about a pasted call of any endpoint: all that the doctor gets is the command.
func (s *scene) askPaste(method, path string, header map[string]string, body string) ask {
	s.t.Helper()
	a := ask{url: s.base(), curl: "curl -sS -X " + method + " '" + s.base() + path + "'"}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		a.curl += " -H '" + name + ": " + header[name] + "'"
	}
	if body != "" {
		a.curl += " --data-raw '" + body + "'"
	}
	a.curl += "\n"
	a.probing = func() (int, []byte) {
		var in io.Reader
		if body != "" {
			in = strings.NewReader(body)
		}
		req, err := http.NewRequest(method, s.base()+path, in)
		if err != nil {
			s.t.Fatal(err)
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as curl does
		}
		for name, value := range header {
			req.Header.Set(name, value)
		}
		return roundTrip(s.t, req)
	}
	return a
}

func bearer(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token}
}

// asJSON is for the account API, which shows a browser a page.
func asJSON(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token, "Accept": "application/json"}
}

// below is a path of the realm beside the admin API.
func (s *scene) below(path string) string { return "/realms/" + url.PathEscape(s.realm) + path }

// annsToken is a token of a person, by a public client.
func (s *scene) annsToken(client map[string]any) string {
	s.t.Helper()
	s.newPerson("ann", nil)
	s.publicClient("spa", client)
	status, answer := s.tokenAnswer(s.base(), s.realm, "spa", "", byPassword("spa", "ann"))
	token := field(answer, "access_token")
	if token == "" {
		s.t.Fatalf("token of ann: %d %s", status, answer)
	}
	return token
}

// answered makes the call of a question while it is built, where the runner does not.
func (s *scene) answered(a ask, want int) ask {
	s.t.Helper()
	if status, body := s.probe(a); status != want {
		s.t.Fatalf("the server answers %d, not %d: %.300s", status, want, body)
	}
	return a
}

// noRole is an expectation of a verdict that names no role.
func noRole(verdict, gate, certainty string) expected {
	return says(verdict, gate, certainty, []string{}...)
}

const (
	notFoundPage = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
	userinfoPath = "/protocol/openid-connect/userinfo"
)

// withOrigin is a call of a client whose web origin is http://localhost:3000, with an Origin header.
func (s *scene) withOrigin(origin string) ask {
	s.scratch(nil)
	c := s.serviceWith(map[string]any{"webOrigins": []string{"http://localhost:3000"}}, "view-users")
	header := bearer(s.token(c))
	header["Origin"] = origin
	return s.askPaste(http.MethodGet, s.at("/users/"+s.john), header, "")
}

// introspection is of a token of the client that asks, whose answer holds a text.
func (s *scene) introspection(c client, says string) ask {
	s.t.Helper()
	form := url.Values{"client_id": {c.id}, "client_secret": {c.secret}, "token": {s.token(c)}}
	a := s.askPaste(http.MethodPost, s.below("/protocol/openid-connect/token/introspect"), nil, form.Encode())
	if status, body := s.probe(a); status != http.StatusOK || !strings.Contains(string(body), says) {
		s.t.Fatalf("the server answers %d without %s: %.300s", status, says, body)
	}
	return a
}

// endpoints are calls beside the admin API, calls that something stops before anybody looks at roles, and features that are off.
var endpoints = []broken{
	{
		name: "other-endpoint/userinfo-without-openid", status: 403,
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askPaste(http.MethodGet, s.below(userinfoPath), bearer(s.token(c)), "")
		},
		withAdmin: noRole("other-endpoint", "identity", "proved"), alone: noRole("other-endpoint", "identity", "proved"), remedy: byAdvice, advice: `scope=openid`,
	},
	{
		name: "other-endpoint/account-without-its-roles", status: 401,
		build: inScratch(func(s *scene) ask {
			a := s.askPaste(http.MethodGet, s.below("/account"), asJSON(s.annsToken(scopeOff)), "")
			a.person = "ann"
			return a
		}),
		withAdmin: noRole("other-endpoint", "identity", "likely"), alone: noRole("other-endpoint", "identity", "likely"), remedy: byAdvice, advice: `client account`,
	},
	{
		name: "other-endpoint/account-by-a-service-account", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askPaste(http.MethodGet, s.below("/account"), asJSON(s.token(c)), "")
		},
		withAdmin: noRole("other-endpoint", "identity", "likely"), alone: noRole("other-endpoint", "identity", "likely"), remedy: byAdvice, advice: `service account is refused`,
	},
	{
		name: "other-endpoint/introspection-by-a-public-client", status: 403,
		build: inScratch(func(s *scene) ask {
			form := url.Values{"client_id": {"spa"}, "token": {s.annsToken(nil)}}
			return s.askPaste(http.MethodPost, s.below("/protocol/openid-connect/token/introspect"), nil, form.Encode())
		}),
		withAdmin: noRole("other-endpoint", "client", "proved"), alone: noRole("other-endpoint", "client", "proved"), remedy: byAdvice, advice: `confidential client`,
	},
	{
		// The endpoint lets the client in, and says nothing of a token that is not meant for it.
		name: "other-endpoint/introspection-by-a-client-outside-the-audience", status: 200, on: where(audienceIntrospected, true),
		build:     func(s *scene) ask { return s.introspection(healthy(s), `"active":false`) },
		withAdmin: noRole("other-endpoint", "identity", "likely"), alone: noRole("other-endpoint", "identity", "likely"), remedy: byAdvice, advice: `not meant for the calling client`,
	},
	{
		name: "other-endpoint/broker-token-without-read-token", status: 403,
		build: inScratch(func(s *scene) ask {
			s.must(http.MethodPost, s.at("/identity-provider/instances"), map[string]any{"alias": "ext", "providerId": "oidc", "enabled": true, "storeToken": true,
				"config": map[string]string{"clientId": "x", "clientSecret": "y", "authorizationUrl": "http://127.0.0.1:1/a", "tokenUrl": "http://127.0.0.1:1/t"}})
			a := s.askPaste(http.MethodGet, s.below("/broker/ext/token"), bearer(s.annsToken(nil)), "")
			a.person = "ann"
			return a
		}),
		withAdmin: noRole("other-endpoint", "role", "proved"), alone: noRole("other-endpoint", "role", "proved"), remedy: byAdvice, advice: `read-token`,
	},
	{
		// The call registers a client where it is let in, so it is not sent.
		name: "other-endpoint/client-registration-without-create-client", status: -1,
		build: func(s *scene) ask {
			s.scratch(nil)
			header := bearer(s.token(s.service()))
			header["Content-Type"] = "application/json"
			return s.answered(s.askPaste(http.MethodPost, s.below("/clients-registrations/default"), header, `{"clientId":"registered"}`), http.StatusForbidden)
		},
		withAdmin: noRole("other-endpoint", "role", "predicted"), alone: noRole("other-endpoint", "role", "predicted"), remedy: byAdvice, advice: `initial access token.*create-client`,
	},
	{
		// curl asks for anything, and gets the account console, whatever its token is.
		name: "other-endpoint/account-page-for-a-person", status: 200, on: where(accountForBrowsers, 200), build: annsAccount,
		withAdmin: noRole("other-endpoint", "route", "proved"), alone: noRole("other-endpoint", "route", "proved"), remedy: byAdvice, advice: `Accept: application/json`,
	},
	{
		name: "other-endpoint/way-to-the-account-page-for-a-person", status: 302, on: where(accountForBrowsers, 302), build: annsAccount,
		withAdmin: noRole("other-endpoint", "route", "proved"), alone: noRole("other-endpoint", "route", "proved"), remedy: byAdvice, advice: `Accept: application/json`,
	},
	{
		name: "feature-disabled/organizations-of-a-realm-without-them", status: 403, on: where(organizationsBehind, 403),
		build:     missing("GET /admin/realms/{realm}/organizations?first=0&max=5", "", "view-users"),
		withAdmin: noRole("feature-disabled", "route", "proved"), alone: says("role-missing", "role", "likely", "view-organizations"), remedy: byAdvice, advice: `switched off`,
	},
	{
		name: "other-endpoint/uma-by-no-resource-server", status: 403,
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askPaste(http.MethodGet, s.below("/authz/protection/resource_set"), bearer(s.token(c)), "")
		},
		withAdmin: noRole("other-endpoint", "client", "proved"), alone: noRole("other-endpoint", "client", "proved"), remedy: byAdvice, advice: `authorization services switched o`,
	},
	{
		// The Admin Console's own call, as it is copied from a browser.
		name: "role-missing/sessions-of-the-admin-console", status: 403,
		build:     missing("GET /admin/realms/{realm}/ui-ext/sessions?type=ALL&first=0&max=11&search=", "["),
		withAdmin: says("role-missing", "role", "", "view-realm"), alone: says("role-missing", "role", "likely", "view-realm"), remedy: byGrant,
	},
	{
		name: "feature-disabled/users-management-permissions", status: 501, on: where(firstPermissions, 501),
		build:     missing("GET /admin/realms/{realm}/users-management-permissions", "", "realm-admin"),
		withAdmin: noRole("feature-disabled", "route", "proved"), alone: noRole("feature-disabled", "route", "proved"), remedy: byAdvice, advice: `--features=admin-fine-grained-authz`,
	},
	{
		// The feature is off for an account without a role, too: no role is the answer.
		name: "feature-disabled/client-types-without-a-role", status: 501, on: since26,
		build:     missing("GET /admin/realms/{realm}/client-types", ""),
		withAdmin: noRole("feature-disabled", "route", "proved"), alone: noRole("feature-disabled", "route", "proved"), remedy: byAdvice, advice: `--features=client-types`,
	},
	{
		// A program that joins an address with a slash at its end and a path.
		name: "bad-request/slashes-before-admin", status: 400, on: where(slashesBefore, 400),
		build: func(s *scene) ask {
			c := healthy(s)
			return s.askPaste(http.MethodGet, "/"+s.at("/users"), bearer(s.token(c)), "")
		},
		withAdmin: noRole("bad-request", "route", "proved"), alone: noRole("bad-request", "route", "proved"), remedy: byAdvice, advice: `(?i)normali[sz]`,
	},
	{
		name: "origin-refused/no-web-origin", status: 403, on: where(foreignOrigin, 403),
		build:     func(s *scene) ask { return s.withOrigin("http://localhost:4200") },
		withAdmin: noRole("origin-refused", "reach", "proved"), alone: noRole("origin-refused", "reach", "proved"), remedy: byAdvice, advice: `(?i)web origins`,
	},
	{
		name: "origin-refused/login", status: -1, on: func(on *target) bool { return where(foreignOrigin, 403)(on) && ungated(on) },
		build: inScratch(func(s *scene) ask {
			s.newPerson("ann", nil, "view-users")
			s.publicClient("spa", map[string]any{"webOrigins": []string{"http://localhost:3000"}})
			a := s.askLogin(s.realm, byPassword("spa", "ann"))
			_, address := a.target()
			a.curl = "TOKEN=$(" + a.loginLine(" -H 'Origin: http://localhost:4200'") + " | jq -r .access_token)\ncurl '" + address + "' -H \"Authorization: Bearer $TOKEN\"\n"
			return a
		}),
		withAdmin: noRole("origin-refused", "reach", "proved"), alone: noRole("origin-refused", "reach", "proved"), remedy: byCall, advice: `(?i)web origins`,
	},
	{
		name: "foreign-403/html-404", status: 404,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			forbid(s, "/admin/", 404, "text/html", notFoundPage)
			return a
		},
		withAdmin: says("foreign-403|not-keycloak", "reach", ""), alone: says("foreign-403|not-keycloak", "reach", ""), remedy: byAdvice, advice: `(?i)proxy|in front`,
	},
	{
		// A gateway that sends everybody without its own cookie to its login page.
		name: "foreign-403/redirect-to-a-login-page", status: 302,
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			s.door.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, "/admin/") {
					return false
				}
				w.Header().Set("Location", "https://login.example.test/authorize?rd="+url.QueryEscape(r.URL.Path))
				w.WriteHeader(http.StatusFound)
				return true
			}
			return a
		},
		withAdmin: says("foreign-403", "reach", ""), alone: says("foreign-403", "reach", ""), remedy: byAdvice, advice: `(?i)login`,
	},
}

// endpointsFine are such calls that work.
var endpointsFine = []fine{
	{name: "userinfo-with-openid", build: func(s *scene) ask {
		c := healthy(s)
		token := s.tokenPart(c, "access_token", url.Values{"scope": {"openid"}})
		return s.answered(s.askPaste(http.MethodGet, s.below(userinfoPath), bearer(token), ""), http.StatusOK)
	}},
	{name: "origin-that-is-a-web-origin", build: func(s *scene) ask {
		return s.answered(s.withOrigin("http://localhost:3000"), http.StatusOK)
	}},
	{name: "origin-that-is-no-web-origin", on: where(foreignOrigin, 200), build: func(s *scene) ask {
		return s.answered(s.withOrigin("http://localhost:4200"), http.StatusOK)
	}},
	{name: "introspection-by-a-confidential-client", build: func(s *scene) ask {
		c := healthy(s)
		s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/protocol-mappers/models"), map[string]any{"name": "aud", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
			"config": map[string]string{"included.client.audience": c.id, "access.token.claim": "true"}})
		return s.introspection(c, `"active":true`)
	}},
	{name: "slashes-before-admin", on: where(slashesBefore, 200), build: func(s *scene) ask {
		c := healthy(s)
		return s.answered(s.askPaste(http.MethodGet, "/"+s.at("/users"), bearer(s.token(c)), ""), http.StatusOK)
	}},
}
