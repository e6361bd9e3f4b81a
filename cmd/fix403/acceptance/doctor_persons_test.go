package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// personsPassword is that of the users who call.
const personsPassword = "a-password-of-persons"

// newPerson makes a user who can log in, with roles.
func (s *scene) newPerson(name string, fields map[string]any, roles ...string) string {
	s.t.Helper()
	user := map[string]any{"username": name, "enabled": true, "email": name + "@example.com", "emailVerified": true, "firstName": "F", "lastName": "L",
		"credentials": []any{map[string]any{"type": "password", "value": personsPassword, "temporary": false}}}
	for k, v := range fields {
		user[k] = v
	}
	s.must(http.MethodPost, s.at("/users"), user)
	s.secrets = append(s.secrets, personsPassword)
	id := s.id("/users?exact=true&username=" + url.QueryEscape(name))
	s.grant(id, roles...)
	return id
}

// askLogin is about a call whose token is got by a login that stands before it in a paste, in a realm.
func (s *scene) askLogin(realm string, form url.Values) ask {
	a := ask{url: s.base(), realm: s.realm, clientID: form.Get("client_id"), secret: form.Get("client_secret"), call: "GET /admin/realms/{realm}/users", mark: "john-doe",
		login: form, loginRealm: realm, person: form.Get("username")}
	a.scriptEnv = []string{"USER_PASSWORD=" + form.Get("password")}
	_, address := a.target()
	a.curl = "TOKEN=$(" + a.loginLine("") + " | jq -r .access_token)\ncurl -s -X GET '" + address + "' -H \"Authorization: Bearer $TOKEN\"\n"
	return a
}

// loginLine is the command that gets the token; more stands behind it.
func (a ask) loginLine(more string) string {
	line := fmt.Sprintf("curl -s -X POST '%s/realms/%s/protocol/openid-connect/token'", strings.TrimSuffix(a.url, "/"), url.PathEscape(a.loginRealm))
	for name, values := range a.login {
		for _, value := range values {
			line += fmt.Sprintf(" --data-urlencode '%s=%s'", name, value)
		}
	}
	return line + more
}

func byPassword(client, user string) url.Values {
	return url.Values{"grant_type": {"password"}, "client_id": {client}, "username": {user}, "password": {personsPassword}}
}

// inScratch builds a set-up in a realm of its own, whose users list has john-doe.
func inScratch(build func(*scene) ask) func(*scene) ask {
	return func(s *scene) ask {
		s.scratch(map[string]any{})
		return build(s)
	}
}

// publicClient is a client for users, without a secret.
func (s *scene) publicClient(id string, fields map[string]any) {
	s.t.Helper()
	client := map[string]any{"clientId": id, "enabled": true, "publicClient": true, "directAccessGrantsEnabled": true, "serviceAccountsEnabled": false, "standardFlowEnabled": false}
	for k, v := range fields {
		client[k] = v
	}
	s.must(http.MethodPost, s.at("/clients"), client)
}

const exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"

// exchanges reports whether the server exchanges tokens.
func exchanges(on *target) bool { return !strings.HasPrefix(on.version, "24.") && ungated(on) }

