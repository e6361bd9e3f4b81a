package live

import "context"

// findFeatures finds which of the server's features are switched on.
func (m *measuring) findFeatures(ctx context.Context) (err error) {
	m.features, err = m.admin.Features(ctx)
	return err
}

// featured makes a row of its own of a call that only a feature brings which was switched on.
func (m *measuring) featured(p probe) probe {
	if p.kind == "" {
		p.kind = p.endpoint().SwitchedOn(m.features)
	}
	return p
}
