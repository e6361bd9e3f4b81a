package caller

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/proof"
	"fix403/flows/gate"
	"fix403/flows/requests"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// The verdicts of the gate of identity.
var (
	NoBearerToken = &exam.Verdict{ID: "no-bearer-token",
		Cause: "The call carries no access token: the Authorization header is missing or empty, or has a scheme other than Bearer.", Advise: exam.CorrectCall}
	MalformedToken = &exam.Verdict{ID: "malformed-token",
		Cause: "The header does not carry a token as Keycloak issued it: it was cut, quoted or changed, is not signed, has something around it, or is larger than the server accepts.", Advise: exam.CorrectCall}
	TokenExpired = &exam.Verdict{ID: "token-expired",
		Cause: "The token has expired (exp) by the server's clock.", Advise: exam.CorrectCall}
	ClockSkew = &exam.Verdict{ID: "clock-skew",
		Cause: "Two clocks disagree: by one of them the token has expired or is not valid yet, by the other it is valid.", Advise: exam.CorrectCall}
	IssuerMismatch = &exam.Verdict{ID: "issuer-mismatch",
		Cause: "The token's issuer (iss) is not that of the realm at this address: it was obtained at another address or from another server.", Advise: exam.CorrectCall}
	UnknownSigningKey = &exam.Verdict{ID: "unknown-signing-key",
		Cause: "The key that signed the token (kid) is not one of the realm's.", Advise: exam.CorrectCall}
	WrongTokenType = &exam.Verdict{ID: "wrong-token-type",
		Cause: "The token is of a type (typ) other than Bearer: a refresh token or an ID token, for example.", Advise: exam.CorrectCall}
	TokenRevoked = &exam.Verdict{ID: "token-revoked",
		Cause: "The token is genuine and has not expired, but is no longer valid: it is older than a not-before time, its user is disabled or deleted, its client is deleted, it was revoked, or its session has ended.", Advise: enableUser}
)

// IdentityVerdicts are those of this gate.
var IdentityVerdicts = []*exam.Verdict{NoBearerToken, MalformedToken, TokenExpired, ClockSkew, IssuerMismatch, UnknownSigningKey, WrongTokenType, AudienceMissing, TokenRevoked, ProofMissing, ClientDisabled, ServiceAccountOff}

// enableUser is for a token that is refused: a user who is disabled is enabled. Where the client or the user is gone, there is
// no caller left.
func enableUser(a *exam.Draft) bool {
	see := &a.X.View
	if see.Account != nil && !see.Account.Enabled {
		a.EnableUser(a.X.Home(), see.Account.ID, see.Account.Username)
	}
	return !see.NoClient && !see.NoAccount
}

// skewThatMatters is how far this machine's clock may be from the server's before it explains anything: the Date header
// has whole seconds, and the answer was on its way for some.
const skewThatMatters = 30 * time.Second

// IdentityGate decides whether the token is genuine, current and issued here.
type IdentityGate struct{}

// Pass makes the call, and finds out why its token is not accepted.
func (IdentityGate) Pass(ctx context.Context, x *exam.Examination) error {
	if strings.ContainsFunc(x.Authorization.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		x.Observed(exam.InToken, "The value of the Authorization header has line breaks or other control characters in it.")
		x.Stop(gate.Identity, MalformedToken, exam.AllSeen, "The token has line breaks or other control characters in it, and cannot be sent in a header: send the access token alone, on one line.")
		return nil
	}
	if err := makeCall(ctx, x); err != nil || x.Stopped() {
		return err
	}
	other := x.Beside()
	switch status := x.Reply.Exchange.Status; {
	case status == http.StatusNotImplemented, other != nil && (status != http.StatusUnauthorized || other.Caller != beside.ByToken || other.ID == "registration"): // is of the gate behind this one
	case status == http.StatusUnauthorized, status >= 500, status == http.StatusRequestHeaderFieldsTooLarge:
		return tokenRefused(ctx, x)
	case status == http.StatusForbidden && x.Token == nil && withoutToken(x, exam.Or("What refused the call: Keycloak answers 401 where it cannot read a token, so this 403 probably comes from something in front of it, or something replaced the token.")):
	}
	return nil
}

