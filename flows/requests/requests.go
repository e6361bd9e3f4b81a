// Package requests reads parts of a request: the realm that its path names, and its bearer token.
package requests

import (
	"net/url"
	"strings"
)

// RealmIn returns the realm that a path of the admin API or of the token endpoint names, unescaped; "" if none.
func RealmIn(path string) string {
	path, _, _ = strings.Cut(path, "?")
	_, after, found := strings.Cut(path, "/realms/")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(after, "/")
	return Unescape(name)
}

// Unescape returns the name that a segment of a path means, or the segment itself where its escapes are broken.
func Unescape(segment string) string {
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}

// Bearer returns the token in the value of an Authorization header; "" if the header has another scheme.
func Bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
