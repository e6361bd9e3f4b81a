package story

import (
	"cmp"
	"context"
	"slices"

	"fix403/flows/grace"
	"fix403/flows/kind"
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

// UseExisting has the story work inside a realm that fix403 did not create: only client and user are created there, and
// only they are removed. It is refused once the realm's step has passed.
func (s *Story) UseExisting() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Results[StepRealm].Status == StatusPassed {
		return problem.BadInput("Undo the step first.", "The realm is already chosen.")
	}
	s.options.Existing, s.state.Existing, s.shown = true, true, nil
	return nil
}

// rights are those of the admin in the story's realm.
func (s *Story) rights() rights.Of {
	st := s.Current()
	return rights.Of{Admin: s.admin(), Name: st.AdminName, Realm: st.Params.Realm, Version: st.Version}
}

// tokenIsOlder reports whether the admin has nothing but a token that was given before this run created the realm.
func (s *Story) tokenIsOlder(realm string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.login.Credentials.Token.Empty() &&
		slices.ContainsFunc(s.state.Created, func(c made.Object) bool { return c.Kind == kind.Realm && c.Name == realm && !c.Removed })
}

// StepRealm creates the realm of the story.
const StepRealm StepID = "realm"

func init() {
	add(&Step{
		ID: StepRealm, place: 20, Title: "Create the realm",
		Goal:   "The story has its own realm, which issues tokens.",
		Why:    "A realm is isolated: it has its own users, clients, roles and keys. What happens here touches nothing else on the server, and goes away with the realm.",
		Action: "Create the realm",
		Inputs: []Input{{Name: "realm", Label: "Realm name", Help: "case sensitive; a part of every URL"}},
		Questions: []Question{{
			Ask:     "A realm is created through the API without \"enabled\". What is it?",
			Choices: []texts.Text{"enabled", "disabled", "the call is refused"},
			Wrong:   guess.Enabled,
			answer:  func(*State) int { return 1 },
		}},
		do: doRealm, check: checkRealm, undo: undoCreated(kind.Realm),
		explain: func(*State) msg.Message {
			return msg.New("Sent with enabled: true and read back. Left out, the realm would be disabled, and each token request answered with 403 \"Realm not enabled\".")
		},
		creates: &creation{
			kind: kind.Realm, as: "the realm %s",
			name:  func(st *State) string { return st.Params.Realm },
			found: func(st *State) kind.Found { return kind.Found{Marker: st.Realm.Marker} },
		},
		forget: func(s *Story, st *State) {
			st.Realm, st.RealmCreatedByHand, s.rmID, s.role = nil, false, "", keycloak.Role{}
		},
		Manual: script.Realm,
		hints: [3]texts.Text{
			"The story needs a place where it cannot break anything. What does a new realm need besides its name?",
			"In the Admin Console: Create realm. In the API: POST /admin/realms. Consider what the realm is when the JSON holds only its name.",
			"POST /admin/realms with realm and enabled: true. Left out, enabled is false, and the realm issues no tokens.",
		},
		moments: []Moment{
			{Step: StepRealm, After: true, Say: caption("A realm for the story, isolated from all others."), Note: func(*State) msg.Message {
				return together(msg.New("A realm is isolated: nothing else on this server is touched."),
					msg.New("It was created with enabled: true. Without that, it would be disabled."))
			}},
		},
	})
}

// doRealm does not give up at once: a server goes on creating a realm which nobody waits for any more, and would have it
// after it was looked for and not found (seen on 26.7.3).
func doRealm(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	if st.Existing {
		return doExistingRealm(ctx, s)
	}
	lasting, giveUp := grace.Context(ctx)
	defer giveUp()
	r, err := s.admin().EnsureRealm(lasting, st.Params.Realm, st.RunID, func(kind, realm, name string) (func(string) error, error) {
		if err := problem.Canceled(ctx); err != nil {
			return nil, err
		}
		if err := s.rights().InMaster(ctx); err != nil {
			return nil, err
		}
		return s.intent(kind, realm, name)
	})
	if err != nil {
		return outcome{}, rights.CreationRefused(err)
	}
	s.update(func(st *State) { st.PendingRealm = "" })
	if err := problem.Canceled(ctx); err != nil {
		return outcome{}, err
	}
	if r.Created {
		return outcome{done: msg.New("Created the realm %s, marked as made by fix403.", r.Name)}, nil
	}
	return s.adoptExisting(kind.Realm, r.Name, r.Name, r.Marker)
}

// doExistingRealm creates no realm: a name that is not there is a slip, and not a wish.
func doExistingRealm(ctx context.Context, s *Story) (outcome, error) {
	name := s.Current().Params.Realm
	r, err := s.admin().FindRealm(ctx, name)
	switch {
	case failure.KindOf(err) == failure.NotFound:
		return outcome{}, problem.CheckFailed("Check the realm's name: it is case sensitive. Start fix403 without --existing to have a realm created.",
			"This server has no realm %s, and none is created when the story works in an existing one.", name)
	case failure.KindOf(err) == failure.AdminRefused:
		return outcome{}, cmp.Or(s.rights().InRealm(ctx), err)
	case err != nil:
		return outcome{}, err
	}
	if r.Marker == "" {
		if err := s.rights().InRealm(ctx); err != nil {
			return outcome{}, err
		}
	}
	return s.adoptExisting(kind.Realm, r.Name, r.Name, r.Marker)
}

func checkRealm(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	name := st.Params.Realm
	r, err := s.admin().FindRealm(ctx, name)
	if failure.KindOf(err) == failure.NotFound {
		s.byHand.Missing(kind.Realm, name, name)
		return outcome{}, problem.Missing("Create it, here or by hand.", "The server has no realm %s.", name)
	}
	if err != nil {
		return outcome{}, err
	}
	if err := made.Acceptable(kind.Realm, name, r.Differs, func(keycloak.Difference) bool { return true }); err != nil {
		return outcome{}, err
	}
	byHand := false
	if r.Marker == "" && !r.Reduced && !st.Existing {
		if byHand, err = s.createdByHand(kind.Realm, name, name, name); err != nil {
			return outcome{}, err
		}
	}
	var notes []msg.Message
	switch {
	case byHand:
		notes = append(notes, made.ByHandNote(kind.Realm))
	case r.Reduced && s.tokenIsOlder(name):
		return outcome{}, rights.OlderToken(name)
	case r.Reduced && !st.Existing:
		return outcome{}, problem.Refused("not-ours", "Use an admin with the role view-realm, or choose another realm name (--realm).",
			"This server has a realm %s that this admin may not view, so it is unknown whether fix403 created it. Nothing in it was touched.", name)
	case r.Marker == "" && !st.Existing:
		return outcome{}, problem.Refused("not-ours", "Choose another realm name (--realm), or work inside this one (creates only a client and a user): fix403 run --existing, i in the wizard, existing in the line mode.",
			"This server has a realm %s that fix403 did not create. Nothing in it was touched.", name)
	case r.Marker == "":
		notes = append(notes, msg.New("The realm existed before fix403: only a client and a user are created in it, and only they are removed."))
	case r.Marker != st.RunID:
		notes = append(notes, msg.New("The realm comes from an earlier run of fix403 and is used again."))
	}
	s.update(func(st *State) { st.Realm, st.RealmCreatedByHand = r, byHand })
	if r.Reduced {
		return outcome{checked: msg.New("The server has the realm %s; this admin may not see more of it.", name), notes: notes}, nil
	}
	return outcome{checked: msg.New("The server has the realm %s, enabled.", name), notes: notes}, nil
}