// withoutToken judges a call that carries nothing that Keycloak could read as a token, and reports whether it is such a call.
func withoutToken(x *exam.Examination, because exam.Because) bool {
	header := x.Authorization.Reveal()
	scheme, rest, _ := strings.Cut(header, " ")
	stop := func(v *exam.Verdict, format texts.Text, values ...any) {
		x.Stop(gate.Identity, v, because, format, values...)
	}
	const theForm texts.Text = "It must read \"Authorization: Bearer\", one space, and the access token, with nothing around it."
	switch {
	case strings.TrimSpace(header) == "":
		stop(NoBearerToken, "The call carries no Authorization header, so the server cannot know the caller: get an access token from the token endpoint and send it. %s", theForm)
	case !strings.EqualFold(scheme, "bearer") && (!strings.EqualFold(scheme, "dpop") || x.Token == nil):
		stop(NoBearerToken, "The Authorization header has the scheme %s, which does not carry access tokens: get one from the token endpoint, and send it with the scheme Bearer.", phrase.Scheme(scheme))
	case strings.TrimSpace(rest) == "":
		stop(NoBearerToken, "The Authorization header has no token after Bearer: the variable or field that should hold it is empty.")
	case x.Reply.Exchange.Status == http.StatusRequestHeaderFieldsTooLarge:
		stop(MalformedToken, "The Authorization header is larger than the server accepts (431): %d bytes. Put fewer roles and claims into the token, or send only the token.", len(header))
	case strings.HasPrefix(rest, " "), strings.ContainsAny(strings.TrimSpace(rest), " \t"):
		stop(MalformedToken, "The Authorization header has more than one word after Bearer. %s", theForm)
	case x.Token == nil:
		stop(MalformedToken, "What is sent is not a token%s. %s", phrase.Malformed(rest), theForm)
	default:
		return false
	}
	return true
}

// tokenRefused works out from the token why it was not accepted: all 401s of the admin API look alike.
func tokenRefused(ctx context.Context, x *exam.Examination) error {
	status := x.Reply.Exchange.Status
	stop := func(v *exam.Verdict, because exam.Because, format texts.Text, values ...any) {
		x.Stop(gate.Identity, v, because, format, values...)
	}
	if withoutToken(x, exam.AllSeen) {
		return nil
	}
	x.DescribeToken()
	t := x.Token
	switch {
	case strings.EqualFold(t.Algorithm, "none"), t.Algorithm == "":
		stop(MalformedToken, exam.AllSeen, "The token is not signed (its header has alg %q): Keycloak accepts only tokens that it signed itself.", t.Algorithm)
		return nil
	case status >= 500:
		stop(exam.Undetermined, exam.Or("Why the server failed: see its log."), "The server failed (%d) before it checked the token or the rights: see its log.", status)
		x.Diagnosis.Gate = gate.Reach
		return nil
	case t.Type != "" && !strings.EqualFold(t.Type, "Bearer") && !proof.BindingOf(t).ByDPoP():
		if err := x.LookAtAccount(ctx); err != nil { // a session may be a client's own, where it gets refresh tokens
			return err
		}
		stop(WrongTokenType, exam.AllSeen, "The token is of type %s, and the admin API accepts only access tokens (typ Bearer): send the field access_token of the token response.", phrase.Type(t.Type))
		return nil
	}
	if err := learnClock(ctx, x); err != nil {
		return err
	}
	if atTimes(x, stop) {
		return nil
	}
	if done, err := atSignature(ctx, x, stop); done || err != nil {
		return err
	}
	if atBinding(x, stop) {
		return nil
	}
	if done, err := atRevocation(ctx, x, stop); done || err != nil {
		return err
	}
	if x.Beside() != nil {
		return nil // its own reasons come behind the token's
	}
	if done, err := atAudience(ctx, x, stop); done || err != nil {
		return err
	}
	return refusedAllTheSame(ctx, x, stop)
}

