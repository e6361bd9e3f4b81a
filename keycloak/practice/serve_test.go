package practice

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// listening serves s on a loopback port; stop ends it and tells how long that took.
func listening(t *testing.T, s *Server) (addr string, stop func() time.Duration) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	return l.Addr().String(), func() time.Duration {
		start := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		return time.Since(start)
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// TestTimeouts: no part of a request may take forever.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := s.httpServer()
	for name, d := range map[string]time.Duration{"header": srv.ReadHeaderTimeout, "read": srv.ReadTimeout, "write": srv.WriteTimeout, "idle": srv.IdleTimeout} {
		if d <= 0 || d > time.Minute {
			t.Errorf("%s time-out %v", name, d)
		}
	}
	// A caller that never ends its header is cut off.
	srv.ReadHeaderTimeout = 50 * time.Millisecond
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	conn := dial(t, l.Addr().String())
	if _, err := fmt.Fprint(conn, "GET /realms/master HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection stayed open: %v", err)
	}
}

// TestShutdown: Serve ends within two seconds although callers hang on.
func TestShutdown(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.SetFaults(Faults{Latency: time.Hour, Paths: []string{"/slow"}})
	addr, stop := listening(t, s)
	slow, half, idle := dial(t, addr), dial(t, addr), dial(t, addr)
	for conn, text := range map[net.Conn]string{slow: "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", half: "GET /realms/master HTTP/1.1\r\nHos",
		idle: "GET /realms/master HTTP/1.1\r\nHost: x\r\n\r\n"} {
		if _, err := fmt.Fprint(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	res, err := http.ReadResponse(bufio.NewReader(idle), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if d := stop(); d > 2*time.Second {
		t.Errorf("shutdown took %v", d)
	}
}

// TestHeaderLimit: 431 from the handler, and from the HTTP server for headers it does not even read.
func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	addr, stop := listening(t, s)
	defer stop()
	for _, tt := range []struct{ size, status int }{{60000, 200}, {70000, 431}, {2 << 20, 431}} {
		conn := dial(t, addr)
		go func() {
			_, _ = fmt.Fprintf(conn, "GET /realms/master HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", strings.Repeat("a", tt.size))
		}()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%d bytes: %v", tt.size, err)
		}
		_ = res.Body.Close()
		if res.StatusCode != tt.status {
			t.Errorf("%d bytes: %d, want %d", tt.size, res.StatusCode, tt.status)
		}
	}
}

// TestRealmsAreBounded: whichever way realms come, no more than MaxRealms.
func TestRealmsAreBounded(t *testing.T) {
	t.Parallel()
	s, err := New(Options{MaxRealms: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddLearners(4); err == nil || len(s.realms) != 1 {
		t.Errorf("five realms of four: %v, %d are there", err, len(s.realms))
	}
	if l, err := s.AddLearners(2); err != nil || len(l) != 2 {
		t.Errorf("two learners: %v", err)
	}
	for i, want := range []bool{true, false} {
		err := s.Seed(strings.NewReader(fmt.Sprintf(`{"realm":"seeded-%d"}`, i)))
		if (err == nil) != want {
			t.Errorf("seed %d: %v", i, err)
		}
	}
}

// TestWarmKeys: Serve makes the keys of the realms that are there.
func TestWarmKeys(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddLearners(2); err != nil {
		t.Fatal(err)
	}
	s.warmKeys(t.Context())
	for name, r := range s.realms {
		if r.activeKey("RS256").ready() == nil {
			t.Errorf("%s has no key", name)
		}
		if r.activeKey("RSA-OAEP").ready() != nil {
			t.Errorf("%s has a key that nobody needs", name)
		}
	}
}
