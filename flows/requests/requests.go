// Package requests reads parts of a request: the realm that its path names, and its bearer token.
package requests

import (
	"net/url"
	"strings"
)

// RealmIn returns the realm that a path of the admin API or of the token endpoint names, unescaped; "" if none.
func RealmIn(path string) string {
	path, _, _ = strings.Cut(path, "?")
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' }) // a server may not take it so, but this is what it names
	if len(segments) > 2 && segments[0] == "admin" && segments[1] == "api" {
		if segments = segments[2:]; len(segments) > 2 && segments[1] == "realms" { // as in another version's paths
			segments = segments[2:]
		}
		return Unescape(segments[0])
	}
	for i, s := range segments {
		if s == "realms" && i+1 < len(segments) {
			name, _, _ := strings.Cut(segments[i+1], ";")
			return Unescape(name)
		}
	}
	return ""
}

// Unescape returns the name that a segment of a path means, or the segment itself where its escapes are broken.
func Unescape(segment string) string {
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}

// Bearer returns the access token in the value of an Authorization header, also of one that is bound to a key and goes with the scheme DPoP;
// "" if the header has another scheme.
func Bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "dpop") {
		return ""
	}
	return strings.TrimSpace(token)
}
