// Package keycloak is an adapter over gocloak for the part of Keycloak that fix403 needs: opening a server, logging an
// admin in, ensuring realm, client and user, and calling the admin API with the token of a client's service account.
//
// gocloak returns nil errors for answers that are no success (a page of HTML with status 200, a redirect, an empty id or
// token) and hides the cause of time-outs and cancellation. Every call here is therefore judged from what the transport of package
// wire saw: see [failure.Error] for the kinds that come out of it. The same transport records each [wire.Exchange], masked at capture.
package keycloak

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Options of [Open]; the zero value is good for a real server with a certificate that this machine trusts.
type Options struct {
	// Transport carries the requests; nil is the one of [wire.NewTransport]. The practice server brings its own.
	Transport http.RoundTripper
	Recorder  *wire.Recorder // nil: a new one
	Timeout   time.Duration  // per call; 0 is 30 s
	// RealmTimeout is for creating and deleting a realm, which take long on a loaded server; 0 is 2 minutes.
	RealmTimeout time.Duration
	Now          func() time.Time // nil is time.Now
	Step         string           // that the exchanges are part of; see [Server.InStep]
	// ReadOnly refuses every request that could change something, before it is sent: all but GET, HEAD, OPTIONS, the
	// POST by which a token is got and the one that has permissions evaluated. Its error has [failure.BadInput].
	ReadOnly bool
	// Prove returns the DPoP proof (RFC 9449) of a request that [Server.Send] makes with the scheme DPoP; an empty one sends none. nil
	// makes no proofs.
	Prove func(method, address string, access wire.Secret) (wire.Secret, error)
	// Once sends each request one time only. Without it a GET that is answered 502, 503 or 504, or finds nothing that
	// listens, is sent again, as while a server starts: at most 3 times, after half a second, 1 and
	// 2. Where the server names a time (Retry-After) of at most 20 s that one is waited for, and after a 429 then, too, also
	// by a token request. Nothing that could create or change
	// something is ever sent again, and no 401 or 403. Each try is an [wire.Exchange] of its own, with its number in the purpose.
	Once bool
}

// Server is a Keycloak at an address. It is safe for concurrent use.
type Server struct {
	url       string // with base path, without trailing slash
	transport *wire.Transport
	clients   *sync.Pool // of *client
	recorder  *wire.Recorder
	options   Options
	quiet     bool // see [Server.Quiet]
}

// InStep returns the server with its exchanges recorded as part of a step.
//
//go:noinline // it would be 12 kB of the program
func (s *Server) InStep(step string) *Server {
	in := *s
	in.options.Step = step
	return &in
}

// Quiet returns the server with its exchanges neither recorded nor told to listeners: for looking again and again whether anything
// has changed, which would fill the record.
//
//go:noinline // it would be 12 kB of the program
func (s *Server) Quiet() *Server {
	quiet := *s
	quiet.quiet = true
	return &quiet
}

func (s *Server) at(base string) *Server {
	there := *s
	there.url, there.clients = base, newClients(base)
	return &there
}

// Open finds out whether there is a Keycloak at rawURL, at its root or under /auth, by reading the public document of
// the realm master. Errors have the kinds [failure.BadInput], [failure.Unreachable], [failure.TLS], [failure.Redirected],
// [failure.NotKeycloak], [failure.HTTPSRequired], [failure.ServerError], [failure.Timeout] and [failure.Canceled].
func Open(ctx context.Context, rawURL string, o Options) (*Server, error) {
	s, err := NewServer(rawURL, o)
	if err != nil {
		return nil, err
	}
	base := s.url
	var first error
	for _, candidate := range basePaths(base) {
		there := s.at(candidate)
		err := there.probe(ctx)
		if err == nil {
			return there, nil
		}
		if first == nil {
			first = err
		}
		if failure.KindOf(err) != failure.NotFound {
			break
		}
	}
	if e := (*failure.Error)(nil); errors.As(first, &e) && e.Kind == failure.NotFound {
		tried := basePaths(base)
		return nil, &failure.Error{
			Kind: failure.NotKeycloak, Status: e.Status,
			Message: msg.New("There is a web server at %s, but no Keycloak: neither %s nor %s is there.", base, realmURL(tried[0]), realmURL(tried[1])),
			Hint:    msg.New("Enter the address with its base path, the part before /realms/ in the URL of Keycloak's login page."),
		}
	}
	return nil, first
}

// NewServer returns the server at rawURL without looking whether there is one: for callers that find that out themselves, and
// must be right where a proxy hides the realm master.
func NewServer(rawURL string, o Options) (*Server, error) {
	base, err := wire.NormalizeURL(rawURL)
	if err != nil {
		return nil, err
	}
	if o.Transport == nil {
		if o.Transport, err = wire.NewTransport(wire.TLS{}); err != nil {
			return nil, err
		}
	}
	if o.Recorder == nil {
		o.Recorder = &wire.Recorder{}
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.RealmTimeout == 0 {
		o.RealmTimeout = 2 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Recorder.Public(base, strings.TrimPrefix(wire.Origin(base), "http://"), strings.TrimPrefix(wire.Origin(base), "https://"))
	transport := &wire.Transport{Next: o.Transport, Recorder: o.Recorder, Now: o.Now, ReadOnly: o.ReadOnly, Once: o.Once}
	return (&Server{transport: transport, recorder: o.Recorder, options: o}).at(base), nil
}

// basePaths returns the places to look at: Keycloak had its base path at /auth until version 17, and many still set it.
func basePaths(base string) []string {
	if without, found := strings.CutSuffix(base, "/auth"); found {
		return []string{base, without}
	}
	return []string{base, base + "/auth"}
}

func realmURL(base string) string { return base + "/realms/master" }

func (s *Server) probe(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, realmURL(s.url), nil)
	if err != nil {
		return failure.NewBadInput("", "This URL cannot be used: %v.", err)
	}
	req.Header.Set("Accept", "application/json")
	a, err := s.send(ctx, call{purpose: msg.New("is there a Keycloak at this address?"), success: anyAnswer}, req)
	if err != nil {
		return err
	}
	if e := a.Refusal(); e != nil {
		switch a.Exchange.Status {
		case http.StatusNotFound:
			e.Kind = failure.NotFound // look further
		case http.StatusUnauthorized, http.StatusForbidden:
			if e.Kind == failure.AdminRefused {
				e.Kind = failure.NotKeycloak
				e.Message = msg.New("%s answered %d, where Keycloak answers every caller.", req.URL, a.Exchange.Status)
				e.Hint = msg.New("Look at the proxy, firewall or gateway between here and Keycloak.")
			}
		}
		return e
	}
	var realm struct {
		Realm string `json:"realm"`
	}
	if err := json.Unmarshal(a.Body, &realm); err != nil || realm.Realm != "master" {
		return &failure.Error{Kind: failure.NotKeycloak, Status: a.Exchange.Status,
			Message: msg.New("%s answered %d, but not like Keycloak.", req.URL, a.Exchange.Status),
			Hint:    msg.New("Check the address: this is another web server, or a proxy that answers in Keycloak's place.")}
	}
	return nil
}

// URL returns the base URL, with base path and without trailing slash.
func (s *Server) URL() string { return s.url }

// Recorder returns the record of all exchanges with the server.
func (s *Server) Recorder() *wire.Recorder { return s.recorder }
