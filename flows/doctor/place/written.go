package place

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// OriginRefused is the verdict on a browser's call from an origin that the token's client does not have.
var OriginRefused = &exam.Verdict{ID: "origin-refused",
	Cause: "The call carries an Origin header that is not among the web origins of the token's client, and the server refuses it for that.", Advise: withoutOrigin}

// Crooked reports whether a path has what some servers refuse before they look at anything else.
func Crooked(path string) bool { return Straight(path) != path }

// Straight returns a path as every server takes it: with one slash between segments, without dots for a step up and parameters of a
// segment, and with what cannot stand in it escaped.
func Straight(path string) string {
	path, query, asks := strings.Cut(path, "?")
	var out []string
	segments := strings.Split(path, "/")
	for i, s := range segments {
		s, _, _ = strings.Cut(s, ";")
		switch strings.ToLower(s) {
		case "", ".", "%2e":
			if s == "" && i == len(segments)-1 && i > 0 && segments[i-1] != "" {
				out = append(out, "") // a slash at the end is taken
			}
		case "..", "%2e%2e":
			out = out[:max(len(out)-1, 0)]
		default:
			out = append(out, escaped(s))
		}
	}
	straight := "/" + strings.Join(out, "/")
	if asks {
		straight += "?" + escaped(query)
	}
	return straight
}

// escaped escapes what RFC 3986 does not allow as it is, and a percent sign that begins no escape.
func escaped(text string) string {
	const hex = "0123456789ABCDEF"
	isHex := func(c byte) bool { return strings.IndexByte(hex, c&^0x20) >= 0 && c >= 'A' || c >= '0' && c <= '9' }
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}[]", c) >= 0 || c == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			out.WriteByte('%')
			out.WriteByte(hex[c>>4])
			out.WriteByte(hex[c&15])
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

// badRequest is for a 400: where the path is the reason, the path that works is tried.
func badRequest(ctx context.Context, x *exam.Examination) error {
	reason, description := x.Reply.Words()
	said := answer.Words(x.Reply)
	if words := strings.TrimSpace(phrase.OneLine(reason) + ": " + phrase.OneLine(description)); reason != "" {
		said = msg.New("400 \"%s\"", strings.TrimSuffix(words, ":"))
	}
	if accept := x.Options.Header.Get("Accept"); x.Reply.Exchange.Status == http.StatusNotAcceptable && accept != "" {
		x.Stop(gate.Route, BadRequest, exam.AllSeen, "The call asks for %s (its header Accept), and the server has only JSON there (406): send Accept: application/json, or omit the header. No role changes that.", phrase.OneLine(accept))
		x.Clue.Path = x.Path
		return nil
	}
	straight := Straight(x.Path)
	if straight == x.Path {
		x.Stop(gate.Route, BadRequest, exam.Or("Whether the roles are enough: the server did not get that far, or does not show it."), "The server does not accept this request (%s): its own words give the reason. No role changes that.", said)
		return nil
	}
	x.Clue.Path = straight
	r := keycloak.Request{Purpose: msg.New("the same call with a normalized path"), Method: http.MethodGet, Path: straight, Authorization: x.Authorization, Header: x.Options.Header, AnyType: true}
	if !x.Sends() {
		x.Stop(gate.Route, BadRequest, exam.AllSeen, "The server does not accept the path as written (%s), with any roles: it accepts %s.", said, x.Options.Recorder.Mask(straight))
		return nil
	}
	reply, err := x.Server.Send(ctx, r)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || reply.Exchange.Status == http.StatusBadRequest {
		x.Stop(gate.Route, BadRequest, exam.But("That the path is the reason: with a normalized path the server does not accept the request either."), "The server does not accept this request (%s): its own words give the reason. No role changes that.", said)
		return nil //nolint:nilerr // this was only to learn more
	}
	x.Observed(exam.OnWire, "With the path %s the server answered %s.", x.Options.Recorder.Mask(straight), answer.Words(&reply))
	x.Stop(gate.Route, BadRequest, exam.AllSeen, "The server does not accept the path as written (%s): with %s it answers %d. Check where the program joins address and path. No role changes that.", said, x.Options.Recorder.Mask(straight), reply.Exchange.Status)
	return nil
}

const (
	invalidOrigin = "Invalid origin"
	tokenEndpoint = "/protocol/openid-connect/token" // #nosec G101 -- a path
)

// Origin stops a call that is refused for its Origin header: without it the server answers otherwise.
func Origin(ctx context.Context, x *exam.Examination) error {
	origin := x.Options.Header.Get("Origin")
	if reason, _ := x.Reply.Words(); origin == "" || x.Reply.Exchange.Status != http.StatusForbidden || reason != invalidOrigin {
		return nil
	}
	header := x.Options.Header.Clone()
	header.Del("Origin")
	r := keycloak.Request{Purpose: msg.New("the same call without the header Origin"), Method: x.Reply.Exchange.Method, Path: x.Path, Authorization: x.Authorization, Header: header, AnyType: true}
	reply, err := x.Server.Send(ctx, x.InPlace(r))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	because := exam.But("That the header is the reason: the call without it was not answered.")
	if err == nil {
		because = exam.AllSeen
		x.Observed(exam.OnWire, "Without the header Origin the server answered %s.", answer.Words(&reply))
	}
	if !x.Sends() {
		because = because.Links(x.Seen()).Unsent("The call itself: %s could change something, so a GET was sent instead.", x.Method)
	}
	client := phrase.Or(x.Options.ClientID, "that requested the token")
	if err := x.LookAtClient(ctx); err != nil {
		return err
	}
	x.Stop(gate.Reach, OriginRefused, because, "The server refuses the call because of its header Origin (403 \"Invalid origin\"; checked before roles): %s is not among the web origins of the client %s.", phrase.OneLine(origin), client)
	if c := x.View.Client; c != nil {
		x.Observed(exam.AtServer, "The web origins of the client %s: %s.", c.ClientID, phrase.Listed(c.WebOrigins, "none"))
	}
	originAdvice(x, origin)
	if err == nil && reply.Exchange.Status >= http.StatusBadRequest {
		x.Also(msg.New("Without the header the server answers %d, for another reason: diagnose the call again without it.", reply.Exchange.Status))
	}
	return nil
}

// originAdvice says what to do about an origin that a client does not have.
func originAdvice(x *exam.Examination, origin string) {
	switch {
	case exam.IsBuiltIn(x.Options.ClientID, x.Options.Realm):
		x.Also(msg.New("The client is built into Keycloak: call from a client of the application instead, which has this web origin."))
	case slices.Contains(x.View.WebOrigins(), origin):
		x.Also(msg.New("It is among them now: get a new token, which includes it."))
	default:
		x.Also(msg.New("If a browser calls, add %s to the Web origins of that client and get a new token; a program omits the header.", phrase.OneLine(origin)))
	}
}

// withoutOrigin is the call without the header, and where to add the origin.
func withoutOrigin(a *exam.Draft) bool {
	return !strings.HasSuffix(answer.PathOnly(a.Path), tokenEndpoint) // a login by itself is the person's own to repeat
}
