package doctor

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// The verdicts of the gate of the client.
var (
	RealmDisabled = &Verdict{id: "realm-disabled",
		cause: "The realm is disabled, and refuses every caller.", advise: (*draft).enableRealm}
	BadClientCredentials = &Verdict{id: "bad-client-credentials",
		cause: "The token endpoint does not accept the client: there is none of this id, its secret is wrong or missing, or it has to prove itself by something else than a secret; without an admin's login, it may also be disabled.", advise: (*draft).rightSecret} // #nosec G101 -- the name of a verdict
	ClientDisabled = &Verdict{id: "client-disabled",
		cause: "The client is disabled: it gets no token, and those that it has are refused.", advise: (*draft).enableClient}
	ServiceAccountOff = &Verdict{id: "service-account-off",
		cause: "The client has no service account (service account roles are off, or it is bearer-only), or the user of it is disabled.", advise: (*draft).serviceAccountOn}
	PublicClient = &Verdict{id: "public-client",
		cause: "The client is public (client authentication is off), and gets no token by client_credentials.", advise: (*draft).makeConfidential}
	BadScope = &Verdict{id: "bad-scope",
		cause: "The token request asks for a scope that the client may not have.", advise: correctCall}
)

var clientVerdicts = []*Verdict{RealmNotFound, RealmDisabled, BadClientCredentials, ClientDisabled, ServiceAccountOff, PublicClient, BadScope}

// logIn gets the admin, if there is one, a token. A refusal is an error; that the server is out of reach is left to the gates.
func (x *examination) logIn(ctx context.Context) error {
	if x.o.Admin == nil {
		return nil
	}
	admin, err := x.server.Login(ctx, *x.o.Admin)
	if err == nil {
		x.admin, *x.o.Admin = admin, admin.Credentials() // for another diagnosis, without another one-time code
		if x.o.Admin.Token.Empty() {
			x.issued(admin.IssuedAt())
		}
		version, err := admin.Version(ctx)
		if failure.KindOf(err) == failure.Canceled || refusedAsAdmin(err) {
			return err
		}
		x.version, x.versionReported = version, version != ""
		return nil
	}
	switch failure.KindOf(err) {
	case failure.AdminRefused, failure.BadInput, failure.Canceled:
		return err
	case failure.NotFound:
		// The admin's realm is not there, or no Keycloak is: the call itself will tell.
	default:
	}
	x.unseen("What the server's configuration says: the admin could not log in (%s)", msg.Of(err).Map(x.o.Recorder.Mask).Clause())
	return nil
}

// refusedAsAdmin reports whether the admin API did not accept the admin's token at all.
func refusedAsAdmin(err error) bool {
	var refused *failure.Error
	return errors.As(err, &refused) && refused.Kind == failure.AdminRefused && refused.Status == http.StatusUnauthorized
}

// tokenPath returns the token endpoint of the client's realm.
func (x *examination) tokenPath() string {
	return "/realms/" + url.PathEscape(x.o.Realm) + "/protocol/openid-connect/token"
}

// requestToken asks for a token by client credentials, as it stands.
func (x *examination) requestToken(ctx context.Context, purpose msg.Format) (*wire.Reply, error) {
	return x.requestScope(ctx, purpose, x.o.Scope)
}

// requestScope asks for a token of a scope; "" is the client's own.
func (x *examination) requestScope(ctx context.Context, purpose msg.Format, scope string) (*wire.Reply, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {x.o.ClientID}}
	if !x.o.Secret.Empty() {
		form.Set("client_secret", x.o.Secret.Reveal())
	}
	if scope != "" {
		form.Set("scope", scope)
	}
	reply, err := x.server.Send(ctx, keycloak.Request{Purpose: msg.New(purpose), Method: http.MethodPost, Path: x.tokenPath(), Form: form})
	return &reply, err
}

// clientGate is the token endpoint, which decides about the client.
type clientGate struct{}

