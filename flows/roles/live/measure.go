package live

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"fix403/flows/crash"
	"fix403/flows/grace"
	"fix403/flows/problem"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// measuring is one run.
type measuring struct {
	*scene
	options Options
	version string
	callers []*caller // none, then one for each role
	names   []string  // of the roles
	kept    *keeper   // nil keeps nothing
	taken   Kept      // from an interrupted run
	found   map[string]*keptRow
	// by name, whether it is switched on
	features map[string]bool
	knew     []string // the roles of that run

	mu          sync.Mutex
	rows        map[string]*row
	pairs       []*caller
	triples     []*caller
	done, total int
	inARow      int // rows that failed since the last answer
}

// row is what was measured of one endpoint.
type row struct {
	probe  probe
	cells  roles.Row
	failed error       // a call that failed each time
	wrong  msg.Message // why it is no row of the table
	empty  bool        // the list is empty for realm-admin
	tried  bool        // with sets of roles, where that is needed
}

func (p probe) template() string {
	if strings.HasPrefix(p.path, "/admin/") {
		return p.path
	}
	return "/admin/realms/{realm}" + p.path
}

func (p probe) key() string { return p.method + " " + p.template() + " " + p.kind }

// round is what is measured at a time, before what would change it.
type round struct {
	probes  []probe
	workers int
}

// realmDeletion is measured last of all, in a way of its own.
var realmDeletion = probe{group: "realm", method: http.MethodDelete}

// rounds returns what is to be measured, in order, and whether the deletion of the realm is.
func (m *measuring) rounds() (rounds []round, deletion bool) {
	last := append(rareLast(), last...)
	var writes []probe
	for _, p := range writeProbes() {
		// What all share is not written to by two at once.
		if strings.Contains(p.path, "required-action") || p.group == "localization" {
			last = slices.Insert(last, 0, p)
		} else {
			writes = append(writes, p)
		}
	}
	w := m.options.Workers
	rounds = []round{{firstProbes(), w}, {readProbes(), w}, {writes, w}, {last, 1}}
	for i := range rounds {
		rounds[i].probes = sift.Out(rounds[i].probes, func(p probe) bool { return !m.wanted(p) })
		for n, p := range rounds[i].probes {
			rounds[i].probes[n] = m.featured(p)
		}
	}
	return rounds, m.wanted(realmDeletion)
}

// wanted reports whether a probe is to be measured: of single calls those that are their row, not those with a case.
func (m *measuring) wanted(p probe) bool {
	return m.options.Only == nil || p.kind == "" && slices.ContainsFunc(m.options.Only, func(e *roles.Endpoint) bool { return e.Method == p.method && e.Path == p.template() })
}

// Measures reports whether an endpoint is one that [Measure] can measure.
func Measures(e *roles.Endpoint) bool {
	m := &measuring{options: Options{Only: []*roles.Endpoint{e}}}
	rounds, deletion := m.rounds()
	return deletion || slices.ContainsFunc(rounds, func(r round) bool { return len(r.probes) > 0 })
}

func (m *measuring) measure(ctx context.Context) error {
	if err := m.findRoles(ctx); err != nil {
		return err
	}
	m.names = sorted(m.roles)
	if err := m.findFeatures(ctx); err != nil {
		return err
	}
	m.take()
	rounds, deletion := m.rounds()
	callers := len(m.names) + 1
	m.total = callers
	for _, r := range rounds {
		m.total += len(r.probes) * callers
	}
	if deletion {
		m.total += callers
	}
	m.progress(0)
	if err := m.prepareAgain(ctx); err != nil {
		return err
	}
	if err := m.control(ctx); err != nil {
		return err
	}
	for i, round := range rounds {
		err := each(ctx, len(round.probes), round.workers, func(ctx context.Context, i int) error { return m.row(ctx, round.probes[i]) })
		if err != nil {
			return err
		}
		if i == 0 {
			if err := m.retried(ctx, func() error { return m.addDefaultGroup(ctx) }); err != nil {
				return err
			}
		}
		if err := m.together(ctx, round.probes, round.workers); err != nil {
			return err
		}
	}
	if deletion && m.rows[realmDeletion.key()] == nil {
		return m.deleteRealm(ctx)
	}
	return nil
}

