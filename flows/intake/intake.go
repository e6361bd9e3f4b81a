// Package intake turns what a person has of a failing call into the options of a diagnosis: a pasted call, a call in
// words, a token, or a client and its secret.
package intake

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"fix403/flows/doctor/given"
	"fix403/flows/paste"
	"fix403/flows/problem"
	"fix403/flows/requests"
	"fix403/flows/story"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Question is what a person asks about, from flags or from a form. What is empty is looked for in the other parts.
type Question struct {
	URL             string // of the server, as the person named it
	Named           string // a server that the person named without saying that the call goes there
	Realm, ClientID string
	Secret          wire.Secret // of the client
	Login           given.Login // how the caller gets a token; what is empty is taken from the paste
	TokenRealm      string      // in which the caller logs in; "" is that of the paste, or of the call
	Curl            string      // pasted text, see package paste
	Token           wire.Secret // as [tokenHeader] takes it
	Call, UserID    string
	More            []string // further calls, for a diagnosis each
	Lines           []int    // of the file that the call and the further ones come from
	File            string
	DefaultRealm    string // for {realm} in the call, where nothing else names one
}

// Prepared is a question that can be diagnosed.
type Prepared struct {
	Options given.Options
	Notes   []msg.Message // what was not followed, or was assumed
	More    []Target      // further calls of the same caller
	Lines   []int         // of the file that the calls come from
	File    string
}

// Prepare returns the options for a question: which call is asked about, and whose it is. Errors have the kind bad-input and
// quote no secret.
func Prepare(q Question) (Prepared, error) {
	p := &preparation{q: q, base: q.URL, origin: given.Named}
	p.Lines, p.File = q.Lines, q.File
	p.Options = given.Options{Realm: q.Realm, ClientID: q.ClientID, Secret: q.Secret}
	for _, read := range []func() error{p.readCurl, p.readLogin, p.readToken, p.readCall, p.findServer} {
		if err := read(); err != nil {
			return Prepared{}, err
		}
	}
	if o := p.Options; !o.Given && o.ClientID == "" {
		return Prepared{}, problem.BadInput("Give the client (--client-id), a token (--token-file), or a pasted call (--curl-file).", "The call needs a client or a token.")
	}
	return p.Prepared, nil
}

// preparation is a question while it is read.
type preparation struct {
	Prepared
	q      Question
	curl   *paste.Call // nil without one
	base   string      // of the server, as far as it is known
	origin given.Origin
}

func (p *preparation) note(m msg.Message) { p.Notes = append(p.Notes, m) }

// found notes an address that a part of the question names. It has to be the same as that of the parts before.
func (p *preparation) found(base string, where given.Origin) (err error) {
	if p.base == "" && base != "" {
		p.origin = where
	}
	if sameHere(p.base, base) || wire.SameHost(p.base, base) {
		p.base = base // as the person's program says it, with the base path that it uses
		return nil
	}
	p.base, err = sameServer(p.base, base)
	return err
}

func (p *preparation) readCurl() (err error) {
	if p.q.Curl == "" {
		return nil
	}
	if p.curl, err = paste.Parse(p.q.Curl); err != nil {
		return err
	}
	if p.q.Call != "" && !p.curl.TokenRequest {
		return problem.BadInput("Give one of them.", "The pasted call and --call both name a call (--curl-file and --call).")
	}
	for _, ignored := range p.curl.Ignored {
		p.note(msg.New("Of the pasted call: %s.", ignored))
	}
	o := &p.Options
	if o.Secret.Empty() {
		o.Secret, o.SecretOf = p.curl.Secret, p.curl.SecretBase
	}
	if o.ClientID == "" {
		o.ClientID = p.curl.ClientID
	}
	o.Realm = cmp.Or(p.curl.TokenRealm, o.Realm) // a caller of master may call another realm
	o.Scope = p.curl.Scope
	if !p.curl.TokenRequest && !p.curl.Variable {
		o.Authorization, o.AuthorizationOf, o.Given, o.Proof = p.curl.Authorization, p.curl.Base, true, p.curl.Proof
	}
	if l := p.curl.Login; l != nil && !wire.SameHost(l.Base, p.curl.Base) && wire.SameHost(l.Base, p.base) && sameHere(p.base, p.curl.Base) {
		p.base = p.curl.Base
	}
	return p.found(p.curl.Base, given.FromPaste)
}

func (p *preparation) readToken() (err error) {
	o := &p.Options
	if !p.q.Token.Empty() {
		if o.Authorization, err = tokenHeader(p.q.Token.Reveal()); err != nil {
			return err
		}
		o.Given, o.AuthorizationOf = true, issuerBase(o.Authorization)
	}
	if p.curl != nil && p.curl.Traced && !o.Given && o.ClientID == "" {
		return &failure.Error{Kind: failure.BadInput, Message: msg.New("This is a library's error: it shows the call, but not its token."), Hint: paste.InWords(p.curl.Base, p.curl.Method, p.curl.Path)}
	}
	if p.curl != nil && p.curl.Variable && !o.Given && o.ClientID == "" {
		return &failure.Error{Kind: failure.BadInput,
			Message: msg.New("The token of the pasted call comes from a variable, a file or a pipe, whose value is not known here."),
			Hint:    msg.New(`Give the token (--token-file), or the client (--client-id) and its secret; without the text, the call is --call "%s %s".`, p.curl.Method, strings.SplitN(p.curl.Path, "?", 2)[0])}
	}
	return nil
}

