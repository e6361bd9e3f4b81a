package roles

import (
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// Trap is something that surprises about some calls.
type Trap struct {
	ID string
	On []string // endpoints on which it is told, as "GET /users/{user-id}" below the realm; * for any method, * at the end for any rest
	// Claims are what is said, each of the versions on which it was measured.
	Claims []Claim
}

// Claim is a sentence, and the measured cells that prove it. It is true of the versions that have all of these cells: a
// version that is measured later joins them or not by its own cells.
type Claim struct {
	Says   texts.Text
	Backed []Proof
}

// Proof is a cell that a claim rests on.
type Proof struct {
	On    string // as in Trap.On, with the case after " | "
	Roles string // separated by spaces; "others" is every role that no other proof of this claim names for the same row; "together" is for sets
	Cell  string
}

// #nosec G101 -- paths of the admin API
const (
	grantRow      = "POST /users/{user-id}/role-mappings/clients/{client-id} | view-users of realm-management"
	groupGrantRow = "POST /groups/{group-id}/role-mappings/clients/{client-id} | view-users of realm-management"
	strongRow     = "POST /users/{user-id}/role-mappings/clients/{client-id} | manage-clients of realm-management"
	compositeRow  = "POST /roles/{role-name}/composites | with view-users of realm-management"
	authz         = "GET /clients/{client-uuid}/authz/resource-server"
	exampleToken  = "GET /clients/{client-uuid}/evaluate-scopes/generate-example-access-token"
	userMappings  = "GET /users/{user-id}/role-mappings/clients/{client-id}"
)

var traps = []Trap{
	{"empty-users", []string{"GET /users"}, []Claim{{"With query-users alone the list of users is 200 and empty, not 403: it looks as if there were no users.",
		[]Proof{{"GET /users", "query-users", "200 empty"}}}}},
	{"empty-groups", []string{"GET /groups"}, []Claim{{"With query-groups alone the list of groups is 200 and empty, not 403.",
		[]Proof{{"GET /groups", "query-groups", "200 empty"}}}}},
	{"empty-clients", []string{"GET /clients", "GET /client-scopes"}, []Claim{{"With query-clients alone the list is 200 and empty, not 403.",
		[]Proof{{"GET /clients", "query-clients", "200 empty"}, {"GET /client-scopes", "query-clients", "200 empty"}}}}},
	{"empty-clients-for-users", []string{"GET /clients"}, []Claim{{"query-users and view-users also get the list of clients: 200 and empty.",
		[]Proof{{"GET /clients", "query-users view-users", "200 empty"}}}}},
	{"empty-organizations", []string{"GET /organizations", "GET /organizations/count"}, []Claim{{"With query-organizations alone the list is 200 and empty, and the count too small.",
		[]Proof{{"GET /organizations", "query-organizations", "200 empty"}, {"GET /organizations/count", "query-organizations", "200 fewer"}}}}},
	{"users-count", []string{"GET /users/count"}, []Claim{
		{"With query-users alone the number is the real one, in a realm without admin permissions.", []Proof{{"GET /users/count", "query-users", "200"}}},
		{"With query-users alone the number is 0.", []Proof{{"GET /users/count", "query-users", "200 fewer"}}}}},
	{"hidden-404-user", []string{"* /users/{user-id}*"}, []Claim{{"A user who does not exist is 404 only to callers with query-users, view-users, manage-users or realm-admin; everyone else gets 403.",
		[]Proof{{"GET /users/{user-id} | no such user", "query-users view-users manage-users realm-admin", "404"}, {"GET /users/{user-id} | no such user", "none others", "403"}}}}},
	{"hidden-404-client", []string{"* /clients/{client-uuid}*"}, []Claim{{"A client that does not exist is 404 only to callers that may at least query clients; others get 403. The path requires the client's uuid, not its client id.",
		[]Proof{{"GET /clients/{client-uuid} | no such client", "query-clients view-clients manage-clients realm-admin", "404"}, {"GET /clients/{client-uuid} | no such client", "none view-realm", "403"}}}}},
	{"hidden-404-role", []string{"* /roles/{role-name}*"}, []Claim{{"A role that does not exist is 404 only with view-realm, manage-realm or realm-admin; others get 403.",
		[]Proof{{"GET /roles/{role-name} | no such role", "view-realm manage-realm realm-admin", "404"}, {"GET /roles/{role-name} | no such role", "none others", "403"}}}}},
	{"open-404-group", []string{"* /groups/{group-id}*"}, []Claim{{"A group that does not exist is 404 to everyone, even without any role: so 403 reveals that the group exists.",
		[]Proof{{"GET /groups/{group-id} | no such group", "none others", "404"}}}}},
	{"client-secrets", []string{"GET /clients", "GET /clients/{client-uuid}", "GET /clients/{client-uuid}/client-secret", "GET /clients/{client-uuid}/installation/providers/{providerId}"},
		[]Claim{{"view-clients reveals client secrets in plain text, and so gives access to everything that their service accounts may do.",
			[]Proof{{"GET /clients/{client-uuid}/client-secret", "view-clients manage-clients", "200"}, {"GET /clients/{client-uuid}", "view-clients", "200"}}}}},
	{"grant", []string{"POST /users/{user-id}/role-mappings/clients/{client-id}", "POST /groups/{group-id}/role-mappings/clients/{client-id}"}, []Claim{
		{"manage-users can grant a role of realm-management that goes no further than users, such as view-users.",
			[]Proof{{grantRow, "manage-users realm-admin", "204"}, {grantRow, "none others", "403"}, {groupGrantRow, "manage-users realm-admin", "204"}}},
		{"No role of the realm can grant a role of realm-management, not even realm-admin: only an admin of the master realm with its realm role admin can.",
			[]Proof{{grantRow, "none others", "403"}, {groupGrantRow, "none others", "403"}}}}},
	{"grant-strong", []string{"POST /users/{user-id}/role-mappings/clients/{client-id}"}, []Claim{
		{"manage-users cannot grant a role of realm-management that goes beyond users, such as manage-clients: 403. realm-admin can.",
			[]Proof{{strongRow, "manage-users", "403"}, {strongRow, "realm-admin", "204"}}}}},
	{"grant-composite", []string{"POST /roles/{role-name}/composites"}, []Claim{
		{"Adding a role of realm-management to a composite role requires realm-admin; manage-realm gets 403.", []Proof{{compositeRow, "manage-realm", "403"}, {compositeRow, "realm-admin", "204"}}},
		{"No role of the realm can add a role of realm-management to a composite role.", []Proof{{compositeRow, "none others", "403"}}}}},
	{"reduced-realm", []string{"GET /admin/realms", "GET "}, []Claim{{"Without view-realm the realm is not 403 but 200 with a reduced representation: its name and little more. Only callers without a role, or with impersonation alone, get 403.",
		[]Proof{{"GET ", "view-users query-users view-clients manage-users create-client", "200 reduced"}, {"GET ", "none impersonation", "403"}, {"GET ", "view-realm manage-realm", "200"},
			{"GET /admin/realms", "view-users", "200 reduced"}, {"GET /admin/realms", "none impersonation", "403"}}}}},
	{"default-groups", []string{"GET /default-groups", "GET "}, []Claim{
		{"view-realm sees no default groups, neither in their list nor in the realm: they also require view-users.",
			[]Proof{{"GET /default-groups", "view-realm manage-realm", "200 empty"}, {"GET  | with default groups", "view-realm manage-realm", "200 reduced"}, {"GET /default-groups", "together", "view-realm+view-users"}}}}},
	{"create-realm", []string{"POST /admin/realms"}, []Claim{{"No role of a realm's realm-management creates realms, not even realm-admin: that requires an admin of the master realm, or its role create-realm.",
		[]Proof{{"POST /admin/realms", "none others", "403"}}}}},
	{"create-client", []string{"POST /clients"}, []Claim{{"The role create-client alone does not open this call: it gets 403.",
		[]Proof{{"POST /clients", "create-client", "403"}, {"POST /clients", "manage-clients", "201"}}}}},
	{"client-mappings", []string{userMappings, userMappings + "/composite", "GET /groups/{group-id}/role-mappings/clients/{client-id}", "GET /groups/{group-id}/role-mappings/clients/{client-id}/composite"}, []Claim{
		{"view-users is not enough for a user's or group's client roles: they also require view-clients.",
			[]Proof{{userMappings, "view-users manage-users", "403"}, {userMappings, "together", "view-clients+view-users"}, {"GET /groups/{group-id}/role-mappings/clients/{client-id}", "view-users", "403"}}}}},
	{"all-mappings", []string{"GET /users/{user-id}/role-mappings", "GET /groups/{group-id}/role-mappings"}, []Claim{
		{"view-users alone gets a reduced response: realm roles and client roles appear only with view-realm and view-clients.",
			[]Proof{{"GET /users/{user-id}/role-mappings", "view-users manage-users", "200 reduced"}, {"GET /users/{user-id}/role-mappings", "together", "view-clients+view-realm+view-users"}}}}},
	{"available-roles", []string{"GET /users/{user-id}/role-mappings/realm/available", userMappings + "/available",
		"GET /groups/{group-id}/role-mappings/realm/available", "GET /groups/{group-id}/role-mappings/clients/{client-id}/available"}, []Claim{
		{"With view-users the list of available roles is 200 and empty: it shows what the caller may grant.",
			[]Proof{{"GET /users/{user-id}/role-mappings/realm/available", "view-users", "200 empty"}, {userMappings + "/available", "view-users", "200 empty"},
				{"GET /users/{user-id}/role-mappings/realm/available", "manage-users", "200"}, {"GET /groups/{group-id}/role-mappings/realm/available", "view-users", "200 empty"}}}}},
	{"roles-list", []string{"GET /roles"}, []Claim{
		{"view-users and the query- roles read the list of realm roles.", []Proof{{"GET /roles", "view-users query-users query-clients query-groups query-realms", "200"}}},
		{"view-users and query-users get 403 for the list of realm roles.", []Proof{{"GET /roles", "view-users query-users query-clients query-groups", "403"}}}}},
	{"client-roles-list", []string{"GET /clients/{client-uuid}/roles"}, []Claim{
		{"query-clients reads a client's roles.", []Proof{{"GET /clients/{client-uuid}/roles", "query-clients", "200"}}},
		{"query-clients does not read a client's roles: 403.", []Proof{{"GET /clients/{client-uuid}/roles", "query-clients", "403"}}}}},
	{"holders", []string{"GET /roles/{role-name}/users", "GET /clients/{client-uuid}/roles/{role-name}/users"}, []Claim{
		{"Only callers that may view both users and the role see which users have it.",
			[]Proof{{"GET /roles/{role-name}/users", "view-realm", "403"}, {"GET /roles/{role-name}/users", "together", "view-realm+view-users"}, {"GET /clients/{client-uuid}/roles/{role-name}/users", "view-clients", "403"}}},
		{"Viewing the role is enough to see which users have it.",
			[]Proof{{"GET /roles/{role-name}/users", "view-realm", "200"}, {"GET /clients/{client-uuid}/roles/{role-name}/users", "view-clients", "200"}}}}},
	{"group-holders", []string{"GET /roles/{role-name}/groups", "GET /clients/{client-uuid}/roles/{role-name}/groups"}, []Claim{
		{"Only callers that may view both users and the role see which groups have it.",
			[]Proof{{"GET /roles/{role-name}/groups", "view-realm", "403"}, {"GET /clients/{client-uuid}/roles/{role-name}/groups", "view-clients", "403"}}},
		{"Viewing the role is enough to see which groups have it.",
			[]Proof{{"GET /roles/{role-name}/groups", "view-realm", "200"}, {"GET /clients/{client-uuid}/roles/{role-name}/groups", "view-clients", "200"}}}}},
	{"example-token", []string{exampleToken, "GET /clients/{client-uuid}/evaluate-scopes/generate-example-id-token", "GET /clients/{client-uuid}/evaluate-scopes/generate-example-userinfo"}, []Claim{
		{"An example token of a user requires a role for users and one for clients.", []Proof{{exampleToken, "view-clients", "403"}, {exampleToken, "together", "view-clients+view-users"}}},
		{"view-clients is enough for an example token of a user.", []Proof{{exampleToken, "view-clients", "200"}}}}},
	{"query-users-in-view", []string{"GET /authentication/required-actions"}, []Claim{{"view-users opens this and manage-users does not: view-users brings query-users with it, manage-users does not.",
		[]Proof{{"GET /authentication/required-actions", "view-users query-users", "200"}, {"GET /authentication/required-actions", "manage-users", "403"}}}}},
	{"impersonation", []string{"POST /users/{user-id}/impersonation"}, []Claim{{"The role impersonation cannot find users: it neither lists nor reads any, so the id must come from elsewhere.",
		[]Proof{{"POST /users/{user-id}/impersonation", "impersonation", "200"}, {"GET /users", "impersonation", "403"}, {"GET /users/{user-id}", "impersonation", "403"}, {"POST /users/{user-id}/impersonation", "manage-users", "403"}}}}},
	{"server-version", []string{"GET /admin/serverinfo"}, []Claim{
		{"The part systemInfo appears only with manage-realm or realm-admin; other roles get a reduced response.",
			[]Proof{{"GET /admin/serverinfo", "manage-realm realm-admin", "200"}, {"GET /admin/serverinfo", "view-realm view-users", "200 reduced"}, {"GET /admin/serverinfo", "none impersonation", "403"}}}}},
	{"delete-realm", []string{"PUT ", "DELETE "}, []Claim{{"manage-realm deletes the realm itself.",
		[]Proof{{"DELETE ", "manage-realm", "204"}, {"DELETE ", "none manage-users manage-clients", "403"}}}}},
	{"export", []string{"POST /partial-export"}, []Claim{{"An export needs manage-realm; view-realm, which may read what is in it, gets 403.",
		[]Proof{{"POST /partial-export", "manage-realm", "200"}, {"POST /partial-export", "view-realm", "403"}}}}},
	{"logout-all", []string{"POST /logout-all", "POST /push-revocation"}, []Claim{{"Ending all sessions requires manage-users, not manage-realm; pushing a revocation requires manage-realm, not manage-users.",
		[]Proof{{"POST /logout-all", "manage-users", "200"}, {"POST /logout-all", "manage-realm", "403"}, {"POST /push-revocation", "manage-realm", "200"}, {"POST /push-revocation", "manage-users", "403"}}}}},
	{"session-stats", []string{"GET /client-session-stats"}, []Claim{{"The session counts of all clients require view-realm; view-clients, which sees each client's count, gets 403.",
		[]Proof{{"GET /client-session-stats", "view-realm", "200"}, {"GET /client-session-stats", "view-clients", "403"}, {"GET /clients/{client-uuid}/session-count", "view-clients", "200"}}}}},
	{"events", []string{"GET /events*", "GET /admin-events"}, []Claim{{"view-realm does not include events: they require view-events.",
		[]Proof{{"GET /events", "view-realm manage-realm", "403"}, {"GET /events", "view-events", "200"}, {"GET /admin-events", "view-realm", "403"}, {"GET /events/config", "view-realm", "403"}}}}},
	{"authorization", []string{"* /clients/{client-uuid}/authz/*"}, []Claim{
		{"view-authorization and manage-authorization do not open a client's authorization services: they require view-clients or manage-clients.",
			[]Proof{{authz, "view-authorization manage-authorization", "403"}, {authz, "view-clients manage-clients", "200"}}},
		{"view-clients and manage-clients do not open a client's authorization services: they require view-authorization or manage-authorization.",
			[]Proof{{authz, "view-clients", "403"}, {authz, "view-authorization", "200"}}}}},
	{"account-of-client", []string{"GET /clients/{client-uuid}/service-account-user"}, []Claim{{"view-clients can read the user of a client's service account, but no other user.",
		[]Proof{{"GET /clients/{client-uuid}/service-account-user", "view-clients", "200"}, {"GET /users/{user-id}", "view-clients", "403"}, {"GET /clients/{client-uuid}/service-account-user", "view-users", "403"}}}}},
	{"realm-role-in-scope", []string{"POST /clients/{client-uuid}/scope-mappings/realm", "DELETE /clients/{client-uuid}/scope-mappings/realm",
		"POST /client-scopes/{client-scope-id}/scope-mappings/realm", "DELETE /client-scopes/{client-scope-id}/scope-mappings/realm"}, []Claim{
		{"Adding a realm role to scope mappings requires manage-realm and manage-clients.",
			[]Proof{{"POST /clients/{client-uuid}/scope-mappings/realm", "manage-clients", "403"}, {"POST /clients/{client-uuid}/scope-mappings/realm", "together", "manage-clients+manage-realm"}}}}},
	{"organization-members", []string{"GET /organizations/{org-id}/members*", "POST /organizations/{org-id}/members", "DELETE /organizations/{org-id}/members/{member-id}"}, []Claim{
		{"The members of an organization require a role for users and one for organizations.",
			[]Proof{{"GET /organizations/{org-id}/members", "view-organizations manage-organizations", "403"}, {"GET /organizations/{org-id}/members", "together", "view-organizations+view-users"}}}}},
	{"open-organizations", []string{"GET /organizations/members/{member-id}/organizations"}, []Claim{
		{"Any caller can read the organizations of any member, without a role.", []Proof{{"GET /organizations/members/{member-id}/organizations", "none", "200"}}}}},
	{"mail", []string{"PUT /users/{user-id}/execute-actions-email", "PUT /users/{user-id}/send-verify-email", "PUT /users/{user-id}/reset-password-email"}, []Claim{
		{"Measured on a user without an email address, so that no mail is sent: callers with the role get 400, others 403.",
			[]Proof{{"PUT /users/{user-id}/execute-actions-email", "manage-users", "400 passed"}, {"PUT /users/{user-id}/send-verify-email", "manage-users", "400 passed"},
				{"PUT /users/{user-id}/reset-password-email", "manage-users", "400 passed"}, {"PUT /users/{user-id}/execute-actions-email", "view-users", "403"}}}}},
	{"localization", []string{"GET /localization*"}, []Claim{{"Reading texts requires any role of realm-management but impersonation.",
		[]Proof{{"GET /localization/{locale}", "none impersonation", "403"}, {"GET /localization/{locale}", "others", "200"}}}}},
}

// told is where a trap's calls exist, and where each of its claims holds.
type told struct {
	served versionSet
	claims []versionSet
}

// traps returns the claims that are told of an endpoint on the versions of the values.
func (m *Matrix) traps(values []version.Value[known]) []msg.Message {
	return m.trapsOf(values, func(*Trap) bool { return true })
}

// trapsOf returns the claims of those traps that are wanted.
func (m *Matrix) trapsOf(values []version.Value[known], wanted func(*Trap) bool) []msg.Message {
	var says []msg.Message
	if len(values) == 0 {
		return nil
	}
	e := values[0].Value.row.Endpoint
	for i, trap := range traps {
		if !trap.about(e) || !wanted(&trap) {
			continue
		}
		for j, on := range m.told[i]().claims {
			if slices.ContainsFunc(values, func(v version.Value[known]) bool { return on.has(m.place(v.Value.t.Version)) }) {
				says = append(says, m.say(i, j))
			}
		}
	}
	return says
}

// about reports whether a trap is told of an endpoint.
func (t *Trap) about(e *Endpoint) bool {
	return slices.ContainsFunc(t.On, func(on string) bool { return pattern(on).matches(e) })
}

// say returns a claim of a trap, with the versions on which it was measured, unless it holds wherever its calls exist.
func (m *Matrix) say(trap, claim int) msg.Message {
	says, told := msg.New(traps[trap].Claims[claim].Says), m.told[trap]()
	if told.served&^told.claims[claim] == 0 {
		return says
	}
	return msg.New("%s (Measured on %s.)", says, m.said(told.claims[claim]))
}

// findTold finds the versions of each claim of a trap.
func (m *Matrix) findTold(trap *Trap) told {
	var where told
	for _, e := range m.endpoints {
		if e.Case == "" && trap.about(e) {
			where.served |= m.where(func(t *Table) bool { return t.at[e] != nil && t.at[e].Served() })
		}
	}
	for _, claim := range trap.Claims {
		where.claims = append(where.claims, m.where(func(t *Table) bool {
			return !slices.ContainsFunc(claim.Backed, func(p Proof) bool { return !t.proves(claim, p) })
		}))
	}
	return where
}

// proves reports whether a version has the cells of a proof. A role that the version does not have proves nothing.
func (t *Table) proves(claim Claim, p Proof) bool {
	on, kind, _ := strings.Cut(p.On, " | ")
	i := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Endpoint.Case == kind && pattern(on).matches(r.Endpoint) })
	if i < 0 {
		return false
	}
	row := &t.Rows[i]
	names := strings.Fields(p.Roles)
	if slices.Contains(names, "together") {
		return slices.ContainsFunc(row.Together, func(set []string) bool { return strings.Join(set, "+") == p.Cell })
	}
	if j := slices.Index(names, "others"); j >= 0 {
		names = slices.Delete(names, j, j+1)
		named := names
		for _, other := range claim.Backed {
			if other.On == p.On {
				named = append(named[:len(named):len(named)], strings.Fields(other.Roles)...)
			}
		}
		names = append(names[:len(names):len(names)], minus(t.Roles, named)...)
	}
	return !slices.ContainsFunc(names, func(r string) bool { return row.cell(r).String() != p.Cell })
}

// pattern is what an endpoint of [Trap.On] looks like.
type pattern string

func (p pattern) matches(e *Endpoint) bool {
	method, path, _ := strings.Cut(string(p), " ")
	if method != "*" && method != e.Method {
		return false
	}
	if !strings.HasPrefix(path, "/admin/") {
		path = "/admin/realms/{realm}" + path
	}
	if begin, open := strings.CutSuffix(path, "*"); open {
		return strings.HasPrefix(e.Path, begin)
	}
	return path == e.Path
}
