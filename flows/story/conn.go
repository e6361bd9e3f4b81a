package story

import (
	"context"
	"net/http"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// Conn is how a story reaches its server: what another flow works with that goes on in its realm. Server and Admin are nil
// before the first step.
type Conn struct {
	Server    *keycloak.Server
	Admin     *keycloak.Admin
	Recorder  *wire.Recorder
	Transport http.RoundTripper // under the server
	Timeout   time.Duration     // per call; 0 is the adapter's default
	Now       func() time.Time
}

// inStep has the exchanges up to end recorded as part of a step. The caller holds run.
func (s *Story) inStep(id StepID) (end func()) {
	before := s.step
	s.step = id
	return func() { s.step = before }
}

// admin returns the admin who makes calls of now. The caller holds run.
func (s *Story) admin() *keycloak.Admin {
	if s.quiet {
		return s.conn.Admin.Quiet()
	}
	return s.conn.Admin.InStep(string(s.step))
}

// server returns the server for calls of now that are not the admin's. The caller holds run.
func (s *Story) server() *keycloak.Server {
	if s.quiet {
		return s.conn.Server.Quiet()
	}
	return s.conn.Server.InStep(string(s.step))
}

// Conn returns the story's connection; what is in it changes while a step runs.
func (s *Story) Conn() *Conn { return s.conn }

// RealmManagement returns the uuid of the client realm-management in the story's realm.
func (s *Story) RealmManagement(ctx context.Context) (string, error) {
	s.run.Lock()
	defer s.run.Unlock()
	err := s.findRole(ctx)
	return s.rmID, err
}

// Access is how another flow gets to the server of a story, as its admin. The practice server in the process can be reached in
// no other way.
type Access struct {
	Transport http.RoundTripper // nil before a story on a real server has connected
	Admin     keycloak.Credentials
}

// Access returns how another flow gets to the story's server.
func (s *Story) Access() Access {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Access{s.conn.Transport, s.login.Credentials}
}

// Found is what can be seen of a server before anybody logs in.
type Found struct {
	URL       string // base URL, with the base path under which Keycloak was found
	Exchanges []wire.Exchange
}

// Look finds out whether there is a Keycloak at the URL of the options, without a login: it reads the public document of
// the realm master, and changes nothing. The exchanges come with an error, too. Errors are those of [keycloak.Open].
func Look(ctx context.Context, o Options) (Found, error) {
	transport, err := wire.NewTransport(o.TLS)
	if err != nil {
		return Found{}, err
	}
	defer transport.CloseIdleConnections()
	recorder := &wire.Recorder{}
	if o.Events != nil {
		recorder.OnRequest(func(b wire.Started) { o.Events(Event{Step: StepConnect, Request: &b}) })
		recorder.OnExchange(func(e wire.Exchange) { o.Events(Event{Step: StepConnect, Exchange: &e}) })
	}
	server, err := keycloak.Open(ctx, o.URL, keycloak.Options{Step: string(StepConnect), Transport: transport, Recorder: recorder, Timeout: o.Timeout, Now: o.Now, Once: true})
	found := Found{Exchanges: recorder.Exchanges()}
	if err == nil {
		found.URL = server.URL()
	}
	return found, err
}
