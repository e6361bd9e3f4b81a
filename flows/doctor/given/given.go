// Package given has what a person gives for a diagnosis: the server, the call, and the credentials, each of which goes to the
// server that it is for and to no other.
package given

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fix403/flows/journal"
	"fix403/flows/problem"
	"fix403/flows/requests"
	"fix403/keycloak"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Options of a diagnosis.
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
	Login    Login  // by which the token is got, where none is given
	// Authorization is the value of the header of this name, as given by a person; without Given, a new token is taken
	// by client credentials. An empty value with Given is a call without the header.
	Authorization wire.Secret
	Given         bool
	// Proof is the DPoP proof that a pasted call brings beside its token: good for one request, and for seconds.
	Proof wire.Secret
	// AuthorizationOf is the base URL of the server that the header belongs to: of the paste in which it stood, or the token's
	// issuer; "" if that is not known.
	AuthorizationOf string

	// LoginOnly is for a person who named no call, but the request for a token: nothing beyond that is looked at, nor changed.
	LoginOnly bool

	Method string // of the call
	Path   string // below the base URL, escaped, as the person's program sends it
	// Body is what the call sends, and BodyKnown reports that the person gave it: an empty one, too. ContentType is its type, "" where
	// that is not known.
	Body        wire.Secret
	BodyKnown   bool
	ContentType string
	Send        bool // the call is sent even if it could change something
	// Header are further headers of the call, as the person's program sends them; [keycloak.Request] has which of them go out.
	Header http.Header
	// Form is the body of a call that only reads, such as token introspection, and FormOf the base URL of the server for which it stood in a
	// paste; "" where the person gave it.
	Form   url.Values
	FormOf string

	Admin *keycloak.Credentials // nil: without an admin's eyes; after a login they are those for the next one
	Write bool                  // allows a fix and its undoing; else nothing that could change something is sent
	// Journal keeps what a fix changed, for its undoing and fix403 down. Without one only the same doctor can undo.
	Journal *journal.Journal
}

// Prepared is what [Options.Prepare] found in the options.
type Prepared struct {
	Token *token.Token // that was given, decoded; nil if there is none, or it cannot be
	Kept  []Credential // that must not go to the server, and are no longer among the options
	Bare  bool         // without them the call is not the person's
}

// Prepare completes the options and takes out of them what must not go to the server. Errors have the kind bad-input; nothing is
// sent.
func (o *Options) Prepare() (Prepared, error) {
	var p Prepared
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Recorder == nil {
		o.Recorder = &wire.Recorder{}
	}
	o.Method = strings.ToUpper(cmp.Or(o.Method, http.MethodGet))
	if !strings.HasPrefix(o.Path, "/") {
		return p, problem.BadInput(`Write it as "GET /admin/realms/my-realm/users/123".`, "The call has no path.")
	}
	if o.Transport == nil {
		t, err := wire.NewTransport(o.TLS)
		if err != nil {
			return p, err
		}
		o.Transport = t
	}
	o.hideSecrets()
	if o.Given {
		p.Token, _ = token.Decode(requests.Bearer(o.Authorization.Reveal()))
	}
	if o.Realm == "" {
		o.Realm = requests.RealmIn(o.Path)
		if p.Token != nil && p.Token.Realm() != "" {
			o.Realm = p.Token.Realm()
		}
	}
	p.Kept = o.kept()
	p.Bare = !o.Given && o.far() // no token is asked for there
	for _, c := range p.Kept {
		c.leave(o)
		p.Bare = p.Bare || c.carries
	}
	if o.Realm == "" {
		return p, problem.BadInput("Give it with --realm.", "The realm of the client is not known: the call's path does not name it.")
	}
	if o.ClientID == "" && p.Token != nil {
		o.ClientID = p.Token.AuthorizedParty
	}
	if o.ClientID == "" && !o.Given {
		return p, problem.BadInput("Give the client with --client-id, or a token with --token-file.", "The call needs a client or a token.")
	}
	return p, nil
}

// hideSecrets masks the secrets in all that the recorder keeps.
func (o *Options) hideSecrets() {
	o.Recorder.Public(o.Realm, o.ClientID, requests.RealmIn(o.Path))
	for _, secret := range slices.Concat(o.Login.secrets(), secretsIn(o.Body.Reveal()), []wire.Secret{o.Secret, o.Proof}) {
		o.Recorder.Hide(secret)
	}
	for name, values := range o.Form {
		if name == "client_id" || name == "token_type_hint" {
			continue
		}
		for _, value := range values {
			o.Recorder.Hide(wire.NewSecret(value))
		}
	}
	if _, token, found := strings.Cut(o.Authorization.Reveal(), " "); found {
		o.Recorder.Hide(wire.NewSecret(strings.TrimSpace(token)))
	}
	if o.Admin != nil {
		o.Admin.HideIn(o.Recorder)
	}
}
