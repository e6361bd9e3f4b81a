// Package doctor explains why one call of Keycloak's admin API fails: it walks the gates in their order, stops at the
// first that refuses, and names the smallest fix. What it says of roles comes from the measured matrix (package roles),
// everything else from what this server answers.
package doctor

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/flows/problem"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

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

// Doctor diagnoses one call.
type Doctor struct {
	*examination
	changes []change.Change // that fix the call
	made    []change.Change // by Fix and not undone
	allowed bool            // powerful roles may be given
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
		return nil, problem.BadInput(`Write it as "GET /admin/realms/my-realm/users/123".`, "The call has no path.")
	}
	if o.Transport == nil {
		t, err := wire.NewTransport(o.TLS)
		if err != nil {
			return nil, err
		}
		o.Transport = t
	}
	o.Recorder.Public(o.Realm, o.ClientID, requests.RealmIn(o.Path))
	o.Recorder.Hide(o.Secret)
	if o.Admin != nil {
		o.Admin.HideIn(o.Recorder)
	}
	if _, token, found := strings.Cut(o.Authorization.Reveal(), " "); found {
		o.Recorder.Hide(wire.NewSecret(strings.TrimSpace(token)))
	}
	doc := &Doctor{examination: &examination{o: o, method: o.Method, path: o.Path, pathRealm: requests.RealmIn(o.Path), matrix: roles.Shipped()}}
	if o.Given {
		doc.token, _ = token.Decode(requests.Bearer(o.Authorization.Reveal()))
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
		return nil, problem.BadInput("Give it with --realm.", "The realm of the client is not known: the call's path does not name it.")
	}
	if doc.o.ClientID == "" && doc.token != nil {
		doc.o.ClientID = doc.token.AuthorizedParty
	}
	if doc.o.ClientID == "" && !o.Given {
		return nil, problem.BadInput("Give the client with --client-id, or a token with --token-file.", "There is neither a client nor a token to make the call with.")
	}
	doc.raw = doc.o.Authorization
	var err error
	doc.server, err = keycloak.NewServer(o.URL, keycloak.Options{
		Transport: o.Transport, Recorder: o.Recorder, Timeout: o.Timeout, Now: o.Now, ReadOnly: !o.Write, Once: true, // a 502 is a finding
	})
	return doc, err
}

// Diagnose walks the gates. An error means that there is no verdict: the admin was refused, or the caller gave up.
func (doc *Doctor) Diagnose(ctx context.Context) (_ *Diagnosis, err error) {
	defer func() { err = doc.masked(err) }()
	doc.clue, doc.audience, doc.aheadKnown, doc.secretlySigned, doc.rolesReadSeen = clue{}, audience{}, false, false, false
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

// Exchanges returns all requests that were made, masked.
func (doc *Doctor) Exchanges() []wire.Exchange { return doc.o.Recorder.Exchanges() }

// Last returns the diagnosis that was made last, as far as it came; nil before there is one. Fix and Undo add to it.
func (doc *Doctor) Last() *Diagnosis { return doc.d }

// URL returns the base URL of the server.
func (doc *Doctor) URL() string { return doc.server.URL() }
