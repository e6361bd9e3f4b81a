package flows

import (
	"unicode/utf8"

	"fix403/flows/texts"
	"fix403/keycloak"
)

// GivenSecret is a secret that the user gave, and what it is.
type GivenSecret struct {
	What   texts.Text // at the beginning of a sentence
	Secret keycloak.Secret
}

// AdminSecrets are the secrets of an admin's login that a person made up.
func AdminSecrets(c keycloak.Credentials) []GivenSecret {
	return []GivenSecret{{"The admin's password", c.Password}, {"The secret of the admin's client", c.ClientSecret}}
}

// Exposed warns of secrets that cannot be hidden where a server repeats them, one sentence each. Names are those that are shown
// anyhow: of the realm, the client, the users and the server.
func Exposed(secrets []GivenSecret, names ...string) []string {
	var out []string
	for _, s := range secrets {
		switch s.Secret.Exposure(names...) {
		case keycloak.ExposedShort:
			out = append(out, texts.T("%s has %d characters: it cannot be hidden where a server repeats it.", texts.T(s.What), utf8.RuneCountInString(s.Secret.Reveal())))
		case keycloak.ExposedWord:
			out = append(out, texts.T("%s is a word or a name that is shown anyhow: it cannot be hidden where a server repeats it.", texts.T(s.What)))
		case keycloak.NotExposed:
		}
	}
	return out
}

// exposedNotes warn, in the step that logs the admin in, of what cannot be hidden.
func (s *Story) exposedNotes() []string {
	if s.options.Practice {
		return nil
	}
	s.mu.Lock()
	c, p := s.inputs.credentials, s.state.Params
	s.mu.Unlock()
	var notes []string
	for _, warning := range Exposed(AdminSecrets(c), c.User, c.ClientID, c.Realm, p.Realm, p.ClientID, p.Username, p.Email) {
		notes = append(notes, texts.T("Warning: %s", warning))
	}
	return notes
}
