package exam

import (
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/phrase"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// WhoKind is what an account is.
type WhoKind string

// The kinds of accounts.
const (
	ServiceAccount WhoKind = "service-account"
	User           WhoKind = "user"
	Unknown        WhoKind = "unknown"
)

// Who is the account in whose name a call is made. What is not known is empty.
type Who struct {
	Kind     WhoKind
	Name     string
	ClientID string // that got the token
	Realm    string
	Grant    string // by which the token is got; "" for one that was given
}

const serviceAccounts = "service-account-"

// Session returns the id of the session that a token belongs to; "" for one without. Only a login makes a session, and a client's own does
// not, unless it is set to get refresh tokens.
func Session(t *token.Token) string {
	if t == nil {
		return ""
	}
	sid, _ := t.Claims["sid"].(string)
	return sid
}

// Who returns in whose name the call is made.
func (x *Examination) Who() Who {
	w := Who{Kind: Unknown, ClientID: x.Options.ClientID, Realm: x.Home()}
	if x.Token != nil && x.Token.AuthorizedParty != "" {
		w.ClientID = x.Token.AuthorizedParty
	}
	l := x.Options.Login
	if !x.Options.Given {
		w.Grant = l.By()
	}
	switch a, t := x.View.Account, x.Token; {
	case a != nil:
		w.Name, w.Kind = a.Username, kindOf(a.Username, a.ServiceAccountOf)
	case t != nil && t.Username != "":
		w.Name, w.Kind = t.Username, kindOf(t.Username, "")
	case !x.Options.Given && l.By() == given.PasswordGrant:
		w.Name, w.Kind = l.User, User
	case !x.Options.Given && l.By() == given.ClientCredentials:
		w.Name, w.Kind = change.ServiceAccountName(w.ClientID), ServiceAccount
	case t == nil:
	case Session(t) != "":
		w.Kind = User
	case t.AuthorizedParty != "" && t.Subject == "": // the lightweight token of a client's own login
		w.Name, w.Kind = change.ServiceAccountName(w.ClientID), ServiceAccount
	}
	return w
}

func kindOf(username, clientUUID string) WhoKind {
	if clientUUID != "" || strings.HasPrefix(username, serviceAccounts) {
		return ServiceAccount
	}
	return User
}

// Words names the account in a sentence.
func (w Who) Words() msg.Message {
	switch {
	case w.Name == "" && w.Kind == User:
		return msg.New("the user whose session it is")
	case w.Name == "":
		return msg.New("the caller's account")
	case w.Kind == User:
		return msg.New("the user %s", phrase.OneLine(w.Name))
	}
	return msg.Verbatim(phrase.OneLine(w.Name))
}

// ByOwnServiceAccount reports whether the call is made in the name of the client's own service account.
func (x *Examination) ByOwnServiceAccount() bool {
	w := x.Who()
	if w.Kind == ServiceAccount {
		return strings.EqualFold(w.Name, change.ServiceAccountName(x.Options.ClientID))
	}
	noToken := x.Token == nil && !x.Options.Secret.Empty() // the right call is that of the client which was named
	return w.Kind == Unknown && (!x.Options.Given || noToken) && x.Options.Login.By() == given.ClientCredentials
}

// ForCaller names, in a change, the account that calls: by its client, its id, its name or its session, the first that is known; false
// where there is no telling.
func (x *Examination) ForCaller(c change.Change) (change.Change, bool) {
	if x.ByOwnServiceAccount() {
		c.ClientID = x.Options.ClientID
		return c, c.ClientID != ""
	}
	w := x.Who()
	c.Username = w.Name
	switch {
	case x.View.Account != nil:
		c.UserID = x.View.Account.ID
	case x.Token != nil && x.Token.Subject != "":
		c.UserID = x.Token.Subject
	case w.Name == "" && x.Token != nil:
		c.Session, c.SessionClient = Session(x.Token), w.ClientID
	}
	return c, c.UserID+c.Username+c.Session != ""
}
