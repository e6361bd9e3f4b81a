package keycloak

import (
	"context"
	"errors"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
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

// MayLackCode reports whether a refused login may have lacked nothing but a one-time code.
func MayLackCode(err error) bool {
	var e *failure.Error
	return errors.As(err, &e) && e.Kind == failure.AdminRefused && e.BadCredentials
}

// firstLogin logs in, and once more with a one-time code where that may be what was missing and the user can be asked.
func (a *Admin) firstLogin(ctx context.Context) error {
	err := a.firstLogins(ctx)
	if err == nil && !a.refreshToken().Empty() {
		a.credentials.Password = wire.Secret{} // a later login goes by the session
	}
	return err
}

func (a *Admin) firstLogins(ctx context.Context) error {
	err := a.login(ctx, msg.New("log the admin in"))
	c := &a.credentials
	if !MayLackCode(err) || c.AskOTP == nil || c.ClientID != "" || !c.OTP.Empty() {
		return err
	}
	code, askErr := c.AskOTP(ctx)
	if askErr != nil {
		return askErr
	}
	if code.Empty() {
		return err
	}
	c.OTP = code
	return a.login(ctx, msg.New("log the admin in with a one-time code"))
}

// passwordForm returns the body of a login with user and password. A one-time code is accepted once (measured on 24.0.5, 26.4.0
// and 26.7.3), so that later logins of the session go by its refresh token.
func (a *Admin) passwordForm() map[string]string {
	c, refresh := a.credentials, a.refreshToken()
	if !refresh.Empty() {
		return map[string]string{"grant_type": "refresh_token", "client_id": "admin-cli", "refresh_token": refresh.Reveal()}
	}
	form := map[string]string{"grant_type": "password", "client_id": "admin-cli", "username": c.User, "password": c.Password.Reveal()}
	if !c.OTP.Empty() {
		form["totp"] = c.OTP.Reveal()
	}
	return form
}

// loginHint says what to look at after a refused login.
func (a *Admin) loginHint(refused *failure.Error) msg.Message {
	switch {
	case !a.refreshToken().Empty():
		return msg.New("The session has ended, and a one-time code works only once: start again with a new one. What was created so far is used again.")
	case a.credentials.ClientID == "" && refused.BadCredentials:
		return msg.New("Check the admin's username and password, and the admin's realm (master, or the one in --admin-realm). An admin with a one-time code gets the same refusal when the code is missing: on a terminal fix403 prompts for it; elsewhere, use a client's secret.")
	}
	return msg.New("Check the admin's username and password, and the admin's realm (master, or the one in --admin-realm).")
}

func (a *Admin) refreshToken() wire.Secret {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refresh
}
