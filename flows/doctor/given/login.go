package given

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/doctor/proof"
	"fix403/flows/texts"
	"fix403/keycloak/wire"
)

// The grants by which a caller's token can be got again (RFC 6749; RFC 8693 for the exchange of a token).
const (
	ClientCredentials = "client_credentials"
	PasswordGrant     = "password"
	RefreshGrant      = "refresh_token"
	TokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange" // #nosec G101 -- the name of a grant
)

// Login is how the caller gets the token of the call. Realm, client, secret and scope are those of the [Options]. The zero value is
// a client's own login, at the server of the call.
type Login struct {
	Grant        string // "" is client_credentials
	User         string // of the password grant
	Password     wire.Secret
	RefreshToken wire.Secret
	Subject      *Subject // whose token is exchanged
	// Form has the further parameters of the token request, as the person's program sends them.
	Form   url.Values
	Header http.Header // further headers of it
	Basic  bool        // client id and secret go into the Authorization header, and not into the form
	// The client proves itself by an assertion: one that is signed with its key, or with its secret (SecretSigns), or a ready one.
	Key         *proof.Key
	SecretSigns bool
	Assertion   wire.Secret
	DPoP        bool // the request brings a DPoP proof, so that the token is bound to the key of the proof
	// URL is the base URL of the server that issues the token, where it is not the one of the call; see [Options.Elsewhere].
	URL string
	// SecretsOf is the base URL of the server for which password and tokens of the login stood in a paste; "" where the person gave them.
	SecretsOf string
}

// Subject is the token that is exchanged for that of the call: given as it is, or got by a login before.
type Subject struct {
	Token    wire.Secret
	Realm    string
	ClientID string
	Secret   wire.Secret
	Scope    string
	Login    Login
}

// By returns the grant, of a login that names none, too.
func (l Login) By() string { return cmp.Or(l.Grant, ClientCredentials) }

// Asserts reports whether the client proves itself by an assertion that it signs.
func (l Login) Asserts() bool { return l.Key != nil || l.SecretSigns || !l.Assertion.Empty() }

// secrets returns all that has to be masked.
func (l Login) secrets() []wire.Secret {
	all := []wire.Secret{l.Password, l.RefreshToken, l.Assertion}
	for name, values := range l.Form {
		if secretParameter(name) {
			for _, value := range values {
				all = append(all, wire.NewSecret(value))
			}
		}
	}
	if s := l.Subject; s != nil {
		all = append(append(all, s.Token, s.Secret), s.Login.secrets()...)
	}
	return all
}

// secretParameter reports whether a parameter of a token request may hold a secret, by its name (RFC 7521, RFC 8693).
func secretParameter(name string) bool {
	if strings.HasSuffix(name, "_type") {
		return false
	}
	return slices.ContainsFunc([]string{"token", "assertion", "secret", "password", "code"}, func(part string) bool { return strings.Contains(name, part) })
}

// credentials returns what the login sends beside the client's secret; of is the base URL of the server for which it stood in a paste.
func (l Login) credentials(of string) []Credential {
	var all []Credential
	add := func(what texts.Text, secret wire.Secret, leave func(*Login)) {
		if !secret.Empty() {
			all = append(all, Credential{What: what, Of: of, Pasted: of != "", carries: true, login: true, leave: func(o *Options) { leave(&o.Login) }})
		}
	}
	add("the user's password", l.Password, func(l *Login) { l.Password = wire.Secret{} })
	add("the refresh token", l.RefreshToken, func(l *Login) { l.RefreshToken = wire.Secret{} })
	add("the client's assertion", l.Assertion, func(l *Login) { l.Assertion = wire.Secret{} })
	if l.Key != nil { // it was not in a paste: only its file is named
		all = append(all, Credential{What: "an assertion signed with the client's key", carries: true, login: true, leave: func(o *Options) { o.Login.Key = nil }})
	}
	if s := l.Subject; s != nil {
		rest := Login{Password: s.Login.Password, RefreshToken: s.Login.RefreshToken}
		for _, secret := range append(rest.secrets(), s.Token, s.Secret) {
			if !secret.Empty() {
				add("what gets the token that is exchanged", secret, func(l *Login) { l.Subject = nil })
				break
			}
		}
	}
	return all
}

// server returns the base URL of the server that issues the token.
func (o *Options) server() string { return cmp.Or(o.Login.URL, o.URL) }

// Elsewhere reports whether the token comes from another address than the one of the call.
func (o *Options) Elsewhere() bool {
	a, errA := wire.NormalizeURL(o.server())
	b, errB := wire.NormalizeURL(o.URL)
	return errA == nil && errB == nil && a != b
}

// far reports whether the token comes from another server than the one of the call, and not only from another name of one port of this
// machine.
func (o *Options) far() bool {
	return o.Elsewhere() && !wire.SameHost(o.server(), o.URL) && !wire.SamePortHere(o.server(), o.URL)
}
