package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// The verdicts of the gate of reach.
const (
	// No answer came from the address, or something in front of Keycloak answered that it does not reach it (502, 503, 504).
	Unreachable Verdict = "unreachable"
	// The server's certificate is not trusted, or the server wants a client certificate and got none that it accepts.
	TLSUntrusted Verdict = "tls-untrusted"
	// The answer is none that Keycloak gives: another web server, or something in front of Keycloak, is at the address.
	NotKeycloak Verdict = "not-keycloak"
	// Keycloak is at another base path than the address names, with or without /auth for example.
	WrongBasePath Verdict = "wrong-base-path"
	// The server redirects the address to another one.
	Redirected Verdict = "redirected"
	// The request came in plain http, and the realm (its setting Require SSL) or the port wants https.
	HTTPSRequired Verdict = "https-required"
	// A 401, 403, 407 or 429 that has not the form of Keycloak's: a proxy, gateway or firewall in front of it refused.
	Foreign403 Verdict = "foreign-403"
)

var reachVerdicts = []remedy{
	{verdict: Unreachable},
	{verdict: TLSUntrusted},
	{verdict: NotKeycloak},
	{verdict: WrongBasePath, say: (*advice).elsewhere},
	{verdict: Redirected, say: (*advice).elsewhere},
	{verdict: HTTPSRequired, say: (*advice).overHTTPS},
	{verdict: Foreign403},
}

// elsewhere is for a server that is at another address.
func (a *advice) elsewhere() bool {
	to := a.doc.d.Fix.elsewhere
	better, err := wire.NormalizeURL(to)
	if err != nil || to == "" || strings.HasPrefix(to, "/") || better == a.base {
		return false
	}
	a.base = better
	return true
}

// overHTTPS is for an address with http; one with a port of its own says nothing of the port for https.
func (a *advice) overHTTPS() bool {
	u, err := url.Parse(a.base)
	if err != nil || u.Port() != "" || u.Scheme != "http" {
		return false
	}
	a.base = "https" + strings.TrimPrefix(a.base, "http")
	return true
}

