package keycloak

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func realmAndID(realm string, what msg.Format, id string) (string, string, error) {
	r, err := pathSegment("realm name", realm)
	if err != nil {
		return "", "", err
	}
	i, err := pathSegment(what, id)
	return r, i, err
}

// seconds reads a not-before time of Keycloak; 0 is none.
func seconds(n int64) time.Time {
	if n <= 0 || n > 1e12 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// pathSegment checks and escapes a name that becomes a part of a path: gocloak does neither.
func pathSegment(what msg.Format, name string) (string, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\") ||
		slices.ContainsFunc([]rune(name), func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return "", failure.NewBadInput("Use a name without slashes and control characters.", "%q cannot be a %s.", name, what)
	}
	return url.PathEscape(name), nil
}

// identifies reports whether what a server gives as an object's id can be one: it becomes a part of paths, and is shown and
// written down.
func (s *Server) identifies(id string) bool {
	const longest = 255 // of a user that another store than Keycloak's keeps
	odd := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`/\?#%`, r) }
	return id != "" && id != "." && id != ".." && len(id) <= longest && !strings.ContainsFunc(id, odd) && s.recorder.Mask(id) == id
}
