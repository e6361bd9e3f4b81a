package practice

import (
	"net/http"

	"fix403/keycloak/sift"
)

// compositesOf are the parts of a role. 26.7.3 leaves out those whose realm or client the caller may not view (measured).
func (c *call) compositesOf(keep func(*role) bool) []*role {
	l := []*role{}
	rights := c.auth.on(c.realm)
	for _, x := range c.role.composites {
		if c.behavior().compositesByContainer && (x.client == nil && !rights.canViewRealm() || x.client != nil && !rights.canViewClients()) {
			continue
		}
		if keep == nil || keep(x) {
			l = append(l, x)
		}
	}
	sortRoles(l)
	return l
}

func (c *call) getComposites() error {
	if err := c.viewRole(); err != nil {
		return err
	}
	return c.ok(roleList(c.compositesOf(nil)))
}

func (c *call) getRealmComposites() error {
	if err := c.viewRole(); err != nil {
		return err
	}
	return c.ok(roleList(c.compositesOf(ofClient(nil))))
}

func (c *call) getClientComposites() error {
	if err := c.viewRole(); err != nil {
		return err
	}
	k := c.realm.clients[c.param("target")]
	if k == nil {
		return errText(http.StatusNotFound, "Could not find client")
	}
	return c.ok(roleList(c.compositesOf(ofClient(k))))
}

// changeComposites adds or removes the roles the body names by id.
func (c *call) changeComposites(l []map[string]any, add bool) error {
	var roles []*role
	for _, m := range l {
		x := c.realm.roleByID(str(m, "id"))
		if x == nil {
			return errText(http.StatusNotFound, "Could not find composite role")
		}
		if (add || c.behavior().decomposeChecked) && !c.auth.on(c.realm).mayCompose(x) {
			return c.errForbidden()
		}
		roles = append(roles, x)
	}
	for _, x := range roles {
		c.role.composites = sift.Out(c.role.composites, func(y *role) bool { return y == x })
		if add {
			c.role.composites = append(c.role.composites, x)
		}
	}
	return c.noContent()
}

// namedComposites are the roles that the representation of a new role names, each of which the caller must be allowed to put into it.
func (c *call) namedComposites(rep map[string]any) ([]*role, error) {
	named, _ := rep["composites"].(map[string]any)
	var roles []*role
	add := func(set map[string]*role, names []string) error {
		for _, name := range names {
			x := set[name]
			if x == nil {
				return errText(http.StatusNotFound, "Could not find composite role")
			}
			if !c.auth.on(c.realm).mayCompose(x) {
				return c.errForbidden()
			}
			roles = append(roles, x)
		}
		return nil
	}
	if err := add(c.realm.roles, strs(named, "realm")); err != nil {
		return nil, err
	}
	clients, _ := named["client"].(map[string]any)
	for _, k := range c.realm.clientList() {
		if names := strs(clients, k.clientID); len(names) > 0 {
			if err := add(k.roles, names); err != nil {
				return nil, err
			}
		}
	}
	return roles, nil
}

// mayCompose: a role may go into a composite where the caller manages the
// role's own container, and may hand out an admin role.
func (x rights) mayCompose(target *role) bool {
	if target.client == nil {
		return x.canManageRealm()
	}
	return x.canManageClients() && x.mayHandOut(target)
}

func (c *call) postComposites() error {
	l, err := c.list()
	if err != nil {
		return err
	}
	if err := c.manageRole(); err != nil {
		return err
	}
	return c.changeComposites(l, true)
}

func (c *call) deleteComposites() error {
	l, err := c.list()
	if err != nil {
		return err
	}
	if err := c.manageRole(); err != nil {
		return err
	}
	return c.changeComposites(l, false)
}

func (c *call) getCompositesByID() error {
	first, limit, err := c.pageParams(-1, -1)
	if err != nil {
		return err
	}
	if err := c.roleByIDFor(false); err != nil {
		return err
	}
	l := sift.Out(c.compositesOf(nil), func(x *role) bool { return !containsFold(x.name, c.query.Get("search")) })
	return c.ok(roleList(page(l, first, limit)))
}

func (c *call) getRealmCompositesByID() error {
	if err := c.roleByIDFor(false); err != nil {
		return err
	}
	return c.ok(roleList(c.compositesOf(ofClient(nil))))
}

func (c *call) getClientCompositesByID() error {
	if err := c.roleByIDFor(false); err != nil {
		return err
	}
	k := c.realm.clients[c.param("target")]
	if k == nil {
		return errText(http.StatusNotFound, "Could not find client")
	}
	return c.ok(roleList(c.compositesOf(ofClient(k))))
}

func (c *call) changeCompositesByID(add bool) error {
	l, err := c.list()
	if err != nil {
		return err
	}
	if err := c.roleByIDFor(true); err != nil {
		return err
	}
	return c.changeComposites(l, add)
}

func (c *call) postCompositesByID() error { return c.changeCompositesByID(true) }

func (c *call) deleteCompositesByID() error { return c.changeCompositesByID(false) }
