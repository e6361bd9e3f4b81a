// Package story tells the story, step by step: from nothing to the 403, and from there to the 200.
package story

import (
	"context"
	"encoding/hex"
	"sync"
	"time"

	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/sh"
	"fix403/flows/story/login"
	"fix403/flows/story/made"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// StepID names a step; the values are a contract of the JSON output.
type StepID string

// Options of [New].
type Options struct {
	Practice bool   // the embedded server, in process; URL and Credentials are then not used
	As       string // version the practice server answers as; "" is its default
	IDSeed   string // of the practice server's ids, for a run that looks the same each time; "" makes them up

	URL          string
	Credentials  keycloak.Credentials
	TLS          wire.TLS
	Timeout      time.Duration // per call; 0 is the adapter's default
	RealmTimeout time.Duration // 0 is the adapter's default

	Params   params.Params
	Existing bool                // work inside a realm that is not ours: only client and user are created
	Journal  *journal.Journal    // nil writes none; never used on the in-process practice server
	Resume   *journal.Unfinished // an earlier run to go on with: see [Story.Resume]
	Scratch  bool                // nobody goes on with this run
	InParts  bool                // [Story.Do] stops halfway through a step of two parts, for a person to see the first
	Events   func(Event)
	Now      func() time.Time // nil is time.Now
}

// Event is something that happened while a step runs, sent on the goroutine that runs it.
type Event struct {
	Step     StepID
	Exchange *wire.Exchange // an exchange ended
	Request  *wire.Started  // a request was sent, and is not answered yet
	Started  bool           // the step began
	Result   *Result        // the step ended
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

// Story is one run of the steps against one server. Steps run one at a time; state may be read at any time.
type Story struct {
	options Options
	conn    *Conn
	run     sync.Mutex // held while a step runs

	mu      sync.Mutex // guards what follows
	state   State
	shown   *State // state with secrets masked, nil for one that is to be made
	shownBy int    // how much the recorder knew then
	login   login.Login
	secret  wire.Secret         // of the client
	earlier *journal.Unfinished // to go on with
	resumed bool                // with an earlier run, which may have given the role

	// Only touched while run is held.
	step     StepID                // that exchanges are part of; "" for none
	quiet    bool                  // no exchange is recorded
	token    *keycloak.IssuedToken // the client's latest
	oldToken *keycloak.IssuedToken // the one of the first call
	rmID     string                // uuid of the client realm-management
	role     keycloak.Role         // view-users

	byHand made.ByHand
}

// New prepares a story; nothing is sent yet.
func New(o Options) (*Story, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Story{options: o, conn: &Conn{Recorder: &wire.Recorder{}, Timeout: o.Timeout, Now: o.Now}}
	s.login = login.For(o.URL, o.Credentials)
	s.options.Credentials.Password = wire.Secret{} // in one place alone, to be dropped there
	s.state = State{RunID: params.NewRunID(), Params: o.Params, Practice: o.Practice, Existing: o.Existing, URL: o.URL, Results: map[StepID]Result{}}
	if u := o.Resume; u != nil {
		s.earlier, s.state.RunID, s.byHand.Found = u, u.Run, u.CreatedByHand
	}
	if o.Practice {
		p, err := practice.New(practice.Options{Version: o.As, Now: o.Now, IDSeed: o.IDSeed})
		if err != nil {
			return nil, &failure.Error{Kind: failure.BadInput, Message: msg.Of(err)}
		}
		s.conn.Transport, s.state.As, s.state.URL = p.Transport(), p.Version(), p.URL()
		s.login = login.For(p.URL(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())})
		s.options.Journal = nil
		if o.IDSeed != "" {
			s.state.RunID = hex.EncodeToString([]byte(o.IDSeed))
		}
	}
	s.public()
	s.login.Credentials.HideIn(s.conn.Recorder)
	s.conn.Recorder.OnRequest(func(b wire.Started) { s.emit(Event{Step: StepID(b.Step), Request: &b}) })
	s.conn.Recorder.OnExchange(func(e wire.Exchange) { s.emit(Event{Step: StepID(e.Step), Exchange: &e}) })
	return s, nil
}

func (s *Story) emit(e Event) {
	if s.options.Events != nil {
		s.options.Events(e)
	}
}

// State returns a copy of the state, in which secrets are masked. What its pointers point to never changes.
func (s *Story) State() *State {
	known := s.conn.Recorder.Known()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown == nil || s.shownBy != known {
		s.shown, s.shownBy = wire.MaskAll(s.conn.Recorder, s.copied(&s.state)), known
	}
	return s.copied(s.shown)
}

// Current is the state as it was found, to go on from.
func (s *Story) Current() *State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copied(&s.state)
}

