package lab

import (
	"net/url"
	"time"

	"fix403/flows/gate"
	"fix403/flows/params"
)

// atTheClient are the experiments of the token endpoint.
var atTheClient = []*Experiment{
	{
		ID: "wrong-secret", Title: "The wrong client secret", Gate: gate.Client,
		Ask:      "The client asks for a token with a wrong secret. What does the token endpoint answer?",
		Choices:  []Choice{{"401 unauthorized_client", []string{"401 unauthorized_client"}}, {"403 Forbidden", []string{"403"}}, {"200 and a token without roles", []string{"200"}}},
		Explain:  "The token endpoint is the first place where Keycloak decides something. Unlike the admin API, it gives a reason in the body (error and error_description). Without a token there is no call, and so neither 401 nor 403 of the admin API.",
		Remember: "Trouble at the token endpoint comes with a reason: read the body.",
		Manual:   `curl -i "$KEYCLOAK/realms/$REALM/protocol/openid-connect/token" -d grant_type=client_credentials -d "client_id=$CLIENT_ID" -d client_secret=wrong`,
		always:   "401 unauthorized_client",
		run: func(b *fixture) string {
			c := b.client(nil)
			c.secret = "not-the-secret"
			return withReason(b.tokenRequest(c, nil))
		},
	},
	{
		ID: "service-accounts-off", Title: "Service account roles switched off", Gate: gate.Client,
		Ask:      "The secret is right, but the client has no service account. What does the token endpoint answer to client_credentials?",
		Choices:  []Choice{{"401 unauthorized_client", []string{"401 unauthorized_client"}}, {"403 Forbidden", []string{"403"}}, {"200 and a token", []string{"200"}}},
		Explain:  "The client credentials grant issues a token for the service account's user. Without the setting \"service account roles\" there is no such user, and the token endpoint reports it: \"Client not enabled to retrieve service account\".",
		Remember: "client_credentials needs service account roles switched on.",
		Manual:   `printf %s "$CLIENT_SECRET" | curl -i "$KEYCLOAK/realms/$REALM/protocol/openid-connect/token" -d grant_type=client_credentials -d "client_id=$CLIENT_ID" --data-urlencode client_secret@-`,
		always:   "401 unauthorized_client",
		run: func(b *fixture) string {
			return withReason(b.tokenRequest(b.client(map[string]any{"serviceAccountsEnabled": false}), nil))
		},
	},
	{
		ID: "public-client", Title: "A public client", Gate: gate.Client,
		Ask:      "A client without client authentication asks for a token by client_credentials. What does the token endpoint answer?",
		Choices:  []Choice{{"401 unauthorized_client", []string{"401 unauthorized_client"}}, {"400 invalid_request", []string{"400 invalid_request"}}, {"200: a public client needs no secret", []string{"200"}}},
		Explain:  "A public client has no secret, so anyone could claim to be it. It cannot prove who it is, and gets no token for itself: \"Public client not allowed to retrieve service account\".",
		Remember: "A program that calls the admin API for itself needs a confidential client.",
		Manual:   `curl -i "$KEYCLOAK/realms/$REALM/protocol/openid-connect/token" -d grant_type=client_credentials -d "client_id=$CLIENT_ID"`,
		always:   "401 unauthorized_client",
		run: func(b *fixture) string {
			c := b.client(map[string]any{"publicClient": true, "serviceAccountsEnabled": false, "secret": nil})
			c.secret = ""
			return withReason(b.tokenRequest(c, nil))
		},
	},
}

