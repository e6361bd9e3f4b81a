// Package place has the gates of the place that a call is for: whether a Keycloak is reached, and whether it has the
// realm, the endpoint and the object.
package place

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// The verdicts of the gate of reach.
var (
	Unreachable = &exam.Verdict{ID: "unreachable",
		Cause: "No response came from the address, or something in front of Keycloak reported that it cannot reach it (502, 503, 504)."}
	TLSUntrusted = &exam.Verdict{ID: "tls-untrusted",
		Cause: "The server's certificate is not trusted, or the server requires a client certificate and got none that it accepts."}
	NotKeycloak = &exam.Verdict{ID: "not-keycloak",
		Cause: "The response is not Keycloak's: another web server, or something in front of Keycloak, is at the address."}
	WrongBasePath = &exam.Verdict{ID: "wrong-base-path",
		Cause: "Keycloak is at a base path other than the one in the address, with or without /auth for example.", Advise: elsewhere}
	Redirected = &exam.Verdict{ID: "redirected",
		Cause: "The server redirects the address to another one.", Advise: elsewhere}
	HTTPSRequired = &exam.Verdict{ID: "https-required",
		Cause: "The request used plain http, and the realm (its setting Require SSL) or the port requires https.", Advise: overHTTPS}
	Foreign403 = &exam.Verdict{ID: "foreign-403",
		Cause: "A 401, 403, 407 or 429 in a form that is not Keycloak's: a proxy, gateway or firewall in front of it refused the call."}
)

// ReachVerdicts are those of this gate.
var ReachVerdicts = []*exam.Verdict{Unreachable, TLSUntrusted, NotKeycloak, WrongBasePath, Redirected, HTTPSRequired, Foreign403, OriginRefused}

// elsewhere is for a server that is at another address.
func elsewhere(a *exam.Draft) bool {
	to := a.X.Clue.Elsewhere
	better, err := wire.NormalizeURL(to)
	if err != nil || to == "" || strings.HasPrefix(to, "/") || better == a.Base {
		return false
	}
	a.Base = better
	return true
}

// overHTTPS is for an address with http; one with a port of its own says nothing of the port for https.
func overHTTPS(a *exam.Draft) bool {
	u, err := url.Parse(a.Base)
	if err != nil || u.Port() != "" || u.Scheme != "http" {
		return false
	}
	a.Base = "https" + strings.TrimPrefix(a.Base, "http")
	return true
}

// ReachGate is the gate of reach for an answer, or for the lack of one.
type ReachGate struct {
	Reply *wire.Reply
	Err   error
}

