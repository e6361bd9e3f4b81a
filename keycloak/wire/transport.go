package wire

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// maxRequestBody bounds what is kept of a request; ours have a few hundred bytes.
const maxRequestBody = 1 << 20

// Reply is what the transport saw of one call: the ground on which the call is judged, since gocloak does not tell. The exchange is
// masked, and may be handed out; header, body and error are as they came, and are not to be shown.
type Reply struct {
	Exchange Exchange
	Header   http.Header
	Body     []byte
	Err      error // of the transport, with its chain intact

	recorder *Recorder // masks what is quoted
}

// Words returns Keycloak's own words in an answer that refuses: the error, in whichever of its two fields, and its description.
// Both are "" where the body has none.
func (a *Reply) Words() (reason, description string) {
	b := a.errorBody()
	return cmp.Or(b.Error, b.Message), b.Description
}

// WantsTLS reports whether a web server says that its https port was asked in plain http.
func (a *Reply) WantsTLS() bool {
	return a.Exchange.Status == http.StatusBadRequest && plainToTLS.Match(a.Body)
}

type callKey struct{}

// Call is carried by the context of each call.
type Call struct {
	Purpose msg.Message
	Answer  *Reply // of the last exchange
}

// Transport is the RoundTripper under every call: it sends the request, reads the whole answer within a limit, and
// records both.
type Transport struct {
	Next     http.RoundTripper
	Recorder *Recorder
	Now      func() time.Time
	ReadOnly bool
	Once     bool
}

// RoundTrip sends the request, and a reading one again where that may help; see [keycloak.Options.Once].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c, _ := req.Context().Value(callKey{}).(*Call)
	if c == nil {
		c = &Call{}
	}
	if t.ReadOnly && !reads(req) {
		return nil, failure.NewBadInput("Leave --read-only away to allow it.", "This request could change something, and was not sent: %s.", req.Method+" "+t.Recorder.Mask(req.URL.Path))
	}
	for try := 1; ; try++ {
		res, err := t.send(req, c, try)
		wait, why := t.again(req, c.Answer, try)
		if why.Empty() || !fits(req.Context(), wait) {
			return res, err
		}
		t.Recorder.start(Started{
			Step: stepOf(req.Context()), Purpose: c.Purpose, Method: req.Method, URL: req.URL.String(),
			Again: msg.New("%s: try %d of %d in %s", why, try+1, tries, wait),
		})
		if err := pause(req.Context(), wait); err != nil {
			c.Answer.Err = err
			return nil, err
		}
		if req, err = copyOf(req); err != nil {
			return nil, err
		}
	}
}

// send makes one exchange of a call.
func (t *Transport) send(req *http.Request, c *Call, try int) (*http.Response, error) {
	e := Exchange{
		Step: stepOf(req.Context()), Purpose: purposeOf(c, try),
		Method: req.Method, URL: req.URL.String(), RequestHeader: req.Header.Clone(), Started: t.Now(),
	}
	if b := req.Header.Get("Authorization"); len(b) > 7 && strings.EqualFold(b[:7], "bearer ") {
		e.Bearer, _ = token.Decode(b)
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
		t.Recorder.start(Started{Step: e.Step, Purpose: e.Purpose, Method: e.Method, URL: e.URL})
	}
	res, err := t.Next.RoundTrip(req)
	var body []byte
	if err == nil {
		e.Status, e.Proto, e.ResponseHeader = res.StatusCode, res.Proto, res.Header.Clone()
		body, err = ReadAnswer(res)
		e.ResponseBody = string(body)
		if e.Status >= http.StatusBadRequest {
			e.reason = reasonIn(body)
		}
		e.Issued = issuedToken(body)
		t.Recorder.HideIssued(append(issuedSecrets(req.URL.Path, body), cookies(res)...)...)
	}
	header := e.ResponseHeader
	e.Duration = t.Now().Sub(e.Started)
	if err != nil {
		err = withoutAnswer(err)
		e.Err = err.Error()
	}
	if quiet {
		e = t.Recorder.masked(e)
	} else {
		e = t.Recorder.record(e)
	}
	c.Answer = &Reply{Exchange: e, Header: header, Body: body, Err: err, recorder: t.Recorder}
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

// WithCall prepares the context of one call.
func WithCall(ctx context.Context, c *Call, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(ctx, callKey{}, c), timeout)
}

var accessTokenField = regexp.MustCompile(`"access_token"\s*:`)

// issuedToken decodes the access token in an answer of the token endpoint.
func issuedToken(body []byte) *token.Token {
	if !accessTokenField.Match(body) { // serverinfo has the word too, and takes 3 ms to decode
		return nil
	}
	var issued struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(body, &issued) != nil {
		return nil
	}
	t, _ := token.Decode(issued.AccessToken)
	return t
}
