package story

import (
	"context"
	"slices"

	"fix403/flows/change"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/script"
	"fix403/flows/story/guess"
	"fix403/flows/story/made"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// StepClient creates the client that makes the calls.
const StepClient StepID = "client"

func init() {
	add(&Step{
		ID: StepClient, place: 30, Title: "Create the client",
		Goal:   "A program can log in by itself, as a client of the realm.",
		Why:    "A program that calls the admin API is a client. It needs something to prove who it is, and something that can hold roles.",
		Action: "Create the client",
		Inputs: []Input{
			{Name: "client-id", Label: "Client ID", Help: "the name; the server adds a uuid, which paths need"},
			{Name: "redirect-uris", Label: "Redirect URIs", Help: "optional: only a login in the browser needs them", Optional: true},
		},
		Questions: []Question{{
			Ask:     "Which setting gives the client something that roles can be assigned to?",
			Choices: []texts.Text{"client authentication", "service account roles", "direct access grants"},
			Wrong:   guess.Account,
			answer:  func(*State) int { return 1 },
		}},
		do: doClient, check: checkClient, undo: undoCreated(kind.Client),
		explain: func(s *State) msg.Message {
			return msg.New("The client has its secret, and a service account: the user %s. Its credentials are perfectly good. It holds no admin role yet.", change.ServiceAccountName(s.Params.ClientID))
		},
		creates: &creation{
			kind: kind.Client, as: "the client %s",
			name:  func(st *State) string { return st.Params.ClientID },
			found: func(st *State) kind.Found { return kind.Found{ID: st.Client.ID, Marker: st.Client.Marker} },
		},
		forget: func(s *Story, st *State) {
			st.Client, st.ServiceAccount, s.secret, s.token, s.oldToken = nil, nil, wire.Secret{}, nil, nil
		},
		Manual: script.Client,
		hints: [3]texts.Text{
			"A program has no browser and no user in front of it. What does it need to get a token on its own, and who is it then?",
			"Look at the client's Capability config: one setting gives it a secret, another a user of its own.",
			"POST /admin/realms/{realm}/clients with publicClient: false, for the secret, and serviceAccountsEnabled: true, for the service account.",
		},
		moments: []Moment{
			{Step: StepClient, After: true, Say: caption("A client, with a secret and a service account, but without a role."), Note: func(*State) msg.Message {
				return together(msg.New("A program that calls the admin API is a client. It has a secret to prove who it is, and a service account: a user of its own, to which roles can be granted."),
					msg.New("Remember one thing: nobody has granted it a role."))
			}},
		},
	})
}

// ours reports whether the client may be changed: it is marked, or stands in a realm that was made for the story.
func ours(st *State, c *keycloak.Client) bool {
	return c.Marker != "" || st.Realm != nil && st.Realm.Marker != "" || st.RealmCreatedByHand
}

func doClient(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	c, err := s.admin().EnsureClient(ctx, st.Params.Realm, st.Params.ClientID, st.Params.RedirectURIs, st.RunID, s.intent)
	if err != nil {
		return outcome{}, err
	}
	if c.Created {
		return outcome{done: msg.New("Created the confidential client %s.", c.ClientID)}, nil
	}
	return s.adoptExisting(kind.Client, c.ClientID, c.ID, c.Marker)
}

func checkClient(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	c, err := s.admin().FindClient(ctx, st.Params.Realm, st.Params.ClientID)
	if failure.KindOf(err) == failure.NotFound {
		s.byHand.Missing(kind.Client, st.Params.Realm, st.Params.ClientID)
		return outcome{}, problem.NotThere(err)
	}
	if err != nil {
		return outcome{}, err
	}
	c.Created = slices.ContainsFunc(st.Created, func(o made.Object) bool { return o.Kind == kind.Client && o.ID == c.ID })
	needed := []string{"enabled", "client authentication", "service account roles", "full scope allowed"}
	if err := made.Acceptable(kind.Client, c.ClientID, c.Differs, func(d keycloak.Difference) bool { return slices.Contains(needed, d.Setting) }); err != nil {
		return outcome{}, err
	}
	notes := made.DifferNotes(kind.Client, c.Differs)
	if !ours(st, c) {
		byHand, err := s.createdByHand(kind.Client, st.Params.Realm, c.ClientID, c.ID)
		if err != nil {
			return outcome{}, err
		}
		if !byHand {
			return outcome{}, s.refuseForeign(ctx, c)
		}
		notes = append(notes, made.ByHandNote(kind.Client))
	}
	secret, err := s.admin().ClientSecret(ctx, st.Params.Realm, c.ID)
	if err != nil {
		return outcome{}, err
	}
	s.mu.Lock()
	if s.state.Client != nil && s.state.Client.ID != c.ID {
		s.state.ServiceAccount = nil
	}
	s.secret, s.state.Client, s.shown = secret, c, nil
	s.mu.Unlock()
	return outcome{checked: msg.New("The server has the client %s with service account and secret.", c.ClientID), notes: notes}, nil
}

// refuseForeign says why the story cannot be told with a client that is not the story's: its last steps would change it.
func (s *Story) refuseForeign(ctx context.Context, c *keycloak.Client) error {
	e := problem.Refused("not-ours", "Choose another client id (--client-id), and fix403 creates a new client.",
		"The client %s was not created by fix403, so it is granted no role. Nothing was changed.", c.ClientID)
	_, held, err := s.heldRoles(ctx, c.ID)
	if err != nil {
		return err
	}
	if held.Has(params.TheRole) {
		e.Kind = "already-has-role"
		e.Message = msg.New("This client already has the role %s, so its call would not fail, and fix403 did not create it: nothing was changed.", params.TheRole)
	}
	return e
}
