package keycloak

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/Nerzal/gocloak/v13"
	"github.com/go-resty/resty/v2"

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
	// ReadOnly refuses every request that could change something, before it is sent: all but GET, HEAD, OPTIONS and the
	// POST by which a token is got. Its error has [failure.BadInput].
	ReadOnly bool
	// Once sends each request one time only. Without it a GET that is answered 502, 503 or 504, or finds nothing that
	// listens, is sent again, as while a server starts: at most 3 times, after half a second, 1 and
	// 2. Where the server names a time (Retry-After) of at most 20 s that one is waited for, and after a 429 then, too, also
	// by a token request. Nothing that could create or change
	// something is ever sent again, and no 401 or 403. Each try is an [wire.Exchange] of its own, with its number in the purpose.
	Once bool
}

// Server is a Keycloak at an address. It is safe for concurrent use.
type Server struct {
	url      string // with base path, without trailing slash
	api      *gocloak.GoCloak
	http     *http.Client
	recorder *wire.Recorder
	options  Options
}

// Open finds out whether there is a Keycloak at rawURL, at its root or under /auth, by reading the public document of
// the realm master. Errors have the kinds [failure.BadInput], [failure.Unreachable], [failure.TLS], [failure.Redirected],
// [failure.NotKeycloak], [failure.HTTPSRequired], [failure.ServerError], [failure.Timeout] and [failure.Canceled].
func Open(ctx context.Context, rawURL string, o Options) (*Server, error) {
	s, base, err := newServer(rawURL, o)
	if err != nil {
		return nil, err
	}
	var first error
	for _, candidate := range basePaths(base) {
		err := s.probe(ctx, candidate)
		if err == nil {
			s.at(candidate)
			return s, nil
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
			Hint:    msg.New("Give the address with its base path, the part before /realms/ in the URL of Keycloak's login page."),
		}
	}
	return nil, first
}

// Attach returns the server at rawURL without looking whether there is one: for callers that find that out themselves, and
// must be right where a proxy hides the realm master.
func Attach(rawURL string, o Options) (*Server, error) {
	s, base, err := newServer(rawURL, o)
	if err != nil {
		return nil, err
	}
	s.at(base)
	return s, nil
}

