package lab

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

const unknownUser = "00000000-0000-4000-8000-000000000000"

var (
	says401 = Choice{"401: the caller is unknown", []string{"401"}}
	says403 = Choice{"403: the caller is known, but not allowed", []string{"403"}}
	says404 = Choice{"404: it does not exist", []string{"404"}}
	says200 = Choice{"200: it works", []string{"200"}}
)

const (
	handUser200 = `bearer "$TOKEN" | curl -i "$KEYCLOAK/admin/realms/$REALM/users/$USER_ID" -H @-`
	handNewRole = `# grant the role as in the step "Grant the missing role", then:` + "\n" + handUser200
)

var experiments = slices.Concat(atTheClient, ofIdentity, ofTheAudience, behindIdentity)

// behindIdentity are the experiments of the gates behind that of identity, and of what is in front of a server.
var behindIdentity = []*Experiment{
	{
		ID: "other-realm", Title: "A token of another realm", Gate: gate.Realm,
		Ask:      "The token of this realm's client is sent to the admin API of the realm master. What does the server answer?",
		Choices:  []Choice{says401, says403, says404},
		Explain:  "The server knows the caller: the token is genuine, from a realm of this very server. But a realm's admin API accepts only its own tokens and those of master. This 403 has the same body as a missing role.",
		Remember: "403 can also mean: wrong realm. Compare iss with the path.",
		Manual:   `bearer "$TOKEN" | curl -i "$KEYCLOAK/admin/realms/master/users/$USER_ID" -H @-`,
		always:   "403",
		run: func(b *fixture) string {
			c := b.clientWith("realm-admin", nil)
			status, _ := b.as(msg.New("read a user of master"), http.MethodGet, "master/users/"+b.state.User.ID, b.token(c, nil).access, nil)
			return fmt.Sprint(status)
		},
	},
	{
		ID: "unknown-realm", Title: "An unknown realm, with a good token", Gate: gate.Realm,
		Ask:      "The realm's name in the path is misspelt; the token is good. What does the server answer?",
		Choices:  []Choice{says401, says403, says404},
		Explain:  "After identity, Keycloak checks the realm in the path: \"Realm not found.\" Every caller with a valid token gets that answer. Realm names are case sensitive.",
		Remember: "404 \"Realm not found.\" means the path, not the role.",
		Manual:   `bearer "$TOKEN" | curl -i "$KEYCLOAK/admin/realms/$REALM-nope/users/$USER_ID" -H @-`,
		always:   "404",
		run: func(b *fixture) string {
			status, _ := b.as(msg.New("read a user of a realm that does not exist"), http.MethodGet, b.realm()+"-nope/users/"+b.state.User.ID, b.token(b.client(nil), nil).access, nil)
			return fmt.Sprint(status)
		},
	},
	{
		ID: "unknown-realm-no-token", Title: "An unknown realm, without a token", Gate: gate.Identity,
		Ask:      "The realm's name in the path is misspelt, and no token is sent. What does the server answer?",
		Choices:  []Choice{says401, says403, says404},
		Explain:  "Identity is checked before the realm is looked up: an unknown caller learns nothing, not even whether a realm exists.",
		Remember: "The gates have an order: who you are comes first.",
		Manual:   `curl -i "$KEYCLOAK/admin/realms/$REALM-nope/users/$USER_ID"`,
		always:   "401",
		run: func(b *fixture) string {
			b.control(b.token(b.clientWith(params.TheRole, nil), nil).access)
			status, _ := b.as(msg.New("read a user of a realm that does not exist, without a token"), http.MethodGet, b.realm()+"-nope/users/"+b.state.User.ID, "", nil)
			return fmt.Sprint(status)
		},
	},
	{
		ID: "hidden-404", Title: "An unknown user, without a role", Gate: gate.Role,
		Ask:      "The client has no role, and asks for a user id that does not exist. What does the server answer?",
		Choices:  []Choice{says403, says404, says401},
		Explain:  "To a caller who may not query users, a 404 would reveal which ids exist. So Keycloak answers 403, and hides the 404. A wrong id can therefore look like a missing role.",
		Remember: "A 403 can hide a 404.",
		Manual:   `bearer "$TOKEN" | curl -i "$KEYCLOAK/admin/realms/$REALM/users/` + unknownUser + `" -H @-`,
		always:   "403",
		run: func(b *fixture) string {
			status, _ := b.as(msg.New("read a user that does not exist"), http.MethodGet, b.realm()+"/users/"+unknownUser, b.token(b.client(nil), nil).access, nil)
			return fmt.Sprint(status)
		},
	},
	{
		ID: "shown-404", Title: "An unknown user, with query-users", Gate: gate.Object,
		Ask:      "The client has query-users, which does not allow reading a user, and asks for a user id that does not exist. What does the server answer?",
		Choices:  []Choice{says403, says404, {"200 and nothing", []string{"200"}}},
		Explain:  "Callers with query access get the truth about ids: 404 for an unknown one, and 403 for a known one that they may not read. So for this caller the gate of the object comes before the gate of the role.",
		Remember: "Only callers with query access learn that a user does not exist.",
		Manual:   `bearer "$TOKEN" | curl -i "$KEYCLOAK/admin/realms/$REALM/users/` + unknownUser + `" -H @-   # with query-users`,
		always:   "404",
		run: func(b *fixture) string {
			c := b.clientWith("query-users", nil)
			status, _ := b.as(msg.New("read a user that does not exist"), http.MethodGet, b.realm()+"/users/"+unknownUser, b.token(c, nil).access, nil)
			return fmt.Sprint(status)
		},
	},
	{
		ID: "empty-list", Title: "query-users alone: a list that is empty", Gate: gate.None,
		Ask:      "The realm has a user. A client with nothing but query-users lists the users. What does the server answer?",
		Choices:  []Choice{{"200 and the user", []string{"200 with users"}}, {"200 and an empty list", []string{"200 []"}}, says403},
		Explain:  "query-users opens the list, but the list shows only users that the caller may view, which is none. No error reports that something is missing: the most silent form of a missing role.",
		Remember: "An empty list can be a missing role.",
		Manual:   `bearer "$TOKEN" | curl -s "$KEYCLOAK/admin/realms/$REALM/users" -H @-   # with query-users: []`,
		always:   "200 []",
		run: func(b *fixture) string {
			c := b.clientWith("query-users", nil)
			status, body := b.as(msg.New("list the users"), http.MethodGet, b.realm()+"/users", b.token(c, nil).access, nil)
			switch {
			case status != http.StatusOK:
				return fmt.Sprint(status)
			case strings.TrimSpace(string(body)) == "[]":
				return "200 []"
			default:
				return "200 with users"
			}
		},
	},
	{
		ID: "old-token-after-grant", Title: "The old token, after the grant", Gate: gate.Role,
		Ask:      "A token is issued, then the role is granted. What does the token from before the grant get?",
		Choices:  []Choice{says200, says401, says403},
		Explain:  "This shows where the server reads roles from. Where the role must be in the token, the old one does not have it: 403 until there is a new token. Where the roles are looked up at each call, it is 200 at once.",
		Remember: "After a grant get a new token: that works on every version.",
		Manual:   handNewRole,
		expect:   inWorlds("403", "403", "403", "200"),
		run: func(b *fixture) string {
			c := b.client(nil)
			t := b.token(c, nil)
			b.grant(c.account, params.TheRole)
			return b.readUser("read the user with the token from before the grant", t.access)
		},
	},
	{
		ID: "old-token-after-revoke", Title: "The token with the role, after the revoke", Gate: gate.Role,
		Ask:      "A token carries the role, then the role is revoked. What does that token get?",
		Choices:  []Choice{says200, says401, says403},
		Explain:  "This shows where the server reads roles from. Where the token alone counts, the role works until the token expires. Where the account must still hold the role at the time of the call, it is 403 at once.",
		Remember: "Where the token alone counts, a revoked role works as long as the tokens that carry it.",
		Manual:   `# revoke the role, then with the same token:` + "\n" + handUser200,
		expect:   inWorlds("200", "200", "403", "403"),
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			t := b.token(c, nil)
			b.revoke(c.account, params.TheRole)
			return b.readUser("read the user with the token from before the revoke", t.access)
		},
	},
	{
		ID: "composite", Title: "view-users is three roles", Gate: gate.None,
		Ask:      "Only view-users is granted. How many roles of realm-management does the new token carry?",
		Choices:  []Choice{{"one", []string{"1 role"}}, {"three", []string{"3 roles"}}, {"all of them", []string{"19 roles", "22 roles"}}},
		Explain:  "view-users is a composite role: it contains query-users and query-groups. Composites are expanded when the token is issued, so the token shows three.",
		Remember: "A composite role brings its parts along.",
		Manual:   `echo "$TOKEN" | cut -d. -f2 | base64 -d 2>/dev/null   # resource_access.realm-management.roles`,
		always:   "3 roles",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			b.token(c, nil)
			if b.err != nil {
				return ""
			}
			n := len(b.decisive.Issued.Roles(keycloak.RealmManagement))
			if n == 1 {
				return "1 role"
			}
			return fmt.Sprintf("%d roles", n)
		},
	},
	{
		ID: "full-scope-off", Title: "Full scope off", Gate: gate.Role,
		Ask:      "The role is granted, but the client has \"full scope allowed\" off. What does a new token get, and what once the role is in the client's scope mappings?",
		Choices:  []Choice{{"403, then 200", []string{"403, then 200"}}, {"200 both times: the role is held", []string{"200, then 200"}}, {"403 both times", []string{"403, then 403"}}},
		Explain:  "What the account holds and what the client may pass on are two things. With full scope off, a role gets into the client's tokens only through a scope mapping. This is true of all measured versions.",
		Remember: "A granted role has no effect: look at the client's scope.",
		Manual:   handUser200,
		always:   "403, then 200",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, map[string]any{"fullScopeAllowed": false})
			before := b.readUser("read the user: full scope is off", b.token(c, nil).access)
			b.admin(msg.New("map the role to the client's scope"), http.MethodPost, "/clients/"+c.uuid+"/scope-mappings/clients/"+b.lab.realmManagement, b.roleBody(params.TheRole), nil)
			return before + ", then " + b.readUser("read the user: the role is in scope", b.token(c, nil).access)
		},
	},
	{
		ID: "roles-scope-removed", Title: "The client scope \"roles\" removed", Gate: gate.Role,
		Ask:      "The role is granted, but the client has lost its client scope \"roles\", which writes roles into tokens. What does the server answer?",
		Choices:  []Choice{says403, says200, says401},
		Explain:  "The token carries no roles at all. A server that reads roles from the token alone answers 403. One that looks the roles up, always or when a token has no role claims, answers 200.",
		Remember: "A token without roles is the cause of a 403 only where the token alone counts.",
		Manual:   `# Admin Console: Clients, the client, Client scopes: remove roles; new token, then:` + "\n" + handUser200,
		expect:   inWorlds("403", "200", "200", "200"),
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			var scopes []struct{ ID, Name string }
			b.admin(msg.New("find the client scope roles"), http.MethodGet, "/client-scopes", nil, &scopes)
			for _, s := range scopes {
				if s.Name == "roles" {
					b.admin(msg.New("remove it from the client"), http.MethodDelete, "/clients/"+c.uuid+"/default-client-scopes/"+s.ID, nil, nil)
				}
			}
			return b.readUser("read the user with a token without role claims", b.token(c, nil).access)
		},
	},
	{
		ID: "role-on-user", Title: "The role granted to the user", Gate: gate.Role,
		Ask:      "view-users is granted to john-doe, the user being read, not to the client's service account. What does the server answer?",
		Choices:  []Choice{says403, says200, says404},
		Explain:  "The token speaks for the service account of the client: that account must hold the role. The roles of the user who is read do not decide who may read them.",
		Remember: "The role belongs to the caller, not to the object.",
		Manual:   handNewRole,
		always:   "403",
		run: func(b *fixture) string {
			c := b.client(nil)
			b.grant(b.state.User.ID, params.TheRole)
			observed := b.readUser("read the user: the user holds the role, not the caller", b.token(c, nil).access)
			decisive := b.decisive
			b.revoke(b.state.User.ID, params.TheRole)
			b.decisive = decisive
			return observed
		},
	},
	{
		ID: "same-name-role", Title: "A realm role of the same name", Gate: gate.Role,
		Ask:      "A realm role named view-users is created and granted to the service account. What does the server answer?",
		Choices:  []Choice{says403, says200, says401},
		Explain:  "A name does not make a role. What opens the admin API is the client role view-users of the client realm-management; a realm role, or a role of another client, of that name opens nothing.",
		Remember: "It must be the client role of realm-management: any other role only shares its name.",
		Manual:   handUser200,
		always:   "403",
		run: func(b *fixture) string {
			c := b.client(nil)
			var role struct{ ID, Name string }
			roles := []struct{ ID, Name string }{}
			b.admin(msg.New("look for realm roles"), http.MethodGet, "/roles", nil, &roles)
			if !slices.ContainsFunc(roles, func(r struct{ ID, Name string }) bool { return r.Name == params.TheRole }) {
				b.admin(msg.New("create a realm role of the same name"), http.MethodPost, "/roles", map[string]any{"name": params.TheRole}, nil)
			}
			b.admin(msg.New("read the realm role"), http.MethodGet, "/roles/"+params.TheRole, nil, &role)
			b.admin(msg.New("grant the realm role"), http.MethodPost, "/users/"+c.account+"/role-mappings/realm", []map[string]string{{"id": role.ID, "name": role.Name}}, nil)
			return b.readUser("read the user with a realm role of the same name", b.token(c, nil).access)
		},
	},
	{
		ID: "lightweight-token", Title: "A lightweight token", Gate: gate.Role,
		Ask:      "The client's setting for lightweight access tokens, which leave the roles out, is switched on. The role is granted. What does the server answer?",
		Choices:  []Choice{says403, says200, says401},
		Explain:  "A lightweight token omits most claims, including roles. A server that reads roles from the token alone answers 403, even though the account holds the role. One that looks the roles up when a token has none answers 200.",
		Remember: "A lightweight token works at the admin API only where roles are looked up.",
		Manual:   handUser200,
		expect:   lightweight,
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, map[string]any{"attributes": map[string]string{"client.use.lightweight.access.token.enabled": "true"}})
			t := b.token(c, nil)
			if b.err == nil && b.decisive.Issued != nil && b.decisive.Issued.HasRoleClaims {
				b.explain = "Nothing is lightweight here: the token still carries its roles. The setting has no effect on this server."
			}
			return b.readUser("read the user with a lightweight token", t.access)
		},
	},
	{
		ID: "too-much", Title: "Too much: realm-admin", Gate: gate.Role,
		Ask:      "Forum advice: grant realm-admin. With which role may the client create a user and delete it again?",
		Choices:  []Choice{{"with neither", []string{"403 403, 403 403"}}, {"with realm-admin, not with view-users", []string{"403 403, 201 204"}}, {"with either", []string{"201 204, 201 204"}}},
		Explain:  "realm-admin fixes the 403, and opens everything else in the realm: create and delete users, read the secrets of clients, change keys and the realm itself. A stolen secret of that client is the realm.",
		Remember: "Grant the smallest role that allows the call.",
		Manual:   `bearer "$TOKEN" | curl -i -X POST "$KEYCLOAK/admin/realms/$REALM/users" -H @- -H 'Content-Type: application/json' -d '{"username":"jane-doe"}'`,
		always:   "403 403, 201 204",
		run: func(b *fixture) string {
			return b.createAndDelete(params.TheRole) + ", " + b.createAndDelete("realm-admin")
		},
	},
	{
		ID: "foreign-403", Title: "A 403 that does not come from Keycloak", Gate: gate.Reach,
		Ask:      "The role is granted and the token is good, yet the answer is 403, with an HTML page. Who sent it?",
		Choices:  []Choice{{"Keycloak: a role is missing", []string{"403 JSON"}}, {"something in front of Keycloak", []string{"403 HTML"}}, {"the client library", []string{"200"}}},
		Explain:  "Keycloak's admin API answers errors in JSON. A page of HTML comes from a proxy, gateway or firewall that blocks /admin from outside: no role fixes that. (fix403 puts a simulated firewall in front of the server for this.)",
		Remember: "Check the content type of a 403 before you check roles.",
		Manual:   handUser200 + `   # look at Content-Type and Server`,
		always:   "403 HTML",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			status := b.throughFirewall(b.token(c, nil).access)
			if b.err != nil || status != http.StatusForbidden {
				return fmt.Sprint(status)
			}
			if b.contentType == "text/html" {
				return "403 HTML"
			}
			return "403 JSON"
		},
	},
}
