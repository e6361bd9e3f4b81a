package story

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"fix403/flows/change"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/script"
	"fix403/flows/story/guess"
	"fix403/flows/story/made"
	"fix403/flows/story/rights"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// StepFirstCall makes the call that is refused.
const StepFirstCall StepID = "first-call"

func init() {
	add(&Step{
		ID: StepFirstCall, place: 50, Title: "The call",
		Goal:   "The client asks for one user: with no token, with a damaged one, and with a good one.",
		Why:    "The client logs in with its secret and gets a good token. With it, it asks for one user.",
		Action: "Make the calls",
		Questions: []Question{{
			Ask:     "The token is genuine and fresh. What does the server answer?",
			Choices: guess.Statuses(),
			Wrong:   guess.FirstCall,
			answer: func(s *State) int {
				if s.AudienceCall != nil {
					return statusChoice(s.AudienceCall)
				}
				return statusChoice(s.FirstCall)
			},
		}},
		do: doFirstCall, check: checkFirstCall, look: lookFirstCall,
		explain: explainFirstCall,
		forget: func(_ *Story, st *State) {
			st.NoTokenCall, st.DamagedCall, st.AudienceCall, st.FirstCall, st.ScopeAssigned = nil, nil, nil, nil, ""
		},
		calls: func(st *State) []NamedCall {
			return slices.Concat(named("Without a token", st.NoTokenCall), named("With a damaged token", st.DamagedCall),
				named("Before the client scope", st.AudienceCall), named("Before the grant", st.FirstCall))
		},
		undo: undoScope, leaves: scopeLeft, goneWith: scopeGoneWith,
		undoable: func(st *State) bool { return st.ScopeOn != "" },
		peek:     hasScope, halfway: (*State).Halfway, action: "Assign the client scope, then call",
		Manual: script.FirstCall,
		hints: [3]texts.Text{
			"The server knows the client: its token is genuine. Does being recognised mean being allowed?",
			"Look at the token (the token pane, or the word token): which roles of realm-management does it hold?",
			"It holds none, so the call gets 403. 401 would mean that the token itself was not accepted.",
		},
		otherHints: audienceHints,
		moments: []Moment{
			{Step: StepFirstCall, Say: func(s *State) msg.Message {
				return msg.New("The client asks for %s, three times. Guess each: 200, 401 or 403?", s.Params.Username)
			}, Note: caption("One request, sent three times: with no token, with a damaged one, and with a good one. Let the audience guess each answer: 200, 401 or 403.")},
			stranger(func(s *State) *Call { return s.NoTokenCall }, "No token.", "I don't know who you are.",
				"401. Without a token, Keycloak cannot know who is calling. The call stops at the gate of identity, and no role would help."),
			stranger(func(s *State) *Call { return s.DamagedCall }, "A damaged token, the same call.", "A broken signature: I still don't know who you are.",
				"401 again, at the same gate. One character of the signature was changed, so the token proves nothing. It does not matter which roles it holds."),
			{
				Step: StepFirstCall, After: true, Call: func(s *State) *Call { return s.AudienceCall }, only: func(s *State) bool { return s.AudienceCall != nil },
				Way: caption("A good token, the same call."), Say: caption("A genuine token, but not one for the admin API."), Note: audienceCaption,
			},
			{Step: StepFirstCall, After: true, Call: firstCall, Way: caption("A good token, the same call."), Say: caption("I know who you are, and you may not."), Note: refusedCaption},
			{Step: StepFirstCall, After: true, Call: firstCall, Say: func(s *State) msg.Message {
				return msg.New("The token is genuine. It holds %s.", rights.InToken(s.FirstCall.Token))
			}, Note: func(s *State) msg.Message {
				return msg.New("Look into the token. It is signed, valid, and of this realm. It holds %s, and those are the roles that open the admin API.", rights.InToken(s.FirstCall.Token))
			}},
		},
	})
}

