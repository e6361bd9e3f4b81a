package keycloak_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

// stumbling answers the first requests that a step of a script names by the script, and has the practice server answer
// all others.
type stumbling struct {
	next   http.RoundTripper
	hits   func(*http.Request) bool
	script []stumble
	seen   int
}

type stumble struct {
	status     int // 0: the connection is refused
	retryAfter string
}

func (s *stumbling) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.hits(r) {
		return s.next.RoundTrip(r)
	}
	s.seen++
	if s.seen > len(s.script) {
		return s.next.RoundTrip(r)
	}
	st := s.script[s.seen-1]
	if st.status == 0 {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	h := http.Header{"Content-Type": {"text/html"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	if st.retryAfter != "" {
		h.Set("Retry-After", st.retryAfter)
	}
	return &http.Response{StatusCode: st.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader("<html>busy</html>"))}, nil
}

func readsRealm(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/admin/realms/master")
}
func creates(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), "/admin/realms")
}
func asksToken(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/token") }

func TestSentAgain(t *testing.T) {
	find := func(ctx context.Context, s *keycloak.Server, c keycloak.Credentials) error {
		a, err := s.Login(ctx, c)
		if err != nil {
			return err
		}
		_, err = a.FindRealm(ctx, "master")
		return err
	}
	create := func(ctx context.Context, s *keycloak.Server, c keycloak.Credentials) error {
		a, err := s.Login(ctx, c)
		if err != nil {
			return err
		}
		_, err = a.EnsureRealm(ctx, "new", "run", nil)
		return err
	}
	raw := func(ctx context.Context, s *keycloak.Server, _ keycloak.Credentials) error {
		reply, err := s.Send(ctx, keycloak.Request{Method: http.MethodGet, Path: "/admin/realms/master"})
		if err == nil && reply.Exchange.Status != http.StatusServiceUnavailable {
			err = fmt.Errorf("answered %d", reply.Exchange.Status)
		}
		return err
	}
	times := func(n int, s stumble) []stumble { return slices.Repeat([]stumble{s}, n) }
	for name, c := range map[string]struct {
		hits   func(*http.Request) bool
		script []stumble
		do     func(context.Context, *keycloak.Server, keycloak.Credentials) error
		o      keycloak.Options
		sent   int
		took   time.Duration
		kind   failure.Kind // "" for success
	}{
		"503 once":                      {readsRealm, times(1, stumble{status: 503}), find, keycloak.Options{}, 2, 500 * time.Millisecond, ""},
		"502 three times":               {readsRealm, times(3, stumble{status: 502}), find, keycloak.Options{}, 4, 3500 * time.Millisecond, ""},
		"504 for ever":                  {readsRealm, times(9, stumble{status: 504}), find, keycloak.Options{}, 4, 3500 * time.Millisecond, failure.ServerError},
		"refused twice":                 {readsRealm, times(2, stumble{}), find, keycloak.Options{}, 3, 1500 * time.Millisecond, ""},
		"refused for ever":              {readsRealm, times(9, stumble{}), find, keycloak.Options{}, 4, 3500 * time.Millisecond, failure.Unreachable},
		"500":                           {readsRealm, times(1, stumble{status: 500}), find, keycloak.Options{}, 1, 0, failure.ServerError},
		"401":                           {readsRealm, times(1, stumble{status: 401}), find, keycloak.Options{}, 1, 0, failure.NotKeycloak},
		"403":                           {readsRealm, times(1, stumble{status: 403}), find, keycloak.Options{}, 1, 0, failure.NotKeycloak},
		"switched off":                  {readsRealm, times(1, stumble{status: 503}), find, keycloak.Options{Once: true}, 1, 0, failure.ServerError},
		"a call as it stands":           {readsRealm, times(1, stumble{status: 503}), raw, keycloak.Options{}, 1, 0, ""},
		"creating, 503":                 {creates, times(1, stumble{status: 503}), create, keycloak.Options{}, 1, 0, failure.ServerError},
		"creating, refused":             {creates, times(1, stumble{}), create, keycloak.Options{}, 1, 0, failure.Unreachable},
		"creating, 429":                 {creates, times(1, stumble{429, "1"}), create, keycloak.Options{}, 1, 0, failure.Rejected},
		"token, 503":                    {asksToken, times(1, stumble{status: 503}), find, keycloak.Options{}, 1, 0, failure.ServerError},
		"token, refused":                {asksToken, times(1, stumble{}), find, keycloak.Options{}, 1, 0, failure.Unreachable},
		"token, 429 with a time":        {asksToken, times(2, stumble{429, "7"}), find, keycloak.Options{}, 3, 14 * time.Second, ""},
		"429 with a time":               {readsRealm, times(1, stumble{429, "11"}), find, keycloak.Options{}, 2, 11 * time.Second, ""},
		"429 with a date":               {readsRealm, times(1, stumble{429, "Sat, 01 Jan 2000 00:00:09 GMT"}), find, keycloak.Options{Now: func() time.Time { return time.Unix(0, 0) }}, 2, 9 * time.Second, ""},
		"429 without a time":            {readsRealm, times(1, stumble{status: 429}), find, keycloak.Options{}, 1, 0, failure.Rejected},
		"429 beyond patience":           {readsRealm, times(1, stumble{429, "3600"}), find, keycloak.Options{}, 1, 0, failure.Rejected},
		"429 for longer than the call":  {readsRealm, times(1, stumble{429, "8"}), find, keycloak.Options{Timeout: 5 * time.Second}, 1, 0, failure.Rejected},
		"503 with a time":               {readsRealm, times(1, stumble{503, "3"}), find, keycloak.Options{}, 2, 3 * time.Second, ""},
		"503 with nonsense for a time":  {readsRealm, times(1, stumble{503, "soon"}), find, keycloak.Options{}, 2, 500 * time.Millisecond, ""},
		"503 with a negative time":      {readsRealm, times(1, stumble{503, "-3"}), find, keycloak.Options{}, 2, 500 * time.Millisecond, ""},
		"503 until the call's time-out": {readsRealm, times(9, stumble{status: 503}), find, keycloak.Options{Timeout: 700 * time.Millisecond}, 2, 500 * time.Millisecond, failure.ServerError},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, err := practice.New(practice.Options{})
				if err != nil {
					t.Fatal(err)
				}
				w := &stumbling{next: p.Transport(), hits: c.hits, script: c.script}
				var counts []string
				r := &wire.Recorder{}
				r.OnRequest(func(b wire.Started) {
					if !b.Again.Empty() {
						counts = append(counts, b.Again.String())
					}
				})
				c.o.Transport, c.o.Recorder = w, r
				s, err := keycloak.Open(t.Context(), p.URL(), c.o)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				err = c.do(t.Context(), s, keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())})
				if failure.KindOf(err) != c.kind || (err != nil) != (c.kind != "") {
					t.Errorf("%v (%s), want %q", err, failure.KindOf(err), c.kind)
				}
				if took := time.Since(start); w.seen != c.sent || took != c.took {
					t.Errorf("sent %d times in %v, want %d in %v", w.seen, took, c.sent, c.took)
				}
				if len(counts) != c.sent-1 || len(counts) > 0 && !strings.Contains(counts[len(counts)-1], fmt.Sprintf("try %d of 4 in ", c.sent)) {
					t.Errorf("told %q", counts)
				}
				tries := 0
				for _, e := range r.Exchanges() {
					if strings.Contains(e.Purpose.String(), " of 4)") {
						tries++
					}
				}
				if tries != c.sent-1 {
					t.Errorf("%d exchanges tell their number, want %d", tries, c.sent-1)
				}
			})
		})
	}
}

func TestWaitingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := practice.New(practice.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wire := &stumbling{next: p.Transport(), hits: func(*http.Request) bool { return true }, script: []stumble{{429, "10"}}}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		start := time.Now()
		_, err = keycloak.Open(ctx, p.URL(), keycloak.Options{Transport: wire})
		wiretest.CheckError(t, err, failure.Canceled)
		if took := time.Since(start); took != 2*time.Second || wire.seen != 1 {
			t.Errorf("given up after %v and %d requests", took, wire.seen)
		}
	})
}

// A token that the server does not accept any more, as after it was started anew: the call fails, and is not made again;
// the next one is made with a new token.
func TestLogsInAfterATokenWasRefused(t *testing.T) {
	h := newHostile(t, always(401, jsonType, `{"error":"HTTP 401 Unauthorized"}`))
	s, a := h.open(keycloak.Options{})
	_, err := a.FindRealm(t.Context(), "demo")
	wiretest.CheckError(t, err, failure.AdminRefused)
	if e := (*failure.Error)(nil); !errors.As(err, &e) || !strings.Contains(e.Hint.String(), "try again") {
		t.Errorf("%+v", e)
	}
	if requests, logins := h.seen(); len(requests) != 1 || logins != 1 {
		t.Errorf("%q and %d logins", requests, logins)
	}
	h.answer = always(200, jsonType, `{"realm":"demo","enabled":true}`)
	for range 2 {
		if _, err := a.FindRealm(t.Context(), "demo"); err != nil {
			t.Error(err)
		}
	}
	if requests, logins := h.seen(); len(requests) != 3 || logins != 2 {
		t.Errorf("%q and %d logins", requests, logins)
	}
	if all := s.Recorder().Exchanges(); !strings.Contains(all[len(all)-3].Purpose.String(), "was not accepted") {
		t.Errorf("%q", all[len(all)-3].Purpose.String())
	}
}
