package place

import (
	"context"
	"net/http"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// OtherEndpoint is the verdict on a call that an endpoint beside the admin API refused: at each gate.
var OtherEndpoint = &exam.Verdict{ID: "other-endpoint",
	Cause: "The endpoint is one of Keycloak's outside the admin API, such as userinfo, introspection or the account API, and refused for a reason of its own.", Advise: withScope}

// withScope is for an endpoint that wants a scope in the token, or to be asked for JSON: the call is made so.
func withScope(a *exam.Draft) bool {
	e := a.X.Beside()
	if a.X.Clue.AsJSON {
		a.AsJSON = true
		return true
	}
	if e == nil || e.Scope == "" || a.X.Diagnosis.Gate != gate.Identity || a.X.Method != http.MethodGet {
		return false
	}
	a.Scope = strings.TrimSpace(a.X.Options.Scope + " " + e.Scope)
	return true
}

// OtherGate decides about a call of an endpoint beside the admin API.
type OtherGate struct{}

// Pass judges the refusal of such an endpoint, and a call of it that is not sent.
func (OtherGate) Pass(ctx context.Context, x *exam.Examination) error {
	e := x.Beside()
	switch {
	case e == nil:
		return nil
	case !x.Sends():
		if e.ID == "registration" {
			if err := notRegistered(ctx, x, e); err != nil || x.Stopped() {
				x.Diagnosis.Status = 0
				return err
			}
		}
		return notSentThere(x, e)
	case asBrowser(x, x.Reply):
		return pageThere(ctx, x, e)
	case x.Reply.Exchange.Status >= 300:
		return refusedThere(ctx, x, e)
	case e.ID == "introspection" && strings.Contains(strings.Join(strings.Fields(string(x.Reply.Body)), ""), `"active":false`):
		x.Stop(gate.Identity, OtherEndpoint, exam.Or("Which of these it is: check the token itself (fix403 token), its expiry and its audience."), "The token introspection endpoint accepted the client, and reports that the token is not active: it has expired or was revoked, is from another realm, or is not meant for the calling client.")
	}
	return nil
}

// asBrowser reports whether a call got what a browser gets of an endpoint that has JSON only for a call that asks for it: a page, the way to it, or
// 404 where there is no page. Measured on 2026-11-30: 26.4.0 and 26.7.4 have the page at each path below account; 24.0.5 redirects account to
// account/, and has none below it.
func asBrowser(x *exam.Examination, reply *wire.Reply) bool {
	e := x.Beside()
	if e == nil || !e.JSONByAccept || !x.Sends() {
		return false
	}
	status, accept := reply.Exchange.Status, x.Options.Header.Get("Accept")
	if status < 300 {
		return answer.HTML(reply)
	}
	if accept == "" || strings.HasPrefix(accept, "application/json") || strings.HasPrefix(x.Options.Header.Get("Content-Type"), "application/json") {
		return false
	}
	return status < 400 && samePlace(reply) || status == http.StatusNotFound
}

// pageThere is for an endpoint that answers with a page for a browser, whatever the token is, unless JSON is asked for: what it answers to
// that is looked at.
func pageThere(ctx context.Context, x *exam.Examination, e *beside.Endpoint) error {
	x.Observed(exam.OnWire, "The answer is one for a browser, %s: the call asks for %s.", answer.Words(x.Reply), phrase.Or(phrase.OneLine(x.Options.Header.Get("Accept")), "anything"))
	r := keycloak.Request{Purpose: msg.New("the same call, for a JSON response"), Method: x.Method, Path: x.Path, Authorization: x.Authorization, Header: x.Options.Header.Clone()}
	r.Header.Del("Accept")
	reply, err := x.Server.Send(ctx, r)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil || answer.HTML(&reply) || reply.Exchange.Status/100 == 3:
		x.Stop(gate.Route, OtherEndpoint, exam.Or("What the API answers to a call that asks for JSON."), "This is %s, not the admin API of a realm. It answered %d, as it answers a browser: send the header Accept: application/json. %s", e.Name, x.Reply.Exchange.Status, e.Wants)
		return nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	x.Observed(exam.OnWire, "With Accept: application/json the server answered %s.", answer.Words(&reply))
	if reply.Exchange.Status < http.StatusMultipleChoices {
		x.Clue.AsJSON = true
		x.Stop(gate.Route, OtherEndpoint, exam.AllSeen, "This is %s, not the admin API of a realm. It answered %d, as it answers a browser, whatever the token is: send the header Accept: application/json. With it, this call works (%d).", e.Name, x.Reply.Exchange.Status, reply.Exchange.Status)
		return nil
	}
	was := x.Reply.Exchange.Status
	x.Reply, x.Diagnosis.Exchange, x.Diagnosis.Status = &reply, &reply.Exchange, reply.Exchange.Status
	if err := refusedThere(ctx, x, e); err != nil {
		return err
	}
	x.Also(msg.New("The call as it was made got an answer for a browser (%d), which shows nothing about its token: send the header Accept: application/json as well.", was))
	return nil
}

// refusedThere says why such an endpoint refused, and what it wants.
func refusedThere(ctx context.Context, x *exam.Examination, e *beside.Endpoint) error {
	reply := x.Reply
	status := reply.Exchange.Status
	if status == http.StatusNotImplemented || e.Feature != "" && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed && e.ID == "admin-api-v2") {
		if err := featureOff(ctx, x); err != nil || x.Stopped() {
			return err
		}
	}
	if status == http.StatusUnauthorized {
		x.DescribeToken()
	}
	if challenge := reply.Header.Get("WWW-Authenticate"); challenge != "" {
		x.Observed(exam.OnWire, "The response header WWW-Authenticate is %s.", phrase.OneLine(challenge))
	}
	meaning, words := e.Means(reply), phrase.OneLine(beside.Words(reply))
	because := exam.AllSeen
	if words == "" && meaning.Says != "" {
		because = exam.But("Why the endpoint refuses: it gives no reason; this is the measured one.")
	} else if words == "" {
		because = exam.But("Why the endpoint refuses: it gives no reason.")
	}
	if words == "" && !e.Known(x.VersionOrUnknown()) {
		because = because.But("Whether %s requires the same on this version: it was measured on %s.", e.Name, roles.Said(e.MeasuredOn()))
	}
	said := answer.Words(reply)
	if words != "" {
		said = msg.New("%d \"%s\"", status, words)
	}
	defer func() {
		if asked, exempt := e.RoleAskedOn(); meaning.Gate == gate.Role && len(exempt) > 0 {
			x.Also(msg.New("(Measured: on %s every account needs that role; on %s the client's own service account passes without it.)", roles.Said(asked), roles.Said(exempt)))
		}
	}()
	if meaning.Says == "" {
		x.Stop(meaning.Gate, OtherEndpoint, because, "This is %s, not the admin API of a realm. It answered %s. %s", e.Name, said, e.Wants)
		return nil
	}
	x.Stop(meaning.Gate, OtherEndpoint, because, "This is %s, not the admin API of a realm. It answered %s: %s. %s", e.Name, said, meaning.Says, e.Wants)
	return nil
}

// notSentThere is for a call of such an endpoint that could change something.
func notSentThere(x *exam.Examination, e *beside.Endpoint) error {
	if status := x.Reply.Exchange.Status; e.LookWith(x.Path) != "" && status >= 400 {
		if meaning := e.Means(x.Reply); meaning.Says != "" {
			x.Stop(meaning.Gate, OtherEndpoint, x.Seen().Unsent("The call itself: %s could change something, so a GET was sent instead.", x.Method), "This is %s, not the admin API of a realm. The call could change something and was not sent; a GET got %d: %s. %s", e.Name, status, meaning.Says, e.Wants)
			return nil
		}
	}
	x.Diagnosis.Status = 0
	x.Stop(gate.Route, OtherEndpoint, x.Seen().Unsent("What the endpoint answers to the call itself."), "This is %s, not the admin API of a realm. The call could change something, and was not sent. %s", e.Name, e.Wants)
	return nil
}
