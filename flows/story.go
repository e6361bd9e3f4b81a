package flows

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
)

// StepID names a step; the values are a contract of the JSON output.
type StepID string

// The steps of the story, in order.
const (
	StepConnect    StepID = "connect"
	StepRealm      StepID = "realm"
	StepClient     StepID = "client"
	StepUser       StepID = "user"
	StepFirstCall  StepID = "first-call"
	StepGrant      StepID = "grant"
	StepSecondCall StepID = "second-call"
)

// Options of [New].
type Options struct {
	Practice bool   // the embedded server, in process; URL and Credentials are then not used
	As       string // version the practice server answers as; "" is its default
	IDSeed   string // of the practice server's ids, for a run that looks the same each time; "" makes them up

	URL          string
	Credentials  keycloak.Credentials
	TLS          keycloak.TLS
	Timeout      time.Duration // per call; 0 is the adapter's default
	RealmTimeout time.Duration // 0 is the adapter's default

	Params   Params
	Existing bool        // work inside a realm that is not ours: only client and user are created
	Journal  *Journal    // nil writes none; never used on the in-process practice server
	Resume   *Unfinished // an earlier run to go on with: see [Story.Resume]
	scratch  bool        // nobody goes on with this run
	Events   func(Event)
	Now      func() time.Time // nil is time.Now
}

// Event is something that happened while a step runs, sent on the goroutine that runs it.
type Event struct {
	Step     StepID
	Exchange *keycloak.Exchange // an exchange ended
	Request  *keycloak.Begun    // a request was sent, and is not answered yet
	Started  bool               // the step began
	Result   *Result            // the step ended
}

// Status of a step.
type Status string

// The states of a step; [StatusOpen] is the zero value.
const (
	StatusOpen    Status = ""
	StatusPassed  Status = "passed"
	StatusFailed  Status = "failed"
	StatusSkipped Status = "skipped"
)

// Result is how a step ended.
type Result struct {
	Status   Status
	Done     string   // what the step did, one sentence
	Checked  string   // what the check saw on the server, one sentence
	Notes    []string // further things to say: what was found, what differs
	Err      error    // for StatusFailed
	Duration time.Duration
	Gone     bool // what the step left on the server was removed since
}

// Call is an admin API call of the client, and where it was stopped.
type Call struct {
	Exchange keycloak.Exchange
	Token    *keycloak.Token
	Stop     Stop
}

// Created is an object that this run created.
type Created struct {
	Kind    string // realm, client or user
	Realm   string // it stands in
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
	Params        Params
	Existing      bool
	sameWay       string // see [sameWay]

	Realm          *keycloak.Realm
	RealmByHand    bool   // it was made by hand while this run waited for it
	RealmStays     string // why [Story.Cleanup] leaves the realm of an earlier run, "" before and where it does not
	Client         *keycloak.Client
	User           *keycloak.User
	ServiceAccount *keycloak.User
	DirectRoles    []string // of realm-management, after the grant
	EffectiveRoles []string // likewise, through composites too

	FirstCall    *Call
	OldTokenCall *Call // the first call's token tried again after the grant
	SecondCall   *Call
	RolesDecided string // see [decided]

	Results map[StepID]Result
	Created []Created
	// Unanswered is a realm whose creation was sent without it being known how that ended, "" for none: it may be there.
	Unanswered string
	// GrantedTo is the id of the service account to which this run gave the role, "" once that was taken back.
	GrantedTo string
}

// CheckError says that the server did not answer as the story needs, or holds something that the story may not touch.
type CheckError struct {
	Kind    string // check-failed, not-ours, differs or already-has-role
	Message msg.Message
	Hint    msg.Message
	Missing bool // the step has not been done yet
}

func (e *CheckError) Error() string { return e.Message.String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *CheckError) Sentence() msg.Message { return e.Message }

func refused(kind string, hint, format texts.Text, values ...any) *CheckError {
	return &CheckError{Kind: kind, Message: msg.New(format, values...), Hint: msg.New(hint)}
}

func checkFailed(hint, format texts.Text, values ...any) *CheckError {
	return refused("check-failed", hint, format, values...)
}

// KindWord is a kind of [Created] or [Removal] as a word of a sentence.
func KindWord(kind string) string {
	switch kind {
	case "realm":
		return texts.T("realm")
	case "client":
		return texts.T("client")
	case "user":
		return texts.T("user")
	case "role":
		return texts.T("role")
	}
	return kind
}

