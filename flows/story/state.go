package story

import (
	"time"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/script"
	"fix403/flows/story/made"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Snapshot is the story as it stood at a moment: all that is drawn of it, with secrets masked. The story goes on, and the
// snapshot stays as it is.
type Snapshot struct {
	*State
	Exchanges []wire.Exchange
	Inputs    map[StepID][]Input // see [Story.Inputs]
}

// Snapshot returns the story as it stands now.
func (s *Story) Snapshot() Snapshot {
	now := Snapshot{State: s.State(), Exchanges: s.Exchanges(), Inputs: map[StepID][]Input{}}
	for _, step := range steps {
		now.Inputs[step.ID] = s.Inputs(step.ID)
	}
	return now
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

	// NoTokenCall and DamagedCall are the first call made without a token, and with a damaged one.
	NoTokenCall, DamagedCall *Call
	// AudienceCall is the call that was answered with 401 since its token is not meant for the admin API, nil where that did not
	// happen.
	AudienceCall *Call
	// ScopeAssigned is the client scope that was assigned after AudienceCall, by this run or by hand; "" before that.
	ScopeAssigned string
	// AudienceShown says that the admin's own token names the admin API in its audience: this server may want that of every token.
	AudienceShown bool

	FirstCall    *Call
	OldTokenCall *Call // the first call's token tried again after the grant
	SecondCall   *Call
	RolesDecided string // see [decided]

	Results      map[StepID]Result
	made.Objects // what this run made
}

// Next returns the first step that has not passed, and false when all have.
func (s *State) Next() (StepID, bool) {
	for _, step := range steps {
		if s.Results[step.ID].Status != StatusPassed {
			return step.ID, true
		}
	}
	return "", false
}

// CanUseExisting reports whether the realm's step failed because the realm is not ours, so that working inside it would help.
func (s *State) CanUseExisting() bool {
	check, ok := s.Results[StepRealm].Err.(*problem.CheckError) //nolint:errorlint // a step's check returns the bare type
	return ok && check.Kind == "not-ours" && !s.Existing && !s.Practice
}

// CallURL returns the URL of the story's call, a GET, once the user is known; "" before.
func (s *State) CallURL() string {
	if s.User == nil {
		return ""
	}
	return keycloak.UserURL(s.URL, s.Params.Realm, s.User.ID)
}

// Scene returns what the steps by hand are about.
func (s *State) Scene() script.Scene {
	scene := script.Scene{
		Practice: s.Practice, URL: s.URL, Version: s.Version, AdminName: s.AdminName, AdminRealm: s.AdminRealm, AdminIsClient: s.AdminIsClient,
		Existing: s.Existing, Params: s.Params, Audience: s.AudienceShown || s.AudienceCall != nil,
	}
	if c := s.OldTokenCall; c != nil {
		scene.OldToken = c.Exchange.Status
	}
	return scene
}

// ServerVersion names the version of the server: that of [versions.Name] for the practice server. "" stays "".
func (s *State) ServerVersion() msg.Message {
	if s.Practice && s.Version != "" {
		return versions.Name(s.Version)
	}
	return msg.Verbatim(s.Version)
}
