package story

import (
	"context"
	"net/http"
	"slices"

	"fix403/flows/change"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// A server may ask whether a token is meant for its admin API. Then the first call meets two walls: 401, until the client scope
// of the admin API is assigned to the client, and then 403. It is seen in the answer, and never concluded from a version.

// asksForAudience reports whether a call was refused since its token is not meant for the admin API: the server issued the
// token a moment ago and answers 401, the token names no admin API, and the server shows that it knows of that audience.
func (s *Story) asksForAudience(ctx context.Context, c *Call) (bool, error) {
	if c.Exchange.Status != http.StatusUnauthorized || len(c.Token.AdminAudience()) > 0 {
		return false, nil
	}
	signs, err := s.admin().AudienceSigns(ctx, s.Current().Params.Realm)
	return err == nil && signs.Any(), err
}

// Halfway reports whether the first call met the wall of the audience, and was not made again since: the next thing to do
// is to assign the client scope.
func (s State) Halfway() bool { return s.AudienceCall != nil && s.FirstCall == nil }

// meetAudience keeps a call that was refused for its audience; it reports whether it was.
func (s *Story) meetAudience(ctx context.Context, c *Call) (bool, error) {
	asks, err := s.asksForAudience(ctx, c)
	if !asks {
		return false, err
	}
	c.Refusal = gate.NotMeant(c.Exchange, c.Token)
	s.update(func(st *State) { st.AudienceCall, st.FirstCall = c, nil })
	return true, nil
}

// pastAudience assigns the client scope and makes the call again with a new token.
func (s *Story) pastAudience(ctx context.Context) (outcome, error) {
	st := s.Current()
	if err := s.assign(ctx); err != nil {
		return outcome{}, err
	}
	c, err := s.callUser(ctx, msg.New("the same call, with a token that is meant for the admin API"))
	if err != nil {
		return outcome{}, err
	}
	s.update(func(st *State) { st.FirstCall = c })
	return outcome{
		done: msg.New("The call was answered with %d. The client got the client scope %s and a new token, and made the same call: %d.",
			st.AudienceCall.Exchange.Status, keycloak.AdminAPIScope, c.Exchange.Status),
		notes: []msg.Message{msg.New("This server wants the admin API in the audience of a token. The first token had %s there and was answered with 401; for a token with the audience, the client scope %s was assigned to the client.",
			texts.List(st.AudienceCall.Token.Audience), keycloak.AdminAPIScope)},
	}, nil
}

// scopeChange is the change that assigns the client scope to the story's client.
func (s *Story) scopeChange(st State, k kind.Kind) change.Change {
	names := storyNames(st)
	if s.options.Scratch {
		names = nil
	}
	return change.Change{Kind: journal.ChangeKind(k), Realm: st.Params.Realm, ClientID: st.Params.ClientID, Role: keycloak.AdminAPIScope}.InRun(st.RunID, names)
}

// assign makes the client scope a default one of the client, unless it is.
func (s *Story) assign(ctx context.Context) error {
	st := s.Current()
	client, err := s.admin().ReadClient(ctx, st.Params.Realm, st.Params.ClientID)
	if err != nil {
		return err
	}
	k := made.ScopeKind(slices.Contains(client.OptionalScopes, keycloak.AdminAPIScope))
	out, err := s.scopeChange(st, k).Make(ctx, s.admin(), s.options.Journal, s.conn.Server.URL())
	s.update(func(st *State) {
		if out == change.Made || out == change.WasThere {
			st.ScopeAssigned = keycloak.AdminAPIScope
		}
		st.Scoped(k, out, client.ID)
	})
	if out == change.NotMade && failure.KindOf(err) == failure.NotFound {
		return problem.CheckFailed("Look into the realm's client scopes. Where somebody removed this one, a fresh realm has it again.",
			"This server wants the admin API in the audience of a token, and the realm %s has no client scope %s that this admin may see: a token with that audience cannot be had.", st.Params.Realm, keycloak.AdminAPIScope)
	}
	return err
}

// hasScope reports whether the client has the client scope as a default one: what a person may have done by hand.
func hasScope(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	client, err := s.admin().ReadClient(ctx, st.Params.Realm, st.Params.ClientID)
	if err != nil {
		return outcome{}, err
	}
	if !slices.Contains(client.DefaultScopes, keycloak.AdminAPIScope) {
		return outcome{}, audienceMissing(st.AudienceCall)
	}
	return outcome{}, nil
}

// audienceMissing says that the call is not made again yet.
func audienceMissing(c *Call) error {
	return missing("Assign the client scope kc-admin-api to the client as a default one, here or by hand; then the call is made again with a new token.",
		"The call was answered with 401: the token is genuine, but not meant for the admin API. Its audience is %s.", texts.List(c.Token.Audience))
}

// undoScope takes the client scope from the client again, if this run assigned it.
func undoScope(ctx context.Context, s *Story) (msg.Message, error) {
	st := s.Current()
	k, assigned := st.Scope()
	if !assigned {
		return msg.Message{}, nil
	}
	e := s.entry(k, st.Params.Realm, keycloak.AdminAPIScope, "")
	e.Client = st.Params.ClientID
	others, err := s.options.Journal.Others(e)
	if err != nil {
		return msg.Message{}, err
	}
	c := s.scopeChange(st, k)
	there := func() (bool, error) {
		place, err := c.Undoable(ctx, s.admin())
		return place != nil, err
	}
	if was, err := there(); err != nil {
		return msg.Message{}, err
	} else if was {
		err := made.ReadBack(c.Revert(ctx, s.admin()), there, func() {}, problem.CheckFailed("Look at the server, and undo the step again.",
			"The server answered that it took the client scope %s from the client %s, but the client still has it.", keycloak.AdminAPIScope, st.Params.ClientID))
		if err != nil {
			return msg.Message{}, err
		}
	}
	if err := s.options.Journal.RemovedWith(e, others); err != nil {
		return msg.Message{}, err
	}
	s.update(func(st *State) { st.ScopeTakenBack() })
	return msg.New("Took the client scope %s from the client %s.", keycloak.AdminAPIScope, st.Params.ClientID), nil
}

// scopeLeft names the client scope of the client, while this run has it assigned.
func scopeLeft(st State) msg.Message {
	if st.ScopeOn == "" {
		return msg.Message{}
	}
	return msg.New("the client scope %s of the client %s", keycloak.AdminAPIScope, st.Params.ClientID)
}

// scopeGoneWith forgets the client scope with the client or the realm.
func scopeGoneWith(st *State, o made.Object) bool {
	gone := o.Kind == kind.Realm || o.Kind == kind.Client && o.Name == st.Params.ClientID
	if gone {
		st.ScopeGone()
	}
	return gone
}
