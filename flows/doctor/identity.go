package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/requests"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// The verdicts of the gate of identity.
var (
	NoBearerToken = &Verdict{id: "no-bearer-token",
		cause: "The call carries no access token: the Authorization header is missing or empty, or has another scheme than Bearer.", advise: correctCall}
	MalformedToken = &Verdict{id: "malformed-token",
		cause: "What the header carries is no token as Keycloak issued it: it was cut, quoted or changed, is not signed, has something around it, or is larger than the server takes.", advise: correctCall}
	TokenExpired = &Verdict{id: "token-expired",
		cause: "The token has expired (exp) by the server's clock.", advise: correctCall}
	ClockSkew = &Verdict{id: "clock-skew",
		cause: "Two clocks disagree: by one of them the token has expired or is not valid yet, and by the other it is good.", advise: correctCall}
	IssuerMismatch = &Verdict{id: "issuer-mismatch",
		cause: "The token's issuer (iss) is not that of the realm at this address: it was got at another address or from another server.", advise: correctCall}
	UnknownSigningKey = &Verdict{id: "unknown-signing-key",
		cause: "The key that signed the token (kid) is none of the realm's.", advise: correctCall}
	WrongTokenType = &Verdict{id: "wrong-token-type",
		cause: "The token is of another type (typ) than Bearer: a refresh token or an ID token, for example.", advise: correctCall}
	TokenRevoked = &Verdict{id: "token-revoked",
		cause: "The token is genuine and not expired, and is not good any more: it is older than a not-before time, its user is disabled or gone, its client is gone, or it was revoked or its session has ended.", advise: (*draft).enableUser}
)

var identityVerdicts = []*Verdict{NoBearerToken, MalformedToken, TokenExpired, ClockSkew, IssuerMismatch, UnknownSigningKey, WrongTokenType, AudienceMissing, TokenRevoked, ClientDisabled, ServiceAccountOff}

// enableUser is for a token that is refused: a user who is disabled is enabled. Where the client or the user is gone, there is
// no caller left.
func (a *draft) enableUser() bool {
	see := &a.x.view
	if see.Account != nil && !see.Account.Enabled {
		a.EnableUser(a.x.home(), see.Account.ID, see.Account.Username)
	}
	return !see.NoClient && !see.NoAccount
}

// skewThatMatters is how far this machine's clock may be from the server's before it explains anything: the Date header
// has whole seconds, and the answer was on its way for some.
const skewThatMatters = 30 * time.Second

// identityGate decides whether the token is genuine, current and issued here.
type identityGate struct{}

// pass makes the call, and finds out why its token is not accepted.
func (identityGate) pass(ctx context.Context, x *examination) error {
	if strings.ContainsFunc(x.raw.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		x.observed(InToken, "The value of the Authorization header has line breaks or other control characters in it.")
		x.stop(gate.Identity, MalformedToken, Proved, "The token has line breaks or other control characters in it, and cannot be sent in a header: send the access token alone, on one line.")
		return nil
	}
	if err := x.makeCall(ctx); err != nil || x.stopped() {
		return err
	}
	switch status := x.reply.Exchange.Status; {
	case status == http.StatusUnauthorized, status >= 500, status == http.StatusRequestHeaderFieldsTooLarge:
		return x.tokenRefused(ctx)
	case status == http.StatusForbidden && x.token == nil && x.withoutToken(Likely):
		x.unseen("Who refused the call: Keycloak answers 401 where it can read no token, so this 403 probably comes from something in front of it, or that replaced the token by another.")
	}
	return nil
}

// withoutToken judges a call that carries nothing that Keycloak could read as a token, and reports whether it is such a call.
func (x *examination) withoutToken(c Certainty) bool {
	header := x.raw.Reveal()
	scheme, rest, _ := strings.Cut(header, " ")
	stop := func(v *Verdict, format texts.Text, values ...any) {
		x.stop(gate.Identity, v, c, format, values...)
	}
	const theForm texts.Text = "It must read \"Authorization: Bearer\", one space, and the access token, with nothing around it."
	switch {
	case strings.TrimSpace(header) == "":
		stop(NoBearerToken, "The call carries no Authorization header, so nobody is calling: get an access token from the token endpoint and send it. %s", theForm)
	case !strings.EqualFold(scheme, "bearer"):
		stop(NoBearerToken, "The Authorization header has the scheme %s; the admin API takes only Bearer: get an access token from the token endpoint and send it.", phrase.Scheme(scheme))
	case strings.TrimSpace(rest) == "":
		stop(NoBearerToken, "The Authorization header has no token behind Bearer: the variable or field that should hold it is empty.")
	case x.reply.Exchange.Status == http.StatusRequestHeaderFieldsTooLarge:
		stop(MalformedToken, "The Authorization header is larger than the server takes (431): %d bytes. Take fewer roles and claims into the token, or send only the token.", len(header))
	case strings.HasPrefix(rest, " "), strings.ContainsAny(strings.TrimSpace(rest), " \t"):
		stop(MalformedToken, "The Authorization header has more in it than one word behind Bearer. %s", theForm)
	case x.token == nil:
		stop(MalformedToken, "What is sent as the token is none%s. %s", phrase.Malformed(rest), theForm)
	default:
		return false
	}
	return true
}

