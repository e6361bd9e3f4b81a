package keycloak

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Nerzal/gocloak/v13"
	"github.com/go-resty/resty/v2"

	"fix403/keycloak/msg"
)

// Options of [Open]; the zero value is good for a real server with a certificate that this machine trusts.
type Options struct {
	// Transport carries the requests; nil is the one of [NewTransport]. The practice server brings its own.
	Transport http.RoundTripper
	Recorder  *Recorder     // nil: a new one
	Timeout   time.Duration // per call; 0 is 30 s
	// RealmTimeout is for creating and deleting a realm, which take long on a loaded server; 0 is 2 minutes.
	RealmTimeout time.Duration
	Now          func() time.Time // nil is time.Now
	// ReadOnly refuses every request that could change something, before it is sent: all but GET, HEAD, OPTIONS and the
	// POST by which a token is got. Its error has [KindBadInput].
	ReadOnly bool
	// Once sends each request one time only. Without it a GET that is answered 502, 503 or 504, or finds nothing that
	// listens, is sent again, as while a server starts: at most 3 times, after half a second, 1 and
	// 2. Where the server names a time (Retry-After) of at most 20 s that one is waited for, and after a 429 then, too, also
	// by a token request. Nothing that could create or change
	// something is ever sent again, and no 401 or 403. Each try is an [Exchange] of its own, with its number in the purpose.
	Once bool
}

// Server is a Keycloak at an address. It is safe for concurrent use.
type Server struct {
	url      string // with base path, without trailing slash
	api      *gocloak.GoCloak
	http     *http.Client
	recorder *Recorder
	options  Options
}

// Open finds out whether there is a Keycloak at rawURL, at its root or under /auth, by reading the public document of
// the realm master. Errors have the kinds [KindBadInput], [KindUnreachable], [KindTLS], [KindRedirected],
// [KindNotKeycloak], [KindHTTPSRequired], [KindServerError], [KindTimeout] and [KindCanceled].
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
		if KindOf(err) != KindNotFound {
			break
		}
	}
	if e := (*Error)(nil); errors.As(first, &e) && e.Kind == KindNotFound {
		tried := basePaths(base)
		return nil, &Error{
			Kind: KindNotKeycloak, Status: e.Status,
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
	if base, err = NormalizeURL(rawURL); err != nil {
		return nil, "", err
	}
	if o.Transport == nil {
		if o.Transport, err = NewTransport(TLS{}); err != nil {
			return nil, "", err
		}
	}
	if o.Recorder == nil {
		o.Recorder = &Recorder{}
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
	o.Recorder.Public(base, strings.TrimPrefix(origin(base), "http://"), strings.TrimPrefix(origin(base), "https://"))
	s = &Server{recorder: o.Recorder, options: o}
	s.http = &http.Client{
		Transport:     &recordingTransport{next: o.Transport, recorder: o.Recorder, now: o.Now, readOnly: o.ReadOnly, once: o.Once},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, base, nil
}

func (s *Server) at(base string) {
	s.url = base
	s.api = gocloak.NewClient(base)
	s.api.SetRestyClient(resty.NewWithClient(s.http).SetLogger(silent{}).SetHeader("User-Agent", "fix403"))
}

// NormalizeURL makes the base URL of a server from what a person pastes: it adds a missing scheme (http for loopback,
// else https) and cuts the paths of the admin console and of a realm. It fails with [KindBadInput].
func NormalizeURL(raw string) (string, error) {
	const hint = "Write it like https://sso.example.com or http://localhost:8080."
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return "", badInput(hint, "There is no server URL.")
	}
	if !strings.Contains(raw, "://") {
		scheme := "https://"
		if u, err := url.Parse("http://" + raw); err == nil && IsLoopback(u.Hostname()) {
			scheme = "http://"
		}
		raw = scheme + raw
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", badInput(hint, "This is no URL.") // the parser's error repeats the text, which may hold a password
	case u.User != nil:
		return "", badInput("Give the admin's name and password by their own flags or fields.", "Credentials in the URL are not accepted: they end in logs and histories.")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", badInput(hint, "A Keycloak is reached by http or https, not by %s.", u.Scheme)
	case u.Hostname() == "":
		return "", badInput(hint, "The URL %s has no host.", raw)
	}
	u.RawQuery, u.Fragment, u.RawFragment = "", "", ""
	path := u.EscapedPath()
	for _, tail := range []string{"/admin/", "/realms/"} {
		if i := strings.Index(path+"/", tail); i >= 0 {
			path = path[:i]
		}
	}
	return u.Scheme + "://" + u.Host + strings.TrimRight(path, "/"), nil
}

// SameHost reports whether two addresses are of one server: the same scheme, host and port.
func SameHost(a, b string) bool {
	host := Host(a)
	return host != "" && host == Host(b)
}

// Host returns the scheme, host and port of an address; "" for one that is none.
func Host(address string) string {
	base, err := NormalizeURL(address)
	if err != nil {
		return ""
	}
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	standard := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), standard)
}

