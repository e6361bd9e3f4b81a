package roles

import (
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// Trap is something that surprises, and the measured cells that prove it.
type Trap struct {
	ID   string
	Says texts.Text
	On   []string // endpoints on which it is told, as "GET /users/{user-id}" below the realm; * for any method, * at the end for any rest
	// Versions on which it is told; empty is all that have the endpoint.
	Versions []string
	Backed   []Proof
}

// Proof is a cell that a trap rests on.
type Proof struct {
	Versions string // separated by spaces; "" is all
	On       string // as in Trap.On, with the case after " | "
	Roles    string // separated by spaces; "others" is every role that no other proof of this trap names for the same row
	Cell     string
}

const (
	v24, v26, v267 = "24.0.5", "26.4.0", "26.7.3"
	grantRow       = "POST /users/{user-id}/role-mappings/clients/{client-id} | view-users of realm-management"
	strongRow      = "POST /users/{user-id}/role-mappings/clients/{client-id} | manage-clients of realm-management"
)

var traps = []Trap{
	{ID: "empty-users", Says: "With query-users alone the list of users is 200 and empty, not 403: it looks as if there were no users.",
		On: []string{"GET /users"}, Backed: []Proof{{"", "GET /users", "query-users", "200 empty"}}},
	{ID: "empty-groups", Says: "With query-groups alone the list of groups is 200 and empty, not 403.",
		On: []string{"GET /groups"}, Backed: []Proof{{"", "GET /groups", "query-groups", "200 empty"}}},
	{ID: "empty-clients", Says: "With query-clients alone the list is 200 and empty, not 403.",
		On: []string{"GET /clients", "GET /client-scopes"}, Backed: []Proof{{"", "GET /clients", "query-clients", "200 empty"}, {"", "GET /client-scopes", "query-clients", "200 empty"}}},
	{ID: "empty-clients-24", Says: "On 24.0.5 query-users and view-users get the list of clients, too: 200 and empty.", Versions: []string{v24},
		On: []string{"GET /clients"}, Backed: []Proof{{v24, "GET /clients", "query-users view-users", "200 empty"}}},
	{ID: "empty-organizations", Says: "With query-organizations alone the list is 200 and empty, and the count smaller than it is.",
		On: []string{"GET /organizations", "GET /organizations/count"}, Versions: []string{v267},
		Backed: []Proof{{v267, "GET /organizations", "query-organizations", "200 empty"}, {v267, "GET /organizations/count", "query-organizations", "200 fewer"}}},
	{ID: "users-count", Says: "With query-users alone the number is the real one on 26.4.0 and 26.7.3, and 0 on 24.0.5.",
		On: []string{"GET /users/count"}, Backed: []Proof{{v26 + " " + v267, "GET /users/count", "query-users", "200"}, {v24, "GET /users/count", "query-users", "200 fewer"}}},
	{ID: "hidden-404-user", Says: "A user who does not exist is 404 only to callers with query-users, view-users, manage-users or realm-admin; everyone else gets 403.",
		On: []string{"* /users/{user-id}*"},
		Backed: []Proof{{"", "GET /users/{user-id} | no such user", "query-users view-users manage-users realm-admin", "404"},
			{"", "GET /users/{user-id} | no such user", "none others", "403"}}},
	{ID: "hidden-404-client", Says: "A client that does not exist is 404 only to callers who may at least query clients; to others it is 403. The path wants the client's uuid, not its client id.",
		On: []string{"* /clients/{client-uuid}*"},
		Backed: []Proof{{"", "GET /clients/{client-uuid} | no such client", "query-clients view-clients manage-clients realm-admin", "404"},
			{"", "GET /clients/{client-uuid} | no such client", "none view-realm", "403"}}},
	{ID: "hidden-404-role", Says: "A role that does not exist is 404 only with view-realm, manage-realm or realm-admin; to others it is 403.",
		On: []string{"* /roles/{role-name}*"},
		Backed: []Proof{{"", "GET /roles/{role-name} | no such role", "view-realm manage-realm realm-admin", "404"},
			{"", "GET /roles/{role-name} | no such role", "none others", "403"}}},
	{ID: "open-404-group", Says: "A group that does not exist is 404 to everyone, even without any role: so 403 tells that the group exists.",
		On: []string{"* /groups/{group-id}*"}, Backed: []Proof{{"", "GET /groups/{group-id} | no such group", "none others", "404"}}},
	{ID: "client-secrets", Says: "view-clients reveals the secrets of clients in the clear, and so access to all that their service accounts may do.",
		On:     []string{"GET /clients", "GET /clients/{client-uuid}", "GET /clients/{client-uuid}/client-secret", "GET /clients/{client-uuid}/installation/providers/{providerId}"},
		Backed: []Proof{{"", "GET /clients/{client-uuid}/client-secret", "view-clients manage-clients", "200"}, {"", "GET /clients/{client-uuid}", "view-clients", "200"}}},
	{ID: "grant", Says: "A role of realm-management is given by manage-users on 24.0.5 and 26.7.3. On 26.4.0 no role of the realm allows it, realm-admin neither: only an admin of the realm master may who has its realm role admin.",
		On: []string{"POST /users/{user-id}/role-mappings/clients/{client-id}", "POST /groups/{group-id}/role-mappings/clients/{client-id}"},
		Backed: []Proof{{v24 + " " + v267, grantRow, "manage-users realm-admin", "204"}, {v24 + " " + v267, grantRow, "none others", "403"}, {v26, grantRow, "none others", "403"},
			{v24 + " " + v267, "POST /groups/{group-id}/role-mappings/clients/{client-id} | view-users of realm-management", "manage-users realm-admin", "204"},
			{v26, "POST /groups/{group-id}/role-mappings/clients/{client-id} | view-users of realm-management", "none others", "403"}}},
	{ID: "grant-strong", Says: "With manage-users a caller cannot give a role of realm-management that goes beyond users, such as manage-clients: 403. realm-admin can, on 24.0.5 and 26.7.3.",
		On:     []string{"POST /users/{user-id}/role-mappings/clients/{client-id}"},
		Backed: []Proof{{"", strongRow, "manage-users", "403"}, {v24 + " " + v267, strongRow, "realm-admin", "204"}, {v26, strongRow, "realm-admin", "403"}}},
	{ID: "grant-composite", Says: "To put a role of realm-management into a composite role takes more than manage-realm; on 26.4.0 no role of the realm allows it.",
		On: []string{"POST /roles/{role-name}/composites"},
		Backed: []Proof{{"", "POST /roles/{role-name}/composites | with view-users of realm-management", "manage-realm", "403"},
			{v24 + " " + v267, "POST /roles/{role-name}/composites | with view-users of realm-management", "realm-admin", "204"},
			{v26, "POST /roles/{role-name}/composites | with view-users of realm-management", "none others", "403"}}},
	{ID: "reduced-realm", Says: "Without view-realm the realm is not 403 but 200 with a reduced representation: its name and little more. Only none and impersonation get 403.",
		On: []string{"GET /admin/realms", "GET "},
		Backed: []Proof{{"", "GET ", "view-users query-users view-clients manage-users create-client", "200 reduced"}, {"", "GET ", "none impersonation", "403"}, {"", "GET ", "view-realm manage-realm", "200"},
			{"", "GET /admin/realms", "view-users", "200 reduced"}, {"", "GET /admin/realms", "none impersonation", "403"}}},
	{ID: "default-groups", Says: "On 26.7.3 view-realm sees no default groups, neither in their list nor in the realm: it takes view-users besides.", Versions: []string{v267},
		On: []string{"GET /default-groups", "GET "},
		Backed: []Proof{{v267, "GET /default-groups", "view-realm manage-realm", "200 empty"}, {v267, "GET  | with default groups", "view-realm manage-realm", "200 reduced"},
			{v24 + " " + v26, "GET /default-groups", "view-realm", "200"}, {v267, "GET /default-groups", "together", "view-realm+view-users"}}},
	{ID: "create-realm", Says: "No role of a realm's realm-management creates realms, realm-admin neither: that takes an admin of the realm master, or its role create-realm.",
		On: []string{"POST /admin/realms"}, Backed: []Proof{{"", "POST /admin/realms", "none others", "403"}}},
	{ID: "create-client", Says: "The role create-client alone does not open this call: it gets 403.",
		On: []string{"POST /clients"}, Backed: []Proof{{"", "POST /clients", "create-client", "403"}, {"", "POST /clients", "manage-clients", "201"}}},
	{ID: "client-mappings", Says: "On 26.7.3 view-users no longer suffices for a user's or group's roles of a client: it takes view-clients besides.", Versions: []string{v267},
		On: []string{"GET /users/{user-id}/role-mappings/clients/{client-id}", "GET /users/{user-id}/role-mappings/clients/{client-id}/composite",
			"GET /groups/{group-id}/role-mappings/clients/{client-id}", "GET /groups/{group-id}/role-mappings/clients/{client-id}/composite"},
		Backed: []Proof{{v24 + " " + v26, "GET /users/{user-id}/role-mappings/clients/{client-id}", "view-users", "200"}, {v267, "GET /users/{user-id}/role-mappings/clients/{client-id}", "view-users manage-users", "403"},
			{v267, "GET /users/{user-id}/role-mappings/clients/{client-id}", "together", "view-clients+view-users"}, {v267, "GET /groups/{group-id}/role-mappings/clients/{client-id}", "view-users", "403"}}},
	{ID: "all-mappings", Says: "On 26.7.3 view-users alone gets a reduced answer: the roles of the realm and of clients show only with view-realm and view-clients besides.", Versions: []string{v267},
		On:     []string{"GET /users/{user-id}/role-mappings", "GET /groups/{group-id}/role-mappings"},
		Backed: []Proof{{v267, "GET /users/{user-id}/role-mappings", "view-users manage-users", "200 reduced"}, {v24 + " " + v26, "GET /users/{user-id}/role-mappings", "view-users", "200"}, {v267, "GET /users/{user-id}/role-mappings", "together", "view-clients+view-realm+view-users"}}},
	{ID: "available-roles", Says: "With view-users the list of roles that could be given is 200 and empty: it shows what the caller may give.",
		On: []string{"GET /users/{user-id}/role-mappings/realm/available", "GET /users/{user-id}/role-mappings/clients/{client-id}/available",
			"GET /groups/{group-id}/role-mappings/realm/available", "GET /groups/{group-id}/role-mappings/clients/{client-id}/available"},
		Backed: []Proof{{"", "GET /users/{user-id}/role-mappings/realm/available", "view-users", "200 empty"}, {"", "GET /users/{user-id}/role-mappings/clients/{client-id}/available", "view-users", "200 empty"},
			{"", "GET /users/{user-id}/role-mappings/realm/available", "manage-users", "200"}, {"", "GET /groups/{group-id}/role-mappings/realm/available", "view-users", "200 empty"}}},
	{ID: "roles-list", Says: "On 24.0.5 and 26.4.0 view-users and the query- roles read the list of realm roles; on 26.7.3 they get 403.",
		On: []string{"GET /roles"}, Backed: []Proof{{v24 + " " + v26, "GET /roles", "view-users query-users query-clients", "200"}, {v267, "GET /roles", "view-users query-users query-clients", "403"}}},
	{ID: "client-roles-list", Says: "On 24.0.5 and 26.4.0 query-clients reads a client's roles; on 26.7.3 it gets 403.",
		On: []string{"GET /clients/{client-uuid}/roles"}, Backed: []Proof{{v24 + " " + v26, "GET /clients/{client-uuid}/roles", "query-clients", "200"}, {v267, "GET /clients/{client-uuid}/roles", "query-clients", "403"}}},
	{ID: "holders", Says: "On 26.7.3 who has a role shows only to callers who may view users as well as the role; before, viewing the role was enough.",
		On: []string{"GET /roles/{role-name}/users", "GET /roles/{role-name}/groups", "GET /clients/{client-uuid}/roles/{role-name}/users", "GET /clients/{client-uuid}/roles/{role-name}/groups"},
		Backed: []Proof{{v24 + " " + v26, "GET /roles/{role-name}/users", "view-realm", "200"}, {v267, "GET /roles/{role-name}/users", "view-realm", "403"}, {v267, "GET /roles/{role-name}/users", "together", "view-realm+view-users"},
			{v267, "GET /clients/{client-uuid}/roles/{role-name}/users", "view-clients", "403"}, {v24 + " " + v26, "GET /clients/{client-uuid}/roles/{role-name}/users", "view-clients", "200"}}},
	{ID: "example-token", Says: "On 26.7.3 an example token of a user takes a role for users as well as one for clients; before, view-clients was enough.",
		On: []string{"GET /clients/{client-uuid}/evaluate-scopes/generate-example-access-token", "GET /clients/{client-uuid}/evaluate-scopes/generate-example-id-token", "GET /clients/{client-uuid}/evaluate-scopes/generate-example-userinfo"},
		Backed: []Proof{{v24 + " " + v26, "GET /clients/{client-uuid}/evaluate-scopes/generate-example-access-token", "view-clients", "200"},
			{v267, "GET /clients/{client-uuid}/evaluate-scopes/generate-example-access-token", "view-clients", "403"}, {v267, "GET /clients/{client-uuid}/evaluate-scopes/generate-example-access-token", "together", "view-clients+view-users"}}},
	{ID: "query-users-in-view", Says: "view-users opens this and manage-users does not: view-users brings query-users with it, manage-users does not.",
		On: []string{"GET /authentication/required-actions"}, Backed: []Proof{{"", "GET /authentication/required-actions", "view-users query-users", "200"}, {"", "GET /authentication/required-actions", "manage-users", "403"}}},
	{ID: "impersonation", Says: "The role impersonation finds no user: it neither lists nor reads any, and the id must come from elsewhere.",
		On: []string{"POST /users/{user-id}/impersonation"}, Backed: []Proof{{"", "POST /users/{user-id}/impersonation", "impersonation", "200"}, {"", "GET /users", "impersonation", "403"}, {"", "GET /users/{user-id}", "impersonation", "403"}, {"", "POST /users/{user-id}/impersonation", "manage-users", "403"}}},
	{ID: "server-version", Says: "On 26.7.3 the part systemInfo shows only with manage-realm or realm-admin; the others get a reduced answer.", Versions: []string{v267},
		On: []string{"GET /admin/serverinfo"}, Backed: []Proof{{v267, "GET /admin/serverinfo", "manage-realm realm-admin", "200"}, {v267, "GET /admin/serverinfo", "view-realm view-users", "200 reduced"}, {v267, "GET /admin/serverinfo", "none impersonation", "403"}}},
	{ID: "delete-realm", Says: "manage-realm deletes the realm itself.",
		On: []string{"PUT ", "DELETE "}, Backed: []Proof{{"", "DELETE ", "manage-realm", "204"}, {"", "DELETE ", "none manage-users manage-clients", "403"}}},
	{ID: "export", Says: "An export needs manage-realm; view-realm, which may read what is in it, gets 403.",
		On: []string{"POST /partial-export"}, Backed: []Proof{{"", "POST /partial-export", "manage-realm", "200"}, {"", "POST /partial-export", "view-realm", "403"}}},
	{ID: "logout-all", Says: "To end all sessions takes manage-users, not manage-realm; to push a revocation takes manage-realm, not manage-users.",
		On:     []string{"POST /logout-all", "POST /push-revocation"},
		Backed: []Proof{{"", "POST /logout-all", "manage-users", "200"}, {"", "POST /logout-all", "manage-realm", "403"}, {"", "POST /push-revocation", "manage-realm", "200"}, {"", "POST /push-revocation", "manage-users", "403"}}},
	{ID: "session-stats", Says: "The numbers of sessions of all clients take view-realm; view-clients, which sees each client's number, gets 403.",
		On: []string{"GET /client-session-stats"}, Backed: []Proof{{"", "GET /client-session-stats", "view-realm", "200"}, {"", "GET /client-session-stats", "view-clients", "403"}, {"", "GET /clients/{client-uuid}/session-count", "view-clients", "200"}}},
	{ID: "events", Says: "view-realm does not include events: they take view-events.",
		On: []string{"GET /events*", "GET /admin-events"}, Backed: []Proof{{"", "GET /events", "view-realm manage-realm", "403"}, {"", "GET /events", "view-events", "200"}, {"", "GET /admin-events", "view-realm", "403"}, {"", "GET /events/config", "view-realm", "403"}}},
	{ID: "authorization-26.4", Says: "On 26.4.0 view-authorization and manage-authorization do not open a client's authorization services: it takes view-clients or manage-clients there.", Versions: []string{v26},
		On: []string{"* /clients/{client-uuid}/authz/*"},
		Backed: []Proof{{v26, "GET /clients/{client-uuid}/authz/resource-server", "view-authorization manage-authorization", "403"}, {v26, "GET /clients/{client-uuid}/authz/resource-server", "view-clients manage-clients", "200"},
			{v24, "GET /clients/{client-uuid}/authz/resource-server", "view-authorization", "200"}}},
	{ID: "authorization-24", Says: "On 24.0.5 view-clients and manage-clients do not open a client's authorization services: it takes view-authorization or manage-authorization there.", Versions: []string{v24},
		On:     []string{"GET /clients/{client-uuid}/authz/*"},
		Backed: []Proof{{v24, "GET /clients/{client-uuid}/authz/resource-server", "view-clients", "403"}, {v24, "GET /clients/{client-uuid}/authz/resource-server", "view-authorization", "200"}}},
	{ID: "account-of-client", Says: "view-clients reads the user of a client's service account, though it may read no other user.",
		On: []string{"GET /clients/{client-uuid}/service-account-user"}, Backed: []Proof{{"", "GET /clients/{client-uuid}/service-account-user", "view-clients", "200"}, {"", "GET /users/{user-id}", "view-clients", "403"}, {"", "GET /clients/{client-uuid}/service-account-user", "view-users", "403"}}},
	{ID: "realm-role-in-scope", Says: "To let a realm role through a scope takes manage-realm besides manage-clients.",
		On:       []string{"POST /clients/{client-uuid}/scope-mappings/realm", "DELETE /clients/{client-uuid}/scope-mappings/realm", "POST /client-scopes/{client-scope-id}/scope-mappings/realm", "DELETE /client-scopes/{client-scope-id}/scope-mappings/realm"},
		Versions: []string{v267},
		Backed:   []Proof{{v267, "POST /clients/{client-uuid}/scope-mappings/realm", "manage-clients", "403"}, {v267, "POST /clients/{client-uuid}/scope-mappings/realm", "together", "manage-clients+manage-realm"}}},
	{ID: "organization-members", Says: "The members of an organization take a role for users besides the one for organizations.", Versions: []string{v267},
		On:     []string{"GET /organizations/{org-id}/members*", "POST /organizations/{org-id}/members", "DELETE /organizations/{org-id}/members/{member-id}"},
		Backed: []Proof{{v267, "GET /organizations/{org-id}/members", "view-organizations manage-organizations", "403"}, {v267, "GET /organizations/{org-id}/members", "together", "view-organizations+view-users"}}},
	{ID: "open-organizations", Says: "On 26.4.0 any caller reads the organizations of any member, without a role.", Versions: []string{v26},
		On:     []string{"GET /organizations/members/{member-id}/organizations"},
		Backed: []Proof{{v26, "GET /organizations/members/{member-id}/organizations", "none", "200"}, {v267, "GET /organizations/members/{member-id}/organizations", "none", "403"}}},
	{ID: "mail", Says: "Measured on a user without an e-mail address, so that no mail is sent: whom the role lets through gets 400, the others 403.",
		On: []string{"PUT /users/{user-id}/execute-actions-email", "PUT /users/{user-id}/send-verify-email", "PUT /users/{user-id}/reset-password-email"},
		Backed: []Proof{{"", "PUT /users/{user-id}/execute-actions-email", "manage-users", "400 passed"}, {"", "PUT /users/{user-id}/send-verify-email", "manage-users", "400 passed"},
			{"", "PUT /users/{user-id}/reset-password-email", "manage-users", "400 passed"}, {"", "PUT /users/{user-id}/execute-actions-email", "view-users", "403"}}},
	{ID: "localization", Says: "To read texts takes any role of realm-management, whichever; none and impersonation get 403.",
		On: []string{"GET /localization*"}, Backed: []Proof{{"", "GET /localization/{locale}", "none impersonation", "403"}, {"", "GET /localization/{locale}", "others", "200"}}},
}

// traps are the sentences that belong to a row.
func (m *Matrix) traps(t *Table, row *Row) []msg.Message {
	var says []msg.Message
	for _, trap := range traps {
		if len(trap.Versions) > 0 && !slices.Contains(trap.Versions, t.Version) {
			continue
		}
		if slices.ContainsFunc(trap.On, func(on string) bool { return pattern(on).matches(row.Endpoint) }) {
			says = append(says, msg.New(trap.Says))
		}
	}
	return says
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
