package keycloak

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// maxRequestBody bounds what is kept of a request; ours have a few hundred bytes.
const maxRequestBody = 1 << 20

// answer is what the transport saw of one call: the ground on which the call is judged, since gocloak does not tell. What it
// holds is as it came, but for the exchange, which is masked, and handed out.
type answer struct {
	exchange Exchange
	recorder *Recorder // masks what is quoted
	url      string
	status   int
	header   http.Header
	body     []byte
	err      error // of the transport, with its chain intact
}

type callKey struct{}

// call is carried by the context of each call.
type call struct {
	purpose msg.Message
	answer  *answer // of the last exchange
}

// recordingTransport is the RoundTripper under every call: it sends the request, reads the whole answer within a limit, and
// records both.
type recordingTransport struct {
	next     http.RoundTripper
	recorder *Recorder
	now      func() time.Time
	readOnly bool
	once     bool
}

// RoundTrip sends the request, and a reading one again where that may help; see [Options.Once].
func (t *recordingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c, _ := req.Context().Value(callKey{}).(*call)
	if c == nil {
		c = &call{}
	}
	if t.readOnly && !reads(req) {
		return nil, badInput("Leave --read-only away to allow it.", "This request could change something, and was not sent: %s.", req.Method+" "+t.recorder.Mask(req.URL.Path))
	}
	for try := 1; ; try++ {
		res, err := t.send(req, c, try)
		wait, why := t.again(req, c.answer, try)
		if why.Empty() || !fits(req.Context(), wait) {
			return res, err
		}
		t.recorder.begin(Begun{
			Step: stepOf(req.Context()), Purpose: c.purpose, Method: req.Method, URL: req.URL.String(),
			Again: msg.New("%s: try %d of %d in %s", why, try+1, tries, wait),
		})
		if err := pause(req.Context(), wait); err != nil {
			c.answer.err = err
			return nil, err
		}
		if req, err = copyOf(req); err != nil {
			return nil, err
		}
	}
}

// send makes one exchange of a call.
func (t *recordingTransport) send(req *http.Request, c *call, try int) (*http.Response, error) {
	e := Exchange{
		Step: stepOf(req.Context()), Purpose: purposeOf(c, try),
		Method: req.Method, URL: req.URL.String(), RequestHeader: req.Header.Clone(), Started: t.now(),
	}
	if b := req.Header.Get("Authorization"); len(b) > 7 && strings.EqualFold(b[:7], "bearer ") {
		e.Bearer, _ = DecodeToken(b)
	}
	if req.GetBody != nil {
		if body, err := req.GetBody(); err == nil {
			text, _ := io.ReadAll(io.LimitReader(body, maxRequestBody))
			e.RequestBody = string(text)
			_ = body.Close()
		}
	}
	quiet := isQuiet(req.Context())
	if !quiet {
		t.recorder.begin(Begun{Step: e.Step, Purpose: e.Purpose, Method: e.Method, URL: e.URL})
	}
	res, err := t.next.RoundTrip(req)
	var body []byte
	if err == nil {
		e.Status, e.Proto, e.ResponseHeader = res.StatusCode, res.Proto, res.Header.Clone()
		body, err = ReadAnswer(res)
		e.ResponseBody = string(body)
		if e.Status >= http.StatusBadRequest {
			e.reason = reasonIn(body)
		}
		e.Issued = issuedToken(body)
		t.recorder.hideIssued(append(issuedSecrets(req.URL.Path, body), cookies(res)...)...)
	}
	header := e.ResponseHeader
	e.Duration = t.now().Sub(e.Started)
	if err != nil {
		err = withoutAnswer(err)
		e.Err = err.Error()
	}
	if quiet {
		e = t.recorder.masked(e)
	} else {
		e = t.recorder.record(e)
	}
	c.answer = &answer{exchange: e, recorder: t.recorder, url: req.URL.String(), status: e.Status, header: header, body: body, err: err}
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.Header.Del("Content-Encoding") // or resty would unpack what is left packed, without a bound
	return res, nil
}

