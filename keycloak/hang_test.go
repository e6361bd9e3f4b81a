package keycloak_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

func TestMain(m *testing.M) { os.Exit(testrun.Waiting{M: m, AtOnce: 16}.Run()) }

// trick answers a request, or a connection, in a way that never ends. It returns when nobody is left at the other side.
type trick func(c net.Conn)

// again writes a text for ever, a piece at a time.
func again(c net.Conn, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// silent waits until the other side closes.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func says(text string, then trick) trick {
	return func(c net.Conn) {
		if _, err := io.WriteString(c, text); err == nil {
			then(c)
		}
	}
}

func forever(text string) trick { return func(c net.Conn) { again(c, text) } }

const okJSON = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// tricks are ways in which an answer does not end.
var tricks = map[string]trick{
	"nothing":              silent,
	"101":                  says("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", silent),
	"101 and then more":    says("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", forever("PRI * HTTP/2.0\r\n\r\n")),
	"100 for ever":         forever("HTTP/1.1 100 Continue\r\n\r\n"),
	"102 for ever":         forever("HTTP/1.1 102 Processing\r\n\r\n"),
	"103 for ever":         forever("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
	"one 100":              says("HTTP/1.1 100 Continue\r\n\r\n", silent),
	"199 with a header":    says("HTTP/1.1 199 Hello\r\nX: ", forever("x")),
	"a status line":        says("HTTP/1.1 200 ", forever("O")),
	"half a status line":   says("HTTP/1.", silent),
	"a header":             says(okJSON+"X-Long: ", forever("x")),
	"headers":              says(okJSON, forever("X: y\r\n")),
	"a folded header":      says(okJSON+"X: y\r\n", forever(" z\r\n")),
	"a body of one length": says(okJSON+"Content-Length: 100000\r\n\r\n", forever("1")),
	"a body of no length":  says(okJSON+"\r\n", forever("1")),
	"no body":              says(okJSON+"Content-Length: 5\r\n\r\n", silent),
	"chunks":               says(okJSON+"Transfer-Encoding: chunked\r\n\r\n", forever("1\r\n1\r\n")),
	"a chunk's length":     says(okJSON+"Transfer-Encoding: chunked\r\n\r\n", forever("0")),
	"a chunk's extension":  says(okJSON+"Transfer-Encoding: chunked\r\n\r\n1;", forever("x")),
	"trailers":             says(okJSON+"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\n", forever("X: y\r\n")),
	"half a trailer":       says(okJSON+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: ", silent),
	"an upgrade with 200":  says(okJSON+"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", silent),
	"another 1xx, upgrade": says("HTTP/1.1 150 Upgrade\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", silent),
	"packed":               says(okJSON+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", forever("\x00")),
}

// tricky serves a trick: after each request, or with raw from the first byte on.
func tricky(t *testing.T, do trick, raw bool) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		conns []net.Conn
		all   sync.WaitGroup
	)
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			all.Go(func() {
				defer c.Close()
				if !raw {
					r, err := http.ReadRequest(bufio.NewReader(c))
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
				}
				do(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}

// ends makes a call that must end: by its time-out, and by being given up. Only a call that hangs takes longest.
func ends(t *testing.T, address string, transport func() http.RoundTripper) {
	t.Helper()
	const longest = 30 * time.Second
	for how, limits := range map[string][2]time.Duration{"the time-out": {100 * time.Millisecond, time.Hour}, "giving up": {time.Hour, 100 * time.Millisecond}} {
		s, err := keycloak.NewServer(address, keycloak.Options{Transport: transport(), Timeout: limits[0], Once: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		giveUp := time.AfterFunc(limits[1], cancel)
		done := make(chan error, 1)
		go func() {
			reply, err := s.Send(ctx, keycloak.Request{Method: http.MethodPost, Path: "/realms/master/protocol/openid-connect/token", Form: url.Values{"a": {"b"}}})
			if err == nil && reply.Exchange.Status < 200 {
				err = errors.New("an answer of 1xx is taken for one")
			}
			done <- err
		}()
		select {
		case err := <-done:
			if err != nil && failure.KindOf(err) == "" {
				t.Errorf("%s: %v", how, err)
			}
			if failure.KindOf(err) == failure.Canceled && how != "giving up" {
				t.Errorf("%s: %v", how, err)
			}
		case <-time.After(longest):
			t.Errorf("it does not end by %s", how)
		}
		giveUp.Stop()
		cancel()
	}
}

func newTransport(t *testing.T, o wire.TLS) *http.Transport {
	t.Helper()
	transport, err := wire.NewTransport(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func TestEveryAnswerEnds(t *testing.T) {
	for name, do := range tricks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ends(t, "http://"+tricky(t, do, false), func() http.RoundTripper { return newTransport(t, wire.TLS{}) })
		})
	}
}

// The same before there is a connection in which requests are made: at the server's TLS, and at a proxy.
func TestEveryHandshakeEnds(t *testing.T) {
	greetings := map[string]trick{
		"nothing": silent, "a record": says("\x16\x03\x03\x40\x00", forever("\x02")), "half a record": says("\x16\x03", silent), "alerts": forever("\x15\x03\x03\x00\x02\x01\x00"),
	}
	for name, do := range greetings {
		t.Run("TLS/"+name, func(t *testing.T) {
			t.Parallel()
			ends(t, "https://"+tricky(t, do, true), func() http.RoundTripper { return newTransport(t, wire.TLS{Insecure: true}) })
		})
	}
	through := func(proxy string) func(t *testing.T) http.RoundTripper {
		return func(t *testing.T) http.RoundTripper {
			transport := newTransport(t, wire.TLS{})
			transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: proxy})
			return transport
		}
	}
	proxies := map[string]trick{"connected": says("HTTP/1.1 200 Connected\r\n\r\n", silent), "connected and talking": says("HTTP/1.1 200 Connected\r\n\r\n", forever("\x16\x03\x03\x40\x00"))}
	for name, do := range tricks {
		proxies[name] = do
	}
	for name, do := range proxies {
		t.Run("proxy/"+name, func(t *testing.T) {
			t.Parallel()
			proxy := through(tricky(t, do, false))
			ends(t, "https://sso.example.com", func() http.RoundTripper { return proxy(t) })
			ends(t, "http://sso.example.com", func() http.RoundTripper { return proxy(t) })
		})
	}
}

func TestEveryStreamEnds(t *testing.T) {
	for name, do := range map[string]http.HandlerFunc{
		"nothing": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the server sees that the caller is gone once it has read the request
			<-r.Context().Done()
		},
		"103 for ever": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for r.Context().Err() == nil {
				w.WriteHeader(http.StatusEarlyHints)
				time.Sleep(5 * time.Millisecond)
			}
		},
		"a body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "1")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		},
		"a trailer": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Trailer", "X")
			_, _ = io.WriteString(w, "{}")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(do)
			s.EnableHTTP2 = true
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
			s.StartTLS()
			t.Cleanup(s.Close)
			ends(t, s.URL, func() http.RoundTripper { return newTransport(t, wire.TLS{Insecure: true}) })
		})
	}
}

