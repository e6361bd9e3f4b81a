package keycloak

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Admin is a logged-in administrator. The token is renewed before it expires. It is safe for concurrent use.
type Admin struct {
	server *Server
	*session
}

// session is a login that goes on: each Admin made of another by [Admin.InStep] or [Admin.Quiet] has the same.
type session struct {
	credentials Credentials

	mu      sync.Mutex
	token   wire.Secret
	refresh wire.Secret // of a login with a one-time code
	decoded *token.Token
	expires time.Time       // by this machine's clock, from expires_in; zero if unknown
	refused bool            // the token was answered with 401: the next call, not this one again, is made with a new one
	scope   string          // asked for by each login, "" for none
	sought  bool            // it was looked whether a scope helps, see [Admin.seekAudience]
	fresh   map[string]bool // realms created with this login's token, for which a 403 may only mean that it is old
}

// InStep returns the admin with the exchanges recorded as part of a step.
func (a *Admin) InStep(step string) *Admin { return &Admin{a.server.InStep(step), a.session} }

// Quiet returns the admin with the exchanges neither recorded nor told to listeners; see [Server.Quiet].
func (a *Admin) Quiet() *Admin { return &Admin{a.server.Quiet(), a.session} }

// renewBefore is how long before its end a token is renewed, so that it does not expire on the way.
const renewBefore = 5 * time.Second

// Login gets the admin's first token. A refusal has [failure.AdminRefused].
func (s *Server) Login(ctx context.Context, c Credentials) (*Admin, error) {
	if c.Realm == "" {
		c.Realm = "master"
	}
	a := &Admin{s, &session{credentials: c, fresh: map[string]bool{}}}
	if c.OTP.Empty() {
		a.refresh = c.refresh
	}
	c.HideIn(s.recorder)
	if !c.Token.Empty() {
		decoded, err := token.Decode(c.Token.Reveal())
		if err != nil {
			return nil, err
		}
		a.token, a.decoded, a.expires = c.Token, decoded, decoded.ExpiresAt
		if !a.expires.IsZero() && !s.options.Now().Before(a.expires) {
			return nil, &failure.Error{Kind: failure.AdminRefused, Message: msg.New("The given admin token expired at %s.", a.expires.UTC().Format(time.RFC3339)),
				Hint: msg.New("Get a new one, or log in with username and password.")}
		}
		return a, nil
	}
	return a, a.firstLogin(ctx)
}

// Name returns who the admin is, for messages.
func (a *Admin) Name() string {
	switch {
	case !a.credentials.Token.Empty():
		if a.decoded.Username != "" {
			return a.decoded.Username
		}
		return "the given token"
	case a.credentials.ClientID != "":
		return "client " + a.credentials.ClientID
	default:
		return a.credentials.User
	}
}

// Credentials returns those for another login as the same admin. Where it took a one-time code, which counts only once, they
// hold the refresh token of the session in its place.
func (a *Admin) Credentials() Credentials {
	c := a.credentials
	c.OTP, c.refresh = wire.Secret{}, a.refreshToken()
	return c
}

// Issuer returns the issuer of the admin's token: the server's own name and the admin's realm.
func (a *Admin) Issuer() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.decoded.Issuer
}

// IssuedAt returns when the admin's token was issued, by the server's clock.
func (a *Admin) IssuedAt() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.decoded.IssuedAt
}

// Realm returns the realm in which the admin logged in.
func (a *Admin) Realm() string { return a.credentials.Realm }

