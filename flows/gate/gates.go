// Package gate knows the checks that a request to the admin API passes, and at which one an answer was given.
package gate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Gate is one of the checks that a request to the admin API passes, in this order (measured, FACTS section 4).
type Gate string

// The gates, and GateNone for a request that passed them all.
const (
	Reach    Gate = "reach"
	Client   Gate = "client"
	Identity Gate = "identity"
	Realm    Gate = "realm"
	Route    Gate = "route"
	Role     Gate = "role"
	Object   Gate = "object"
	None     Gate = "none"
)

// All are the gates in their order.
func All() []Gate {
	return []Gate{Reach, Client, Identity, Realm, Route, Role, Object}
}

// Question is the question that a gate asks of a request.
func (g Gate) Question() texts.Text {
	switch g {
	case Reach:
		return "Is there a Keycloak at this address?"
	case Client:
		return "Does the token endpoint accept this client?"
	case Identity:
		return "Is the token genuine, current, issued here, and meant for the admin API?"
	case Realm:
		return "Does this realm exist, and is the token from it?"
	case Route:
		return "Does this endpoint exist, with this method?"
	case Role:
		return "Does the caller hold a role for this call?"
	case Object:
		return "Does this object exist?"
	case None:
	}
	return ""
}

// Refusal is where an exchange was stopped, and what that means.
type Refusal struct {
	Gate        Gate        // [None] for a request that passed
	Status      int         // 0 without an answer
	Explanation msg.Message // one or two sentences
	// ObjectFirst says that the object was looked up before the role was asked for.
	ObjectFirst bool
}

// Row returns the gates in the order in which the request came to them.
//
//go:noinline // it would be 8 kB of the program
func (r Refusal) Row() []Gate {
	if r.ObjectFirst {
		return []Gate{Reach, Client, Identity, Realm, Route, Object, Role}
	}
	return All()
}

// Classify returns at which gate an exchange was stopped, from its status, its body and the realm of its token. It says no
// more than can be seen: a 403 of the admin API does not tell whether the object exists.
func Classify(e wire.Exchange) Refusal {
	s := Refusal{Status: e.Status}
	reason := e.Reason()
	pathRealm, onAdminAPI := adminRealm(e.URL)
	switch {
	case e.Status == 0:
		s.Gate, s.Explanation = Reach, msg.New("There was no response.")
	case e.Status >= 200 && e.Status < 300:
		s.Gate, s.Explanation = None, msg.New("The request passed every gate.")
	case e.Status < 400, e.Status < 500 && reason == wire.NoReason && e.ResponseBody != "":
		s.Gate, s.Explanation = Reach, msg.New("This answer is not Keycloak's: something in front of it sent it.")
	case e.Status >= 500:
		s.Gate, s.Explanation = Reach, msg.New("The server failed. This shows nothing about rights.")
	case !onAdminAPI:
		s.Gate, s.Explanation = Client, msg.New("The token endpoint refused: without a token there is no call.")
	case e.Status == http.StatusUnauthorized:
		s.Gate, s.Explanation = Identity, msg.New("401: \"I don't know who you are.\" No role can fix this: the token is missing, broken, expired, from another server, or not meant for the admin API.")
	case e.Status == http.StatusForbidden && ofAnotherRealm(e.Bearer, pathRealm):
		s.Gate, s.Explanation = Realm, msg.New("403: the token is from realm %s, and only tokens of this realm or of master are accepted here.", e.Bearer.Realm())
	case e.Status == http.StatusForbidden:
		s.Gate, s.Explanation = Role, msg.New("403: \"I know who you are, and you may not.\" The token is fine; the role for this call is missing.")
	case e.Status == http.StatusNotFound && reason == wire.RealmNotFound:
		s.Gate, s.Explanation = Realm, msg.New("404: this realm does not exist. Realm names are case sensitive.")
	case reason == wire.NoSuchEndpoint:
		s.Gate, s.Explanation = Route, msg.New("404: this endpoint does not exist (checked before roles).")
	case e.Status == http.StatusMethodNotAllowed:
		s.Gate, s.Explanation = Route, msg.New("405: the endpoint does not support this method (checked before roles).")
	case e.Status == http.StatusNotFound:
		s.Gate, s.ObjectFirst, s.Explanation = Object, aUser(e.URL), msg.New("404: this object does not exist. Only callers with query access learn that; all others get 403.")
	default:
		s.Gate, s.Explanation = Route, msg.New("The request itself was not accepted.")
	}
	return s
}

// NotMeant is the refusal of a call whose token is genuine and lacks the audience of the admin API. That cannot be seen in the
// answer alone: the caller knows it.
func NotMeant(e wire.Exchange, t *token.Token) Refusal {
	return Refusal{Gate: Identity, Status: e.Status, Explanation: msg.New("401: the token is genuine, but not meant for the admin API. Its audience is %s, and this server requires the admin API there. No role can fix this.", texts.List(t.Audience))}
}

// adminRealm returns the realm of an admin API URL, and whether it is one.
func adminRealm(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", false
	}
	_, after, found := strings.Cut(u.EscapedPath(), "/admin/realms/")
	if !found {
		return "", strings.Contains(u.Path, "/admin/")
	}
	name, _, _ := strings.Cut(after, "/")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return name, true
}

// aUser reports whether a URL is that of a user by id, or of something below: there the user is looked up before the role that
// reads it is asked for (measured, FACTS section 4).
func aUser(raw string) bool {
	_, below, found := strings.Cut(raw, "/admin/realms/")
	parts := strings.Split(below, "/")
	return found && len(parts) > 2 && parts[1] == "users"
}

// ofAnotherRealm reports whether a token is of another realm than the path's; those of master are let into every realm's API.
func ofAnotherRealm(t *token.Token, realm string) bool {
	return t != nil && realm != "" && !t.OfRealm("") && !t.OfRealm(realm) && !t.OfRealm("master")
}

// OauthError is the error code in an answer of Keycloak, "" when there is none.
func OauthError(body []byte) string {
	var b struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &b)
	return b.Error
}

// Line is the row of gates as one line of text, such as "reach ok > client ok > identity STOP 401 > realm -".
func Line(s Refusal) string {
	var parts []string
	stopped := false
	for _, g := range s.Row() {
		switch {
		case stopped:
			parts = append(parts, string(g)+" -")
		case g == s.Gate && s.Status == 0:
			stopped = true
			parts = append(parts, string(g)+" STOP")
		case g == s.Gate:
			stopped = true
			parts = append(parts, fmt.Sprintf("%s STOP %d", g, s.Status))
		default:
			parts = append(parts, string(g)+" ok")
		}
	}
	return strings.Join(parts, " > ")
}
