package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
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
	Unreachable = &Verdict{id: "unreachable",
		cause: "No answer came from the address, or something in front of Keycloak answered that it does not reach it (502, 503, 504)."}
	TLSUntrusted = &Verdict{id: "tls-untrusted",
		cause: "The server's certificate is not trusted, or the server wants a client certificate and got none that it accepts."}
	NotKeycloak = &Verdict{id: "not-keycloak",
		cause: "The answer is none that Keycloak gives: another web server, or something in front of Keycloak, is at the address."}
	WrongBasePath = &Verdict{id: "wrong-base-path",
		cause: "Keycloak is at another base path than the address names, with or without /auth for example.", advise: (*draft).elsewhere}
	Redirected = &Verdict{id: "redirected",
		cause: "The server redirects the address to another one.", advise: (*draft).elsewhere}
	HTTPSRequired = &Verdict{id: "https-required",
		cause: "The request came in plain http, and the realm (its setting Require SSL) or the port wants https.", advise: (*draft).overHTTPS}
	Foreign403 = &Verdict{id: "foreign-403",
		cause: "A 401, 403, 407 or 429 that has not the form of Keycloak's: a proxy, gateway or firewall in front of it refused."}
)

var reachVerdicts = []*Verdict{Unreachable, TLSUntrusted, NotKeycloak, WrongBasePath, Redirected, HTTPSRequired, Foreign403}

// elsewhere is for a server that is at another address.
func (a *draft) elsewhere() bool {
	to := a.x.clue.elsewhere
	better, err := wire.NormalizeURL(to)
	if err != nil || to == "" || strings.HasPrefix(to, "/") || better == a.Base {
		return false
	}
	a.Base = better
	return true
}

// overHTTPS is for an address with http; one with a port of its own says nothing of the port for https.
func (a *draft) overHTTPS() bool {
	u, err := url.Parse(a.Base)
	if err != nil || u.Port() != "" || u.Scheme != "http" {
		return false
	}
	a.Base = "https" + strings.TrimPrefix(a.Base, "http")
	return true
}

// reachGate is the gate of reach for an answer, or for the lack of one.
type reachGate struct {
	reply *wire.Reply
	err   error
}