func (s *Story) copied(from *State) *State {
	c := *from
	c.Results = make(map[StepID]Result, len(from.Results))
	for id, r := range from.Results {
		c.Results[id] = r
	}
	c.Objects = made.Copy(from.Objects)
	c.sameWay = sh.SameWay(s.options.TLS, s.login.Credentials)
	return &c
}

// Exchanges returns all exchanges so far, masked.
func (s *Story) Exchanges() []wire.Exchange { return s.conn.Recorder.Exchanges() }

// Close closes the connections that are kept open. The story can go on all the same.
func (s *Story) Close() {
	s.run.Lock()
	defer s.run.Unlock()
	wire.CloseIdle(s.conn.Transport)
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
func (s *Story) ClientSecret() wire.Secret {
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
	if value, is := s.login.Value(name); is {
		return value
	}
	return s.state.Params.Get(name)
}

// Inputs returns the inputs of a step that have to be asked for here: the practice server needs no login data, and an
// admin's client or token no user and password.
func (s *Story) Inputs(id StepID) []Input {
	s.mu.Lock()
	defer s.mu.Unlock()
	var inputs []Input
	for _, in := range StepByID(id).Inputs {
		if in.For != nil && !in.For(s.options) || in.Name == login.Code && !s.lacksCode() {
			continue
		}
		in.Given = in.Name == login.Password && s.login.Credentials.HasPassword()
		in.Value = s.value(in.Name)
		inputs = append(inputs, in)
	}
	return inputs
}

// lacksCode reports whether a one-time code may be what the last login lacked, and nobody is asked for it then.
func (s *Story) lacksCode() bool {
	return s.login.Credentials.AskOTP == nil && keycloak.MayLackCode(s.state.Results[StepConnect].Err)
}

// Server returns options for another run on the server of this one, as the same admin.
func (s *Story) Server() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.options
	o.InParts = false
	if !o.Practice {
		o.URL, o.Credentials = s.login.URL, s.login.Credentials
	}
	return o
}

// Set validates an input and stores it; an error has [failure.BadInput] and leaves the old value. Inputs of a
// passed step are refused: undo the step first.
func (s *Story) Set(name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range Steps() {
		if s.state.Results[step.ID].Status == StatusPassed && step.has(name) && value != s.value(name) {
			return problem.BadInput("Undo the step first.", "%q belongs to a step that is done.", name)
		}
	}
	if is, err := s.login.Set(name, value); is || err != nil {
		if name == login.Password {
			s.conn.Recorder.Hide(s.login.Credentials.Password)
		}
		return err
	}
	s.shown = nil
	defer s.public()
	return s.state.Params.Set(name, value)
}

// public has the recorder show the names that the person gave.
func (s *Story) public() {
	p := s.state.Params
	s.conn.Recorder.Public(p.Realm, p.ClientID, p.Username, p.Email, s.login.Credentials.User)
}

// Next returns the first step that has not passed, and false when all have.
func (s *Story) Next() (StepID, bool) { return s.Current().Next() }

