package params

import (
	"strings"

	"fix403/flows/texts"
)

// TheRole is the smallest role that allows GET users/{id} (measured, FACTS section 9).
const TheRole = "view-users"

// mostListed is how many names a sentence has: no client of Keycloak's own has half as many roles.
const mostListed = 60

// List joins words to a part of a sentence.
func List(words []string) string {
	switch n := len(words); n {
	case 0:
		return texts.T("none")
	case 1:
		return words[0]
	default:
		if n > mostListed {
			return texts.T("%s, and %d more", strings.Join(words[:mostListed], ", "), n-mostListed)
		}
		return texts.T("%s and %s", strings.Join(words[:n-1], ", "), words[n-1])
	}
}

// KindWord is a kind of an object, such as "realm", as a word of a sentence.
func KindWord(kind string) string {
	switch kind {
	case "realm":
		return texts.T("realm")
	case "client":
		return texts.T("client")
	case "user":
		return texts.T("user")
	case "role":
		return texts.T("role")
	}
	return kind
}
