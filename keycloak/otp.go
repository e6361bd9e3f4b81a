package keycloak

import (
	"context"
	"errors"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

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
		return msg.New("The session has ended, and a one-time code counts only once: start again with a new one. What was made so far is used again.")
	case a.credentials.ClientID == "" && refused.BadCredentials:
		return msg.New("Check name and password of the admin, and the realm in which the admin lives (master, or what --admin-realm says). An admin with a one-time code is refused in the same words when the code is missing: on a terminal fix403 asks for it, without one a client's secret does.")
	}
	return msg.New("Check name and password of the admin, and the realm in which the admin lives (master, or what --admin-realm says).")
}

func (a *Admin) refreshToken() wire.Secret {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refresh
}
