package exam

import (
	"context"
	"errors"
	"net/http"

	"fix403/flows/doctor/adminview"
	"fix403/flows/doctor/given"
	"fix403/flows/requests"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Home returns the realm in which client and account live.
func (x *Examination) Home() string {
	if x.Token != nil && x.Token.Realm() != "" {
		return requests.Unescape(x.Token.Realm())
	}
	return x.Options.Realm
}

// Container returns the client whose roles open the realm of the call: realm-management, or for callers of master the one
// named after the realm.
//
//go:noinline // it would be 5 kB of the program
func (x *Examination) Container() string {
	if x.Home() == "master" && x.PathRealm != "" {
		return x.PathRealm + "-realm"
	}
	return keycloak.RealmManagement
}

// NoteForbidden notes what the admin may not see, which is not an error. Others are returned as they are.
func (x *Examination) NoteForbidden(err error, what texts.Text, values ...any) error {
	switch failure.KindOf(err) {
	case failure.Canceled:
		return err
	case "":
		return err // nil, or none of the server's
	default:
	}
	x.Unseen("%s: %s", msg.New(what, values...), msg.Of(err).Map(x.Options.Recorder.Mask).Clause())
	return nil
}

// Notes takes what other packages see into the examination.
type Notes struct{ X *Examination }

// Observed implements [adminview.Notes] and [audience.Notes].
func (n Notes) Observed(format texts.Text, values ...any) { n.X.Observed(AtServer, format, values...) }

// Answered implements [audience.Notes].
func (n Notes) Answered(format texts.Text, values ...any) { n.X.Observed(OnWire, format, values...) }

// Unseen implements [audience.Notes].
func (n Notes) Unseen(format texts.Text, values ...any) { n.X.Unseen(format, values...) }

// Forbidden implements [adminview.Notes] and [audience.Notes].
func (n Notes) Forbidden(err error, what texts.Text, values ...any) error {
	return n.X.NoteForbidden(err, what, values...)
}

// eyes returns the admin who looks at the client and the account of the call.
func (x *Examination) eyes() adminview.By {
	by := adminview.By{Admin: x.Admin, Realm: x.Home(), ClientID: x.Options.ClientID, RolesOf: x.Container(), Notes: Notes{x}}
	if x.Token != nil {
		by.Subject, by.Session = x.Token.Subject, Session(x.Token)
	}
	if l := x.Options.Login; !x.Options.Given && l.By() != given.ClientCredentials {
		by.Person, by.Username = true, l.User
	}
	return by
}

// LookAtClient reads the client and its realm as the admin sees them, once.
func (x *Examination) LookAtClient(ctx context.Context) error {
	return x.View.LookAtClient(ctx, x.eyes())
}

// LookAtAccount reads the account of the call as the admin sees it, once.
func (x *Examination) LookAtAccount(ctx context.Context) error {
	return x.View.LookAtAccount(ctx, x.eyes())
}

// LookAtRoles reads the roles of the account as the admin sees them, once.
func (x *Examination) LookAtRoles(ctx context.Context) error {
	return x.View.LookAtRoles(ctx, x.eyes())
}

// logIn gets the admin, if there is one, a token. A refusal is an error; that the server is out of reach is left to the gates.
func (x *Examination) logIn(ctx context.Context) error {
	if x.Options.Admin == nil {
		return nil
	}
	admin, err := x.Server.Login(ctx, *x.Options.Admin)
	if err == nil {
		x.Admin, *x.Options.Admin = admin, admin.Credentials() // for another diagnosis, without another one-time code
		if x.Options.Admin.Token.Empty() {
			x.Issued(admin.IssuedAt())
		}
		version, err := admin.Version(ctx)
		switch {
		case refusedAsAdmin(err) && x.Options.Admin.Token.Empty(): // whose new token is refused: the call itself will tell more
			x.Admin = nil
			x.Observed(OnWire, "The admin could log in, and its new token was refused at the admin API (401).")
			x.Unseen("What the server's configuration is: the admin's new token was refused (401).")
			return nil
		case failure.KindOf(err) == failure.Canceled || refusedAsAdmin(err):
			return err
		}
		x.Version, x.VersionReported = version, version != ""
		return nil
	}
	switch failure.KindOf(err) {
	case failure.AdminRefused, failure.BadInput, failure.Canceled:
		return err
	case failure.NotFound:
		// The admin's realm is not there, or no Keycloak is: the call itself will tell.
	default:
	}
	x.Unseen("What the server's configuration is: the admin could not log in (%s)", msg.Of(err).Map(x.Options.Recorder.Mask).Clause())
	return nil
}

// refusedAsAdmin reports whether the admin API did not accept the admin's token at all.
func refusedAsAdmin(err error) bool {
	var refused *failure.Error
	return errors.As(err, &refused) && refused.Kind == failure.AdminRefused && refused.Status == http.StatusUnauthorized
}