// reads tells whether a request changes nothing: by its method, or because all it does is get a token.
func reads(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	case http.MethodPost:
		return !strings.Contains(req.URL.Path, "/admin/") && strings.HasSuffix(req.URL.Path, "/protocol/openid-connect/token")
	}
	return false
}

// TLS tells how a server's certificate is checked and what we show of our own.
type TLS struct {
	CACert     string // PEM file of certificates trusted in place of the system's roots
	ClientCert string // PEM file
	ClientKey  string // PEM file
	Insecure   bool   // accepts any certificate

	pipes map[string]string // what was read by [TLS.ReadPipes], by path
}

// maxPEM is the largest file of certificates that is read: all that a system trusts has some 300 KB.
const maxPEM = 4 << 20

// pemTime is how long a pipe with certificates may take where nobody says otherwise.
const pemTime = 30 * time.Second

// ReadPipes returns t with what those of its files hold that are pipes, such as <(command) in a shell: they can be read only
// once, and a command may connect more often. Errors are those of a file that cannot be read, or of ctx.
func (t TLS) ReadPipes(ctx context.Context) (TLS, error) {
	pipes := maps.Clone(t.pipes)
	for _, path := range []string{t.CACert, t.ClientCert, t.ClientKey} {
		if _, known := pipes[path]; known || !foreign.IsPipe(path) {
			continue
		}
		text, err := foreign.ReadFile(ctx, path, maxPEM)
		if err != nil {
			return t, err
		}
		if pipes == nil {
			pipes = map[string]string{}
		}
		pipes[path] = string(text)
	}
	t.pipes = pipes
	return t, nil
}

func (t TLS) file(path string) ([]byte, error) {
	if text, read := t.pipes[path]; read {
		return []byte(text), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), pemTime)
	defer cancel()
	return foreign.ReadFile(ctx, path, maxPEM)
}

func (t TLS) clientCertificate() (tls.Certificate, error) {
	cert, err := t.file(t.ClientCert)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := t.file(t.ClientKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(cert, key)
}

// NewTransport returns a transport for a real server: no compression and no redirects, one pool of kept-alive
// connections, proxy from the environment. Unreadable files give [KindBadInput].
func NewTransport(o TLS) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure} // #nosec G402 -- asked for by --insecure, with a warning each time
	if o.CACert != "" {
		pem, err := o.file(o.CACert)
		if err != nil {
			return nil, badInput("Name a readable PEM file.", "The CA file cannot be read: %v.", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, badInput("A PEM file has lines of -----BEGIN CERTIFICATE-----.", "The CA file %s holds no PEM certificate.", o.CACert)
		}
	}
	if (o.ClientCert == "") != (o.ClientKey == "") {
		return nil, badInput("Give both or neither.", "A client certificate needs its key, and a key its certificate.")
	}
	if o.ClientCert != "" {
		pair, err := o.clientCertificate()
		if err != nil {
			return nil, badInput("Give a PEM certificate and the key that belongs to it.", "The client certificate cannot be used: %v.", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = config
	t.MaxIdleConnsPerHost = 8
	t.MaxResponseHeaderBytes = maxHeader
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, req *http.Request, res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return proxyRefused("https://"+req.Host, res.StatusCode)
		}
		return nil
	}
	return t, nil
}

// withCall prepares the context of one call.
func withCall(ctx context.Context, c *call, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(ctx, callKey{}, c), timeout)
}

var accessTokenField = regexp.MustCompile(`"access_token"\s*:`)

// issuedToken decodes the access token in an answer of the token endpoint.
func issuedToken(body []byte) *Token {
	if !accessTokenField.Match(body) { // serverinfo has the word too, and takes 3 ms to decode
		return nil
	}
	var issued struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(body, &issued) != nil {
		return nil
	}
	t, _ := DecodeToken(issued.AccessToken)
	return t
}

// CloseIdle closes a transport's idle connections, where it has any.
func CloseIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
