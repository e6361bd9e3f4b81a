package wire_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

const (
	address   = "http://kc.example/admin/realms/demo"
	tokenPath = "http://kc.example/realms/demo/protocol/openid-connect/token"
)

// answering is a server in the process: it gives its answers in their order, and the last one again.
type answering struct {
	answers []func(*http.Request) (*http.Response, error)
	bodies  []string // of the requests
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	a.bodies = append(a.bodies, string(body))
	return a.answers[min(len(a.bodies), len(a.answers))-1](r)
}

func answer(status int, header http.Header, body io.Reader) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Proto: "HTTP/1.1", Header: header.Clone(), Body: io.NopCloser(body), Request: r}, nil
	}
}

func json(status int, body string) func(*http.Request) (*http.Response, error) {
	return answer(status, http.Header{"Content-Type": {"application/json"}}, strings.NewReader(body))
}

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// broken is a body that breaks off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// made makes one call of a server, as gocloak would.
func made(ctx context.Context, c *wire.Call, method, url, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Transport: c}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	return io.ReadAll(res.Body)
}

func TestCall(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		answers              []func(*http.Request) (*http.Response, error)
		method, url          string
		readOnly, once, both bool // both: of the transport too
		quiet                bool
		tries                int // that reach the server
		status               int // of the last
		err                  error
		kind                 failure.Kind // of what the reply says
	}{
		{name: "an answer", answers: []func(*http.Request) (*http.Response, error){json(200, `{}`)}, tries: 1, status: 200},
		{name: "a refusal", answers: []func(*http.Request) (*http.Response, error){json(403, `{"error":"HTTP 403 Forbidden"}`)}, tries: 1, status: 403, kind: failure.AdminRefused},
		{name: "no response", answers: []func(*http.Request) (*http.Response, error){fails(io.EOF)}, tries: 1, err: io.EOF},
		{name: "half an answer", answers: []func(*http.Request) (*http.Response, error){answer(200, nil, broken{})}, tries: 1, status: 200, err: io.ErrUnexpectedEOF},
		{name: "a server that starts", answers: []func(*http.Request) (*http.Response, error){fails(refused), json(503, `{}`), json(200, `{}`)}, tries: 3, status: 200},
		{name: "a server that does not", answers: []func(*http.Request) (*http.Response, error){fails(refused)}, tries: 4, err: syscall.ECONNREFUSED},
		{name: "sent once", once: true, answers: []func(*http.Request) (*http.Response, error){json(503, `{}`), json(200, `{}`)}, tries: 1, status: 503, kind: failure.ServerError},
		{name: "each sent once", both: true, answers: []func(*http.Request) (*http.Response, error){json(503, `{}`), json(200, `{}`)}, tries: 1, status: 503, kind: failure.ServerError},
		{name: "quietly", quiet: true, answers: []func(*http.Request) (*http.Response, error){json(503, `{}`), json(200, `{}`)}, tries: 1, status: 503, kind: failure.ServerError},
		{name: "a change", method: http.MethodPost, answers: []func(*http.Request) (*http.Response, error){json(503, `{}`), json(200, `{}`)}, tries: 1, status: 503, kind: failure.ServerError},
		{name: "a token, later", method: http.MethodPost, url: tokenPath, answers: []func(*http.Request) (*http.Response, error){answer(429, http.Header{"Retry-After": {"3"}}, bytes.NewReader(nil)), json(200, `{}`)}, tries: 2, status: 200},
		{name: "a look, read only", readOnly: true, answers: []func(*http.Request) (*http.Response, error){json(200, `{}`)}, tries: 1, status: 200},
		{name: "a change, read only", readOnly: true, method: http.MethodDelete, err: &failure.Error{Kind: failure.BadInput}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, recorder := &answering{answers: tt.answers}, &wire.Recorder{}
				started, ended := 0, 0
				recorder.OnRequest(func(s wire.Started) {
					if s.Again.Empty() {
						started++
					}
				})
				recorder.OnExchange(func(wire.Exchange) { ended++ })
				c := &wire.Call{
					Transport: &wire.Transport{Next: server, Recorder: recorder, Now: time.Now, ReadOnly: tt.readOnly, Once: tt.both},
					Purpose:   msg.New("read the realm"), Step: "realm", Once: tt.once, Quiet: tt.quiet,
				}
				method, url := tt.method, tt.url
				if method == "" {
					method = http.MethodGet
				}
				if url == "" {
					url = address
				}
				_, err := made(t.Context(), c, method, url, "what is asked")
				if want := new(failure.Error); errors.As(tt.err, &want) {
					if failure.KindOf(err) != want.Kind || failure.KindOf(c.Reply.Err) != want.Kind {
						t.Errorf("error %v, want one of kind %s", err, want.Kind)
					}
				} else if !errors.Is(err, tt.err) || !errors.Is(c.Reply.Err, tt.err) {
					t.Errorf("error %v, and %v in the reply, want %v", err, c.Reply.Err, tt.err)
				}
				if len(server.bodies) != tt.tries {
					t.Fatalf("the server got %d requests, want %d", len(server.bodies), tt.tries)
				}
				for _, body := range server.bodies {
					if body != "what is asked" {
						t.Errorf("a request came with the body %q", body)
					}
				}
				if got := c.Reply.Exchange.Status; got != tt.status {
					t.Errorf("status %d, want %d", got, tt.status)
				}
				if tt.err == nil {
					if e := c.Reply.Refusal(); (e != nil) != (tt.kind != "") || e != nil && e.Kind != tt.kind {
						t.Errorf("refusal %v, want one of kind %q", e, tt.kind)
					}
				}
				want := tt.tries
				if tt.quiet {
					want = 0
				}
				if all := recorder.Exchanges(); len(all) != want || started != want || ended != want {
					t.Errorf("%d exchanges are recorded, %d had started and %d ended, want %d", len(all), started, ended, want)
				}
				for i, e := range recorder.Exchanges() {
					if e.Step != "realm" || (e.Purpose.String() == "read the realm") != (i == 0) || e.RequestBody != "what is asked" || (e.Err != "") != (e.Status == 0 || tt.name == "half an answer") {
						t.Errorf("exchange %+v", e)
					}
				}
			})
		})
	}
}

