// Package live measures the matrix of the package roles on a server: in a scratch realm, with one client for each role.
package live

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"fix403/flows/grace"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// Options of [Measure].
type Options struct {
	Practice bool   // measure the practice server, answering as the version As
	As       string // "" is its default
	URL      string

	Credentials  keycloak.Credentials
	TLS          wire.TLS
	Timeout      time.Duration // of each call; 0 is 30 s
	RealmTimeout time.Duration
	Journal      *journal.Journal // nil writes none, and keeps nothing
	Workers      int              // calls at the same time; 0 is 8
	RetryAfter   time.Duration    // how long a call that failed waits to be made again; 0 is a second

	// Only are the endpoints to measure, such as those of [roles.Matrix.Match]; nil measures all, and keeps what was measured
	// for a run that goes on.
	Only     []*roles.Endpoint
	Progress func(done, total int)
	// GoOn is asked whether what an interrupted run measured is taken; nil takes it.
	GoOn func(Kept) (bool, error)
	// Notice gets what a person is to know of on the way: what was kept, and what was removed.
	Notice func(msg.Message)
}

// Result is what was measured.
type Result struct {
	URL, Version string // Version is "" where the server does not tell
	Practice     bool
	Realm        string // the scratch realm; it is gone
	Table        *roles.Table
	// Problems tell of what could not be made, and of rows that say less for that; Unmeasured, which are among them, of rows that
	// are not in the table.
	Problems, Unmeasured []msg.Message
	Failed               int  // rows with a call that failed each time: a later run may measure them
	Kept                 Kept // what was taken from an interrupted run; the zero Kept for nothing
}

// Measure measures endpoints with every role of realm-management, and with sets of them where no single role but
// realm-admin suffices. It creates a scratch realm, journaled before and marked, and removes it, also when ctx is
// cancelled. It sends nothing that reaches beyond that realm. A call that fails is made again, and then its row is left
// out; rows that were measured are kept for the next run where this one does not come to its end.
func Measure(ctx context.Context, o Options) (_ *Result, err error) {
	o = o.complete()
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Result{URL: s.server.URL(), Practice: o.Practice, Realm: s.realm}
	defer func() {
		*r, err = wire.MaskAll(s.server.Recorder(), *r), s.server.Recorder().MaskError(err)
	}()
	if r.Version, err = s.admin.Version(ctx); err != nil {
		return nil, err
	}
	m := &measuring{scene: s, options: o, version: r.Version, rows: map[string]*row{}}
	end, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	// A creation is not given up at once: the server would create the realm all the same.
	lasting, giveUp := grace.Context(ctx)
	defer giveUp()
	if _, err := s.admin.EnsureRealm(lasting, s.realm, s.run, o.Journal.Declare(s.run, r.URL)); err != nil {
		if e := (*failure.Error)(nil); errors.As(err, &e) && e.Status != 0 {
			return nil, err
		}
		return nil, errors.Join(err, s.remove(ctx, o.Journal))
	}
	defer func() { err = errors.Join(err, s.remove(ctx, o.Journal)) }()
	defer func() { err = errors.Join(err, m.kept.close(err != nil || r.Failed > 0)) }()
	if err := m.measure(ctx); err != nil {
		m.sayKept()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	r.fill(m)
	if r.Failed > 0 {
		m.sayKept()
	}
	r.Kept = m.taken
	return r, nil
}

func (o Options) complete() Options {
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	if o.Notice == nil {
		o.Notice = func(msg.Message) {}
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.RealmTimeout == 0 {
		o.RealmTimeout = 2 * time.Minute
	}
	if o.RetryAfter == 0 {
		o.RetryAfter = time.Second
	}
	return o
}

func open(ctx context.Context, o Options) (*scene, error) {
	var transport http.RoundTripper
	if o.Practice {
		p, err := practice.New(practice.Options{Version: o.As})
		if err != nil {
			return nil, &failure.Error{Kind: failure.BadInput, Message: msg.Of(err)}
		}
		transport, o.URL = p.Transport(), p.URL()
		o.Credentials = keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}
	} else {
		t, err := wire.NewTransport(o.TLS)
		if err != nil {
			return nil, err
		}
		t.MaxIdleConnsPerHost = max(t.MaxIdleConnsPerHost, o.Workers)
		transport = t
	}
	recorder := &wire.Recorder{}
	o.Credentials.HideIn(recorder)
	server, err := keycloak.Open(ctx, o.URL, keycloak.Options{Transport: transport, Recorder: recorder, Timeout: o.Timeout, RealmTimeout: o.RealmTimeout})
	if err != nil {
		return nil, err
	}
	admin, err := server.Login(ctx, o.Credentials)
	if err != nil {
		return nil, err
	}
	run, secret, password := params.NewRunID(), params.NewRunID()+params.NewRunID(), params.NewRunID()+params.NewRunID()
	server.Recorder().Hide(wire.NewSecret(secret))
	server.Recorder().Hide(wire.NewSecret(password))
	return &scene{
		server: server, admin: admin, run: run, realm: scratchPrefix + run, secret: secret, password: password,
		timeout: o.Timeout, realmTimeout: o.RealmTimeout,
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// scratchPrefix begins the name of each scratch realm; the rest is the run.
const scratchPrefix = "fix403-roles-"

// remove removes the scratch realm. It does not heed that ctx was cancelled.
func (s *scene) remove(ctx context.Context, journal *journal.Journal) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	err := s.admin.DeleteRealm(ctx, s.realm)
	if err != nil && failure.KindOf(err) != failure.NotFound {
		return msg.Wrap(err, "the scratch realm %s was not removed (fix403 down does it)", s.realm)
	}
	return journal.Gone(s.run, s.server.URL(), s.realm)
}

// Measurable returns the endpoints of calls, each once. Its error is a [roles.NotMeasuredError].
func Measurable(calls []roles.Call) ([]*roles.Endpoint, error) {
	var only []*roles.Endpoint
	for _, c := range calls {
		e, err := roles.Shipped().Match(c)
		if err != nil {
			return nil, err
		}
		if !Measures(e) {
			return nil, &roles.NotMeasuredError{Message: msg.New("%s cannot be measured: fix403 cannot make this call.", e)}
		}
		if !slices.Contains(only, e) {
			only = append(only, e)
		}
	}
	return only, nil
}
