// Package login is where a story logs in, and as whom: what a person types in its first step.
package login

import (
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/risk"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// The names of its inputs. A one-time code is asked for after a login that may have lacked it.
const (
	URL      = "url"
	User     = "admin-user"
	Password = "admin-password" // #nosec G101 -- a name
	Code     = "admin-code"
)

// Login is a server, and an admin of it.
type Login struct {
	URL         string
	Credentials keycloak.Credentials
}

// For returns a login with the name of the first admin where none is given.
func For(url string, c keycloak.Credentials) Login {
	if c.User == "" && params.AsksForUser(c) {
		c.User = "admin"
	}
	return Login{url, c}
}

// Value returns an input as it is now, "" for a secret. It reports whether the input is one of the login.
func (l *Login) Value(input string) (value string, is bool) {
	switch input {
	case URL:
		return l.URL, true
	case User:
		return l.Credentials.User, true
	case Password, Code:
		return "", true
	}
	return "", false
}

// Set validates an input and keeps it; with an error the old value stays. It reports whether the input is one of the login.
func (l *Login) Set(input, value string) (is bool, err error) {
	switch input {
	case URL:
		return true, l.setURL(value)
	case User:
		if value == "" {
			return true, problem.BadInput("Enter the name of an admin of the master realm.", "The admin's name is empty.")
		}
		l.Credentials.User = value
	case Password:
		if value == "" {
			return true, problem.BadInput("Enter the admin's password.", "The password is empty.")
		}
		l.Credentials.Password = wire.NewSecret(value)
	case Code:
		l.Credentials.OTP = wire.NewSecret(value)
	default:
		return false, nil
	}
	return true, nil
}

// setURL takes another server. What was given for the first one does not go there.
func (l *Login) setURL(value string) error {
	if _, err := wire.NormalizeURL(value); err != nil {
		return err
	}
	if was := l.URL; was != "" && !wire.SameHost(was, value) {
		if !params.AsksForUser(l.Credentials) {
			return problem.BadInput("Start fix403 with the other server's URL, and a login for it.", "The given admin login is for %s.", was)
		}
		l.Forget()
	}
	l.URL = value
	return nil
}

// Forget drops the secrets, for a person who types them again.
func (l *Login) Forget() {
	l.Credentials = keycloak.Credentials{Realm: l.Credentials.Realm, User: l.Credentials.User, AskOTP: l.Credentials.AskOTP}
}

// Exposed warns of secrets that cannot be hidden, since they are a name of the story or of the login, too.
func (l *Login) Exposed(p params.Params) []msg.Message {
	c := l.Credentials
	var notes []msg.Message
	for _, warning := range risk.Exposed(risk.AdminSecrets(c), c.User, c.ClientID, c.Realm, p.Realm, p.ClientID, p.Username, p.Email) {
		notes = append(notes, msg.New("Warning: %s", warning))
	}
	return notes
}
