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
	return Access{s.conn.Transport, s.inputs.credentials}
}
