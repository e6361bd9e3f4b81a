// Package exam has one examination of the doctor: a call and all that is known of it so far, what a verdict is, and
// what the gates have in common. What each gate decides is in place, caller and rights.
package exam

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"fix403/flows/doctor/adminview"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/login"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/reason"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/flows/roles/weigh"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Examination is one call, and all that is known of it so far. The gates look at it and add what they see.
type Examination struct {
	Options   given.Options
	Method    string
	Path      string
	PathRealm string // "" if the path has none
	Server    *keycloak.Server
	Tokens    *login.Tokens   // of the caller
	Admin     *keycloak.Admin // nil: nothing is seen with an admin's login
	Matrix    *roles.Matrix
	Diagnosis *Diagnosis

	Authorization wire.Secret  // Authorization header of the call
	Token         *token.Token // decoded, nil if it cannot be
	Reply         *wire.Reply  // to the call
	// NewToken is a header with another token of the same caller, where one was given and another could be got.
	NewToken        wire.Secret
	DecodedNewToken *token.Token
	Version         string // from the server, or guessed from the form of its answers
	VersionReported bool   // the server reported the version
	View            adminview.View
	Clue            Clue
	Audience        audience.Seen
	Ahead           time.Duration // of the server's clock, by the time in a token that was issued during the diagnosis
	AheadKnown      bool
	SecretlySigned  bool               // with a symmetric key: nothing shows whether the token is genuine
	RolesReadSeen   bool               // this server was seen to read roles from the token, or at each call
	Kept            []given.Credential // not sent to this server
	Chosen          []string           // of the roles between which a fix does not choose; nil if none were
	LesserRoles     []string           // roles with which a refused call is answered with fewer fields
	Weighed         weigh.Weighed      // what the call takes by its body, its query and its object, besides its path
	looked          weigh.Seen         // at what the call names, with the admin's eyes
	RealmRoles      []string           // realm roles that the account holds, as the admin sees them; nil if they were not seen
	Bare            bool               // and without them the call is not the person's
}

// Walk leads the call through the gates, up to the first that stops it.
func (x *Examination) Walk(ctx context.Context, gates []Gate) error {
	if err := x.logIn(ctx); err != nil {
		return err
	}
	for _, gate := range gates {
		if err := gate.Pass(ctx, x); err != nil || x.Stopped() {
			return err
		}
	}
	return nil
}

// Issued takes the server's clock from a token that was issued just now: Keycloak itself sends no Date header.
func (x *Examination) Issued(at time.Time) {
	if !at.IsZero() {
		x.Ahead, x.AheadKnown = at.Sub(x.Options.Now()), true
	}
}

// Stopped reports whether there is a verdict.
func (x *Examination) Stopped() bool { return x.Diagnosis.Verdict != nil }

// InPlace returns what is sent for a request: in the place of one that could change something goes a GET of the realm.
func (x *Examination) InPlace(r keycloak.Request) keycloak.Request {
	if !x.Reads() {
		r.Method, r.Path = http.MethodGet, x.RealmPath()
		if e := x.Beside(); e != nil && e.LookWith(x.Path) != "" {
			r.Path = e.LookWith(x.Path)
		}
	}
	return r
}

// Reads reports whether the call can be sent without changing anything; where a token is all that was asked for, nothing else is sent.
func (x *Examination) Reads() bool {
	if e := x.Beside(); e != nil {
		return e.Reads(x.Method)
	}
	return x.Method == http.MethodGet || x.Method == http.MethodHead || x.Options.LoginOnly
}

// Beside returns the endpoint of Keycloak's beside the admin API that the call goes to; nil for the admin API, and where there is no call
// behind the login.
func (x *Examination) Beside() *beside.Endpoint {
	if x.Options.LoginOnly {
		return nil
	}
	return beside.Find(x.Path)
}

// Sends reports whether the call is sent: it changes nothing, or the person wants it sent all the same.
func (x *Examination) Sends() bool { return x.Reads() || x.Options.Send }

// Observed adds a piece of evidence, with secrets masked and control characters gone, and returns it as a link of the reasoning.
func (x *Examination) Observed(source Source, format texts.Text, values ...any) reason.Link {
	return x.Quoted(source, msg.New(format, values...))
}

