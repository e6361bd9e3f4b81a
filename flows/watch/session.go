package watch

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fix403/flows/problem"
	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// Session is a proxy that listens, and keeps the newest calls that went through it.
type Session struct {
	Address string // that programs call, with the server's path
	Server  string // that it passes on to
	watcher *Watcher
	stop    context.CancelFunc
	ended   chan struct{}
	over    atomic.Bool

	mu    sync.Mutex
	seen  []Seen
	count int
}

// mostSeen is how many calls a session keeps; older ones are counted, and in the sum.
const mostSeen = 500

// DefaultPort is where a proxy listens when nothing says otherwise, so that the settings of a program stay true.
const DefaultPort = 8404

// Place is where a session listens, and before which server.
type Place struct {
	URL     string // of a Keycloak, as a person writes it
	Port    string // of this machine; 0 picks a free one, "" is [DefaultPort], or a free one where that is taken
	TLS     wire.TLS
	Timeout time.Duration // of the look whether there is a Keycloak
	// Versions are those of servers that are known, by their addresses.
	Versions map[string]string
}

// Begin looks whether there is a Keycloak, and begins a session before it, on the loopback interface. It ends with lasting. News is called
// after each call, from any goroutine; nil for none. Errors are those of [wire.NewTransport] and [keycloak.Open], and of the port.
func Begin(ctx, lasting context.Context, p Place, news func()) (*Session, error) {
	looking, err := wire.NewTransport(p.TLS)
	if err != nil {
		return nil, err
	}
	defer looking.CloseIdleConnections()
	server, err := keycloak.Open(ctx, p.URL, keycloak.Options{Transport: looking, Timeout: p.Timeout, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(server.URL())
	if err != nil {
		return nil, err
	}
	passing, err := wire.NewTransport(p.TLS)
	if err != nil {
		return nil, err
	}
	if news == nil {
		news = func() {}
	}
	return listen(lasting, target, p.Port, passing, p.Versions[server.URL()], news)
}

func listen(ctx context.Context, server *url.URL, port string, next *http.Transport, version string, news func()) (*Session, error) {
	var config net.ListenConfig
	at := func(port string) (net.Listener, error) {
		return config.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	}
	l, err := at(cmp.Or(port, strconv.Itoa(DefaultPort)))
	if err != nil && port == "" {
		l, err = at("0")
	}
	if err != nil {
		return nil, problem.BadInput("Take another port, or 0 for a free one.", "Port %s of this machine cannot be taken.", port)
	}
	served, stop := context.WithCancel(ctx)
	s := &Session{Address: "http://" + l.Addr().String() + strings.TrimRight(server.Path, "/"), Server: server.String(), stop: stop, ended: make(chan struct{})}
	s.watcher = NewWatcher(Options{URL: s.Server, Version: version, Watching: func(c Seen) {
		s.keep(c)
		news()
	}})
	go func() {
		defer close(s.ended)
		defer next.CloseIdleConnections()
		_ = NewProxy(server, next, s.watcher).Serve(served, l) // what was seen does not depend on how it ended
	}()
	return s, nil
}

func (s *Session) keep(c Seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	s.seen = append(s.seen, c)
	if len(s.seen) > mostSeen {
		s.seen = slices.Delete(s.seen, 0, len(s.seen)-mostSeen)
	}
}

// Seen returns the newest calls, the oldest of them first, and how many there were.
func (s *Session) Seen() (newest []Seen, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen), s.count
}

// Sum adds up what was seen so far.
func (s *Session) Sum() Sum { return s.watcher.Sum() }

// Listening reports whether it was not stopped yet.
func (s *Session) Listening() bool { return !s.over.Load() }

// Stop stops listening, and waits for what is under way, for a while. What was seen stays.
func (s *Session) Stop() {
	s.over.Store(true)
	s.stop()
	<-s.ended
}
