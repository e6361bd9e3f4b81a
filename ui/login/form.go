// Package login is the form that asks who the admin is, and what it remembers of the last server.
package login

import (
	"os"
	"slices"
	"strings"
	"time"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// Form asks who the admin is: the fields of three ways to log in.
type Form struct {
	Kind    Kind
	Realm   *kit.Field
	User    *kit.Field
	Client  *kit.Field
	Code    *kit.Field // one-time, of a user
	secrets map[Kind]*kit.Field
	options story.Options        // with what flags or the environment gave
	given   keycloak.Credentials // of that, for the server that the login is for
	now     func() time.Time
}

// Kind is how the admin logs in.
type Kind int

// The kinds of login.
const (
	User Kind = iota
	Client
	Token
	Kinds
)

// The names of the logins, on the screen and in what is remembered.
var (
	Names = [Kinds]texts.Text{"user and password", "client and secret", "access token"}
	IDs   = [Kinds]string{"user", "client", "token"}
)

// NewForm fills the fields with what was given, or else with what was remembered.
func NewForm(t *kit.Theme, now func() time.Time, o story.Options, last Remembered) *Form {
	f, given := &Form{options: o, now: now}, o.Credentials
	f.Realm = kit.NewField(t, "Admin realm", "the realm in which the admin logs in, usually master", FirstOf(given.Realm, last.Realm, "master"), false)
	f.Realm.Check = checkRealm
	f.User = kit.NewField(t, "Admin user", "an admin who can create realms, clients and users", FirstOf(given.User, last.User, "admin"), false)
	f.Client = kit.NewField(t, "Client id", "a confidential client whose service account has an admin's roles", FirstOf(given.ClientID, last.ClientID), false)
	f.secrets = map[Kind]*kit.Field{
		User:   kit.NewField(t, "Password", "used for this run only, never stored", "", true),
		Client: kit.NewField(t, "Client secret", "used for this run only, never stored", "", true),
		Token:  kit.NewField(t, "Access token", "used for this run only, never stored; a user's token often expires after one minute", "", true),
	}
	f.Code = kit.NewField(t, "One-time code", "only if this admin requires one to log in", "", true)
	f.Code.Optional = true
	f.secrets[Token].Check = f.checkToken
	f.GiveFor(o.URL)
	switch {
	case !given.Token.Empty():
		f.Kind = Token
	case given.ClientID != "":
		f.Kind = Client
	case given.Password.Empty():
		f.Kind = Kind(max(0, slices.Index(IDs[:], last.Login)))
	}
	return f
}

// GiveFor offers the secrets that were given, if they were given for the server at an address.
func (f *Form) GiveFor(url string) {
	f.given = keycloak.Credentials{}
	if wire.SameHost(f.options.URL, url) {
		f.given = f.options.Credentials
	}
	f.secrets[User].Given = !f.given.Password.Empty()
	f.secrets[Client].Given = !f.given.ClientSecret.Empty()
	f.secrets[Token].Given = !f.given.Token.Empty()
}

// FirstOf is the first value that is not empty.
func FirstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// CheckFile checks the path of a file with certificates, as a field does.
func CheckFile(path string) (msg.Message, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return msg.Message{}, kit.Wrong("This file does not exist.")
	case info.IsDir():
		return msg.Message{}, kit.Wrong("This is a folder.")
	case foreign.Check(path) != nil:
		return msg.Message{}, kit.Wrong("This is not a regular file.")
	}
	return msg.New("only certificates signed by this CA are accepted"), nil
}

func checkRealm(name string) (msg.Message, error) {
	if strings.ContainsAny(name, "/\\?#% ") {
		return msg.Message{}, kit.Wrong("A realm name cannot contain these characters. It is case sensitive.")
	}
	return msg.Message{}, nil
}

// checkToken says whose token it is, and how long it can be used.
func (f *Form) checkToken(raw string) (msg.Message, error) {
	token, err := token.Decode(oneWord(raw))
	if err != nil {
		return msg.Message{}, err
	}
	who := token.Username
	if who == "" {
		who = token.AuthorizedParty
	}
	now := f.now()
	if !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(now) {
		return msg.Message{}, kit.Wrong("This token expired at %s. Get a new one.", kit.ClockTime(token.ExpiresAt))
	}
	return msg.New("token of %s, realm %s, %s", words.Line(who), words.Line(token.Realm()), kit.ValidFor(token.ExpiresAt, now)), nil
}

// oneWord is for tokens that were pasted with line breaks in them.
func oneWord(s string) string { return strings.Join(strings.Fields(s), "") }

// Fields are those of the chosen way, from top to bottom.
func (f *Form) Fields() []*kit.Field {
	switch f.Kind {
	case Client:
		return []*kit.Field{f.Realm, f.Client, f.secrets[Client]}
	case Token:
		return []*kit.Field{f.secrets[Token]}
	case User, Kinds:
	}
	return []*kit.Field{f.Realm, f.User, f.secrets[User], f.Code}
}

// Secret is the field of the chosen way's secret.
func (f *Form) Secret() *kit.Field { return f.secrets[f.Kind] }

// Forget empties what is secret.
func (f *Form) Forget() {
	for _, s := range f.secrets {
		s.Input.SetValue("")
	}
	f.Code.Input.SetValue("")
}

// Credentials are what was typed, or else what was given.
func (f *Form) Credentials() keycloak.Credentials {
	secret := func(kind Kind, given wire.Secret) wire.Secret {
		if typed := f.secrets[kind].Input.Value(); typed != "" {
			return wire.NewSecret(typed)
		}
		return given
	}
	c := keycloak.Credentials{Realm: f.Realm.Input.Value()}
	switch f.Kind {
	case Client:
		c.ClientID, c.ClientSecret = f.Client.Input.Value(), secret(Client, f.given.ClientSecret)
	case Token:
		c.Token = f.given.Token
		if typed := oneWord(f.secrets[Token].Input.Value()); typed != "" {
			c.Token = wire.NewSecret(typed)
		}
	case User, Kinds:
		c.User, c.Password = f.User.Input.Value(), secret(User, f.given.Password)
		c.OTP = wire.NewSecret(f.Code.Input.Value())
	}
	return c
}
