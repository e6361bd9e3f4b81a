package caller

import (
	"context"
	"net/http"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/place"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// makeCall sends the call, and takes the answer through the gate of reach. In the place of a call that could change something
// goes a GET of the realm, which passes the same gates up to that of the realm.
func makeCall(ctx context.Context, x *exam.Examination) error {
	r := keycloak.Request{Purpose: msg.New("the call"), Method: x.Method, Path: x.Path, Authorization: x.Authorization, Header: x.Options.Header.Clone(), AnyType: true}
	sendProof(x, &r)
	switch {
	case x.Reads() && x.Method == http.MethodPost:
		r.Form = x.Options.Form
	case x.Reads():
	case x.Sends() && !x.Bare:
		r.Body, r.ContentType = x.Options.Body, x.Options.ContentType
	default:
		r = x.InPlace(r)
		r.Purpose = msg.New("is this token accepted in the realm? (instead of the call, which is not sent)")
		if place.Crooked(x.Path) && x.Beside() == nil { // which is refused before anything else is looked at
			r.Path = x.Path
		}
	}
	reply, err := send(ctx, x, r)
	if err := (place.ReachGate{Reply: &reply, Err: err}).Pass(ctx, x); err != nil || x.Stopped() {
		return err
	}
	x.Reply = &reply
	x.Diagnosis.Exchange, x.Diagnosis.Status, x.Diagnosis.Token = &reply.Exchange, reply.Exchange.Status, x.Token
	x.Observed(exam.OnWire, "%s %s answered %s.", reply.Exchange.Method, reply.Exchange.URL, answer.Words(&reply))
	if x.Bare {
		x.WithoutCredentials()
		return nil
	}
	if err := place.Origin(ctx, x); err != nil || x.Stopped() {
		return err
	}
	if !x.VersionReported {
		x.Version = answer.VersionBy(&reply)
	}
	return nil
}

// send makes the call. Keycloak answers a program that asks for HTML with a page in place of its JSON, which says less: it is then asked
// again for JSON, and that answer counts where the status is the same.
func send(ctx context.Context, x *exam.Examination, r keycloak.Request) (wire.Reply, error) {
	reply, err := x.Server.Send(ctx, r)
	if err != nil || r.Method != http.MethodGet || reply.Exchange.Status < http.StatusBadRequest || !answer.HTML(&reply) || !strings.Contains(r.Header.Get("Accept"), "html") {
		return reply, err
	}
	r.Purpose, r.Header = msg.New("the same call, for a JSON response"), r.Header.Clone()
	r.Header.Del("Accept")
	inJSON, err := x.Server.Send(ctx, r)
	switch {
	case err != nil || answer.HTML(&inJSON):
		return reply, nil //nolint:nilerr // the call was answered
	case reply.Exchange.Status == http.StatusNotAcceptable:
		x.Observed(exam.OnWire, "With the header Accept of the call the server answered 406, and without it %d.", inJSON.Exchange.Status)
		return reply, nil
	}
	x.Observed(exam.OnWire, "The call asks for HTML (its header Accept), so the server answered %d with a page; JSON has more details.", reply.Exchange.Status)
	return inJSON, nil
}
