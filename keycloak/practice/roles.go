package practice

import (
	"net/http"
	"slices"
)

var roleSchema = newSchema("RoleRepresentation", "id name description containerId", "composite clientRole scopeParamRequired", "", "", "attributes composites", "")

func roleBrief(x *role) map[string]any {
	container := x.realm.id
	if x.client != nil {
		container = x.client.id
	}
	m := map[string]any{"id": x.id, "name": x.name, "composite": len(x.composites) > 0, "clientRole": x.client != nil, "containerId": container}
	if x.description != "" {
		m["description"] = x.description
	}
	return m
}

func roleFull(x *role) map[string]any {
	m := roleBrief(x)
	m["attributes"] = x.attributes
	return m
}

func roleList(l []*role) []any {
	out := make([]any, 0, len(l))
	for _, x := range l {
		out = append(out, roleBrief(x))
	}
	return out
}

// The same resource class serves the roles of the realm and of a client; the
// locator sets c.client for the latter.

func (c *call) container() map[string]*role {
	if c.client != nil {
		return c.client.roles
	}
	return c.realm.roles
}

func (c *call) requireViewContainer() error {
	x := c.auth.on(c.realm)
	if c.client != nil && x.canViewClients() || c.client == nil && x.canViewRealm() {
		return nil
	}
	return c.errForbidden()
}

func (c *call) requireManageContainer() error {
	x := c.auth.on(c.realm)
	if c.client != nil && x.canManageClient(c.client) || c.client == nil && x.canManageRealm() {
		return nil
	}
	return c.errForbidden()
}

// requireListRoles: to 26.4.0 a query role is enough to list role names.
func (c *call) requireListRoles() error {
	x := c.auth.on(c.realm)
	var ok bool
	switch {
	case c.client != nil && c.behavior().rolesByViewers:
		ok = x.canViewClients()
	case c.client != nil:
		ok = x.canQueryClients()
	case c.behavior().rolesByViewers:
		ok = x.canViewRealm() || x.any("manage-identity-providers")
	default:
		ok = x.canViewRealm() || x.any("query-clients", "query-groups", "query-realms", "query-users")
	}
	if !ok {
		return c.errForbidden()
	}
	return nil
}

func (c *call) listRoles() error {
	first, limit, err := c.pageParams(-1, -1)
	if err != nil {
		return err
	}
	if err := c.requireListRoles(); err != nil {
		return err
	}
	l := []*role{}
	for _, x := range c.container() {
		if containsFold(x.name, c.query.Get("search")) {
			l = append(l, x)
		}
	}
	sortRoles(l)
	if first >= 0 && limit >= 0 || c.query.Get("search") != "" { // one of them alone is ignored
		l = page(l, first, limit)
	}
	return c.ok(c.listedRoles(l))
}

// listedRoles are roles as the query asks for them: brief, unless it says otherwise.
func (c *call) listedRoles(l []*role) []any {
	if c.boolParamOr("briefRepresentation", true) {
		return roleList(l)
	}
	out := []any{}
	for _, x := range l {
		out = append(out, roleFull(x))
	}
	return out
}

func (c *call) postRole() error {
	rep, err := c.object(roleSchema)
	if err != nil {
		return err
	}
	if err := c.requireManageContainer(); err != nil {
		return err
	}
	name, given := rep["name"].(string)
	if !given {
		return errText(http.StatusBadRequest, "role has no name")
	}
	set := c.container()
	if set[name] != nil {
		return errMessage(http.StatusConflict, "Role with name "+name+" already exists")
	}
	if len(set) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more roles here: delete one first.")
	}
	composites, err := c.namedComposites(rep)
	if err != nil {
		return err
	}
	x := c.realm.newRole(c.client, name, str(rep, "description"))
	x.composites = composites
	x.attributes = listAttributes(rep["attributes"])
	return c.created(name)
}

// listAttributes reads attributes whose values are lists.
func listAttributes(v any) map[string][]string {
	out := map[string][]string{}
	m, _ := v.(map[string]any)
	for k := range m {
		if l := strs(m, k); l != nil {
			out[k] = l
		}
	}
	return out
}

func (c *call) findRole() error {
	c.role = c.container()[c.param("role")]
	if c.role == nil {
		return errText(http.StatusNotFound, "Could not find role")
	}
	return nil
}

