package doctor

import (
	"context"

	"fix403/flows/doctor/adminview"
	"fix403/flows/requests"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// home returns the realm in which client and account live.
func (x *examination) home() string {
	if x.token != nil && x.token.Realm() != "" {
		return requests.Unescape(x.token.Realm())
	}
	return x.o.Realm
}

// container returns the client whose roles open the realm of the call: realm-management, or for callers of master the one
// named after the realm.
func (x *examination) container() string {
	if x.home() == "master" && x.pathRealm != "" {
		return x.pathRealm + "-realm"
	}
	return keycloak.RealmManagement
}

// noteForbidden notes what the admin may not see, which is not an error. Others are returned as they are.
func (x *examination) noteForbidden(err error, what texts.Text, values ...any) error {
	switch failure.KindOf(err) {
	case failure.Canceled:
		return err
	case "":
		return err // nil, or none of the server's
	default:
	}
	x.unseen("%s: %s", msg.New(what, values...), msg.Of(err).Map(x.o.Recorder.Mask).Clause())
	return nil
}

// notes takes what other packages see into the examination.
type notes struct{ x *examination }

// Observed implements [adminview.Notes] and [audience.Notes].
func (n notes) Observed(format texts.Text, values ...any) { n.x.observed(AtServer, format, values...) }

// Answered implements [audience.Notes].
func (n notes) Answered(format texts.Text, values ...any) { n.x.observed(OnWire, format, values...) }

// Unseen implements [audience.Notes].
func (n notes) Unseen(format texts.Text, values ...any) { n.x.unseen(format, values...) }

// Forbidden implements [adminview.Notes] and [audience.Notes].
func (n notes) Forbidden(err error, what texts.Text, values ...any) error {
	return n.x.noteForbidden(err, what, values...)
}

// by returns the admin who looks at the client and the account of the call.
func (x *examination) by() adminview.By {
	by := adminview.By{Admin: x.admin, Realm: x.home(), ClientID: x.o.ClientID, RolesOf: x.container(), Notes: notes{x}}
	if x.token != nil {
		by.Subject = x.token.Subject
	}
	return by
}

func (x *examination) lookAtClient(ctx context.Context) error {
	return x.view.LookAtClient(ctx, x.by())
}
func (x *examination) lookAtAccount(ctx context.Context) error {
	return x.view.LookAtAccount(ctx, x.by())
}
func (x *examination) lookAtRoles(ctx context.Context) error { return x.view.LookAtRoles(ctx, x.by()) }