// persons are set-ups in which a person calls, or whose token is got by another way than a client's own.
var persons = []broken{
	{
		name: "role-missing/password-by-admin-cli", on: ungated, status: 403,
		build: inScratch(func(s *scene) ask {
			s.newPerson("ann", nil)
			return s.askLogin(s.realm, byPassword("admin-cli", "ann"))
		}),
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrantToUser,
	},
	{
		name: "role-missing/password-by-a-confidential-client", on: ungated, status: 403,
		build: inScratch(func(s *scene) ask {
			s.newPerson("ann", nil)
			c := s.plainClient("app", map[string]any{"directAccessGrantsEnabled": true, "serviceAccountsEnabled": false})
			form := byPassword(c.id, "ann")
			form.Set("client_secret", c.secret)
			return s.askLogin(s.realm, form)
		}),
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrantToUser,
	},
	{
		name: "role-missing/password-by-flags", on: ungated, status: 403,
		build: inScratch(func(s *scene) ask {
			s.newPerson("ann", nil)
			s.publicClient("spa", nil)
			a := s.askLogin(s.realm, byPassword("spa", "ann"))
			a.curl, a.args, a.env = "", []string{"--grant", "password", "--user", "ann"}, []string{"FIX403_USER_PASSWORD=" + personsPassword}
			return a
		}),
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: byGrantToUser,
	},
	{
		name: "role-missing/refresh-token", on: ungated, status: 403,
		build: inScratch(func(s *scene) ask {
			s.newPerson("ann", nil)
			s.publicClient("mobile", nil)
			_, answer := s.tokenAnswer(s.base(), s.realm, "mobile", "", byPassword("mobile", "ann"))
			a := s.askLogin(s.realm, url.Values{"grant_type": {"refresh_token"}, "client_id": {"mobile"}, "refresh_token": {field(answer, "refresh_token")}})
			a.person = "ann"
			return a
		}),
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: noRemedy,
	},
	{
		// A token of admin-cli names nobody from 26 on, but belongs to a session.
		name: "role-missing/token-that-names-nobody", on: ungated, status: 403,
		build: inScratch(func(s *scene) ask {
			s.newPerson("nora", nil)
			_, answer := s.tokenAnswer(s.base(), s.realm, "admin-cli", "", byPassword("admin-cli", "nora"))
			a := ask{url: s.base(), realm: s.realm, clientID: "", call: "GET /admin/realms/{realm}/users", token: field(answer, "access_token"), person: "nora", login: byPassword("admin-cli", "nora"), loginRealm: s.realm}
			return a
		}),
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: noRemedy,
	},
	{
		// The token is exchanged: the account stays the one whose token it was.
		name: "role-missing/exchanged-token", on: exchanges, status: 403,
		build: inScratch(func(s *scene) ask {
			front := s.client("front", nil)
			gateway := s.client("gateway", map[string]any{"attributes": map[string]string{"standard.token.exchange.enabled": "true"}})
			s.grant(gateway.account, "view-users")
			s.must(http.MethodPost, s.at("/clients/"+front.uuid+"/protocol-mappers/models"), map[string]any{"name": "aud", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
				"config": map[string]string{"included.client.audience": "gateway", "access.token.claim": "true"}})
			a := s.askLogin(s.realm, url.Values{"grant_type": {exchangeGrant}, "client_id": {"gateway"}, "client_secret": {gateway.secret},
				"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}})
			_, address := a.target()
			first := a
			first.login = url.Values{"grant_type": {"client_credentials"}, "client_id": {"front"}, "client_secret": {front.secret}}
			a.curl = "FRONT=$(" + first.loginLine("") + " | jq -r .access_token)\nTOKEN=$(" + a.loginLine(` -d "subject_token=$FRONT"`) + " | jq -r .access_token)\n" +
				"curl '" + address + "' -H \"Authorization: Bearer $TOKEN\"\n"
			a.login.Set("subject_token", s.token(front))
			return a
		}),
		withAdmin: provedRoleMissing, alone: aloneRoleMissing, remedy: noRemedy,
	},
	{
		name: "bad-user-credentials/wrong-password", status: -1,
		build: inScratch(func(s *scene) ask {
			s.newPerson("ann", nil, "view-users")
			form := byPassword("admin-cli", "ann")
			form.Set("password", "another-password")
			return s.askLogin(s.realm, form)
		}),
		withAdmin: says("bad-user-credentials", "client", ""), alone: says("bad-user-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)password.*ann|ann.*password`,
	},
	{
		name: "bad-user-credentials/no-such-user", status: -1,
		build:     inScratch(func(s *scene) ask { return s.askLogin(s.realm, byPassword("admin-cli", "nobody")) }),
		withAdmin: says("bad-user-credentials", "client", ""), alone: says("bad-user-credentials", "client", "likely"), remedy: byAdvice, advice: `no user nobody`,
	},
	{
		name: "user-not-ready/temporary-password", status: 400,
		build: inScratch(func(s *scene) ask {
			s.newPerson("zoe", map[string]any{"credentials": []any{map[string]any{"type": "password", "value": personsPassword, "temporary": true}}}, "view-users")
			return s.askLogin(s.realm, byPassword("admin-cli", "zoe"))
		}),
		withAdmin: says("user-not-ready", "client", "proved"), alone: says("user-not-ready", "client", "proved"), remedy: byAdvice, advice: `(?i)temporary|password`,
	},
	{
		name: "user-not-ready/disabled", status: 400,
		build: inScratch(func(s *scene) ask {
			s.newPerson("dan", map[string]any{"enabled": false}, "view-users")
			return s.askLogin(s.realm, byPassword("admin-cli", "dan"))
		}),
		withAdmin: says("user-not-ready", "client", "proved"), alone: says("user-not-ready", "client", "proved"), remedy: noRemedy,
	},
	{
		name: "user-not-ready/locked", status: -1,
		build: func(s *scene) ask {
			s.scratch(map[string]any{"bruteForceProtected": true, "failureFactor": 2, "quickLoginCheckMilliSeconds": 0, "waitIncrementSeconds": 600, "maxFailureWaitSeconds": 600})
			id := s.newPerson("lou", nil, "view-users")
			wrong := byPassword("admin-cli", "lou")
			wrong.Set("password", "another-password")
			for range 3 {
				s.tokenAnswer(s.base(), s.realm, "admin-cli", "", wrong)
			}
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for range 200 { // the attempts are counted by another thread
				if strings.Contains(string(s.must(http.MethodGet, s.at("/attack-detection/brute-force/users/"+id), nil)), `"disabled":true`) {
					break
				}
				<-tick.C
			}
			return s.askLogin(s.realm, byPassword("admin-cli", "lou"))
		},
		withAdmin: says("user-not-ready", "client", "proved"), alone: says("bad-user-credentials", "client", "likely"), remedy: byAdvice, advice: `(?i)locked`,
	},
	{
		name: "grant-not-allowed/direct-access-off", status: 400,
		build: inScratch(func(s *scene) ask {
			s.newPerson("ben", nil, "view-users")
			s.publicClient("shop", map[string]any{"directAccessGrantsEnabled": false})
			return s.askLogin(s.realm, byPassword("shop", "ben"))
		}),
		withAdmin: says("grant-not-allowed", "client", "proved"), alone: says("grant-not-allowed", "client", "proved"), remedy: byAdvice, advice: `(?i)direct access`,
	},
	{
		// Nobody makes an admin call here: there is nothing to fix in one.
		name: "grant-not-allowed/exchange-alone", status: 400,
		build: inScratch(func(s *scene) ask {
			front, exchanger := s.client("front", nil), s.client("exchanger", nil)
			a := s.askLogin(s.realm, url.Values{"grant_type": {exchangeGrant}, "client_id": {"exchanger"}, "client_secret": {exchanger.secret},
				"subject_token": {s.token(front)}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}})
			a.curl = a.loginLine("")
			return a
		}),
		withAdmin: says("grant-not-allowed", "client", "proved"), alone: says("grant-not-allowed", "client", "proved"), remedy: byAdvice, advice: `(?i)exchange`,
	},
	{
		name: "wrong-login-realm/admin-of-master", status: -1,
		build: inScratch(func(s *scene) ask {
			form := byPassword("admin-cli", s.on.adminUser)
			form.Set("password", "what-it-has-in-master")
			return s.askLogin(s.realm, form)
		}),
		withAdmin: says("wrong-login-realm", "client", "proved"), alone: says("bad-user-credentials", "client", "likely"), remedy: byAdvice, advice: `realms/master`,
	},
	{
		name: "service-account-off/realm-management", status: -1,
		build: inScratch(func(s *scene) ask {
			return ask{url: s.base(), realm: s.realm, clientID: "realm-management", secret: "some-secret-of-no-client", call: "GET /admin/realms/{realm}/users"}
		}),
		withAdmin: says("service-account-off", "client", "proved"), alone: says("service-account-off", "client", ""), remedy: byAdvice, advice: `create a client`,
	},
}
