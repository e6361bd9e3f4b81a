package doctor

import (
	"fix403/flows/doctor/given"
	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// caution is for scripts that send secrets to a server that the person did not name; empty for one that they did.
func (x *examination) caution() msg.Message {
	if x.o.Origin == given.Named {
		return msg.Message{}
	}
	return msg.Concat(x.o.Risk(), " ", msg.New("Make sure that it is yours before you send it a secret."))
}

// keptAdmin returns the admin's credential that was not sent; nil if there is none.
func (x *examination) keptAdmin() *given.Credential {
	for i := range x.kept {
		if x.kept[i].OfAdmin {
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
		if c.Pasted {
			x.unseen("Not sent to %s: %s. In the paste it goes to %s, so it is not sent anywhere else. Use a token instead, or give the secret separately if it is meant for this server (--token-file, FIX403_CLIENT_SECRET).", server, c.What, wire.Host(c.Of))
			continue
		}
		what = append(what, c.What)
	}
	if len(what) > 0 {
		x.unseen("Not sent to %s: %s. This server appears only in %s. If it is yours, name it with --url.", server, msg.Join(" and ", what...), x.o.Origin.Words())
	}
}

// noAdmin returns the error of what requires an admin where there is none.
func (x *examination) noAdmin(message texts.Text) error {
	if c := x.keptAdmin(); c != nil {
		return cannot("If it is yours, name it with --url.", "This needs an admin, and nothing was changed: %s was not sent to %s, which appears only in %s.", c.What, wire.Host(x.server.URL()), x.o.Origin.Words())
	}
	return cannot("Give --admin-user and FIX403_ADMIN_PASSWORD, or another admin's login.", message)
}
