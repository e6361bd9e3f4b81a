package paste

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"fix403/flows/problem"
	"fix403/flows/texts"
	"fix403/keycloak/wire"
)

// Address is a URL, split where the server's part of it ends.
type Address struct {
	Base string // base URL of the server
	Path string // below it, escaped, with the query
}

// Split splits a URL before /admin or /realms; one without both has all of its path below the host. The path stays as it is written,
// also where a server does not take it so. Errors have the kind bad-input.
func Split(raw string) (Address, error) {
	u, path, err := parse(raw)
	if err != nil {
		return Address{}, err
	}
	return split(u, path), nil
}

const writeValues texts.Text = "Write the values instead of the variables, as in http://localhost:8080/admin/realms/my-realm/users."

// parse reads a URL, and returns its path as it is written.
func parse(raw string) (u *url.URL, path string, _ error) {
	if names := placeholder.FindAllString(raw, -1); len(names) > 0 {
		slices.Sort(names)
		return nil, "", problem.BadInput(writeValues, "The URL has variables whose values are not known here: %s.", strings.Join(slices.Compact(names), ", "))
	}
	if strings.ContainsAny(raw, "$"+string(variable)) {
		return nil, "", problem.BadInput(writeValues, "The URL has a variable whose value is not known here.")
	}
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw // as curl does
	}
	raw, _, _ = strings.Cut(raw, "#")
	raw, query, _ := strings.Cut(raw, "?")
	scheme, rest, _ := strings.Cut(raw, "://")
	if at := strings.IndexByte(rest, '/'); at >= 0 {
		rest, path = rest[:at], rest[at:]
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsFunc(raw+query, unicode.IsControl) {
		return nil, "", unread("", "This is not a URL of a Keycloak.")
	}
	u.RawQuery = query
	return u, asSent(path), nil
}

// asSent returns a path as programs send it that do not tidy it: only what cannot stand in a request is escaped.
func asSent(path string) string {
	var out strings.Builder
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&out, "%%%02X", c)
			continue
		}
		out.WriteByte(path[i])
	}
	return out.String()
}

func split(u *url.URL, path string) Address {
	at := len(path)
	for _, root := range []string{"/admin/", "/realms/"} {
		if i := strings.Index(path, root); i >= 0 && i < at {
			at = i
		}
	}
	if at == len(path) && strings.HasSuffix(path, "/admin") {
		at -= len("/admin")
	}
	if at == len(path) {
		at = 0
	}
	at = len(strings.TrimRight(path[:at], "/")) // more slashes than one are of the path, which a server may not take
	a := Address{Base: u.Scheme + "://" + u.Host + path[:at], Path: path[at:]}
	if a.Path == "" {
		a.Path = "/"
	}
	if u.RawQuery != "" {
		a.Path += "?" + u.RawQuery
	}
	return a
}

// finish reads the URL, to which -G adds the data, and what is sent to a token endpoint.
func (c *command) finish() error {
	u, path, err := parse(c.urls[0])
	if err != nil {
		return err
	}
	if u.User != nil {
		password, _ := u.User.Password()
		c.signIn(u.User.Username(), password, u.User.String())
		u.User = nil
	}
	form := strings.Join(c.data, "&")
	switch {
	case c.get && form != "":
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += form
		form = ""
	case c.Method == "" && len(c.data) > 0:
		c.Method = http.MethodPost
	}
	if c.Method == "" {
		c.Method = http.MethodGet
	}
	if strings.ContainsFunc(c.Method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return unread("", "The method is not a word.")
	}
	c.Address = split(u, path)
	c.URL, c.SecretBase = c.Base+c.Path, c.Base
	c.ownHost(u.Host)
	guessed := c.dataType == "" && form != "" && !json.Valid([]byte(form)) // not as the program sends it
	hidden := strings.ContainsFunc(form, func(r rune) bool { return r >= variable && r < firstMark+mostMarks })
	if c.BodyKnown = !c.bodyUnknown && !guessed && !hidden; c.BodyKnown {
		c.Body = wire.NewSecret(form)
		if c.ContentType == "" && form != "" {
			c.ContentType = c.dataType
		}
	}
	if c.Method == http.MethodPost && strings.HasSuffix(path, "/protocol/openid-connect/token") {
		return c.tokenRequest(form)
	}
	if c.Method == http.MethodPost && (strings.HasSuffix(path, "/protocol/openid-connect/token/introspect") || strings.HasSuffix(path, "/protocol/openid-connect/userinfo")) {
		if c.Form, err = url.ParseQuery(form); err != nil || strings.ContainsRune(form, variable) {
			return unread("", "The body of the call is not a form, or has a variable whose value is not known here.")
		}
	}
	return nil
}