func (p *preparation) readCall() error {
	o := &p.Options
	if p.curl != nil && !p.curl.TokenRequest {
		o.Method, o.Path, o.Header = p.curl.Method, p.curl.Path, p.curl.Header
		o.Body, o.BodyKnown, o.ContentType = p.curl.Body, p.curl.BodyKnown, p.curl.ContentType
		if o.Header.Get("Accept") == "" && !p.curl.AsksJSON && strings.HasPrefix(o.Path, "/realms/") { // where it decides between a page and JSON
			if o.Header = o.Header.Clone(); o.Header == nil {
				o.Header = http.Header{}
			}
			o.Header.Set("Accept", "*/*")
		}
		if o.Form = p.curl.Form; len(o.Form) > 0 {
			o.FormOf = p.curl.Base
		}
		return nil
	}
	if o.LoginOnly {
		o.Method, o.Path, o.Header = p.curl.Method, p.curl.Path, p.curl.Header
		return nil
	}
	if p.q.Call == "" {
		p.q.Call = defaultCall(p.q.UserID)
		p.note(msg.New("No call given; checked %s instead.", p.q.Call))
	}
	realm := p.realm()
	target, err := parseTarget(p.q.Call, realm, p.q.UserID)
	if err != nil {
		return p.At(0, err)
	}
	if o.Realm == "" && p.curl != nil {
		o.Realm = realm
	}
	o.Method, o.Path = target.Method, target.Path
	if err := p.found(target.Base, given.FromCall); err != nil {
		return err
	}
	return p.readMore(realm)
}

// At is an error about one of the calls, with the line that the call is on.
func (p *Prepared) At(call int, err error) error {
	var wrong *failure.Error
	if call >= len(p.Lines) || !errors.As(err, &wrong) {
		return err
	}
	at := *wrong
	at.Message = msg.New("Line %d of %s: %s", p.Lines[call], p.File, wrong.Message)
	return &at
}

func (p *preparation) readMore(realm string) error {
	for i, call := range p.q.More {
		target, err := parseTarget(call, realm, p.q.UserID)
		if err == nil {
			err = p.found(target.Base, given.FromCall)
		}
		if err != nil {
			return p.At(i+1, err)
		}
		p.More = append(p.More, target)
	}
	return nil
}

// realm returns the realm that {realm} in a call means.
func (p *preparation) realm() string {
	token, err := token.Decode(requests.Bearer(p.Options.Authorization.Reveal()))
	switch {
	case p.q.Realm != "":
		return p.q.Realm
	case p.Options.Realm != "":
		return p.Options.Realm
	case p.curl != nil:
		return p.curl.Realm()
	case p.Options.Given && err == nil && token.Realm() != "":
		return token.Realm()
	}
	return p.q.DefaultRealm
}

func (p *preparation) findServer() error {
	p.Options.Realm = cmp.Or(p.q.TokenRealm, p.Options.Realm)
	if p.base == "" {
		p.base, p.origin = issuerBase(p.Options.Authorization), given.FromToken
	}
	if p.base == "" {
		return problem.BadInput("Name it (--url, FIX403_URL), or give a pasted call, or a whole URL as the call.", "The doctor needs the address of a server.")
	}
	if wire.SameHost(p.q.Named, p.base) {
		p.origin = given.Named
	}
	p.Options.URL, p.Options.Origin = p.base, p.origin
	return nil
}

// sameServer returns the server's address from where it is named. Two that differ are an error.
func sameServer(base, other string) (string, error) {
	if base == "" || other == "" {
		return base + other, nil
	}
	a, errA := wire.NormalizeURL(base)
	b, errB := wire.NormalizeURL(other)
	if errA == nil && errB == nil && a != b {
		return "", problem.BadInput("Nothing was sent. Make sure which of the two is yours before you change the call or the server's URL (--url, FIX403_URL).", "Two servers are named: %s and %s.", a, b)
	}
	return base, nil
}

// sameHere reports whether two addresses are names of one port of this machine, with the same base path.
func sameHere(a, b string) bool {
	base, errA := wire.NormalizeURL(a)
	other, errB := wire.NormalizeURL(b)
	return errA == nil && errB == nil && wire.SamePortHere(base, other) && strings.TrimPrefix(base, wire.Origin(base)) == strings.TrimPrefix(other, wire.Origin(other))
}

// SetUp runs a story up to its first call, which is refused for want of a role, and returns the options to diagnose that
// call on the story's own server, as its admin.
func SetUp(ctx context.Context, s *story.Story) (given.Options, error) {
	if err := s.DoThrough(ctx, story.StepFirstCall); err != nil {
		return given.Options{}, err
	}
	st := s.State()
	access := s.Access()
	return given.Options{
		URL: st.URL, Origin: given.Named, Transport: access.Transport, Realm: st.Params.Realm, ClientID: st.Params.ClientID, Secret: s.ClientSecret(),
		Path: strings.TrimPrefix(st.CallURL(), st.URL), Admin: &access.Admin, Write: true,
	}, nil
}
