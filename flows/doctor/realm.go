package doctor

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// The verdicts of the gate of the realm.
var (
	RealmNotFound = &Verdict{id: "realm-not-found",
		cause: "There is no realm of this name on the server; names are case sensitive.", advise: (*draft).otherRealm}
	WrongRealm = &Verdict{id: "wrong-realm",
		cause: "The token is of another realm than that in the path, and not of master."}
)

var realmVerdicts = []*Verdict{RealmNotFound, WrongRealm}

// otherRealm is for a realm that has another name: the client's, and that of the path where it is the same.
func (a *draft) otherRealm() bool {
	x, right := a.x, a.x.clue.realm
	if right == "" {
		return false
	}
	ofClient := x.d.Gate == gate.Client
	if !ofClient || x.pathRealm == a.Realm {
		a.Path = strings.Replace(a.Path, "/realms/"+url.PathEscape(x.pathRealm), "/realms/"+url.PathEscape(right), 1)
	}
	if ofClient {
		a.Realm = right
	}
	return true
}

// realmGate decides whether there is the realm, and whether the token is of it.
type realmGate struct{}

// pass looks at the refusals that are the realm's.
func (realmGate) pass(ctx context.Context, x *examination) error {
	reason, _ := x.reply.Words()
	switch status := x.reply.Exchange.Status; {
	case status == http.StatusNotFound && reason == "Realm not found.":
		return x.noRealm(ctx, gate.Realm)
	case status == http.StatusForbidden && x.foreignToken():
		x.wrongRealm()
	case status == http.StatusForbidden:
		return x.closedRealm(ctx)
	}
	return nil
}

// noRealm is for a realm that the server says is not there.
func (x *examination) noRealm(ctx context.Context, g gate.Gate) error {
	realm := x.o.Realm
	if g == gate.Realm {
		realm = x.pathRealm
	}
	x.stop(g, RealmNotFound, Proved, "There is no realm %s on this server. Realm names are case sensitive, and the display name is not the name.", realm)
	if x.admin == nil {
		return nil
	}
	names, err := x.admin.RealmNames(ctx)
	if err != nil {
		return x.noteForbidden(err, "Which realms there are")
	}
	for _, n := range names {
		if strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(realm)) {
			x.observed(AtServer, "There is a realm %s.", n)
			x.also(msg.New("There is %s.", n))
			x.clue.realm = n
		}
	}
	return nil
}

// foreignToken reports whether the token is of another realm than the path's; those of master are let in everywhere.
func (x *examination) foreignToken() bool {
	home := x.home()
	return x.token != nil && x.token.Realm() != "" && x.pathRealm != "" && home != x.pathRealm && home != "master"
}

func (x *examination) wrongRealm() {
	home := x.home()
	x.describeToken()
	x.stop(gate.Realm, WrongRealm, Proved, "The token is of the realm %s, and the call is for %s: only tokens of the same realm, or of master, are let in, whatever roles they hold. Use a client of the realm %s, or call the realm %s.", phrase.OneLine(home), x.pathRealm, x.pathRealm, phrase.OneLine(home))
}

// closedRealm looks whether the realm refuses everybody: then a given token gets the same 403 as one without a role
// (measured on 24.0.5, 26.4.0 and 26.7.3), and only the token endpoint says why. It keeps the new token, if one comes.
func (x *examination) closedRealm(ctx context.Context) error {
	if !x.o.Given || x.o.ClientID == "" {
		return nil
	}
	reply, err := x.requestToken(ctx, "does the realm give tokens now?")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	switch _, description := reply.Words(); description {
	case "HTTPS required":
		return reachGate{reply: reply}.pass(ctx, x)
	case "Realm not enabled":
		x.observed(OnWire, "The token endpoint answered %s.", answer.Words(reply))
		x.stop(gate.Client, RealmDisabled, Proved, "The realm %s is disabled, so it refuses every caller: enable it, if it was not switched off on purpose.", x.o.Realm)
		return nil
	}
	if access := answer.AccessToken(reply.Body); access != "" && !x.o.Secret.Empty() {
		if t, err := token.Decode(access); err == nil && sameCaller(t, x.token) {
			x.newToken, x.decodedNewToken = wire.NewSecret("Bearer "+access), t
		}
	}
	return nil
}

func sameCaller(a, b *token.Token) bool {
	return a.Subject == b.Subject && a.Issuer == b.Issuer && a.AuthorizedParty == b.AuthorizedParty
}
