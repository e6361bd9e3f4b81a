package roles

import (
	"net/url"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// Call is a request of the admin API.
type Call struct {
	Method string // upper case
	Path   string // escaped, begins with /admin/, may have a query; a name in braces means any value, as in {realm}
}

func (c Call) String() string { return c.Method + " " + c.Path }

// CallError says why a text is no call of the admin API.
type CallError struct{ Message, Hint msg.Message }

func (e *CallError) Error() string { return e.Message.String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *CallError) Sentence() msg.Message { return e.Message }

func callError(message, hint texts.Text) *CallError {
	return &CallError{msg.New(message), msg.New(hint)}
}

const callHint texts.Text = `Write it as "GET /admin/realms/my-realm/users/123", or as the whole URL.`

// ParseCall reads a call such as "GET /admin/realms/my-realm/users/123". The path may be a whole URL, of which scheme,
// host and base path are cut off, or hold names in braces: /admin/realms/{realm}/users/{user-id}. A path alone is a
// GET. Errors are a [*CallError].
func ParseCall(text string) (Call, error) {
	fields := strings.Fields(text)
	c := Call{Method: "GET"}
	switch {
	case len(fields) == 0:
		return Call{}, callError("The call is empty.", callHint)
	case len(fields) > 1:
		c.Method, fields = strings.ToUpper(fields[0]), fields[1:]
	}
	if len(fields) > 1 {
		return Call{}, callError("The call has more than a method and a path.", "Write a space in the path as %20. "+callHint)
	}
	if c.Method == "" || strings.ContainsFunc(c.Method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return Call{}, callError("The call does not begin with a method such as GET.", callHint)
	}
	raw := fields[0]
	if isMethod(strings.ToUpper(raw)) {
		return Call{}, callError("The call has a method and no path.", callHint)
	}
	raw, _, _ = strings.Cut(raw, "#")
	path, query, hasQuery := strings.Cut(raw, "?")
	path, err := adminPath(path)
	if err != nil {
		return Call{}, err
	}
	c.Path = path
	if hasQuery {
		c.Path += "?" + escape(query)
	}
	return c, nil
}

// adminPath cuts off what stands before /admin/, and escapes what is not.
func adminPath(raw string) (string, error) {
	path := raw
	if scheme, rest, found := strings.Cut(raw, "://"); found && !strings.HasPrefix(raw, "/") {
		if s := strings.ToLower(scheme); s != "http" && s != "https" {
			return "", callError("The address must begin with http:// or https://.", callHint)
		}
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return "", callError("The address has no path.", callHint)
		}
		path = rest[i:]
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	begin := -1
	for _, root := range []string{"/admin/realms", "/admin/serverinfo", "/admin/api"} {
		for from := 0; ; {
			i := strings.Index(path[from:], root)
			if i < 0 {
				break
			}
			i += from
			end := i + len(root)
			if end == len(path) || path[end] == '/' {
				if begin < 0 || i < begin {
					begin = i
				}
				break
			}
			from = end
		}
	}
	if begin < 0 {
		hint := msg.New(callHint)
		if strings.HasPrefix(path, "/realms/") && !strings.HasPrefix(path, "/realms/master/protocol") {
			hint = msg.New("The admin API begins with /admin: for example %s.", "/admin"+clean(path))
		}
		return "", &CallError{msg.New("This is not a call of the admin API: its path has no /admin/realms."), hint}
	}
	path = escape(path[begin:])
	if _, err := url.PathUnescape(path); err != nil {
		return "", callError("The path has a % that is not an escape.", "Write a percent sign as %25.")
	}
	return path, nil
}

// escape escapes what cannot stand in a URL, and leaves escapes and braces as they are.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`|", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// clean is for messages: on one line, nothing hidden, and not without end.
func clean(s string) string {
	const most = 120
	s = foreign.Line(s)
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}

func isMethod(s string) bool {
	switch s {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS":
		return true
	}
	return false
}
