package live

import (
	"fix403/flows/roles"
	"fix403/keycloak/msg"
	"sort"
)

// fill puts into a result the table of what was measured, and tells of rows that could not be.
func (r *Result) fill(m *measuring) {
	r.Table = &roles.Table{Version: m.version, Roles: m.names}
	for _, err := range m.problems {
		r.Problems = append(r.Problems, msg.Of(err))
	}
	for _, row := range m.rows {
		switch {
		case row.failed != nil:
			r.Failed++
			r.Unmeasured = append(r.Unmeasured, msg.New("%s: %s, in each of %d attempts", row.probe.endpoint(), msg.Of(row.failed).Clause(), Attempts))
			continue
		case !row.wrong.Empty():
			r.Unmeasured = append(r.Unmeasured, row.wrong)
			continue
		case row.empty:
			r.Problems = append(r.Problems, msg.New("%s: the list is empty even for realm-admin, so it cannot show which roles see less", row.cells.Endpoint))
		}
		r.Table.Rows = append(r.Table.Rows, row.cells)
	}
	sort.Slice(r.Table.Rows, func(i, j int) bool {
		return roles.CompareEndpoints(r.Table.Rows[i].Endpoint, r.Table.Rows[j].Endpoint) < 0
	})
	r.Problems = append(r.Problems, r.Unmeasured...)
	for _, list := range [][]msg.Message{r.Problems, r.Unmeasured} {
		sort.Slice(list, func(i, j int) bool { return list[i].String() < list[j].String() })
	}
}
