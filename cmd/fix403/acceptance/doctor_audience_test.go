package acceptance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/practice"
)

func gated(on *target) bool   { return on.version == "26.8.2" }
func ungated(on *target) bool { return !gated(on) }

// notMeant is a scene whose client may do the call, with tokens that are not meant for the admin API.
func notMeant(s *scene, fields map[string]any, roles ...string) client {
	s.scratch(nil)
	c := s.plainClient("svc", fields)
	s.grant(c.account, roles...)
	return c
}

// scopeByHand makes a client scope of the name and effect of Keycloak's own, on a server whose admin API does not look at it.
func (s *scene) scopeByHand() {
	s.t.Helper()
	s.must(http.MethodPost, s.at("/client-scopes"), map[string]any{
		"name": "kc-admin-api", "protocol": "openid-connect", "attributes": map[string]string{"include.in.token.scope": "true", "display.on.consent.screen": "false"},
		"protocolMappers": []any{map[string]any{
			"name": "audience", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
			"config": map[string]string{"included.custom.audience": s.base() + s.at(""), "access.token.claim": "true"},
		}},
	})
}

// revoke revokes a token of the client.
func (s *scene) revoke(c client, token string) {
	s.t.Helper()
	status, answer := postForm(s.t, s.base()+"/realms/"+s.realm+"/protocol/openid-connect/revoke", url.Values{"client_id": {c.id}, "client_secret": {c.secret}, "token": {token}})
	if status != http.StatusOK {
		s.t.Fatalf("revoke: %d %s", status, answer)
	}
}

// person is a token of a user who may do the call, from a public client.
func (s *scene) person(clientID string) string {
	s.t.Helper()
	id := s.user("anna")
	s.must(http.MethodPut, s.at("/users/"+id+"/reset-password"), map[string]any{"type": "password", "value": planted, "temporary": false})
	s.grant(id, "view-users")
	status, answer := postForm(s.t, s.base()+"/realms/"+s.realm+"/protocol/openid-connect/token", url.Values{
		"grant_type": {"password"}, "client_id": {clientID}, "username": {"anna"}, "password": {planted},
	})
	token := field(answer, "access_token")
	if token == "" {
		s.t.Fatalf("a token of anna through %s: %d %s", clientID, status, answer)
	}
	s.secrets = append(s.secrets, token)
	return token
}

func meant(certainty string, smallest ...string) expected {
	return says("audience-missing", "identity", certainty, smallest...)
}

