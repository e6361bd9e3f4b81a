package risk

import (
	"unicode/utf8"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

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
			out = append(out, msg.New("%s has only %d characters: it cannot be masked if a server repeats it.", s.What, utf8.RuneCountInString(s.Secret.Reveal())))
		case wire.ExposedWord:
			out = append(out, msg.New("%s is a common word or a name: it cannot be masked if a server repeats it.", s.What))
		case wire.NotExposed:
		}
	}
	return out
}