// serverTime returns the time by the server's Date header; zero without one.
func serverTime(x *exam.Examination) time.Time {
	at, err := http.ParseTime(x.Reply.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// atTimes compares the token's times with the server's clock, and that with this machine's.
func atTimes(x *exam.Examination, stop exam.Stopper) (done bool) {
	t, here := x.Token, x.Options.Now()
	server, known := serverTime(x), true
	var seen texts.Text = "According to its Date header it is %s at the server, and %s by this machine's clock."
	switch {
	case !server.IsZero():
	case x.AheadKnown:
		server, seen = here.Add(x.Ahead), "According to a token issued just now it is %s at the server, and %s by this machine's clock."
	default:
		server, known = here, false
	}
	skew := here.Sub(server)
	clock := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	skewed := known && skew.Abs() > skewThatMatters
	if skewed {
		x.Observed(exam.OnWire, seen, clock(server), clock(here))
	}
	var clocks texts.Text = "this machine's clock is %s behind the server's"
	if skew > 0 {
		clocks = "this machine's clock is %s ahead of the server's"
	}
	skewWords := msg.New(clocks, skew.Abs().Round(time.Second))
	because := exam.AllSeen
	if !known {
		because = exam.But("The server's clock: its answer had no Date header, and this machine's clock was used.")
	}
	switch {
	case !t.ExpiresAt.IsZero() && !server.Before(t.ExpiresAt):
		x.Observed(exam.InToken, "It expired at %s.", clock(t.ExpiresAt))
		if skewed && here.Before(t.ExpiresAt) {
			stop(ClockSkew, because, "The token has expired by the server's clock, though not by this machine's: %s. Set the clock, and use expires_in for the token's lifetime.", skewWords)
			return true
		}
		stop(TokenExpired, because, "The token expired at %s, %s before the call: get a new one. No role fixes a 401.", clock(t.ExpiresAt), server.Sub(t.ExpiresAt).Round(time.Second))
		return true
	case !t.NotBefore.IsZero() && t.NotBefore.After(server.Add(time.Second)), t.IssuedAt.After(server.Add(skewThatMatters)):
		x.Observed(exam.InToken, "It was issued at %s and is not valid before %s.", clock(t.IssuedAt), clock(later(t.IssuedAt, t.NotBefore)))
		stop(ClockSkew, because.But("That only the times explain the refusal."), "By the server's clock the token was issued in the future: the clocks of the issuing and the checking machine differ. Set the clocks (NTP).")
		return true
	case skewed && !t.ExpiresAt.IsZero() && !here.Before(t.ExpiresAt):
		x.Observed(exam.InToken, "It expired at %s.", clock(t.ExpiresAt))
		stop(ClockSkew, because.Or("Whether the clocks explain the refusal: by the server's clock the token is valid. The same call with a new token would show it."), "The token has expired by this machine's clock but not by the server's: %s, so no comparison of times can be trusted. Set the clocks (NTP).", skewWords)
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
func atSignature(ctx context.Context, x *exam.Examination, stop exam.Stopper) (done bool, _ error) {
	t := x.Token
	realm := t.Realm()
	if realm == "" {
		stop(IssuerMismatch, exam.AllSeen, "The token's issuer (%s) is not a Keycloak realm: something else issued it.", phrase.Or(phrase.OneLine(t.Issuer), "none"))
		return true, nil
	}
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("who issues tokens here?"), Method: http.MethodGet, Path: "/realms/" + url.PathEscape(requests.Unescape(realm)) + "/.well-known/openid-configuration", Header: addressed(x.Options.Header)})
	if err := ctx.Err(); err != nil {
		return true, err
	}
	var discovery struct {
		Issuer string `json:"issuer"`
	}
	switch {
	case err == nil && reply.Exchange.Status == http.StatusOK && json.Unmarshal(reply.Body, &discovery) == nil && discovery.Issuer != "":
		if discovery.Issuer != t.Issuer {
			x.Observed(exam.OnWire, "Asked at this address, the realm issues tokens as %s.", phrase.OneLine(discovery.Issuer))
			elsewhere := msg.New("It was probably issued at another address of this server, or by another server")
			if known, err := knowsKey(ctx, x, realm); err != nil {
				return true, err
			} else if known {
				elsewhere = msg.New("Its key belongs to this realm, so this server issued it at another address")
			}
			stop(IssuerMismatch, exam.AllSeen, "The token was issued by %s, and here the issuer is %s. %s: get the token at the address to which the call is made (or give the server one name for all addresses, with its setting hostname).", phrase.OneLine(t.Issuer), phrase.OneLine(discovery.Issuer), elsewhere)
			return true, nil
		}
	case err == nil && reply.Exchange.Status == http.StatusNotFound:
		x.Observed(exam.OnWire, "This server has no realm %s.", phrase.OneLine(realm))
		stop(IssuerMismatch, exam.AllSeen, "The token was issued by the realm %s of %s, and this server has no such realm: the token is from another server or from a deleted realm.", phrase.OneLine(realm), phrase.OneLine(t.Issuer))
		return true, nil
	default:
		x.Unseen("Whether the token's issuer is this realm: its discovery document could not be read.")
	}
	keys, err := keys(ctx, x, realm)
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if err != nil {
		x.Unseen("Whether the token's signature is valid: the realm's keys could not be read.")
		return false, nil //nolint:nilerr // said in NotChecked
	}
	i := slices.IndexFunc(keys, func(k token.PublicKey) bool { return k.ID == t.KeyID })
	if i < 0 && strings.HasPrefix(strings.ToUpper(t.Algorithm), "HS") {
		x.SecretlySigned = true
		x.Unseen("Whether the token's signature is valid: it was made with a secret key (%s), which servers do not publish.", phrase.OneLine(t.Algorithm))
		return false, nil
	}
	if i < 0 {
		x.Observed(exam.InToken, "It was signed with the key %s (%s).", phrase.Or(phrase.OneLine(t.KeyID), "without an id"), phrase.OneLine(t.Algorithm))
		x.Observed(exam.OnWire, "The realm publishes the keys %s.", keyIDs(keys))
		stop(UnknownSigningKey, exam.AllSeen, "The token was signed with a key that the realm %s does not have: it is from another server or from an earlier realm of this name, or the key was removed. Get a new token from this server.", phrase.OneLine(realm))
		return true, nil
	}
	if err := keys[i].Verify(requests.Bearer(x.Authorization.Reveal())); err != nil {
		x.Observed(exam.InToken, "Its signature does not match its contents, checked with the realm's key %s.", t.KeyID)
		stop(MalformedToken, exam.AllSeen, "The token's signature is wrong: the token was changed, cut or assembled after the server signed it. Send the access token unchanged.")
		return true, nil //nolint:nilerr // the verdict says it
	}
	x.Observed(exam.InToken, "Issuer, key and signature are valid, and it has not expired.")
	return false, nil
}

func keys(ctx context.Context, x *exam.Examination, realm string) ([]token.PublicKey, error) {
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("the realm's keys"), Method: http.MethodGet, Path: "/realms/" + url.PathEscape(requests.Unescape(realm)) + "/protocol/openid-connect/certs"})
	if err != nil {
		return nil, err
	}
	return token.ParseKeys(reply.Body)
}

