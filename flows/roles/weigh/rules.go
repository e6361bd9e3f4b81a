package weigh

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// rules were measured with each role alone and with pairs of them on 24.0.5, 26.4.0 and 26.7.4 (docs/FACTS.md, section 17).
var rules = []rule{
	{on: []string{
		"POST /users/{user-id}/role-mappings/clients/{client-id}", "DELETE /users/{user-id}/role-mappings/clients/{client-id}",
		"POST /groups/{group-id}/role-mappings/clients/{client-id}", "DELETE /groups/{group-id}/role-mappings/clients/{client-id}",
	}, method: inBody, weigh: (*weighing).mapping},
	{on: []string{
		"POST /users/{user-id}/role-mappings/realm", "DELETE /users/{user-id}/role-mappings/realm",
		"POST /groups/{group-id}/role-mappings/realm", "DELETE /groups/{group-id}/role-mappings/realm",
	}, method: inBody, weigh: (*weighing).realmMapping},
	{on: []string{
		"POST /roles/{role-name}/composites", "POST /clients/{client-uuid}/roles/{role-name}/composites", "POST /roles-by-id/{role-id}/composites",
		"DELETE /roles/{role-name}/composites", "DELETE /clients/{client-uuid}/roles/{role-name}/composites", "DELETE /roles-by-id/{role-id}/composites",
	}, method: inBody, weigh: (*weighing).composites},
	{on: []string{"POST /roles", "POST /clients/{client-uuid}/roles"}, method: inBody, weigh: (*weighing).newRole},
	{on: []string{"POST /partial-export"}, weigh: (*weighing).export},
	{on: []string{"POST /users/{user-id}/impersonation"}, weigh: (*weighing).impersonation},
	{on: []string{"* /clients/{client-uuid}*"}, weigh: (*weighing).adminClient},
	{on: []string{"POST /users", "PUT /users/{user-id}/groups/{group-id}", "PUT /users/{user-id}/groups/{groupId}"}, method: inBody, weigh: (*weighing).joining},
	{on: []string{"POST /clients", "POST /client-scopes"}, method: inBody, weigh: (*weighing).mappers},
}

// handsOut returns, of a role of realm-management, the roles of which the caller must have one to assign it, or to take it away, besides
// the right to assign roles at all; each separated by a space. A role that is not listed takes none.
func handsOut(role string) (takes version.Facts[string], listed bool) {
	switch role {
	case "manage-organizations":
		return takes.Measured("manage-organizations manage-realm", "26.7.4"), true
	case "view-organizations":
		return takes.Measured("view-organizations manage-organizations manage-realm", "26.7.4"), true
	case "view-authorization":
		return takes.Measured("view-authorization manage-authorization", "24.0.5").
			Measured("view-authorization manage-authorization view-clients manage-clients", "26.7.4"), true
	}
	same, listed := handsOutAlike[role]
	return takes.Measured(same, "24.0.5 26.7.4"), listed
}

// handsOutAlike are those roles of [handsOut] that take the same on the versions of which a realm's own admin may assign roles of
// realm-management at all.
var handsOutAlike = map[string]string{
	realmAdmin:                  realmAdmin,
	"create-client":             "create-client manage-clients",
	"impersonation":             "impersonation",
	"manage-authorization":      "manage-authorization manage-clients",
	"manage-clients":            "manage-clients",
	"manage-events":             "manage-events",
	"manage-identity-providers": "manage-identity-providers",
	"manage-realm":              "manage-realm",
	"manage-users":              "manage-users",
	"view-clients":              "view-clients manage-clients",
	"view-events":               "view-events manage-events",
	"view-identity-providers":   "view-identity-providers manage-identity-providers",
	"view-realm":                "view-realm manage-realm",
	"view-users":                "view-users manage-users",
}

// byMasterAlone is on which versions no role of a realm lets an account assign roles of realm-management; it is the row for that of the
// matrix, too.
var byMasterAlone = version.Facts[bool]{}.Measured(false, "24.0.5 26.7.3 26.7.4").Measured(true, "26.4.0")

// isAdminRole reports whether a name is that of a role of realm-management.
func isAdminRole(name string) bool {
	_, listed := handsOut(name)
	return listed || slices.Contains([]string{"query-clients", "query-groups", "query-organizations", "query-realms", "query-users"}, name)
}

// bodyRole is a role as a body names it.
type bodyRole struct {
	ID, Name   string
	ClientRole *bool
}

// namedRole is a role of a body, and whether it belongs to realm-management.
type namedRole struct {
	name     string
	client   bool        // it belongs to a client
	admin    bool        // to realm-management
	inferred msg.Message // what that rests on; empty where it was seen
}

// assign demands what it takes to hand out a role of realm-management.
func (w *weighing) assign(r namedRole, why texts.Text) {
	w.closed(r)
	facts, listed := handsOut(r.name)
	if !listed {
		return
	}
	for _, v := range facts.At(w.on, version.Equal) {
		sets := strings.Fields(v.Value)
		if r.name != realmAdmin {
			sets = append(sets, realmAdmin)
		}
		w.demand(v.How, r.inferred, msg.New(why, r.name), sets...)
	}
}