// tokenRefused works out from the token why it was not accepted: all 401s of the admin API look alike.
func (x *examination) tokenRefused(ctx context.Context) error {
	status := x.reply.Exchange.Status
	stop := func(v *Verdict, c Certainty, format texts.Text, values ...any) {
		x.stop(gate.Identity, v, c, format, values...)
	}
	if x.withoutToken(Proved) {
		return nil
	}
	x.describeToken()
	t := x.token
	switch {
	case strings.EqualFold(t.Algorithm, "none"), t.Algorithm == "":
		stop(MalformedToken, Proved, "The token is not signed (its header says alg %q): Keycloak takes only tokens that it signed itself.", t.Algorithm)
		return nil
	case status >= 500:
		stop(Undetermined, Likely, "The server failed (%d) before it said anything of the token or of rights: look into its log.", status)
		x.d.Gate = gate.Reach
		x.unseen("Why the server failed: its log says.")
		return nil
	case t.Type != "" && !strings.EqualFold(t.Type, "Bearer"):
		stop(WrongTokenType, Proved, "The token is of type %s, and the admin API takes only access tokens (typ Bearer): send the field access_token of the token answer.", phrase.Type(t.Type))
		return nil
	}
	if x.atTimes(stop) {
		return nil
	}
	if done, err := x.atSignature(ctx, stop); done || err != nil {
		return err
	}
	if done, err := x.atRevocation(ctx, stop); done || err != nil {
		return err
	}
	if done, err := x.atAudience(ctx, stop); done || err != nil {
		return err
	}
	x.refusedAllTheSame(stop)
	return nil
}

type stopper func(v *Verdict, c Certainty, format texts.Text, values ...any)

// describeToken adds what the token says of itself.
func (x *examination) describeToken() {
	t := x.token
	if t == nil {
		return
	}
	who := phrase.OneLine(t.Username)
	if who == "" {
		who = phrase.OneLine(t.Subject)
	}
	x.observed(InToken, "Issued by %s for client %s, in the name of %s.", phrase.OneLine(t.Issuer), phrase.OneLine(t.AuthorizedParty), who)
}

