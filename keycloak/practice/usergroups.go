package practice

import (
	"net/http"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

func (c *call) userGroups() error {
	first, limit, err := c.pageParams(-1, -1)
	if err != nil {
		return err
	}
	if err := c.requireViewUser(); err != nil {
		return err
	}
	l := c.groupsOfUser()
	slices.SortFunc(l, func(a, b *group) int { return strings.Compare(a.name, b.name) })
	out := []any{}
	for _, g := range page(l, first, limit) {
		m := groupRep(g, c.boolParamOr("briefRepresentation", true))
		delete(m, "subGroupCount")
		out = append(out, m)
	}
	return c.ok(out)
}

// groupsOfUser are the groups of the user that the query asks for.
func (c *call) groupsOfUser() []*group {
	return sift.Out(c.user.groups, func(g *group) bool { return !c.named(g.name) })
}

func (c *call) userGroupsCount() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	return c.ok(map[string]any{"count": len(c.groupsOfUser())})
}

// membership checks user and group: a fine-grained caller needs a permission on both.
func (c *call) membership() (*group, error) {
	id := c.user.id
	g := c.realm.groups[c.param("group")]
	manage := c.auth.on(c.realm).canManageUsers()
	if !manage && !c.fineGrained("Users", id, "manage-group-membership") {
		return nil, c.errForbidden()
	}
	if g == nil {
		return nil, errText(http.StatusNotFound, "Group not found")
	}
	if !manage && !c.fineGrained("Groups", g.id, "manage-membership") {
		return nil, c.errForbidden()
	}
	return g, nil
}

func (c *call) joinGroup() error {
	g, err := c.membership()
	if err != nil {
		return err
	}
	if !c.mayPutInto(g) {
		return c.errForbidden()
	}
	if !slices.Contains(c.user.groups, g) {
		c.user.groups = append(c.user.groups, g)
	}
	c.noCache()
	return c.noContent()
}

func (c *call) leaveGroup() error {
	g, err := c.membership()
	if err != nil {
		return err
	}
	c.user.groups = sift.Out(c.user.groups, func(x *group) bool { return x == g })
	c.noCache()
	return c.noContent()
}