// Pass stops a call whose answer is none of Keycloak's.
func (g ReachGate) Pass(ctx context.Context, x *exam.Examination) error {
	reply, d := g.Reply, x.Diagnosis
	if err := g.Err; err != nil {
		kind := failure.KindOf(err)
		if slices.Contains([]failure.Kind{failure.TLS, failure.Unreachable, failure.Timeout, failure.UnexpectedAnswer}, kind) {
			x.Quoted(exam.OnWire, msg.Of(err))
		}
		switch kind {
		case failure.TLS:
			x.Stop(gate.Reach, TLSUntrusted, exam.AllSeen, "The TLS connection to %s is not trusted, so no request was sent: %s", x.Server.URL(), msg.Of(err))
		case failure.Unreachable, failure.Timeout:
			x.Stop(gate.Reach, Unreachable, exam.AllSeen, "%s This is neither 401 nor 403: the request never reached Keycloak.", msg.Of(err))
		case failure.UnexpectedAnswer:
			x.Stop(gate.Reach, NotKeycloak, exam.But("That no Keycloak is behind it: only this answer was seen, which is not Keycloak's."), "")
			d.Summary = msg.Of(err).Map(x.Options.Recorder.Mask)
		default:
			return err
		}
		var e *failure.Error
		if errors.As(err, &e) && !e.Hint.Empty() {
			x.Also(e.Hint)
		}
		if proxy := answer.Proxy(x.Server.URL()); proxy != "" {
			x.Observed(exam.OnWire, "Requests go through the proxy %s, set in the environment.", proxy)
		}
		return nil
	}
	e := reply.Exchange
	gate := func(v *exam.Verdict, because exam.Because, format texts.Text, values ...any) error {
		d.Exchange, d.Status = &e, e.Status
		x.Observed(exam.OnWire, "%s %s answered %s.", e.Method, e.URL, answer.Words(reply))
		x.Stop(gate.Reach, v, because, format, values...)
		return nil
	}
	var unlike msg.Message
	if e.Status >= 200 && e.Status < 300 {
		unlike = unlikeKeycloak(x, reply)
	}
	onAdmin := strings.Contains(e.URL, "/admin/")
	reason, description := reply.Words()
	switch status := e.Status; {
	case status >= 300 && status < 400 && !samePlace(reply):
		return gate(Foreign403, exam.But("That Keycloak itself does not redirect there: its admin API was never seen to."), "The server redirects this call (%d, to %s), as a login page in front of Keycloak does. A program gets no further: call Keycloak directly, or have the proxy let the path %s through. No role in Keycloak changes that.", status, phrase.Or(phrase.OneLine(x.Options.Recorder.Mask(withoutQuery(reply.Header.Get("Location")))), "nowhere (there is no Location header)"), answer.Path(e.URL))
	case asBrowser(x, reply):
		return nil // to be asked for JSON
	case status >= 300 && status < 400:
		location := reply.Header.Get("Location")
		x.Clue.Elsewhere = location
		return gate(Redirected, exam.AllSeen, "The server redirects this address (%d) to %s: use that address. On a redirect most programs turn a POST into a GET, and drop the Authorization header when the host changes.", status, phrase.Or(location, "nowhere (there is no Location header)"))
	case description == "HTTPS required":
		return gate(HTTPSRequired, exam.AllSeen, "The realm %s requires https (its setting Require SSL), and the request used plain http: use the https address of the server.", x.Options.Realm)
	case reply.WantsTLS():
		return gate(HTTPSRequired, exam.AllSeen, "This is an https port, and the request used plain http: use https:// in the address.")
	case status == http.StatusBadRequest && wire.WantsCertificate(reply.Body):
		return gate(TLSUntrusted, exam.AllSeen, "The server at %s requires a client certificate, and got none that it accepts: present one (here with --client-cert and --client-key). Keycloak itself never saw the request.", x.Server.URL())
	case status >= 400 && x.Beside() != nil && !strings.HasSuffix(answer.Path(e.URL), tokenEndpoint) && beside.IsKeycloaks(reply):
		return nil // it refuses in a form of its own
	case status == http.StatusBadRequest && x.Beside() == nil && Crooked(x.Path) && strings.HasSuffix(e.URL, x.Path):
		return nil // whatever is there refuses the path as it is written
	case status == http.StatusNotAcceptable && x.Options.Header.Get("Accept") != "":
		return nil // the call asks for something else than JSON
	case status == http.StatusBadRequest && tooLarge.Match(reply.Body):
		return gate(Foreign403, exam.AllSeen, "Something in front of Keycloak does not accept a header of this size (400 \"Request Header Or Cookie Too Large\"): the Authorization header has %d bytes. Put fewer roles and claims into the token (a lightweight one is the smallest), or raise the limit there (large_client_header_buffers of nginx). No role changes that.", len(x.Authorization.Reveal()))
	case status == http.StatusNotFound && reason == "" && len(reply.Body) > 0 && x.Reply == nil && answersAt(ctx, x, x.Server):
		return gate(NotKeycloak, notOurs(reply), "Keycloak is at this address, but this 404 is not its answer: Keycloak's errors are JSON of its own form, and this is %s. Something in front of it answered. Check its rules for the path %s; no role and no other id changes that.", answer.Body(reply), answer.Path(e.URL))
	case status == http.StatusNotFound && (reason == "" || reason == "Unable to find matching target resource method" ||
		e.Method == http.MethodPost && reason != "Realm does not exist"):
		return noKeycloakHere(ctx, x, reply)
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable && reason == "", status == http.StatusGatewayTimeout:
		return gate(Unreachable, exam.But("That something in front of Keycloak answered: Keycloak itself was never seen to answer %d like this.", status), "Something in front of Keycloak answered %d: it cannot reach Keycloak. This shows nothing about rights.", status)
	case status == http.StatusForbidden && reason == invalidOrigin && strings.HasSuffix(answer.Path(e.URL), tokenEndpoint) && x.Options.Login.Header.Get("Origin") != "":
		origin := phrase.OneLine(x.Options.Login.Header.Get("Origin"))
		err := gate(OriginRefused, exam.AllSeen, "The token endpoint refuses the login because of its header Origin (403 \"Invalid origin\"): %s is not among the web origins of the client %s.", origin, x.Options.ClientID)
		originAdvice(x, origin)
		return err
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired, status == http.StatusTooManyRequests:
		if answer.IsRefusal(reply, onAdmin) {
			return nil
		}
		return gate(Foreign403, notOurs(reply), "This %d is not Keycloak's: Keycloak's errors are JSON of its own form, and this is %s. A proxy, gateway or firewall in front of it answered; no role in Keycloak changes that. Check its rules for the path %s.", status, answer.Body(reply), answer.Path(e.URL))
	case !unlike.Empty():
		return gate(NotKeycloak, notOurs(reply), "The response is %d, but %s: another web server, or something in front of Keycloak, answers at %s.", status, unlike, x.Server.URL())
	case status >= 400 && status < 500 && reason == "" && !answer.IsObject(reply.Body) && len(reply.Body) > 0:
		return gate(NotKeycloak, notOurs(reply), "The response is %d with %s, which is not how Keycloak reports errors: another web server, or something in front of Keycloak, answers at %s.", status, answer.Body(reply), x.Server.URL())
	}
	return nil
}

