package flows

import (
	"strings"
	"time"

	"fix403/flows/texts"
)

// Moment is a still of the demo: a step before or after it was done, what of it to look at, and what to say meanwhile.
type Moment struct {
	Step  StepID
	After bool // the step is done
	Token bool // look at the token
	// Say returns the caption: one or two sentences, from what was seen so far.
	Say func(State) string
}

// DemoSeed is the [Options.IDSeed] of a demo, so that a recording can be made again.
const DemoSeed = "demo"

// Words a minute of somebody who explains to an audience, and what a look at a new picture takes.
const (
	wordsPerMinute = 150
	firstLook      = 2 * time.Second
)

// Pace is how long a caption stays at speaking pace.
func Pace(caption string) time.Duration {
	return firstLook + time.Duration(len(strings.Fields(caption)))*time.Minute/wordsPerMinute
}

func says(text texts.Text) func(State) string { return func(State) string { return texts.T(text) } }

// Moments are the demo in order. The last one comes after what was created has been removed.
func Moments() []Moment { return moments }

var moments = []Moment{
	{Step: StepConnect, Say: says("A program with perfectly good credentials asks Keycloak for a user, and gets 403. We build that case from nothing. First an admin logs in.")},
	{Step: StepConnect, After: true, Say: says("The admin got a token, and every call carries it. A call without one is stopped with 401: who are you?")},
	{Step: StepRealm, Say: says("Now a realm for the story. A realm is a world apart: nothing else on this server is touched.")},
	{Step: StepRealm, After: true, Say: says("The realm is there, enabled. That has to be said when it is created: left out, it would be disabled.")},
	{Step: StepClient, Say: says("A program that calls the admin API is a client. It gets a secret to prove who it is, and a service account: a user of its own, which can be given roles.")},
	{Step: StepClient, After: true, Say: says("The client is there, with its secret. Remember one thing: nobody has given it a role.")},
	{Step: StepUser, Say: func(s State) string {
		return texts.T("And a user to ask about: %s. He never logs in, he is only looked up.", s.Params.Username)
	}},
	{Step: StepUser, After: true, Say: says("The server made an id for the user. The call needs this id, not the name.")},
	{Step: StepFirstCall, Say: says("Now the call that all this is about. The token will be genuine and fresh. What will the server answer: 200, 401 or 403?")},
	{Step: StepFirstCall, After: true, Say: says("403. It is not 401: the token passed the gate of identity. It was stopped at the gate of roles. I know who you are, and you may not.")},
	{Step: StepFirstCall, After: true, Token: true, Say: func(s State) string {
		return texts.T("Look into the token. It is signed, valid, and of this realm. It holds %s, and those are the roles that open the admin API.", roleCount(s.FirstCall.Token))
	}},
	{Step: StepGrant, Say: says("So one role is missing: view-users, the smallest that reads a user. It goes to the service account, not to the user who is read.")},
	{Step: StepGrant, After: true, Say: func(s State) string {
		return texts.T("One role was given, and %d are in effect: view-users is composite. realm-admin would have worked too, and would allow far more.", len(s.EffectiveRoles))
	}},
	{Step: StepSecondCall, Say: says("First the old token once more, issued before the grant. Then a new one, with the same request. Which of them will pass?")},
	{Step: StepSecondCall, After: true, Say: sayOldToken},
	{Step: StepSecondCall, After: true, Token: true, Say: func(s State) string {
		return texts.T("The new token, held against the first: the same client, the same realm. It holds %s.", roleCount(s.SecondCall.Token))
	}},
	{Step: StepSecondCall, After: true, Say: func(s State) string {
		return texts.T("From 403 to 200, with one role and nothing else.") + " " + removedSentence(s)
	}},
}

func sayOldToken(s State) string {
	switch s.RolesDecided {
	case DecidedInToken:
		return texts.T("The old token still gets 403: this server goes by the roles that stand in a token. The new token passes.")
	case DecidedAtRequest:
		return texts.T("Both pass. The old token too, without the role in it: this server looks up the roles at each call.")
	case DecidedAtRequestNoRole:
		return texts.T("Both pass. The old token carries no role claims at all, so the server looked up the roles.")
	}
	return texts.T("The old token got %d: it is no longer valid. The new token passes.", s.OldTokenCall.Exchange.Status)
}

func removedSentence(s State) string {
	switch {
	case Kept(s) != "":
		return texts.T("Still on the server: %s.", Kept(s))
	case len(s.Created) > 0:
		return texts.T("What was created for it has been removed again.")
	}
	return texts.T("Nothing was created for it.")
}
