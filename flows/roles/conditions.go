package roles

import (
	"slices"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// condition is what a call takes by more than its path and its caller's roles, beside what the rows of the matrix show.
type condition struct {
	on   string // as one of Trap.On
	says version.Facts[texts.Text]
}

// conditions were measured by callers with one role, two and all, and users with none, one and all, directly and through a group
// (docs/FACTS.md, section 15).
var conditions = []condition{
	{"POST /users/{user-id}/impersonation", version.Facts[texts.Text]{}.
		Measured("Which roles the user holds does not count: the role impersonation is enough for an admin, too.", "26.7.3").
		Measured("If the user holds roles of realm-management, directly or through a group, a caller that does not hold each of them gets 403.", "26.7.4")},
	{"POST /partial-export", byQuery}, {"POST /roles/{role-name}/composites", clientRoleInside}, {"POST /roles-by-id/{role-id}/composites", clientRoleInside},
	{"POST /clients/{client-uuid}/roles/{role-name}/composites", version.Facts[texts.Text]{}.
		Measured("A realm role in the body also requires manage-realm.", "24.0.5 26.4.0 26.7.4")},
}

// What package weigh reads out of the query and the body of a call, in words.
var (
	byQuery = version.Facts[texts.Text]{}.
		Measured("exportClients=true also requires view-clients or manage-clients; exportGroupsAndRoles=true also requires query-groups, view-users or manage-users.", "24.0.5 26.4.0 26.7.4")
	clientRoleInside = version.Facts[texts.Text]{}.
				Measured("A client role in the body also requires manage-clients.", "24.0.5 26.4.0 26.7.4")
)

// byBody are the traps that tell how the body of a call decides.
var byBody = []string{"grant", "grant-strong", "grant-composite"}

// conditions returns what is known of a version, each with where it was measured.
func (m *Matrix) conditions(on string, e *Endpoint) []msg.Message {
	var says []msg.Message
	for _, c := range conditions {
		if e.Case != "" || !pattern(c.on).matches(e) {
			continue
		}
		for _, v := range c.says.At(m.versionOf(on), version.Equal) {
			says = append(says, msg.New("%s (Measured on %s.)", msg.New(v.Value), v.On))
		}
	}
	return says
}

// Conditions returns by what a call is decided beside its path and the caller's roles: the user whom it is about, or the roles in its body.
func (m *Matrix) Conditions(on string, e *Endpoint) []msg.Message {
	values := m.at(on, e, known.same)
	return append(m.trapsOf(values, func(t *Trap) bool { return slices.Contains(byBody, t.ID) }), m.conditions(on, e)...)
}