// audience are the set-ups of an admin API that takes only tokens which are meant for it, and their like where it takes all.
var audience = []broken{
	{
		name: "audience-missing/not-assigned", status: 401, on: gated,
		build:     func(s *scene) ask { return s.ask(notMeant(s, nil, "view-users")) },
		withAdmin: meant("proved"), alone: meant("likely"), remedy: byClient,
	},
	{
		name: "audience-missing/and-the-role", status: 401, on: gated,
		build:     func(s *scene) ask { return s.ask(notMeant(s, nil)) },
		withAdmin: meant("proved", "view-users"), alone: meant("likely", "view-users"), remedy: byClientAndRole,
	},
	{
		name: "audience-missing/optional", status: 401, on: gated,
		build: func(s *scene) ask {
			c := notMeant(s, nil, "view-users")
			s.assign(c, "optional")
			return s.ask(c)
		},
		withAdmin: meant("proved"), alone: meant("proved"), remedy: byCall, advice: `scope=kc-admin-api`,
	},
	{
		name: "audience-missing/older-token", status: 401, on: gated,
		build: func(s *scene) ask {
			c := notMeant(s, nil, "view-users")
			token := s.token(c)
			s.assign(c, "default")
			return s.askToken(c, token)
		},
		withAdmin: meant("proved"), alone: meant("proved"), remedy: byNewToken,
	},
	{
		name: "audience-missing/older-token-without-secret", status: 401, on: gated,
		build: func(s *scene) ask {
			c := notMeant(s, nil, "view-users")
			a := s.askToken(c, s.token(c))
			s.assign(c, "default")
			a.secret = ""
			return a
		},
		withAdmin: meant("proved"), alone: meant("likely"), remedy: byAdvice, advice: `get a new one`,
	},
	{
		name: "audience-missing/lightweight", status: 401, on: gated,
		build: func(s *scene) ask {
			return s.ask(notMeant(s, map[string]any{"attributes": map[string]any{"client.use.lightweight.access.token.enabled": "true"}}, "view-users"))
		},
		withAdmin: meant("proved"), alone: meant("likely"), remedy: byClient,
	},
	{
		name: "audience-missing/user", status: 401, on: gated,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.plainClient("portal", map[string]any{"publicClient": true, "serviceAccountsEnabled": false, "directAccessGrantsEnabled": true})
			a := s.askToken(c, s.person(c.id))
			a.secret = ""
			return a
		},
		withAdmin: meant("proved"), alone: meant("likely"), remedy: byAdvice, advice: `portal does not have the client scope kc-admin-api|assign it to the client portal`,
	},
	{
		name: "audience-missing/built-in-client", status: 401, on: gated,
		build: func(s *scene) ask {
			s.scratch(map[string]any{})
			c := client{id: "account-console", uuid: s.id("/clients?clientId=account-console")}
			s.change(c, map[string]any{"directAccessGrantsEnabled": true})
			return s.askToken(c, s.person(c.id))
		},
		withAdmin: meant("proved"), alone: meant("likely"), remedy: byAdvice, advice: `account-console is one of Keycloak's own`,
	},
	{
		name: "audience-missing/write", status: 401, on: gated,
		build: func(s *scene) ask {
			return s.askCall(notMeant(s, nil, "manage-users"), "PUT /admin/realms/{realm}/users/"+unknownID, "")
		},
		withAdmin: meant("predicted"), alone: meant("predicted"), // it is not sent
	},
	{
		name: "token-revoked/meant-for-the-admin-api", status: 401, on: gated,
		build: func(s *scene) ask {
			c := healthy(s)
			token := s.token(c)
			s.revoke(c, token)
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked", "identity", "proved"), alone: says("token-revoked", "identity", "proved"), remedy: byNewToken,
	},
	{
		// It is not good anywhere, whatever its audience is.
		name: "token-revoked/and-not-meant", status: 401, on: gated,
		build: func(s *scene) ask {
			c := notMeant(s, nil, "view-users")
			token := s.token(c)
			s.assign(c, "default")
			s.revoke(c, token)
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked", "identity", "proved"), alone: says("token-revoked", "identity", "proved"), remedy: byNewToken,
	},
	{
		// A client scope of the name alone says nothing.
		name: "token-revoked/scope-by-hand", status: 401, on: ungated,
		build: func(s *scene) ask {
			c := healthy(s)
			s.scopeByHand()
			token := s.token(c)
			s.revoke(c, token)
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked", "identity", "proved"), alone: says("token-revoked", "identity", "proved"), remedy: byNewToken,
	},
	{
		name: "token-revoked/scope-by-hand-assigned-later", status: 401, on: ungated,
		build: func(s *scene) ask {
			c := healthy(s)
			s.scopeByHand()
			token := s.token(c)
			s.assign(c, "default")
			s.revoke(c, token)
			return s.askToken(c, token)
		},
		withAdmin: says("token-revoked", "identity", "proved"), alone: says("token-revoked", "identity", "proved"), remedy: byNewToken,
	},
	{
		name: "role-missing/scope-by-hand", status: 403, on: ungated,
		build: func(s *scene) ask {
			s.scratch(nil)
			c := s.service()
			s.scopeByHand()
			return s.ask(c)
		},
		withAdmin: says("role-missing", "role", "proved", "view-users"), alone: says("role-missing", "role", "likely", "view-users"), remedy: byGrant,
	},
	{
		name: "undetermined/header-taken-away-and-scope-by-hand", status: 401, on: ungated,
		build: func(s *scene) ask {
			c := healthy(s)
			s.scopeByHand()
			s.assign(c, "optional")
			s.door.rewrite = func(r *http.Request) {
				if strings.Contains(r.URL.Path, "/admin/realms/"+s.realm) {
					r.Header.Del("Authorization")
				}
			}
			return s.ask(c)
		},
		withAdmin: says("undetermined", "identity", "likely"), alone: says("undetermined", "identity", "likely"), remedy: byAdvice, advice: `Authorization`,
	},
}

// Nothing is missing for a user through admin-cli, nor for a client that has the client scope.
func TestDoctorMeantForTheAdminAPI(t *testing.T) {
	needsDoctor(t)
	on := practiceTarget(t, practice.Options{Version: "26.8.2"})
	s := newScene(t, on)
	s.scratch(map[string]any{})
	a := s.askToken(client{id: "admin-cli"}, s.person("admin-cli"))
	a.secret = ""
	for _, withAdmin := range []bool{true, false} {
		s.diagnose(t, a, withAdmin, says("ok", "none", ""), 200)
	}
}

// TestDoctorMakesAudienceDefault: of an optional client scope --fix makes a default one, and --undo an optional one again.
func TestDoctorMakesAudienceDefault(t *testing.T) {
	needsDoctor(t)
	on := practiceTarget(t, practice.Options{Version: "26.8.2"})
	for _, c := range audience {
		if c.name == "audience-missing/optional" {
			c.remedy = byClient
			c.fixAndUndo(t, on)
			s := newScene(t, on)
			a := c.build(s)
			before := s.snapshot()
			// Without an admin nothing is changed: the token is asked for with the scope.
			r := s.doctor(a, false, "--fix", "--yes")
			if wrong := r.parse(); len(wrong) > 0 || r.code != 0 || r.After == nil || r.After.Status != 200 || len(changed(before, s.snapshot())) > 0 {
				s.report(t, r, false, append(wrong, "--fix without an admin", strings.Join(changed(before, s.snapshot()), ", ")))
			}
		}
	}
}

// TestDoctorTerraformKeepsScopes: the block that owns the list of default client scopes has all of the client's.
func TestDoctorTerraformKeepsScopes(t *testing.T) {
	needsDoctor(t)
	s := newScene(t, practiceTarget(t, practice.Options{Version: "26.8.2"}))
	c := notMeant(s, nil, "view-users")
	rep := mustJSON[struct{ DefaultClientScopes []string }](t, s.must(http.MethodGet, s.at("/clients/"+c.uuid), nil))
	r := s.diagnose(t, s.ask(c), true, meant("proved"), 401)
	if r.Fix.Terraform == nil || len(rep.DefaultClientScopes) < 4 {
		t.Fatalf("terraform %v for %v", r.Fix.Terraform, rep)
	}
	for _, name := range append(slices.Clone(rep.DefaultClientScopes), "kc-admin-api") {
		if !strings.Contains(*r.Fix.Terraform, `"`+name+`"`) {
			t.Errorf("terraform lacks %s: %s", name, *r.Fix.Terraform)
		}
	}
}
