// Package params has the names in a story: of the realm, the client and the user that it creates.
package params

import (
	"net/mail"
	"net/url"
	"strings"

	"fix403/flows/problem"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
)

// Params are the names in the story.
type Params struct {
	Realm        string
	ClientID     string
	RedirectURIs []string // may be empty
	Username     string   // lower case, as Keycloak stores it
	Email        string   // may be empty
}

// DefaultParams are the article's names.
func DefaultParams() Params {
	return Params{
		Realm: "403-forbidden-fix", ClientID: "403-forbidden-fix-client",
		Username: "john-doe", Email: "john-doe@example.com",
	}
}

// AsksForUser reports whether a login takes a user and a password.
func AsksForUser(c keycloak.Credentials) bool { return c.ClientID == "" && c.Token.Empty() }

// checkName refuses what cannot be a part of a path, or is a nuisance in every shell and URL.
func checkName(what texts.Text, s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return problem.BadInput("Enter a name.", "The %s is empty.", what)
	case s != strings.TrimSpace(s):
		return problem.BadInput("Remove it.", "The %s has a space at its start or end.", what)
	case len(s) > 255:
		return problem.BadInput("Choose a shorter one.", "The %s is longer than 255 bytes.", what)
	case s == "." || s == ".." || strings.ContainsAny(s, `/\?#%;"<>`+"`$&'{}[]|^"):
		return problem.BadInput("Use letters, digits, dots, dashes and underscores.", "The %s %q has a character that causes trouble in URLs.", what, s)
	case strings.ContainsFunc(s, foreign.Hidden):
		return problem.BadInput("Remove it.", "The %s has a control or invisible character.", what)
	}
	return nil
}

// Set checks a name and stores it; an error has [failure.BadInput] and leaves the old one.
func (p *Params) Set(name, value string) error {
	switch name {
	case "realm":
		if value == "master" {
			return problem.BadInput("Choose any other name.", "The story never runs in master: rights there apply to every realm.")
		}
		if err := checkName("realm name", value); err != nil {
			return err
		}
		p.Realm = value
	case "client-id":
		if err := checkName("client id", value); err != nil {
			return err
		}
		p.ClientID = value
	case "redirect-uris":
		uris := strings.Fields(strings.ReplaceAll(value, ",", " "))
		for _, u := range uris {
			if parsed, err := url.Parse(u); err != nil || parsed.Scheme == "" && !strings.HasPrefix(u, "/") || strings.ContainsFunc(u, foreign.Hidden) {
				return problem.BadInput("Write it like http://localhost:8081/*, or leave the field empty: the story does not need one.", "%q is not a redirect URI.", u)
			}
		}
		p.RedirectURIs = uris
	case "username":
		value = strings.ToLower(value) // Keycloak stores usernames in lower case
		if err := checkName("username", value); err != nil {
			return err
		}
		p.Username = value
	case "email":
		if value != "" {
			if a, err := mail.ParseAddress(value); err != nil || a.Address != value || strings.ContainsFunc(value, foreign.Hidden) {
				return problem.BadInput("Write it like john-doe@example.com, or leave it empty.", "%q is not an email address.", value)
			}
		}
		p.Email = value
	default:
		return problem.BadInput("", "There is no input %q.", name)
	}
	return nil
}

// Get returns a name as it is typed, "" for one that is not known.
func (p *Params) Get(name string) string {
	switch name {
	case "realm":
		return p.Realm
	case "client-id":
		return p.ClientID
	case "redirect-uris":
		return strings.Join(p.RedirectURIs, " ")
	case "username":
		return p.Username
	case "email":
		return p.Email
	}
	return ""
}

// NewParams checks names and returns them as parameters.
func NewParams(realm, clientID, username, email string) (Params, error) {
	var p Params
	for _, in := range []struct{ name, value string }{{"realm", realm}, {"client-id", clientID}, {"username", username}, {"email", email}} {
		if err := p.Set(in.name, in.value); err != nil {
			return p, err
		}
	}
	return p, nil
}
