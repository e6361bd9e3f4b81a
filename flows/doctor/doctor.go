// Package doctor explains why one call of Keycloak's admin API fails: it walks the gates in their order, stops at the
// first that refuses, and names the smallest fix. What it says of roles comes from the measured matrix (package roles),
// everything else from what this server answers.
package doctor

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fix403/flows/change"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Verdict is why a call fails, one of a closed set. Each gate's file declares its own, with what mends them.
type Verdict string

// The verdict at any gate, when none of the others can be given.
const (
	// What was seen does not decide it; not_checked says what would.
	Undetermined Verdict = "undetermined"
)

// verdictsAt are those that may be given at a gate, beside [Undetermined], and what mends their causes.
func verdictsAt(g gate.Gate) []remedy {
	switch g {
	case gate.Reach:
		return reachVerdicts
	case gate.Client:
		return clientVerdicts
	case gate.Identity:
		return identityVerdicts
	case gate.Realm:
		return realmVerdicts
	case gate.Route:
		return routeVerdicts
	case gate.Role:
		return roleVerdicts
	case gate.Object:
		return objectVerdicts
	case gate.None:
		return passedVerdicts
	}
	return nil
}

// Works tells whether the call does what it should.
func (v Verdict) Works() bool { return v == OK || v == OverPrivileged }

// Certainty says how a verdict was reached.
type Certainty string

// The certainties.
const (
	Proved Certainty = "proved" // each link of the reasoning was observed
	Likely Certainty = "likely"
)

// Source is where a piece of evidence was seen.
type Source string

// The sources: the token's own claims, the answers to the call and to what led to it, and what the server's configuration
// says to an admin.
const (
	InToken  Source = "token"
	OnWire   Source = "wire"
	AtServer Source = "server"
)

// Evidence is something that was observed.
type Evidence struct {
	Source Source      `json:"source"`
	Says   msg.Message `json:"says"`
}

// Options of [New].
type Options struct {
	URL       string
	Origin    Origin            // of URL
	Transport http.RoundTripper // nil: made from TLS
	TLS       wire.TLS
	Timeout   time.Duration
	Now       func() time.Time // nil is time.Now
	Recorder  *wire.Recorder

	Realm    string // of the client; "" is the one in the call's path, or that of the token
	ClientID string
	Secret   wire.Secret
	SecretOf string // base URL of the server for which the secret stood in a paste; "" where the person gave it
	Scope    string // asked of the token endpoint; usually ""
	// Authorization is the value of the header of this name, as given by a person; without Given, a new token is taken
	// by client credentials. An empty value with Given is a call without the header.
	Authorization wire.Secret
	Given         bool
	// AuthorizationOf is the base URL of the server that the header belongs to: of the paste in which it stood, or the token's
	// issuer; "" if that is not known.
	AuthorizationOf string

	Method string // of the call
	Path   string // below the base URL, escaped, as the person's program sends it

	Admin *keycloak.Credentials // nil: without an admin's eyes; after a login they are those for the next one
	Write bool                  // allows [Doctor.Fix] and [Doctor.Undo]; else nothing that could change something is sent
	// Journal keeps what [Doctor.Fix] changed, for [Doctor.Undo] and fix403 down. Without one only the same doctor can undo.
	Journal *journal.Journal
}

// Diagnosis is why a call fails and what mends it.
type Diagnosis struct {
	Verdict   Verdict
	Certainty Certainty
	Gate      gate.Gate
	Status    int // of the call, or of the answer that stopped what leads to it; 0 if there was none
	Summary   msg.Message
	Evidence  []Evidence
	// SmallestRoles are the roles of realm-management that the call needs, all of them together; never nil.
	SmallestRoles []string
	Fix           Fix
	NotChecked    []msg.Message

	Call     string         // method and path
	Exchange *wire.Exchange // of the call, or of what was refused on the way to it; nil if nothing was answered
	Token    *token.Token   // that the call was made with; nil without one
	Answer   *roles.Answer  // of the matrix; nil for a call that it does not know
	// Decided is where this server was seen to read roles from: "in-token", "at-request" or "" for not seen.
	Decided string
	// OldToken says what the token from before a fix got after it; empty if that was not tried.
	OldToken msg.Message
	After    *After // of the call after [Doctor.Fix] or [Doctor.Undo]
}

// After is what the same call did after a change.
type After struct {
	Status   int
	Token    *token.Token
	Exchange wire.Exchange
	Worked   bool
}

// Stop is where the call was stopped, for the row of gates.
func (d *Diagnosis) Stop() gate.Refusal {
	return gate.Refusal{Gate: d.Gate, Status: d.Status, Explanation: texts.Say(d.Summary)}
}

