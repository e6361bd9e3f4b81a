package keycloak

import (
	"context"

	"fix403/keycloak/wire"
)

// Credentials of an admin: a given token, else a client and its secret, else user and password with admin-cli.
type Credentials struct {
	Realm        string // where the admin lives; "" is master
	User         string
	Password     wire.Secret
	ClientID     string
	ClientSecret wire.Secret
	Token        wire.Secret

	// OTP is the one-time code of a user who needs one. Keycloak does not say that it is missing, so AskOTP, if it is not
	// nil, is called once after a refused password; an empty answer is none.
	OTP    wire.Secret
	AskOTP func(context.Context) (wire.Secret, error)

	refresh wire.Secret // of a session that began with a one-time code; see [Admin.Credentials]
}

// HasPassword reports whether a login needs no other password: one is given, or a session that goes on.
func (c Credentials) HasPassword() bool { return !c.Password.Empty() || !c.refresh.Empty() }

// HideIn has the secrets of a login hidden before anything is sent, and its names shown.
func (c Credentials) HideIn(r *wire.Recorder) {
	r.Public(c.Realm, c.User, c.ClientID)
	for _, secret := range []wire.Secret{c.Password, c.ClientSecret, c.Token, c.OTP, c.refresh} {
		r.Hide(secret)
	}
}
