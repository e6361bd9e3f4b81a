package doctor

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// The verdicts of the gate of the route.
const (
	// There is no such endpoint on this server: the path is wrong, or it belongs to a feature that is switched off or that this
	// version lacks.
	NoSuchEndpoint Verdict = "no-such-endpoint"
	// The endpoint is there, and does not know this method.
	MethodNotAllowed Verdict = "method-not-allowed"
)

var routeVerdicts = []remedy{
	{verdict: NoSuchEndpoint, say: (*advice).otherPath},
	{verdict: MethodNotAllowed},
}

// otherPath is for a path in whose place another one was probably meant.
func (a *advice) otherPath() bool {
	if a.doc.d.Fix.path == "" {
		return false
	}
	a.path = a.doc.d.Fix.path
	return true
}

// guessVersion takes the form of Keycloak's refusals for a hint at its version, where no admin was told it.
func (doc *Doctor) guessVersion(reply *wire.Reply) {
	if _, description := reply.Words(); !doc.told && reply.Exchange.Status >= 400 && strings.HasPrefix(description, "For more on this error") {
		doc.version = "24.0.5" // FACTS, section 0: later ones do not say that
	}
}

// atRoute judges the answer to a call that was sent: identity and realm are passed.
func (doc *Doctor) atRoute(ctx context.Context) error {
	status := doc.reply.Exchange.Status
	reason, _ := doc.reply.Words()
	_, err := doc.matrix.Match(doc.call())
	switch {
	case status == http.StatusForbidden:
		return doc.atRole(ctx, false)
	case status >= 200 && status < 300:
		return doc.passed(ctx)
	case status == http.StatusMethodNotAllowed:
		doc.stop(gate.Route, MethodNotAllowed, Proved, "The endpoint is there and does not know the method %s: the server says so before it looks at any role.%s", doc.method, doc.methodsWords())
		if doc.pathRealm == "" {
			doc.also(msg.New("The paths of the admin API begin with /admin/realms/ and the realm's name."))
		}
	case status == http.StatusNotFound && strings.HasPrefix(reason, "Organizations not enabled"):
		doc.stop(gate.Route, NoSuchEndpoint, Proved, "Organizations are switched off in the realm %s, and with them this endpoint: switch them on in the realm's settings.", doc.pathRealm)
	case status == http.StatusNotFound && (strings.HasPrefix(reason, "HTTP 404") || strings.HasPrefix(reason, "Unable to find matching")):
		switch {
		case !strings.HasPrefix(doc.path, "/admin/"):
			doc.stop(gate.Route, NoSuchEndpoint, Proved, "There is no such endpoint: the paths of the admin API begin with /admin/realms/, and this one does not.")
			doc.d.Fix.path = "/admin" + doc.path
		case err == nil:
			doc.stop(gate.Route, NoSuchEndpoint, Proved, "The server says that it has no such endpoint, though the measured versions have: a query parameter may be of the wrong type, a feature may be switched off, or this version lacks it.")
		default:
			doc.stop(gate.Route, NoSuchEndpoint, Proved, "There is no such endpoint on this server, which it says before it looks at any role: check the path.")
			if known := doc.methodsWords(); !known.Empty() {
				doc.d.Summary = msg.Concat(msg.New("There is no such endpoint with the method %s, which the server says before it looks at any role.", doc.method), known)
			}
		}
	case status == http.StatusNotFound:
		return doc.noObject(ctx, reason)
	case strings.Contains(doc.path, "//"):
		doc.stop(gate.Route, NoSuchEndpoint, Proved, "The path has a double slash, which this server does not take (%s): leave one away.", cmp.Or(oneLine(reason), "400"))
		doc.d.Fix.path = strings.ReplaceAll(doc.path, "//", "/")
	default:
		doc.stop(gate.Route, Undetermined, Likely, "The token was accepted, and the request itself was not: %s.", doc.answerWords(doc.reply))
		doc.unseen("Whether the roles suffice: the server did not get that far, or does not tell.")
	}
	return nil
}

func (doc *Doctor) call() roles.Call { return roles.Call{Method: doc.method, Path: doc.path} }

// methodsWords says with which methods the path was measured.
func (doc *Doctor) methodsWords() msg.Message {
	var known []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, err := doc.matrix.Match(roles.Call{Method: method, Path: doc.path}); err == nil && method != doc.method {
			known = append(known, method)
		}
	}
	if len(known) == 0 {
		return msg.Message{}
	}
	return msg.Concat(" ", msg.New("It knows %s.", strings.Join(known, ", ")))
}

// fromMatrix judges a call that is not sent, since it could change something. The answer at hand is that to a GET on the
// same realm: the gates up to that of the realm are passed.
func (doc *Doctor) fromMatrix(ctx context.Context) error {
	doc.d.Status = 0
	if _, err := doc.matrix.Match(doc.call()); err != nil {
		if known := doc.methodsWords(); !known.Empty() {
			doc.stop(gate.Route, MethodNotAllowed, Likely, "The token is accepted, but %s is probably not a method of this endpoint.%s", doc.method, known)
			return nil
		}
		doc.stop(gate.Route, Undetermined, Likely, "The token is accepted in this realm; of %s nothing is known: nobody measured it, and it is not sent, since it could change something.", doc.d.Call)
		return nil
	}
	if err := doc.probeObject(ctx); err != nil || doc.d.Verdict != "" {
		return err
	}
	if err := doc.lookAtRoles(ctx); err != nil {
		return err
	}
	doc.askMatrix()
	held, _ := doc.held()
	if whole, filtered := doc.allows(held); whole || filtered {
		doc.works(Likely)
		return nil
	}
	return doc.atRole(ctx, true)
}
