package place

import (
	"context"
	"net/http"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/need"
	"fix403/flows/gate"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// The verdicts of the gate of the route.
var (
	NoSuchEndpoint = &exam.Verdict{ID: "no-such-endpoint",
		Cause: "This server has no such endpoint: the path is wrong, or it belongs to a feature that is switched off or that this version lacks.", Advise: exam.OtherPath}
	MethodNotAllowed = &exam.Verdict{ID: "method-not-allowed",
		Cause: "The endpoint exists, but does not support this method."}
	BadRequest = exam.BadRequest
)

// RouteVerdicts are those of this gate.
var RouteVerdicts = []*exam.Verdict{NoSuchEndpoint, MethodNotAllowed, FeatureDisabled, BadRequest}

// RouteGate decides whether there is the endpoint, with this method.
type RouteGate struct{}

// Pass judges the answer to a call that was sent, and looks one up in the matrix that was not.
func (RouteGate) Pass(ctx context.Context, x *exam.Examination) error {
	if !x.Sends() {
		if x.Reply.Exchange.Status == http.StatusBadRequest && Crooked(x.Path) {
			return badRequest(ctx, x)
		}
		if err := organizationsBehind(ctx, x); err != nil || x.Stopped() {
			return err
		}
		notSent(x)
		return nil
	}
	status := x.Reply.Exchange.Status
	reason, _ := x.Reply.Words()
	_, err := x.Matrix.Match(x.Call())
	switch {
	case status == http.StatusForbidden:
		return organizationsBehind(ctx, x)
	case status >= 200 && status < 300: // decided by the gates behind this one
	case status == http.StatusMethodNotAllowed:
		x.Stop(gate.Route, MethodNotAllowed, exam.AllSeen, "The endpoint exists but does not support the method %s (checked before roles).%s", x.Method, methodsWords(x))
		if x.PathRealm == "" {
			x.Also(msg.New("The paths of the admin API begin with /admin/realms/ and the realm's name."))
		}
	case status == http.StatusNotFound && strings.HasPrefix(reason, "Organizations not enabled"):
		return organizationsOff(ctx, x)
	case status == http.StatusNotImplemented:
		return featureOff(ctx, x)
	case status == http.StatusNotFound && (strings.HasPrefix(reason, "HTTP 404") || answer.NoResource(reason)):
		if err := featureOff(ctx, x); err != nil || x.Stopped() {
			return err
		}
		switch {
		case !strings.HasPrefix(x.Path, "/admin/"):
			x.Stop(gate.Route, NoSuchEndpoint, exam.AllSeen, "This endpoint does not exist: the paths of the admin API begin with /admin/realms/, and this one does not.")
			x.Clue.Path = "/admin" + x.Path
		case err == nil && beside.OfOrganizations(x.Path) && x.Admin == nil:
			x.Stop(gate.Route, FeatureDisabled, exam.But("That the version has the feature organization, and that it is off: an admin can see that in the server info."), "The server has nothing at this path, where measured versions do: it belongs to the feature organization, which is probably off on this server, or missing in its version. No role opens it.")
		case err == nil:
			x.Stop(gate.Route, NoSuchEndpoint, exam.AllSeen, "The server reports that it has no such endpoint, although measured versions do: a query parameter may be of the wrong type, a feature may be switched off, or this version lacks it.")
		default:
			x.Stop(gate.Route, NoSuchEndpoint, exam.AllSeen, "This server has no such endpoint (checked before roles): check the path.")
			if known := methodsWords(x); !known.Empty() {
				x.Diagnosis.Summary = msg.Concat(msg.New("This server has no such endpoint with the method %s (checked before roles).", x.Method), known)
			}
		}
	case status == http.StatusNotFound: // it is of the object
	case !x.Reads() && (status == http.StatusBadRequest && !Crooked(x.Path) || status == http.StatusConflict || status == http.StatusUnsupportedMediaType):
		x.Stop(gate.Route, BadRequest, exam.AllSeen, "The token was accepted, but the server does not accept the request as sent: %s.", answer.Words(x.Reply))
	case status == http.StatusBadRequest, status == http.StatusNotAcceptable:
		return badRequest(ctx, x)
	default:
		x.Stop(gate.Route, exam.Undetermined, exam.Or("Whether the roles are enough: the server did not get that far, or does not show it."), "The token was accepted, but the request itself was not: %s.", answer.Words(x.Reply))
	}
	return nil
}

// methodsWords returns with which methods the path was measured.
func methodsWords(x *exam.Examination) msg.Message {
	known := need.Methods(x.Matrix, x.Call())
	if len(known) == 0 {
		return msg.Message{}
	}
	return msg.Concat(" ", msg.New("It supports %s.", strings.Join(known, ", ")))
}

// notSent is for a call that could change something. The answer at hand is that to a GET on the same realm: the gates up to
// that of the realm are passed.
func notSent(x *exam.Examination) {
	x.Diagnosis.Status = 0
	if _, err := x.Matrix.Match(x.Call()); err == nil {
		if why, status := x.RefusedForm(); !why.Empty() {
			x.Stop(gate.Route, BadRequest, exam.AllSeen, "The server would answer %d with any roles. %s", status, why)
		} else if absent := x.Absent(); absent != nil {
			because := exam.AllSeen
			if absent.How != version.Measured {
				because = exam.But("Whether this version lacks the endpoint: it was not measured itself.")
			}
			x.Stop(gate.Route, NoSuchEndpoint, because, "The token is accepted, but the call would find nothing with any roles. %s %s", absent.Message, absent.Hint)
		}
		return
	}
	if known := methodsWords(x); !known.Empty() {
		x.Stop(gate.Route, MethodNotAllowed, exam.But("That the endpoint does not support %s: it was not measured with that method.", x.Method), "The token is accepted, but %s is probably not a method of this endpoint.%s", x.Method, known)
		return
	}
	x.Stop(gate.Route, exam.Undetermined, exam.Or("What this endpoint requires: it may belong to an extension; the call itself would show it."), "The token is accepted in this realm. %s was not measured, and is not sent, since it could change something.", x.Diagnosis.Call)
}
