package exam

import (
	"fix403/flows/doctor/given"
	"fix403/flows/gate"
	"fix403/flows/problem"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Caution is for scripts that send secrets to a server that the person did not name; empty for one that they did.
func (x *Examination) Caution() msg.Message {
	if x.Options.Origin == given.Named {
		return msg.Message{}
	}
	return msg.Concat(x.Options.Risk(), " ", msg.New("Make sure that it is yours before you send it a secret."))
}

// KeptAdmin returns the admin's credential that was not sent; nil if there is none.
func (x *Examination) KeptAdmin() *given.Credential {
	for i := range x.Kept {
		if x.Kept[i].OfAdmin {
			return &x.Kept[i]
		}
	}
	return nil
}

// WithoutCredentials is for a server that answers, and did not get what the call is made with.
func (x *Examination) WithoutCredentials() {
	g := gate.Client
	if x.Options.Given {
		g = gate.Identity
	}
	x.Stop(g, Undetermined, Or("The call itself: it was made without the original credentials."), "The server responds, but the call was made without credentials, since they were not sent to this server: see what was not checked.")
}

// NoteKept notes what was not sent, and what to do to have it sent.
func (x *Examination) NoteKept() {
	server := wire.Host(x.Server.URL())
	var what []any
	for _, c := range x.Kept {
		if c.Pasted {
			x.Unseen("Not sent to %s: %s. In the paste it goes to %s, so it is not sent anywhere else. Use a token instead, or give the secret separately if it is meant for this server (--token-file, FIX403_CLIENT_SECRET).", server, c.What, wire.Host(c.Of))
			continue
		}
		what = append(what, c.What)
	}
	if len(what) > 0 {
		x.Unseen("Not sent to %s: %s. This server appears only in %s. If it is yours, name it with --url.", server, msg.Join(" and ", what...), x.Options.Origin.Words())
	}
}

// NoAdmin returns the error of what requires an admin where there is none.
func (x *Examination) NoAdmin(message texts.Text) error {
	if c := x.KeptAdmin(); c != nil {
		return Cannot("If it is yours, name it with --url.", "This requires an admin, and nothing was changed: %s was not sent to %s, which appears only in %s.", c.What, wire.Host(x.Server.URL()), x.Options.Origin.Words())
	}
	return Cannot("Give --admin-user and FIX403_ADMIN_PASSWORD, or another admin's login.", message)
}

// Cannot returns the error, of the kind not-fixable, of what the doctor does not do.
func Cannot(hint, format texts.Text, values ...any) error {
	return &problem.CheckError{Kind: "not-fixable", Message: msg.New(format, values...), Hint: msg.New(hint)}
}