// prepareAgain fills the realm and makes the callers. Where a call of that gets no answer, what it would have made may be
// there or not, so that the realm is made anew.
func (m *measuring) prepareAgain(ctx context.Context) error {
	for n := 1; ; n++ {
		err := m.prepare(ctx)
		if err == nil || n == Attempts || !unanswered(err) || ctx.Err() != nil {
			return err
		}
		m.mu.Lock()
		m.problems, m.done = nil, 0
		m.mu.Unlock()
		if err := m.pause(ctx); err != nil {
			return err
		}
		if err := m.admin.DeleteRealm(ctx, m.realm); err != nil && failure.KindOf(err) != failure.NotFound {
			return err
		}
		if err := m.makeRealm(ctx); err != nil {
			return err
		}
	}
}

// control is a call that realm-admin may make for certain: where even that is not let in, nothing can be measured.
func (m *measuring) control(ctx context.Context) error {
	t := &trial{m: m, probe: probe{method: http.MethodGet}}
	_, err := t.call(ctx, m.realmAdmin())
	var refused *refusedError
	if errors.As(err, &refused) && refused.status == http.StatusUnauthorized {
		return problem.CheckFailed("Check the audience of the admin's own token: this admin API may require a different one from what the client scope kc-admin-api adds.",
			"The admin API answers 401 to the clients of the scratch realm, even to the one with realm-admin. Nothing can be measured that way.")
	}
	return err
}

func (m *measuring) realmAdmin() *caller {
	return m.callers[1+slices.Index(m.names, roles.RealmAdmin)]
}

// deleteRealm measures, last of all, who may delete the realm. Each success takes the scratch realm away; it is made again,
// with the same name, for the callers that are left.
func (m *measuring) deleteRealm(ctx context.Context) error {
	r := &row{probe: realmDeletion, tried: true}
	answers := map[string]answer{}
	gone := false
	for _, c := range slices.Concat(m.except(roles.RealmAdmin, "manage-realm"), m.only("manage-realm"), m.only(roles.RealmAdmin)) {
		a, err := m.tryDeletion(ctx, c, gone)
		if err != nil {
			return m.fail(ctx, r, err)
		}
		gone = a.status < http.StatusMultipleChoices
		answers[c.name()] = a
		m.progress(1)
	}
	r.judge(m.names, answers)
	m.store(r)
	return nil
}

// tryDeletion deletes the realm as a caller, after having made it again where it is gone.
func (m *measuring) tryDeletion(ctx context.Context, c *caller, gone bool) (answer, error) {
	var last error
	for range Attempts {
		if unanswered(last) {
			if err := m.pause(ctx); err != nil {
				return answer{}, err
			}
			_, err := m.admin.FindRealm(ctx, m.realm) // what got no answer may have been done
			gone = failure.KindOf(err) == failure.NotFound
		}
		if gone {
			if last = m.again(ctx, c); last != nil {
				continue
			}
			gone = false
		}
		a, err := (&trial{m: m, probe: realmDeletion}).attempt(ctx, c)
		if last = err; err == nil {
			return a, nil
		}
		var refused *refusedError
		if errors.As(err, &refused) && refused.status == http.StatusUnauthorized { // what was measured before revoked the token
			if err := m.renew(ctx, c); err != nil && !unanswered(err) {
				return answer{}, err
			}
		}
	}
	return answer{}, last
}

func (m *measuring) except(names ...string) []*caller {
	return sift.Out(m.callers, func(c *caller) bool { return slices.Contains(names, c.name()) })
}

func (m *measuring) only(name string) []*caller {
	return sift.Out(m.callers, func(c *caller) bool { return c.name() != name })
}

// makeRealm makes the scratch realm once more, with nothing in it.
func (m *measuring) makeRealm(ctx context.Context) error {
	lasting, giveUp := grace.Context(ctx)
	defer giveUp()
	if _, err := m.admin.EnsureRealm(lasting, m.realm, m.run, m.options.Journal.Declare(m.run, m.server.URL())); err != nil {
		return err
	}
	return m.findRoles(ctx)
}