// serverTime returns the time by the server's Date header; zero without one.
func (x *examination) serverTime() time.Time {
	at, err := http.ParseTime(x.reply.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// atTimes compares the token's times with the server's clock, and that with this machine's.
func (x *examination) atTimes(stop stopper) (done bool) {
	t, here := x.token, x.o.Now()
	server, known := x.serverTime(), true
	var seen texts.Text = "By the server's Date header it is %s, by this machine's clock %s."
	switch {
	case !server.IsZero():
	case x.aheadKnown:
		server, seen = here.Add(x.ahead), "By the time in a token that was issued just now it is %s at the server, by this machine's clock %s."
	default:
		server, known = here, false
		x.unseen("The server's clock: its answer had no Date header, and this machine's clock was used.")
	}
	skew := here.Sub(server)
	clock := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	skewed := known && skew.Abs() > skewThatMatters
	if skewed {
		x.observed(OnWire, seen, clock(server), clock(here))
	}
	var clocks texts.Text = "this machine's clock is %s behind the server's"
	if skew > 0 {
		clocks = "this machine's clock is %s ahead of the server's"
	}
	skewWords := msg.New(clocks, skew.Abs().Round(time.Second))
	certainty := Proved
	if !known {
		certainty = Likely
	}
	switch {
	case !t.ExpiresAt.IsZero() && !server.Before(t.ExpiresAt):
		x.observed(InToken, "It expired at %s.", clock(t.ExpiresAt))
		if skewed && here.Before(t.ExpiresAt) {
			stop(ClockSkew, certainty, "The token has expired by the server's clock, though not by this machine's: %s. Set the clock, and take the token's end from expires_in.", skewWords)
			return true
		}
		stop(TokenExpired, certainty, "The token expired at %s, %s before the call: get a new one. No role fixes a 401.", clock(t.ExpiresAt), server.Sub(t.ExpiresAt).Round(time.Second))
		return true
	case !t.NotBefore.IsZero() && t.NotBefore.After(server.Add(time.Second)), t.IssuedAt.After(server.Add(skewThatMatters)):
		x.observed(InToken, "It was issued at %s and is not valid before %s.", clock(t.IssuedAt), clock(later(t.IssuedAt, t.NotBefore)))
		stop(ClockSkew, Likely, "The token comes from the future by the server's clock: the clocks of the machine that issued it and of the one that checks it differ. Set the clocks (NTP).")
		return true
	case skewed && !t.ExpiresAt.IsZero() && !here.Before(t.ExpiresAt):
		x.observed(InToken, "It expired at %s.", clock(t.ExpiresAt))
		stop(ClockSkew, Likely, "The token has expired by this machine's clock and not by the server's: %s, and so nothing that compares times can be trusted. Set the clocks (NTP).", skewWords)
		return true
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// atSignature compares issuer, key and signature with what the realm of the token publishes at this address.
func (x *examination) atSignature(ctx context.Context, stop stopper) (done bool, _ error) {
	t := x.token
	realm := t.Realm()
	if realm == "" {
		stop(IssuerMismatch, Proved, "The token's issuer (%s) is no realm of a Keycloak: it was issued by something else.", phrase.Or(phrase.OneLine(t.Issuer), "none"))
		return true, nil
	}
	reply, err := x.server.Send(ctx, keycloak.Request{Purpose: msg.New("who issues tokens here?"), Method: http.MethodGet, Path: "/realms/" + url.PathEscape(requests.Unescape(realm)) + "/.well-known/openid-configuration"})
	if err := ctx.Err(); err != nil {
		return true, err
	}
	var discovery struct {
		Issuer string `json:"issuer"`
	}
	switch {
	case err == nil && reply.Exchange.Status == http.StatusOK && json.Unmarshal(reply.Body, &discovery) == nil && discovery.Issuer != "":
		if discovery.Issuer != t.Issuer {
			x.observed(OnWire, "Asked at this address, the realm issues tokens as %s.", phrase.OneLine(discovery.Issuer))
			elsewhere := msg.New("It was probably got at another address of this server, or at another server")
			if known, err := x.knowsKey(ctx, realm); err != nil {
				return true, err
			} else if known {
				elsewhere = msg.New("Its key is one of this realm, so it was got from this server at another address")
			}
			stop(IssuerMismatch, Proved, "The token was issued by %s, and here the issuer is %s. %s: get the token at the same address at which the call is made (or give the server one name for all, by its setting hostname).", phrase.OneLine(t.Issuer), phrase.OneLine(discovery.Issuer), elsewhere)
			return true, nil
		}
	case err == nil && reply.Exchange.Status == http.StatusNotFound:
		x.observed(OnWire, "There is no realm %s on this server.", phrase.OneLine(realm))
		stop(IssuerMismatch, Proved, "The token was issued by the realm %s of %s, and this server has no such realm: the token is of another server, or of a realm that is gone.", phrase.OneLine(realm), phrase.OneLine(t.Issuer))
		return true, nil
	default:
		x.unseen("Whether the token's issuer is this realm: its discovery document could not be read.")
	}
	keys, err := x.keys(ctx, realm)
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if err != nil {
		x.unseen("Whether the token's signature is right: the realm's keys could not be read.")
		return false, nil //nolint:nilerr // said in NotChecked
	}
	i := slices.IndexFunc(keys, func(k token.PublicKey) bool { return k.ID == t.KeyID })
	if i < 0 && strings.HasPrefix(strings.ToUpper(t.Algorithm), "HS") {
		x.secretlySigned = true
		x.unseen("Whether the token's signature is right: it was made with a secret key (%s), and no server publishes those.", phrase.OneLine(t.Algorithm))
		return false, nil
	}
	if i < 0 {
		x.observed(InToken, "It was signed with the key %s (%s).", phrase.Or(phrase.OneLine(t.KeyID), "without an id"), phrase.OneLine(t.Algorithm))
		x.observed(OnWire, "The realm publishes the keys %s.", keyIDs(keys))
		stop(UnknownSigningKey, Proved, "The token was signed with a key that the realm %s does not have: it is of another server or of an earlier realm of this name, or the key was removed. Get a new token from this server.", phrase.OneLine(realm))
		return true, nil
	}
	if err := keys[i].Verify(requests.Bearer(x.raw.Reveal())); err != nil {
		x.observed(InToken, "Its signature does not fit what it says, by the realm's key %s.", t.KeyID)
		stop(MalformedToken, Proved, "The token's signature is wrong: it was changed, cut or put together by hand after the server signed it. Send the access token as it came.")
		return true, nil //nolint:nilerr // the verdict says it
	}
	x.observed(InToken, "Issuer, key and signature are right, and it has not expired.")
	return false, nil
}

func (x *examination) keys(ctx context.Context, realm string) ([]token.PublicKey, error) {
	reply, err := x.server.Send(ctx, keycloak.Request{Purpose: msg.New("the realm's keys"), Method: http.MethodGet, Path: "/realms/" + url.PathEscape(requests.Unescape(realm)) + "/protocol/openid-connect/certs"})
	if err != nil {
		return nil, err
	}
	return token.ParseKeys(reply.Body)
}

func (x *examination) knowsKey(ctx context.Context, realm string) (bool, error) {
	keys, err := x.keys(ctx, realm)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil && slices.ContainsFunc(keys, func(k token.PublicKey) bool { return k.ID == x.token.KeyID }), nil
}

func keyIDs(keys []token.PublicKey) msg.Message {
	var ids []string
	for _, k := range keys {
		ids = append(ids, phrase.OneLine(k.ID))
	}
	return phrase.Listed(ids, "(none)")
}

// atRevocation is for a token that is sound and was refused all the same: an admin sees whether it, or something behind it, was
// switched off.
func (x *examination) atRevocation(ctx context.Context, stop stopper) (done bool, _ error) {
	if err := x.lookAtClient(ctx); err != nil {
		return true, err
	}
	if err := x.lookAtAccount(ctx); err != nil {
		return true, err
	}
	see, t := &x.view, x.token
	ofServiceAccount := t.Username == "" || strings.HasPrefix(t.Username, "service-account-")
	for _, limit := range []struct {
		at   time.Time
		what texts.Text
	}{{see.RealmNotBefore(), "realm"}, {see.ClientNotBefore(), "client"}, {see.AccountNotBefore(), "user"}} {
		if t.IssuedAt.Before(limit.at) {
			x.observed(AtServer, "The %s takes no token from before %s.", limit.what, limit.at.UTC().Format(time.RFC3339))
			stop(TokenRevoked, Proved, "The token is older than the not-before time of the %s, which revokes all older tokens: get a new one.", limit.what)
			return true, nil
		}
	}
	switch {
	case see.Client != nil && !see.Client.Enabled:
		stop(ClientDisabled, Proved, "The client %s is disabled, so its tokens are refused as if they were nobody's: enable it, if it was not switched off on purpose.", see.Client.ClientID)
	case see.NoClient:
		stop(TokenRevoked, Proved, "The client %s of the token is not there any more, and its tokens went with it: get a token for a client that is there.", x.o.ClientID)
	case see.Client != nil && !see.Client.ServiceAccounts && ofServiceAccount:
		stop(ServiceAccountOff, Proved, "Service account roles were switched off for the client %s after it got this token: switch them on and get a new token.", see.Client.ClientID)
	case see.Account != nil && !see.Account.Enabled:
		stop(TokenRevoked, Proved, "The user %s behind the token is disabled: enable it, if it was not switched off on purpose, and get a new token.", see.Account.Username)
	case see.NoAccount:
		stop(TokenRevoked, Proved, "The user behind the token is not there any more: get a new token.")
	default:
		return false, nil
	}
	return true, nil
}

// refusedAllTheSame is for a token that is refused for a reason that nothing shows.
func (x *examination) refusedAllTheSame(stop stopper) {
	if x.secretlySigned {
		v := TokenRevoked
		if !x.o.Given {
			v = Undetermined
		}
		stop(v, Likely, "The token has not expired and is refused. It is signed with a secret key (%s), so nothing here shows whether it is genuine: it was probably revoked, or its session or client ended, or it is of another server. Get a new one.", phrase.OneLine(x.token.Algorithm))
		x.unseen("Whether the token itself was revoked, or its session ended: nothing shows that but the introspection endpoint.")
		return
	}
	if !x.o.Given {
		stop(Undetermined, Likely, "The token is new and genuine, and is refused all the same (401), as if it had not arrived: something between here and Keycloak may take the Authorization header away or put another in its place.")
		x.unseen("Whether the header reaches Keycloak: make the call at Keycloak's own address, past every proxy, and look at the server's log.")
		return
	}
	stop(TokenRevoked, Likely, "The token is genuine and has not expired, and is refused all the same: it was probably revoked, or its session or client ended. Get a new one.")
	x.unseen("Whether the token itself was revoked, or its session ended: nothing shows that but the introspection endpoint.")
}
