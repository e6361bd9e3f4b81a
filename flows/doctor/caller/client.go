// Package caller has the gates of who calls: whether the client gets a token, and whether the token is accepted.
package caller

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"fix403/flows/doctor/advice"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/place"
	"fix403/flows/gate"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// The verdicts of the gate of the client.
var (
	BadClientCredentials = &exam.Verdict{ID: "bad-client-credentials",
		Cause: "The token endpoint does not accept the client: it does not exist, its secret is wrong or missing, or it must authenticate with something other than a secret; without an admin login, it may also be disabled.", Advise: rightSecret} // #nosec G101 -- the name of a verdict
	ClientDisabled = &exam.Verdict{ID: "client-disabled",
		Cause: "The client is disabled: it gets no token, and its existing tokens are refused.", Advise: enableClient}
	ServiceAccountOff = &exam.Verdict{ID: "service-account-off",
		Cause: "The client has no service account (service account roles are off, or it is bearer-only), or the user behind it is disabled.", Advise: serviceAccountOn}
	PublicClient = &exam.Verdict{ID: "public-client",
		Cause: "The client is public (client authentication is off), and gets no token by client_credentials.", Advise: makeConfidential}
	BadScope = &exam.Verdict{ID: "bad-scope",
		Cause: "The token request asks for a scope that the client may not have.", Advise: exam.CorrectCall}
)

// ClientVerdicts are those of this gate.
var ClientVerdicts = []*exam.Verdict{place.RealmNotFound, place.RealmDisabled, BadClientCredentials, ClientDisabled, ServiceAccountOff, PublicClient, BadScope, BadUserCredentials, UserNotReady, WrongLoginRealm, GrantNotAllowed, ClientAuthMethod, ProofMissing}

// ClientGate is the token endpoint, which decides about the client.
type ClientGate struct{}

// Pass gets a token by client credentials, unless one was given.
func (ClientGate) Pass(ctx context.Context, x *exam.Examination) error {
	if x.Options.Given || x.Bare {
		return nil
	}
	if x.Options.Elsewhere() && x.Tokens.Server() != x.Server {
		x.Observed(exam.OnWire, "The token is requested at %s, and the call goes to %s.", wire.Host(x.Options.Login.URL), wire.Host(x.Server.URL()))
	}
	got, err := x.RequestToken(ctx, purpose(x))
	reply := got.Reply
	if err := (place.ReachGate{Reply: reply, Err: err}).Pass(ctx, x); err != nil || x.Stopped() {
		return err
	}
	x.Diagnosis.Exchange, x.Diagnosis.Status = &reply.Exchange, reply.Exchange.Status
	if got.Subject && got.Access.Empty() {
		s := x.Options.Login.Subject
		x.Options.Realm, x.Options.ClientID, x.Options.Secret, x.Options.Scope, x.Options.Login = s.Realm, s.ClientID, s.Secret, s.Scope, s.Login
		x.Observed(exam.OnWire, "There is no token to exchange: the login of the client %s was refused.", s.ClientID)
	}
	if reply.Exchange.Status == http.StatusOK {
		token, err := token.Decode(got.Access.Reveal())
		if err != nil {
			x.Observed(exam.OnWire, "The token endpoint answered 200 without a usable access token.")
			x.Stop(gate.Reach, place.NotKeycloak, exam.But("That something else answered: Keycloak returns an access token with 200."), "The token endpoint answered 200, but without a readable access token: something other than Keycloak may answer at %s.", x.Server.URL())
			return nil //nolint:nilerr // the verdict says it
		}
		x.Authorization, x.Token = got.Header(), token
		x.Issued(token.IssuedAt)
		x.Observed(exam.OnWire, "The token endpoint issued a token to the client %s.", x.Options.ClientID)
		if x.Options.LoginOnly {
			x.Diagnosis.Token = token
			x.Stop(gate.None, exam.OK, exam.AllSeen, "The token endpoint issues the requested token. Nothing else was checked, since no call of the admin API was named: add it with --call, or paste it after the token request.")
		}
		return nil
	}
	x.Observed(exam.OnWire, "The token endpoint answered %s.", answer.Words(reply))
	return refusedAtClient(ctx, x, reply)
}

// purpose says what the request of the token endpoint is for.
func purpose(x *exam.Examination) msg.Format {
	switch x.Options.Login.By() {
	case given.PasswordGrant:
		return "log the user in, to get a token"
	case given.RefreshGrant:
		return "get a token with the refresh token"
	case given.TokenExchange:
		return "exchange the token"
	}
	return "get a token with client credentials"
}

