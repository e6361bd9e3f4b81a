package roles

import (
	"maps"
	"slices"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// Change is a change of who may call what that Keycloak's documents name, and that was not measured.
type Change struct {
	Since  string // the first version
	Source string // where it is documented
	On     []string
	Says   texts.Text
	Cells  map[string]Cell // what roles alone get since then, in place of what was measured; nil where it cannot be told
	Takes  [][]string      // sets of roles that have the whole answer since then
}

const (
	upgrading = "Keycloak's upgrading guide"
	advisory  = "the advisory of CVE-2026-94000"
	source    = "Keycloak's source"
)

// mapperPaths are those of protocol mappers, of a client and of a client scope.
var mapperPaths = []string{"/clients/{client-uuid}/protocol-mappers", "/client-scopes/{client-scope-id}/protocol-mappers"}

func mapperCalls() []string {
	var on []string
	for _, path := range mapperPaths {
		on = append(on, "POST "+path+"*", "PUT "+path+"*", "DELETE "+path+"*")
	}
	return on
}

// changes are all of them, the oldest first.
var changes = []Change{
	{Since: "26.8.0", Source: upgrading, On: []string{"GET /clients", "GET /clients/{client-uuid}"},
		Says: "Only manage-clients sees a client's secret; others see ********** instead."},
	{Since: "26.8.0", Source: source, On: []string{"GET /clients/{client-uuid}/client-secret"},
		Says: "The secret requires manage-clients; view-clients gets 403.", Cells: map[string]Cell{"view-clients": refusedCell}},
	{Since: "26.8.0", Source: upgrading, On: []string{"PUT /clients/{client-uuid}/default-client-scopes/*", "DELETE /clients/{client-uuid}/default-client-scopes/*",
		"PUT /clients/{client-uuid}/optional-client-scopes/*", "DELETE /clients/{client-uuid}/optional-client-scopes/*"},
		Says: "Besides the client, the caller must be allowed to manage the client scope. manage-clients allows both."},
	{Since: "26.8.0", Source: upgrading, On: []string{"GET /clients/{client-uuid}/default-client-scopes", "GET /clients/{client-uuid}/optional-client-scopes"},
		Says: "The list omits client scopes that the caller may not view, so an empty list proves nothing."},
	{Since: "26.8.0", Source: upgrading, On: []string{"GET /clients/{client-uuid}/user-sessions", "GET /clients/{client-uuid}/offline-sessions"},
		Says: "The list has only sessions of users that the caller may view."},
	{Since: "26.8.1", Source: advisory, On: []string{"PUT /users/{user-id}/groups/{groupId}", "POST /users"},
		Says: "manage-users cannot put a user into a group that carries roles such as realm-admin."},
	{Since: "26.8.2", Source: upgrading, On: mapperCalls(),
		Says:  "Creating, changing or deleting a protocol mapper requires manage-realm; mapper types can be exempted.",
		Cells: map[string]Cell{"manage-clients": refusedCell}, Takes: [][]string{{"manage-clients", "manage-realm"}}},
	{Since: "26.8.2", Source: upgrading, On: []string{"POST /clients", "POST /client-scopes"},
		Says: "With protocol mappers in the body it requires manage-realm; mapper types can be exempted."},
	{Since: "27.0.0", Source: upgrading, On: []string{"GET /clients/{client-uuid}/scope-mappings*", "GET /client-scopes/{client-scope-id}/scope-mappings*"},
		Says: "The list omits roles that the caller may neither view nor map."},
}

// ofEndpoint returns the changes of an endpoint.
func changesOf(e *Endpoint) []Change {
	return sift.Out(changes, func(c Change) bool {
		return e.Case != "" || !slices.ContainsFunc(c.On, func(on string) bool { return pattern(on).matches(e) })
	})
}

// documented adds what changes make of the newest measured row. What was measured since then counts more.
func (m *Matrix) documented(e *Endpoint, f version.Facts[known]) version.Facts[known] {
	var at known
	for _, c := range changesOf(e) {
		since := version.Of(c.Since)
		for _, t := range m.tables {
			if row := t.at[e]; row != nil && version.Compare(version.Of(t.Version), since) < 0 {
				if at.t == nil || version.Compare(version.Of(at.t.Version), version.Of(t.Version)) < 0 {
					at = known{t, row}
				}
			}
		}
		if c.Cells == nil || at.t == nil || at.absent() || m.place(c.Since) >= 0 {
			continue
		}
		row := *at.row
		row.Cells = maps.Clone(row.Cells)
		maps.Copy(row.Cells, c.Cells)
		row.Together = append(slices.Clone(row.Together), c.Takes...)
		at.row = &row
		f = f.Documented(at, c.Since)
	}
	return f
}

// documentedOn returns what is documented of an endpoint on a version, and not measured.
func (m *Matrix) documentedOn(on string, e *Endpoint) []Change {
	v := m.versionOf(on)
	if !v.Known() {
		return nil
	}
	return sift.Out(changesOf(e), func(c Change) bool {
		measured := slices.ContainsFunc(m.tables, func(t *Table) bool {
			at := version.Of(t.Version)
			return t.at[e] != nil && version.Compare(at, version.Of(c.Since)) >= 0 && version.Compare(at, v) <= 0
		})
		return measured || version.Compare(v, version.Of(c.Since)) < 0
	})
}

// DocumentedBetween returns what is documented of an endpoint on one of two versions alone, and not measured.
func (m *Matrix) DocumentedBetween(e *Endpoint, a, b string) []Change {
	before, after := m.documentedOn(a, e), m.documentedOn(b, e)
	if len(before) > len(after) {
		before, after = after, before
	}
	return after[len(before):]
}

// Sentence is what is documented, and since when.
func (c Change) Sentence() msg.Message {
	return msg.New("Documented since %s, not measured: %s", c.Since, msg.New(c.Says))
}

// sayings returns that in sentences.
func (m *Matrix) sayings(on string, e *Endpoint) []msg.Message {
	var says []msg.Message
	for _, c := range m.documentedOn(on, e) {
		says = append(says, c.Sentence())
	}
	return says
}

// pending reports whether nothing was measured since a change.
func (m *Matrix) pending(c Change) bool {
	return version.Compare(version.Of(m.newest().Version), version.Of(c.Since)) < 0
}