func newServer(rawURL string, o Options) (s *Server, base string, err error) {
	if base, err = wire.NormalizeURL(rawURL); err != nil {
		return nil, "", err
	}
	if o.Transport == nil {
		if o.Transport, err = wire.NewTransport(wire.TLS{}); err != nil {
			return nil, "", err
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
	s = &Server{recorder: o.Recorder, options: o}
	s.http = &http.Client{
		Transport:     &wire.Transport{Next: o.Transport, Recorder: o.Recorder, Now: o.Now, ReadOnly: o.ReadOnly, Once: o.Once},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, base, nil
}

func (s *Server) at(base string) {
	s.url = base
	s.api = gocloak.NewClient(base)
	s.api.SetRestyClient(resty.NewWithClient(s.http).SetLogger(silent{}).SetHeader("User-Agent", "fix403"))
}

// basePaths are the places to look at: Keycloak had its base path at /auth until version 17, and many still set it.
func basePaths(base string) []string {
	if without, found := strings.CutSuffix(base, "/auth"); found {
		return []string{base, without}
	}
	return []string{base, base + "/auth"}
}

func realmURL(base string) string { return base + "/realms/master" }

func (s *Server) probe(ctx context.Context, base string) error {
	c := &wire.Call{Purpose: msg.New("is there a Keycloak at this address?")}
	callCtx, cancel := wire.WithCall(ctx, c, s.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(callCtx, http.MethodGet, base+"/realms/master", nil)
	if err != nil {
		return failure.NewBadInput("", "This URL cannot be used: %v.", err)
	}
	req.Header.Set("Accept", "application/json")
	if err := s.send(ctx, req, c); err != nil {
		return err
	}
	a := c.Answer
	if e := a.Refusal(); e != nil {
		switch a.Exchange.Status {
		case http.StatusNotFound:
			e.Kind = failure.NotFound // look further
		case http.StatusUnauthorized, http.StatusForbidden:
			if e.Kind == failure.AdminRefused {
				e.Kind = failure.NotKeycloak
				e.Message = msg.New("%s answered %d, where Keycloak answers anybody.", req.URL, a.Exchange.Status)
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
			Message: msg.New("%s answered %d, but not as a Keycloak does.", req.URL, a.Exchange.Status),
			Hint:    msg.New("Check the address: this is another web server, or a proxy that answers in Keycloak's place.")}
	}
	return nil
}

// send makes a request outside of gocloak. An error is one of the transport; the answer's status is left to the caller.
func (s *Server) send(outer context.Context, req *http.Request, c *wire.Call) error {
	req.Header.Set("User-Agent", "fix403")
	res, err := s.http.Do(req)                                  // #nosec G704 -- the address is the person's own choice
	if err != nil && (c.Answer == nil || c.Answer.Err != nil) { // else http.Client does not like the address in it
		return s.withoutSecrets(wire.NoAnswer(outer, wire.Origin(req.URL.String()), err))
	}
	if err == nil {
		_ = res.Body.Close()
	}
	if c.Answer == nil {
		return &failure.Error{Kind: failure.UnexpectedAnswer, Message: msg.New("The answer was not recorded.")}
	}
	return nil
}

// anySuccess is for calls whose caller reads the answer itself.
const anySuccess = -1

// call makes one gocloak call and judges it by what the transport saw. It returns an error for every answer outside
// 2xx; with success 200 also for one without valid JSON, and else for every other status than success.
func (s *Server) call(ctx context.Context, purpose msg.Message, timeout time.Duration, success int, f func(context.Context) error) (*wire.Reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, wire.NoAnswer(ctx, s.url, err)
	}
	c := &wire.Call{Purpose: purpose}
	callCtx, cancel := wire.WithCall(ctx, c, timeout)
	defer cancel()
	err := f(callCtx)
	a := c.Answer
	switch {
	case a == nil && err != nil:
		return nil, &failure.Error{Kind: failure.BadInput, Message: msg.New("The request could not be sent: %s.", s.recorder.Mask(err.Error())), Err: err}
	case a == nil:
		return nil, &failure.Error{Kind: failure.UnexpectedAnswer, Message: msg.New("The request was not sent.")}
	case a.Err != nil:
		return a, s.withoutSecrets(wire.NoAnswer(ctx, wire.Origin(s.url), a.Err))
	}
	if e := a.Refusal(); e != nil {
		return a, e
	}
	if success != anySuccess && (success != http.StatusOK && a.Exchange.Status != success || success == http.StatusOK && !a.IsJSON()) {
		return a, a.Unusable(success)
	}
	if err != nil {
		e := a.Unusable(success)
		e.Err = err
		return a, e
	}
	return a, nil
}

// withoutSecrets masks an error's message: it quotes the server, which may repeat what it was sent.
func (s *Server) withoutSecrets(e *failure.Error) *failure.Error {
	e.Mask(s.recorder.Mask)
	return e
}

// URL returns the base URL, with base path and without trailing slash.
func (s *Server) URL() string { return s.url }

// Recorder returns the record of all exchanges with the server.
func (s *Server) Recorder() *wire.Recorder { return s.recorder }

// silent keeps resty from writing to standard error in the middle of a screen.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// segment checks and escapes a name that becomes a part of a path: gocloak does neither.
func segment(what msg.Format, name string) (string, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\") ||
		slices.ContainsFunc([]rune(name), func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return "", failure.NewBadInput("Use a name without slashes and control characters.", "%q cannot be a %s.", name, what)
	}
	return url.PathEscape(name), nil
}

// identifies reports whether what a server gives as an object's id can be one: it becomes a part of paths, and is shown and
// written down.
func (s *Server) identifies(id string) bool {
	const longest = 255 // of a user that another store than Keycloak's keeps
	odd := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`/\?#%`, r) }
	return id != "" && id != "." && id != ".." && len(id) <= longest && !strings.ContainsFunc(id, odd) && s.recorder.Mask(id) == id
}
