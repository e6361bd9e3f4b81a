package caller

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// ownToken asks for another token of the same caller, which is the service account of a client whose secret is at hand; nil where there is
// none.
func ownToken(ctx context.Context, x *exam.Examination, purpose msg.Format) (*token.Token, wire.Secret, error) {
	if !x.Options.Given || x.Options.ClientID == "" || x.Options.Secret.Empty() {
		return nil, wire.Secret{}, nil
	}
	reply, err := x.RequestToken(ctx, purpose)
	if ctx.Err() != nil {
		return nil, wire.Secret{}, ctx.Err()
	}
	if err != nil {
		return nil, wire.Secret{}, nil //nolint:nilerr // this one is only to learn more
	}
	access := answer.AccessToken(reply.Body)
	t, err := token.Decode(access)
	if err != nil || reply.Exchange.Status != http.StatusOK {
		return nil, wire.Secret{}, nil //nolint:nilerr // a refusal: there is none
	}
	x.Options.Recorder.Hide(wire.NewSecret(access))
	x.Issued(t.IssuedAt)
	return t, wire.NewSecret("Bearer " + access), nil
}

// learnClock gets the server's clock where its answer has no Date header, as Keycloak's own have none: from a new token of the client.
func learnClock(ctx context.Context, x *exam.Examination) error {
	t := x.Token
	if !serverTime(x).IsZero() || x.AheadKnown || t.ExpiresAt.IsZero() || x.Options.Now().Before(t.ExpiresAt) {
		return nil
	}
	_, _, err := ownToken(ctx, x, "what is the server's time?")
	return err
}

// refusedAllTheSame is for a token that is genuine and current as far as can be seen, and is refused. What would decide why is looked at:
// a new token of the same caller at the same call, the same token where Keycloak asks for less, and the session that it belongs to.
func refusedAllTheSame(ctx context.Context, x *exam.Examination, stop exam.Stopper) error {
	if !x.Options.Given {
		if _, err := accepted(ctx, x); err != nil {
			return err
		}
		stop(exam.Undetermined, exam.Or("Whether the header reaches Keycloak: make the call at Keycloak's own address, bypassing every proxy, and see the server's log."), "The token is new and genuine, yet it is refused (401), as if it had not arrived: something between here and Keycloak may remove or replace the Authorization header, or the server requires something else of this token.")
		return nil
	}
	because := exam.AllSeen
	if x.SecretlySigned {
		because = exam.Or("Whether the token is genuine: it is signed with a secret key (%s), which servers do not publish. It may be from another server.", phrase.OneLine(x.Token.Algorithm))
	}
	const revoked = "The token is no longer valid, although it has not expired: it was revoked, or its session or what it was issued for has ended. Get a new one."
	if done, err := newTokenDecides(ctx, x, func(passes bool) {
		if passes {
			stop(TokenRevoked, because, revoked)
			return
		}
		stop(exam.Undetermined, because.Or("Whether the header reaches Keycloak: make the call at Keycloak's own address, bypassing every proxy, and see the server's log."), "The token is refused, and so is a new one of the same caller, so the cause is not this token. Something between here and Keycloak may remove the Authorization header, or the server requires something else of these tokens.")
	}); done || err != nil {
		return err
	}
	ended, err := sessionEnded(ctx, x)
	if err != nil {
		return err
	}
	if ended {
		stop(TokenRevoked, because, revoked)
		return nil
	}
	alive, err := accepted(ctx, x)
	if err != nil {
		return err
	}
	arrives := x.VersionReported || x.View.Realm != nil // the admin's own token did, on the same way
	switch {
	case alive == audience.Dead && arrives && x.View.Client != nil && x.View.Account != nil:
		stop(TokenRevoked, because, revoked)
	case alive == audience.Dead && arrives:
		stop(TokenRevoked, because.But("Whether the client and the account of the token have changed: they could not be seen."), revoked)
	case alive == audience.Dead:
		stop(TokenRevoked, because.Or("Whether the token ended, or its client or account was switched off, or the Authorization header does not reach Keycloak: a new token of the same caller, or an admin's login, shows which."), revoked)
	case alive == audience.Alive:
		stop(exam.Undetermined, because.Or("What is different at the admin API: make the call at Keycloak's own address, bypassing every proxy. A revoked token would be refused elsewhere, too."), "Keycloak accepts the token elsewhere, but the admin API refuses it: something between here and the admin API may remove the Authorization header, or the admin API requires something else of the token.")
	default:
		stop(exam.Undetermined, because.Or("Whether the token was revoked, or its session ended, or its client or account was switched off: a new token of the same caller, or an admin's login, would show which."), "The token has not expired, yet it is refused (401): it was revoked, its session has ended, or the Authorization header does not reach Keycloak. Try the same call with a new token.")
	}
	return nil
}

// newTokenDecides makes the call with a new token of the same caller: where it is let in, the old one alone was refused.
func newTokenDecides(ctx context.Context, x *exam.Examination, decided func(passes bool)) (bool, error) {
	t, header, err := ownToken(ctx, x, "is a new token refused as well?")
	if err != nil || t == nil || t.AuthorizedParty != x.Token.AuthorizedParty || t.Issuer != x.Token.Issuer {
		return false, err
	}
	r := x.InPlace(keycloak.Request{Purpose: msg.New("the same call with a new token"), Method: x.Method, Path: x.Path, Authorization: header, AnyType: true})
	reply, err := x.Server.Send(ctx, r)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return false, nil //nolint:nilerr // this one is only to learn more
	}
	x.Observed(exam.OnWire, "The same call with a new token answered %s.", answer.Words(&reply))
	decided(reply.Exchange.Status != http.StatusUnauthorized)
	return true, nil
}

// sessionEnded reports whether an admin sees that the session of a person's token is not there any more.
func sessionEnded(ctx context.Context, x *exam.Examination) (bool, error) {
	sid, _ := x.Token.Claims["sid"].(string)
	scope, _ := x.Token.Claims["scope"].(string)
	if x.Admin == nil || sid == "" || x.View.Account == nil || slices.Contains(strings.Fields(scope), "offline_access") {
		return false, nil
	}
	body, _, err := x.Admin.Send(ctx, msg.New("does the session of the token still exist?"), http.MethodGet, x.Home(), "/users/"+url.PathEscape(x.View.Account.ID)+"/sessions", nil)
	if err != nil {
		return false, x.NoteForbidden(err, "Which sessions the account has")
	}
	var sessions []struct{ ID string }
	if json.Unmarshal(body, &sessions) != nil || slices.ContainsFunc(sessions, func(s struct{ ID string }) bool { return s.ID == sid }) {
		return false, nil //nolint:nilerr // what cannot be read shows nothing
	}
	x.Observed(exam.AtServer, "The session of the token is not among those of %s: it has ended.", x.View.Account.Username)
	return true, nil
}

// accepted asks whether Keycloak accepts the token where it asks for no audience.
func accepted(ctx context.Context, x *exam.Examination) (audience.Liveness, error) {
	if x.Audience.Alive != audience.LivenessUnseen {
		return x.Audience.Alive, nil
	}
	look := audience.Look{Server: x.Server, Realm: x.Home(), Header: x.Authorization, Notes: exam.Notes{X: x}}
	alive, err := look.AcceptedElsewhere(ctx)
	x.Audience.Alive = alive
	return alive, err
}
