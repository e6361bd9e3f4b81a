package roles

import (
	"net/url"
	"slices"
	"strings"

	"fix403/flows/near"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// NotMeasuredError tells that the matrix knows nothing of a call.
type NotMeasuredError struct {
	Message, Hint msg.Message
	Absent        bool        // it was measured, and the version, or the next one that was measured, has no such endpoint
	How           version.How // how well that is known
	Feature       string      // the one that it belongs to, which the version has switched off by default
}

func (e *NotMeasuredError) Error() string { return e.Message.String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *NotMeasuredError) Sentence() msg.Message { return e.Message }

// Match finds the endpoint of a call; the realm's name, ids and other names in it may be any. HEAD is looked up as GET.
// A segment that an endpoint spells out goes before one that is a parameter: /users/count is no user. The error is a
// [*NotMeasuredError].
func (m *Matrix) Match(c Call) (*Endpoint, error) {
	path, _, _ := strings.Cut(c.Path, "?")
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	segments := strings.Split(path, "/")
	method := c.Method
	if method == "HEAD" {
		method = "GET"
	}
	var best *Endpoint
	var methods []string
	var found *Endpoint
	for _, e := range m.endpoints {
		if e.Case != "" || !e.matches(segments) {
			continue
		}
		if best == nil || moreLiteral(e, best) {
			best, methods, found = e, nil, nil
		}
		if e.Path != best.Path {
			continue
		}
		methods = append(methods, e.Method)
		if e.Method == method {
			found = e
		}
	}
	switch {
	case found != nil:
		return found, nil
	case best != nil:
		return nil, &NotMeasuredError{
			Message: msg.New("%s was not measured on %s.", clean(c.Method), best.Path),
			Hint:    msg.New("Measured on this path: %s. Other methods may not exist, or were not measured.", strings.Join(methods, ", ")),
		}
	case slices.Contains(segments, ""):
		return nil, &NotMeasuredError{
			Message: msg.New("The endpoint %s %s was not measured.", clean(c.Method), clean("/"+path)),
			Hint:    msg.New("The path has two slashes in a row: is an id missing between them?"),
		}
	}
	hint := msg.New("Compare the path with those of fix403 roles: it may be misspelt, or not an endpoint of Keycloak's admin API.")
	if e := m.nearest(method, segments); e != nil {
		hint = msg.New("Did you mean %s %s? All of them: fix403 roles.", clean(c.Method), e.Path)
	}
	return nil, &NotMeasuredError{Message: msg.New("The endpoint %s %s was not measured.", clean(c.Method), clean("/"+path)), Hint: hint}
}

// nearest is the endpoint that a misspelt path of as many segments is nearest to; nil if it is near none.
func (m *Matrix) nearest(method string, segments []string) *Endpoint {
	const farthest = 3
	best, found := farthest, (*Endpoint)(nil)
	for _, e := range m.endpoints {
		parts := strings.Split(strings.Trim(e.Path, "/"), "/")
		if e.Case != "" || e.Method != method || len(parts) != len(segments) {
			continue
		}
		away := 0
		for i, part := range parts {
			if !strings.HasPrefix(part, "{") {
				away += near.Distance(strings.ToLower(segments[i]), part)
			}
		}
		if away < best {
			best, found = away, e
		}
	}
	return found
}

// Completions returns what may stand behind the words of a call: its method, or its path.
func (m *Matrix) Completions(words []string) []string {
	var all []string
	for _, e := range m.endpoints {
		switch {
		case e.Case != "":
		case len(words) == 0 && !slices.Contains(all, e.Method):
			all = append(all, e.Method)
		case len(words) == 1 && strings.EqualFold(words[0], e.Method):
			all = append(all, e.Path)
		}
	}
	return all
}

// Calls are all calls of the table, each a method and a path.
func (m *Matrix) Calls() []string {
	var all []string
	for _, e := range m.endpoints {
		if e.Case == "" {
			all = append(all, e.Method+" "+e.Path)
		}
	}
	return all
}

func (e *Endpoint) matches(segments []string) bool {
	if last := e.segments[len(e.segments)-1]; last == "{path}" && len(segments) > len(e.segments) {
		segments = segments[:len(e.segments)] // the path of a group has as many segments as it likes
	}
	if len(segments) != len(e.segments) {
		return false
	}
	for i, s := range e.segments {
		if segments[i] == "" || !isParameter(s) && s != unescape(segments[i]) {
			return false
		}
	}
	return true
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, "{") }

func unescape(segment string) string {
	if s, err := url.PathUnescape(segment); err == nil {
		return s
	}
	return segment
}

// moreLiteral reports whether a spells out a segment, the first in which the two differ, where b has a parameter.
func moreLiteral(a, b *Endpoint) bool {
	for i := range min(len(a.segments), len(b.segments)) {
		if pa, pb := isParameter(a.segments[i]), isParameter(b.segments[i]); pa != pb {
			return pb
		}
	}
	return false
}
