package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// The verdicts of the gate of the object.
const (
	// The caller may ask, and the realm has no object of the id in the path.
	ObjectNotFound Verdict = "object-not-found"
)

var objectVerdicts = []remedy{
	{verdict: ObjectNotFound, say: (*advice).otherPath},
}

// noObject is a 404 that tells of an object: only callers who may query get it.
func (doc *Doctor) noObject(ctx context.Context, reason string) error {
	doc.stop(gate.Object, ObjectNotFound, Proved, "The caller may ask, and there is no such object (%s): the rights are fine, and the id in the path is not one of realm %s.", strings.TrimSuffix(oneLine(cmp.Or(reason, "404")), "."), doc.pathRealm)
	segments := strings.Split(strings.Trim(pathOnly(doc.path), "/"), "/")
	i := slices.Index(segments, "users")
	if i < 0 || i+1 >= len(segments) || doc.token == nil {
		return nil
	}
	name := params.Unescape(segments[i+1])
	reply, err := doc.server.Send(ctx, keycloak.Request{Purpose: msg.New("is it the name of a user?"), Method: http.MethodGet,
		Path: doc.realmPath() + "/users?exact=true&username=" + url.QueryEscape(name), Authorization: doc.raw})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var users []struct{ ID, Username string }
	if err != nil || json.Unmarshal(reply.Body, &users) != nil || len(users) != 1 {
		return nil //nolint:nilerr // this was only to learn more
	}
	doc.observed(OnWire, "There is a user of the name %s, with the id %s.", oneLine(users[0].Username), oneLine(users[0].ID))
	doc.also(msg.New("The path takes a user's id, and this is a user name."))
	segments[i+1] = url.PathEscape(users[0].ID)
	doc.d.Fix.path = "/" + strings.Join(segments, "/")
	return nil
}

// probeObject looks whether the object of a call that is not sent is there, where the caller may know.
func (doc *Doctor) probeObject(ctx context.Context) error {
	if _, err := doc.matrix.Match(roles.Call{Method: http.MethodGet, Path: doc.path}); err != nil {
		return nil //nolint:nilerr // no GET is known here, so there is nothing to look with
	}
	reply, err := doc.server.Send(ctx, keycloak.Request{Purpose: msg.New("is the object there? (in place of the call, which is not sent)"), Method: http.MethodGet, Path: pathOnly(doc.path), Authorization: doc.raw})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reason, _ := reply.Words()
	if err == nil && reply.Exchange.Status == http.StatusNotFound && reason != "" && !strings.HasPrefix(reason, "HTTP 404") {
		doc.observed(OnWire, "GET %s answered %s.", reply.Exchange.URL, doc.answerWords(&reply))
		return doc.noObject(ctx, reason)
	}
	return nil
}

func pathOnly(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}
