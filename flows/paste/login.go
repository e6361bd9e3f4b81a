package paste

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/wire"
)

// Login is what a text sends to a token endpoint. What stands in the text as a variable is empty.
type Login struct {
	Base     string // base URL of the server that is asked
	Realm    string
	Grant    string // "" where it is not written
	ClientID string
	Secret   wire.Secret
	Basic    bool // client id and secret are in the Authorization header
	Scope    string
	User     string
	Password wire.Secret
	// RefreshToken and SubjectToken are sent; empty with Before, whose answer they are taken from.
	RefreshToken wire.Secret
	SubjectToken wire.Secret
	Before       *Login
	Assertion    wire.Secret // that the client signed
	DPoP         bool        // the request brings a DPoP proof
	Form         url.Values  // further parameters, as they are sent
	Header       http.Header // as those of a [Call]

	before       int // the number of the request whose answer is sent on; 0 if it is not known
	lacks        bool
	secretHidden bool // the text has a secret, and not its value
}

// The grants of which a text can be followed beside client credentials, and the parameters of a token request that a [Login] has a field for.
const (
	grantPassword = "password"
	grantRefresh  = "refresh_token"
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange" // #nosec G101 -- the name of a grant
)

var ownParameters = []string{"grant_type", "client_id", "client_secret", "scope", "username", "password", "refresh_token", "subject_token", "client_assertion", "client_assertion_type"}

// oneTime are the grants that send what counts once, or what a person confirms, with what that is.
var oneTime = map[string]texts.Text{ // #nosec G101 -- names of grants
	"authorization_code":                           "an authorization code, which works only once",
	"urn:ietf:params:oauth:grant-type:device_code": "a device code, which a user must confirm",
	"urn:openid:params:grant-type:ciba":            "a login that a user must confirm",
	"urn:ietf:params:oauth:grant-type:jwt-bearer":  "an assertion from another server, which may work only once",
	"urn:ietf:params:oauth:grant-type:uma-ticket":  "a permission ticket, which works only once",
}

// tokenRequest reads what a line sends to the token endpoint.
func (c *Call) tokenRequest(form string) error {
	values, err := url.ParseQuery(form)
	if err != nil {
		return unread("", "The body of the token request is not a form.")
	}
	l := &Login{Base: c.Base, Realm: c.Realm(), Grant: values.Get("grant_type"), Header: c.Header,
		ClientID: c.ClientID, Secret: c.Secret, Basic: !c.Secret.Empty()}
	c.TokenRequest, c.Login = true, l
	if id := values.Get("client_id"); id != "" {
		l.ClientID = id
	}
	if secret := values.Get("client_secret"); secret != "" {
		l.Secret, l.Basic = wire.NewSecret(secret), false
	}
	if l.ClientID == "" && c.HasAuthorization {
		scheme, value, _ := strings.Cut(c.Authorization.Reveal(), " ")
		if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value)); err == nil && strings.EqualFold(scheme, "basic") {
			user, password, _ := strings.Cut(string(plain), ":")
			l.ClientID, l.Secret, l.Basic = unescapedForm(user), wire.NewSecret(unescapedForm(password)), true
		}
	}
	c.Authorization, c.HasAuthorization, c.Variable = wire.Secret{}, false, false
	for name, sent := range values {
		if !slices.Contains(ownParameters, name) {
			if l.Form == nil {
				l.Form = url.Values{}
			}
			l.Form[name] = sent
		}
	}
	known := func(value string, what texts.Text) string {
		if !unknown(value) && !redacted.MatchString(value) {
			return value
		}
		if what != "" {
			c.ignore(what)
		}
		if n := source(value); n > 0 {
			l.before = n
		}
		l.lacks = l.lacks || what == ""
		return ""
	}
	l.secretHidden = !l.Secret.Empty()
	l.ClientID = known(l.ClientID, "the client id, which the text does not show (give it by --client-id)")
	l.Secret = wire.NewSecret(known(l.Secret.Reveal(), "the secret, which the text does not show (give it by FIX403_CLIENT_SECRET)"))
	l.secretHidden = l.secretHidden && l.Secret.Empty()
	l.Scope = known(values.Get("scope"), "the scope, which the text does not show")
	l.User = known(values.Get("username"), "the username, which the text does not show (give it by --user)")
	l.Password = wire.NewSecret(known(values.Get("password"), "the password, which the text does not show (give it by FIX403_USER_PASSWORD)"))
	l.RefreshToken = wire.NewSecret(known(values.Get("refresh_token"), ""))
	l.SubjectToken = wire.NewSecret(known(values.Get("subject_token"), ""))
	l.Assertion = wire.NewSecret(known(values.Get("client_assertion"), "the assertion, which the text does not show (give it by --client-assertion-file, or the client's key by --client-key-file)"))
	l.DPoP, c.Proof = !c.Proof.Empty(), wire.Secret{}
	c.Grant, c.ClientID, c.Secret, c.TokenRealm, c.Scope = l.Grant, l.ClientID, l.Secret, l.Realm, l.Scope
	return nil
}

// unescapedForm returns what an Authorization header has as a form does (RFC 6749, section 2.3.1), and what cannot be that as it is.
func unescapedForm(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// linked returns why a login of a text cannot be repeated, after it was tied to the one before it whose answer it sends on. Calls are those
// of the text, and of them the one at the index i is this login.
func (l *Login) linked(text string, calls []*Call, i int) error {
	if what := oneTime[l.Grant]; what != "" {
		return unread(text, "The token request uses what fix403 cannot repeat: %s.", what)
	}
	for name, values := range l.Form {
		switch {
		case name == "totp" || name == "otp":
			return unread(text, "The token request uses what fix403 cannot repeat: %s.", texts.Text("a one-time code"))
		case slices.ContainsFunc(values, unknown):
			return unread(text, "The token request has a value that is not known here: %s is a shell variable.", safeName(name))
		}
	}
	if !l.lacks {
		return nil
	}
	for at := i - 1; at >= 0; at-- {
		if calls[at].TokenRequest && (l.before == 0 || l.before == at+1) {
			l.Before = calls[at].Login
			if l.Before.Base != l.Base {
				return unread(text, "The token is exchanged at a server other than its issuer, which fix403 does not support.")
			}
			return l.Before.linked(text, calls, at)
		}
	}
	if l.Grant == grantRefresh && l.before == 0 { // a person can be asked for it
		return nil
	}
	return unread(text, "The token request sends another token, which comes from a variable whose value is not known here.")
}

// marks of the requests of a text stand behind [variable], in the value of a variable that an answer to one is written to.
const firstMark = '\uE001'

// mostMarks bounds them.
const mostMarks = 200

// redacted finds what people write in the place of a secret.
var redacted = regexp.MustCompile(`^(?:[*•●]{3,}|<[^<>]*>|\{\{[^{}]*\}\}|\.{3}|…|\[?(?i:redacted)\]?)$`)

// unknown reports whether the value of a variable, or a part of it, is not known.
func unknown(value string) bool { return strings.ContainsRune(value, variable) }

// source returns the number of the request whose answer is in a value; 0 if that is not known.
func source(value string) int {
	for _, r := range value {
		if r >= firstMark && r < firstMark+mostMarks {
			return int(r-firstMark) + 1
		}
	}
	return 0
}

// mark returns the value of a variable for the answer to a request, by its number.
func mark(n int) string {
	if n <= 0 || n > mostMarks {
		return string(variable)
	}
	return string(variable) + string(firstMark+rune(n-1))
}
