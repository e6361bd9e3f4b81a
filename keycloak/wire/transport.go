package wire

import (
	"bytes"
	"cmp"
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

// Call is one call over a [Transport]: why it is made, how it is recorded, and what came of it. It is the RoundTripper of the client
// that makes the call, which is how gocloak's methods make it without knowing of it.
type Call struct {
	Transport *Transport
	Purpose   msg.Message
	Step      string // id of the story's step that it belongs to; "" for none
	Quiet     bool   // neither recorded nor told to listeners, and sent once: to look again and again whether anything has changed
	Once      bool   // sent once, to see how it is answered

	Reply *Reply // of the last exchange; nil before one was made
}

// Transport is what all calls to a server share.
type Transport struct {
	Next     http.RoundTripper
	Recorder *Recorder
	Now      func() time.Time
	ReadOnly bool // refuses what could change something, with [failure.BadInput]
	Once     bool // sends nothing again
}

// RoundTrip sends the request, and a reading one again where that may help; it reads the whole answer within a limit, and records both.
func (c *Call) RoundTrip(req *http.Request) (*http.Response, error) {
	t := c.Transport
	if t.ReadOnly && !reads(req) {
		err := failure.NewBadInput("Omit --read-only to allow it.", "This request could change something, and was not sent: %s.", req.Method+" "+t.Recorder.Mask(cmp.Or(req.URL.Path, req.URL.Opaque)))
		c.Reply = &Reply{Err: err, recorder: t.Recorder}
		return nil, err
	}
	for try := 1; ; try++ {
		res, err := c.send(req, try)
		wait, why := c.again(req, try)
		if why.Empty() || !fits(req.Context(), wait) {
			return res, err
		}
		t.Recorder.start(Started{
			Step: c.Step, Purpose: c.Purpose, Method: req.Method, URL: address(req),
			Again: msg.New("%s: try %d of %d in %s", why, try+1, tries, wait),
		})
		if err := pause(req.Context(), wait); err != nil {
			c.Reply.Err = err
			return nil, err
		}
		if req, err = copyOf(req); err != nil {
			return nil, err
		}
	}
}

// withoutBody returns a request whose body is empty as one that says so: of an empty body whose length is not known it would be said
// that it comes in chunks, which some servers and proxies do not read.
func withoutBody(req *http.Request) *http.Request {
	next := req.WithContext(req.Context())
	next.Body, next.ContentLength = http.NoBody, 0
	return next
}

// send makes one exchange of a call.
func (c *Call) send(req *http.Request, try int) (*http.Response, error) {
	t := c.Transport
	e := Exchange{
		Step: c.Step, Purpose: c.purpose(try),
		Method: req.Method, URL: address(req), RequestHeader: req.Header.Clone(), Started: t.Now(),
	}
	if req.Host != "" && req.Host != req.URL.Host {
		e.RequestHeader.Set("Host", req.Host)
	}
	if b := req.Header.Get("Authorization"); len(b) > 7 && strings.EqualFold(b[:7], "bearer ") {
		e.Bearer, _ = token.Decode(b)
	}
	if req.GetBody != nil {
		if body, err := req.GetBody(); err == nil {
			text, _ := io.ReadAll(io.LimitReader(body, maxRequestBody))
			e.RequestBody = string(text)
			_ = body.Close()
			if len(text) == 0 {
				req = withoutBody(req)
			}
		}
	}
	if !c.Quiet {
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
	if c.Quiet {
		e = t.Recorder.masked(e)
	} else {
		e = t.Recorder.record(e)
	}
	c.Reply = &Reply{Exchange: e, Header: header, Body: body, Err: err, recorder: t.Recorder}
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.Header.Del("Content-Encoding") // or resty would unpack what is left packed, without a bound
	return res, nil
}

// address returns the URL of a request, also where its path is sent as it is written.
func address(req *http.Request) string {
	if u := req.URL; u.Opaque != "" {
		return u.Scheme + "://" + u.Host + u.Opaque
	}
	return req.URL.String()
}

// reads reports whether a request changes nothing: by its method, or because all it does is get a token, ask what one is, or evaluate.
func reads(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	case http.MethodPost:
		if strings.Contains(req.URL.Path, "/admin/") {
			return strings.HasSuffix(req.URL.Path, "/authz/resource-server/policy/evaluate") // its question is long
		}
		for _, endpoint := range []string{"token", "token/introspect", "userinfo"} {
			if strings.HasSuffix(req.URL.Path, "/protocol/openid-connect/"+endpoint) {
				return true
			}
		}
	}
	return false
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
