package story

import (
	"context"
	"net/http"
	"slices"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/script"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// StepFirstCall makes the call that is refused.
const StepFirstCall StepID = "first-call"

func init() {
	add(&Step{
		ID: StepFirstCall, place: 50, Title: "The call that fails",
		Goal:   "The client calls GET users/{id} with a good token, and is refused.",
		Why:    "This is the wall. The client gets a token by the client credentials grant: the server knows it. Then it asks for a user.",
		Action: "Make the call",
		Questions: []Question{{
			Ask:     "The client's token is genuine and fresh. What will the server answer?",
			Choices: []texts.Text{"200 and the user", "401 Unauthorized", "403 Forbidden"},
			answer:  func(s State) int { return statusChoice(s.FirstCall) },
		}},
		do: doFirstCall, check: checkFirstCall, look: lookFirstCall,
		explain: explainFirstCall,
		forget:  func(_ *Story, st *State) { st.FirstCall = nil },
		calls:   func(st State) []NamedCall { return named("Before the grant", st.FirstCall) },
		Manual:  script.FirstCall,
		hints: [3]texts.Text{
			"The server knows the client: its token is genuine. Is knowing who calls the same as letting him?",
			"Look at the token (the token pane, or the word token): which roles of realm-management does it hold?",
			"It holds none, so the call is answered with 403. 401 would mean that the token itself was not accepted.",
		},
		moments: []Moment{
			{Step: StepFirstCall, Say: caption("Now the call that all this is about. The token will be genuine and fresh. What will the server answer: 200, 401 or 403?")},
			{Step: StepFirstCall, After: true, Say: caption("403. It is not 401: the token passed the gate of identity. It was stopped at the gate of roles. I know who you are, and you may not.")},
			{Step: StepFirstCall, After: true, Token: true, Say: func(s State) msg.Message {
				return msg.New("Look into the token. It is signed, valid, and of this realm. It holds %s, and those are the roles that open the admin API.", roleCount(s.FirstCall.Token))
			}},
		},
	})
}

func doFirstCall(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
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
	status, err := s.firstCall(ctx)
	if err != nil {
		return outcome{notes: notes}, err
	}
	return outcome{done: msg.New("The client got a token and called GET users/{id}: %d.", status), notes: notes}, nil
}

// firstCall makes the call and returns its status.
func (s *Story) firstCall(ctx context.Context) (int, error) {
	st := s.Current()
	token, err := s.server().ClientToken(ctx, st.Params.Realm, st.Params.ClientID, s.ClientSecret())
	if err != nil {
		return 0, err
	}
	s.token, s.oldToken = token, token
	e, err := s.server().GetUser(ctx, msg.New("read the user with the client's token"), token.Secret, st.Params.Realm, st.User.ID)
	if err != nil {
		return 0, err
	}
	s.update(func(st *State) { st.FirstCall = &Call{Exchange: e, Token: token.Token, Refusal: gate.Classify(e)} })
	return e.Status, nil
}

// takeRoleBack makes a client of an earlier run fail again. What comes through a group or another role cannot be taken
// back here, and ends the story.
func (s *Story) takeRoleBack(ctx context.Context) (msg.Message, error) {
	st := s.Current()
	held, err := s.heldRoles(ctx, st.Client.ID)
	if err != nil || !held.has(params.TheRole) {
		return msg.Message{}, err
	}
	if slices.Contains(names(held.direct), params.TheRole) {
		gone := s.roleGone(held.account.ID)
		if err := s.admin().Revoke(ctx, st.Params.Realm, held.account.ID, s.rmID, s.role); err != nil {
			return msg.Message{}, err
		}
		if err := gone(); err != nil {
			return msg.Message{}, err
		}
		if held.effective, err = s.admin().EffectiveRoles(ctx, st.Params.Realm, held.account.ID, s.rmID); err != nil {
			return msg.Message{}, err
		}
	}
	if held.has(params.TheRole) {
		return msg.Message{}, problem.Refused("already-has-role", "Remove the realm with fix403 down and start again, or take another client id (--client-id).",
			"The client's service account has %s through another role or a group (it has %s in effect): the call would not fail.", params.TheRole, texts.List(names(held.effective)))
	}
	return msg.New("The client still had the role %s from an earlier run: it was taken back, so that the first call fails again.", params.TheRole), nil
}

func checkFirstCall(_ context.Context, s *Story) (outcome, error) {
	c := s.Current().FirstCall
	if c == nil {
		return outcome{}, problem.CheckFailed("Make it.", "The call has not been made.")
	}
	if c.Exchange.Status == http.StatusOK {
		return outcome{}, problem.CheckFailed("Make the call again from here: the role is taken back first, so that the call fails as in the story.",
			"The first call was answered with 200, where the story says 403: the client has a role that allows it already.")
	}
	if c.Exchange.Status != http.StatusForbidden {
		return outcome{}, problem.CheckFailed("Look at the exchange: something on this server is not as in a fresh Keycloak.",
			"The first call was answered with %d, where the story says 403. %s", c.Exchange.Status, c.Refusal.Explanation)
	}
	return outcome{checked: msg.New("403 Forbidden: the token is accepted, and holds %s.", roleCount(c.Token))}, nil
}

func explainFirstCall(s State) msg.Message {
	return msg.New("401 would mean \"I don't know who you are\": a stop at the gate of identity, where no role helps. This is 403, \"I know who you are, and you may not\": the token went through that gate and was stopped at the gate of roles. A new secret, a newer token or another grant type changes nothing. The service account holds no role of realm-management, and so the token has %s.",
		roleCount(s.FirstCall.Token))
}

// lookFirstCall makes the call itself: one made by hand leaves nothing on the server. Unlike the step, it takes no role back.
// A call that was made stays as it was: by now the role may have been given.
func lookFirstCall(ctx context.Context, s *Story) (outcome, error) {
	if st := s.Current(); st.Results[StepFirstCall].Status == StatusPassed {
		o, err := checkFirstCall(ctx, s)
		o.done = st.Results[StepFirstCall].Done
		return o, err
	}
	if _, err := s.firstCall(ctx); err != nil {
		return outcome{}, err
	}
	o, err := checkFirstCall(ctx, s)
	o.done = msg.New("fix403 made the same call, with a token of its own: a call made by hand leaves nothing on the server to look at.")
	return o, err
}
