package practice

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// representation is the full RealmRepresentation.
func (s *Server) representation(r *realm) map[string]any {
	m := maps.Clone(r.rep)
	m["id"], m["realm"], m["notBefore"] = r.id, r.name, r.notBefore
	m["attributes"] = maps.Clone(r.attribs)
	m["defaultRole"] = roleBrief(r.defaultRole)
	if r.permissions != nil {
		m["adminPermissionsClient"] = map[string]any{"id": r.permissions.client.id, "clientId": r.permissions.client.clientID}
	}
	if s.behavior.identityProvidersInRep {
		s.addProviders(r, m)
	}
	if len(r.defaultGroups) > 0 {
		l := []string{}
		for _, g := range r.defaultGroups {
			l = append(l, g.path())
		}
		m["defaultGroups"] = l
	}
	return m
}

// addProviders puts the realm's identity providers into its representation.
func (s *Server) addProviders(r *realm, m map[string]any) {
	l, mappers := []any{}, []any{}
	for _, p := range r.providerList() {
		l = append(l, s.providerRep(p, false))
	}
	for _, x := range r.brokerMappers {
		mappers = append(mappers, x)
	}
	m["identityProviders"], m["identityProviderMappers"] = l, mappers
}

// reduced is what an admin without view-realm sees of a realm.
func (c *call) reduced(r *realm) map[string]any {
	m := map[string]any{"realm": r.name, "supportedLocales": []string{}}
	if l := strs(r.rep, "supportedLocales"); l != nil {
		m["supportedLocales"] = l
	}
	for _, k := range []string{"displayName", "displayNameHtml"} {
		if v := str(r.rep, k); v != "" {
			m[k] = v
		}
	}
	if c.behavior().reducedBruteForce {
		m["bruteForceProtected"] = r.flag("bruteForceProtected")
	}
	if c.behavior().reducedOrganizations {
		m["organizationsEnabled"] = r.flag("organizationsEnabled")
	}
	if c.auth.on(r).canViewUsers() {
		m["registrationEmailAsUsername"] = r.flag("registrationEmailAsUsername")
	}
	if c.behavior().identityProvidersInRep && c.auth.on(r).any("view-identity-providers", "manage-identity-providers") {
		c.s.addProviders(r, m)
	}
	return m
}

// seen is the representation as the caller sees it, who may view the realm: on 26.7.3 the default groups show only to who
// may view groups as well.
func (c *call) seen(r *realm) map[string]any {
	m := c.s.representation(r)
	if c.behavior().defaultGroupsByUsers && !c.auth.on(r).canViewUsers() {
		delete(m, "defaultGroups")
	}
	return m
}

func (c *call) getRealm() error {
	a := c.auth.on(c.realm)
	if a.any("view-realm", "manage-realm") {
		return c.ok(c.seen(c.realm))
	}
	if !c.auth.adminOfAnything() {
		return c.errForbidden()
	}
	return c.ok(c.reduced(c.realm))
}

// listRealms is GET /admin/realms: only the realms the caller administers; none is 403.
func (c *call) listRealms() error {
	brief := c.boolParam("briefRepresentation")
	out := []any{}
	for _, n := range c.s.order {
		r := c.s.realms[n]
		if c.auth.realm != r && !c.auth.realm.isMaster() {
			continue
		}
		a := c.auth.on(r)
		switch {
		case a.any("view-realm", "manage-realm"):
			if brief {
				out = append(out, briefRealm(r))
			} else {
				out = append(out, c.seen(r))
			}
		case a.isAdmin():
			out = append(out, map[string]any{"realm": r.name})
		}
	}
	if len(out) == 0 {
		return c.errForbidden()
	}
	return c.ok(out)
}

func briefRealm(r *realm) map[string]any {
	m := map[string]any{"id": r.id, "realm": r.name, "enabled": r.flag("enabled")}
	for _, k := range []string{"displayName", "displayNameHtml"} {
		if v := str(r.rep, k); v != "" {
			m[k] = v
		}
	}
	return m
}

// checkRealmName follows ReservedCharValidator: what would break a path is refused.
func checkRealmName(name string) *failure {
	for _, ch := range name {
		if strings.ContainsRune("/?:@&=+$,;#\\<>\"|^`[]{}", ch) {
			return errText(http.StatusBadRequest, fmt.Sprintf("Character '%c' not allowed.", ch))
		}
	}
	return nil
}