// Story is one run of the steps against one server. Steps run one at a time; state may be read at any time.
type Story struct {
	options Options
	conn    *Conn
	still   bool       // it is only looked at, see [Story.Still]
	run     sync.Mutex // held while a step runs

	mu      sync.Mutex // guards what follows
	state   State
	shown   *State // state with secrets masked, nil for one that is to be made
	shownBy int    // how much the recorder knew then
	inputs  connectInputs
	secret  keycloak.Secret // of the client
	earlier *Unfinished     // to go on with
	resumed bool            // with an earlier run, which may have given the role
	unknown map[string]bool // kinds of what was announced without it being known whether it came about

	// Only touched while run is held.
	token    *keycloak.IssuedToken // the client's latest
	oldToken *keycloak.IssuedToken // the one of the first call
	rmID     string                // uuid of the client realm-management
	role     keycloak.Role         // view-users

	unseen      map[unseen]bool
	foundByHand []Entry
}

type connectInputs struct {
	url         string
	credentials keycloak.Credentials
}

// New prepares a story; nothing is sent yet.
func New(o Options) (*Story, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Story{options: o, conn: &Conn{Recorder: &keycloak.Recorder{}, Timeout: o.Timeout, Now: o.Now}, unknown: map[string]bool{}}
	s.inputs = connectInputs{url: o.URL, credentials: o.Credentials}
	s.options.Credentials.Password = keycloak.Secret{} // in one place alone, to be dropped there
	s.state = State{RunID: NewRunID(), Params: o.Params, Practice: o.Practice, Existing: o.Existing, URL: o.URL, Results: map[StepID]Result{}}
	if u := o.Resume; u != nil {
		s.earlier, s.state.RunID, s.foundByHand = u, u.Run, u.byHand
	}
	if o.Practice {
		p, err := practice.New(practice.Options{Version: o.As, Now: o.Now, IDSeed: o.IDSeed})
		if err != nil {
			return nil, &keycloak.Error{Kind: keycloak.KindBadInput, Message: msg.Of(err)}
		}
		s.conn.Transport, s.state.As, s.state.URL = p.Transport(), p.Version(), p.URL()
		s.inputs = connectInputs{url: p.URL(), credentials: keycloak.Credentials{User: p.AdminUser(), Password: keycloak.NewSecret(p.AdminPassword())}}
		s.options.Journal = nil
		if o.IDSeed != "" {
			s.state.RunID = hex.EncodeToString([]byte(o.IDSeed))
		}
	}
	if s.inputs.credentials.User == "" && asksForUser(s.inputs.credentials) {
		s.inputs.credentials.User = "admin"
	}
	s.public()
	s.conn.Recorder.HideLogin(s.inputs.credentials)
	s.conn.Recorder.ListenBegun(func(b keycloak.Begun) { s.emit(Event{Step: StepID(b.Step), Request: &b}) })
	s.conn.Recorder.Listen(func(e keycloak.Exchange) { s.emit(Event{Step: StepID(e.Step), Exchange: &e}) })
	return s, nil
}

// NewRunID returns a random id of 12 characters, which can stand in a realm's name.
func NewRunID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (s *Story) emit(e Event) {
	if s.options.Events != nil {
		s.options.Events(e)
	}
}

// State returns a copy of the state, in which secrets are masked. What its pointers point to never changes.
func (s *Story) State() State {
	known := s.conn.Recorder.Known()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown == nil || s.shownBy != known {
		shown := keycloak.MaskAll(s.conn.Recorder, s.copied(&s.state))
		s.shown, s.shownBy = &shown, known
	}
	return s.copied(s.shown)
}

// current is the state as it was found, to go on from.
func (s *Story) current() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copied(&s.state)
}

func (s *Story) copied(from *State) State {
	c := *from
	c.Results = make(map[StepID]Result, len(from.Results))
	for id, r := range from.Results {
		c.Results[id] = r
	}
	c.Created = slices.Clone(from.Created)
	c.sameWay = sameWay(s.options.TLS, s.inputs.credentials)
	return c
}

// Exchanges returns all exchanges so far, masked.
func (s *Story) Exchanges() []keycloak.Exchange { return s.conn.Recorder.Exchanges() }

// Close closes the connections that are kept open. The story can go on all the same.
func (s *Story) Close() {
	s.run.Lock()
	defer s.run.Unlock()
	keycloak.CloseIdle(s.conn.Transport)
}

// Mask masks known secrets in text of other origin.
func (s *Story) Mask(text string) string { return s.conn.Recorder.Mask(text) }

