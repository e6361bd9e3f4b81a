// Package live measures the matrix of the package roles on a server: in a scratch realm, with one client for each role.
package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"fix403/flows/crash"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/flows/story"
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
	Journal      *journal.Journal // nil writes none
	Workers      int              // calls at the same time; 0 is 8
	Progress     func(done, total int)
}

// Result is what was measured.
type Result struct {
	URL, Version string // Version is "" where the server does not tell
	Practice     bool
	Realm        string // the scratch realm; it is gone
	Table        *roles.Table
	// Problems tell of rows that could not be measured, since what they need could not be made.
	Problems []msg.Message
}

// Measure measures every endpoint with every role of realm-management, and with sets of them where no single role but
// realm-admin suffices. It creates a scratch realm, journaled before and marked, and removes it, also when ctx is
// cancelled. It sends nothing that reaches beyond that realm.
func Measure(ctx context.Context, o Options) (_ *Result, err error) {
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Result{URL: s.server.URL(), Practice: o.Practice, Realm: s.realm}
	if r.Version, err = s.admin.Version(ctx); err != nil {
		return nil, err
	}
	// A creation is not given up at once: the server would create the realm all the same.
	lasting, giveUp := story.WithGrace(ctx)
	defer giveUp()
	if _, err := s.admin.EnsureRealm(lasting, s.realm, s.run, o.Journal.Declare(s.run, r.URL)); err != nil {
		if e := (*failure.Error)(nil); errors.As(err, &e) && e.Status != 0 {
			return nil, err
		}
		return nil, errors.Join(err, s.remove(ctx, o.Journal))
	}
	defer func() { err = errors.Join(err, s.remove(ctx, o.Journal)) }()
	defer func() {
		*r, err = wire.MaskAll(s.server.Recorder(), *r), s.server.Recorder().MaskError(err)
	}()
	m := &measuring{scene: s, options: o, version: r.Version, rows: map[string]*row{}}
	if err := m.measure(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	r.Table, r.Problems = m.table()
	return r, nil
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
		server: server, admin: admin, run: run, realm: "fix403-roles-" + run, secret: secret, password: password,
		http: &http.Client{Transport: transport, Timeout: o.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

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

// measuring is one run.
type measuring struct {
	*scene
	options Options
	version string
	callers []*caller // none, then one for each role
	names   []string  // of the roles

	mu          sync.Mutex
	rows        map[string]*row
	pairs       []*caller
	triples     []*caller
	done, total int
}

// row is what was measured of one endpoint.
type row struct {
	probe    probe
	answers  map[string]answer // by caller
	together [][]string
	prepared error // why what it needs could not be made
}

func (p probe) template() string {
	if strings.HasPrefix(p.path, "/admin/") {
		return p.path
	}
	return "/admin/realms/{realm}" + p.path
}

func (p probe) key() string { return p.method + " " + p.template() + " " + p.kind }

func (m *measuring) measure(ctx context.Context) error {
	if err := m.findRoles(ctx); err != nil {
		return err
	}
	m.names = sorted(m.roles)
	first, reads, last := firstProbes(), readProbes(), lastProbes()
	var writes []probe
	for _, p := range writeProbes() {
		// What all share is not written to by two at once.
		if strings.Contains(p.path, "required-action") || p.group == "localization" {
			last = slices.Insert(last, 0, p)
		} else {
			writes = append(writes, p)
		}
	}
	callers := len(m.names) + 1
	m.total = callers + (len(first)+len(reads)+len(writes)+len(last)+1)*callers
	m.progress(0)
	if err := m.prepare(ctx); err != nil {
		return err
	}
	for i, round := range []struct {
		probes  []probe
		workers int
	}{{first, m.options.Workers}, {reads, m.options.Workers}, {writes, m.options.Workers}, {last, 1}} {
		err := each(ctx, len(round.probes), round.workers, func(ctx context.Context, i int) error { return m.row(ctx, round.probes[i]) })
		if err != nil {
			return err
		}
		if i == 0 {
			m.addDefaultGroup(ctx)
		}
		if err := m.together(ctx, round.probes, round.workers); err != nil {
			return err
		}
	}
	return m.deleteRealm(ctx)
}

// deleteRealm measures, last of all, who may delete the realm. Each success takes the scratch realm away; it is made again,
// with the same name, for the callers that are left.
func (m *measuring) deleteRealm(ctx context.Context) error {
	p := probe{group: "realm", method: http.MethodDelete}
	r := &row{probe: p, answers: map[string]answer{}}
	gone := false
	for _, c := range slices.Concat(m.except(roles.RealmAdmin, "manage-realm"), m.only("manage-realm"), m.only(roles.RealmAdmin)) {
		if gone {
			if err := m.again(ctx, c); err != nil {
				return err
			}
		}
		t := &trial{m: m, probe: p}
		a, err := t.call(ctx, c)
		if err != nil {
			return err
		}
		gone = a.status < 300
		r.answers[c.name()] = a
		m.progress(1)
	}
	m.rows[p.key()] = r
	return nil
}

func (m *measuring) except(names ...string) []*caller {
	return slices.DeleteFunc(slices.Clone(m.callers), func(c *caller) bool { return slices.Contains(names, c.name()) })
}

func (m *measuring) only(name string) []*caller {
	return slices.DeleteFunc(slices.Clone(m.callers), func(c *caller) bool { return c.name() != name })
}

// again makes the scratch realm once more, with nothing in it but one caller.
func (m *measuring) again(ctx context.Context, c *caller) error {
	lasting, giveUp := story.WithGrace(ctx)
	defer giveUp()
	if _, err := m.admin.EnsureRealm(lasting, m.realm, m.run, m.options.Journal.Declare(m.run, m.server.URL())); err != nil {
		return err
	}
	if err := m.findRoles(ctx); err != nil {
		return err
	}
	same, err := m.newCaller(ctx, c.roles)
	if err != nil {
		return err
	}
	c.id, c.secret, c.token = same.id, same.secret, same.bearer()
	return nil
}

// prepare fills the realm and makes the callers.
func (m *measuring) prepare(ctx context.Context) error {
	if err := m.fillRealm(ctx); err != nil {
		return err
	}
	sets := [][]string{{}}
	for _, n := range m.names {
		sets = append(sets, []string{n})
	}
	var err error
	m.callers, err = m.newCallers(ctx, sets)
	return err
}

// findRoles reads which roles realm-management has on this server.
func (m *measuring) findRoles(ctx context.Context) error {
	client, err := m.admin.FindClient(ctx, m.realm, "realm-management")
	if err != nil {
		return err
	}
	m.realmManagement = client.ID
	list, err := m.admin.ClientRoles(ctx, m.realm, client.ID)
	if err != nil {
		return err
	}
	m.roles = map[string]keycloak.Role{}
	for _, r := range list {
		m.roles[r.Name] = r
	}
	return nil
}

// each calls f for 0 to n-1, some at a time, and stops at the first error.
func each(ctx context.Context, n, workers int, f func(ctx context.Context, i int) error) error {
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i := range n {
		g.Go(func() error {
			if err := running.Err(); err != nil {
				return err
			}
			return crash.Guarded(func() error { return f(running, i) })
		})
	}
	return g.Wait()
}

func (m *measuring) progress(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += n
	m.options.Progress(m.done, m.total)
}

// row measures an endpoint with each caller.
func (m *measuring) row(ctx context.Context, p probe) error {
	r := &row{probe: p, answers: map[string]answer{}}
	t := &trial{m: m, probe: p}
	for _, c := range m.callers {
		a, err := t.call(ctx, c)
		if err != nil {
			return err
		}
		r.answers[c.name()] = a
		m.progress(1)
	}
	r.prepared = t.prepared
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[p.key()] = r
	return nil
}

func (c *caller) name() string {
	if len(c.roles) == 0 {
		return roles.None
	}
	return strings.Join(c.roles, "+")
}

// trial is the attempts at one endpoint: what it uses up is made again after each success.
type trial struct {
	m        *measuring
	probe    probe
	values   map[string]string
	prepared error
}

// again are the answers that may come of calls at the same time: they are tried once more.
func again(status int) bool {
	return status == http.StatusConflict || status >= 500 && status != http.StatusNotImplemented
}

func (t *trial) call(ctx context.Context, c *caller) (answer, error) {
	const attempts = 3
	var a answer
	for range attempts {
		if t.values == nil {
			if err := t.prepare(ctx); err != nil {
				return a, err
			}
		}
		var err error
		if a, err = t.m.send(ctx, c, t.probe, t.values); err != nil {
			return a, err
		}
		if a.status == http.StatusUnauthorized { // the token was revoked by what is measured
			if err := t.m.renew(ctx, c); err != nil {
				return a, err
			}
			continue
		}
		if t.probe.method != http.MethodGet && (a.status < 300 || again(a.status) || len(t.probe.fresh) == 0) {
			t.values = nil
		}
		if !again(a.status) {
			break
		}
	}
	return a, nil
}

func (t *trial) prepare(ctx context.Context) error {
	t.values = t.m.clone(t.m.values)
	for _, r := range rules {
		if strings.HasPrefix(t.probe.path, r.path) && strings.HasSuffix(t.probe.kind, r.kind) {
			if v := fill(r.value, t.values); v != missing {
				t.values[r.name] = v
			} else {
				delete(t.values, r.name)
			}
		}
	}
	for _, st := range t.probe.fresh {
		if err := t.m.do(ctx, st, t.values); err != nil && !st.optional {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if st.id != "" {
				delete(t.values, st.id)
			}
			t.prepared = err
		}
	}
	return nil
}

// send makes the call with the caller's token.
func (m *measuring) send(ctx context.Context, c *caller, p probe, values map[string]string) (answer, error) {
	path := fillPath(p.template(), values)
	if p.query != "" {
		path += "?" + fill(p.query, values)
	}
	body, kind := fill(p.body, values), ""
	switch {
	case strings.HasPrefix(body, "text:"):
		body, kind = body[len("text:"):], "text/plain"
	case strings.HasPrefix(body, "form:"):
		body, kind = body[len("form:"):], "application/x-www-form-urlencoded"
	case p.body != "":
		kind = "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, p.method, m.server.URL()+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer())
	req.Header.Set("Accept", "application/json, */*;q=0.5")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := m.http.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", p.method, p.template(), err)
	}
	text, err := wire.ReadAnswer(res)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", p.method, p.template(), err)
	}
	a := answerOf(res.StatusCode, text, p.method == http.MethodGet)
	if a.status >= http.StatusMultipleChoices && c.name() == roles.RealmAdmin { // what is told of the others is their status
		const most = 300
		a.text = m.server.Recorder().Quote(string(text), most)
	}
	return a, nil
}

// newCallers makes a caller for each set of roles.
func (m *measuring) newCallers(ctx context.Context, sets [][]string) ([]*caller, error) {
	callers := make([]*caller, len(sets))
	return callers, each(ctx, len(sets), m.options.Workers, func(ctx context.Context, i int) (err error) {
		callers[i], err = m.newCaller(ctx, sets[i])
		m.progress(1)
		return err
	})
}