func (c *call) postRealm() error {
	if !c.auth.realm.isMaster() || !c.auth.hasRealmRole("create-realm") {
		return c.errForbidden()
	}
	rep, err := c.object(c.behavior().realmSchema)
	if err != nil {
		return errMessage(http.StatusBadRequest, "unable to read contents from stream")
	}
	name := str(rep, "realm")
	if name == "" {
		return errMessage(http.StatusBadRequest, "Realm name cannot be empty")
	}
	if f := checkRealmName(name); f != nil {
		return f
	}
	if f := c.checkSSLRequired(rep); f != nil {
		return f
	}
	if len(name) > 255 {
		return errMessage(c.behavior().longNameStatus, c.behavior().longNameMessage)
	}
	if c.s.realms[name] != nil {
		text := c.behavior().realmConflict
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, name)
		}
		return errMessage(http.StatusConflict, text)
	}
	if len(c.s.realms) >= c.s.opt.MaxRealms {
		return errLimit(fmt.Sprintf("The practice Keycloak keeps at most %d realms: delete one first.", c.s.opt.MaxRealms))
	}
	r := c.s.createRealm(name, rep)
	if err := c.s.importInto(r, rep); err != nil {
		c.s.deleteRealm(r)
		return err
	}
	// Whoever creates a realm without being a full admin becomes its admin.
	if u := c.auth.user; !u.effectiveRoles()[c.s.realms[masterRealm].roles["admin"]] {
		for _, x := range r.masterClient.roleList() {
			if x.name != "impersonation" {
				u.roles = append(u.roles, x)
			}
		}
	}
	c.costs = r
	if left := leftOut(rep); len(left) > 0 {
		c.w.Header().Set(LeftHeader, strings.Join(left, ", "))
	}
	return c.created(name)
}

// checkSSLRequired: Keycloak fails on a value it does not know.
func (c *call) checkSSLRequired(rep map[string]any) *failure {
	switch strings.ToLower(str(rep, "sslRequired")) {
	case "", "all", "external", "none":
		return nil
	}
	return c.errInternal()
}

// roleList is sorted by name.
func (k *client) roleList() []*role {
	l := slices.Collect(maps.Values(k.roles))
	sortRoles(l)
	return l
}

func (c *call) putRealm() error {
	rep, err := c.object(c.behavior().realmSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).any("manage-realm") {
		return c.errForbidden()
	}
	if f := c.checkSSLRequired(rep); f != nil {
		return f
	}
	r := c.realm
	if name := str(rep, "realm"); name != "" && name != r.name {
		if r.isMaster() {
			return errMessage(http.StatusBadRequest, "Can't rename master realm")
		}
		if f := checkRealmName(name); f != nil {
			return f
		}
		if c.s.realms[name] != nil {
			return errMessage(http.StatusConflict, "Realm with same name exists")
		}
		c.s.renameRealm(r, name)
	}
	c.s.applySettings(r, rep)
	if boolean(rep, "adminPermissionsEnabled") && c.behavior().fineGrained {
		c.s.enablePermissions(r)
	}
	return c.noContent()
}

func (s *Server) renameRealm(r *realm, name string) {
	delete(s.realms, r.name)
	s.order[slices.Index(s.order, r.name)] = name
	s.realms[name] = r
	r.masterClient.clientID = name + "-realm"
	for _, k := range r.clients {
		k.rep["baseUrl"] = strings.ReplaceAll(str(k.rep, "baseUrl"), "/"+r.name+"/", "/"+name+"/")
		if k.rep["baseUrl"] == "" {
			delete(k.rep, "baseUrl")
		}
	}
	r.name = name
}

func (c *call) deleteRealmEndpoint() error {
	if !c.auth.on(c.realm).any("manage-realm") {
		return c.errForbidden()
	}
	// 24.0.5 deletes even master and is dead afterwards; this server refuses on every version.
	if c.realm.isMaster() {
		return errMessage(http.StatusBadRequest, "Can't remove master realm")
	}
	c.s.deleteRealm(c.realm)
	return c.noContent()
}

// logoutAll ends every session and refuses tokens issued up to now.
func (c *call) logoutAll() error {
	if !c.auth.on(c.realm).any("manage-users") {
		return c.errForbidden()
	}
	c.realm.sessions = map[string]*session{}
	c.realm.notBefore = c.now.Unix()
	return c.ok(map[string]any{})
}

// clearCache has nothing to clear: everything is in memory.
func (c *call) clearCache() error {
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	return c.noContent()
}

func (c *call) clearCRLCache() error {
	if !c.behavior().clearsCRLCache {
		return errNotFound()
	}
	return c.clearCache()
}

func (c *call) pushRevocation() error {
	if !c.auth.on(c.realm).any("manage-realm") {
		return c.errForbidden()
	}
	return c.ok(map[string]any{})
}
