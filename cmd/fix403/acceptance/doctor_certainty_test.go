package acceptance

import (
	"net/http"
	"net/url"

	"fix403/keycloak/version"
)

// What the set-ups of this file suppose of a version, measured on real servers by plain HTTP.
var (
	revokedInToken = version.Facts[int]{}.Measured(200, "24.0.5 26.4.0").Measured(403, "26.7.3 26.7.4")                  // with a token from before the role was revoked
	accountDeleted = version.Facts[int]{}.Measured(200, "24.0.5").Measured(401, "26.4.0 26.7.3 26.7.4")                  // at the token endpoint, of the user of a service account
	emptiedCount   = version.Facts[string]{}.Measured("none", "24.0.5").Measured("0", "26.4.0 26.7.3 26.7.4")            // with query-users and admin permissions on
	bearerOnlySays = version.Facts[int]{}.Measured(400, "24.0.5").Measured(401, "26.4.0").Measured(401, "26.7.3 26.7.4") // of realm-management with a secret
)

// optionalScope gives a client an optional client scope that lets roles of realm-management through.
func (s *scene) optionalScope(c client, name string, roles ...string) {
	s.t.Helper()
	s.must(http.MethodPost, s.at("/client-scopes"), map[string]any{"name": name, "protocol": "openid-connect"})
	scope := s.scopeID(name)
	s.must(http.MethodPost, s.at("/client-scopes/"+scope+"/scope-mappings/clients/"+s.management()), s.managementRoles(roles...))
	s.must(http.MethodPut, s.at("/clients/"+c.uuid+"/optional-client-scopes/"+scope), nil)
}

