package story

import (
	"context"

	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/flows/script"
	"fix403/flows/story/guess"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// StepUser creates the user that is read.
const StepUser StepID = "user"

func init() {
	add(&Step{
		ID: StepUser, place: 40, Title: "Create the user",
		Goal:   "A user exists for the client to look up.",
		Why:    "The call of this story reads one user. John needs no password: John never logs in; the client only looks up the account.",
		Action: "Create the user",
		Inputs: []Input{
			{Name: "username", Label: "Username", Help: "stored in lower case"},
			{Name: "email", Label: "Email", Help: "optional", Optional: true},
		},
		Questions: []Question{{
			Ask:     "Which user identifier goes in the URL?",
			Choices: []texts.Text{"the username", "the email address", "the id, a uuid that the server made"},
			Wrong:   guess.UserID,
			answer:  func(*State) int { return 2 },
		}},
		do: doUser, check: checkUser, undo: undoCreated(kind.User),
		explain: func(*State) msg.Message {
			return msg.New("The id came in the Location header of the 201. With the username in its place the same call finds nothing.")
		},
		creates: &creation{
			kind: kind.User, as: "the user %s", trustsID: true,
			name:  func(st *State) string { return st.Params.Username },
			found: func(st *State) kind.Found { return kind.Found{ID: st.User.ID, Marker: st.User.Marker} },
		},
		forget: func(_ *Story, st *State) { st.User = nil },
		Manual: script.User,
		hints: [3]texts.Text{
			"The call will read a user. Does that user have to be able to log in?",
			"In the Admin Console: Users. In the API: POST /admin/realms/{realm}/users. Look for the new id in a header of the response.",
			"POST …/users with username and enabled: true, without a password. The id is the last part of the Location header.",
		},
		moments: []Moment{
			{Step: StepUser, After: true, Say: func(s *State) msg.Message {
				return msg.New("And a user to ask for: %s.", s.Params.Username)
			}, Note: func(s *State) msg.Message {
				return together(msg.New("The user %s never logs in and is only looked up.", s.Params.Username),
					msg.New("The server made an id for the user. The call needs this id, not the name."))
			}},
		},
	})
}

func doUser(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	run := "" // in a realm of ours the user needs no mark: it goes with the realm
	if st.Realm.Marker == "" {
		run = st.RunID
	}
	u, err := s.admin().EnsureMarkedUser(ctx, st.Params.Realm, st.Params.Username, st.Params.Email, run, s.intent)
	if err != nil {
		return outcome{}, err
	}
	if u.Created {
		return outcome{done: msg.New("Created the user %s.", u.Username)}, nil
	}
	return s.adoptExisting(kind.User, u.Username, u.ID, u.Marker)
}

func checkUser(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	u, err := s.admin().FindUser(ctx, st.Params.Realm, st.Params.Username, st.Params.Email)
	if failure.KindOf(err) == failure.NotFound {
		return outcome{}, problem.NotThere(err)
	}
	if err != nil {
		return outcome{}, err
	}
	s.update(func(st *State) { st.User = u })
	return outcome{checked: msg.New("The server has the user %s with the id %s.", u.Username, u.ID), notes: made.DifferNotes(kind.User, u.Differs)}, nil
}