// atReach tells whether an answer, or the lack of one, is the last word at the gate of reach.
func (doc *Doctor) atReach(ctx context.Context, reply *wire.Reply, err error) (done bool, _ error) {
	d := doc.d
	if err != nil {
		switch kind := failure.KindOf(err); kind {
		case failure.TLS:
			doc.stop(gate.Reach, TLSUntrusted, Proved, "The TLS connection to %s is not trusted, so no request was sent: %s", doc.server.URL(), msg.Of(err))
		case failure.Unreachable, failure.Timeout:
			doc.stop(gate.Reach, Unreachable, Proved, "%s That is neither 401 nor 403: nobody was asked yet.", msg.Of(err))
		case failure.UnexpectedAnswer:
			doc.stop(gate.Reach, NotKeycloak, Likely, "")
			d.Summary = msg.Of(err).Map(doc.o.Recorder.Mask)
		default:
			return true, err
		}
		doc.quoted(OnWire, msg.Of(err))
		var e *failure.Error
		if errors.As(err, &e) && !e.Hint.Empty() {
			doc.also(e.Hint)
		}
		if proxy := proxyFor(doc.server.URL()); proxy != "" {
			doc.observed(OnWire, "Requests go through the proxy %s, which the environment names.", proxy)
		}
		return true, nil
	}
	e := reply.Exchange
	gate := func(v Verdict, c Certainty, format texts.Text, values ...any) (bool, error) {
		d.Exchange, d.Status = &e, e.Status
		doc.observed(OnWire, "%s %s answered %s.", e.Method, e.URL, doc.answerWords(reply))
		doc.stop(gate.Reach, v, c, format, values...)
		return true, nil
	}
	var unlike msg.Message
	if e.Status >= 200 && e.Status < 300 {
		unlike = doc.unlikeKeycloak(reply)
	}
	onAdmin := strings.Contains(e.URL, "/admin/")
	reason, description := reply.Words()
	switch status := e.Status; {
	case status >= 300 && status < 400:
		location := reply.Header.Get("Location")
		doc.d.Fix.elsewhere = location
		return gate(Redirected, Proved, "The server redirects this address (%d) to %s: use the address that it leads to. On a redirect most programs make a GET out of a POST, and leave the Authorization header away when it leads to another host.", status, orWords(location, "nowhere (there is no Location header)"))
	case description == "HTTPS required":
		return gate(HTTPSRequired, Proved, "The realm %s wants https (its setting Require SSL) and was asked in plain http: use the https address of the server.", doc.o.Realm)
	case reply.WantsTLS():
		return gate(HTTPSRequired, Proved, "This is an https port, and was asked in plain http: use https:// in the address.")
	case status == http.StatusBadRequest && wire.WantsCertificate(reply.Body):
		return gate(TLSUntrusted, Proved, "The server at %s asks for a client certificate, and got none that it accepts: give the call one (here by --client-cert and --client-key). Keycloak itself never saw the request.", doc.server.URL())
	case status == http.StatusNotFound && (reason == "" || reason == "Unable to find matching target resource method" ||
		e.Method == http.MethodPost && reason != "Realm does not exist"):
		return doc.noKeycloakHere(ctx, reply)
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable && reason == "", status == http.StatusGatewayTimeout:
		return gate(Unreachable, Likely, "Something in front of Keycloak answered %d: it does not reach Keycloak itself. That says nothing about rights.", status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired, status == http.StatusTooManyRequests:
		if doc.ownRefusal(reply, onAdmin) {
			return false, nil
		}
		return gate(Foreign403, doc.foreignCertainty(reply), "This %d is not Keycloak's: Keycloak refuses with JSON of its own form, and this is %s. A proxy, gateway or firewall in front of it answered; no role in Keycloak changes that. Look into its rules for the path %s.", status, bodyWords(reply), pathOf(e.URL))
	case !unlike.Empty():
		c := Likely
		if html(reply) {
			c = Proved
		}
		return gate(NotKeycloak, c, "The answer is %d, but %s: another web server, or something in front of Keycloak, answers at %s.", status, unlike, doc.server.URL())
	case status >= 400 && status < 500 && reason == "" && !jsonObject(reply.Body) && len(reply.Body) > 0:
		return gate(NotKeycloak, Likely, "The answer is %d with %s, which is not how Keycloak refuses: another web server, or something in front of Keycloak, answers at %s.", status, bodyWords(reply), doc.server.URL())
	}
	return false, nil
}

// unlikeKeycloak says in which way a success is none that Keycloak gives; "" for a good one. Most answers are JSON; those of
// localization and of client adapters are text.
func (doc *Doctor) unlikeKeycloak(reply *wire.Reply) msg.Message {
	e := reply.Exchange
	text := strings.TrimSpace(string(reply.Body))
	switch {
	case e.Method == http.MethodHead:
		return msg.Message{}
	case html(reply):
		return msg.New("a page of HTML where Keycloak answers JSON")
	case text == "" && doc.answersEmpty():
		return msg.Message{}
	case text == "", text == "null":
		return msg.New("empty where Keycloak answers something")
	case strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json") && !json.Valid(reply.Body):
		return msg.New("broken JSON")
	case jsonObject(reply.Body):
		if reason, _ := reply.Words(); reason != "" {
			return msg.New("an error in the body")
		}
	}
	var object struct{ ID string }
	endpoint, err := doc.matrix.Match(doc.call())
	if err == nil && doc.reads() && endpoint.Path == "/admin/realms/{realm}/users/{user-id}" && strings.Contains(e.URL, "/admin/") &&
		(json.Unmarshal(reply.Body, &object) != nil || !strings.EqualFold(object.ID, params.Unescape(lastSegment(doc.path)))) {
		return msg.New("not with the user who was asked for")
	}
	return msg.Message{}
}

func html(reply *wire.Reply) bool {
	start := strings.ToLower(strings.TrimSpace(string(reply.Body[:min(len(reply.Body), 200)])))
	return strings.HasPrefix(reply.Header.Get("Content-Type"), "text/html") || strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// answersEmpty tells whether the call was measured to succeed without a body.
func (doc *Doctor) answersEmpty() bool {
	endpoint, err := doc.matrix.Match(doc.call())
	if err != nil {
		return false
	}
	row := doc.matrix.Table(doc.version).Row(endpoint)
	return row != nil && row.Cells[roles.RealmAdmin].Status == http.StatusNoContent
}

func lastSegment(path string) string {
	path = strings.TrimRight(pathOnly(path), "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// ownRefusal tells whether a 401, 403 or 429 has the form of Keycloak's own (FACTS, sections 0 and 6).
func (doc *Doctor) ownRefusal(reply *wire.Reply, onAdmin bool) bool {
	if !jsonObject(reply.Body) {
		return len(reply.Body) == 0 && reply.Exchange.Method == http.MethodHead
	}
	var b struct {
		Error       *string `json:"error"`
		Description *string `json:"error_description"`
		Message     *string `json:"errorMessage"`
		OtherPart   *string `json:"message"`
	}
	if json.Unmarshal(reply.Body, &b) != nil || b.OtherPart != nil {
		return false
	}
	if !onAdmin { // the token endpoint: RFC 6749, section 5.2
		return b.Error != nil && b.Description != nil
	}
	return b.Message != nil || b.Error != nil && (strings.HasPrefix(*b.Error, "HTTP 40") || *b.Error == "unknown_error" || b.Description != nil || strings.Contains(*b.Error, " "))
}

// foreignCertainty: a page of HTML in place of JSON is proof enough; JSON of another form might be an extension's.
func (doc *Doctor) foreignCertainty(reply *wire.Reply) Certainty {
	if jsonObject(reply.Body) || len(reply.Body) == 0 {
		return Likely
	}
	return Proved
}

// noKeycloakHere looks for a Keycloak at the other base paths that are in use, after a 404 that no realm gave.
func (doc *Doctor) noKeycloakHere(ctx context.Context, reply *wire.Reply) (bool, error) {
	d, e := doc.d, reply.Exchange
	if doc.reply == nil && doc.answersAt(ctx, doc.server) {
		return false, nil // there is one here: the 404 is of the gate of route
	}
	if err := ctx.Err(); err != nil {
		return true, err
	}
	d.Exchange, d.Status = &e, e.Status
	doc.observed(OnWire, "%s %s answered %s.", e.Method, e.URL, doc.answerWords(reply))
	for _, base := range otherBases(doc.server.URL()) {
		s, err := keycloak.Attach(base, keycloak.Options{Transport: doc.o.Transport, Recorder: doc.o.Recorder, Timeout: doc.o.Timeout, Now: doc.o.Now, ReadOnly: true})
		if err != nil || !doc.answersAt(ctx, s) {
			if err := ctx.Err(); err != nil {
				return true, err
			}
			continue
		}
		doc.observed(OnWire, "There is a Keycloak at %s.", base)
		d.Fix.elsewhere = base
		doc.stop(gate.Reach, WrongBasePath, Proved, "Keycloak is here, but at another base path: use %s in place of %s.%s", base, doc.server.URL(), basePathWords(base))
		return true, nil
	}
	if reason, _ := reply.Words(); strings.HasPrefix(reason, "Unable to find matching") {
		doc.stop(gate.Reach, WrongBasePath, Likely, "This answers like a Keycloak that has nothing at this path: the base path in %s is probably not the server's (its setting http-relative-path, or what the proxy in front adds). The part before /realms/ in the address of its login page is the right one.", doc.server.URL())
		return true, nil
	}
	doc.stop(gate.Reach, NotKeycloak, Likely, "There is a web server at %s, but no Keycloak: neither there nor at %s is a realm. Check host and port, and the base path: the part before /realms/ in the address of its login page.", doc.server.URL(), msg.Join(" or ", items(otherBases(doc.server.URL()))...))
	return true, nil
}

// answersAt tells whether Keycloak answers for a realm below the server's base URL: that it is there, or that it is not.
func (doc *Doctor) answersAt(ctx context.Context, s *keycloak.Server) bool {
	for _, realm := range slices.Compact([]string{doc.o.Realm, "master"}) {
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

// otherBases are the base URLs at which a Keycloak may be when it is not at base: /auth was the default up to version 16,
// and a path may have been pasted with too much of it.
func otherBases(base string) []string {
	u, err := url.Parse(base)
	if err != nil {
		return nil
	}
	origin := u.Scheme + "://" + u.Host
	var out []string
	add := func(b string) {
		if b != base && !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	add(base + "/auth")
	for p := strings.TrimRight(u.EscapedPath(), "/"); p != ""; {
		p = p[:strings.LastIndexByte(p, '/')]
		add(origin + p)
	}
	add(origin + "/auth")
	add(origin + "/keycloak")
	return out
}

func basePathWords(base string) msg.Message {
	if strings.HasSuffix(base, "/auth") {
		return msg.Concat(" ", msg.New("Keycloak lived at /auth up to version 16, and this server still does."))
	}
	return msg.Message{}
}

// answerWords is an answer in a few words: "403 Forbidden with {"error":"HTTP 403 Forbidden"}".
func (doc *Doctor) answerWords(reply *wire.Reply) msg.Message {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", reply.Exchange.Status, http.StatusText(reply.Exchange.Status)))
	if reply.Exchange.Status >= 200 && reply.Exchange.Status < 300 {
		return msg.Verbatim(status)
	}
	return msg.New("%s with %s", status, bodyWords(reply))
}

// bodyWords says what a body is, and quotes it where it is short JSON.
func bodyWords(reply *wire.Reply) msg.Message {
	body := strings.TrimSpace(reply.Exchange.ResponseBody) // masked
	const most = 200
	switch {
	case body == "":
		return msg.New("an empty body")
	case strings.HasPrefix(body, "<"):
		return msg.New("a page of HTML")
	case jsonObject(reply.Body) && len(body) <= most:
		return msg.Verbatim(oneLine(body))
	case jsonObject(reply.Body):
		return msg.New("other JSON")
	case len(body) <= most:
		return msg.New("the text \"%s\"", oneLine(body))
	default:
		return msg.New("a text that is no JSON")
	}
}
