// Package login gets the token of a call as the person's program does: by the same grant, in the same realm, at the same server.
package login

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/proof"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Tokens gets the tokens of one caller.
type Tokens struct {
	options *given.Options
	server  *keycloak.Server // that issues them
	refresh wire.Secret      // the one to be sent next, where an answer brought another
	signing signing
}

// New returns what gets the tokens for a call that goes to a server. The options are read at each request.
func New(o *given.Options, call *keycloak.Server) (*Tokens, error) {
	t := &Tokens{options: o, server: call}
	if !o.Elsewhere() {
		return t, nil
	}
	var err error
	t.server, err = keycloak.NewServer(o.Login.URL, keycloak.Options{Transport: o.Transport, Recorder: o.Recorder, Timeout: o.Timeout, Now: o.Now, ReadOnly: true, Once: true})
	return t, err
}

// Server returns the server that issues the tokens.
func (t *Tokens) Server() *keycloak.Server { return t.server }

// Answer is what the token endpoint said.
type Answer struct {
	*wire.Reply
	Access wire.Secret // the token; empty without one
	Scheme string      // with which the token goes: Bearer, or DPoP for one that is bound to a key
	again  wire.Secret // the refresh token
	// Subject reports that the login was refused whose token was to be exchanged.
	Subject bool
}

// Header returns the value of the header Authorization with the token; empty without one.
func (a Answer) Header() wire.Secret {
	if a.Access.Empty() {
		return wire.Secret{}
	}
	return wire.NewSecret(a.Scheme + " " + a.Access.Reveal())
}

// Ask asks for a token with a scope; "" is the client's own. An error means that no answer came.
func (t *Tokens) Ask(ctx context.Context, purpose msg.Message, scope string) (Answer, error) {
	c := caller{realm: t.options.Realm, clientID: t.options.ClientID, secret: t.options.Secret, scope: scope, login: t.options.Login}
	if !t.refresh.Empty() {
		c.login.RefreshToken = t.refresh
	}
	return t.ask(ctx, purpose, c)
}

// caller is who asks for one token.
type caller struct {
	realm, clientID, scope string
	secret, subject        wire.Secret
	login                  given.Login
}

func (t *Tokens) ask(ctx context.Context, purpose msg.Message, c caller) (Answer, error) {
	if s := c.login.Subject; s != nil {
		c.subject = s.Token
		if s.Token.Empty() {
			first, err := t.ask(ctx, msg.New("get the token that is exchanged"), caller{realm: s.Realm, clientID: s.ClientID, secret: s.Secret, scope: s.Scope, login: s.Login})
			if first.Subject = true; err != nil || first.Access.Empty() {
				return first, err
			}
			c.subject = first.Access
			if c.login.By() == given.RefreshGrant {
				c.login.RefreshToken = first.again
			}
		}
	}
	var reply wire.Reply
	for {
		r, err := t.request(purpose, c)
		if err == nil {
			reply, err = t.server.Send(ctx, r)
		}
		if err != nil {
			return Answer{Reply: &reply}, err
		}
		if !t.adapt(ctx, c, &reply) {
			break
		}
	}
	a := Answer{Reply: &reply}
	access, refresh := answer.Tokens(reply.Body)
	a.Access, a.again, a.Scheme = wire.NewSecret(access), wire.NewSecret(refresh), "Bearer"
	if decoded, err := token.Decode(access); err == nil && proof.BindingOf(decoded).ByDPoP() {
		a.Scheme = "DPoP"
	}
	t.options.Recorder.HideIssued(a.Access, a.again)
	if c.login.By() == given.RefreshGrant && c.login.Subject == nil && refresh != "" {
		t.refresh = a.again
	}
	return a, nil
}

// request returns the request of the token endpoint.
func (t *Tokens) request(purpose msg.Message, c caller) (keycloak.Request, error) {
	form := url.Values{}
	maps.Copy(form, c.login.Form)
	form.Set("grant_type", c.login.By())
	set := func(name, value string) {
		if value != "" {
			form.Set(name, value)
		}
	}
	switch c.login.By() {
	case given.PasswordGrant:
		form.Set("username", c.login.User)
		form.Set("password", c.login.Password.Reveal())
	case given.RefreshGrant:
		form.Set("refresh_token", c.login.RefreshToken.Reveal())
	case given.TokenExchange:
		form.Set("subject_token", c.subject.Reveal())
		form.Set("subject_token_type", cmp.Or(form.Get("subject_token_type"), "urn:ietf:params:oauth:token-type:access_token"))
	}
	set("scope", c.scope)
	r := keycloak.Request{Purpose: purpose, Method: http.MethodPost, Path: "/realms/" + url.PathEscape(c.realm) + "/protocol/openid-connect/token", Form: form, Header: c.login.Header.Clone()}
	return r, t.authenticate(&r, c)
}
