package flows

import (
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak"
)

// Held is a secret of the story's client that stands masked in an exchange, and that the run still holds.
type Held struct {
	What   string
	Secret keycloak.Secret
}

// Held returns what stands masked in an exchange and can be shown to a person who asks. Exchanges are masked when they
// are recorded, so nothing can be taken from them: it is the client's secret and tokens, as far as this run holds the
// same ones. What belongs to the admin is never given out, and nothing while a step runs.
func (s *Story) Held(e keycloak.Exchange) []Held {
	var held []Held
	id := s.current().Params.ClientID
	secret := s.ClientSecret()
	inForm := strings.Contains(e.RequestBody, "client_secret="+keycloak.Masked) && strings.Contains(e.RequestBody, "client_id="+url.QueryEscape(id))
	inAnswer := e.Status == http.StatusOK && strings.HasSuffix(e.URL, "/client-secret") && strings.Contains(e.ResponseBody, keycloak.Masked)
	if !secret.Empty() && (inForm || inAnswer) {
		held = append(held, Held{texts.T("The secret of the client %s", id), secret})
	}
	if !s.run.TryLock() {
		return held
	}
	defer s.run.Unlock()
	for _, t := range []*keycloak.IssuedToken{s.oldToken, s.token} {
		if t == nil || len(held) > 0 && held[len(held)-1].Secret == t.Secret {
			continue
		}
		if e.Bearer.SameAs(t.Token) || e.Issued.SameAs(t.Token) {
			held = append(held, Held{texts.T("The access token of the client %s", id), t.Secret})
		}
	}
	return held
}
