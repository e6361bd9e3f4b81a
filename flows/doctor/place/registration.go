package place

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/reason"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// registrars are the roles of realm-management of which one is enough to register, change or delete a client by client registration, the
// smallest first. Measured on 24.0.5, 26.4.0 and 26.7.4 on 2026-11-30, with a client for each: 403 without, 201 with; realm-admin holds them.
var registrars = map[string][]string{
	http.MethodPost:   {"create-client", "manage-clients"},
	http.MethodPut:    {"manage-clients"},
	http.MethodDelete: {"manage-clients"},
}

const (
	initialAccess      = "InitialAccessToken"
	registrationAccess = "RegistrationAccessToken"
)

// notRegistered judges a call of client registration that is not sent, as far as its token and its roles show; it leaves open what they do not.
func notRegistered(ctx context.Context, x *exam.Examination, e *beside.Endpoint) error {
	needs, t := registrars[x.Method], x.Token
	if needs == nil || t == nil {
		return nil
	}
	sure := exam.AllSeen
	if !e.Known(x.VersionOrUnknown()) {
		sure = exam.But("Whether %s requires the same on this version: it was measured on %s.", e.Name, roles.Said(e.MeasuredOn()))
	}
	refused := func(g gate.Gate, why msg.Message) {
		x.DescribeToken()
		x.Stop(g, OtherEndpoint, sure, "This is %s, not the admin API of a realm. The call could change something, and was not sent. It would be refused: %s. %s", e.Name, why, e.Wants)
	}
	switch {
	case t.Type == initialAccess && t.Realm() == x.PathRealm && x.Method == http.MethodPost:
		return registersOnce(ctx, x, sure, refused)
	case t.Type == initialAccess && t.Realm() == x.PathRealm:
		refused(gate.Identity, msg.New("an initial access token registers clients, and neither changes nor deletes one"))
		return nil
	case t.Type == registrationAccess:
		return registeredItself(ctx, x, sure, refused)
	case t.Type == initialAccess || x.Reply.Exchange.Status == http.StatusUnauthorized:
		return nil
	case t.Realm() != "" && t.Realm() != x.PathRealm:
		refused(gate.Realm, msg.New("it accepts tokens of the realm %s itself, and this one is from the realm %s (measured: 401, also for an admin of master)", phrase.OneLine(x.PathRealm), phrase.OneLine(t.Realm())))
		return nil
	}
	if err := x.LookAtRoles(ctx); err != nil {
		return err
	}
	held, known := x.Held()
	if t.HasRoleClaims { // the token's roles bound those of the account
		carried := t.Roles(x.Container())
		if !x.View.RolesSeen {
			held = carried
		}
		held, known = sift.Out(held, func(r string) bool { return !slices.Contains(carried, r) }), true
	}
	if !known {
		return nil
	}
	if i := slices.IndexFunc(needs, func(r string) bool { return slices.Contains(held, r) }); i >= 0 {
		x.Diagnosis.SmallestRoles = needs[i : i+1]
		because := sure
		if x.Options.Given && !x.View.RolesSeen {
			because = sure.But("Whether the account still holds what its token carries: an admin can see it.")
		}
		x.Stop(gate.None, exam.WouldPass, because, "The call is not sent, since it could change something. It would pass: the account holds what it requires (%s).", needs[i])
		x.Unseen("What the server really answers: --send sends the call.")
		return nil
	}
	refused(gate.Role, msg.New("the caller's account does not hold %s, or its token does not carry it", roles.Or(needs)))
	return nil
}

// registersOnce is for an initial access token, which a GET neither uses up nor is allowed: how it is refused shows whether it is accepted.
// Measured on 24.0.5, 26.4.0 and 26.7.4 on 2026-11-30, with fresh, used, expired and removed ones, and at another address of the server; that
// no use is left is checked later, with the POST.
func registersOnce(ctx context.Context, x *exam.Examination, sure reason.Chain, refused func(gate.Gate, msg.Message)) error {
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("how a GET with the initial access token is refused"), Method: http.MethodGet, Path: strings.TrimRight(x.Path, "/") + "/fix403", Authorization: x.Authorization})
	if err != nil {
		return ctx.Err()
	}
	words := beside.Words(&reply)
	x.Observed(exam.OnWire, "%s %s answered %s.", http.MethodGet, reply.Exchange.URL, answer.Words(&reply))
	switch {
	case strings.Contains(words, "Initial Access Token not found"):
		refused(gate.Identity, msg.New("the initial access token was removed, or its realm was made anew"))
	case strings.Contains(words, "Failed decode token"):
		refused(gate.Identity, msg.New("the initial access token has expired, or was issued at another address of the server (its issuer is %s)", phrase.OneLine(x.Token.Issuer)))
	default:
		if !strings.Contains(words, "Not initial access token allowed") {
			sure = sure.But("Whether the initial access token is accepted: the answer to a GET does not show it.")
		}
		x.Stop(gate.None, exam.WouldPass, sure.But("Whether the initial access token has a use left: only the call itself shows it."), "The call is not sent, since it could change something. It would pass: client registration accepts an initial access token of this realm.")
	}
	return nil
}

// registeredItself is for a client's registration access token: what it may change it may read, which is tried. Measured on 24.0.5, 26.4.0
// and 26.7.4 on 2026-11-30: GET, PUT and DELETE of its own client are 200, 200 and 204, of another one 401; the answer to a PUT has a new
// token, and the old one is 401 from then on; a POST is judged as one without a token.
func registeredItself(ctx context.Context, x *exam.Examination, sure reason.Chain, refused func(gate.Gate, msg.Message)) error {
	if x.Method == http.MethodPost {
		refused(gate.Identity, msg.New("a registration access token is for its own client, and a call that registers another one counts as a call without a token, which the realm's policies refuse unless they were opened"))
		return nil
	}
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("whether the token reads this client"), Method: http.MethodGet, Path: x.Path, Authorization: x.Authorization})
	if err != nil || reply.Exchange.Status != http.StatusOK && reply.Exchange.Status != http.StatusUnauthorized {
		return ctx.Err()
	}
	x.Observed(exam.OnWire, "%s %s answered %s.", http.MethodGet, reply.Exchange.URL, answer.Words(&reply))
	if reply.Exchange.Status == http.StatusUnauthorized {
		refused(gate.Identity, msg.New(beside.NotItsOwn))
		return nil
	}
	x.Stop(gate.None, exam.WouldPass, sure, "The call is not sent, since it could change something. It would pass: the registration access token is accepted for this client. (The answer to a PUT has a new one, and this one is no longer accepted.)")
	x.Unseen("What the server really answers: --send sends the call.")
	return nil
}