// Do runs a step and then its check. It is refused while an earlier step has not passed. A failed step can be done
// again: what it had created is then found and used. With [Options.InParts] a step may stay open, and no error is returned:
// see [Step.Halfway].
func (s *Story) Do(ctx context.Context, id StepID) (Result, error) {
	return s.perform(ctx, id, false, func(ctx context.Context, step *Step) (outcome, error) {
		o, err := step.do(ctx, s)
		if err != nil {
			return o, err
		}
		if o.halfway {
			return o, nil
		}
		seen, err := step.check(ctx, s)
		return outcome{done: o.done, checked: seen.checked, notes: append(o.notes, seen.notes...)}, err
	})
}

// DoThrough does the steps up to and including one, as far as they have not passed, and stops at the first that fails.
func (s *Story) DoThrough(ctx context.Context, last StepID) error {
	for _, step := range steps[:position(last)+1] {
		if s.Current().Results[step.ID].Status == StatusPassed {
			continue
		}
		if _, err := s.Do(ctx, step.ID); err != nil {
			return err
		}
	}
	return nil
}

// Last returns the last step: when it has passed, the story has come to its end.
func Last() *Step { return steps[len(steps)-1] }

// Check runs only the check of a step: it looks whether the server is already as the step would make it, by whichever hand
// it. The calls of first-call and second-call leave nothing on the server: they are made, to see how they are answered.
// A step that has not been done stays as it is, and the error says so: see [IsMissing].
func (s *Story) Check(ctx context.Context, id StepID) (Result, error) {
	return s.perform(ctx, id, true, func(ctx context.Context, step *Step) (outcome, error) {
		if step.look != nil {
			return step.look(ctx, s)
		}
		o, err := step.check(ctx, s)
		o.done = msg.New("Found done.")
		return o, err
	})
}

// perform runs f as a step and keeps the result, but for a look that finds the step not done.
func (s *Story) perform(ctx context.Context, id StepID, look bool, f func(context.Context, *Step) (outcome, error)) (Result, error) {
	step := StepByID(id)
	if step == nil {
		return Result{}, problem.BadInput("", "There is no step %q.", id)
	}
	s.run.Lock()
	defer s.run.Unlock()
	if next, open := s.Next(); open && position(id) > position(next) {
		return Result{}, &failure.Error{Kind: failure.BadInput, Message: msg.New("The step %s is locked.", id), Hint: msg.New("Do the step %s first.", next)}
	}
	s.emit(Event{Step: id, Started: true})
	start := s.options.Now()
	defer s.inStep(id)()
	o, err := f(ctx, step)
	r := Result{Status: StatusPassed, Done: o.done, Checked: o.checked, Notes: o.notes, Duration: s.options.Now().Sub(start)}
	switch {
	case err != nil:
		r.Status, r.Err = StatusFailed, err
	case o.halfway:
		r.Status = StatusOpen
	}
	if !look || !problem.IsMissing(err) {
		s.update(func(st *State) { st.Results[id] = r })
	}
	if err == nil && step == Last() {
		err = s.options.Journal.Write(journal.EventFinished, s.entry(kind.Realm, s.Current().Params.Realm, s.Current().Params.Realm, ""))
	}
	r = wire.MaskAll(s.conn.Recorder, r)
	s.emit(Event{Step: id, Result: &r})
	return r, s.conn.Recorder.MaskError(err)
}

// Try makes a GET at an edited URL with the client's latest token, to see what changes. It belongs to no check.
func (s *Story) Try(ctx context.Context, rawURL string) (Call, error) {
	s.run.Lock()
	defer s.run.Unlock()
	if s.token == nil {
		return Call{}, problem.BadInput("Make the first call first.", "There is no token yet.")
	}
	defer s.inStep(StepFirstCall)()
	e, err := s.server().Get(ctx, msg.New("try an edited URL"), s.token.Secret, rawURL)
	if err != nil && e.Status == 0 {
		return Call{}, err
	}
	return wire.MaskAll(s.conn.Recorder, Call{Exchange: e, Token: s.token.Token, Refusal: gate.Classify(e)}), nil
}
