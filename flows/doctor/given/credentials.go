package given

import (
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Origin is where the address of a server came from. It decides which credentials may go there.
type Origin string

// The origins. The zero value counts as one that the person did not name.
const (
	Named     Origin = "named" // by a flag, the environment, the configuration file or a field of a form, or confirmed
	FromCall  Origin = "call"  // the call is a whole URL
	FromPaste Origin = "paste" // it stands in a pasted command
	FromToken Origin = "token" // the token names it as its issuer, which was not verified
)

// Words names what an address appears in.
func (o Origin) Words() msg.Message {
	switch o {
	case FromPaste:
		return msg.New("the pasted command")
	case FromToken:
		return msg.New("the token")
	case Named, FromCall:
	}
	return msg.New("the URL of the call")
}

// Credential is something secret that a diagnosis would send.
type Credential struct {
	What    texts.Text
	Of      string // base URL of the server that it belongs to; "" if that is not known
	To      string // base URL of the server that would get it
	Pasted  bool   // it stood in a paste, for that server and no other
	OfAdmin bool
	carries bool // without it the call is not the person's
	login   bool // it goes to the server that issues the token
	leave   func(*Options)
}

func (o *Options) credentials() []Credential {
	var all []Credential
	if a := o.Admin; a != nil {
		what := texts.Text("the admin's password")
		switch {
		case !a.Token.Empty():
			what = "the admin's access token"
		case a.ClientID != "":
			what = "the secret of the admin's client"
		}
		all = append(all, Credential{What: what, OfAdmin: true, leave: func(o *Options) { o.Admin = nil }})
	}
	if !o.Secret.Empty() {
		all = append(all, Credential{What: "the client's secret", Of: o.SecretOf, Pasted: o.SecretOf != "", carries: !o.Given, login: true, leave: func(o *Options) { o.Secret = wire.Secret{} }})
	}
	all = append(all, o.Login.credentials(o.Login.SecretsOf)...)
	if len(o.Form) > 0 {
		all = append(all, Credential{What: "the form of the call", Of: o.FormOf, Pasted: o.FormOf != "", carries: true, leave: func(o *Options) { o.Form = nil }})
	}
	if o.Given && !o.Authorization.Empty() {
		all = append(all, Credential{What: "the access token", Of: o.AuthorizationOf, carries: true, leave: func(o *Options) { o.Authorization, o.Proof = wire.Secret{}, wire.Secret{} }})
	}
	return all
}

// kept returns the credentials that must not go to the server: each goes to a server that the person named, or to the one that
// it belongs to; what stood in a paste goes to the paste's own server alone. What gets a token at another server than the call's
// goes there only where both are addresses of one port of this machine.
func (o *Options) kept() []Credential {
	var out []Credential
	for _, c := range o.credentials() {
		c.To = o.URL
		if c.login {
			c.To = o.server()
		}
		if c.login && o.far() || !wire.SameHost(c.Of, c.To) && (c.Pasted || o.Origin != Named) {
			out = append(out, c)
		}
	}
	return out
}

// Unnamed returns why a server that the person did not name should not get what would be sent there, and asks whether it may;
// both are empty where there is nothing to ask. Without a yes, which is [Options.Confirm], [Options.Prepare] leaves those credentials out.
func (o *Options) Unnamed() (risk, question msg.Message) {
	var what []any
	for _, c := range o.kept() {
		if !c.Pasted {
			what = append(what, c.What)
		}
	}
	if len(what) == 0 {
		return risk, question
	}
	return o.Risk(), msg.New("Send %s to %s?", msg.Join(" and ", what...), wire.Host(o.URL))
}

// Risk says that the person did not name the server.
func (o *Options) Risk() msg.Message {
	return msg.New("The server %s appears only in %s.", wire.Host(o.URL), o.Origin.Words())
}

// Confirm is for a person who said yes to the question of [Options.Unnamed].
func (o *Options) Confirm() { o.Origin = Named }