func doFirstCall(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	if st.Halfway() {
		return s.pastAudience(ctx)
	}
	var notes []msg.Message
	if !st.Client.Created || s.resumed || st.FirstCall != nil && st.FirstCall.Exchange.Status == http.StatusOK {
		note, err := s.takeRoleBack(ctx)
		if err != nil {
			return outcome{}, err
		}
		if !note.Empty() {
			notes = append(notes, note)
		}
	}
	call, err := s.callUser(ctx, msg.New("read the user with the good token"), s.strangers)
	if err != nil {
		return outcome{notes: notes}, err
	}
	switch met, err := s.meetAudience(ctx, call); {
	case err != nil:
		return outcome{notes: notes}, err
	case !met:
		s.update(func(st *State) { st.FirstCall = call })
		return outcome{done: callsMade(s.Current(), call), notes: notes}, nil
	case s.options.InParts:
		return outcome{done: callsMade(s.Current(), call), notes: notes, halfway: true}, nil
	}
	o, err := s.pastAudience(ctx)
	o.notes = append(notes, o.notes...)
	return o, err
}

// callUser gets a token of the client and makes the call with it; what comes before the call is done with the token at hand.
func (s *Story) callUser(ctx context.Context, purpose msg.Message, before ...func(context.Context) error) (*Call, error) {
	token, err := s.clientToken(ctx)
	if err != nil {
		return nil, err
	}
	s.oldToken = token
	for _, f := range before {
		if err := f(ctx); err != nil {
			return nil, err
		}
	}
	return s.call(ctx, purpose, token)
}

// strangers makes the call without a token, and with one whose signature is damaged. Whatever answers is shown: a proxy in front
// of the server may.
func (s *Story) strangers(ctx context.Context) error {
	none, err := s.call(ctx, msg.New("read the user without a token"), &keycloak.IssuedToken{})
	if none == nil {
		return err
	}
	damaged, err := s.call(ctx, msg.New("read the user with a damaged token"), &keycloak.IssuedToken{Secret: keycloak.Damaged(s.token.Secret)})
	if damaged == nil {
		return err
	}
	s.update(func(st *State) { st.NoTokenCall, st.DamagedCall = none, damaged })
	return nil
}

// clientToken gets a token of the client.
func (s *Story) clientToken(ctx context.Context) (*keycloak.IssuedToken, error) {
	st := s.Current()
	token, err := s.server().ClientToken(ctx, st.Params.Realm, st.Params.ClientID, s.ClientSecret())
	if err == nil {
		s.token = token
	}
	return token, err
}

// call asks for the user with a token. With an error there is a call, too, where something answered.
func (s *Story) call(ctx context.Context, purpose msg.Message, token *keycloak.IssuedToken) (*Call, error) {
	st := s.Current()
	e, err := s.server().GetUser(ctx, purpose, token.Secret, st.Params.Realm, st.User.ID)
	if e.Status == 0 {
		return nil, cmp.Or(err, problem.Canceled(ctx))
	}
	return &Call{Exchange: e, Token: token.Token, Refusal: gate.Classify(e)}, err
}

// callsMade says how the calls were answered.
func callsMade(st *State, good *Call) msg.Message {
	return msg.New("Asked for the user three times. No token: %d. A damaged token: %d. A good token: %d.", st.NoTokenCall.Exchange.Status, st.DamagedCall.Exchange.Status, good.Exchange.Status)
}

// takeRoleBack makes a client of an earlier run fail again. What comes through a group or another role cannot be taken
// back here, and ends the story.
func (s *Story) takeRoleBack(ctx context.Context) (msg.Message, error) {
	st := s.Current()
	account, held, err := s.heldRoles(ctx, st.Client.ID)
	if err != nil || !held.Has(params.TheRole) {
		return msg.Message{}, err
	}
	if slices.Contains(held.Direct, params.TheRole) {
		gone := s.roleGone(account.ID)
		if err := s.admin().Revoke(ctx, st.Params.Realm, account.ID, s.rmID, s.role); err != nil {
			return msg.Message{}, err
		}
		if err := gone(); err != nil {
			return msg.Message{}, err
		}
		effective, err := s.admin().EffectiveRoles(ctx, st.Params.Realm, account.ID, s.rmID)
		if err != nil {
			return msg.Message{}, err
		}
		held.Effective = rights.Names(effective)
	}
	if held.Has(params.TheRole) {
		return msg.Message{}, problem.Refused("already-has-role", "Remove the realm with fix403 down and start again, or choose another client id (--client-id).",
			"The client's service account has %s through another role or a group (it has %s in effect): the call would not fail.", params.TheRole, texts.List(held.Effective))
	}
	return msg.New("The client still had the role %s from an earlier run: it was revoked, so that the first call fails again.", params.TheRole), nil
}