// IsLoopback tells whether a host name or address is this machine's loopback.
func IsLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
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
	c := &call{purpose: msg.New("is there a Keycloak at this address?")}
	callCtx, cancel := withCall(ctx, c, s.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(callCtx, http.MethodGet, base+"/realms/master", nil)
	if err != nil {
		return badInput("", "This URL cannot be used: %v.", err)
	}
	req.Header.Set("Accept", "application/json")
	if err := s.send(ctx, req, c); err != nil {
		return err
	}
	a := c.answer
	if e := a.refusal(); e != nil {
		switch a.status {
		case http.StatusNotFound:
			e.Kind = KindNotFound // look further
		case http.StatusUnauthorized, http.StatusForbidden:
			if e.Kind == KindAdminRefused {
				e.Kind = KindNotKeycloak
				e.Message = msg.New("%s answered %d, where Keycloak answers anybody.", req.URL, a.status)
				e.Hint = msg.New("Look at the proxy, firewall or gateway between here and Keycloak.")
			}
		}
		return e
	}
	var realm struct {
		Realm string `json:"realm"`
	}
	if err := json.Unmarshal(a.body, &realm); err != nil || realm.Realm != "master" {
		return &Error{Kind: KindNotKeycloak, Status: a.status,
			Message: msg.New("%s answered %d, but not as a Keycloak does.", req.URL, a.status),
			Hint:    msg.New("Check the address: this is another web server, or a proxy that answers in Keycloak's place.")}
	}
	return nil
}

// send makes a request outside of gocloak. An error is one of the transport; the answer's status is left to the caller.
func (s *Server) send(outer context.Context, req *http.Request, c *call) error {
	req.Header.Set("User-Agent", "fix403")
	res, err := s.http.Do(req)                                  // #nosec G704 -- the address is the person's own choice
	if err != nil && (c.answer == nil || c.answer.err != nil) { // else http.Client does not like the address in it
		return s.withoutSecrets(noAnswer(outer, origin(req.URL.String()), err))
	}
	if err == nil {
		_ = res.Body.Close()
	}
	if c.answer == nil {
		return &Error{Kind: KindUnexpectedAnswer, Message: msg.New("The answer was not recorded.")}
	}
	return nil
}

// anySuccess is for calls whose caller reads the answer itself.
const anySuccess = -1

// call makes one gocloak call and judges it by what the transport saw. It returns an error for every answer outside
// 2xx; with success 200 also for one without valid JSON, and else for every other status than success.
func (s *Server) call(ctx context.Context, purpose msg.Message, timeout time.Duration, success int, f func(context.Context) error) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, noAnswer(ctx, s.url, err)
	}
	c := &call{purpose: purpose}
	callCtx, cancel := withCall(ctx, c, timeout)
	defer cancel()
	err := f(callCtx)
	a := c.answer
	switch {
	case a == nil && err != nil:
		return nil, &Error{Kind: KindBadInput, Message: msg.New("The request could not be sent: %s.", s.recorder.Mask(err.Error())), Err: err}
	case a == nil:
		return nil, &Error{Kind: KindUnexpectedAnswer, Message: msg.New("The request was not sent.")}
	case a.err != nil:
		return a, s.withoutSecrets(noAnswer(ctx, origin(a.url), a.err))
	}
	if e := a.refusal(); e != nil {
		return a, e
	}
	if success != anySuccess && (success != http.StatusOK && a.status != success || success == http.StatusOK && !a.isJSON()) {
		return a, a.unusable(success)
	}
	if err != nil {
		e := a.unusable(success)
		e.Err = err
		return a, e
	}
	return a, nil
}

// withoutSecrets masks an error's message: it quotes the server, which may repeat what it was sent.
func (s *Server) withoutSecrets(e *Error) *Error {
	e.mask(s.recorder.Mask)
	return e
}

func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the server"
	}
	return u.Scheme + "://" + u.Host
}

// URL returns the base URL, with base path and without trailing slash.
func (s *Server) URL() string { return s.url }

// Recorder returns the record of all exchanges with the server.
func (s *Server) Recorder() *Recorder { return s.recorder }

// silent keeps resty from writing to standard error in the middle of a screen.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// segment checks and escapes a name that becomes a part of a path: gocloak does neither.
func segment(what msg.Format, name string) (string, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\") ||
		slices.ContainsFunc([]rune(name), func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return "", badInput("Use a name without slashes and control characters.", "%q cannot be a %s.", name, what)
	}
	return url.PathEscape(name), nil
}
