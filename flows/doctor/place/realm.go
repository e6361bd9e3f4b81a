package place

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// The verdicts of the gate of the realm.
var (
	RealmNotFound = &exam.Verdict{ID: "realm-not-found",
		Cause: "The server has no realm of this name; names are case sensitive.", Advise: otherRealm}
	RealmDisabled = &exam.Verdict{ID: "realm-disabled",
		Cause: "The realm is disabled, and refuses every caller.", Advise: enableRealm}
	WrongRealm = &exam.Verdict{ID: "wrong-realm",
		Cause: "The token is from a realm other than the one in the path, and not from master."}
)

// RealmVerdicts are those of this gate.
var RealmVerdicts = []*exam.Verdict{RealmNotFound, WrongRealm}

// otherRealm is for a realm that has another name: the client's, and that of the path where it is the same.
func otherRealm(a *exam.Draft) bool {
	x, right := a.X, a.X.Clue.Realm
	if right == "" {
		return false
	}
	ofClient := x.Diagnosis.Gate == gate.Client
	if !ofClient || x.PathRealm == a.Realm {
		a.Path = strings.Replace(a.Path, "/realms/"+url.PathEscape(x.PathRealm), "/realms/"+url.PathEscape(right), 1)
	}
	if ofClient {
		a.Realm = right
	}
	return true
}

func enableRealm(a *exam.Draft) bool {
	a.EnableRealm()
	return true
}

// RealmGate decides whether there is the realm, and whether the token is of it.
type RealmGate struct{}

// Pass looks at the refusals that are the realm's.
func (RealmGate) Pass(ctx context.Context, x *exam.Examination) error {
	reason, _ := x.Reply.Words()
	switch status := x.Reply.Exchange.Status; {
	case status == http.StatusNotFound && reason == "Realm not found.":
		return NoRealm(ctx, x, gate.Realm)
	case status == http.StatusForbidden && foreignToken(x):
		wrongRealm(x)
	case status == http.StatusForbidden:
		return closedRealm(ctx, x)
	}
	return nil
}

// NoRealm is for a realm that the server says is not there.
func NoRealm(ctx context.Context, x *exam.Examination, g gate.Gate) error {
	realm := x.Options.Realm
	if g == gate.Realm {
		realm = x.PathRealm
	}
	x.Stop(g, RealmNotFound, exam.AllSeen, "This server has no realm %s. Realm names are case sensitive, and the display name is not the name.", realm)
	if x.Admin == nil {
		return nil
	}
	names, err := x.Admin.RealmNames(ctx)
	if err != nil {
		return x.NoteForbidden(err, "Which realms exist")
	}
	for _, n := range names {
		if strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(realm)) {
			x.Observed(exam.AtServer, "The realm %s exists.", n)
			x.Also(msg.New("There is %s.", n))
			x.Clue.Realm = n
		}
	}
	return nil
}

// foreignToken reports whether the token is of another realm than the path's; those of master are let in everywhere.
func foreignToken(x *exam.Examination) bool {
	home := x.Home()
	return x.Token != nil && x.Token.Realm() != "" && x.PathRealm != "" && home != x.PathRealm && home != "master"
}

func wrongRealm(x *exam.Examination) {
	home := x.Home()
	x.DescribeToken()
	x.Stop(gate.Realm, WrongRealm, exam.AllSeen, "The token is from the realm %s, and the call is for %s: only tokens of the same realm, or of master, are accepted, whatever roles they hold. Use a client of the realm %s, or call the realm %s.", phrase.OneLine(home), x.PathRealm, x.PathRealm, phrase.OneLine(home))
}

// closedRealm looks whether the realm refuses everybody: then a given token gets the same 403 as one without a role
// (measured on 24.0.5, 26.4.0 and 26.7.3), and only the token endpoint says why. It keeps the new token, if one comes.
func closedRealm(ctx context.Context, x *exam.Examination) error {
	if !x.Options.Given || x.Options.ClientID == "" {
		return nil
	}
	got, err := x.RequestToken(ctx, "does the realm issue tokens now?")
	reply := got.Reply
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	switch _, description := reply.Words(); description {
	case "HTTPS required":
		return ReachGate{Reply: reply}.Pass(ctx, x)
	case "Realm not enabled":
		x.Observed(exam.OnWire, "The token endpoint answered %s.", answer.Words(reply))
		x.Stop(gate.Client, RealmDisabled, exam.AllSeen, "The realm %s is disabled, so it refuses every caller: enable it unless it was disabled on purpose.", x.Options.Realm)
		return nil
	}
	if !got.Access.Empty() {
		if t, err := token.Decode(got.Access.Reveal()); err == nil && sameCaller(t, x.Token) {
			x.NewToken, x.DecodedNewToken = got.Header(), t
		}
	}
	return nil
}

// sameCaller reports whether two tokens are of one account. Of tokens without a subject a client's own are alike, and those of sessions are
// not known to be.
func sameCaller(a, b *token.Token) bool {
	return (a.Subject != "" || exam.Session(a)+exam.Session(b) == "") && a.Subject == b.Subject && a.Issuer == b.Issuer && a.AuthorizedParty == b.AuthorizedParty
}
