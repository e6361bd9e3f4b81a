package story

import (
	"context"
	"errors"
	"slices"

	"fix403/flows/change"
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
	"fix403/keycloak/sift"
)

// StepGrant assigns the missing role.
const StepGrant StepID = "grant"

func init() {
	add(&Step{
		ID: StepGrant, place: 60, Title: "Grant the missing role",
		Goal:   "The service account has the client role view-users of realm-management.",
		Why:    "Who may do what in a realm is decided by the roles of its client realm-management. view-users is the least powerful one that reads a user; manage-users and realm-admin would also work, and would allow far more.",
		Action: "Grant view-users",
		Questions: []Question{{
			Ask:     "One role is granted. How many roles of realm-management will the service account have in effect?",
			Choices: []texts.Text{"one", "three", "all of them"},
			Wrong:   guess.Composite,
			answer: func(s *State) int {
				switch {
				case len(s.EffectiveRoles) == 1:
					return 0
				case len(s.EffectiveRoles) == 3:
					return 1
				}
				return -1
			},
		}},
		do: doGrant, check: checkGrant, undo: undoGrant,
		explain: func(s *State) msg.Message {
			return msg.New("view-users is a composite role: it brings %s with it. It went to the service account, since the token represents that user, not to %s, who is only looked up.",
				texts.List(sift.Out(s.EffectiveRoles, func(r string) bool { return r == params.TheRole })), s.Params.Username)
		},
		forget: func(_ *Story, st *State) { st.DirectRoles, st.EffectiveRoles = nil, nil },
		leaves: func(st *State) msg.Message {
			if st.GrantedTo == "" && !st.remains(StepGrant) {
				return msg.Message{}
			}
			return msg.New("the role %s of %s", params.TheRole, change.ServiceAccountName(st.Params.ClientID))
		},
		goneWith: func(st *State, o made.Object) bool {
			gone := o.Kind == kind.Realm || o.Kind == kind.Client && o.Name == st.Params.ClientID
			if gone {
				st.GrantedTo = ""
			}
			return gone
		},
		Manual: script.Grant,
		hints: [3]texts.Text{
			"A role is missing. Whose role: that of the user being read, or of the caller?",
			"Roles for the admin API are client roles of realm-management. Grant them to the user behind the client: the tab Service account roles.",
			"Grant view-users of realm-management to the service account. It is the smallest role that reads a user; manage-users and realm-admin would allow far more.",
		},
		moments: []Moment{
			{Step: StepGrant, Call: firstCall, Say: caption("One role is missing: view-users."), Note: caption("So one role is missing: view-users, the smallest that reads a user. It goes to the service account, not to the user being read.")},
			{Step: StepGrant, After: true, Say: caption("The service account gets it. Nothing else changes."), Note: func(s *State) msg.Message {
				return msg.New("One role was granted, and %d are in effect: view-users is composite. realm-admin would also work, but allow far more.", len(s.EffectiveRoles))
			}},
		},
	})
}

// heldRoles returns the service account of a client and its roles of realm-management.
func (s *Story) heldRoles(ctx context.Context, clientUUID string) (*keycloak.User, rights.Held, error) {
	account, err := s.serviceAccount(ctx, clientUUID)
	if err != nil {
		return nil, rights.Held{}, err
	}
	if err := s.findRole(ctx); err != nil {
		return nil, rights.Held{}, err
	}
	held, err := rights.OfAccount(ctx, s.admin(), s.Current().Params.Realm, account.ID, s.rmID)
	return account, held, err
}

// serviceAccount finds the user behind a client's service account, once: it stays the same as long as the client does.
func (s *Story) serviceAccount(ctx context.Context, clientUUID string) (*keycloak.User, error) {
	st := s.Current()
	if st.ServiceAccount != nil {
		return st.ServiceAccount, nil
	}
	account, err := s.admin().ServiceAccount(ctx, st.Params.Realm, clientUUID)
	if err != nil {
		return nil, err
	}
	s.update(func(st *State) { st.ServiceAccount = account })
	return account, nil
}

// findRole reads realm-management and its role view-users from the server, once.
func (s *Story) findRole(ctx context.Context) error {
	if s.role.ID != "" {
		return nil
	}
	container, role, err := rights.FindRole(ctx, s.admin(), s.Current().Params.Realm, params.TheRole)
	if err == nil {
		s.rmID, s.role = container, role
	}
	return err
}