// tooLarge finds how nginx refuses a header that is larger than its buffers.
var tooLarge = regexp.MustCompile(`Request Header Or Cookie Too Large`)

// samePlace reports whether a redirect leads to the same path, at another address, base path or with a slash at its end.
func samePlace(reply *wire.Reply) bool {
	to, path := strings.TrimRight(answer.Path(reply.Header.Get("Location")), "/"), strings.TrimRight(answer.Path(reply.Exchange.URL), "/")
	return to != "" && (strings.HasSuffix(to, path) || strings.HasSuffix(path, to) && strings.Contains(to, "/realms"))
}

// withoutQuery returns an address without its query, which may hold the state of a login.
func withoutQuery(location string) string {
	location, _, _ = strings.Cut(location, "?")
	return location
}

// unlikeKeycloak returns how a success differs from those of Keycloak; empty for a good one. Most answers are JSON; those of
// localization and of client adapters are text.
func unlikeKeycloak(x *exam.Examination, reply *wire.Reply) msg.Message {
	e := reply.Exchange
	text := strings.TrimSpace(string(reply.Body))
	switch {
	case e.Method == http.MethodHead:
		return msg.Message{}
	case x.Beside() != nil && (x.Beside().Page || text == ""):
		return msg.Message{}
	case answer.HTML(reply):
		return msg.New("an HTML page where Keycloak answers JSON")
	case text == "" && (answersEmpty(x) || !x.Reads()):
		return msg.Message{}
	case text == "", text == "null":
		return msg.New("empty where Keycloak returns a body")
	case strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json") && !json.Valid(reply.Body):
		return msg.New("broken JSON")
	case answer.IsObject(reply.Body):
		if reason, _ := reply.Words(); reason != "" {
			return msg.New("an error in the body")
		}
	}
	var object struct{ ID string }
	endpoint, err := x.Matrix.Match(x.Call())
	if err == nil && x.Reads() && endpoint.Path == "/admin/realms/{realm}/users/{user-id}" && strings.Contains(e.URL, "/admin/") &&
		(json.Unmarshal(reply.Body, &object) != nil || !strings.EqualFold(object.ID, requests.Unescape(answer.LastSegment(x.Path)))) {
		return msg.New("not with the requested user")
	}
	return msg.Message{}
}