func (s *Story) update(f func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.state)
	s.shown = nil
}

// ClientSecret returns the client's secret, for a person who asks to see or copy it; empty before the client step.
func (s *Story) ClientSecret() keycloak.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secret
}

// Value returns an input's value; that of a secret is never returned.
func (s *Story) Value(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value(name)
}

func (s *Story) value(name string) string {
	switch name {
	case "url":
		return s.inputs.url
	case "admin-user":
		return s.inputs.credentials.User
	case "admin-password", inputCode:
		return ""
	default:
		return s.state.Params.get(name)
	}
}

// Inputs returns the inputs of a step that have to be asked for here: the practice server needs no login data, and an
// admin's client or token no user and password.
func (s *Story) Inputs(id StepID) []Input {
	s.mu.Lock()
	defer s.mu.Unlock()
	var inputs []Input
	for _, in := range StepByID(id).Inputs {
		if in.For != nil && !in.For(s.options) || in.Name == inputCode && !s.lacksCode() {
			continue
		}
		in.Given = in.Name == "admin-password" && s.inputs.credentials.HasPassword()
		inputs = append(inputs, in)
	}
	return inputs
}

// lacksCode tells whether a one-time code may be what the last login lacked, and nobody is asked for it then.
func (s *Story) lacksCode() bool {
	return s.inputs.credentials.AskOTP == nil && keycloak.MayLackCode(s.state.Results[StepConnect].Err)
}

// Server returns options for another run on the server of this one, as the same admin.
func (s *Story) Server() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.options
	if !o.Practice {
		o.URL, o.Credentials = s.inputs.url, s.inputs.credentials
	}
	return o
}

// Set validates an input and stores it; an error has [keycloak.KindBadInput] and leaves the old value. Inputs of a
// passed step are refused: undo the step first.
func (s *Story) Set(name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range Steps() {
		if s.state.Results[step.ID].Status == StatusPassed && step.has(name) && value != s.value(name) {
			return badInput("Undo the step first.", "%q belongs to a step that is done.", name)
		}
	}
	switch name {
	case "url":
		if _, err := keycloak.NormalizeURL(value); err != nil {
			return err
		}
		if was := s.inputs.url; was != "" && !keycloak.SameHost(was, value) {
			c := s.inputs.credentials
			if !asksForUser(c) {
				return badInput("Start fix403 with the other server's URL, and a login for it.", "The admin login that was given is for %s.", was)
			}
			s.inputs.credentials = keycloak.Credentials{Realm: c.Realm, User: c.User, AskOTP: c.AskOTP}
		}
		s.inputs.url = value
	case "admin-user":
		if value == "" {
			return badInput("Enter the name of an admin of the realm master.", "The admin's name is empty.")
		}
		s.inputs.credentials.User = value
	case "admin-password":
		if value == "" {
			return badInput("Enter the admin's password.", "The password is empty.")
		}
		s.inputs.credentials.Password = keycloak.NewSecret(value)
		s.conn.Recorder.Hide(s.inputs.credentials.Password)
	case inputCode:
		s.inputs.credentials.OTP = keycloak.NewSecret(value)
	default:
		s.shown = nil
		defer s.public()
		return s.state.Params.set(name, value)
	}
	return nil
}

// public has the recorder show the names that the person gave.
func (s *Story) public() {
	p := s.state.Params
	s.conn.Recorder.Public(p.Realm, p.ClientID, p.Username, p.Email, s.inputs.credentials.User)
}

// Next returns the first step that has not passed, and false when all have.
func (s *Story) Next() (StepID, bool) {
	state := s.current()
	for _, step := range Steps() {
		if state.Results[step.ID].Status != StatusPassed {
			return step.ID, true
		}
	}
	return "", false
}

// Do runs a step and then its check. It is refused while an earlier step has not passed. A failed step can be done
// again: what it had created is then found and used.
func (s *Story) Do(ctx context.Context, id StepID) (Result, error) {
	return s.perform(ctx, id, false, func(ctx context.Context, step *Step) (done, checked string, notes []string, err error) {
		done, notes, err = step.do(ctx, s)
		if err != nil {
			return done, "", notes, err
		}
		checked, more, err := step.check(ctx, s)
		return done, checked, append(notes, more...), err
	})
}