// again makes the scratch realm once more, with nothing in it but one caller.
func (m *measuring) again(ctx context.Context, c *caller) error {
	if err := m.makeRealm(ctx); err != nil {
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

// findRoles reads which roles realm-management has on this server, and whether the admin API asks for its client scope.
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
	signs, err := m.admin.AudienceSigns(ctx, m.realm)
	m.audienceScope = signs.RealmScope
	return err
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

// row measures an endpoint with each caller, unless it was measured before.
func (m *measuring) row(ctx context.Context, p probe) error {
	m.mu.Lock()
	known := m.rows[p.key()] != nil
	m.mu.Unlock()
	if known {
		m.progress(len(m.callers))
		return nil
	}
	r := &row{probe: p}
	answers := map[string]answer{}
	t := &trial{m: m, probe: p}
	for i, c := range m.callers {
		a, err := t.call(ctx, c)
		if err != nil {
			m.progress(len(m.callers) - i)
			return m.fail(ctx, r, err)
		}
		answers[c.name()] = a
		m.progress(1)
	}
	r.judge(m.names, answers)
	if t.prepared != nil && r.cells.Served() && r.wrong.Empty() {
		r.wrong = msg.New("%s: %s", r.cells.Endpoint, msg.Of(t.prepared))
	}
	r.tried = !r.onlyAdmin()
	m.store(r)
	return nil
}

// judge makes the cells of the answers of all callers, or says why they are none.
func (r *row) judge(names []string, answers map[string]answer) {
	p := r.probe
	admin := answers[roles.RealmAdmin]
	if answers[roles.None].status == p.passed || p.passed == http.StatusNotFound && strings.Contains(admin.text, "HTTP 404") {
		p.passed = 0 // there is no such endpoint: what is asked for by an id is missed in other words
	}
	r.cells = roles.Row{
		Endpoint: p.endpoint(), None: answers[roles.None].cell(admin, p.passed), Cells: map[string]roles.Cell{},
	}
	for _, n := range names {
		r.cells.Cells[n] = answers[n].cell(admin, p.passed)
	}
	r.empty = admin.list && admin.length == 0
	if (admin.status == http.StatusBadRequest || admin.status == http.StatusInternalServerError) && p.passed == 0 || admin.status == http.StatusUnsupportedMediaType {
		r.wrong = msg.New("%s: realm-admin got %d %s", r.cells.Endpoint, admin.status, admin.text)
	}
}

// onlyAdmin reports whether no single role but realm-admin has the whole answer.
func (r *row) onlyAdmin() bool {
	whole := 0
	for _, c := range r.cells.Cells {
		if c.Whole() {
			whole++
		}
	}
	return whole == 1 && r.cells.Cells[roles.RealmAdmin].Whole()
}

// store takes a row that was measured, and keeps it for a later run if it is one of the table.
func (m *measuring) store(r *row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[r.probe.key()] = r
	if r.wrong.Empty() {
		m.kept.row(r)
	}
}

// fail marks a row one of whose calls failed each time. It is an error where the run is to end: ctx has ended, or the
// server answers nothing any more.
func (m *measuring) fail(ctx context.Context, r *row, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	const enough = 5
	m.mu.Lock()
	defer m.mu.Unlock()
	r.failed = err
	m.rows[r.probe.key()] = r
	if m.inARow++; m.inARow < enough {
		return nil
	}
	return &failure.Error{
		Kind: failure.Unreachable, Err: err, Message: msg.New("The server no longer answers: calls to %d endpoints in a row failed, each of them %d times. The last: %s.", enough, Attempts, msg.Of(err).Clause()),
		Hint: msg.New("Check that the server is up, then measure again."),
	}
}

// answered notes that the server answers.
func (m *measuring) answered() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inARow = 0
}

// newCallers makes a caller for each set of roles.
func (m *measuring) newCallers(ctx context.Context, sets [][]string) ([]*caller, error) {
	callers := make([]*caller, len(sets))
	return callers, each(ctx, len(sets), m.options.Workers, func(ctx context.Context, i int) error {
		err := m.retried(ctx, func() (err error) {
			callers[i], err = m.newCaller(ctx, sets[i])
			return err
		})
		m.progress(1)
		return err
	})
}

// retried does something again that got no answer, and that can be done twice.
func (m *measuring) retried(ctx context.Context, do func() error) error {
	for n := 1; ; n++ {
		err := do()
		if n == Attempts || !unanswered(err) || ctx.Err() != nil {
			return err
		}
		if err := m.pause(ctx); err != nil {
			return err
		}
	}
}
