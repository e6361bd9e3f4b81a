package practice

import (
	"net/http"
	"slices"

	"fix403/keycloak/sift"
)

// mapped is what roles can be mapped to: a user, a group, or the scope of a
// client or client scope.
type mapped struct {
	roles     *[]*role
	view      func() bool
	mapTo     func() bool
	effective func() roleSet
	scope     bool // a scope mapping: it gives nobody a role
}

func (c *call) userMapped() mapped {
	x := c.auth.on(c.realm)
	return mapped{
		roles:     &c.user.roles,
		view:      func() bool { return c.canViewUser(c.user) },
		mapTo:     func() bool { return x.canManageUsers() || c.fineGrained("Users", c.user.id, "map-roles") },
		effective: c.user.effectiveRoles,
	}
}

func (c *call) groupMapped() mapped {
	x := c.auth.on(c.realm)
	return mapped{
		roles:     &c.group.roles,
		view:      func() bool { return x.canViewUsers() || c.fineGrained("Groups", c.group.id, "view") },
		mapTo:     func() bool { return x.canManageUsers() || c.fineGrained("Groups", c.group.id, "manage") },
		effective: func() roleSet { return expand(c.group.roles) },
	}
}

func (c *call) clientScopeMapped() mapped {
	x := c.auth.on(c.realm)
	if c.scope != nil {
		return mapped{roles: &c.scope.scopeMappings, scope: true, view: x.canViewClients, mapTo: x.canManageClients,
			effective: func() roleSet { return expand(c.scope.scopeMappings) }}
	}
	k := c.client
	return mapped{roles: &k.scopeMappings, scope: true, view: x.canViewClients, mapTo: func() bool { return x.canManageClient(k) },
		effective: func() roleSet {
			allowed, all := c.realm.scopeOfClient(k, nil)
			if all {
				allowed = roleSet{}
				c.realm.allRoles(func(r *role) { allowed[r] = true })
			}
			return allowed
		}}
}

// mappingClass builds the resource role-mappings or scope-mappings of m.
func mappingClass(of func(c *call) mapped) *class {
	target := func(c *call) (*client, error) {
		k := c.realm.clients[c.param("target")]
		if k == nil {
			return nil, errText(http.StatusNotFound, "Client not found")
		}
		return k, nil
	}
	onClient := func(f func(c *call, m mapped, k *client) error) handler {
		return func(c *call) error {
			k, err := target(c)
			if err != nil {
				return err
			}
			return f(c, of(c), k)
		}
	}
	onRealm := func(f func(c *call, m mapped, k *client) error) handler {
		return func(c *call) error { return f(c, of(c), nil) }
	}
	// The client is looked up before the method is: an unknown one is 404 for everyone.
	enterClient := func(c *call) error {
		_, err := target(c)
		return err
	}
	clients := (&class{}).
		on("GET", "", onClient(directMappings)).
		on("GET", "available", onClient(availableMappings)).
		on("GET", "composite", onClient(effectiveMappings)).
		onAny("POST", "", onClient(changeMappings(true))).
		onAny("DELETE", "", onClient(changeMappings(false)))
	return (&class{}).
		on("GET", "", func(c *call) error { return allMappings(c, of(c)) }).
		on("GET", "realm", onRealm(directMappings)).
		on("GET", "realm/available", onRealm(availableMappings)).
		on("GET", "realm/composite", onRealm(effectiveMappings)).
		onAny("POST", "realm", onRealm(changeMappings(true))).
		onAny("DELETE", "realm", onRealm(changeMappings(false))).
		mount("clients/{target}", enterClient, clients)
}

func (c *call) requireView(m mapped, k *client) error {
	if !m.view() {
		return c.errForbidden()
	}
	// 26.7.3: who sees client role mappings must also see the client.
	if k != nil && !m.scope && c.behavior().strictMappings && !c.auth.on(c.realm).canViewClients() {
		return c.errForbidden()
	}
	return nil
}

