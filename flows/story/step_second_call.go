package story

import (
	"context"
	"net/http"

	"fix403/flows/gate"
	"fix403/flows/problem"
	"fix403/flows/roles"
	"fix403/flows/script"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

func oldTokenCaption(s State) msg.Message {
	switch s.RolesDecided {
	case DecidedInToken:
		return msg.New("The old token still gets 403: this server goes by the roles that stand in a token. The new token passes.")
	case DecidedAtRequest:
		return msg.New("Both pass. The old token too, without the role in it: this server looks up the roles at each call.")
	case DecidedAtRequestNoRole:
		return msg.New("Both pass. The old token carries no role claims at all, so the server looked up the roles.")
	}
	return msg.New("The old token got %d: it is no longer valid. The new token passes.", s.OldTokenCall.Exchange.Status)
}

func removedSentence(s State) msg.Message {
	switch {
	case !Leftovers(s).Empty():
		return msg.New("Still on the server: %s.", Leftovers(s))
	case len(s.Created) > 0:
		return msg.New("What was created for it has been removed again.")
	}
	return msg.New("Nothing was created for it.")
}

// What the old token showed after the grant: where this server reads roles from (FACTS, section 14).
const (
	DecidedInToken         = "in-token"                  // the old token still gets 403
	DecidedAtRequest       = "at-request"                // it passes, though the role is not in it
	DecidedAtRequestNoRole = "at-request-without-claims" // it passes, but it carries no role claim at all: [roles.LiveWithoutClaims] would look the same
)

// StepSecondCall makes the call that passes.
const StepSecondCall StepID = "second-call"

func init() {
	add(&Step{
		ID: StepSecondCall, place: 70, Title: "The same call passes",
		Goal:   "The same request, with a new token, is answered with 200 and the user.",
		Why:    "First the old token once more, unchanged, to see where this server reads roles from. Then a new token, and exactly the request that failed.",
		Action: "Make the call again",
		Questions: []Question{
			{
				Ask:     "First the OLD token, issued before the role was given. What will the server answer now?",
				Choices: []texts.Text{"200 and the user", "401 Unauthorized", "403 Forbidden"},
				answer:  func(s State) int { return statusChoice(s.OldTokenCall) },
			},
			{
				Ask:     "And the same request with a NEW token?",
				Choices: []texts.Text{"200 and the user", "401 Unauthorized", "403 Forbidden"},
				answer:  func(s State) int { return statusChoice(s.SecondCall) },
			},
		},
		do: doSecondCall, check: checkSecondCall, look: lookSecondCall,
		explain: explainSecondCall,
		forget:  func(_ *Story, st *State) { st.OldTokenCall, st.SecondCall, st.RolesDecided = nil, nil, "" },
		calls: func(st State) []NamedCall {
			return append(named("The old token after the grant", st.OldTokenCall), named("A new token after the grant", st.SecondCall)...)
		},
		Manual: script.SecondCall,
		hints: [3]texts.Text{
			"The role is given, but the old token was issued before that. Does a token change when a role is given?",
			"A token says what was true when it was issued. Whether the server goes by that or looks roles up at each call differs between versions: look at what the old token gets.",
			"Get a new token and send the same request: 200. The old one gets 403 where the roles in the token count, and 200 where the server looks them up at each call.",
		},
		moments: []Moment{
			{Step: StepSecondCall, Say: caption("First the old token once more, issued before the grant. Then a new one, with the same request. Which of them will pass?")},
			{Step: StepSecondCall, After: true, Say: oldTokenCaption},
			{Step: StepSecondCall, After: true, Token: true, Say: func(s State) msg.Message {
				return msg.New("The new token, held against the first: the same client, the same realm. It holds %s.", roleCount(s.SecondCall.Token))
			}},
			{Step: StepSecondCall, After: true, Say: func(s State) msg.Message {
				last := msg.New("From 403 to 200, with one role and nothing else.")
				if s.AudienceCall != nil {
					last = msg.New("From 401 to 403 with one client scope, and from 403 to 200 with one role.")
				}
				return together(last, removedSentence(s))
			}},
		},
	})
}

func doSecondCall(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	old, err := s.server().GetUser(ctx, msg.New("try the OLD token once more"), s.oldToken.Secret, st.Params.Realm, st.User.ID)
	if err != nil {
		return outcome{}, err
	}
	oldCall := &Call{Exchange: old, Token: s.oldToken.Token, Refusal: gate.Classify(old)}
	s.update(func(st *State) { st.OldTokenCall, st.RolesDecided = oldCall, decided(oldCall) })
	token, err := s.server().ClientToken(ctx, st.Params.Realm, st.Params.ClientID, s.ClientSecret())
	if err != nil {
		return outcome{}, err
	}
	s.token = token
	e, err := s.server().GetUser(ctx, msg.New("the same call with a new token"), token.Secret, st.Params.Realm, st.User.ID)
	if err != nil {
		return outcome{}, err
	}
	s.update(func(st *State) { st.SecondCall = &Call{Exchange: e, Token: token.Token, Refusal: gate.Classify(e)} })
	return outcome{done: msg.New("The old token got %d. The client got a new token and made the same call: %d.", old.Status, e.Status)}, nil
}

// decided names what the old token's answer shows; "" when it shows nothing, as after it has expired.
func decided(c *Call) string {
	switch {
	case c.Exchange.Status == http.StatusForbidden:
		return DecidedInToken
	case c.Exchange.Status != http.StatusOK:
		return ""
	case !c.Token.HasRoleClaims:
		return DecidedAtRequestNoRole
	default:
		return DecidedAtRequest
	}
}

func checkSecondCall(_ context.Context, s *Story) (outcome, error) {
	st := s.Current()
	c := st.SecondCall
	if c == nil {
		return outcome{}, problem.CheckFailed("Make it.", "The call has not been made.")
	}
	if c.Exchange.Status != http.StatusOK {
		return outcome{}, problem.CheckFailed("Look at the exchange and at the roles in the token.",
			"The second call was answered with %d, where the story says 200. %s", c.Exchange.Status, c.Refusal.Explanation)
	}
	if first := st.FirstCall.Exchange; first.Method != c.Exchange.Method || first.URL != c.Exchange.URL {
		return outcome{}, problem.CheckFailed("", "The second call was not the same request as the first.")
	}
	return outcome{checked: msg.New("200 OK: the same request passed; the new token holds %s.", roleCount(c.Token))}, nil
}

func explainSecondCall(s State) msg.Message {
	var old msg.Message
	switch s.RolesDecided {
	case DecidedInToken:
		old = msg.New("The old token still got 403: a token says which roles its bearer had when it was issued, and this server went by that. After a grant, get a new token.")
	case DecidedAtRequest:
		refused, _ := roles.OldTokenMeasured()
		old = msg.New("The old token passed at once, though the role is not in it: this server looks up the roles at each call. Versions %s do not: there a grant needs a new token (measured).", refused)
	case DecidedAtRequestNoRole:
		old = msg.New("The old token passed at once. It carried no role claims at all, so this does not tell whether the server looks up roles at each call or only for such tokens (versions %s do the latter, measured).", roles.LiveWithoutClaims())
	default:
		old = msg.New("The old token got %d: it is no longer valid, and so it shows nothing about roles.", s.OldTokenCall.Exchange.Status)
	}
	return together(old, msg.New("The new token holds %s, and the same request was answered with 200. Nothing else was changed: the cause was the role.", roleCount(s.SecondCall.Token)))
}

func lookSecondCall(ctx context.Context, s *Story) (outcome, error) {
	if o, err := doSecondCall(ctx, s); err != nil {
		return outcome{notes: o.notes}, err
	}
	o, err := checkSecondCall(ctx, s)
	o.done = msg.New("fix403 made the same calls with its old token and a new one: calls made by hand leave nothing on the server to look at.")
	return o, err
}