// mapping is for roles that are assigned to a user or a group, or taken away.
func (w *weighing) mapping() {
	client := w.Seen.Client
	if client != "" && client != realmManagement {
		return
	}
	if !w.BodyKnown {
		w.unknown("Which roles the body names, which also matters: an account can assign or revoke a role of realm-management only if it has that role, or the rights that it includes.")
		return
	}
	const why = "the call is about %s, and only an account that has this role, or the rights that it includes, can assign or revoke it"
	if w.Method == http.MethodDelete && w.Body == "" {
		if client == "" || !w.Seen.HeldSeen {
			settle := w.unsettled
			if !w.on.Known() || w.measured(byMasterAlone) {
				settle = w.unsettledForAll
			}
			settle("Which roles the call revokes, which also matters: without a body, all assigned roles of the client in the path. An admin can see them.")
		}
		for _, role := range w.Seen.Held {
			w.assign(namedRole{name: role}, why)
		}
		return
	}
	var roles []bodyRole
	if !w.decode(&roles) {
		return
	}
	for _, r := range roles {
		if !isAdminRole(r.Name) {
			if client == "" {
				w.unknown("Whether the client in the path is realm-management, whose roles require more: an admin can see that.")
			}
			continue
		}
		named := namedRole{name: r.Name, client: true, admin: true}
		if client == "" {
			named.inferred = msg.New("Whether the client in the path is realm-management: inferred from the names of the roles in the body. An admin can see that.")
		}
		w.assign(named, why)
	}
}

// realmMapping is for realm roles that are assigned to a user or a group, or taken away: what is in them does not count, but the names of the
// roles that make an admin of all realms do, and on the versions of [byMasterAlone] those of realm-management's roles.
func (w *weighing) realmMapping() {
	var roles []bodyRole
	if !w.decode(&roles) {
		return
	}
	for _, r := range roles {
		if w.segment("realm") == "master" && (r.Name == "admin" || r.Name == "create-realm") {
			w.demand(version.Measured, msg.Message{}, msg.New("the body names the role %s of the master realm, which only an account that has it can assign or revoke", r.Name))
		}
		if isAdminRole(r.Name) {
			w.closed(namedRole{name: r.Name})
		}
	}
}

// closed demands an admin of the realm master where no role of the realm lets an account assign a role. Of an unknown version it is open.
func (w *weighing) closed(r namedRole) {
	if !w.on.Known() {
		var on []string
		for _, v := range byMasterAlone.On() {
			if byMasterAlone.At(v, version.Equal)[0].Value {
				on = append(on, v.String())
			}
		}
		w.unsettledForAll("Whether this version lets an account of the realm assign or revoke %s: measured on %s, no role of the realm does. An admin can see the version.", r.name, strings.Join(on, ", "))
		return
	}
	for _, v := range byMasterAlone.At(w.on, version.Equal) {
		if v.Value {
			w.demand(v.How, r.inferred, msg.New("no role of the realm lets an account assign %s (only an admin of the master realm can)", r.name))
		}
	}
}

// composites is for roles that are put into another role, or taken out of it.
func (w *weighing) composites() {
	taken := w.Method == http.MethodDelete
	if taken && !w.measured(takenOutChecked) {
		return
	}
	if !w.BodyKnown {
		w.unknown("Which roles the body names, which also matters: a client role also requires manage-clients, and a role of realm-management that role, or the rights that it includes.")
		return
	}
	var roles []bodyRole
	if !w.decode(&roles) {
		return
	}
	for _, r := range roles {
		w.compose(w.roleOf(r))
	}
}

// takenOutChecked is on which versions it takes the same to take a role out of another as to put it in.
var takenOutChecked = version.Facts[bool]{}.Measured(false, "24.0.5 26.4.0").Measured(true, "26.7.4")

// measured reports whether something holds on a version, as well as that is known: where two measured versions differ, it may.
func (w *weighing) measured(f version.Facts[bool]) bool {
	return slices.ContainsFunc(f.At(w.on, version.Equal), func(v version.Value[bool]) bool { return v.Value })
}

// roleOf finds out whose a role in a body is: by an admin's look, or by what the body says of it.
func (w *weighing) roleOf(r bodyRole) namedRole {
	if seen, ok := w.Seen.Roles[r.ID]; ok {
		return namedRole{name: seen.Name, client: seen.Client != "", admin: seen.Client == realmManagement}
	}
	named := namedRole{name: cmp.Or(r.Name, r.ID), client: r.ClientRole != nil && *r.ClientRole}
	switch {
	case isAdminRole(r.Name) && (r.ClientRole == nil || *r.ClientRole):
		named.client, named.admin = true, true
		named.inferred = msg.New("Whose role %s in the body is: its name suggests that it belongs to realm-management. An admin can see that.", r.Name)
	case r.ClientRole == nil:
		w.unsettled("Whether the role %s in the body belongs to a client, which also requires manage-clients: the body does not show it; an admin can see that.", named.name)
	}
	return named
}

