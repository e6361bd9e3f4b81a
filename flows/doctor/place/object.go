package place

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// The verdicts of the gate of the object.
var (
	ObjectNotFound = &exam.Verdict{ID: "object-not-found",
		Cause: "The caller may ask, but the realm has no object with the id in the path.", Advise: exam.OtherPath}
)

// ObjectVerdicts are those of this gate.
var ObjectVerdicts = []*exam.Verdict{ObjectNotFound}

// ObjectGate decides whether there is the object.
type ObjectGate struct{}

// Pass looks for the object of a call that is not sent, and at a 404 of one that was.
func (ObjectGate) Pass(ctx context.Context, x *exam.Examination) error {
	if !x.Sends() {
		return probeObject(ctx, x)
	}
	if x.Reply.Exchange.Status != http.StatusNotFound {
		return nil
	}
	reason, _ := x.Reply.Words()
	return noObject(ctx, x, reason)
}

// noObject is a 404 that tells of an object: only callers who may query get it.
func noObject(ctx context.Context, x *exam.Examination, reason string) error {
	x.Stop(gate.Object, ObjectNotFound, exam.AllSeen, "The caller may ask, but the object does not exist (%s): the rights are fine, and the id in the path is not in realm %s.", strings.TrimSuffix(phrase.OneLine(cmp.Or(reason, "404")), "."), x.PathRealm)
	segments := strings.Split(strings.Trim(answer.PathOnly(x.Path), "/"), "/")
	i := slices.Index(segments, "users")
	if i < 0 || i+1 >= len(segments) || x.Token == nil {
		return nil
	}
	name := requests.Unescape(segments[i+1])
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("is it a username?"), Method: http.MethodGet,
		Path: x.RealmPath() + "/users?exact=true&username=" + url.QueryEscape(name), Authorization: x.Authorization})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var users []struct{ ID, Username string }
	if err != nil || json.Unmarshal(reply.Body, &users) != nil || len(users) != 1 {
		return nil //nolint:nilerr // this was only to learn more
	}
	x.Observed(exam.OnWire, "A user has the username %s, and the id %s.", phrase.OneLine(users[0].Username), phrase.OneLine(users[0].ID))
	x.Also(msg.New("The path requires a user's id, and this is a username."))
	segments[i+1] = url.PathEscape(users[0].ID)
	x.Clue.Path = "/" + strings.Join(segments, "/")
	return nil
}

// probeObject looks whether the object of a call that is not sent is there, where the caller may know.
func probeObject(ctx context.Context, x *exam.Examination) error {
	if _, err := x.Matrix.Match(roles.Call{Method: http.MethodGet, Path: x.Path}); err != nil {
		return nil //nolint:nilerr // no GET is known here, so there is nothing to look with
	}
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("does the object exist? (instead of the call, which is not sent)"), Method: http.MethodGet, Path: answer.PathOnly(x.Path), Authorization: x.Authorization})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reason, _ := reply.Words()
	if err == nil && reply.Exchange.Status == http.StatusNotFound && reason != "" && !strings.HasPrefix(reason, "HTTP 404") && !answer.NoResource(reason) {
		x.Observed(exam.OnWire, "GET %s answered %s.", reply.Exchange.URL, answer.Words(&reply))
		return noObject(ctx, x, reason)
	}
	return nil
}
