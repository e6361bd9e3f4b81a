package live

import (
	"net/http"
	"slices"
	"strings"

	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// table draws the table of what was measured, and tells of rows that could not be.
func (m *measuring) table() (*roles.Table, []msg.Message) {
	t := &roles.Table{Version: m.version, Roles: m.names}
	var problems []msg.Message
	for _, err := range m.problems {
		problems = append(problems, msg.Of(err))
	}
	for _, r := range m.rows {
		admin := r.answers[roles.RealmAdmin]
		row := roles.Row{
			Endpoint: &roles.Endpoint{Method: r.probe.method, Path: r.probe.template(), Group: r.probe.group, Case: r.probe.kind},
			None:     r.answers[roles.None].cell(admin, r.probe.passed), Cells: map[string]roles.Cell{}, Together: r.together,
		}
		for _, n := range m.names {
			row.Cells[n] = r.answers[n].cell(admin, r.probe.passed)
		}
		if r.prepared != nil && row.Served() {
			problems = append(problems, msg.New("%s: %s", row.Endpoint, msg.Of(r.prepared)))
			continue
		}
		if again(admin.status) || admin.status == http.StatusBadRequest && r.probe.passed == 0 || admin.status == 415 || admin.status == 401 {
			problems = append(problems, msg.New("%s: realm-admin got %d %s", row.Endpoint, admin.status, admin.text))
			continue
		}
		if admin.list && admin.length == 0 {
			problems = append(problems, msg.New("%s: the list is empty for realm-admin, too, so that it cannot tell who sees less", row.Endpoint))
		}
		t.Rows = append(t.Rows, row)
	}
	slices.SortFunc(t.Rows, func(a, b roles.Row) int { return roles.CompareEndpoints(a.Endpoint, b.Endpoint) })
	slices.SortFunc(problems, func(a, b msg.Message) int { return strings.Compare(a.String(), b.String()) })
	return t, problems
}