// answersEmpty reports whether the call was measured to succeed without a body.
func answersEmpty(x *exam.Examination) bool {
	endpoint, err := x.Matrix.Match(x.Call())
	if err != nil {
		return false
	}
	row := x.Matrix.Table(x.VersionOrUnknown()).Row(endpoint)
	return row != nil && row.Cells[roles.RealmAdmin].Status == http.StatusNoContent
}

// notOurs is the reasoning that an answer is not Keycloak's: a page of HTML in place of JSON is proof enough, while an answer of another form
// might be an extension's.
func notOurs(reply *wire.Reply) exam.Because {
	if answer.HTML(reply) {
		return exam.AllSeen
	}
	return exam.But("That no part of this Keycloak answered: an extension could. A call to Keycloak's own address, bypassing every proxy, would show which.")
}

// noKeycloakHere looks for a Keycloak at the other base paths that are in use, after a 404 that no realm gave.
func noKeycloakHere(ctx context.Context, x *exam.Examination, reply *wire.Reply) error {
	d, e := x.Diagnosis, reply.Exchange
	if x.Reply == nil && answersAt(ctx, x, x.Server) {
		return nil // there is one here: the 404 is of the gate of route
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.Exchange, d.Status = &e, e.Status
	x.Observed(exam.OnWire, "%s %s answered %s.", e.Method, e.URL, answer.Words(reply))
	for _, base := range answer.OtherBases(x.Server.URL()) {
		s, err := keycloak.NewServer(base, keycloak.Options{Transport: x.Options.Transport, Recorder: x.Options.Recorder, Timeout: x.Options.Timeout, Now: x.Options.Now, ReadOnly: true})
		if err != nil || !answersAt(ctx, x, s) {
			if err := ctx.Err(); err != nil {
				return err
			}
			continue
		}
		x.Observed(exam.OnWire, "There is a Keycloak at %s.", base)
		x.Clue.Elsewhere = base
		x.Stop(gate.Reach, WrongBasePath, exam.AllSeen, "Keycloak is here, but at another base path: use %s instead of %s.%s", base, x.Server.URL(), answer.BasePath(base))
		return nil
	}
	if reason, _ := reply.Words(); answer.NoResource(reason) {
		x.Stop(gate.Reach, WrongBasePath, exam.But("Keycloak's base path: it was searched for at %s.", msg.Join(" and ", phrase.Items(append([]string{x.Server.URL()}, answer.OtherBases(x.Server.URL())...))...)), "This responds like a Keycloak that has nothing at this path: the base path in %s is probably not the server's (its setting http-relative-path, or what the proxy in front adds). The part before /realms/ in the address of its login page is the right one.", x.Server.URL())
		return nil
	}
	x.Stop(gate.Reach, NotKeycloak, exam.But("That there is no Keycloak at any other base path."), "There is a web server at %s, but no Keycloak: neither there nor at %s is there a realm. Check host and port, and the base path: the part before /realms/ in the address of its login page.", x.Server.URL(), msg.Join(" or ", phrase.Items(answer.OtherBases(x.Server.URL()))...))
	return nil
}

// answersAt reports whether Keycloak answers for a realm below the server's base URL: that it is there, or that it is not.
func answersAt(ctx context.Context, x *exam.Examination, s *keycloak.Server) bool {
	for _, realm := range slices.Compact([]string{x.Options.Realm, "master"}) {
		reply, err := s.Send(ctx, keycloak.Request{Purpose: msg.New("is there a Keycloak at this address?"), Method: http.MethodGet, Path: "/realms/" + url.PathEscape(realm)})
		if err != nil {
			return false
		}
		var body struct {
			Realm string `json:"realm"`
		}
		reason, _ := reply.Words()
		if reply.Exchange.Status == http.StatusOK && json.Unmarshal(reply.Body, &body) == nil && body.Realm == realm ||
			reply.Exchange.Status == http.StatusNotFound && reason == "Realm does not exist" {
			return true
		}
	}
	return false
}