func checkFirstCall(_ context.Context, s *Story) (outcome, error) {
	st := s.Current()
	c := st.FirstCall
	if c == nil {
		return outcome{}, problem.CheckFailed("Make it.", "The call has not been made.")
	}
	if c.Exchange.Status == http.StatusOK {
		return outcome{}, problem.CheckFailed("Make the call again from here: the role is revoked first, so that the call fails as in the story.",
			"The first call got 200 instead of 403: the client has a role that allows it already.")
	}
	if c.Exchange.Status == http.StatusUnauthorized {
		return outcome{}, unknownCaller(st.AudienceCall != nil, c)
	}
	if c.Exchange.Status != http.StatusForbidden {
		return outcome{}, problem.CheckFailed("Check the exchange: something on this server differs from a fresh Keycloak.",
			"The first call got %d instead of 403. %s", c.Exchange.Status, c.Refusal.Explanation)
	}
	if st.AudienceCall != nil {
		return outcome{checked: msg.New("401 Unauthorized before the client scope %s was assigned. With it, 403 Forbidden: the new token is accepted, and holds %s.", keycloak.AdminAPIScope, rights.InToken(c.Token))}, nil
	}
	return outcome{checked: msg.New("403 Forbidden: the token is accepted, and holds %s.", rights.InToken(c.Token))}, nil
}

// unknownCaller is the error of a call that was answered with 401 though its token is fresh.
func unknownCaller(assigned bool, c *Call) error {
	if assigned {
		return problem.CheckFailed("Check the exchange, and the mappers of the client scope.",
			"The client has the client scope %s, yet the call with a new token still got 401. The audience of that token is %s.", keycloak.AdminAPIScope, texts.List(c.Token.Audience))
	}
	return problem.CheckFailed("Check the exchange: does something in front of the server change the Authorization header or the host name?",
		"The first call got 401 instead of 403, although this server issued the token a moment ago. Its audience is %s; nothing shows that the server requires the admin API there.", texts.List(c.Token.Audience))
}

func explainFirstCall(s *State) msg.Message {
	if s.AudienceCall != nil {
		return msg.New("Two walls. 401 was the gate of identity: the token is genuine, but its audience (aud) does not name the admin API, and this server requires it. Keycloak documents this check for %s and later. The client scope %s adds the audience; no role would have helped. With a new token the call gets 403: \"I know who you are, and you may not\", the gate of roles. The service account holds no role of realm-management, and so the token has %s.",
			keycloak.AdminAPIScopeSince, keycloak.AdminAPIScope, rights.InToken(s.FirstCall.Token))
	}
	return msg.New("401 means \"I don't know who you are\": the gate of identity, where no role helps. 403 means \"I know who you are, and you may not\": the token is accepted, and the call stops at the gate of roles. A new secret or another grant type changes nothing. The service account holds no role of realm-management, and so the token has %s.",
		rights.InToken(s.FirstCall.Token))
}

// lookFirstCall makes the call itself: one made by hand leaves nothing on the server. Unlike the step, it takes no role back.
// A call that was made stays as it was: by now the role may have been given.
func lookFirstCall(ctx context.Context, s *Story) (outcome, error) {
	if st := s.Current(); st.Results[StepFirstCall].Status == StatusPassed {
		o, err := checkFirstCall(ctx, s)
		o.done = st.Results[StepFirstCall].Done
		return o, err
	}
	call, err := s.callUser(ctx, msg.New("read the user with the good token"), s.strangers)
	if err != nil {
		return outcome{}, err
	}
	if met, err := s.meetAudience(ctx, call); met || err != nil {
		if met {
			s.update(func(st *State) { st.Results[StepFirstCall] = Result{Status: StatusOpen} })
			err = audienceMissing(call)
		}
		return outcome{}, err
	}
	s.update(func(st *State) {
		if st.FirstCall = call; st.AudienceCall != nil && len(call.Token.AdminAudience()) > 0 {
			st.ScopeAssigned = keycloak.AdminAPIScope // by hand
		}
	})
	o, err := checkFirstCall(ctx, s)
	o.done = msg.New("fix403 made the same call with its own token: a call made by hand leaves no trace on the server.")
	return o, err
}

