package doctor

import (
	"fix403/flows/gate"
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

// words names what an address appears in.
func (o Origin) words() msg.Message {
	switch o {
	case FromPaste:
		return msg.New("the pasted command")
	case FromToken:
		return msg.New("the token")
	case Named, FromCall:
	}
	return msg.New("the URL of the call")
}

// credential is something secret that a diagnosis would send.
type credential struct {
	what    texts.Text
	of      string // base URL of the server that it belongs to; "" if that is not known
	pasted  bool   // it stood in a paste, for that server and no other
	ofAdmin bool
	carries bool // without it the call is not the person's
	leave   func(*Options)
}

func (o *Options) credentials() []credential {
	var all []credential
	if a := o.Admin; a != nil {
		what := texts.Text("the admin's password")
		switch {
		case !a.Token.Empty():
			what = "the admin's access token"
		case a.ClientID != "":
			what = "the secret of the admin's client"
		}
		all = append(all, credential{what: what, ofAdmin: true, leave: func(o *Options) { o.Admin = nil }})
	}
	if !o.Secret.Empty() {
		all = append(all, credential{what: "the client's secret", of: o.SecretOf, pasted: o.SecretOf != "", carries: !o.Given, leave: func(o *Options) { o.Secret = wire.Secret{} }})
	}
	if o.Given && !o.Authorization.Empty() {
		all = append(all, credential{what: "the access token", of: o.AuthorizationOf, carries: true, leave: func(o *Options) { o.Authorization = wire.Secret{} }})
	}
	return all
}

// kept returns the credentials that must not go to the server: each goes to a server that the person named, or to the one that
// it belongs to; what stood in a paste goes to the paste's own server alone.
func (o *Options) kept() []credential {
	var out []credential
	for _, c := range o.credentials() {
		if !wire.SameHost(c.of, o.URL) && (c.pasted || o.Origin != Named) {
			out = append(out, c)
		}
	}
	return out
}

// Unnamed returns why a server that the person did not name should not get what would be sent there, and asks whether it may;
// both are empty where there is nothing to ask. Without a yes, which is [Options.Confirm], [New] leaves those credentials out.
func (o *Options) Unnamed() (risk, question msg.Message) {
	var what []any
	for _, c := range o.kept() {
		if !c.pasted {
			what = append(what, c.what)
		}
	}
	if len(what) == 0 {
		return risk, question
	}
	return o.risk(), msg.New("Send %s to %s?", msg.Join(" and ", what...), wire.Host(o.URL))
}

func (o *Options) risk() msg.Message {
	return msg.New("The server %s appears only in %s.", wire.Host(o.URL), o.Origin.words())
}

// caution is for scripts that send secrets to a server that the person did not name; empty for one that they did.
func (x *examination) caution() msg.Message {
	if x.o.Origin == Named {
		return msg.Message{}
	}
	return msg.Concat(x.o.risk(), " ", msg.New("Make sure that it is yours before you send it a secret."))
}

// Confirm is for a person who said yes to the question of [Options.Unnamed].
func (o *Options) Confirm() { o.Origin = Named }

// leaveOut takes out of the options what must not go to the server, and says so.
func (x *examination) leaveOut() {
	x.kept = x.o.kept()
	for _, c := range x.kept {
		c.leave(&x.o)
		x.bare = x.bare || c.carries
	}
}

// keptAdmin returns the admin's credential that was not sent; nil if there is none.
func (x *examination) keptAdmin() *credential {
	for i := range x.kept {
		if x.kept[i].ofAdmin {
			return &x.kept[i]
		}
	}
	return nil
}

// withoutCredentials is for a server that answers, and did not get what the call is made with.
func (x *examination) withoutCredentials() {
	g := gate.Client
	if x.o.Given {
		g = gate.Identity
	}
	x.stop(g, Undetermined, Likely, "The server responds, but the call was made without credentials, because they were not sent to this server: see what was not checked.")
}

// noteKept notes what was not sent, and what to do to have it sent.
func (x *examination) noteKept() {
	server := wire.Host(x.server.URL())
	var what []any
	for _, c := range x.kept {
		if c.pasted {
			x.unseen("Not sent to %s: %s. In the paste it goes to %s, so it is not sent anywhere else. Use a token instead, or give the secret separately if it is meant for this server (--token-file, FIX403_CLIENT_SECRET).", server, c.what, wire.Host(c.of))
			continue
		}
		what = append(what, c.what)
	}
	if len(what) > 0 {
		x.unseen("Not sent to %s: %s. This server appears only in %s. If it is yours, name it with --url.", server, msg.Join(" and ", what...), x.o.Origin.words())
	}
}

// noAdmin returns the error of what requires an admin where there is none.
func (x *examination) noAdmin(message texts.Text) error {
	if c := x.keptAdmin(); c != nil {
		return cannot("If it is yours, name it with --url.", "This needs an admin, and nothing was changed: %s was not sent to %s, which appears only in %s.", c.what, wire.Host(x.server.URL()), x.o.Origin.words())
	}
	return cannot("Give --admin-user and FIX403_ADMIN_PASSWORD, or another admin's login.", message)
}