// What a server says on a connection that is kept alive, without having been asked, is no answer to the next request.
func TestUnaskedAnswers(t *testing.T) {
	log.SetOutput(io.Discard) // as the program does: net/http says there what came
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	const good = okJSON + "Content-Length: 18\r\n\r\n{\"realm\":\"master\"}"
	for name, more := range map[string]string{
		"another answer": okJSON + "Content-Length: 18\r\n\r\n{\"realm\":\"forged\"}", "bytes": strings.Repeat("x", 1<<10), "101": "HTTP/1.1 101 Switching Protocols\r\n\r\n", "a refusal": "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{}, 5)
			address := "http://" + tricky(t, says(good+more, func(c net.Conn) { silent(c); closed <- struct{}{} }), false)
			s, err := keycloak.NewServer(address, keycloak.Options{Transport: newTransport(t, wire.TLS{}), Timeout: 10 * time.Second, Once: true})
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				reply, err := s.Send(t.Context(), keycloak.Request{Method: http.MethodGet, Path: "/realms/master"})
				if err != nil && failure.KindOf(err) == "" || err == nil && (reply.Exchange.Status != 200 || string(reply.Body) != `{"realm":"master"}`) {
					t.Fatalf("%d %.100q, %v", reply.Exchange.Status, reply.Body, err)
				}
				// net/http looks at a connection at rest in a goroutine of its own; a request that is faster may still take it.
				select {
				case <-closed:
				case <-time.After(10 * time.Second):
					t.Fatal("the connection is kept")
				}
			}
		})
	}
}
