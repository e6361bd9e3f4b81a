package traffic

import (
	"net/http"
	"slices"
	"strings"

	"fix403/flows/roles"
	"fix403/keycloak/token"
)

// mostOfPath is the length of the longest path that is kept.
const mostOfPath = 4 << 10

// clean takes the path of a target, without what could be secret. It reports false for what is no call of the admin API; a preflight is none.
func (c *Call) clean(target string) bool {
	if c.Method == http.MethodOptions || len(c.Method) > 10 || len(target) > mostOfPath {
		return false
	}
	call, err := roles.ParseCall(c.Method + " " + target)
	if err != nil {
		return false
	}
	path, query, _ := strings.Cut(call.Path, "?")
	segments := strings.Split(path, "/")
	for i, s := range segments {
		s, _, _ = strings.Cut(s, ";")
		if _, err := token.Decode(s); err == nil {
			s = "{token}"
		}
		segments[i] = s
	}
	c.Method, c.Path = call.Method, strings.Join(segments, "/")
	if names := queryNames(query); len(names) > 0 {
		c.Path += "?" + strings.Join(names, "&")
	}
	return true
}

// queryNames are the names in a query, with no value but true and false, which decide about roles and say nothing of anybody.
func queryNames(query string) []string {
	const longest, most = 40, 20
	var names []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" || len(name) > longest || strings.ContainsFunc(name, notInName) || len(names) == most {
			continue
		}
		if value == "true" || value == "false" {
			name += "=" + value
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
}

// caller is whose token it is: the client of a service account, or the user.
func caller(t *token.Token) string {
	if t.Username != "" && !strings.HasPrefix(t.Username, "service-account-") {
		return name(t.Username)
	}
	if id, _ := t.Claims["client_id"].(string); id != "" {
		return name(id)
	}
	return name(t.AuthorizedParty)
}