// Doctor diagnoses one call.
type Doctor struct {
	o         Options
	method    string
	path      string
	pathRealm string // "" if the path has none
	server    *keycloak.Server
	admin     *keycloak.Admin
	matrix    *roles.Matrix
	d         *Diagnosis

	raw   wire.Secret  // Authorization header of the call
	token *token.Token // decoded, nil if it cannot be
	reply *wire.Reply  // of the call
	// fresh is the header with a new token of the same caller, where one was given and another could be got.
	fresh      wire.Secret
	freshToken *token.Token
	version    string // from the server, or guessed from the form of its answers
	told       bool   // the version was told by the server
	look       sight
	kept       []credential // not sent to this server
	bare       bool         // and without them the call is not the person's
	changes    []change.Change
	made       []change.Change // by Fix and not undone
	allowed    bool            // powerful roles may be given
}

// New prepares a diagnosis. Errors have the kind bad-input; nothing is sent.
func New(o Options) (*Doctor, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Recorder == nil {
		o.Recorder = &wire.Recorder{}
	}
	o.Method = strings.ToUpper(cmp.Or(o.Method, http.MethodGet))
	if !strings.HasPrefix(o.Path, "/") {
		return nil, params.BadInput(`Write it as "GET /admin/realms/my-realm/users/123".`, "The call has no path.")
	}
	if o.Transport == nil {
		t, err := wire.NewTransport(o.TLS)
		if err != nil {
			return nil, err
		}
		o.Transport = t
	}
	o.Recorder.Public(o.Realm, o.ClientID, params.RealmIn(o.Path))
	o.Recorder.Hide(o.Secret)
	if o.Admin != nil {
		o.Admin.HideIn(o.Recorder)
	}
	if _, token, found := strings.Cut(o.Authorization.Reveal(), " "); found {
		o.Recorder.Hide(wire.NewSecret(strings.TrimSpace(token)))
	}
	doc := &Doctor{o: o, method: o.Method, path: o.Path, pathRealm: params.RealmIn(o.Path), matrix: roles.Shipped()}
	if o.Given {
		doc.token, _ = token.Decode(params.Bearer(o.Authorization.Reveal()))
	}
	if doc.o.Realm == "" {
		doc.o.Realm = doc.pathRealm
		if doc.token != nil && doc.token.Realm() != "" {
			doc.o.Realm = doc.token.Realm()
		}
	}
	if a := o.Admin; a != nil {
		for _, secret := range []wire.Secret{a.Password, a.ClientSecret, a.Token} {
			o.Recorder.Hide(secret)
		}
	}
	doc.leaveOut()
	if doc.o.Realm == "" {
		return nil, params.BadInput("Give it with --realm.", "The realm of the client is not known: the call's path does not name it.")
	}
	if doc.o.ClientID == "" && doc.token != nil {
		doc.o.ClientID = doc.token.AuthorizedParty
	}
	if doc.o.ClientID == "" && !o.Given {
		return nil, params.BadInput("Give the client with --client-id, or a token with --token-file.", "There is neither a client nor a token to make the call with.")
	}
	doc.raw = doc.o.Authorization
	var err error
	doc.server, err = keycloak.Attach(o.URL, keycloak.Options{
		Transport: o.Transport, Recorder: o.Recorder, Timeout: o.Timeout, Now: o.Now, ReadOnly: !o.Write, Once: true, // a 502 is a finding
	})
	return doc, err
}

// Diagnose walks the gates. An error means that there is no verdict: the admin was refused, or the caller gave up.
func (doc *Doctor) Diagnose(ctx context.Context) (_ *Diagnosis, err error) {
	defer func() { err = doc.masked(err) }()
	doc.d = &Diagnosis{Call: doc.method + " " + doc.o.Recorder.Mask(doc.path), SmallestRoles: []string{}, Evidence: []Evidence{}, NotChecked: []msg.Message{}}
	if err := doc.walk(ctx); err != nil {
		return nil, err
	}
	doc.advise()
	doc.notChecked()
	return doc.d, nil
}

// masked masks secrets in what leaves the doctor: the diagnosis, and an error that ends something.
func (doc *Doctor) masked(err error) error {
	if doc.d != nil {
		*doc.d = wire.MaskAll(doc.o.Recorder, *doc.d)
	}
	return doc.o.Recorder.MaskError(err)
}

// Exchanges are all requests that were made, masked.
func (doc *Doctor) Exchanges() []wire.Exchange { return doc.o.Recorder.Exchanges() }

// Last is the diagnosis that was made last, as far as it came; nil before there is one. Fix and Undo add to it.
func (doc *Doctor) Last() *Diagnosis { return doc.d }

// URL is the base URL of the server.
func (doc *Doctor) URL() string { return doc.server.URL() }

// Version is the server's version as an admin was told it; "" if not.
func (doc *Doctor) Version() string {
	if !doc.told {
		return ""
	}
	return doc.version
}

