package doctor

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// The verdicts of the gate of the route.
var (
	NoSuchEndpoint = &Verdict{id: "no-such-endpoint",
		cause: "There is no such endpoint on this server: the path is wrong, or it belongs to a feature that is switched off or that this version lacks.", advise: (*draft).otherPath}
	MethodNotAllowed = &Verdict{id: "method-not-allowed",
		cause: "The endpoint is there, and does not know this method."}
)

var routeVerdicts = []*Verdict{NoSuchEndpoint, MethodNotAllowed}

// otherPath is for a path in whose place another one was probably meant.
func (a *draft) otherPath() bool {
	if a.x.clue.path == "" {
		return false
	}
	a.Path = a.x.clue.path
	return true
}

// routeGate decides whether there is the endpoint, with this method.
type routeGate struct{}

// pass judges the answer to a call that was sent, and looks one up in the matrix that was not.
func (routeGate) pass(_ context.Context, x *examination) error {
	if !x.reads() {
		x.notSent()
		return nil
	}
	status := x.reply.Exchange.Status
	reason, _ := x.reply.Words()
	_, err := x.matrix.Match(x.call())
	switch {
	case status == http.StatusForbidden, status >= 200 && status < 300: // decided by the gates behind this one
	case status == http.StatusMethodNotAllowed:
		x.stop(gate.Route, MethodNotAllowed, Proved, "The endpoint is there and does not know the method %s: the server says so before it looks at any role.%s", x.method, x.methodsWords())
		if x.pathRealm == "" {
			x.also(msg.New("The paths of the admin API begin with /admin/realms/ and the realm's name."))
		}
	case status == http.StatusNotFound && strings.HasPrefix(reason, "Organizations not enabled"):
		x.stop(gate.Route, NoSuchEndpoint, Proved, "Organizations are switched off in the realm %s, and with them this endpoint: switch them on in the realm's settings.", x.pathRealm)
	case status == http.StatusNotFound && (strings.HasPrefix(reason, "HTTP 404") || answer.NoResource(reason)):
		switch {
		case !strings.HasPrefix(x.path, "/admin/"):
			x.stop(gate.Route, NoSuchEndpoint, Proved, "There is no such endpoint: the paths of the admin API begin with /admin/realms/, and this one does not.")
			x.clue.path = "/admin" + x.path
		case err == nil:
			x.stop(gate.Route, NoSuchEndpoint, Proved, "The server says that it has no such endpoint, though the measured versions have: a query parameter may be of the wrong type, a feature may be switched off, or this version lacks it.")
		default:
			x.stop(gate.Route, NoSuchEndpoint, Proved, "There is no such endpoint on this server, which it says before it looks at any role: check the path.")
			if known := x.methodsWords(); !known.Empty() {
				x.d.Summary = msg.Concat(msg.New("There is no such endpoint with the method %s, which the server says before it looks at any role.", x.method), known)
			}
		}
	case status == http.StatusNotFound: // it is of the object
	case strings.Contains(x.path, "//"):
		x.stop(gate.Route, NoSuchEndpoint, Proved, "The path has a double slash, which this server does not take (%s): leave one away.", cmp.Or(phrase.OneLine(reason), "400"))
		x.clue.path = strings.ReplaceAll(x.path, "//", "/")
	default:
		x.stop(gate.Route, Undetermined, Likely, "The token was accepted, and the request itself was not: %s.", answer.Words(x.reply))
		x.unseen("Whether the roles suffice: the server did not get that far, or does not tell.")
	}
	return nil
}

func (x *examination) call() roles.Call { return roles.Call{Method: x.method, Path: x.path} }

// methodsWords returns with which methods the path was measured.
func (x *examination) methodsWords() msg.Message {
	known := need.Methods(x.matrix, x.call())
	if len(known) == 0 {
		return msg.Message{}
	}
	return msg.Concat(" ", msg.New("It knows %s.", strings.Join(known, ", ")))
}

// notSent is for a call that could change something. The answer at hand is that to a GET on the same realm: the gates up to
// that of the realm are passed.
func (x *examination) notSent() {
	x.d.Status = 0
	if _, err := x.matrix.Match(x.call()); err == nil {
		return
	}
	if known := x.methodsWords(); !known.Empty() {
		x.stop(gate.Route, MethodNotAllowed, Likely, "The token is accepted, but %s is probably not a method of this endpoint.%s", x.method, known)
		return
	}
	x.stop(gate.Route, Undetermined, Likely, "The token is accepted in this realm; of %s nothing is known: nobody measured it, and it is not sent, since it could change something.", x.d.Call)
}