// pass stops a call whose answer is none of Keycloak's.
func (g reachGate) pass(ctx context.Context, x *examination) error {
	reply, d := g.reply, x.d
	if err := g.err; err != nil {
		switch kind := failure.KindOf(err); kind {
		case failure.TLS:
			x.stop(gate.Reach, TLSUntrusted, Proved, "The TLS connection to %s is not trusted, so no request was sent: %s", x.server.URL(), msg.Of(err))
		case failure.Unreachable, failure.Timeout:
			x.stop(gate.Reach, Unreachable, Proved, "%s That is neither 401 nor 403: nobody was asked yet.", msg.Of(err))
		case failure.UnexpectedAnswer:
			x.stop(gate.Reach, NotKeycloak, Likely, "")
			d.Summary = msg.Of(err).Map(x.o.Recorder.Mask)
		default:
			return err
		}
		x.quoted(OnWire, msg.Of(err))
		var e *failure.Error
		if errors.As(err, &e) && !e.Hint.Empty() {
			x.also(e.Hint)
		}
		if proxy := answer.Proxy(x.server.URL()); proxy != "" {
			x.observed(OnWire, "Requests go through the proxy %s, which the environment names.", proxy)
		}
		return nil
	}
	e := reply.Exchange
	gate := func(v *Verdict, c Certainty, format texts.Text, values ...any) error {
		d.Exchange, d.Status = &e, e.Status
		x.observed(OnWire, "%s %s answered %s.", e.Method, e.URL, answer.Words(reply))
		x.stop(gate.Reach, v, c, format, values...)
		return nil
	}
	var unlike msg.Message
	if e.Status >= 200 && e.Status < 300 {
		unlike = x.unlikeKeycloak(reply)
	}
	onAdmin := strings.Contains(e.URL, "/admin/")
	reason, description := reply.Words()
	switch status := e.Status; {
	case status >= 300 && status < 400:
		location := reply.Header.Get("Location")
		x.clue.elsewhere = location
		return gate(Redirected, Proved, "The server redirects this address (%d) to %s: use the address that it leads to. On a redirect most programs make a GET out of a POST, and leave the Authorization header away when it leads to another host.", status, phrase.Or(location, "nowhere (there is no Location header)"))
	case description == "HTTPS required":
		return gate(HTTPSRequired, Proved, "The realm %s wants https (its setting Require SSL) and was asked in plain http: use the https address of the server.", x.o.Realm)
	case reply.WantsTLS():
		return gate(HTTPSRequired, Proved, "This is an https port, and was asked in plain http: use https:// in the address.")
	case status == http.StatusBadRequest && wire.WantsCertificate(reply.Body):
		return gate(TLSUntrusted, Proved, "The server at %s asks for a client certificate, and got none that it accepts: give the call one (here by --client-cert and --client-key). Keycloak itself never saw the request.", x.server.URL())
	case status == http.StatusNotFound && (reason == "" || reason == "Unable to find matching target resource method" ||
		e.Method == http.MethodPost && reason != "Realm does not exist"):
		return x.noKeycloakHere(ctx, reply)
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable && reason == "", status == http.StatusGatewayTimeout:
		return gate(Unreachable, Likely, "Something in front of Keycloak answered %d: it does not reach Keycloak itself. That says nothing about rights.", status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired, status == http.StatusTooManyRequests:
		if answer.IsRefusal(reply, onAdmin) {
			return nil
		}
		return gate(Foreign403, x.foreignCertainty(reply), "This %d is not Keycloak's: Keycloak refuses with JSON of its own form, and this is %s. A proxy, gateway or firewall in front of it answered; no role in Keycloak changes that. Look into its rules for the path %s.", status, answer.Body(reply), answer.Path(e.URL))
	case !unlike.Empty():
		c := Likely
		if answer.HTML(reply) {
			c = Proved
		}
		return gate(NotKeycloak, c, "The answer is %d, but %s: another web server, or something in front of Keycloak, answers at %s.", status, unlike, x.server.URL())
	case status >= 400 && status < 500 && reason == "" && !answer.IsObject(reply.Body) && len(reply.Body) > 0:
		return gate(NotKeycloak, Likely, "The answer is %d with %s, which is not how Keycloak refuses: another web server, or something in front of Keycloak, answers at %s.", status, answer.Body(reply), x.server.URL())
	}
	return nil
}

// unlikeKeycloak returns how a success differs from those of Keycloak; empty for a good one. Most answers are JSON; those of
// localization and of client adapters are text.
func (x *examination) unlikeKeycloak(reply *wire.Reply) msg.Message {
	e := reply.Exchange
	text := strings.TrimSpace(string(reply.Body))
	switch {
	case e.Method == http.MethodHead:
		return msg.Message{}
	case answer.HTML(reply):
		return msg.New("a page of HTML where Keycloak answers JSON")
	case text == "" && x.answersEmpty():
		return msg.Message{}
	case text == "", text == "null":
		return msg.New("empty where Keycloak answers something")
	case strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json") && !json.Valid(reply.Body):
		return msg.New("broken JSON")
	case answer.IsObject(reply.Body):
		if reason, _ := reply.Words(); reason != "" {
			return msg.New("an error in the body")
		}
	}
	var object struct{ ID string }
	endpoint, err := x.matrix.Match(x.call())
	if err == nil && x.reads() && endpoint.Path == "/admin/realms/{realm}/users/{user-id}" && strings.Contains(e.URL, "/admin/") &&
		(json.Unmarshal(reply.Body, &object) != nil || !strings.EqualFold(object.ID, requests.Unescape(answer.LastSegment(x.path)))) {
		return msg.New("not with the user who was asked for")
	}
	return msg.Message{}
}

// answersEmpty reports whether the call was measured to succeed without a body.
func (x *examination) answersEmpty() bool {
	endpoint, err := x.matrix.Match(x.call())
	if err != nil {
		return false
	}
	row := x.matrix.Table(x.on()).Row(endpoint)
	return row != nil && row.Cells[roles.RealmAdmin].Status == http.StatusNoContent
}

// foreignCertainty: a page of HTML in place of JSON is proof enough; JSON of another form might be an extension's.
func (x *examination) foreignCertainty(reply *wire.Reply) Certainty {
	if answer.IsObject(reply.Body) || len(reply.Body) == 0 {
		return Likely
	}
	return Proved
}

// noKeycloakHere looks for a Keycloak at the other base paths that are in use, after a 404 that no realm gave.
func (x *examination) noKeycloakHere(ctx context.Context, reply *wire.Reply) error {
	d, e := x.d, reply.Exchange
	if x.reply == nil && x.answersAt(ctx, x.server) {
		return nil // there is one here: the 404 is of the gate of route
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.Exchange, d.Status = &e, e.Status
	x.observed(OnWire, "%s %s answered %s.", e.Method, e.URL, answer.Words(reply))
	for _, base := range answer.OtherBases(x.server.URL()) {
		s, err := keycloak.NewServer(base, keycloak.Options{Transport: x.o.Transport, Recorder: x.o.Recorder, Timeout: x.o.Timeout, Now: x.o.Now, ReadOnly: true})
		if err != nil || !x.answersAt(ctx, s) {
			if err := ctx.Err(); err != nil {
				return err
			}
			continue
		}
		x.observed(OnWire, "There is a Keycloak at %s.", base)
		x.clue.elsewhere = base
		x.stop(gate.Reach, WrongBasePath, Proved, "Keycloak is here, but at another base path: use %s in place of %s.%s", base, x.server.URL(), answer.BasePath(base))
		return nil
	}
	if reason, _ := reply.Words(); answer.NoResource(reason) {
		x.stop(gate.Reach, WrongBasePath, Likely, "This answers like a Keycloak that has nothing at this path: the base path in %s is probably not the server's (its setting http-relative-path, or what the proxy in front adds). The part before /realms/ in the address of its login page is the right one.", x.server.URL())
		return nil
	}
	x.stop(gate.Reach, NotKeycloak, Likely, "There is a web server at %s, but no Keycloak: neither there nor at %s is a realm. Check host and port, and the base path: the part before /realms/ in the address of its login page.", x.server.URL(), msg.Join(" or ", phrase.Items(answer.OtherBases(x.server.URL()))...))
	return nil
}

// answersAt reports whether Keycloak answers for a realm below the server's base URL: that it is there, or that it is not.
func (x *examination) answersAt(ctx context.Context, s *keycloak.Server) bool {
	for _, realm := range slices.Compact([]string{x.o.Realm, "master"}) {
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
