package watch

import (
	"crypto/sha256"
	"strings"

	"fix403/flows/access"
	"fix403/flows/change"
	"fix403/keycloak/foreign"
	"fix403/keycloak/token"
)

// caller is who makes a call, by what its token says.
type caller struct {
	account access.Account // its Kind is "" where that is not seen
	token   *token.Token   // what it says; nil without a token that can be read
	sent    bool           // there was one
	id      int            // of the token; 0 without one
}

// maxCallers is how many tokens are known at a time, by their hashes; each has to be decoded but once.
const maxCallers = 512

// callerOf returns who sent a token. Nothing of the token but what it says is kept.
func (w *Watcher) callerOf(scheme, credentials string) *caller {
	credentials = strings.TrimSpace(credentials)
	if credentials == "" || !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "dpop") {
		return &caller{}
	}
	key := sha256.Sum256([]byte(credentials))
	if c := w.callers[key]; c != nil {
		return c
	}
	w.tokens++
	c := &caller{sent: true, id: w.tokens}
	if t, err := token.Decode(credentials); err == nil {
		c.token = t
		c.account = access.Account{ClientID: short(t.AuthorizedParty), Name: short(t.Username), Realm: short(t.Realm())}
		switch {
		case t.Username == "":
		case t.Username == change.ServiceAccountName(t.AuthorizedParty):
			c.account.Kind = access.ServiceAccount
		default:
			c.account.Kind = access.User
		}
	}
	if len(w.callers) >= maxCallers {
		clear(w.callers)
	}
	w.callers[key] = c
	return c
}

// short is a text of others on one line, and of no more than a name takes.
func short(s string) string {
	const most = 200
	s = foreign.Line(s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
