package story

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"fix403/flows/outfile"
	"fix403/flows/params"
	"fix403/flows/texts"
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
		return params.BadInput("Let the story come to its client and user first.", "There is no client secret yet to write into %s.", path)
	}
	text := fmt.Sprintf("# Holds a client secret. Written by fix403.\nKEYCLOAK_URL=%s\nKEYCLOAK_REALM=%s\nKEYCLOAK_CLIENT_ID=%s\nKEYCLOAK_CLIENT_SECRET=%s\nKEYCLOAK_USER_ID=%s\n",
		params.Quote(st.URL), params.Quote(st.Params.Realm), params.Quote(st.Params.ClientID), params.Quote(secret.Reveal()), params.Quote(st.User.ID))
	return outfile.File{Name: "--write-env", Path: path}.Write([]byte(text), 0o600)
}

// GivenSecret is a secret that the user gave, and what it is.
type GivenSecret struct {
	What   texts.Text // at the beginning of a sentence
	Secret wire.Secret
}

// AdminSecrets are the secrets of an admin's login that a person made up.
func AdminSecrets(c keycloak.Credentials) []GivenSecret {
	return []GivenSecret{{"The admin's password", c.Password}, {"The secret of the admin's client", c.ClientSecret}}
}

// Exposed warns of secrets that cannot be hidden where a server repeats them, one sentence each. Names are those that are shown
// anyhow: of the realm, the client, the users and the server.
func Exposed(secrets []GivenSecret, names ...string) []msg.Message {
	var out []msg.Message
	for _, s := range secrets {
		switch s.Secret.Exposure(names...) {
		case wire.ExposedShort:
			out = append(out, msg.New("%s has %d characters: it cannot be hidden where a server repeats it.", s.What, utf8.RuneCountInString(s.Secret.Reveal())))
		case wire.ExposedWord:
			out = append(out, msg.New("%s is a word or a name that is shown anyhow: it cannot be hidden where a server repeats it.", s.What))
		case wire.NotExposed:
		}
	}
	return out
}

// exposedNotes warn, in the step that logs the admin in, of what cannot be hidden.
func (s *Story) exposedNotes() []msg.Message {
	if s.options.Practice {
		return nil
	}
	s.mu.Lock()
	c, p := s.inputs.credentials, s.state.Params
	s.mu.Unlock()
	var notes []msg.Message
	for _, warning := range Exposed(AdminSecrets(c), c.User, c.ClientID, c.Realm, p.Realm, p.ClientID, p.Username, p.Email) {
		notes = append(notes, msg.New("Warning: %s", warning))
	}
	return notes
}