// viewRole and manageRole check the caller's role first, then the object.
func (c *call) viewRole() error {
	if err := c.requireViewContainer(); err != nil {
		return err
	}
	return c.findRole()
}

func (c *call) manageRole() error {
	if err := c.requireManageContainer(); err != nil {
		return err
	}
	return c.findRole()
}

func (c *call) getRole() error {
	if err := c.viewRole(); err != nil {
		return err
	}
	return c.ok(roleFull(c.role))
}

func (c *call) changeRole(rep map[string]any) error {
	n, given := rep["name"].(string)
	switch {
	case !given:
		return c.behavior().roleUnnamed(c)
	case n != c.role.name:
		set := c.container()
		if set[n] != nil {
			return errMessage(http.StatusConflict, "Role with name "+n+" already exists")
		}
		delete(set, c.role.name)
		c.role.name = n
		set[n] = c.role
	}
	if d, ok := rep["description"]; ok {
		c.role.description, _ = d.(string)
	}
	if a, ok := rep["attributes"]; ok {
		c.role.attributes = listAttributes(a)
	}
	return c.noContent()
}

func (c *call) putRole() error {
	rep, err := c.object(roleSchema)
	if err != nil {
		return err
	}
	if err := c.manageRole(); err != nil {
		return err
	}
	return c.changeRole(rep)
}

func (c *call) deleteRole() error {
	if err := c.manageRole(); err != nil {
		return err
	}
	if c.role == c.realm.defaultRole {
		return errMessage(http.StatusBadRequest, c.role.name+" is default role of the realm and cannot be removed.")
	}
	c.realm.removeRole(c.role)
	return c.noContent()
}

// roleUsers lists who holds the role directly. 26.7.3 also asks for query-users, and shows the users that the caller may view.
func (c *call) roleUsers() error {
	if err := c.requireViewContainer(); err != nil {
		return err
	}
	if c.behavior().roleMembersByViewers && !c.auth.on(c.realm).canQueryUsers() {
		return c.errForbidden()
	}
	if err := c.findRole(); err != nil {
		return err
	}
	first, limit, err := c.pageParams(0, 100)
	if err != nil {
		return err
	}
	l := []*user{}
	for _, u := range c.realm.userList() {
		if slices.Contains(u.roles, c.role) && (!c.behavior().roleMembersByViewers || c.canViewUser(u)) {
			l = append(l, u)
		}
	}
	out := []any{}
	for _, u := range page(l, first, limit) {
		m := userRep(u, c.boolParam("briefRepresentation"))
		if c.behavior().roleMembersAccess {
			m["access"] = map[string]bool{"manage": c.canManageUser(u)}
		}
		out = append(out, m)
	}
	return c.ok(out)
}

func (c *call) roleGroups() error {
	if err := c.requireViewContainer(); err != nil {
		return err
	}
	if c.behavior().roleMembersByViewers && !c.auth.on(c.realm).canQueryGroups() {
		return c.errForbidden()
	}
	if err := c.findRole(); err != nil {
		return err
	}
	out := []any{}
	for _, g := range c.realm.groupList(nil) {
		if slices.Contains(g.roles, c.role) {
			out = append(out, groupRep(g, true))
		}
	}
	return c.ok(out)
}

// byRoleID wraps a handler of roles-by-id/{id}.
func (c *call) roleByIDFor(manage bool) error {
	x := c.realm.roleByID(c.param("role"))
	if x == nil {
		return errText(http.StatusNotFound, "Could not find role with id")
	}
	c.role, c.client = x, x.client
	if manage {
		return c.requireManageContainer()
	}
	return c.requireViewContainer()
}

func (c *call) getRoleByID() error {
	if err := c.roleByIDFor(false); err != nil {
		return err
	}
	return c.ok(roleFull(c.role))
}

func (c *call) putRoleByID() error {
	rep, err := c.object(roleSchema)
	if err != nil {
		return err
	}
	if err := c.roleByIDFor(true); err != nil {
		return err
	}
	return c.changeRole(rep)
}

func (c *call) deleteRoleByID() error {
	if err := c.roleByIDFor(true); err != nil {
		return err
	}
	if c.role == c.realm.defaultRole {
		return errMessage(http.StatusBadRequest, c.role.name+" is default role of the realm and cannot be removed.")
	}
	c.realm.removeRole(c.role)
	return c.noContent()
}
