package story

import (
	"time"

	"fix403/flows/gate"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/script"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// errSnapshot is a mistake in the program, and nothing that a person sees.
var errSnapshot = &failure.Error{Kind: failure.BadInput, Message: msg.New("This is a story as it was: it is only looked at."), Hint: msg.New("Use the story itself.")}

// Snapshot returns the story as it stands now, to be looked at and drawn later. It sends nothing: what would is refused.
func (s *Story) Snapshot() *Story {
	still := &Story{options: s.options, conn: &Conn{Recorder: s.conn.Recorder.Copy()}, state: s.Current(), snapshot: true}
	still.options.Events, still.options.Journal = nil, nil
	s.mu.Lock()
	defer s.mu.Unlock()
	still.inputs, still.secret = s.inputs, s.secret
	return still
}

// Result is how a step ended.
type Result struct {
	Status   Status
	Done     msg.Message   // what the step did, one sentence
	Checked  msg.Message   // what the check saw on the server, one sentence
	Notes    []msg.Message // further things to say: what was found, what differs
	Err      error         // for StatusFailed
	Duration time.Duration
	Gone     bool // what the step left on the server was removed since
}

// Call is an admin API call of the client, and where it was stopped.
type Call struct {
	Exchange wire.Exchange
	Token    *token.Token
	Refusal  gate.Refusal
}

// Created is an object that this run created.
type Created struct {
	Kind    kind.Kind // realm, client or user
	Realm   string    // it stands in
	Name    string
	ID      string
	Removed bool
	InDoubt bool // its removal was sent, and whether it was done is not known
}

// State is a copy of what a story has found so far; drawing from it needs no lock.
type State struct {
	RunID     string
	URL       string // base URL of the server
	Version   string // "" where the server does not tell
	Practice  bool
	As        string // version the practice server answers as
	AdminName string
	// AdminRealm is where the admin lives; AdminIsClient says that it is a client and not a user.
	AdminRealm    string
	AdminIsClient bool
	Params        params.Params
	Existing      bool
	sameWay       string // see [sh.SameWay]

	Realm              *keycloak.Realm
	RealmCreatedByHand bool        // it was made by hand while this run waited for it
	RealmStays         msg.Message // why [Story.Cleanup] leaves the realm of an earlier run; nothing before and where it does not
	Client             *keycloak.Client
	User               *keycloak.User
	ServiceAccount     *keycloak.User
	DirectRoles        []string // of realm-management, after the grant
	EffectiveRoles     []string // those, and the ones that come through composites

	FirstCall    *Call
	OldTokenCall *Call // the first call's token tried again after the grant
	SecondCall   *Call
	RolesDecided string // see [decided]

	Results map[StepID]Result
	Created []Created
	// PendingRealm is a realm whose creation was sent without it being known how that ended, "" for none: it may be there.
	PendingRealm string
	// GrantedTo is the id of the service account to which this run gave the role, "" once that was taken back.
	GrantedTo string
}

// CallURL returns the URL of the story's call, a GET, once the user is known; "" before.
func (s State) CallURL() string {
	if s.User == nil {
		return ""
	}
	return keycloak.UserURL(s.URL, s.Params.Realm, s.User.ID)
}

// Scene returns what the steps by hand are about.
func (s State) Scene() script.Scene {
	scene := script.Scene{
		Practice: s.Practice, URL: s.URL, AdminName: s.AdminName, AdminRealm: s.AdminRealm, AdminIsClient: s.AdminIsClient,
		Existing: s.Existing, Params: s.Params,
	}
	if c := s.OldTokenCall; c != nil {
		scene.OldToken = c.Exchange.Status
	}
	return scene
}
