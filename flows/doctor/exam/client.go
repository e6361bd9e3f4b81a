package exam

import (
	"context"
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/login"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// MayBeExchanged reports whether the token names another account than the client's own service account: then it may be an exchanged one.
func (x *Examination) MayBeExchanged() bool {
	return x.Token != nil && !strings.EqualFold(x.Token.Username, change.ServiceAccountName(x.Token.AuthorizedParty)) && x.Token.Username != ""
}

// RequestToken asks for a token as the caller does.
func (x *Examination) RequestToken(ctx context.Context, purpose msg.Format) (login.Answer, error) {
	return x.RequestScope(ctx, purpose, x.Options.Scope)
}

// RequestScope asks for a token of a scope; "" is the client's own.
func (x *Examination) RequestScope(ctx context.Context, purpose msg.Format, scope string) (login.Answer, error) {
	return x.Tokens.Ask(ctx, msg.New(purpose), scope)
}

// BuiltIn reports whether the client is one that Keycloak makes by itself, in every realm or, as X-realm, for a realm in master.
func (x *Examination) BuiltIn() bool { return IsBuiltIn(x.Options.ClientID, x.Options.Realm) }

// IsBuiltIn reports whether a client of a realm is one that Keycloak makes by itself.
//
//go:noinline // it would be 8 kB of the program
func IsBuiltIn(clientID, realm string) bool {
	switch clientID {
	case "account", "account-console", "admin-cli", "broker", keycloak.RealmManagement, "security-admin-console":
		return true
	}
	return realm == "master" && strings.HasSuffix(clientID, "-realm")
}