// compose demands what it takes to put a role into another one.
func (w *weighing) compose(r namedRole) {
	inClient := strings.Contains(w.Template, "/clients/{client-uuid}/roles")
	switch {
	case r.client && !inClient:
		w.demand(version.Measured, r.inferred, msg.New("the body names the role %s of a client", r.name), "manage-clients", realmAdmin)
	case !r.client && inClient && r.name != "":
		w.demand(version.Measured, r.inferred, msg.New("the body names the realm role %s", r.name), "manage-realm", realmAdmin)
	}
	if r.admin {
		w.assign(r, "the body names %s, and only an account that has this role, or the rights that it includes, can add it to another role or remove it")
	}
}

// newRole is for a role that is created with others in it.
func (w *weighing) newRole() {
	var body struct {
		Composites struct {
			Realm  []string
			Client map[string][]string
		}
	}
	if !w.BodyKnown {
		w.unknown("Whether the body adds other roles to the new one (composites), which also matters: a client role also requires manage-clients.")
		return
	}
	if !w.decode(&body) {
		return
	}
	for _, name := range body.Composites.Realm {
		w.compose(namedRole{name: name})
	}
	for client, names := range body.Composites.Client {
		for _, name := range names {
			w.compose(namedRole{name: name, client: true, admin: client == realmManagement})
		}
	}
}

// export is for what is asked for besides the realm itself.
func (w *weighing) export() {
	if w.switchedOn("exportClients") {
		w.demand(version.Measured, msg.Message{}, msg.New("exportClients=true asks for the clients as well"), "view-clients", "manage-clients", realmAdmin)
	}
	if w.switchedOn("exportGroupsAndRoles") {
		w.demand(version.Measured, msg.Message{}, msg.New("exportGroupsAndRoles=true asks for the groups and roles as well"), "query-groups", "view-users", "manage-users", realmAdmin)
	}
}

// adminsProtected is on which versions a user is impersonated only by an account that holds all roles of realm-management that the user holds.
var adminsProtected = version.Facts[bool]{}.Measured(false, "24.0.5 26.4.0 26.7.3").Measured(true, "26.7.4")

// impersonation is for the roles of the user who is impersonated.
func (w *weighing) impersonation() {
	switch { // measured on 24.0.5, 26.4.0, 26.7.3 and 26.7.4
	case w.Seen.Disabled:
		w.Status, w.Refused = http.StatusBadRequest, msg.New("The user in the path is disabled, and a disabled user is not impersonated.")
	case w.Seen.ServiceAccount:
		w.Status, w.Refused = http.StatusBadRequest, msg.New("The user in the path is a service account, and service accounts are not impersonated.")
	}
	if !w.measured(adminsProtected) {
		return
	}
	if !w.Seen.HeldSeen {
		w.unsettled("Which roles of realm-management the user in the path holds: the caller must hold each of them, too (measured on 26.7.4).")
		return
	}
	for _, role := range w.Seen.Held {
		sets := []string{role}
		if role != realmAdmin {
			sets = append(sets, realmAdmin)
		}
		w.demand(version.Measured, msg.Message{}, msg.New("the user in the path holds %s, and only an account that holds it can impersonate that user", role), sets...)
	}
}

// adminClientClosed is on which versions nothing of the client realm-management can be changed.
var adminClientClosed = version.Facts[bool]{}.Measured(false, "24.0.5 26.4.0").Measured(true, "26.7.4")

// adminClient is for changes of realm-management itself.
func (w *weighing) adminClient() {
	if w.Seen.Client != realmManagement || strings.Contains(w.Template, "/role-mappings/") {
		return
	}
	for _, v := range adminClientClosed.At(w.on, version.Equal) {
		if v.Value {
			w.demand(v.How, msg.Message{}, msg.New("the client in the path is realm-management, which no account of the realm may change"))
		}
	}
}

// groupsClosed is on which versions manage-users does not let a user into a group that carries roles of an admin.
var groupsClosed = version.Facts[bool]{}.Measured(false, "24.0.5 26.4.0 26.7.4").Documented(true, "26.8.1")

// joining is for groups of a new user, and for a user who joins one.
func (w *weighing) joining() {
	if !w.measured(groupsClosed) {
		return
	}
	var body struct{ Groups []string }
	if w.Method == http.MethodPut || w.decode(&body) && len(body.Groups) > 0 || !w.BodyKnown {
		w.unknown("Whether the group carries roles of realm-management: manage-users is then not enough (documented since 26.8.1, but not measured).")
	}
}

// mappersByRealm is on which versions protocol mappers take manage-realm.
var mappersByRealm = version.Facts[bool]{}.Measured(false, "24.0.5 26.4.0 26.7.4").Documented(true, "26.8.2")

// mappers is for protocol mappers that a new client or client scope brings along.
func (w *weighing) mappers() {
	var body struct{ ProtocolMappers []any }
	for _, v := range mappersByRealm.At(w.on, version.Equal) {
		if v.Value && w.decode(&body) && len(body.ProtocolMappers) > 0 {
			w.demand(v.How, msg.Message{}, msg.New("the body has protocol mappers (documented since %s, but not measured)", v.On), "manage-realm", realmAdmin)
		}
	}
}
