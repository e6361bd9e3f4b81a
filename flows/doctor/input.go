package doctor

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Target is a call as a person writes it, with the base URL of the server where it names one.
type Target struct {
	Method string
	Base   string // "" if only a path was given
	Path   string // below the base URL, escaped
}

// ParseTarget reads "GET /admin/realms/my-realm/users/123", a path alone, or either with a whole URL. {realm} and
// {user-id} are replaced by the values given; errors have the kind bad-input.
func ParseTarget(text, realm, userID string) (Target, error) {
	const hint = `Write it as "GET /admin/realms/my-realm/users/123", or with the whole URL.`
	fields := strings.Fields(text)
	t := Target{Method: http.MethodGet}
	if len(fields) > 1 && !strings.Contains(fields[0], "/") {
		t.Method, fields = strings.ToUpper(fields[0]), fields[1:]
	}
	switch {
	case len(fields) == 0:
		return t, badInput(hint, "The call is empty.")
	case len(fields) > 1:
		return t, badInput("Write a space in the path as %20. "+hint, "The call has more than a method and a path.")
	case strings.ContainsFunc(t.Method, func(r rune) bool { return r < 'A' || r > 'Z' }):
		return t, badInput(hint, "The call does not begin with a method such as GET.")
	}
	raw := fields[0]
	if !strings.Contains(raw, "/") {
		return t, badInput(hint, "The call has no path.")
	}
	for _, name := range []struct{ hole, value, flag string }{{"{realm}", realm, "--realm"}, {"{user-id}", userID, "--user-id"}, {"{id}", userID, "--user-id"}} {
		if !strings.Contains(raw, name.hole) {
			continue
		}
		if name.value == "" {
			return t, &keycloak.Error{Kind: keycloak.KindBadInput, Message: msg.New("The call has %s, and its value is not known.", name.hole), Hint: msg.New("Give it with %s, or write the real value into the call.", name.flag)}
		}
		raw = strings.ReplaceAll(raw, name.hole, escape(name.value))
	}
	if strings.ContainsAny(raw, "{}") {
		return t, badInput("Write real values in place of the names in braces.", "The call has a name in braces.")
	}
	if !strings.Contains(raw, "://") {
		if !strings.HasPrefix(raw, "/") {
			raw = "/" + raw
		}
		u, err := url.Parse("http://x" + raw)
		if err != nil || strings.HasPrefix(raw, "//") {
			return t, badInput(hint, "This is no path.")
		}
		t.Path = below(u)
		if i := strings.Index(t.Path, "/admin/realms"); i > 0 && !strings.HasPrefix(t.Path, "/realms/") {
			return t, badInput("Give the base path with --url, and the call from /admin on.", "The path begins with a base path, %s.", t.Path[:i])
		}
		return t, nil
	}
	c := &CurlCall{Method: t.Method}
	if err := c.finish(raw, nil, false); err != nil {
		return t, err
	}
	t.Base, t.Path = c.Base, c.Path
	return t, nil
}

func below(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// TokenHeader makes the value of an Authorization header from what a person gives as a token: the token alone, with Bearer
// or the header's name before it, or the answer of a token endpoint with an access_token in it.
func TokenHeader(text string) (keycloak.Secret, error) {
	text = strings.TrimSpace(text)
	var answer map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &answer) == nil && answer != nil {
		var access string
		if json.Unmarshal(answer["access_token"], &access) != nil || access == "" {
			return keycloak.Secret{}, badInput("Give the access token alone, or the whole answer of the token endpoint.", "This JSON has no access_token.")
		}
		return keycloak.NewSecret("Bearer " + access), nil
	}
	if name, value, found := strings.Cut(text, ":"); found && strings.EqualFold(strings.TrimSpace(name), "authorization") {
		return keycloak.NewSecret(strings.TrimSpace(value)), nil
	}
	if len(text) > 7 && strings.EqualFold(text[:7], "bearer ") {
		return keycloak.NewSecret(text), nil
	}
	return keycloak.NewSecret("Bearer " + text), nil
}

// IssuerBase is the base URL of the server that issued a token; "" if the token does not tell.
func IssuerBase(header keycloak.Secret) string {
	t, err := keycloak.DecodeToken(bearerOf(header.Reveal()))
	if err != nil {
		return ""
	}
	base, _, found := strings.Cut(t.Issuer, "/realms/")
	if u, err := url.Parse(base); !found || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return base
}

// DefaultCall is the call that is looked at when none is given: the user of that id, or the list of users.
func DefaultCall(userID string) string {
	if userID == "" {
		return "GET /admin/realms/{realm}/users"
	}
	return "GET /admin/realms/{realm}/users/{user-id}"
}
