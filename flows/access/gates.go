package access

import (
	"slices"
	"strings"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// lesser are calls that look at two things, such as at a role and at users, and what a query- role gets in the place of the role for the
// second: the matrix has which sets of roles get the whole response, and no others.
var lesser = []struct {
	on       []string // below the realm
	query    string
	place    string
	response Answer
}{
	{[]string{
		"GET /roles/{role-name}/users", "GET /clients/{client-uuid}/roles/{role-name}/users", "GET /organizations/{org-id}/members",
		"GET /organizations/{org-id}/members/count", "GET /organizations/{org-id}/groups/{group-id}/members",
	}, "query-users", "view-users", Filtered},
	{[]string{"GET /roles/{role-name}/groups", "GET /clients/{client-uuid}/roles/{role-name}/groups"}, "query-groups", "view-users", Whole},
}

// lesserMeasured is where all calls were tried with random sets of roles, so that what lesser does not have is refused.
var lesserMeasured = version.Facts[bool]{}.Measured(true, "24.0.5 26.4.0 26.7.4")

// opens tells what roles get from the call, by roles alone.
func (q *Question) opens(held []string) Answer {
	switch whole, filtered := q.need.Allows(held); {
	case whole:
		return Whole
	case filtered:
		return Filtered
	}
	if len(q.Answer.Together) == 0 {
		return Refused
	}
	call := q.Answer.Method + " " + strings.TrimPrefix(q.Answer.Path, "/admin/realms/{realm}")
	for _, l := range lesser {
		if slices.Contains(l.on, call) && slices.Contains(held, l.query) {
			if whole, _ := q.need.Allows(append(slices.Clone(held), l.place)); whole {
				return l.response
			}
		}
	}
	return Refused
}

// unmeasured says that nobody measured what roles get together; empty where that is known.
func (q *Question) unmeasured(held []string) msg.Message {
	if len(q.Answer.Together) == 0 || lesserMeasured.At(version.Of(q.Place.Version), version.Equal)[0].How == version.Measured {
		return msg.Message{}
	}
	if len(within(held, slices.Concat(q.Answer.Together...))) == 0 || len(withoutQueries(held)) == len(held) {
		return msg.Message{}
	}
	return msg.New("The call takes several roles together, and was not measured on this version with one of them and a query- role.")
}
