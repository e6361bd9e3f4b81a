package intake

import (
	"cmp"
	"strings"

	"fix403/flows/doctor/given"
	"fix403/flows/paste"
	"fix403/flows/problem"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// readLogin takes how the caller gets a token: from the paste, and what that leaves open from the question.
func (p *preparation) readLogin() error {
	o, asked := &p.Options, p.q.Login
	if p.curl != nil && p.curl.Login != nil {
		p.pasted(p.curl.Login)
	}
	if asked.Grant == "" && asked.User != "" && o.Login.Grant == "" {
		asked.Grant = given.PasswordGrant
	}
	o.Login.Grant = cmp.Or(asked.Grant, o.Login.Grant)
	o.Login.User = cmp.Or(asked.User, o.Login.User)
	if err := p.readProof(asked); err != nil {
		return err
	}
	if !asked.Password.Empty() && o.Login.By() == given.PasswordGrant {
		o.Login.Password, o.Login.SecretsOf = asked.Password, ""
	}
	if !asked.RefreshToken.Empty() && o.Login.By() == given.RefreshGrant {
		o.Login.RefreshToken, o.Login.SecretsOf = asked.RefreshToken, ""
	}
	switch {
	case !o.Given && p.q.Token.Empty() && o.Login.By() == given.RefreshGrant && o.Login.RefreshToken.Empty() && o.Login.Subject == nil:
		return &failure.Error{Kind: failure.BadInput, Message: msg.New("The token request sends a refresh token that the text does not show."),
			Hint: msg.New(`Paste it with the refresh token, or give an access token by --token-file; the call is then --call "%s %s".`, p.curl.Method, strings.SplitN(p.curl.Path, "?", 2)[0])}
	case o.Given || !p.q.Token.Empty() || o.Login.By() != given.PasswordGrant:
	case o.Login.User == "":
		return problem.BadInput("Give the user with --user.", "The password grant logs a user in, and no user is named.")
	case o.ClientID == "":
		o.ClientID = "admin-cli"
		p.note(msg.New("No client was given: the user logs in through %s, as kcadm.sh does.", o.ClientID))
	}
	return nil
}

// pasted takes the login of a paste.
func (p *preparation) pasted(from *paste.Login) {
	o := &p.Options
	o.Login = loginOf(from)
	o.Login.SecretsOf = from.Base
	if p.curl.TokenRequest {
		o.LoginOnly = p.q.Call == "" && o.Login.By() != given.ClientCredentials // a client's own usual call is looked at
	} else if wire.Host(from.Base) != "" && from.Base != p.curl.Base {
		o.Login.URL = from.Base
	}
	if from.Grant == given.RefreshGrant && from.Before == nil {
		p.note(msg.New("The pasted refresh token is sent, as in the paste: where a realm accepts each only once, it cannot be used again."))
	}
}

// loginOf returns the login that a paste makes.
func loginOf(from *paste.Login) given.Login {
	l := given.Login{Grant: from.Grant, User: from.User, Password: from.Password, RefreshToken: from.RefreshToken, Assertion: from.Assertion, DPoP: from.DPoP, Basic: from.Basic, Form: from.Form, Header: from.Header}
	switch {
	case from.Before != nil:
		l.Subject = &given.Subject{Realm: from.Before.Realm, ClientID: from.Before.ClientID, Secret: from.Before.Secret, Scope: from.Before.Scope, Login: loginOf(from.Before)}
	case !from.SubjectToken.Empty():
		l.Subject = &given.Subject{Token: from.SubjectToken}
	}
	return l
}