// Check runs only the check of a step: it looks whether the server is already as the step would make it, whoever did
// that. The calls of first-call and second-call leave nothing on the server: they are made, to see how they are answered.
// A step that has not been done stays as it is, and the error says so: see [IsMissing].
func (s *Story) Check(ctx context.Context, id StepID) (Result, error) {
	return s.perform(ctx, id, true, func(ctx context.Context, step *Step) (string, string, []string, error) {
		if step.look != nil {
			return step.look(ctx, s)
		}
		checked, notes, err := step.check(ctx, s)
		return texts.T("Found done."), checked, notes, err
	})
}

// perform runs f as a step and keeps the result, but for a look that finds the step not done.
func (s *Story) perform(ctx context.Context, id StepID, look bool, f func(context.Context, *Step) (string, string, []string, error)) (Result, error) {
	step := StepByID(id)
	if step == nil {
		return Result{}, badInput("", "There is no step %q.", id)
	}
	if s.still {
		return Result{}, errStill
	}
	s.run.Lock()
	defer s.run.Unlock()
	if next, open := s.Next(); open && slices.Index(stepOrder, id) > slices.Index(stepOrder, next) {
		return Result{}, &keycloak.Error{Kind: keycloak.KindBadInput, Message: msg.New("The step %s is locked.", id), Hint: msg.New("Do the step %s first.", next)}
	}
	s.emit(Event{Step: id, Started: true})
	start := s.options.Now()
	done, checked, notes, err := f(keycloak.WithStep(ctx, string(id)), step)
	r := Result{Status: StatusPassed, Done: done, Checked: checked, Notes: notes, Duration: s.options.Now().Sub(start)}
	if err != nil {
		r.Status, r.Err = StatusFailed, err
	}
	if !look || !IsMissing(err) {
		s.update(func(st *State) { st.Results[id] = r })
	}
	if err == nil && id == StepSecondCall {
		err = s.options.Journal.write(eventFinished, s.entry("realm", s.current().Params.Realm, s.current().Params.Realm, ""))
	}
	r = keycloak.MaskAll(s.conn.Recorder, r)
	s.emit(Event{Step: id, Result: &r})
	return r, s.conn.Recorder.MaskError(err)
}

// Try makes a GET at an edited URL with the client's latest token, to see what changes. It belongs to no check.
func (s *Story) Try(ctx context.Context, rawURL string) (Call, error) {
	s.run.Lock()
	defer s.run.Unlock()
	if s.token == nil {
		return Call{}, badInput("Make the first call first.", "There is no token yet.")
	}
	e, err := s.conn.Server.Get(keycloak.WithStep(ctx, string(StepFirstCall)), msg.New("try an edited URL"), s.token.Secret, rawURL)
	if err != nil && e.Status == 0 {
		return Call{}, err
	}
	return keycloak.MaskAll(s.conn.Recorder, Call{Exchange: e, Token: s.token.Token, Stop: StopOf(e)}), nil
}

// CallURL returns the URL of the story's call, a GET, once the user is known; "" before.
func (s State) CallURL() string {
	if s.User == nil {
		return ""
	}
	return keycloak.UserURL(s.URL, s.Params.Realm, s.User.ID)
}

// Cleanup removes what this run created, and the realm of an earlier run that the journal knows and that holds nothing
// else. It goes on after an error; errors are joined.
func (s *Story) Cleanup(ctx context.Context) error {
	if s.still {
		return errStill
	}
	s.run.Lock()
	defer s.run.Unlock()
	state := s.current()
	if whole, err := s.removesRealm(ctx, state); whole || err != nil {
		if err != nil {
			return s.conn.Recorder.MaskError(err)
		}
		return s.conn.Recorder.MaskError(s.remove(ctx, Created{Kind: "realm", Realm: state.Params.Realm, Name: state.Params.Realm, ID: state.Params.Realm})) // all else goes with it
	}
	var errs []error
	if state.Unanswered != "" {
		errs = append(errs, s.removeUnanswered(ctx, state))
	}
	for _, c := range slices.Backward(state.Created) {
		if c.Removed {
			continue
		}
		if err := s.remove(ctx, c); err != nil {
			errs = append(errs, msg.Wrap(err, "removing the %s %s", KindWord(c.Kind), c.Name))
		}
	}
	if s.current().GrantedTo != "" { // it did not go with a client of this run
		_, err := undoGrant(ctx, s)
		errs = append(errs, err)
	}
	return s.conn.Recorder.MaskError(errors.Join(errs...))
}

