package keycloak_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire/wiretest"
)

// failing are ways in which an answer does not come whole.
var failing = []struct {
	name string
	kind failure.Kind
	do   http.HandlerFunc
}{
	{"closed before headers", failure.Unreachable, func(w http.ResponseWriter, _ *http.Request) {
		hijack(w, "", false)
	}},
	{"reset before headers", failure.Unreachable, func(w http.ResponseWriter, _ *http.Request) {
		hijack(w, "", true)
	}},
	{"closed in the body", failure.Unreachable, func(w http.ResponseWriter, _ *http.Request) {
		hijack(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"id\":", false)
	}},
	{"closed in a chunk", failure.Unreachable, func(w http.ResponseWriter, _ *http.Request) {
		hijack(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"id\":", false)
	}},
	{"no http", failure.Unreachable, func(w http.ResponseWriter, _ *http.Request) {
		hijack(w, "220 mail.example.com ESMTP\r\n", false)
	}},
	{"5 MB", failure.UnexpectedAnswer, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, jsonType, `{"id":"`+strings.Repeat("x", 5<<20)+`"}`)
	}},
	{"a million empty lists", failure.UnexpectedAnswer, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, jsonType, "["+strings.Repeat("[],", 1_000_000)+"[]]")
	}},
	{"65 levels", failure.UnexpectedAnswer, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, jsonType, strings.Repeat("[", 65)+strings.Repeat("]", 65))
	}},
	{"101, and then nothing", failure.UnexpectedAnswer, func(w http.ResponseWriter, _ *http.Request) {
		hijackOpen(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: fix403-test\r\n\r\n")
	}},
}

func hijack(w http.ResponseWriter, text string, reset bool) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(c, text)
	if tcp, ok := c.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0) // close sends RST
	}
	_ = c.Close()
}

// hijackOpen answers and leaves the connection to the other side to close.
func hijackOpen(w http.ResponseWriter, text string) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(c, text)
	go func() {
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	}()
}

func TestBrokenAnswers(t *testing.T) {
	for _, f := range failing {
		for _, c := range readingCalls {
			t.Run(f.name+"/"+c.name, func(t *testing.T) {
				checkBroken(t, newHostile(t, f.do), c, f.kind)
			})
		}
		for _, c := range writingCalls {
			t.Run(f.name+"/"+c.name, func(t *testing.T) {
				checkBroken(t, newHostile(t, lookups(f.do)), c, f.kind)
			})
		}
	}
}

// checkBroken checks the error of a call without a whole answer, and that nothing but a GET is sent a second time. A GET
// is, by net/http itself, when a kept-alive connection ends before its answer: the server may have closed it unused.
func checkBroken(t *testing.T, h *hostile, c adapterCall, want failure.Kind) {
	t.Helper()
	s, a := h.open(keycloak.Options{})
	err := c.do(t.Context(), s, a)
	wiretest.CheckError(t, err, want)
	if e := (*failure.Error)(nil); errors.As(err, &e) && (e.Status != 0 || e.Err == nil) {
		t.Errorf("status %d and cause %v of an answer that did not come whole", e.Status, e.Err)
	}
	requests, logins := h.seen()
	count := map[string]int{}
	for _, r := range requests {
		count[r]++
		if most := map[bool]int{true: 2, false: 1}[strings.HasPrefix(r, "GET ")]; count[r] > most {
			t.Errorf("%s was sent %d times", r, count[r])
		}
	}
	if logins != 1 {
		t.Errorf("%d logins, want 1", logins)
	}
}

// TestSlowBody runs under fake time: the server sends headers and half a body, and then nothing more.
func TestSlowBody(t *testing.T) {
	for _, c := range slices.Concat(readingCalls, writingCalls) {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a := openStalling(t, keycloak.Options{Timeout: 7 * time.Second, RealmTimeout: 90 * time.Second})
				start := time.Now()
				err := c.do(t.Context(), s, a)
				wiretest.CheckError(t, err, failure.Timeout)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v is no context.DeadlineExceeded", err)
				}
				want := 7 * time.Second
				if c.name == "EnsureRealm" || c.name == "DeleteRealm" {
					want = 90 * time.Second
				}
				if took := time.Since(start); took != want {
					t.Errorf("took %v, want %v", took, want)
				}
			})
		})
	}
}

func TestCancel(t *testing.T) {
	for _, c := range slices.Concat(readingCalls, writingCalls) {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a := openStalling(t, keycloak.Options{})
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				start := time.Now()
				err := c.do(ctx, s, a)
				wiretest.CheckError(t, err, failure.Canceled)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%v is no context.Canceled", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("returned after %v, want 1s", took)
				}
				count := len(s.Recorder().Exchanges())
				wiretest.CheckError(t, c.do(ctx, s, a), failure.Canceled) // already cancelled: nothing is sent
				if n := len(s.Recorder().Exchanges()); n != count {
					t.Errorf("%d requests under a cancelled context", n-count)
				}
			})
		})
	}
}

// A time-out of the transport, such as that of a TLS handshake, is one like our own.
func TestTimeoutOfTheTransport(t *testing.T) {
	h := newHostile(t, nil)
	fail := false
	s, _ := h.open(keycloak.Options{Transport: failingTransport{http.DefaultTransport, func(*http.Request) error {
		if fail {
			return os.ErrDeadlineExceeded
		}
		return nil
	}}})
	fail = true
	_, err := s.GetUser(t.Context(), msg.New("read the user"), clientToken, "demo", "u")
	wiretest.CheckError(t, err, failure.Timeout)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v hides its cause", err)
	}
}

func TestCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := openStalling(t, keycloak.Options{Timeout: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.GetUser(ctx, msg.New("read the user"), clientToken, "demo", "u")
		wiretest.CheckError(t, err, failure.Timeout)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v is no context.DeadlineExceeded", err)
		}
	})
}

// stalling answers logins and lookups from a handler, and everything else with half a body that never ends.
type stalling struct{ h *hostile }

func (s stalling) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &memory{header: http.Header{}, status: 200}
	s.h.answer = lookups(func(http.ResponseWriter, *http.Request) { w.stall = true })
	switch {
	case strings.HasPrefix(r.URL.Path, "/realms/demo"), strings.HasPrefix(r.URL.Path, "/admin/realms/demo"), r.URL.Path == "/admin/serverinfo":
		w.stall = true
	default:
		s.h.ServeHTTP(w, r)
	}
	res := &http.Response{StatusCode: w.status, Proto: "HTTP/1.1", Header: w.header, Request: r, Body: io.NopCloser(strings.NewReader(w.body.String()))}
	if w.stall {
		res.Header.Set("Content-Type", jsonType)
		res.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":`), endless{r.Context()}))
	}
	return res, nil
}

// endless gives nothing until its request ends.
type endless struct{ ctx context.Context }

func (e endless) Read([]byte) (int, error) {
	<-e.ctx.Done()
	return 0, e.ctx.Err()
}

type memory struct {
	header http.Header
	status int
	body   strings.Builder
	stall  bool
}

func (m *memory) Header() http.Header         { return m.header }
func (m *memory) WriteHeader(status int)      { m.status = status }
func (m *memory) Write(b []byte) (int, error) { return m.body.Write(b) }

func openStalling(t *testing.T, o keycloak.Options) (*keycloak.Server, *keycloak.Admin) {
	t.Helper()
	o.Transport = stalling{&hostile{t: t, lifetime: 300}}
	s, err := keycloak.Open(t.Context(), "http://kc.invalid", o)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Login(t.Context(), adminCredentials)
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}
