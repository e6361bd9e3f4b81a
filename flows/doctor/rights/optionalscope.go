package rights

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/exam"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// optionalScope looks for an optional client scope of the client that lets the role through where full scope is off: then the token endpoint
// has only to be asked for it. The call is made with such a token, if there is one to be had.
func optionalScope(ctx context.Context, x *exam.Examination, predicted bool, stop exam.Stopper) (done bool, err error) {
	name, err := mappedByOptional(ctx, x)
	if name == "" || err != nil {
		return false, err
	}
	held := x.HeldWords(x.View.Effective)
	x.Observed(exam.AtServer, "The optional client scope %s of the client includes %s.", name, held)
	because := exam.AllSeen
	if passes, tried, err := passesWith(ctx, x, name, predicted); err != nil {
		return true, err
	} else if !tried {
		because = exam.But("Whether a token requested with scope=%s passes: that requires the client's secret.", name)
	} else if !passes {
		return false, nil
	}
	x.Clue.Scope = strings.TrimSpace(x.Options.Scope + " " + name)
	x.Diagnosis.SmallestRoles = x.NeededOf(x.View.Effective)
	stop(FullScopeOff, because, "The account holds %s, and the client's full scope is off: the role gets into a token only with the client's optional client scope %s. Request the token with scope=%s; nothing needs changing in Keycloak.", held, name, name)
	return true, nil
}

// mappedByOptional returns the first optional client scope of the client that lets through what lets the call in; "" for none.
func mappedByOptional(ctx context.Context, x *exam.Examination) (string, error) {
	c := x.View.Client
	if x.Admin == nil || c == nil || x.View.Container == "" {
		return "", nil
	}
	const what = "Which roles the optional client scopes of the client include"
	read := func(path string, into any) error {
		body, _, err := x.Admin.Send(ctx, msg.New("which roles do the optional client scopes include?"), http.MethodGet, x.Home(), path, nil)
		if err == nil {
			_ = json.Unmarshal(body, into) // a list of another form is an empty one
		}
		return err
	}
	var scopes []struct{ ID, Name string }
	if err := read("/clients/"+url.PathEscape(c.ID)+"/optional-client-scopes", &scopes); err != nil {
		return "", x.NoteForbidden(err, what)
	}
	for _, s := range scopes {
		var roles []struct{ Name string }
		if err := read("/client-scopes/"+url.PathEscape(s.ID)+"/scope-mappings/clients/"+url.PathEscape(x.View.Container)+"/composite", &roles); err != nil {
			return "", x.NoteForbidden(err, what)
		}
		var through []string
		for _, r := range roles {
			for _, held := range x.View.Effective {
				if held == r.Name {
					through = append(through, r.Name)
				}
			}
		}
		if x.LetsIn(through) {
			return s.Name, nil
		}
	}
	return "", nil
}

// passesWith makes the call with a token that is asked for with a scope, where the caller is the service account of a client whose secret is
// at hand.
func passesWith(ctx context.Context, x *exam.Examination, scope string, predicted bool) (passes, tried bool, _ error) {
	if predicted || x.Options.Secret.Empty() || !x.ByServiceAccount() {
		return false, false, nil
	}
	reply, err := x.RequestScope(ctx, "get a token with the optional client scope", strings.TrimSpace(x.Options.Scope+" "+scope))
	if ctx.Err() != nil {
		return false, true, ctx.Err()
	}
	if err != nil || reply.Exchange.Status != http.StatusOK {
		return false, err == nil, nil //nolint:nilerr // this one is only to learn more
	}
	access := answer.AccessToken(reply.Body)
	x.Options.Recorder.Hide(wire.NewSecret(access))
	again, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("the same call with the optional client scope"), Method: x.Method, Path: x.Path, Authorization: wire.NewSecret("Bearer " + access), AnyType: true})
	if ctx.Err() != nil {
		return false, true, ctx.Err()
	}
	if err != nil {
		return false, false, nil //nolint:nilerr // this one is only to learn more
	}
	x.Observed(exam.OnWire, "The same call with a token requested with scope=%s answered %s.", scope, answer.Words(&again))
	status := again.Exchange.Status
	return status >= 200 && status < 300 || status == http.StatusNotFound, true, nil
}