// pass gets a token by client credentials, unless one was given.
func (clientGate) pass(ctx context.Context, x *examination) error {
	if x.o.Given || x.bare {
		return nil
	}
	reply, err := x.requestToken(ctx, "get a token by client credentials")
	if err := (reachGate{reply, err}).pass(ctx, x); err != nil || x.stopped() {
		return err
	}
	if reply.Exchange.Status == http.StatusOK {
		access := answer.AccessToken(reply.Body)
		token, err := token.Decode(access)
		if err != nil {
			x.d.Exchange, x.d.Status = &reply.Exchange, reply.Exchange.Status
			x.observed(OnWire, "The token endpoint answered 200 without a usable access token.")
			x.stop(gate.Reach, NotKeycloak, Likely, "The token endpoint answered 200, but without an access token that could be read: something may answer in Keycloak's place at %s.", x.server.URL())
			return nil //nolint:nilerr // the verdict says it
		}
		x.raw, x.token = wire.NewSecret("Bearer "+access), token
		x.issued(token.IssuedAt)
		x.o.Recorder.Hide(wire.NewSecret(access))
		x.observed(OnWire, "The token endpoint gave the client %s a token.", x.o.ClientID)
		return nil
	}
	x.d.Exchange, x.d.Status = &reply.Exchange, reply.Exchange.Status
	x.observed(OnWire, "The token endpoint answered %s.", answer.Words(reply))
	return x.refusedAtClient(ctx, reply)
}

// refusedAtClient puts the token endpoint's refusal into words (FACTS, section 6).
func (x *examination) refusedAtClient(ctx context.Context, reply *wire.Reply) error {
	if err := x.lookAtClient(ctx); err != nil {
		return err
	}
	see := &x.view
	client, realm := x.o.ClientID, x.o.Realm
	reason, description := reply.Words()
	switch {
	case reply.Exchange.Status == http.StatusNotFound && reason == "Realm does not exist":
		return x.noRealm(ctx, gate.Client)
	case description == "Realm not enabled":
		x.stop(gate.Client, RealmDisabled, Proved, "The realm %s is disabled, so its token endpoint refuses everybody: enable it, if it was not switched off on purpose.", realm)
	case reason == "invalid_scope":
		x.stop(gate.Client, BadScope, Proved, "The token request asks for a scope that the client %s may not have (%s): ask without it. Roles of realm-management do not come by a scope parameter.", client, description)
	case x.builtIn() && !keepsFromTokens(description, see.Client).Empty():
		x.clue.builtIn = true
		x.stop(gate.Client, builtInVerdict(description), Proved, "The client %s is one of Keycloak's own and gets no token of its own: %s. It stays as it is, since Keycloak relies on it: create a client with client authentication and service account roles, and call with that.", client, keepsFromTokens(description, see.Client))
	case strings.HasPrefix(description, "Public client not allowed"):
		x.stop(gate.Client, PublicClient, Proved, "The client %s is public: it has no secret, cannot prove who it is, and gets no token of its own. Switch client authentication and service account roles on.", client)
	case strings.HasPrefix(description, "Client not enabled to retrieve service account"):
		x.stop(gate.Client, ServiceAccountOff, Proved, "The client %s has no service account, and so nobody in whose name client_credentials could give a token: switch service account roles on.", client)
	case isBearerOnly(description, see.Client):
		x.clue.bearerOnly = true
		x.stop(gate.Client, ServiceAccountOff, Proved, "The client %s is bearer-only: it only checks tokens and gets none of its own, so it has no service account. Switch bearer-only off and service account roles on.", client)
	case strings.HasPrefix(description, "User '") && strings.HasSuffix(description, "' disabled"):
		x.clue.accountDisabled = true
		x.stop(gate.Client, ServiceAccountOff, Proved, "The user behind the client's service account is disabled, so the client gets no token: enable the user service-account-%s.", strings.ToLower(client))
	case see.Client != nil && !see.Client.Enabled:
		x.stop(gate.Client, ClientDisabled, Proved, "The client %s is disabled, and the token endpoint says no more than that something about the client is wrong: enable it, if it was not switched off on purpose.", client)
	case see.NoClient:
		x.stop(gate.Client, BadClientCredentials, Proved, "The realm %s has no client %s: the client id is wrong, or the realm is. Both are case sensitive.", realm, client)
		if len(see.Similar) > 0 {
			x.also(msg.New("There is %s.", phrase.And(see.Similar)))
		}
	case see.Client != nil && see.Client.Authenticator != "" && see.Client.Authenticator != "client-secret":
		x.stop(gate.Client, BadClientCredentials, Proved, "The client %s does not prove itself by a client secret but by %s, as its configuration says: send what that needs in place of client_secret.", client, see.Client.Authenticator)
	case see.Client != nil && !see.Client.Secret.Empty() && see.Client.Secret.Reveal() != x.o.Secret.Reveal():
		if x.o.Secret.Empty() {
			x.observed(AtServer, "The secret that was sent is missing, by the client's configuration.")
			x.stop(gate.Client, BadClientCredentials, Proved, "The client secret is missing: take the one from the client's Credentials tab.")
			break
		}
		x.observed(AtServer, "The secret that was sent is not the client's, by the client's configuration.")
		x.stop(gate.Client, BadClientCredentials, Proved, "The client secret is not the client's: take the one from the client's Credentials tab.")
	case reason == "invalid_client":
		x.stop(gate.Client, BadClientCredentials, Likely, "The token endpoint does not accept the client %s: there is probably no enabled client of this id in realm %s. Check id and realm, which are case sensitive, and whether the client is enabled.", client, realm)
		x.unseen("Whether the client is unknown or disabled: the token endpoint says the same of both. An admin can see it.")
	case reason == "unauthorized_client" && strings.HasPrefix(description, "Invalid client"):
		what := msg.New("probably wrong")
		if x.o.Secret.Empty() {
			what = msg.New("missing")
		}
		x.stop(gate.Client, BadClientCredentials, Likely, "The token endpoint does not accept the client's credentials: the secret is %s. Take it from the client's Credentials tab.", what)
		x.unseen("The client's right secret, and whether it proves itself by a secret at all: an admin can see it.")
	case description != "" || reason != "":
		x.stop(gate.Client, Undetermined, Likely, "The token endpoint refused the client %s for a reason that fix403 does not know: %s.", client, strings.TrimSuffix(cmp.Or(description, reason), "."))
		x.unseen("What this reason means: the server's log says more (event CLIENT_LOGIN_ERROR).")
	default:
		x.stop(gate.Reach, NotKeycloak, Likely, "The token endpoint answered %s, which is not how Keycloak refuses.", answer.Words(reply))
	}
	return nil
}

