package live

import (
	"context"
	"slices"
	"sort"
	"strings"
)

// sets are what is tried where no single role suffices: pairs of the roles that view and manage users, clients, the realm,
// organizations and identity providers, and for what no pair opens, three for the first three of those.
func (m *measuring) sets() (pairs, triples [][]string) {
	var names []string
	for _, n := range m.names {
		verb, what, _ := strings.Cut(n, "-")
		if (verb == "view" || verb == "manage") && slices.Contains([]string{"users", "clients", "realm", "organizations", "identity-providers"}, what) {
			names = append(names, n)
		}
	}
	for i, a := range names {
		for _, b := range names[i+1:] {
			pairs = append(pairs, []string{a, b})
		}
	}
	for _, clients := range []string{"manage-clients", "view-clients"} {
		for _, realm := range []string{"manage-realm", "view-realm"} {
			for _, users := range []string{"manage-users", "view-users"} {
				triples = append(triples, slices.Sorted(slices.Values([]string{clients, realm, users})))
			}
		}
	}
	return pairs, triples
}

// together measures pairs of roles where no single role but realm-admin has the whole answer.
func (m *measuring) together(ctx context.Context, probes []probe, workers int) error {
	var alone []*row
	for _, p := range probes {
		if r := m.rows[p.key()]; r.failed == nil && r.wrong.Empty() && !r.tried {
			alone = append(alone, r)
		}
	}
	if len(alone) == 0 {
		return nil
	}
	if m.pairs == nil {
		pairs, triples := m.sets()
		m.mu.Lock()
		m.total += len(pairs) + len(triples)
		m.mu.Unlock()
		var err error
		if m.pairs, err = m.newCallers(ctx, pairs); err != nil {
			return err
		}
		if m.triples, err = m.newCallers(ctx, triples); err != nil {
			return err
		}
	}
	m.mu.Lock()
	m.total += len(alone) * len(m.pairs)
	m.mu.Unlock()
	return each(ctx, len(alone), workers, func(ctx context.Context, i int) error {
		r := alone[i]
		sets, err := m.try(ctx, r, m.pairs)
		m.progress(len(m.pairs))
		if err == nil && len(sets) == 0 {
			sets, err = m.try(ctx, r, m.triples)
		}
		if err != nil {
			return m.fail(ctx, r, err)
		}
		r.cells.Together, r.tried = sets, true
		m.store(r)
		return nil
	})
}

// try returns which sets of roles have the whole answer.
func (m *measuring) try(ctx context.Context, r *row, callers []*caller) (sets [][]string, err error) {
	t := &trial{m: m, probe: r.probe}
	whole, err := t.call(ctx, m.realmAdmin())
	if err != nil {
		return nil, err
	}
	for _, c := range callers {
		a, err := t.call(ctx, c)
		if err != nil {
			return nil, err
		}
		if a.cell(whole, r.probe.passed).Whole() {
			sets = append(sets, c.roles)
		}
	}
	sort.Slice(sets, func(i, j int) bool { return slices.Compare(sets[i], sets[j]) < 0 })
	return sets, nil
}
