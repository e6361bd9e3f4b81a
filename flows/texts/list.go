package texts

import (
	"strings"

	"fix403/keycloak/msg"
)

// mostListed is how many names a sentence has: no client of Keycloak's own has half as many roles.
const mostListed = 60

// List joins words to a part of a sentence.
func List(words []string) msg.Message {
	switch n := len(words); n {
	case 0:
		return msg.New("none")
	case 1:
		return msg.Verbatim(words[0])
	default:
		if n > mostListed {
			return Commas(words)
		}
		return msg.New("%s and %s", strings.Join(words[:n-1], ", "), words[n-1])
	}
}

// Commas joins words to a part of a sentence with nothing but commas.
func Commas(words []string) msg.Message {
	if n := len(words); n > mostListed {
		return msg.New("%s, and %d more", strings.Join(words[:mostListed], ", "), n-mostListed)
	}
	return msg.Verbatim(strings.Join(words, ", "))
}