// builtIn reports whether the client is one that Keycloak makes by itself, in every realm or, as X-realm, for a realm in master.
func (x *examination) builtIn() bool { return isBuiltIn(x.o.ClientID, x.o.Realm) }

func isBuiltIn(clientID, realm string) bool {
	switch clientID {
	case "account", "account-console", "admin-cli", "broker", keycloak.RealmManagement, "security-admin-console":
		return true
	}
	return realm == "master" && strings.HasSuffix(clientID, "-realm")
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

func builtInVerdict(description string) *Verdict {
	if strings.HasPrefix(description, "Public client not allowed") {
		return PublicClient
	}
	return ServiceAccountOff
}

func (a *draft) enableRealm() bool {
	a.EnableRealm()
	return true
}

// rightSecret is for credentials that the token endpoint refuses; false where nothing can be named.
func (a *draft) rightSecret() bool {
	see := &a.x.view
	switch {
	case see.NoClient && len(see.Similar) == 1:
		a.ClientID = see.Similar[0]
	case see.NoClient, see.Client != nil && see.Client.Authenticator != "" && see.Client.Authenticator != "client-secret":
		return false
	}
	a.OpenClient()
	a.ReadSecret()
	return true
}

func (a *draft) enableClient() bool {
	a.EnableClient()
	return true
}

// serviceAccountOn is for a client that gets no token of its own.
func (a *draft) serviceAccountOn() bool {
	if a.x.clue.accountDisabled {
		a.EnableServiceAccount()
		return true
	}
	a.GiveServiceAccount(a.x.clue.bearerOnly)
	a.grantSmallest()
	if a.x.clue.bearerOnly {
		a.ReadSecret()
	}
	return true
}

func (a *draft) makeConfidential() bool {
	a.MakeConfidential()
	a.grantSmallest()
	a.ReadSecret()
	return true
}