// Quoted adds a message as evidence.
func (x *Examination) Quoted(source Source, says msg.Message) reason.Link {
	says = says.Map(x.Options.Recorder.Mask)
	if !slices.ContainsFunc(x.Diagnosis.Evidence, func(e Evidence) bool { return e.Says.String() == says.String() }) {
		x.Diagnosis.Evidence = append(x.Diagnosis.Evidence, Evidence{source, says})
	}
	return reason.Link{State: reason.Observed, Source: source, Says: says}
}

// Seen returns what was observed so far, as the links of a reasoning.
//
//go:noinline // it would be 5 kB of the program
func (x *Examination) Seen() reason.Chain {
	var links reason.Chain
	for _, e := range x.Diagnosis.Evidence {
		links = append(links, reason.Link{State: reason.Observed, Source: e.Source, Says: e.Says})
	}
	return links
}

// Stop sets the verdict, with the reasoning that leads to it: that decides how certain the verdict is. It is called once.
func (x *Examination) Stop(g gate.Gate, v *Verdict, because reason.Because, format texts.Text, values ...any) {
	x.Diagnosis.Gate, x.Diagnosis.Verdict = g, v
	x.Diagnosis.Summary = msg.New(format, values...).Map(x.Options.Recorder.Mask)
	x.Reason(because.Links(x.Seen()))
}

// Reason replaces the reasoning behind the verdict.
func (x *Examination) Reason(links reason.Chain) {
	d := x.Diagnosis
	if !x.Sends() && d.Gate != gate.Reach && d.Gate != gate.Client {
		links = append(links.Sent(), x.notSent())
	}
	d.Reasoning, d.Certainty = links, links.Certainty()
	for _, l := range links.Seen() {
		x.Quoted(l.Source, l.Says)
	}
	for _, l := range links.Doubts() {
		x.quoteUnseen(l.Says)
	}
}

// notSent is the link of the call itself, where it could change something.
func (x *Examination) notSent() reason.Link {
	return reason.NotSent("The call itself: %s could change something, and is not sent. The roles are from the table, measured on %s.", x.Method, roles.Said(roles.Versions()))
}

// Also adds a sentence to the summary.
func (x *Examination) Also(m msg.Message) {
	x.Diagnosis.Summary = msg.Concat(x.Diagnosis.Summary, " ", m.Map(x.Options.Recorder.Mask))
}

// Unseen notes what could not be seen.
func (x *Examination) Unseen(format texts.Text, values ...any) {
	x.quoteUnseen(msg.New(format, values...))
}

// quoteUnseen notes a message, if it says something, as what could not be seen.
func (x *Examination) quoteUnseen(says msg.Message) {
	if !says.Empty() && !slices.ContainsFunc(x.Diagnosis.NotChecked, func(m msg.Message) bool { return m.String() == says.String() }) {
		x.Diagnosis.NotChecked = append(x.Diagnosis.NotChecked, says)
	}
}

// WhereRolesAreRead is what only a token older than a change of roles shows.
const WhereRolesAreRead texts.Text = "Whether this server reads roles from the token or at each call: only a token issued before a change of roles shows that."

// RealmPath returns the path of the realm in the admin API.
func (x *Examination) RealmPath() string {
	return "/admin/realms/" + url.PathEscape(cmp.Or(x.PathRealm, x.Options.Realm))
}

// Stopper sets the verdict at one gate.
type Stopper func(v *Verdict, because reason.Because, format texts.Text, values ...any)

// DescribeToken adds what the token says of itself.
func (x *Examination) DescribeToken() {
	t := x.Token
	if t == nil {
		return
	}
	who := phrase.OneLine(cmp.Or(t.Username, t.Subject))
	switch {
	case who != "":
		x.Observed(InToken, "Issued by %s to client %s, on behalf of %s.", phrase.OneLine(t.Issuer), phrase.OneLine(t.AuthorizedParty), who)
	case Session(t) != "":
		x.Observed(InToken, "Issued by %s to client %s, in a user's session: it does not name the user.", phrase.OneLine(t.Issuer), phrase.OneLine(t.AuthorizedParty))
	default:
		x.Observed(InToken, "Issued by %s to client %s: it names no account.", phrase.OneLine(t.Issuer), phrase.OneLine(t.AuthorizedParty))
	}
}
