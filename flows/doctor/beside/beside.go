// Package beside knows Keycloak's endpoints beside the admin API of a realm, to which people send the same token: how each is told by
// its path, what it wants, and what its refusals mean.
package beside

import (
	"encoding/json"
	"net/http"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak/version"
	"fix403/keycloak/wire"
)

// Caller is how an endpoint learns who calls.
type Caller int

// The ways: a token as in the admin API; a client's own credentials; a person's browser; nobody.
const (
	ByToken Caller = iota
	ByClient
	ByBrowser
	Public
)

// Endpoint is one of Keycloak's, beside the admin API.
type Endpoint struct {
	Name   texts.Text // with its article
	Wants  texts.Text // a sentence
	Caller Caller
	// Reading are methods beside GET and HEAD that change nothing, so that a call is sent as the person makes it.
	Reading []string
	// Feature is the server's feature without which there is no such endpoint, as serverinfo names it; "" for none.
	Feature string
	ID      string
	Scope   string // that a token needs
	Page    bool   // it may answer with a page for a browser
	// JSONByAccept reports that it answers with a page, whatever the token is, unless the header Accept puts JSON first.
	JSONByAccept bool

	exempt version.Facts[bool] // whether the client's own service account passes without the role that others need

	path     []string // below the realm; "*" is any segment, "**" the rest, if there is any
	reasons  []reason
	lookWith string // the path below the realm with which a call that is not sent is looked at; "" for none
}

// reason is what a refusal means, by its status and the beginning of the server's words. The first that fits counts.
type reason struct {
	status int
	says   string
	gate   gate.Gate
	means  texts.Text
}

// Find returns the endpoint of a path below the server's base URL; nil for one of the admin API, or of none that is known.
func Find(path string) *Endpoint {
	segments := split(path)
	if len(segments) > 1 && segments[0] == "admin" && segments[1] == "api" {
		return &adminAPI2
	}
	if len(segments) > 2 && segments[0] == "admin" && segments[1] != "realms" && segments[2] == "console" {
		return &console
	}
	if len(segments) < 3 || segments[0] != "realms" {
		return nil
	}
	for i := range endpoints {
		if matches(endpoints[i].path, segments[2:]) {
			return &endpoints[i]
		}
	}
	return nil
}

// split returns the segments of a path, however many slashes are between them.
func split(path string) []string {
	path, _, _ = strings.Cut(path, "?")
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func matches(pattern, segments []string) bool {
	for i, p := range pattern {
		if p == "**" {
			return true
		}
		if i >= len(segments) || p != "*" && p != segments[i] {
			return false
		}
	}
	return len(pattern) == len(segments)
}

// Reads reports whether a call with this method changes nothing.
func (e *Endpoint) Reads(method string) bool {
	if method == http.MethodGet || method == http.MethodHead {
		return e.Caller != ByBrowser || e.lookWith != ""
	}
	for _, m := range e.Reading {
		if m == method {
			return true
		}
	}
	return false
}

// LookWith returns the path of a GET that the endpoint refuses as it would refuse a call that is not sent; "" for none.
func (e *Endpoint) LookWith(path string) string {
	segments := split(path)
	if e.lookWith == "" || len(segments) < 2 {
		return ""
	}
	return "/realms/" + segments[1] + e.lookWith
}

// MeasuredOn returns the versions on which the endpoint was measured.
func (e *Endpoint) MeasuredOn() []string { return on(onThree) }

func on(measured version.Facts[bool]) []string {
	var list []string
	for _, v := range measured.On() {
		list = append(list, v.String())
	}
	return list
}

// RoleAskedOn returns the versions on which the endpoint was measured to ask each account for its role, and those on which it does not ask the
// client's own service account.
func (e *Endpoint) RoleAskedOn() (each, exempt []string) {
	for _, v := range e.exempt.On() {
		if e.exempt.At(v, version.Equal)[0].Value {
			exempt = append(exempt, v.String())
		} else {
			each = append(each, v.String())
		}
	}
	return each, exempt
}

// Known reports whether the endpoint was measured on a version.
func (e *Endpoint) Known(v string) bool {
	values := onThree.At(version.Of(v), version.Equal)
	return version.Of(v).Known() && len(values) == 1 && values[0].How == version.Measured
}

// Meaning is what a refusal means.
type Meaning struct {
	Gate gate.Gate
	Says texts.Text // a sentence; "" where it was not measured
}

// Means returns what an answer means: the gate at which the endpoint stopped the call.
func (e *Endpoint) Means(reply *wire.Reply) Meaning {
	words := Words(reply)
	for _, r := range e.reasons {
		if (r.status == 0 || r.status == reply.Exchange.Status) && strings.Contains(words, r.says) {
			return Meaning{r.gate, r.means}
		}
	}
	switch status := reply.Exchange.Status; {
	case status == http.StatusUnauthorized && e.Caller == ByClient:
		return Meaning{Gate: gate.Client}
	case status == http.StatusUnauthorized:
		return Meaning{Gate: gate.Identity}
	case status == http.StatusForbidden:
		return Meaning{Gate: gate.Role}
	}
	return Meaning{Gate: gate.Route}
}

// Words returns the server's own words in a refusal, from the body or from WWW-Authenticate; "" where it has none.
func Words(reply *wire.Reply) string {
	reason, description := reply.Words()
	for _, text := range []string{description, reason} {
		if text != "" && !strings.HasPrefix(text, "For more on this error") && !strings.HasPrefix(text, "HTTP 40") && text != "unknown_error" {
			return text
		}
	}
	if detail := scimDetail(reply.Body); detail != "" {
		return detail
	}
	challenge := reply.Header.Get("WWW-Authenticate")
	for _, name := range []string{"error_description", "error"} {
		if _, rest, found := strings.Cut(challenge, name+`="`); found {
			text, _, _ := strings.Cut(rest, `"`)
			return text
		}
	}
	return ""
}

// IsKeycloaks reports whether a refusal has the form of Keycloak's own at such an endpoint: JSON with its words, or a challenge
// that names the realm and no body.
func IsKeycloaks(reply *wire.Reply) bool {
	if answer.IsObject(reply.Body) {
		reason, _ := reply.Words()
		return reason != "" || scimDetail(reply.Body) != ""
	}
	return len(reply.Body) == 0 && strings.Contains(reply.Header.Get("WWW-Authenticate"), `realm="`)
}

// scimDetail returns the words of a refusal of the SCIM API (RFC 7644, section 3.12); "" for another answer.
func scimDetail(body []byte) string {
	var refusal struct {
		Schemas []string
		Detail  string
	}
	if json.Unmarshal(body, &refusal) != nil || len(refusal.Schemas) == 0 {
		return ""
	}
	return refusal.Detail
}
