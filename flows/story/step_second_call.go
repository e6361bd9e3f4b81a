package story

import (
	"context"
	"net/http"

	"fix403/flows/problem"
	"fix403/flows/roles"
	"fix403/flows/script"
	"fix403/flows/story/guess"
	"fix403/flows/story/rights"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// OldToken says what the old token got after the grant, and what that shows.
func OldToken(s *State) msg.Message {
	switch s.RolesDecided {
	case DecidedInToken:
		return msg.New("The old token still gets 403: this server goes by the roles in the token. The new token passes.")
	case DecidedAtRequest:
		return msg.New("Both pass. The old token too, without the role in it: this server looks up the roles at each call.")
	case DecidedAtRequestNoRole:
		return msg.New("Both pass. The old token carries no role claims at all, so the server looked up the roles.")
	}
	return together(s.oldTokenUseless(), msg.New("The new token passes."))
}

// oldTokenShort is the same in one short sentence.
func oldTokenShort(s *State) msg.Message {
	switch s.RolesDecided {
	case DecidedInToken:
		return msg.New("The old token still gets 403: it was issued without the role.")
	case DecidedAtRequest, DecidedAtRequestNoRole:
		return msg.New("The old token passes: this server looks up roles at each call.")
	}
	return msg.New("The old token gets %d: it is no longer accepted.", s.OldTokenCall.Exchange.Status)
}

func lastCaption(s *State) msg.Message {
	if s.AudienceCall != nil {
		return msg.New("From 401 to 403 with one client scope, and from 403 to 200 with one role.")
	}
	return msg.New("From 403 to 200, with one role and nothing else.")
}

func removedSentence(s *State) msg.Message {
	switch {
	case !Leftovers(s).Empty():
		return msg.New("Still on the server: %s.", Leftovers(s))
	case len(s.Created) > 0:
		return msg.New("Everything created for it has been removed.")
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
		ID: StepSecondCall, place: 70, Title: "The same call again",
		Goal:   "The same request is made again: with the old token, and with a new one.",
		Why:    "The account holds the role now. Whether the old token is enough shows where this server reads roles from.",
		Action: "Make the call again",
		Questions: []Question{
			{
				Ask:     "First the old token, issued before the grant. What does the server answer now?",
				Choices: guess.Statuses(),
				Wrong:   guess.OldToken,
				answer:  func(s *State) int { return statusChoice(s.OldTokenCall) },
			},
			{
				Ask:     "And the same request with a new token?",
				Choices: guess.Statuses(),
				Wrong:   guess.NewToken,
				answer:  func(s *State) int { return statusChoice(s.SecondCall) },
			},
		},
		do: doSecondCall, check: checkSecondCall, look: lookSecondCall,
		explain: explainSecondCall,
		forget:  func(_ *Story, st *State) { st.OldTokenCall, st.SecondCall, st.RolesDecided = nil, nil, "" },
		calls: func(st *State) []NamedCall {
			return append(named("The old token after the grant", st.OldTokenCall), named("A new token after the grant", st.SecondCall)...)
		},
		Manual: script.SecondCall,
		hints: [3]texts.Text{
			"The role is granted, but the old token was issued before that. Does a token change when a role is granted?",
			"A token shows what was true when it was issued. Whether the server goes by that or looks up roles at each call differs between versions: watch what the old token gets.",
			"Get a new token and send the same request: 200. The old one gets 403 where the roles in the token count, and 200 where the server looks them up at each call.",
		},
		moments: []Moment{
			{Step: StepSecondCall, Say: caption("The same call again: with the old token, then a new one."), Note: caption("First the old token once more, issued before the grant. Then a new one, with the same request. Which of them will pass?")},
			{Step: StepSecondCall, After: true, Call: oldTokenCall, Way: caption("The old token, the same call."), Say: oldTokenShort, Note: OldToken},
			{Step: StepSecondCall, After: true, Call: secondCall, Way: caption("A new token, the same call."), Say: caption("The new token passes."), Note: func(s *State) msg.Message {
				return msg.New("The new token compared with the first: the same client, the same realm. It holds %s.", rights.InToken(s.SecondCall.Token))
			}},
			{Step: StepSecondCall, After: true, Call: secondCall, Say: lastCaption, Note: removedSentence},
		},
	})
}

func doSecondCall(ctx context.Context, s *Story) (outcome, error) {
	old, err := s.call(ctx, msg.New("try the old token once more"), s.oldToken)
	if err != nil {
		return outcome{}, err
	}
	s.update(func(st *State) { st.OldTokenCall, st.RolesDecided = old, decided(old) })
	token, err := s.clientToken(ctx)
	if err != nil {
		return outcome{}, err
	}
	c, err := s.call(ctx, msg.New("the same call with a new token"), token)
	if err != nil {
		return outcome{}, err
	}
	s.update(func(st *State) { st.SecondCall = c })
	return outcome{done: msg.New("The old token got %d. The client got a new token and made the same call: %d.", old.Exchange.Status, c.Exchange.Status)}, nil
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
		return outcome{}, problem.CheckFailed("Check the exchange and the roles in the token.",
			"The second call got %d instead of 200. %s", c.Exchange.Status, c.Refusal.Explanation)
	}
	if first := st.FirstCall.Exchange; first.Method != c.Exchange.Method || first.URL != c.Exchange.URL {
		return outcome{}, problem.CheckFailed("", "The second call was not the same request as the first.")
	}
	return outcome{checked: msg.New("200 OK: the same request passed; the new token holds %s.", rights.InToken(c.Token))}, nil
}

// OldTokenMeans says what the old token got after the grant, and what that shows.
func OldTokenMeans(s *State) msg.Message {
	switch s.RolesDecided {
	case DecidedInToken:
		return msg.New("The old token still got 403: a token shows which roles its bearer had when it was issued, and this server went by that. After a grant, get a new token.")
	case DecidedAtRequest:
		refused, _ := roles.OldTokenMeasured()
		return msg.New("The old token passed at once, though the role is not in it: this server looks up the roles at each call. Versions %s do not: there a grant needs a new token (measured).", refused)
	case DecidedAtRequestNoRole:
		return msg.New("The old token passed at once. It carried no role claims at all, so it is unknown whether the server looks up roles at each call or only for such tokens (versions %s do the latter, measured).", roles.LiveWithoutClaims())
	}
	return s.oldTokenUseless()
}

func explainSecondCall(s *State) msg.Message {
	return together(OldTokenMeans(s), msg.New("The new token holds %s, and the same request got 200. Nothing else was changed: the cause was the role.", rights.InToken(s.SecondCall.Token)))
}

// oldTokenUseless says why the old token shows nothing about roles.
func (s *State) oldTokenUseless() msg.Message {
	c := s.OldTokenCall
	if expires := c.Token.ExpiresAt; !expires.IsZero() && !c.Exchange.Started.Before(expires) {
		return msg.New("The old token got %d: it has expired, and so it shows nothing about roles.", c.Exchange.Status)
	}
	return msg.New("The old token got %d: it was not accepted, and so it shows nothing about roles.", c.Exchange.Status)
}

func lookSecondCall(ctx context.Context, s *Story) (outcome, error) {
	if o, err := doSecondCall(ctx, s); err != nil {
		return outcome{notes: o.notes}, err
	}
	o, err := checkSecondCall(ctx, s)
	o.done = msg.New("fix403 made the same calls with its old token and a new one: calls made by hand leave no trace on the server.")
	return o, err
}