// ofIdentity are those with a token that is not accepted. Each calls with a good token first.
var ofIdentity = []*Experiment{
	{
		ID: "no-token", Title: "No token at all", Gate: gate.Identity,
		Ask:      "The call is made without an Authorization header. What does the admin API answer?",
		Choices:  []Choice{says401, says403, says404},
		Explain:  "The server cannot know who is calling. That is 401, whatever is requested, and it comes before every question about realms, users and roles.",
		Remember: "No token: 401.",
		Manual:   `curl -i "$KEYCLOAK/admin/realms/$REALM/users/$USER_ID"`,
		always:   "401",
		run: func(b *fixture) string {
			b.control(b.token(b.clientWith(params.TheRole, nil), nil).access)
			return b.readUser("read the user without a token", "")
		},
	},
	{
		ID: "garbage-token", Title: "Not a token at all", Gate: gate.Identity,
		Ask:      "The bearer token is the word \"garbage\". What does the server answer?",
		Choices:  []Choice{says401, {"400: not a token", []string{"400"}}, says403},
		Explain:  "The body and the status are the same as without a token: the admin API never reports what is wrong with a token. Find the reason in the token itself.",
		Remember: "All 401s of the admin API look alike.",
		Manual:   `curl -i "$KEYCLOAK/admin/realms/$REALM/users/$USER_ID" -H 'Authorization: Bearer garbage'`,
		always:   "401",
		run: func(b *fixture) string {
			b.control(b.token(b.clientWith(params.TheRole, nil), nil).access)
			return b.readUser("read the user with something that is not a token", "garbage")
		},
	},
	{
		ID: "expired-token", Title: "An expired token", Gate: gate.Identity,
		Ask:      "The client has view-users. Its token lived for one second, and two have passed. What does the server answer?",
		Choices:  []Choice{says401, says403, {"200: the role is there", []string{"200"}}},
		Explain:  "An expired token proves nothing, whatever roles it carries. The claim exp shows when it expires, by the server's clock; get a new token before that.",
		Remember: "An expired token gets 401, not 403: roles do not help.",
		Manual:   `sleep 300; ` + handUser200,
		always:   "401",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			b.control(b.token(c, nil).access)
			b.change(c, "let the client's tokens live for one second", map[string]any{"attributes": map[string]string{"access.token.lifespan": "1"}})
			t := b.token(c, nil)
			b.wait(2500 * time.Millisecond) // times in tokens are whole seconds
			return b.readUser("read the user with an expired token", t.access)
		},
	},
	{
		ID: "tampered-signature", Title: "A changed signature", Gate: gate.Identity,
		Ask:      "One character of the token's signature is changed. What does the server answer?",
		Choices:  []Choice{says401, says403, {"200: the claims are unchanged", []string{"200"}}},
		Explain:  "The signature is what makes a token more than a claim. The server checks it with the realm's key (kid in the header names it) before it reads anything else in the token.",
		Remember: "A token with a wrong signature proves nothing.",
		Manual:   `TOKEN=${TOKEN%????}AAAA; ` + handUser200,
		always:   "401",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			t := b.token(c, nil)
			b.control(t.access)
			return b.readUser("read the user with a tampered token", tampered(t.access))
		},
	},
	{
		ID: "other-server", Title: "A token of another server", Gate: gate.Identity,
		Ask:      "A second Keycloak has a realm and a client of the same names. Its token is sent to this server. What does the server answer?",
		Choices:  []Choice{says401, says403, {"404: wrong realm", []string{"404"}}},
		Explain:  "Names do not matter: the issuer in the token (iss) is another address, and the key that signed it is unknown here. Staging tokens sent to production look just like that.",
		Remember: "A token is valid only at the server that issued it.",
		Manual:   `bearer "$TOKEN" | curl -i "$OTHER_KEYCLOAK/admin/realms/$REALM/users/$USER_ID" -H @-`,
		always:   "401",
		run: func(b *fixture) string {
			b.control(b.token(b.clientWith(params.TheRole, nil), nil).access)
			return b.readUser("read the user with a token of another server", b.otherServer())
		},
	},
	{
		ID: "refresh-token", Title: "A refresh token as bearer", Gate: gate.Identity,
		Ask:      "The token response also held a refresh token, which is now sent as the bearer. What does the server answer?",
		Choices:  []Choice{says401, says403, says200},
		Explain:  "Only the token endpoint accepts a refresh token (typ Refresh): it is signed with another key, and its audience is the realm. Programs that read the wrong field of the response get 401.",
		Remember: "Send the access_token, nothing else.",
		Manual:   `bearer "$REFRESH_TOKEN" | curl -i "$KEYCLOAK/admin/realms/$REALM/users/$USER_ID" -H @-`,
		always:   "401",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, map[string]any{"attributes": map[string]string{"client_credentials.use_refresh_token": "true"}})
			t := b.token(c, nil)
			b.control(t.access)
			return b.readUser("read the user with a refresh token", t.refresh)
		},
	},
	{
		ID: "id-token", Title: "An ID token as bearer", Gate: gate.Identity,
		Ask:      "With scope=openid the response holds an ID token, which is now sent as the bearer. What does the server answer?",
		Choices:  []Choice{says401, says403, says200},
		Explain:  "An ID token (typ ID) identifies the user to the client. It is genuine and signed by the realm's key, but it is not an access token: the server checks the type.",
		Remember: "An ID token is for the client, not for an API.",
		Manual:   `bearer "$ID_TOKEN" | curl -i "$KEYCLOAK/admin/realms/$REALM/users/$USER_ID" -H @-`,
		always:   "401",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			t := b.token(c, url.Values{"scope": {"openid"}})
			b.control(t.access)
			return b.readUser("read the user with an ID token", t.id)
		},
	},
	{
		ID: "disabled-client", Title: "The client is disabled", Gate: gate.Identity,
		Ask:      "The token is genuine and current, and has the role. Then the client is disabled. What does the server answer?",
		Choices:  []Choice{says401, says403, {"200: the token is still valid", []string{"200"}}},
		Explain:  "Keycloak looks up the client of the token (azp) at each call of its admin API. It does not recognise a disabled client, so this is 401, although nothing is wrong with the token itself.",
		Remember: "A good token of a disabled client gets 401.",
		Manual:   `# switch the client off in the Admin Console, then:` + "\n" + handUser200,
		always:   "401",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			t := b.token(c, nil)
			b.control(t.access)
			b.change(c, "disable the client", map[string]any{"enabled": false})
			return b.readUser("read the user with the disabled client's token", t.access)
		},
	},
	{
		ID: "not-before", Title: "Revoked: not-before", Gate: gate.Identity,
		Ask:      "After the token was issued, an admin sets the client's not-before to now. What does the server answer?",
		Choices:  []Choice{says401, says403, {"200: it has not expired", []string{"200"}}},
		Explain:  "Not-before invalidates all older tokens of a client or of a whole realm: the remedy for a stolen token. The token's own exp does not show it; compare iat with not-before.",
		Remember: "After a not-before, good tokens get 401.",
		Manual:   `# Admin Console: Clients, the client, Advanced, Revocation: Set to now; then:` + "\n" + handUser200,
		always:   "401",
		run: func(b *fixture) string {
			c := b.clientWith(params.TheRole, nil)
			t := b.token(c, nil)
			b.control(t.access)
			b.change(c, "set the client's not-before to after the token", map[string]any{"notBefore": time.Now().Unix() + 60})
			return b.readUser("read the user with the revoked token", t.access)
		},
	},
}