// certainty are set-ups in which more than one cause fits, or in which what is seen decides less than it seems to.
var certainty = []broken{
	{
		name: "role-missing/one-other-holder", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.grant(s.client("backup", nil).account, "view-users")
			return s.askCall(c, "GET /admin/realms/{realm}/users", "john-doe")
		},
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		name: "role-missing/three-other-holders", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.must(http.MethodPost, s.at("/groups"), map[string]any{"name": "staff"})
			s.grant(s.client("backup", nil).account, "view-users")
			s.grant(s.client("sync", nil).account, "view-users")
			s.grant(s.user("chief"), "realm-admin")
			return s.askCall(c, "GET /admin/realms/{realm}/groups", "staff")
		},
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrant,
	},
	{
		// One of several roles is held by another client, rightly.
		name: "role-missing/one-of-three-is-held-by-another", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.grant(s.client("other", nil).account, "view-clients")
			return s.askCall(c, "GET /admin/realms/{realm}/identity-provider/instances", "[")
		},
		withAdmin: says("role-missing", "role", "proved", "view-identity-providers"), alone: says("role-missing", "role", "likely", "view-identity-providers"), remedy: byGrant,
	},
	{
		// The right call of a person, whose application's service account got the role.
		name: "role-on-wrong-account/service-account-of-the-same-client", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.client("app", map[string]any{"directAccessGrantsEnabled": true})
			s.grant(c.account, "view-users")
			jane := s.user("jane-roe")
			s.must(http.MethodPut, s.at("/users/"+jane+"/reset-password"), map[string]any{"type": "password", "value": "password-of-jane", "temporary": false})
			s.secrets = append(s.secrets, "password-of-jane")
			return s.askToken(c, s.tokenPart(c, "access_token", url.Values{"grant_type": {"password"}, "username": {"jane-roe"}, "password": {"password-of-jane"}}))
		},
		withAdmin: says("role-on-wrong-account", "role", "proved", "view-users"), alone: aloneRoleMissing,
	},
	{
		name: "filtered-list/nobody-to-hide-yet", status: 200,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("query-users"), "GET /admin/realms/{realm}/users?search=nobody-of-this-name", "[")
		},
		withAdmin: says("filtered-list", "role", "likely", "view-users"), alone: says("filtered-list", "role", "likely", "view-users"),
	},
	{
		name: "filtered-list/no-groups-to-hide-yet", status: 200,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("query-groups"), "GET /admin/realms/{realm}/groups", "[")
		},
		withAdmin: says("filtered-list", "role", "likely", "view-users"), alone: says("filtered-list", "role", "likely", "view-users"),
	},
	{
		name: "filtered-list/no-client-to-hide-yet", status: 200,
		build: func(s *scene) ask {
			s.scratch(nil)
			return s.askCall(s.service("query-clients"), "GET /admin/realms/{realm}/clients?clientId=nobody-of-this-name", "[")
		},
		withAdmin: says("filtered-list", "role", "likely", "view-clients"), alone: says("filtered-list", "role", "likely", "view-clients"),
	},
	{
		// With admin permissions on, the count leaves out what the account may not see; the admin's own answer shows it.
		name: "filtered-list/count-with-permissions", status: 200, on: where(emptiedCount, "0"),
		build: func(s *scene) ask {
			s.scratch(map[string]any{"adminPermissionsEnabled": true})
			return s.askCall(s.service("query-users"), "GET /admin/realms/{realm}/users/count", "1")
		},
		withAdmin: says("filtered-list", "role", ""), alone: says("ok|filtered-list|undetermined", "none|role", "likely"),
	},
	{
		// Full scope is off, and the role comes with an optional client scope: the token endpoint has to be asked for it.
		name: "full-scope-off/optional-client-scope", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(scopeOff, "view-users")
			s.optionalScope(c, "adm", "view-users")
			return s.ask(c)
		},
		withAdmin: says("full-scope-off", "role", "proved", "view-users"), alone: says("role-missing|full-scope-off", "role", "likely", "view-users"), remedy: byCall, advice: `scope=adm`,
	},
	{
		// An optional client scope that lets another role through is no way.
		name: "full-scope-off/optional-client-scope-of-another-role", status: 403,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.serviceWith(scopeOff, "view-users")
			s.optionalScope(c, "adm", "view-realm")
			return s.ask(c)
		},
		withAdmin: says("full-scope-off", "role", "proved", "view-users"), alone: says("role-missing|full-scope-off", "role", "likely", "view-users"), remedy: byScope,
	},
	{
		name: "service-account-off/its-user-was-deleted", status: 401, on: where(accountDeleted, 401),
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service("view-users")
			s.must(http.MethodDelete, s.at("/users/"+c.account), nil)
			return s.ask(c)
		},
		withAdmin: says("service-account-off", "client", "proved"), alone: says("service-account-off", "client", "proved"), remedy: byChange,
	},
	{
		name: "bad-client-credentials/realm-management-itself", status: 401, on: where(bearerOnlySays, 401),
		build: func(s *scene) ask {
			a := s.ask(healthy(s))
			a.clientID, a.secret = "realm-management", "some-secret-of-mine"
			return a
		},
		withAdmin: says("service-account-off", "client", "proved"), alone: says("bad-client-credentials|service-account-off", "client", "likely"), remedy: byAdvice, advice: `(?i)create a client`,
	},
	{
		// The role is gone from the account, and this server asks the account.
		name: "role-missing/revoked-since-the-token", status: 403, on: where(revokedInToken, 403),
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service("view-users")
			token := s.token(c)
			s.must(http.MethodDelete, s.at("/users/"+c.account+"/role-mappings/clients/"+s.management()), s.managementRoles("view-users"))
			return s.askToken(c, token)
		},
		withAdmin: provedRoleMissing, alone: says("role-missing", "role", "likely", "view-users"),
	},
	{
		// Nobody has the secret, so no new token decides: an admin does, and alone it stays a guess.
		name: "token-revoked/without-a-secret", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			s.revoke(c, token)
			a := s.askToken(c, token)
			a.secret = ""
			return a
		},
		withAdmin: says("token-revoked", "identity", ""), alone: says("token-revoked|undetermined", "identity", "likely"),
	},
	{
		// The header is taken away on the admin API alone: no token of the client passes, so this one was not revoked.
		name: "undetermined/header-of-a-given-token-taken-away", status: 401,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			s.door.rewrite = func(r *http.Request) {
				if len(r.URL.Path) > 6 && r.URL.Path[:7] == "/admin/" && r.Header.Get("Authorization") == "Bearer "+token {
					r.Header.Del("Authorization")
				}
			}
			a := s.askToken(c, token)
			a.secret = ""
			return a
		},
		withAdmin: says("undetermined", "identity", "likely"), alone: says("undetermined", "identity", "likely"), remedy: byAdvice, advice: `(?i)header`,
	},
}

// wellAsItIs are set-ups that work, of which something else could be thought.
var wellAsItIs = []fine{
	{name: "role-by-an-optional-client-scope-that-is-asked-for", build: func(s *scene) ask {
		s.scratch(nil)
		c := s.serviceWith(scopeOff, "view-users")
		s.optionalScope(c, "adm", "view-users")
		return s.askToken(c, s.tokenPart(c, "access_token", url.Values{"scope": {"adm"}}))
	}},
	{name: "realm-without-the-client-scope-roles", on: where(rolesScopeGone, 200), build: func(s *scene) ask {
		c := healthyAlone(s)
		s.must(http.MethodDelete, s.at("/client-scopes/"+s.scopeID("roles")), nil)
		return s.ask(c)
	}},
	{name: "role-revoked-and-still-in-the-token", on: where(revokedInToken, 200), build: func(s *scene) ask {
		s.scratch(nil)
		c := s.service("view-users")
		token := s.token(c)
		s.must(http.MethodDelete, s.at("/users/"+c.account+"/role-mappings/clients/"+s.management()), s.managementRoles("view-users"))
		return s.askToken(c, token)
	}},
	{name: "signed-with-a-secret-key", build: func(s *scene) ask {
		s.scratch(nil)
		return s.ask(s.serviceWith(map[string]any{"attributes": map[string]any{"access.token.signed.response.alg": "HS256"}}, "view-users"))
	}},
}
