package lab

import (
	"net/http"
	"net/url"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// ofTheAudience are the experiments with the audience of a token: a server that has the client scope kc-admin-api is documented to ask
// for it, others do not.
var ofTheAudience = []*Experiment{
	{
		ID: "audience-missing", Title: "A token not meant for the admin API", Gate: gate.Identity,
		Ask:      "The token is genuine, and its account has view-users, but the admin API is not in its audience (aud). What does the server answer?",
		Choices:  []Choice{says401, says403, {"200: the audience is not checked", []string{"200"}}},
		Explain:  "The audience (aud) names the APIs that a token is meant for. A server that checks it answers 401 to a genuine token that is meant for something else: the client needs the client scope kc-admin-api, and then a new token. Other servers do not check it: 200.",
		Remember: "A genuine token can get 401: check whether the admin API is in aud.",
		Manual:   handUser200 + `   # in the token: aud, scope`,
		expect:   unlessGated("200", "401"),
		run: func(b *fixture) string {
			b.control(b.token(b.clientWith(params.TheRole, nil), nil).access)
			c := b.clientWithoutScope(nil)
			b.grant(c.account, params.TheRole)
			t := b.token(c, nil)
			b.withoutAudience()
			return b.readUser("read the user with a token not meant for the admin API", t.access)
		},
	},
	{
		ID: "audience-optional", Title: "The audience as an optional scope", Gate: gate.Identity,
		Ask:      "The client scope that puts the admin API into the audience is optional for the client. What does the server answer without scope= in the token request, and what with it?",
		Choices:  []Choice{{"401 both times", []string{"401, then 401"}}, {"401, then 200", []string{"401, then 200"}}, {"200 both times", []string{"200, then 200"}}},
		Explain:  "An optional client scope takes effect only when the token request asks for it with scope=. Where the audience is checked, such a client gets 401 until it asks. Where the server has no kc-admin-api, the lab makes a scope of this kind: the audience changes nothing there.",
		Remember: "An optional scope must be asked for; a default one always applies.",
		Manual: `printf %s "$CLIENT_SECRET" | curl -s "$KEYCLOAK/realms/$REALM/protocol/openid-connect/token" -d grant_type=client_credentials -d "client_id=$CLIENT_ID" --data-urlencode client_secret@- -d scope=kc-admin-api` + "\n" +
			`# put its access_token into TOKEN, then:` + "\n" + handUser200,
		expect: unlessGated("200, then 200", "401, then 200"),
		run: func(b *fixture) string {
			c := b.clientWithoutScope(nil)
			b.grant(c.account, params.TheRole)
			name := keycloak.AdminAPIScope
			if !b.lab.audience {
				name = b.audienceScope()
			}
			b.scope(c, name, true)
			without := b.token(c, nil)
			b.withoutAudience()
			before := b.readUser("read the user with a token requested without the scope", without.access)
			return before + ", then " + b.readUser("read the user with a token requested with the scope", b.token(c, url.Values{"scope": {name}}).access)
		},
	},
	{
		ID: "exchanged-token", Title: "A token exchanged for another audience", Gate: gate.Identity,
		Ask:      "The client exchanges its token for one with audience=account (standard token exchange) and calls the admin API with that. Its account has view-users. What does the server answer?",
		Choices:  []Choice{{"200: the account holds the role", []string{"200"}}, {"401 or 403: it is meant for another API", []string{"401", "403"}}, {"this server issues no such token", []string{"501 Feature not enabled", "400 unsupported_grant_type", "400 invalid_request"}}},
		Explain:  "The exchanged token has one audience, and only that audience's roles. Where the admin API must be in the audience, it gets 401; where the role must be in the token, 403; where only the account's roles count, 200. A server without standard token exchange issues no such token.",
		Remember: "An exchanged token is meant for the requested audience.",
		Manual: `printf 'client_secret=%s&subject_token=%s' "$CLIENT_SECRET" "$TOKEN" | curl -s "$KEYCLOAK/realms/$REALM/protocol/openid-connect/token" -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange -d "client_id=$CLIENT_ID" -d subject_token_type=` + accessTokenType + ` -d audience=account -d @-` + "\n" +
			`# put its access_token into TOKEN, then:` + "\n" + handUser200,
		expect: exchanged,
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, map[string]any{"attributes": map[string]string{"standard.token.exchange.enabled": "true"}})
			t := b.token(c, nil).access
			b.control(t)
			return b.exchangedFor("account", c, t)
		},
	},
}

// #nosec G101 -- the name of a type
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token"

// exchangedFor exchanges a token for one with an audience, and makes the story's call with it; where the server exchanges none, it
// returns what the server says of that.
func (b *fixture) exchangedFor(audience string, c labClient, token string) string {
	status, body := b.tokenRequest(c, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {token}, "subject_token_type": {accessTokenType}, "audience": {audience}})
	if b.err != nil || status != http.StatusOK {
		return withReason(status, body)
	}
	exchanged := b.tokensOf(body).access
	if got := b.decisive.Issued; b.err == nil && (got == nil || len(got.Audience) != 1 || got.Audience[0] != audience) {
		b.err = problem.CheckFailed("", "The exchanged token is not meant for %s alone.", audience)
	}
	return b.readUser("read the user with the exchanged token", exchanged)
}

// withoutAudience checks that the token that was just issued is not meant for an admin API.
func (b *fixture) withoutAudience() {
	if b.err == nil && b.decisive.Issued != nil && len(b.decisive.Issued.AdminAudience()) > 0 {
		b.err = problem.CheckFailed("", "A token of a new client is meant for the admin API already: its audience has %s.", b.decisive.Issued.AdminAudience()[0])
	}
}

// audienceScope creates a client scope that adds the realm's admin API to the audience, on a server that has none of its own, and
// returns its name.
func (b *fixture) audienceScope() string {
	name := "lab-audience-" + params.NewRunID()
	b.admin(msg.New("create a client scope that adds an audience"), http.MethodPost, "/client-scopes", map[string]any{
		"name": name, "protocol": "openid-connect", "attributes": map[string]string{"include.in.token.scope": "true"},
		"protocolMappers": []any{map[string]any{
			"name": "admin api audience", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
			"config": map[string]string{"included.custom.audience": b.state.URL + "/admin/realms/" + url.PathEscape(b.realm()), "access.token.claim": "true", "id.token.claim": "false"},
		}},
	}, nil)
	return name
}
