package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// The verdicts of the gate of the object.
var (
	ObjectNotFound = &Verdict{id: "object-not-found",
		cause: "The caller may ask, and the realm has no object of the id in the path.", advise: (*draft).otherPath}
)

var objectVerdicts = []*Verdict{ObjectNotFound}

// objectGate decides whether there is the object.
type objectGate struct{}

// pass looks for the object of a call that is not sent, and at a 404 of one that was.
func (objectGate) pass(ctx context.Context, x *examination) error {
	if !x.reads() {
		return x.probeObject(ctx)
	}
	if x.reply.Exchange.Status != http.StatusNotFound {
		return nil
	}
	reason, _ := x.reply.Words()
	return x.noObject(ctx, reason)
}

// noObject is a 404 that tells of an object: only callers who may query get it.
func (x *examination) noObject(ctx context.Context, reason string) error {
	x.stop(gate.Object, ObjectNotFound, Proved, "The caller may ask, and there is no such object (%s): the rights are fine, and the id in the path is not one of realm %s.", strings.TrimSuffix(phrase.OneLine(cmp.Or(reason, "404")), "."), x.pathRealm)
	segments := strings.Split(strings.Trim(answer.PathOnly(x.path), "/"), "/")
	i := slices.Index(segments, "users")
	if i < 0 || i+1 >= len(segments) || x.token == nil {
		return nil
	}
	name := requests.Unescape(segments[i+1])
	reply, err := x.server.Send(ctx, keycloak.Request{Purpose: msg.New("is it the name of a user?"), Method: http.MethodGet,
		Path: x.realmPath() + "/users?exact=true&username=" + url.QueryEscape(name), Authorization: x.raw})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var users []struct{ ID, Username string }
	if err != nil || json.Unmarshal(reply.Body, &users) != nil || len(users) != 1 {
		return nil //nolint:nilerr // this was only to learn more
	}
	x.observed(OnWire, "There is a user of the name %s, with the id %s.", phrase.OneLine(users[0].Username), phrase.OneLine(users[0].ID))
	x.also(msg.New("The path takes a user's id, and this is a user name."))
	segments[i+1] = url.PathEscape(users[0].ID)
	x.clue.path = "/" + strings.Join(segments, "/")
	return nil
}

// probeObject looks whether the object of a call that is not sent is there, where the caller may know.
func (x *examination) probeObject(ctx context.Context) error {
	if _, err := x.matrix.Match(roles.Call{Method: http.MethodGet, Path: x.path}); err != nil {
		return nil //nolint:nilerr // no GET is known here, so there is nothing to look with
	}
	reply, err := x.server.Send(ctx, keycloak.Request{Purpose: msg.New("is the object there? (in place of the call, which is not sent)"), Method: http.MethodGet, Path: answer.PathOnly(x.path), Authorization: x.raw})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reason, _ := reply.Words()
	if err == nil && reply.Exchange.Status == http.StatusNotFound && reason != "" && !strings.HasPrefix(reason, "HTTP 404") && !answer.NoResource(reason) {
		x.observed(OnWire, "GET %s answered %s.", reply.Exchange.URL, answer.Words(&reply))
		return x.noObject(ctx, reason)
	}
	return nil
}
