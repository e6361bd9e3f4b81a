package intake

import (
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/paste"
	"fix403/flows/problem"
	"fix403/flows/texts"
)

// Target is a call as a person writes it, with the base URL of the server where it names one.
type Target struct {
	Method        string
	paste.Address // Base is "" if only a path was given
}

// What to do about a name in braces whose value is not known.
const (
	hintRealm texts.Text = "Give it with --realm, or put the real value into the call."
	hintUser  texts.Text = "Give it with --user-id, or put the real value into the call."
)

// parseTarget reads "GET /admin/realms/my-realm/users/123", a path alone, or either with a whole URL. {realm} and
// {user-id} are replaced by the values given; errors have the kind bad-input.
func parseTarget(text, realm, userID string) (Target, error) {
	const hint = `Write it as "GET /admin/realms/my-realm/users/123", or with the whole URL.`
	fields := strings.Fields(text)
	t := Target{Method: http.MethodGet}
	if len(fields) > 1 && !strings.Contains(fields[0], "/") {
		t.Method, fields = strings.ToUpper(fields[0]), fields[1:]
	}
	switch {
	case len(fields) == 0:
		return t, problem.BadInput(hint, "The call is empty.")
	case len(fields) > 1:
		return t, problem.BadInput("Write a space in the path as %20. "+hint, "The call has more than a method and a path.")
	case strings.ContainsFunc(t.Method, func(r rune) bool { return r < 'A' || r > 'Z' }):
		return t, problem.BadInput(hint, "The call does not begin with a method such as GET.")
	}
	raw := fields[0]
	if !strings.Contains(raw, "/") {
		return t, problem.BadInput(hint, "The call has no path.")
	}
	for _, name := range []struct {
		hole, value string
		hint        texts.Text
	}{{"{realm}", realm, hintRealm}, {"{user-id}", userID, hintUser}, {"{id}", userID, hintUser}} {
		if !strings.Contains(raw, name.hole) {
			continue
		}
		if name.value == "" {
			return t, problem.BadInput(name.hint, "The call has %s, whose value is unknown.", name.hole)
		}
		raw = strings.ReplaceAll(raw, name.hole, url.PathEscape(name.value))
	}
	if strings.ContainsAny(raw, "{}") {
		return t, problem.BadInput("Replace the names in braces with real values.", "The call has a name in braces.")
	}
	var err error
	if strings.Contains(raw, "://") {
		t.Address, err = paste.Split(raw)
		return t, err
	}
	if !strings.HasPrefix(raw, "/") {
		raw = "/" + raw
	}
	if strings.HasPrefix(raw, "//") && !strings.HasPrefix(strings.TrimLeft(raw, "/"), "admin/") && !strings.HasPrefix(strings.TrimLeft(raw, "/"), "realms/") {
		return t, problem.BadInput(hint, "This is not a path.")
	}
	address, err := paste.Split("http://x" + raw)
	if err != nil {
		return t, problem.BadInput(hint, "This is not a path.")
	}
	if t.Path = strings.TrimPrefix(address.Base, "http://x") + address.Path; strings.HasPrefix(strings.TrimLeft(t.Path, "/"), "admin/") {
		return t, nil
	}
	if i := strings.Index(t.Path, "/admin/realms"); i > 0 && !strings.HasPrefix(t.Path, "/realms/") {
		return t, problem.BadInput("Give the base path with --url, and the call from /admin on.", "The path begins with a base path, %s.", t.Path[:i])
	}
	return t, nil
}

// defaultCall returns the call that is diagnosed when none is given: the user of that id, or the list of users.
func defaultCall(userID string) string {
	if userID == "" {
		return "GET /admin/realms/{realm}/users"
	}
	return "GET /admin/realms/{realm}/users/{user-id}"
}