func (doc *Doctor) walk(ctx context.Context) error {
	if doc.o.Admin != nil {
		if done, err := doc.logIn(ctx); done || err != nil {
			return err
		}
	}
	if !doc.o.Given && !doc.bare {
		if done, err := doc.getToken(ctx); done || err != nil {
			return err
		}
	}
	if strings.ContainsFunc(doc.raw.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		doc.observed(InToken, "The value of the Authorization header has line breaks or other control characters in it.")
		doc.stop(gate.Identity, MalformedToken, Proved, "The token has line breaks or other control characters in it, and cannot be sent in a header: send the access token alone, on one line.")
		return nil
	}
	reply, err := doc.send(ctx)
	if done, err := doc.atReach(ctx, reply, err); done || err != nil {
		return err
	}
	doc.reply = reply
	doc.d.Exchange, doc.d.Status, doc.d.Token = &reply.Exchange, reply.Exchange.Status, doc.token
	doc.observed(OnWire, "%s %s answered %s.", reply.Exchange.Method, reply.Exchange.URL, doc.answerWords(reply))
	if doc.bare {
		doc.atCredentials()
		return nil
	}
	doc.guessVersion(reply)
	return doc.judge(ctx)
}

// send makes the call, or in the place of one that could change something a GET of the realm, which passes the same
// gates up to that of the realm.
func (doc *Doctor) send(ctx context.Context) (*wire.Reply, error) {
	r := keycloak.Request{Purpose: msg.New("the call"), Method: doc.method, Path: doc.path, Authorization: doc.raw}
	if !doc.reads() {
		r.Purpose, r.Method, r.Path = msg.New("is this token let into the realm? (in place of the call, which is not sent)"), http.MethodGet, doc.realmPath()
	}
	reply, err := doc.server.Send(ctx, r)
	return &reply, err
}

// reads tells whether the call can be sent without changing anything.
func (doc *Doctor) reads() bool { return doc.method == http.MethodGet || doc.method == http.MethodHead }

// judge goes on from the answer to the call.
func (doc *Doctor) judge(ctx context.Context) error {
	e := doc.reply.Exchange
	reason, _ := doc.reply.Words()
	switch status := e.Status; {
	case status == http.StatusUnauthorized, status >= 500, status == http.StatusRequestHeaderFieldsTooLarge:
		return doc.atIdentity(ctx)
	case status == http.StatusNotFound && reason == "Realm not found.":
		return doc.noRealm(ctx, gate.Realm)
	case status == http.StatusForbidden && doc.foreignToken():
		doc.wrongRealm()
		return nil
	case status == http.StatusForbidden && doc.token == nil && doc.withoutToken(Likely):
		doc.unseen("Who refused the call: Keycloak answers 401 where it can read no token, so this 403 probably comes from something in front of it, or that replaced the token by another.")
		return nil
	case status == http.StatusForbidden:
		if done, err := doc.closedRealm(ctx); done || err != nil {
			return err
		}
	}
	if !doc.reads() {
		return doc.fromMatrix(ctx)
	}
	return doc.atRoute(ctx)
}

// observed adds a piece of evidence, with secrets masked and control characters gone.
func (doc *Doctor) observed(source Source, format texts.Text, values ...any) {
	doc.quoted(source, msg.New(format, values...))
}

// quoted is the same with a message that there is already.
func (doc *Doctor) quoted(source Source, says msg.Message) {
	says = says.Map(doc.o.Recorder.Mask)
	if !slices.ContainsFunc(doc.d.Evidence, func(e Evidence) bool { return e.Says.String() == says.String() }) {
		doc.d.Evidence = append(doc.d.Evidence, Evidence{source, says})
	}
}

// stop sets the verdict. It is called once.
func (doc *Doctor) stop(gate gate.Gate, v Verdict, c Certainty, format texts.Text, values ...any) {
	doc.d.Gate, doc.d.Verdict, doc.d.Certainty = gate, v, c
	doc.d.Summary = msg.New(format, values...).Map(doc.o.Recorder.Mask)
}

// also adds a sentence to the summary.
func (doc *Doctor) also(m msg.Message) {
	doc.d.Summary = msg.Concat(doc.d.Summary, " ", m.Map(doc.o.Recorder.Mask))
}

func (doc *Doctor) unseen(format texts.Text, values ...any) {
	says := msg.New(format, values...)
	if !slices.ContainsFunc(doc.d.NotChecked, func(m msg.Message) bool { return m.String() == says.String() }) {
		doc.d.NotChecked = append(doc.d.NotChecked, says)
	}
}

// notChecked says what nobody could see, or did not look at.
func (doc *Doctor) notChecked() {
	v := doc.d.Verdict
	doc.sayKept()
	if doc.o.Admin == nil && doc.keptAdmin() == nil && v != OK && doc.d.Gate != gate.Reach {
		doc.unseen("What the server's configuration says: that takes an admin (--admin-user and FIX403_ADMIN_PASSWORD).")
	}
	if !doc.reads() && doc.d.Gate != gate.Reach && doc.d.Gate != gate.Client {
		doc.unseen("The call itself: %s could change something, and is not sent. What is said of roles is from the matrix, measured on %s.", doc.method, strings.Join(roles.Versions(), ", "))
	}
	if doc.d.Decided == "" && (doc.d.Gate == gate.Role || v.Works()) {
		doc.unseen(whereRolesAreRead)
	}
}

const whereRolesAreRead texts.Text = "Whether this server reads roles from the token or at each call: that shows only with a token that is older than a change of roles."

func (doc *Doctor) realmPath() string {
	return "/admin/realms/" + url.PathEscape(cmp.Or(doc.pathRealm, doc.o.Realm))
}