// TestWaitIsGivenUp cancels a call that waits to be sent again.
func TestWaitIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		defer cancel()
		server := &answering{answers: []func(*http.Request) (*http.Response, error){json(503, `{}`)}}
		c := &wire.Call{Transport: &wire.Transport{Next: server, Recorder: &wire.Recorder{}, Now: time.Now}}
		start := time.Now()
		if _, err := made(ctx, c, http.MethodGet, address, ""); err != nil || c.Reply.Exchange.Status != 503 || len(server.bodies) != 2 || time.Since(start) != 500*time.Millisecond {
			t.Errorf("%v, %d requests after %s: a wait that the time does not allow is not begun", err, len(server.bodies), time.Since(start))
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		if _, err := made(ctx, c, http.MethodGet, address, ""); !errors.Is(err, context.Canceled) || !errors.Is(c.Reply.Err, context.Canceled) {
			t.Errorf("%v, want that it was cancelled", err)
		}
	})
}

// TestWaitIsAsLongAsTheServerAsks reads both forms of Retry-After, a date by the server's own clock.
func TestWaitIsAsLongAsTheServerAsks(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"3": 3 * time.Second, "Sat, 01 Jan 2000 00:00:09 GMT": 9 * time.Second, "Sat, 01 Jan 2000 00:01:00 GMT": 0, "soon": 0, "": 0,
	} {
		synctest.Test(t, func(t *testing.T) {
			busy := http.Header{"Retry-After": {header}, "Date": {"Sat, 01 Jan 2000 00:00:00 GMT"}}
			server := &answering{answers: []func(*http.Request) (*http.Response, error){answer(429, busy, strings.NewReader("")), json(200, `{}`)}}
			c := &wire.Call{Transport: &wire.Transport{Next: server, Recorder: &wire.Recorder{}, Now: func() time.Time { return time.Unix(0, 0) }}}
			start := time.Now()
			if _, err := made(t.Context(), c, http.MethodGet, address, ""); err != nil {
				t.Error(err)
			}
			took, sent := time.Since(start), 1
			if header == "soon" {
				want = 500 * time.Millisecond
			}
			if want > 0 {
				sent = 2
			}
			if took != want || len(server.bodies) != sent {
				t.Errorf("Retry-After %q: %d requests in %s, want %d in %s", header, len(server.bodies), took, sent, want)
			}
		})
	}
}

// TestNoAnswer classifies errors of the transport.
func TestNoAnswer(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx  context.Context
		err  error
		want failure.Kind
	}{
		{canceled, io.EOF, failure.Canceled},
		{t.Context(), context.DeadlineExceeded, failure.Timeout},
		{t.Context(), io.EOF, failure.Unreachable},
		{t.Context(), refused, failure.Unreachable},
		{t.Context(), &net.DNSError{Name: "kc.example"}, failure.Unreachable},
		{t.Context(), errors.New("tls: handshake failure"), failure.TLS},
		{t.Context(), failure.NewBadInput("Do this.", "It is wrong."), failure.BadInput},
	} {
		e := wire.NoAnswer(tt.ctx, "http://kc.example", tt.err)
		if e.Kind != tt.want || e.Message.Empty() || e.Hint.Empty() {
			t.Errorf("%v: %s (%s), hint %q, want %s", tt.err, e.Kind, e.Message, e.Hint, tt.want)
		}
	}
}
