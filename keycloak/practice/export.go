package practice

import (
	"maps"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// partialExport is the realm as a representation that could be imported again,
// with its secrets masked; clients, groups and roles are in it when asked for.
func (c *call) partialExport() error {
	x := c.auth.on(c.realm)
	if !x.canManageRealm() || c.boolParam("exportClients") && !x.canViewClients() || c.boolParam("exportGroupsAndRoles") && !x.canQueryGroups() {
		return c.errForbidden()
	}
	r := c.realm
	m := c.s.representation(r)
	c.s.addProviders(r, m)
	flows, configs := []any{}, []any{}
	eachFlow(c.s.flowsOf(r), func(f *authFlow) bool {
		flows = append(flows, f.rep())
		for _, e := range f.executions {
			if e.config != nil {
				configs = append(configs, map[string]any{"id": e.config.id, "alias": e.config.alias, "config": e.config.config})
			}
		}
		return false
	})
	m["authenticationFlows"], m["authenticatorConfig"], m["requiredActions"] = flows, configs, c.s.actionsOf(r)
	scopes, mappings := []any{}, []any{}
	for _, s := range r.scopes {
		scopes = append(scopes, scopeRep(s))
		if names := roleNames(sift.Out(s.scopeMappings, func(x *role) bool { return x.client != nil })); len(names) > 0 {
			mappings = append(mappings, map[string]any{"clientScope": s.name, "roles": names})
		}
	}
	m["clientScopes"], m["scopeMappings"] = scopes, mappings
	m["defaultDefaultClientScopes"], m["defaultOptionalClientScopes"] = r.defaultScopes, r.optionalScopes
	m["components"], m["localizationTexts"], m["keycloakVersion"] = r.exportComponents(), r.texts, c.s.Version()
	if c.boolParam("exportClients") {
		c.exportClients(m)
	}
	if c.boolParam("exportGroupsAndRoles") {
		c.exportGroups(m)
	}
	if err := c.ok(m); err != nil {
		return err
	}
	c.uncached = true
	return nil
}

// exportComponents groups the components by their type.
func (r *realm) exportComponents() map[string][]any {
	out := map[string][]any{}
	for _, comp := range r.components {
		x := maps.Clone(comp)
		t := str(x, "providerType")
		delete(x, "providerType")
		delete(x, "parentId")
		x["subComponents"] = map[string]any{}
		out[t] = append(out[t], x)
	}
	return out
}

// exportClients adds clients with masked secrets, the scope mappings to roles
// of clients, and the service account users.
func (c *call) exportClients(m map[string]any) {
	clients, users := []any{}, []any{}
	mappings := map[string][]any{}
	for _, k := range c.realm.clientList() {
		x := c.clientRep(k)
		delete(x, "access")
		if x["secret"] != nil {
			x["secret"] = maskedSecret
		}
		clients = append(clients, x)
		names := map[string][]string{}
		for _, s := range k.scopeMappings {
			if s.client != nil {
				names[s.client.clientID] = append(names[s.client.clientID], s.name)
			}
		}
		for _, of := range slices.Sorted(maps.Keys(names)) {
			mappings[of] = append(mappings[of], map[string]any{"client": k.clientID, "roles": names[of]})
		}
	}
	for _, u := range c.realm.userList() {
		if u.serviceClient != nil {
			users = append(users, exportUser(u))
		}
	}
	m["clients"], m["users"], m["clientScopeMappings"] = clients, users, mappings
}

// exportUser is a user with role mappings and groups by name, and without credentials.
func exportUser(u *user) map[string]any {
	m := userRep(u, false)
	m["serviceAccountClientId"] = u.serviceClient.clientID
	realmRoles, clientRoles, groups := []string{}, map[string][]string{}, []string{}
	for _, x := range u.roles {
		if x.client == nil {
			realmRoles = append(realmRoles, x.name)
		} else {
			clientRoles[x.client.clientID] = append(clientRoles[x.client.clientID], x.name)
		}
	}
	for _, g := range u.groups {
		groups = append(groups, g.path())
	}
	m["realmRoles"], m["groups"] = realmRoles, groups
	if len(clientRoles) > 0 {
		m["clientRoles"] = clientRoles
	}
	return m
}

// exportGroups adds groups with their children, and all roles.
func (c *call) exportGroups(m map[string]any) {
	groups := []any{}
	for _, g := range slices.SortedFunc(maps.Values(c.realm.groups), func(a, b *group) int { return strings.Compare(a.name, b.name) }) {
		if g.parent == nil {
			groups = append(groups, exportGroup(g))
		}
	}
	byClient := map[string][]any{}
	for _, k := range c.realm.clientList() {
		byClient[k.clientID] = exportRoles(k.roleList())
	}
	own := slices.Collect(maps.Values(c.realm.roles))
	sortRoles(own)
	m["groups"], m["roles"] = groups, map[string]any{"realm": exportRoles(own), "client": byClient}
}

func exportGroup(g *group) map[string]any {
	m := groupRep(g, false)
	subs := []any{}
	for _, s := range g.children {
		subs = append(subs, exportGroup(s))
	}
	m["subGroups"] = subs
	delete(m, "access")
	return m
}

// exportRoles returns roles with composites by name, as an import reads them.
func exportRoles(l []*role) []any {
	out := []any{}
	for _, x := range l {
		m := roleFull(x)
		if len(x.composites) > 0 {
			own, byClient := []string{}, map[string][]string{}
			for _, y := range x.composites {
				if y.client == nil {
					own = append(own, y.name)
				} else {
					byClient[y.client.clientID] = append(byClient[y.client.clientID], y.name)
				}
			}
			composites := map[string]any{}
			if len(own) > 0 {
				composites["realm"] = own
			}
			if len(byClient) > 0 {
				composites["client"] = byClient
			}
			m["composites"] = composites
		}
		out = append(out, m)
	}
	return out
}
