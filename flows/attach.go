package flows

import (
	"net/http"

	"fix403/keycloak"
)

// Attach is how another flow gets to the server of a story, as its admin: through the transport, which is nil before a story
// on a real server has connected. The practice server in the process can be reached in no other way.
func (s *Story) Attach() (http.RoundTripper, keycloak.Credentials) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn.Transport, s.inputs.credentials
}