func (a *Admin) login(ctx context.Context, purpose msg.Message) error {
	c := a.credentials
	form := map[string]string{}
	if c.ClientID != "" {
		form["grant_type"], form["client_id"], form["client_secret"] = "client_credentials", c.ClientID, c.ClientSecret.Reveal()
	} else {
		form = a.passwordForm()
	}
	a.mu.Lock()
	if a.scope != "" {
		form["scope"] = a.scope
	}
	a.mu.Unlock()
	issued, err := a.server.requestToken(ctx, purpose, c.Realm, form)
	if err != nil {
		if failure.KindOf(err) == failure.ClientRefused {
			err.Kind = failure.AdminRefused
			err.Hint = a.loginHint(err)
			err.Message = msg.New("The admin login of %s in realm %s was refused: %s", a.Name(), c.Realm, err.Message)
		}
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.decoded, a.expires = issued.Secret, issued.Token, time.Time{}
	if !c.OTP.Empty() || !a.refresh.Empty() {
		a.refresh = issued.refresh
	}
	if issued.Lifetime > 0 {
		a.expires = a.server.options.Now().Add(issued.Lifetime)
	}
	a.refused = false
	clear(a.fresh)
	return nil
}

func (a *Admin) currentToken(ctx context.Context) (string, error) {
	a.mu.Lock()
	token, expires, refused := a.token, a.expires, a.refused
	a.mu.Unlock()
	if refused && a.credentials.Token.Empty() {
		if err := a.login(ctx, msg.New("log the admin in again: the last token was not accepted")); err != nil {
			return "", err
		}
		return a.currentToken(ctx)
	}
	if expires.IsZero() || a.server.options.Now().Before(expires.Add(-renewBefore)) {
		return token.Reveal(), nil
	}
	if !a.credentials.Token.Empty() {
		if a.server.options.Now().Before(expires) {
			return token.Reveal(), nil
		}
		return "", &failure.Error{Kind: failure.AdminRefused, Message: msg.New("The given admin token has expired, and a given token cannot be renewed."),
			Hint: msg.New("Start again with a new token: what was created so far is used again.")}
	}
	if err := a.login(ctx, msg.New("log the admin in again: the token is about to expire")); err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.token.Reveal(), nil
}

func (a *Admin) markFresh(realm string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fresh[realm] = true
}

// takeFresh reports, once for each login, whether a 403 on the realm may come from a token older than the realm.
func (a *Admin) takeFresh(realm string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	fresh := a.fresh[realm] && a.credentials.Token.Empty()
	delete(a.fresh, realm)
	return fresh
}

// staleToken is the purpose of the one login that follows the creation of a realm where it must.
var staleToken = msg.New("log the admin in again: the token is older than the realm")

// Version asks for the server's version, such as "26.7.3". It is "" where the server does not tell: the admin may not
// see it (403), or it is not in the answer. Admins of other realms than master are told it, too (24.0.5 and 26.7.3).
func (a *Admin) Version(ctx context.Context) (string, error) {
	var info *gocloak.ServerInfoRepresentation
	got, err := a.gocloak(ctx, call{purpose: msg.New("read the server's version")}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		info, err = api.GetServerInfo(ctx, token)
		return err
	})
	if err != nil {
		if got != nil && got.Exchange.Status == http.StatusForbidden && failure.KindOf(err) == failure.AdminRefused {
			return "", nil
		}
		return "", err
	}
	if info == nil || info.SystemInfo == nil {
		return "", nil
	}
	return deref(info.SystemInfo.Version), nil
}

// Features tells which of the server's features are switched on, by their names in serverinfo, such as ORGANIZATION. A feature that the
// version does not have is not among them; nil where the server does not tell.
func (a *Admin) Features(ctx context.Context) (map[string]bool, error) {
	got, err := a.gocloak(ctx, call{purpose: msg.New("read the server's features")}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		_, err := api.GetServerInfo(ctx, token)
		return err
	})
	if err != nil {
		return nil, err
	}
	var info *struct {
		Features []struct {
			Name    string
			Enabled bool
		}
		ProfileInfo *struct{ DisabledFeatures []string }
	}
	if json.Unmarshal(got.Body, &info) != nil || info == nil || info.Features == nil && info.ProfileInfo == nil {
		return nil, got.Unusable(http.StatusOK)
	}
	var out map[string]bool
	note := func(name string, on bool) {
		if out == nil {
			out = map[string]bool{}
		}
		out[name] = on
	}
	if info.ProfileInfo != nil {
		for _, name := range info.ProfileInfo.DisabledFeatures {
			note(name, false)
		}
	}
	for _, f := range info.Features {
		note(f.Name, f.Enabled)
	}
	return out, nil
}