func doGrant(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	account, err := s.serviceAccount(ctx, st.Client.ID)
	if err != nil {
		return outcome{}, err
	}
	if err := s.findRole(ctx); err != nil {
		return outcome{}, err
	}
	notes, err := s.freshOldToken(ctx)
	if err != nil {
		return outcome{}, err
	}
	if err := s.admin().Grant(ctx, st.Params.Realm, account.ID, s.rmID, s.role, s.intent); err != nil {
		return outcome{}, rights.GrantRefused(err)
	}
	return outcome{done: msg.New("Granted the role %s of realm-management to %s.", params.TheRole, account.Username), notes: notes}, nil
}

// freshOldToken takes the token from before the grant anew, where a good part of its time is over: the last step compares tokens,
// and one that expires meanwhile would show nothing.
func (s *Story) freshOldToken(ctx context.Context) ([]msg.Message, error) {
	if s.oldToken == nil {
		return nil, nil
	}
	t := s.oldToken.Token
	if whole, left := t.ExpiresAt.Sub(t.IssuedAt), t.ExpiresAt.Sub(s.options.Now()); t.ExpiresAt.IsZero() || left > whole*3/4 {
		return nil, nil
	}
	token, err := s.clientToken(ctx)
	if err != nil {
		return nil, err
	}
	s.oldToken = token
	return []msg.Message{msg.New("The client got another token just before the grant: the first one would have expired soon. From here on, this is the old token.")}, nil
}

// roleThere reports whether the service account holds the role directly.
func (s *Story) roleThere(ctx context.Context, realm, account string) (bool, error) {
	held, err := s.admin().DirectRoles(ctx, realm, account, s.rmID)
	return slices.Contains(rights.Names(held), params.TheRole), err
}

// roleEntry is the journal's entry of the role that an account was given.
func (s *Story) roleEntry(account string) journal.Entry {
	st := s.Current()
	e := s.entry(kind.Role, st.Params.Realm, params.TheRole, account)
	e.Client, e.Container, e.Object = st.Params.ClientID, keycloak.RealmManagement, account
	return e
}

func checkGrant(ctx context.Context, s *Story) (outcome, error) {
	st := s.Current()
	account, held, err := s.heldRoles(ctx, st.Client.ID)
	if err != nil {
		return outcome{}, err
	}
	if !slices.Contains(held.Direct, params.TheRole) {
		return outcome{}, problem.Missing("Grant it to the service account of the client, not to the user.",
			"The service account %s does not have the role %s of realm-management (it has %s).", account.Username, params.TheRole, texts.List(held.Direct))
	}
	s.update(func(st *State) {
		st.DirectRoles, st.EffectiveRoles = held.Direct, held.Effective
	})
	return outcome{checked: msg.New("%s has %s directly; in effect %s.", account.Username, texts.List(held.Direct), texts.List(held.Effective))}, nil
}

// undoGrant takes the role back, if this run gave it.
func undoGrant(ctx context.Context, s *Story) (msg.Message, error) {
	st := s.Current()
	unknown := st.Unknown(kind.Role)
	switch {
	case st.ServiceAccount == nil || st.GrantedTo == "" && !unknown && st.Results[StepGrant].Status != StatusPassed:
		return msg.New("The role was not granted."), nil
	case unknown:
		there, err := s.roleThere(ctx, st.Params.Realm, st.ServiceAccount.ID)
		if err != nil || !there {
			return msg.New("The role was not granted."), err
		}
	case st.GrantedTo == "":
		return msg.New("The role %s was not granted by this run: it stays.", params.TheRole), nil
	}
	account := st.ServiceAccount
	gone := s.roleGone(account.ID)
	err := s.admin().Revoke(ctx, st.Params.Realm, account.ID, s.rmID, s.role)
	err = made.ReadBack(err, func() (bool, error) {
		there, err := s.roleThere(ctx, st.Params.Realm, account.ID)
		if failure.KindOf(err) == failure.NotFound { // the client was removed by hand
			return false, nil
		}
		return there, err
	}, func() {}, problem.CheckFailed("Check the server, and undo the step again.", "The server reported revoking the role %s, but %s still has it.", params.TheRole, account.Username))
	if err != nil {
		return msg.Message{}, err
	}
	return msg.New("Revoked the role %s from %s.", params.TheRole, account.Username), gone()
}

// roleGone returns what notes that an account has the role no longer. It is called before the role is revoked.
func (s *Story) roleGone(account string) func() error {
	e := s.roleEntry(account)
	others, readErr := s.options.Journal.Others(e)
	return func() error {
		if err := errors.Join(readErr, s.options.Journal.RemovedWith(e, others)); err != nil {
			return err
		}
		s.settle(kind.Role, "", "", "")
		return nil
	}
}
