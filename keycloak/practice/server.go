package practice

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fix403/keycloak/practice/internal/rsakey"
)

// Options of a practice server. The zero value is a server as [DefaultVersion] with a
// generated admin password.
type Options struct {
	// Version is one of [Versions]; "" is [DefaultVersion].
	Version string
	// AdminUser is the first admin's name in the master realm; "" is "admin".
	AdminUser string
	// AdminPassword of that user; "" generates one, to be read with [Server.AdminPassword].
	AdminPassword string
	// Now is the clock of tokens and sessions; nil is time.Now.
	Now func() time.Time
	// IDSeed makes the ids of realms, clients, users, roles, scopes, keys and tokens come out the same for the same requests
	// in the same order; "" makes them up. Keys, secrets and passwords are made up in any case.
	IDSeed string
	// BasePath precedes every path: "" or "/auth" (the default before Keycloak 17).
	BasePath string
	// MaxRealms bounds the number of realms (0: 100), MaxUsers the users of a
	// realm (0: 1000). Over the bound the answer is 507 with a sentence.
	MaxRealms int
	MaxUsers  int
	// MaxRealmBytes bounds the memory of a realm (0: 64 MB), MaxBytes that of all realms together (0: 256 MB), but that a
	// small realm can be worked in while others fill the server. Over the bound the answer is 507.
	MaxRealmBytes, MaxBytes int64
	// Strict refuses an import of which something would be left out, instead of naming it.
	Strict bool
	// MaxBody bounds a request body in bytes (0: 1 MiB); over it the answer is 413.
	MaxBody int64
}

// maxPerRealm bounds every other collection of a realm: clients, roles, groups, scopes, components.
const maxPerRealm = 2000

// maxSessions bounds the user sessions kept in a realm; the oldest goes first.
const maxSessions = 2000

// maxTraffic bounds the bodies and answers that are on their way, in bytes.
const maxTraffic = 64 << 20

// maxHeader is the size in bytes of a request's header from which Keycloak
// answers 431 (between 60 and 80 KB on all measured versions).
const maxHeader = 64 << 10

// Server is a practice Keycloak. It is an http.Handler, safe for concurrent use.
type Server struct {
	opt      Options
	behavior *behavior
	def      *realmDefaults
	ids      *ids
	started  time.Time
	panics   atomic.Int64 // defects met while answering
	traffic  traffic
	newKey   func() (*rsa.PrivateKey, error)

	mu     sync.Mutex // guards everything below, the realms included
	realms map[string]*realm
	order  []string // realm names in the order of creation
	faults Faults
}

// New makes a server with the master realm and its admin. It generates no
// keys: each realm's RSA keys come into being when they are first needed.
// It fails only for an unknown version or a base path without a leading slash.
func New(o Options) (*Server, error) {
	r, err := releaseOf(o.Version)
	if err != nil {
		return nil, err
	}
	b := behaviorOf(r)
	d, err := loadDefaults(b.defaults)
	if err != nil {
		return nil, err
	}
	o.BasePath = strings.TrimRight(o.BasePath, "/")
	if o.BasePath != "" && !strings.HasPrefix(o.BasePath, "/") {
		return nil, errors.New("practice: BasePath must start with a slash")
	}
	o.Version = r.String()
	if o.AdminUser == "" {
		o.AdminUser = "admin"
	}
	if o.AdminPassword == "" {
		o.AdminPassword = rand.Text()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxRealms <= 0 {
		o.MaxRealms = 100
	}
	if o.MaxUsers <= 0 {
		o.MaxUsers = 1000
	}
	if o.MaxRealmBytes <= 0 {
		o.MaxRealmBytes = 64 << 20
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 1 << 20
	}
	s := &Server{opt: o, behavior: b, def: d, ids: &ids{seed: o.IDSeed}, realms: map[string]*realm{}, started: o.Now(),
		newKey: rsakey.Source()}
	s.traffic.most = maxTraffic
	m := s.createRealm(masterRealm, nil)
	s.createFirstAdmin(m)
	return s, nil
}

// AdminUser is the name of the first admin, a user of the master realm.
func (s *Server) AdminUser() string { return s.opt.AdminUser }

// AdminPassword is the password of [Server.AdminUser], given or generated.
func (s *Server) AdminPassword() string { return s.opt.AdminPassword }

// Version is the Keycloak version this server behaves as.
func (s *Server) Version() string { return s.behavior.String() }

// URL is the base URL to use with [Server.Transport]. Its host does not resolve.
func (s *Server) URL() string { return "http://practice.fix403.invalid" + s.opt.BasePath }

// clock is the time of tokens, and whether a fault has shifted it.
func (s *Server) clock() (now time.Time, skewed bool) {
	s.mu.Lock()
	skew := s.faults.ClockSkew
	s.mu.Unlock()
	return s.opt.Now().Add(skew), skew != 0
}

// ServeHTTP answers one request. It never panics and logs nothing.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if headerSize(r) > maxHeader {
		w.Header()["Date"] = nil
		w.WriteHeader(http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	if s.serveFault(w, r) {
		return
	}
	c := newCall(s, w, r)
	c.serve()
}

func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len(r.Host) + 12
	for k, vs := range r.Header {
		for _, v := range vs {
			n += len(k) + len(v) + 4
		}
	}
	return n
}

// httpServer has a limit on everything a caller could hold up: a connection
// that sends its header, or its body, a byte at a time is closed.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       60 * time.Second,
		// The handler itself answers 431, with Keycloak's empty body.
		MaxHeaderBytes: 1 << 20,
		ErrorLog:       log.New(io.Discard, "", 0),
	}
}

// Serve answers on l until ctx ends, then closes it. It returns nil after ctx
// ended, else the listener's error. Meanwhile it generates the keys of the
// realms that are there already, so that a course need not wait for them.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return s.ServeThrough(ctx, l, s) }

// ServeThrough is Serve with a handler around the server.
func (s *Server) ServeThrough(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := s.httpServer()
	srv.Handler = h
	warm, cool := context.WithCancel(ctx)
	warmed := make(chan struct{})
	go func() {
		defer close(warmed)
		s.warmKeys(warm)
	}()
	defer func() {
		cool()
		<-warmed
	}()
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(l)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
