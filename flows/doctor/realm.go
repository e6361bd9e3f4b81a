package doctor

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// The verdicts of the gate of the realm.
const (
	// There is no realm of this name on the server; names are case sensitive.
	RealmNotFound Verdict = "realm-not-found"
	// The token is of another realm than that in the path, and not of master.
	WrongRealm Verdict = "wrong-realm"
)

var realmVerdicts = []remedy{
	{verdict: RealmNotFound, say: (*advice).otherRealm},
	{verdict: WrongRealm},
}

// otherRealm is for a realm that has another name: the client's, and that of the path where it is the same.
func (a *advice) otherRealm() bool {
	doc, right := a.doc, a.doc.d.Fix.realm
	if right == "" {
		return false
	}
	ofClient := doc.d.Gate == gate.Client
	if !ofClient || doc.pathRealm == a.realm {
		a.path = strings.Replace(a.path, "/realms/"+url.PathEscape(doc.pathRealm), "/realms/"+url.PathEscape(right), 1)
	}
	if ofClient {
		a.realm = right
	}
	return true
}

// noRealm is for a realm that the server says is not there.
func (doc *Doctor) noRealm(ctx context.Context, g gate.Gate) error {
	realm := doc.o.Realm
	if g == gate.Realm {
		realm = doc.pathRealm
	}
	doc.stop(g, RealmNotFound, Proved, "There is no realm %s on this server. Realm names are case sensitive, and the display name is not the name.", realm)
	if doc.admin == nil {
		return nil
	}
	names, err := doc.admin.RealmNames(ctx)
	if err != nil {
		return doc.tolerate(err, "Which realms there are")
	}
	for _, n := range names {
		if strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(realm)) {
			doc.observed(AtServer, "There is a realm %s.", n)
			doc.also(msg.New("There is %s.", n))
			doc.d.Fix.realm = n
		}
	}
	return nil
}

// foreignToken tells whether the token is of another realm than the path's; those of master are let in everywhere.
func (doc *Doctor) foreignToken() bool {
	home := doc.home()
	return doc.token != nil && doc.token.Realm() != "" && doc.pathRealm != "" && home != doc.pathRealm && home != "master"
}

func (doc *Doctor) wrongRealm() {
	home := doc.home()
	doc.describeToken()
	doc.stop(gate.Realm, WrongRealm, Proved, "The token is of the realm %s, and the call is for %s: only tokens of the same realm, or of master, are let in, whatever roles they hold. Use a client of the realm %s, or call the realm %s.", oneLine(home), doc.pathRealm, doc.pathRealm, oneLine(home))
}

// closedRealm looks whether the realm refuses everybody: then a given token gets the same 403 as one without a role
// (measured on 24.0.5, 26.4.0 and 26.7.3), and only the token endpoint says why. It keeps the new token, if one comes.
func (doc *Doctor) closedRealm(ctx context.Context) (done bool, _ error) {
	if !doc.o.Given || doc.o.ClientID == "" {
		return false, nil
	}
	reply, err := doc.requestToken(ctx, "does the realm give tokens now?")
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if err != nil {
		return false, nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	switch _, description := reply.Words(); description {
	case "HTTPS required":
		return doc.atReach(ctx, reply, nil)
	case "Realm not enabled":
		doc.observed(OnWire, "The token endpoint answered %s.", doc.answerWords(reply))
		doc.stop(gate.Client, RealmDisabled, Proved, "The realm %s is disabled, so it refuses every caller: enable it, if it was not switched off on purpose.", doc.o.Realm)
		return true, nil
	}
	if access := accessToken(reply.Body); access != "" && !doc.o.Secret.Empty() {
		if t, err := token.Decode(access); err == nil && sameCaller(t, doc.token) {
			doc.fresh, doc.freshToken = wire.NewSecret("Bearer "+access), t
		}
	}
	return false, nil
}

func sameCaller(a, b *token.Token) bool {
	return a.Subject == b.Subject && a.Issuer == b.Issuer && a.AuthorizedParty == b.AuthorizedParty
}

func accessToken(body []byte) string {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.Unmarshal(body, &answer)
	return answer.AccessToken
}