func directMappings(c *call, m mapped, k *client) error {
	if err := c.requireView(m, k); err != nil {
		return err
	}
	l := sift.Out(*m.roles, func(x *role) bool { return x.client != k })
	sortRoles(l)
	return c.ok(roleList(l))
}

func effectiveMappings(c *call, m mapped, k *client) error {
	if err := c.requireView(m, k); err != nil {
		return err
	}
	return c.ok(c.listedRoles(m.effective().sorted(ofClient(k))))
}

// availableMappings are the roles not yet mapped that the caller may map.
func availableMappings(c *call, m mapped, k *client) error {
	if !m.view() {
		return c.errForbidden()
	}
	x := c.auth.on(c.realm)
	set := c.realm.roles
	if k != nil {
		set = k.roles
	}
	l := []*role{}
	for _, r := range set {
		if slices.Contains(*m.roles, r) {
			continue
		}
		listed := m.mapTo()
		switch {
		case !m.scope:
			listed = listed && x.mayMap(r)
		case k == nil && c.behavior().scopeRealmRolesListed:
			listed = x.canManageRealm() // alone: with view-clients besides, it lists what it cannot map
		}
		if listed {
			l = append(l, r)
		}
	}
	sortRoles(l)
	return c.ok(roleList(l))
}

func allMappings(c *call, m mapped) error {
	if !m.view() {
		return c.errForbidden()
	}
	out := map[string]any{}
	realmRoles := []*role{}
	byClient := map[*client][]*role{}
	for _, x := range *m.roles {
		if x.client == nil {
			realmRoles = append(realmRoles, x)
		} else {
			byClient[x.client] = append(byClient[x.client], x)
		}
	}
	// 26.7.3 shows mappings only of containers the caller may view.
	x := c.auth.on(c.realm)
	if c.behavior().mappingsByContainer && !m.scope {
		if !x.canViewRealm() {
			realmRoles = nil
		}
		if !x.canViewClients() {
			byClient = nil
		}
	}
	if len(realmRoles) > 0 {
		sortRoles(realmRoles)
		out["realmMappings"] = roleList(realmRoles)
	}
	if len(byClient) > 0 {
		cm := map[string]any{}
		for k, l := range byClient {
			sortRoles(l)
			cm[k.clientID] = map[string]any{"id": k.id, "client": k.clientID, "mappings": roleList(l)}
		}
		out["clientMappings"] = cm
	}
	return c.ok(out)
}

// changeMappings adds or removes roles. Each must be named by id and name, of
// the container in the path; one that is not rejects the whole list (FACTS section 8).
func changeMappings(add bool) func(c *call, m mapped, k *client) error {
	return func(c *call, m mapped, k *client) error {
		l, err := c.list()
		if err != nil {
			return err
		}
		if !m.mapTo() || m.scope && k == nil && c.behavior().scopeRealmRolesByRealm && !c.auth.on(c.realm).canManageRealm() {
			return c.errForbidden()
		}
		if !add && len(l) == 0 {
			// Without a body every mapping of the container goes.
			for _, r := range *m.roles {
				if r.client == k && !m.scope && !c.auth.on(c.realm).mayMap(r) {
					return c.errForbidden()
				}
			}
			*m.roles = sift.Out(*m.roles, func(x *role) bool { return x.client == k })
			return c.noContent()
		}
		x := c.auth.on(c.realm)
		set := c.realm.roles
		if k != nil {
			set = k.roles
		}
		named := []*role{}
		for _, rep := range l {
			r := set[str(rep, "name")]
			if r == nil || r.id != str(rep, "id") {
				return errText(http.StatusNotFound, "Role not found")
			}
			if !m.scope && !x.mayMap(r) && !c.mapsByPermission(r) {
				return c.errForbidden()
			}
			named = append(named, r)
		}
		for _, r := range named {
			*m.roles = sift.Out(*m.roles, func(y *role) bool { return y == r })
			if add {
				*m.roles = append(*m.roles, r)
			}
		}
		return c.noContent()
	}
}