// removesRealm reports whether the realm goes, with all in it. The mark of an earlier run is not enough: it is another's
// where the journal does not know that run, and where the realm holds more than was made for the story it stays, and
// fix403 down asks about it.
func (s *Story) removesRealm(ctx context.Context, state State) (bool, error) {
	r := state.Realm
	if slices.ContainsFunc(state.Created, func(c Created) bool { return c.Kind == "realm" && !c.Removed }) || r != nil && r.Marker == state.RunID {
		return true, nil
	}
	if r == nil || r.Marker == "" {
		return false, nil
	}
	l, err := s.options.Journal.ledger(s.conn.Server.URL())
	if err != nil {
		return false, err
	}
	why := ""
	if !l.knows(r.Marker, "realm", r.Name, r.Name) {
		why = texts.T("The realm %s stays: the journal of this machine does not know the run that made it. fix403 down asks about it.", r.Name)
	} else if c, err := s.conn.Admin.Contents(ctx, r.Name); err != nil {
		return false, err
	} else if holds := l.strangers(r.Name, r.Marker, c); holds != "" {
		why = texts.T("The realm %s stays: %s. fix403 down asks about it.", r.Name, holds)
	}
	s.update(func(st *State) { st.RealmStays = why })
	return why == "", nil
}

// removeUnanswered removes the realm whose creation was not answered, if it is there and carries the mark of this run. If
// it is not there, the server may still be at it: then it stays in doubt, and in the journal.
func (s *Story) removeUnanswered(ctx context.Context, state State) error {
	r, err := s.conn.Admin.FindRealm(ctx, state.Unanswered)
	switch {
	case keycloak.KindOf(err) == keycloak.KindNotFound, err == nil && r.Marker != state.RunID:
		return nil
	case err != nil:
		return msg.Wrap(err, "looking for the realm %s", state.Unanswered)
	}
	return s.remove(ctx, Created{Kind: "realm", Realm: state.Unanswered, Name: state.Unanswered, ID: state.Unanswered})
}

// remove deletes one object that this run created; one that is gone already counts as removed.
func (s *Story) remove(ctx context.Context, c Created) error {
	state := s.current()
	realm := state.Params.Realm
	e := s.entry(c.Kind, realm, c.Name, c.ID)
	others, readErr := s.options.Journal.others(e)
	var err error
	switch c.Kind {
	case "realm":
		mark := state.RunID
		if r := state.Realm; r != nil {
			mark = r.Marker
		}
		err = s.conn.Admin.DeleteMarkedRealm(ctx, c.Name, mark)
	case "client":
		err = s.conn.Admin.DeleteClient(ctx, realm, c.Name)
	case "user":
		err = s.conn.Admin.DeleteUser(ctx, realm, c.ID)
	}
	if err != nil && keycloak.KindOf(err) != keycloak.KindNotFound {
		return err
	}
	if err := errors.Join(readErr, s.options.Journal.removedWith(e, others)); err != nil {
		return err
	}
	s.update(func(st *State) {
		if c.Kind == "realm" {
			st.Realm, st.Unanswered, st.RealmStays = nil, "", ""
		}
		st.gone(c)
	})
	return nil
}

// intent writes the journal around a creation and notes what was created.
func (s *Story) intent(kind, realm, name string) (func(id string) error, error) {
	e := s.entry(kind, realm, name, "")
	if kind == "role" {
		e = s.roleEntry(s.current().ServiceAccount.ID)
		e.ID = ""
	}
	announced := e
	if !s.options.scratch {
		announced.Story = storyNames(s.current())
	}
	if err := s.options.Journal.intent(announced); err != nil {
		return nil, err
	}
	s.update(func(st *State) {
		s.unknown[kind] = true
		if kind == "realm" {
			st.Unanswered = name
		}
	})
	return func(id string) error {
		s.came(kind, realm, name, id)
		return s.options.Journal.settled(e, id)
	}, nil
}

// came notes that what was announced is there under an id, or with "" that it did not come about.
func (s *Story) came(kind, realm, name, id string) {
	s.update(func(st *State) {
		delete(s.unknown, kind)
		switch {
		case kind == "role":
			st.GrantedTo = id
		case id != "":
			st.Created = append(st.Created, Created{Kind: kind, Realm: realm, Name: name, ID: id})
		}
		if kind == "realm" {
			st.Unanswered = ""
		}
	})
}

func (s *Story) entry(kind, realm, name, id string) Entry {
	return Entry{Run: s.state.RunID, Server: s.conn.Server.URL(), Kind: kind, Realm: realm, Name: name, ID: id}
}
