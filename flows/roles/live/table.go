package live

import (
	"slices"
	"strings"

	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// table draws the table of what was measured, and tells of rows that could not be, and how many of them a call failed of.
func (m *measuring) table() (t *roles.Table, problems []msg.Message, failed int) {
	t = &roles.Table{Version: m.version, Roles: m.names}
	for _, err := range m.problems {
		problems = append(problems, msg.Of(err))
	}
	for _, r := range m.rows {
		switch {
		case r.failed != nil:
			failed++
			problems = append(problems, msg.New("%s: %s, each of %d times", r.probe.endpoint(), msg.Of(r.failed).Clause(), attempts))
			continue
		case !r.wrong.Empty():
			problems = append(problems, r.wrong)
			continue
		case r.empty:
			problems = append(problems, msg.New("%s: the list is empty for realm-admin, too, so that it cannot tell who sees less", r.cells.Endpoint))
		}
		t.Rows = append(t.Rows, r.cells)
	}
	slices.SortFunc(t.Rows, func(a, b roles.Row) int { return roles.CompareEndpoints(a.Endpoint, b.Endpoint) })
	slices.SortFunc(problems, func(a, b msg.Message) int { return strings.Compare(a.String(), b.String()) })
	return t, problems, failed
}