// refusedAtClient puts the token endpoint's refusal into words (FACTS, section 6).
func refusedAtClient(ctx context.Context, x *exam.Examination, reply *wire.Reply) error {
	if err := x.LookAtClient(ctx); err != nil {
		return err
	}
	see := &x.View
	client, realm := x.Options.ClientID, x.Options.Realm
	reason, description := reply.Words()
	if done, err := refusedProof(ctx, x, description); done || err != nil {
		return err
	}
	if done, err := refusedGrant(ctx, x, reason, description); done || err != nil {
		return err
	}
	if saml, err := notOIDC(ctx, x, reason); saml || err != nil {
		return err
	}
	switch {
	case reply.Exchange.Status == http.StatusNotFound && reason == "Realm does not exist":
		return place.NoRealm(ctx, x, gate.Client)
	case description == "Realm not enabled":
		x.Stop(gate.Client, place.RealmDisabled, exam.AllSeen, "The realm %s is disabled, so its token endpoint refuses every request: enable it unless it was disabled on purpose.", realm)
	case reason == "invalid_scope":
		x.Stop(gate.Client, BadScope, exam.AllSeen, "The token request asks for a scope that the client %s may not have (%s): omit it. A scope parameter does not add roles of realm-management.", client, description)
	case x.BuiltIn() && !keepsFromTokens(description, see.Client).Empty():
		x.Clue.BuiltIn = true
		x.Stop(gate.Client, builtInVerdict(description), exam.AllSeen, "The client %s is built into Keycloak and cannot get a token for itself: %s. Leave it unchanged, since Keycloak relies on it: create a client with client authentication and service account roles, and call with that.", client, keepsFromTokens(description, see.Client))
	case ofKeycloak(x, reason):
		x.Clue.BuiltIn = true
		x.Stop(gate.Client, ServiceAccountOff, exam.But("How the client is configured: an admin can see it."), "The client %s is built into Keycloak and only checks tokens: it cannot get one for itself, whatever secret is sent. Leave it unchanged, since Keycloak relies on it: create a client with client authentication and service account roles, and call with that.", client)
	case strings.HasPrefix(description, "Public client not allowed"):
		x.Stop(gate.Client, PublicClient, exam.AllSeen, "The client %s is public: it has no secret, cannot prove who it is, and cannot get a token for itself. Switch client authentication and service account roles on.", client)
	case strings.HasPrefix(description, "Client not enabled to retrieve service account"):
		x.Stop(gate.Client, ServiceAccountOff, exam.AllSeen, "The client %s has no service account, so client_credentials has no account to issue a token for: switch service account roles on.", client)
	case isBearerOnly(description, see.Client):
		x.Clue.BearerOnly = true
		x.Stop(gate.Client, ServiceAccountOff, exam.AllSeen, "The client %s is bearer-only: it only checks tokens and cannot get one for itself, so it has no service account. Switch bearer-only off and service account roles on.", client)
	case strings.HasPrefix(description, "User '") && strings.HasSuffix(description, "' disabled"):
		x.Clue.AccountDisabled = true
		x.Stop(gate.Client, ServiceAccountOff, exam.AllSeen, "The user behind the client's service account is disabled, so the client gets no token: enable the user service-account-%s.", strings.ToLower(client))
	case strings.HasPrefix(description, "The associated service account for the client does not exist"):
		x.Clue.AccountMissing = true
		x.Stop(gate.Client, ServiceAccountOff, exam.AllSeen, "The user behind the client's service account is missing: it was deleted, or an import omitted it. So the client gets no token. Keycloak recreates it, without any role, when an admin opens the client's service account roles.")
	case see.Client != nil && !see.Client.Enabled:
		x.Stop(gate.Client, ClientDisabled, exam.AllSeen, "The client %s is disabled, although the token endpoint reports only that something about the client is wrong: enable it unless it was disabled on purpose.", client)
	case see.NoClient:
		x.Stop(gate.Client, BadClientCredentials, exam.AllSeen, "The realm %s has no client %s: the client id is wrong, or the realm is. Both are case sensitive.", realm, client)
		if len(see.Similar) > 0 {
			x.Also(msg.New("There is %s.", phrase.And(see.Similar)))
		}
	case see.Client != nil && see.Client.Authenticator != "" && see.Client.Authenticator != bySecret:
		x.Stop(gate.Client, ClientAuthMethod, exam.AllSeen, "The client %s authenticates with %s, not with a client secret, according to its configuration: send what that requires instead of client_secret.", client, see.Client.Authenticator)
	case see.Client != nil && !see.Client.Secret.Empty() && see.Client.Secret.Reveal() != x.Options.Secret.Reveal():
		if x.Options.Secret.Empty() {
			x.Observed(exam.AtServer, "No secret was sent, and the client's configuration requires one.")
			x.Stop(gate.Client, BadClientCredentials, exam.AllSeen, "The client secret is missing: copy it from the client's Credentials tab.")
			break
		}
		x.Observed(exam.AtServer, "The secret that was sent differs from the one in the client's configuration.")
		x.Stop(gate.Client, BadClientCredentials, exam.AllSeen, "The client secret is wrong: copy it from the client's Credentials tab.")
	case x.BuiltIn() && see.Client == nil && (reason == "invalid_client" || reason == "unauthorized_client"):
		x.Clue.BuiltIn = true
		x.Stop(gate.Client, BadClientCredentials, exam.Or("Whether the client has a secret at all: a bearer-only client has none, and the token endpoint gives the same error for both. An admin can see which."), "The client %s is built into Keycloak and is not meant to get tokens for itself. Leave it unchanged, since Keycloak relies on it: create a client with client authentication and service account roles, and call with that.", client)
	case reason == "invalid_client", description == "Invalid client credentials": // up to version 19 the second one, of unknown and disabled ones
		x.Stop(gate.Client, BadClientCredentials, exam.Or("Whether the client is unknown, is disabled, or authenticates with something other than a secret (a certificate): the token endpoint gives the same error for all. An admin can see which."), "The token endpoint does not accept the client %s: the realm %s has no enabled client with this id, or the client authenticates with something other than a secret. Check id and realm, which are case sensitive, and the client's settings.", client, realm)
	case reason == "unauthorized_client" && strings.HasPrefix(description, "Invalid client"):
		what := msg.New("probably wrong")
		if x.Options.Secret.Empty() {
			what = msg.New("missing")
		}
		x.Stop(gate.Client, BadClientCredentials, exam.But("The client's secret, and whether it authenticates with a secret at all: an admin can see that."), "The token endpoint does not accept the client's credentials: the secret is %s. Copy it from the client's Credentials tab.", what)
	case description != "" || reason != "":
		x.Stop(gate.Client, exam.Undetermined, exam.Or("What this reason means: see the server's log (event CLIENT_LOGIN_ERROR)."), "The token endpoint refused the client %s for a reason unknown to fix403: %s.", client, strings.TrimSuffix(cmp.Or(description, reason), "."))
	default:
		x.Stop(gate.Reach, place.NotKeycloak, exam.But("That something else answered: it could be an extension of this Keycloak."), "The token endpoint answered %s, which is not how Keycloak reports errors.", answer.Words(reply))
	}
	return nil
}

