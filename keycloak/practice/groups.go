package practice

import (
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"

	"fix403/keycloak/sift"
)

var groupSchema = newSchema("GroupRepresentation", "id name description path parentId", "", "subGroupCount", "realmRoles", "attributes clientRoles access", "subGroups")

func groupRep(g *group, brief bool) map[string]any {
	m := map[string]any{"id": g.id, "name": g.name, "path": g.path(), "subGroups": []any{}}
	if g.parent != nil {
		m["parentId"] = g.parent.id
	}
	if g.description != "" {
		m["description"] = g.description
	}
	if brief {
		return m
	}
	m["subGroupCount"] = len(g.children)
	m["attributes"] = g.attributes
	realmRoles, clientRoles := []string{}, map[string][]string{}
	for _, x := range g.roles {
		if x.client == nil {
			realmRoles = append(realmRoles, x.name)
		} else {
			clientRoles[x.client.clientID] = append(clientRoles[x.client.clientID], x.name)
		}
	}
	m["realmRoles"], m["clientRoles"] = realmRoles, clientRoles
	return m
}

// groupList is sorted by name; nil is the top level.
func (r *realm) groupList(parent *group) []*group {
	l := []*group{}
	if parent != nil {
		l = slices.Clone(parent.children)
	} else {
		for g := range maps.Values(r.groups) {
			if g.parent == nil {
				l = append(l, g)
			}
		}
	}
	slices.SortFunc(l, func(a, b *group) int { return strings.Compare(a.name, b.name) })
	return l
}

func (c *call) groupAccess(g *group) map[string]bool {
	x := c.auth.on(c.realm)
	view, m := x.canViewUsers(), x.canManageUsers()
	return map[string]bool{"view": view || c.fineGrained("Groups", g.id, "view"), "viewMembers": view || c.fineGrained("Groups", g.id, "view-members"),
		"manageMembers": m || c.fineGrained("Groups", g.id, "manage-members"), "manage": m || c.fineGrained("Groups", g.id, "manage"),
		"manageMembership": m || c.fineGrained("Groups", g.id, "manage-membership")}
}

func (c *call) listGroups() error {
	first, limit, err := c.pageParams(-1, -1)
	if err != nil {
		return err
	}
	x := c.auth.on(c.realm)
	if !x.canQueryGroups() {
		return c.errForbidden()
	}
	l := c.realm.groupList(nil)
	if c.query.Has("search") {
		l = sift.Out(slices.Collect(maps.Values(c.realm.groups)), func(g *group) bool { return !c.named(g.name) })
		slices.SortFunc(l, func(a, b *group) int { return strings.Compare(a.name, b.name) })
	}
	sees := func(g *group) bool { return x.canViewUsers() || c.fineGrainedInList("Groups", g.id, "view") }
	l = page(sift.Out(l, func(g *group) bool { return !sees(g) }), first, limit)
	brief := c.boolParamOr("briefRepresentation", true)
	if !c.boolParamOr("populateHierarchy", true) {
		out := []any{}
		for _, g := range l {
			out = append(out, c.listedGroup(g, brief))
		}
		return c.ok(out)
	}
	return c.ok(c.hierarchy(l, sees, brief))
}

// listedGroup is a group as lists of the admin API show it.
func (c *call) listedGroup(g *group, brief bool) map[string]any {
	m := groupRep(g, brief)
	m["access"], m["subGroupCount"] = c.groupAccess(g), len(g.children)
	return m
}

// hierarchy puts groups below those that they are in, up to the top: of a search, what was found and what leads there.
func (c *call) hierarchy(found []*group, sees func(*group) bool, brief bool) []map[string]any {
	shown := map[*group]map[string]any{}
	top := []map[string]any{}
	var add func(g *group) map[string]any
	add = func(g *group) map[string]any {
		if m := shown[g]; m != nil || !sees(g) {
			return m
		}
		m := c.listedGroup(g, brief)
		if g.parent == nil {
			top = append(top, m)
		} else if parent := add(g.parent); parent != nil {
			parent["subGroups"] = append(parent["subGroups"].([]any), m)
		}
		shown[g] = m
		return m
	}
	for _, g := range found {
		add(g)
	}
	sort.Slice(top, func(i, j int) bool { return str(top[i], "name") < str(top[j], "name") })
	return top
}