func knowsKey(ctx context.Context, x *exam.Examination, realm string) (bool, error) {
	keys, err := keys(ctx, x, realm)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil && slices.ContainsFunc(keys, func(k token.PublicKey) bool { return k.ID == x.Token.KeyID }), nil
}

func keyIDs(keys []token.PublicKey) msg.Message {
	var ids []string
	for _, k := range keys {
		ids = append(ids, phrase.OneLine(k.ID))
	}
	return phrase.Listed(ids, "(none)")
}

// addressed returns the headers of a call by which a server, or what is in front of it, learns its own address: its issuer follows from it.
func addressed(header http.Header) http.Header {
	out := header.Clone()
	out.Del("Origin")
	out.Del("Accept")
	return out
}

// atRevocation is for a token that is sound and was refused all the same: an admin sees whether it, or something behind it, was
// switched off.
func atRevocation(ctx context.Context, x *exam.Examination, stop exam.Stopper) (done bool, _ error) {
	if err := x.LookAtClient(ctx); err != nil {
		return true, err
	}
	if err := x.LookAtAccount(ctx); err != nil {
		return true, err
	}
	see, t := &x.View, x.Token
	ofServiceAccount := x.Who().Kind != exam.User
	for _, limit := range []struct {
		at   time.Time
		what texts.Text
	}{{see.RealmNotBefore(), "realm"}, {see.ClientNotBefore(), "client"}, {see.AccountNotBefore(), "user"}} {
		if t.IssuedAt.Before(limit.at) {
			x.Observed(exam.AtServer, "The %s accepts no token issued before %s.", limit.what, limit.at.UTC().Format(time.RFC3339))
			stop(TokenRevoked, exam.AllSeen, "The token is older than the not-before time of the %s, which revokes all older tokens: get a new one.", limit.what)
			return true, nil
		}
	}
	switch {
	case see.Client != nil && !see.Client.Enabled:
		stop(ClientDisabled, exam.AllSeen, "The client %s is disabled, so its tokens are refused: enable it unless it was disabled on purpose.", see.Client.ClientID)
	case see.NoClient:
		stop(TokenRevoked, exam.AllSeen, "The client %s of the token no longer exists, so its tokens are invalid: get a token for an existing client.", x.Options.ClientID)
	case see.Client != nil && !see.Client.ServiceAccounts && ofServiceAccount:
		stop(ServiceAccountOff, exam.AllSeen, "Service account roles were switched off for the client %s after it got this token: switch them on and get a new token.", see.Client.ClientID)
	case see.Account != nil && !see.Account.Enabled:
		stop(TokenRevoked, exam.AllSeen, "The user %s behind the token is disabled: enable it unless it was disabled on purpose, and get a new token.", see.Account.Username)
	case see.NoAccount:
		stop(TokenRevoked, exam.AllSeen, "The user behind the token no longer exists: get a new token.")
	default:
		return false, nil
	}
	return true, nil
}
