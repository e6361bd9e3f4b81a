package paste

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/problem"
	"fix403/flows/texts"
	"fix403/keycloak/wire"
)

// Address is a URL, split where the server's part of it ends.
type Address struct {
	Base string // base URL of the server
	Path string // below it, escaped, with the query
}

// Split splits a URL before /admin or /realms; one without both has all of its path below the host. Errors have the kind
// bad-input.
func Split(raw string) (Address, error) {
	u, err := parse(raw)
	if err != nil {
		return Address{}, err
	}
	return split(u), nil
}

const writeValues texts.Text = "Write the values in place of the variables, as in http://localhost:8080/admin/realms/my-realm/users."

func parse(raw string) (*url.URL, error) {
	if names := placeholder.FindAllString(raw, -1); len(names) > 0 {
		slices.Sort(names)
		return nil, problem.BadInput(writeValues, "The URL has variables whose values are not known here: %s.", strings.Join(slices.Compact(names), ", "))
	}
	if strings.ContainsAny(raw, "$"+string(variable)) {
		return nil, problem.BadInput(writeValues, "The URL has a variable whose value is not known here.")
	}
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw // as curl does
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, unread("", "The URL is none that a Keycloak has.")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

func split(u *url.URL) Address {
	path := u.EscapedPath()
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
	u, err := parse(c.urls[0])
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
		return unread("", "The method is no word.")
	}
	c.URL, c.Address = u.String(), split(u)
	c.SecretBase = c.Base
	if c.Method == http.MethodPost && strings.HasSuffix(u.EscapedPath(), "/protocol/openid-connect/token") {
		return c.tokenRequest(form)
	}
	return nil
}

// tokenRequest reads what a line sends to the token endpoint.
func (c *Call) tokenRequest(form string) error {
	c.TokenRequest, c.TokenRealm = true, c.Realm()
	values, err := url.ParseQuery(form)
	if err != nil {
		return unread("", "The body of the token request is no form.")
	}
	c.Grant, c.Scope = values.Get("grant_type"), values.Get("scope")
	if id := values.Get("client_id"); id != "" {
		c.ClientID = id
	}
	if secret := values.Get("client_secret"); secret != "" {
		c.Secret = wire.NewSecret(secret)
	}
	if c.ClientID == "" && c.HasAuthorization {
		scheme, value, _ := strings.Cut(c.Authorization.Reveal(), " ")
		if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value)); err == nil && strings.EqualFold(scheme, "basic") {
			user, password, _ := strings.Cut(string(plain), ":")
			c.ClientID, c.Secret = user, wire.NewSecret(password)
		}
	}
	c.Authorization, c.HasAuthorization = wire.Secret{}, false
	if strings.ContainsRune(c.ClientID, variable) {
		c.ClientID = ""
		c.ignore("the client id, which is a shell variable (give it by --client-id)")
	}
	if strings.ContainsRune(c.Secret.Reveal(), variable) {
		c.Secret = wire.Secret{}
		c.ignore("the secret, which is a shell variable (give it by FIX403_CLIENT_SECRET)")
	}
	return nil
}