func (c *call) countGroups() error {
	if !c.auth.on(c.realm).canQueryGroups() {
		return c.errForbidden()
	}
	n := 0
	for _, g := range c.realm.groups {
		if containsFold(g.name, c.query.Get("search")) && (g.parent == nil || !c.boolParam("top")) {
			n++
		}
	}
	return c.ok(map[string]any{"count": n})
}

func (c *call) postGroup() error {
	rep, err := c.object(groupSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageUsers() {
		return c.errForbidden()
	}
	if id := str(rep, "id"); id != "" { // an existing group moves to the top
		g := c.realm.groups[id]
		if g == nil {
			return errNoChild()
		}
		if slices.ContainsFunc(c.realm.groupList(nil), func(x *group) bool { return x.name == g.name && x != g }) {
			return errMessage(http.StatusConflict, "Top level group named '"+g.name+"' already exists.")
		}
		g.moveTo(nil)
		return c.noContent()
	}
	g, f := c.s.createGroup(c.realm, nil, rep)
	if f != nil {
		return f
	}
	return c.created(g.id)
}

func (s *Server) createGroup(r *realm, parent *group, rep map[string]any) (*group, *failure) {
	name := str(rep, "name")
	if name == "" {
		return nil, errMessage(http.StatusBadRequest, "Group name is missing")
	}
	for _, g := range r.groupList(parent) {
		if g.name == name {
			if parent == nil {
				return nil, errMessage(http.StatusConflict, "Top level group named '"+name+"' already exists.")
			}
			return nil, errSibling(name)
		}
	}
	if len(r.groups) >= maxPerRealm {
		return nil, errLimit("The practice Keycloak keeps no more groups in a realm: delete one first.")
	}
	g := &group{id: newID(), name: name, description: str(rep, "description"), parent: parent, attributes: listAttributes(rep["attributes"])}
	r.groups[g.id] = g
	if parent != nil {
		parent.children = append(parent.children, g)
	}
	return g, nil
}

func errSibling(name string) *failure {
	return errMessage(http.StatusConflict, "Sibling group named '"+name+"' already exists.")
}

func errNoChild() *failure { return errText(http.StatusNotFound, "Could not find child by id") }

// enterGroup is the locator groups/{id}; an unknown id is 404 for every caller.
func (c *call) enterGroup() error {
	c.group = c.realm.groups[c.param("group")]
	if c.group == nil {
		return errText(http.StatusNotFound, "Could not find group by id")
	}
	return nil
}

func (c *call) requireGroup(manage bool) error {
	x := c.auth.on(c.realm)
	if manage && (x.canManageUsers() || c.fineGrained("Groups", c.group.id, "manage")) ||
		!manage && (x.canViewUsers() || c.fineGrained("Groups", c.group.id, "view")) {
		return nil
	}
	return c.errForbidden()
}

func (c *call) getGroup() error {
	if err := c.requireGroup(false); err != nil {
		return err
	}
	m := groupRep(c.group, false)
	m["access"] = c.groupAccess(c.group)
	return c.ok(m)
}

func (c *call) putGroup() error {
	rep, err := c.object(groupSchema)
	if err != nil {
		return err
	}
	if err := c.requireGroup(true); err != nil {
		return err
	}
	name := str(rep, "name")
	if strings.TrimSpace(name) == "" {
		return errMessage(http.StatusBadRequest, "Group name is missing")
	}
	if id := str(rep, "id"); id != "" && id != c.group.id {
		return errMessage(http.StatusBadRequest, "Invalid group id")
	}
	if slices.ContainsFunc(c.realm.groupList(c.group.parent), func(g *group) bool { return g.name == name && g != c.group }) {
		return errSibling(name)
	}
	c.group.name, c.group.description = name, str(rep, "description")
	if rep["attributes"] != nil {
		c.group.attributes = listAttributes(rep["attributes"])
	}
	return c.noContent()
}

func (c *call) deleteGroup() error {
	if err := c.requireGroup(true); err != nil {
		return err
	}
	c.realm.removeGroup(c.group)
	return c.noContent()
}

func (r *realm) removeGroup(g *group) {
	for _, k := range slices.Clone(g.children) {
		r.removeGroup(k)
	}
	is := func(x *group) bool { return x == g }
	if g.parent != nil {
		g.parent.children = sift.Out(g.parent.children, is)
	}
	for _, u := range r.users {
		u.groups = sift.Out(u.groups, is)
	}
	r.defaultGroups = sift.Out(r.defaultGroups, is)
	delete(r.groups, g.id)
}

func (c *call) listSubGroups() error {
	first, limit, err := c.pageParams(0, 10)
	if err != nil {
		return err
	}
	if err := c.requireGroup(false); err != nil {
		return err
	}
	out := []any{}
	l := sift.Out(c.realm.groupList(c.group), func(g *group) bool { return c.behavior().childrenSearch && !c.named(g.name) })
	for _, g := range page(l, first, limit) {
		out = append(out, c.listedGroup(g, c.boolParam("briefRepresentation")))
	}
	return c.ok(out)
}

func (c *call) postSubGroup() error {
	rep, err := c.object(groupSchema)
	if err != nil {
		return err
	}
	if err := c.requireGroup(true); err != nil {
		return err
	}
	if strings.TrimSpace(str(rep, "name")) == "" {
		return errMessage(http.StatusBadRequest, "Group name is missing")
	}
	if id := str(rep, "id"); id != "" {
		moved := c.realm.groups[id]
		if moved == nil {
			return errNoChild()
		}
		if slices.ContainsFunc(c.group.children, func(g *group) bool { return g.name == moved.name && g != moved }) {
			return errSibling(str(rep, "name"))
		}
		moved.moveTo(c.group)
		return c.noContent()
	}
	g, f := c.s.createGroup(c.realm, c.group, rep)
	if f != nil {
		return f
	}
	m := groupRep(g, false)
	delete(m, "subGroupCount")
	m["access"] = c.groupAccess(g)
	c.status, c.payload, c.ctype = http.StatusCreated, m, jsonCharset
	c.w.Header().Set("Location", c.baseURL()+"/admin/realms/"+c.realm.name+"/groups/"+g.id)
	return nil
}

// moveTo puts a group below another one, unless that is below it, or at the top.
func (g *group) moveTo(parent *group) {
	for above := parent; above != nil; above = above.parent {
		if above == g {
			return
		}
	}
	if g.parent != nil {
		g.parent.children = sift.Out(g.parent.children, func(x *group) bool { return x == g })
	}
	if g.parent = parent; parent != nil {
		parent.children = append(parent.children, g)
	}
}

func (c *call) groupMembers() error {
	first, limit, err := c.pageParams(0, 100)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canViewUsers() && !c.fineGrained("Groups", c.group.id, "view-members") {
		return c.errForbidden()
	}
	l := []*user{}
	for _, u := range c.realm.userList() {
		if slices.Contains(u.groups, c.group) {
			l = append(l, u)
		}
	}
	out := []any{}
	for _, u := range page(l, first, limit) {
		out = append(out, userRep(u, c.boolParam("briefRepresentation")))
	}
	return c.ok(out)
}

func (c *call) listDefaultGroups() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	out := []any{}
	if !c.behavior().defaultGroupsByUsers || c.auth.on(c.realm).canViewUsers() { // 26.7.3 shows them only to who may view groups (measured)
		for _, g := range c.realm.defaultGroups {
			out = append(out, groupRep(g, true))
		}
	}
	return c.ok(out)
}

func changeDefaultGroups(add bool) handler {
	return func(c *call) error {
		if !c.auth.on(c.realm).canManageRealm() {
			return c.errForbidden()
		}
		g := c.realm.groups[c.param("group")]
		if g == nil {
			return errText(http.StatusNotFound, "Group not found")
		}
		c.realm.defaultGroups = sift.Out(c.realm.defaultGroups, func(x *group) bool { return x == g })
		if add {
			c.realm.defaultGroups = append(c.realm.defaultGroups, g)
		}
		return c.noContent()
	}
}

func (r *realm) groupByPath(path string) *group {
	for _, g := range r.groups {
		if g.path() == path {
			return g
		}
	}
	return nil
}

func (c *call) groupByPath() error {
	if !c.auth.on(c.realm).canViewUsers() {
		return c.errForbidden()
	}
	if g := c.realm.groupByPath("/" + c.param("path")); g != nil {
		return c.ok(groupRep(g, false))
	}
	return errText(http.StatusNotFound, "Group path does not exist")
}
