package practice

import "strings"

// consoleGate is who is let into one of the admin console's own calls: callers with one of some roles, and with each of others.
type consoleGate struct {
	path string // its beginning
	any  []string
	all  []string // from 26.7 on
	old  bool     // up to 24.0.5; later ones let everyone in
}

// consoleGates were measured on 24.0.5, 26.4.0 and 26.7.4, the longer paths first. What is not among them lets everyone in, and shows what
// the caller may see.
var consoleGates = []consoleGate{
	{path: "authentication-management/required-actions", any: []string{"view-realm", "manage-realm", "query-users"}},
	{path: "authentication-management/", any: []string{"view-realm", "manage-realm", "query-clients"}},
	{path: "available-event-listeners", any: []string{"view-events", "manage-events"}},
	{path: "available-roles/clientScopes/", any: []string{"manage-clients"}, old: true},
	{path: "available-roles/clients/", any: []string{"manage-clients"}, old: true},
	{path: "available-roles/", any: []string{"manage-users"}, old: true},
	{path: "brute-force-user", any: []string{"view-users", "manage-users", "query-users"}},
	{path: "effective-roles/users/", any: []string{"view-users", "manage-users"}},
	{path: "effective-roles/groups/", any: []string{"view-users", "manage-users"}},
	{path: "effective-roles/roles/", any: []string{"view-realm", "manage-realm"}},
	{path: "effective-roles/", any: []string{"view-clients", "manage-clients"}},
	{path: "effective-roles-all/users/", any: []string{"view-users", "manage-users"}},
	{path: "effective-roles-all/groups/", any: []string{"view-users", "manage-users"}},
	{path: "effective-roles-all/roles/", any: []string{"view-realm", "manage-realm"}},
	{path: "effective-roles-all/", any: []string{"view-clients", "manage-clients"}},
	{path: "role-mappings/", any: []string{"view-realm", "manage-realm"}},
	{path: "role-mapping-delete/users/", any: []string{"manage-users"}},
	{path: "role-mapping-delete/groups/", any: []string{"manage-users"}},
	{path: "role-mapping-delete/roles/", any: []string{"manage-realm"}, all: []string{"manage-users"}},
	{path: "role-mapping-delete/", any: []string{"manage-clients"}, all: []string{"manage-users"}},
	{path: "realms/names", any: []string{
		"create-client", "manage-authorization", "manage-clients", "manage-events", "manage-identity-providers", "manage-realm", "manage-users", "query-clients",
		"query-groups", "query-realms", "query-users", "view-authorization", "view-clients", "view-events", "view-identity-providers", "view-realm", "view-users",
	}, old: true},
	{path: "sessions/client", any: []string{"view-clients", "manage-clients"}},
}

// enterConsole lets those in whom the admin console's own calls let in.
func (c *call) enterConsole() error {
	_, path, _ := strings.Cut(c.r.URL.Path, "/ui-ext")
	path = strings.Trim(path, "/")
	x := c.auth.on(c.realm)
	switch path {
	case "":
		if !x.canManageRealm() {
			return c.errForbidden()
		}
	case "info":
		if !x.isAdmin() {
			return c.errForbidden()
		}
	}
	for _, g := range consoleGates {
		if g.old && !c.behavior().consoleListsClosed || !strings.HasPrefix(path, g.path) && path != strings.TrimSuffix(g.path, "/") {
			continue
		}
		if !x.any(g.any...) || c.behavior().organizationRoles && len(g.all) > 0 && !x.any(g.all...) {
			return c.errForbidden()
		}
		break
	}
	return errNotImplemented("the admin console's own endpoints")
}

// enterInvitations are those to an organization, which this server does not send.
func (c *call) enterInvitations() error {
	switch {
	case !c.behavior().invitations:
		return errNotFound()
	case !c.auth.on(c.realm).canManageOrganizations():
		return c.errForbidden()
	}
	return errNotImplemented("invitations to organizations")
}