func isBearerOnly(description string, c *keycloak.Client) bool {
	return strings.HasPrefix(description, "Bearer-only") || c != nil && c.BearerOnly
}

// keepsFromTokens returns the setting of a client by which it gets no token of its own; empty if that is not seen.
func keepsFromTokens(description string, c *keycloak.Client) msg.Message {
	switch {
	case strings.HasPrefix(description, "Public client not allowed"):
		return msg.New("it is public")
	case isBearerOnly(description, c):
		return msg.New("it is bearer-only")
	case strings.HasPrefix(description, "Client not enabled to retrieve service account"):
		return msg.New("it has no service account")
	}
	return msg.Message{}
}

func builtInVerdict(description string) *exam.Verdict {
	if strings.HasPrefix(description, "Public client not allowed") {
		return PublicClient
	}
	return ServiceAccountOff
}

// rightSecret is for credentials that the token endpoint refuses; false where nothing can be named.
func rightSecret(a *exam.Draft) bool {
	see := &a.X.View
	switch {
	case see.NoClient && len(see.Similar) == 1:
		a.ClientID = see.Similar[0]
	case see.NoClient, see.Client != nil && see.Client.Authenticator != "" && see.Client.Authenticator != bySecret:
		return a.X.Clue.Proof != advice.Proof{}
	case a.X.Clue.Proof != advice.Proof{}, a.X.Options.Login.Asserts(), a.X.Options.TLS.ClientCert != "" && a.X.Options.Secret.Empty():
		return rightProof(a)
	}
	a.OpenClient()
	a.ReadSecret()
	return true
}

func enableClient(a *exam.Draft) bool {
	a.EnableClient()
	return true
}

// serviceAccountOn is for a client that gets no token of its own.
func serviceAccountOn(a *exam.Draft) bool {
	if a.X.Clue.AccountMissing {
		a.X.AskMatrix()
		a.RemakeServiceAccount()
		a.GrantSmallest()
		return true
	}
	if a.X.Clue.AccountDisabled {
		a.EnableServiceAccount()
		return true
	}
	a.GiveServiceAccount(a.X.Clue.BearerOnly)
	a.GrantSmallest()
	if a.X.Clue.BearerOnly {
		a.ReadSecret()
	}
	return true
}

func makeConfidential(a *exam.Draft) bool {
	a.MakeConfidential()
	a.GrantSmallest()
	a.ReadSecret()
	return true
}
