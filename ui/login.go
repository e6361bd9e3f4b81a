package ui

import (
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// loginForm asks who the admin is: the fields of three ways to log in.
type loginForm struct {
	kind    loginKind
	realm   *kit.Field
	user    *kit.Field
	client  *kit.Field
	code    *kit.Field // one-time, of a user
	secrets map[loginKind]*kit.Field
	options flows.Options        // with what flags or the environment gave
	given   keycloak.Credentials // of that, for the server that the login is for
	now     func() time.Time
}

// loginKind is how the admin logs in.
type loginKind int

const (
	loginUser loginKind = iota
	loginClient
	loginToken
	loginKinds
)

// The names of the logins, on the screen and in what is remembered.
var (
	loginNames = [loginKinds]texts.Text{"user and password", "client and secret", "access token"}
	loginIDs   = [loginKinds]string{"user", "client", "token"}
)

// newLoginForm fills the fields with what was given, or else with what was remembered.
func newLoginForm(t *kit.Theme, now func() time.Time, o flows.Options, last remembered) *loginForm {
	f, given := &loginForm{options: o, now: now}, o.Credentials
	f.realm = kit.NewField(t, "Realm of the admin", "master, unless the admin lives in another realm", firstOf(given.Realm, last.Realm, "master"), false)
	f.realm.Check = checkRealm
	f.user = kit.NewField(t, "Admin user", "who may create realms, clients and users", firstOf(given.User, last.User, "admin"), false)
	f.client = kit.NewField(t, "Client id", "a confidential client whose service account has the rights of an admin", firstOf(given.ClientID, last.ClientID), false)
	f.secrets = map[loginKind]*kit.Field{
		loginUser:   kit.NewField(t, "Password", "used for this run only, stored nowhere", "", true),
		loginClient: kit.NewField(t, "Client secret", "used for this run only, stored nowhere", "", true),
		loginToken:  kit.NewField(t, "Access token", "used for this run only, stored nowhere; a user's ends soon, often after a minute", "", true),
	}
	f.code = kit.NewField(t, "One-time code", "only for an admin who needs one to log in; else empty", "", true)
	f.code.Optional = true
	f.secrets[loginToken].Check = f.checkToken
	f.giveFor(o.URL)
	switch {
	case !given.Token.Empty():
		f.kind = loginToken
	case given.ClientID != "":
		f.kind = loginClient
	case given.Password.Empty():
		f.kind = loginKind(max(0, slices.Index(loginIDs[:], last.Login)))
	}
	return f
}

// giveFor offers the secrets that were given, if they were given for the server at an address.
func (f *loginForm) giveFor(url string) {
	f.given = keycloak.Credentials{}
	if keycloak.SameHost(f.options.URL, url) {
		f.given = f.options.Credentials
	}
	f.secrets[loginUser].Given = !f.given.Password.Empty()
	f.secrets[loginClient].Given = !f.given.ClientSecret.Empty()
	f.secrets[loginToken].Given = !f.given.Token.Empty()
}

// firstOf is the first value that is not empty.
func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func checkFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", errors.New(texts.T("There is no such file."))
	case info.IsDir():
		return "", errors.New(texts.T("This is a folder."))
	case foreign.Check(path) != nil:
		return "", errors.New(texts.T("This is not a regular file."))
	}
	return texts.T("only certificates signed by these are accepted"), nil
}

func checkRealm(name string) (string, error) {
	if strings.ContainsAny(name, "/\\?#% ") {
		return "", errors.New(texts.T("A realm's name has no such characters. It is case sensitive."))
	}
	return "", nil
}

// checkToken says whose token it is, and how long it can be used.
func (f *loginForm) checkToken(raw string) (string, error) {
	token, err := keycloak.DecodeToken(oneWord(raw))
	if err != nil {
		return "", err
	}
	who := token.Username
	if who == "" {
		who = token.AuthorizedParty
	}
	now := f.now()
	if !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(now) {
		return "", errors.New(texts.T("This token expired at %s. Get a new one.", kit.ClockTime(token.ExpiresAt)))
	}
	return words.Line(texts.T("a token of %s in the realm %s", who, token.Realm()) + ", " + kit.ValidFor(token.ExpiresAt, now)), nil
}

// oneWord is for tokens that were pasted with line breaks in them.
func oneWord(s string) string { return strings.Join(strings.Fields(s), "") }

// fields are those of the chosen way, from top to bottom.
func (f *loginForm) fields() []*kit.Field {
	switch f.kind {
	case loginClient:
		return []*kit.Field{f.realm, f.client, f.secrets[loginClient]}
	case loginToken:
		return []*kit.Field{f.secrets[loginToken]}
	case loginUser, loginKinds:
	}
	return []*kit.Field{f.realm, f.user, f.secrets[loginUser], f.code}
}

// secret is the field of the chosen way's secret.
func (f *loginForm) secret() *kit.Field { return f.secrets[f.kind] }

// turn goes to the way n further on.
func (f *loginForm) turn(n int) { f.kind = (f.kind + loginKind(n) + loginKinds) % loginKinds }

// Forget empties what is secret.
func (f *loginForm) forget() {
	for _, s := range f.secrets {
		s.Input.SetValue("")
	}
	f.code.Input.SetValue("")
}

func (f *loginForm) credentials() keycloak.Credentials {
	secret := func(kind loginKind, given keycloak.Secret) keycloak.Secret {
		if typed := f.secrets[kind].Input.Value(); typed != "" {
			return keycloak.NewSecret(typed)
		}
		return given
	}
	c := keycloak.Credentials{Realm: f.realm.Input.Value()}
	switch f.kind {
	case loginClient:
		c.ClientID, c.ClientSecret = f.client.Input.Value(), secret(loginClient, f.given.ClientSecret)
	case loginToken:
		c.Token = f.given.Token
		if typed := oneWord(f.secrets[loginToken].Input.Value()); typed != "" {
			c.Token = keycloak.NewSecret(typed)
		}
	case loginUser, loginKinds:
		c.User, c.Password = f.user.Input.Value(), secret(loginUser, f.given.Password)
		c.OTP = keycloak.NewSecret(f.code.Input.Value())
	}
	return c
}
