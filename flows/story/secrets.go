package story

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/outfile"
	"fix403/flows/problem"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Revealable is a secret of the story's client that stands masked in an exchange, and that the run still holds.
type Revealable struct {
	What   msg.Message
	Secret wire.Secret
}

// Revealable returns what stands masked in an exchange and can be shown to a person who asks. Exchanges are masked when they
// are recorded, so nothing can be taken from them: it is the client's secret and tokens, as far as this run holds the
// same ones. What belongs to the admin is never given out, and nothing while a step runs.
func (s *Story) Revealable(e wire.Exchange) []Revealable {
	var held []Revealable
	id := s.Current().Params.ClientID
	secret := s.ClientSecret()
	inForm := strings.Contains(e.RequestBody, "client_secret="+wire.Masked) && strings.Contains(e.RequestBody, "client_id="+url.QueryEscape(id))
	inAnswer := e.Status == http.StatusOK && strings.HasSuffix(e.URL, "/client-secret") && strings.Contains(e.ResponseBody, wire.Masked)
	if !secret.Empty() && (inForm || inAnswer) {
		held = append(held, Revealable{msg.New("The secret of the client %s", id), secret})
	}
	if !s.run.TryLock() {
		return held
	}
	defer s.run.Unlock()
	if c := s.Current().DamagedCall; c != nil && c.Exchange.ID == e.ID {
		return held // it has the claims of the good one, and is another token
	}
	for _, t := range []*keycloak.IssuedToken{s.oldToken, s.token} {
		if t == nil || len(held) > 0 && held[len(held)-1].Secret == t.Secret {
			continue
		}
		if e.Bearer.SameAs(t.Token) || e.Issued.SameAs(t.Token) {
			held = append(held, Revealable{msg.New("The access token of the client %s", id), t.Secret})
		}
	}
	return held
}

// WriteEnv writes what a program needs to go on with the client, secret included, as shell assignments to a file of
// mode 0600. An existing file is replaced whole.
func (s *Story) WriteEnv(path string) error {
	st, secret := s.Current(), s.ClientSecret()
	if secret.Empty() || st.User == nil {
		return problem.BadInput("Take the story as far as its client and user first.", "There is no client secret yet to write into %s.", path)
	}
	text := fmt.Sprintf("# Holds a client secret. Written by fix403.\nKEYCLOAK_URL=%s\nKEYCLOAK_REALM=%s\nKEYCLOAK_CLIENT_ID=%s\nKEYCLOAK_CLIENT_SECRET=%s\nKEYCLOAK_USER_ID=%s\n",
		sh.Quote(st.URL), sh.Quote(st.Params.Realm), sh.Quote(st.Params.ClientID), sh.Quote(secret.Reveal()), sh.Quote(st.User.ID))
	return outfile.File{Name: "--write-env", Path: path}.Write([]byte(text), 0o600)
}