// audienceHints are those for a server that shows that it asks for the audience.
func audienceHints(s *State) []texts.Text {
	if !s.AudienceShown && s.AudienceCall == nil {
		return nil
	}
	return []texts.Text{
		"The server knows the client: its token is genuine. But what is the token meant for? Its audience shows that.",
		"Look at the audience (aud) of the token, here and in the admin's: which of them names the admin API? And which roles of realm-management does it hold?",
		"401 first: the token is not meant for the admin API. The client scope kc-admin-api, as a default scope of the client, adds that audience to new tokens. Then 403: the token holds no role of realm-management.",
	}
}

// stranger is the moment of a call whose caller the server cannot know, with what is said on its way, then, and by a speaker.
func stranger(call func(*State) *Call, way, say, note texts.Text) Moment {
	return Moment{Step: StepFirstCall, After: true, Call: call, Way: caption(way), Note: caption(note), Say: func(s *State) msg.Message {
		if c := call(s); c != nil && c.Refusal.Gate != gate.Identity {
			return msg.New("Keycloak answers 401 here. This server answered %d.", c.Exchange.Status)
		}
		return msg.New(say)
	}}
}

func audienceCaption(s *State) msg.Message {
	return msg.New("401 first. The token is genuine, but its audience is %s, and this server accepts only tokens meant for the admin API. The client scope %s was assigned to the client, and a new token got further.", texts.List(s.AudienceCall.Token.Audience), keycloak.AdminAPIScope)
}

func refusedCaption(s *State) msg.Message {
	if s.AudienceCall != nil {
		return msg.New("403, the second wall. The new token passed the gate of identity and was stopped at the gate of roles: I know who you are, and you may not.")
	}
	return msg.New("403, and not 401: the token passed the gate of identity and was stopped at the gate of roles. I know who you are, and you may not.")
}

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
func (s *State) Halfway() bool { return s.AudienceCall != nil && s.FirstCall == nil }

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
		done: msg.New("The call got %d. The client got the client scope %s and a new token, and made the same call: %d.",
			st.AudienceCall.Exchange.Status, keycloak.AdminAPIScope, c.Exchange.Status),
		notes: []msg.Message{msg.New("This server requires the admin API in the audience of a token. The first token had %s there and got 401; to get a token with that audience, the client was assigned the client scope %s.",
			texts.List(st.AudienceCall.Token.Audience), keycloak.AdminAPIScope)},
	}, nil
}

// scopeChange is the change that assigns the client scope to the story's client.
func (s *Story) scopeChange(st *State, k kind.Kind) change.Change {
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
		return problem.CheckFailed("Check the realm's client scopes. If this one was removed, a fresh realm has it.",
			"This server requires the admin API in the audience of a token, and the realm %s has no client scope %s that this admin may see: a token with that audience is not available.", st.Params.Realm, keycloak.AdminAPIScope)
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
	return problem.Missing("Assign kc-admin-api to the client as a default client scope, here or by hand; then the call is repeated with a new token.",
		"The call got 401: the token is genuine, but not meant for the admin API. Its audience is %s.", texts.List(c.Token.Audience))
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
		err := made.ReadBack(c.Revert(ctx, s.admin()), there, func() {}, problem.CheckFailed("Check the server, and undo the step again.",
			"The server reported removing the client scope %s from the client %s, but the client still has it.", keycloak.AdminAPIScope, st.Params.ClientID))
		if err != nil {
			return msg.Message{}, err
		}
	}
	if err := s.options.Journal.RemovedWith(e, others); err != nil {
		return msg.Message{}, err
	}
	s.update(func(st *State) { st.ScopeTakenBack() })
	return msg.New("Removed the client scope %s from the client %s.", keycloak.AdminAPIScope, st.Params.ClientID), nil
}

// scopeLeft names the client scope of the client, while this run has it assigned.
func scopeLeft(st *State) msg.Message {
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
