package practice

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// Fine-grained admin permissions (adminPermissionsEnabled), as far as measured:
// policies of the type user, permissions on single resources or all of a type.

type permissionStore struct {
	client      *client // admin-permissions
	policies    []*policy
	permissions []*permission
}

type policy struct {
	id, name, kind string
	users          []string
	roles          []string
	groups         []string
	negative       bool
}

type permission struct {
	id, name, resourceType string
	resources              []string // ids; empty is all of the type
	scopes                 []string
	policies               []string // ids
}

var permissionTypes = map[string][]string{
	"Clients": {"manage", "map-roles", "map-roles-client-scope", "map-roles-composite", "view"},
	"Groups":  {"impersonate-members", "manage", "manage-members", "manage-membership", "view", "view-members"},
	"Roles":   {"map-role", "map-role-client-scope", "map-role-composite"},
	"Users":   {"impersonate", "manage", "manage-group-membership", "map-roles", "reset-password", "view"},
}

//go:noinline // it would be 5 kB of the program
func (s *Server) permissionTypes() map[string][]string {
	m := map[string][]string{}
	for k, v := range permissionTypes {
		m[k] = v
	}
	if s.behavior.organizationPermissions {
		m["Organizations"] = []string{"manage", "view"}
		m["Groups"] = append(slices.Clone(m["Groups"]), "manage-membership-of-members")
	}
	return m
}

// enablePermissions switches fine-grained permissions on and makes the client
// admin-permissions, which stays when they are switched off again.
func (s *Server) enablePermissions(r *realm) {
	r.rep["adminPermissionsEnabled"] = true
	if r.permissions != nil {
		return
	}
	k := &client{id: newID(), clientID: "admin-permissions", roles: map[string]*role{}, attribs: map[string]string{}, rep: clientDefaults(), builtIn: true}
	k.rep["fullScopeAllowed"], k.rep["serviceAccountsEnabled"], k.rep["authorizationServicesEnabled"] = false, true, true
	k.rep["nodeReRegistrationTimeout"] = int64(0)
	delete(k.rep, "clientAuthenticatorType")
	k.protected = true
	k.attribs["realm_client"] = "false"
	r.giveScopes(k)
	r.addClient(k)
	r.permissions = &permissionStore{client: k}
}

// permissionStore of the realm while permissions are switched on.
func (c *call) permissionsOn() *permissionStore {
	if c.auth.realm != c.realm || !c.realm.flag("adminPermissionsEnabled") {
		return nil
	}
	return c.realm.permissions
}

// fineGrained evaluates one scope on one resource: of the permissions that name
// the resource, or else of those for all of its type, each must grant it (the
// client's decision strategy is unanimous). Of a user whom no permission is
// about those on its groups decide, by the scopes for their members. On 26.4.0
// the calls of a service account are not let in by it, while those of a person
// are, and lists are shown to both (measured).
func (c *call) fineGrained(resourceType, id, scope string) bool {
	_, granted := c.fineGrainedDecision(resourceType, id, scope)
	return granted
}

func (c *call) fineGrainedDecision(resourceType, id, scope string) (decided, granted bool) {
	st := c.permissionsOn()
	if st == nil || !c.behavior().fineGrainedDirect && c.auth.user.serviceClient != nil {
		return false, false
	}
	return st.decide(c.realm, c.auth.user, resourceType, id, scope)
}

// memberScopes are the scopes of a group that decide about its members.
var memberScopes = map[string]string{"view": "view-members", "manage": "manage-members", "impersonate": "impersonate-members", "manage-group-membership": "manage-membership-of-members"}

func (st *permissionStore) decide(r *realm, who *user, resourceType, id, scope string) (decided, granted bool) {
	for _, specific := range []bool{true, false} {
		if specific && id == "" {
			continue
		}
		all := true
		for _, p := range st.permissions {
			if !p.about(resourceType, scope) || specific != slices.Contains(p.resources, id) || !specific && len(p.resources) > 0 {
				continue
			}
			decided = true
			all = all && st.grants(p, who)
		}
		if decided {
			return true, all
		}
	}
	if u := r.users[id]; resourceType == "Users" && u != nil && memberScopes[scope] != "" {
		for _, g := range u.groups {
			if of, may := st.decide(r, who, "Groups", g.id, memberScopes[scope]); of {
				decided, granted = true, granted || may
			}
		}
	}
	return decided, granted
}

// fineGrainedInList evaluates for lists: one permission that grants is enough.
func (c *call) fineGrainedInList(resourceType, id, scope string) bool {
	st := c.permissionsOn()
	if st == nil {
		return false
	}
	for _, p := range st.permissions {
		if p.about(resourceType, scope) && (len(p.resources) == 0 || slices.Contains(p.resources, id)) && st.grants(p, c.auth.user) {
			return true
		}
	}
	return false
}

func (p *permission) about(resourceType, scope string) bool {
	return p.resourceType == resourceType && slices.Contains(p.scopes, scope)
}

// mapsByPermission: a permission on the role, or on the client that has it; none opens the roles of the admin API.
func (c *call) mapsByPermission(x *role) bool {
	if x.client != nil && x.client.admin {
		return false
	}
	return c.fineGrained("Roles", x.id, "map-role") || x.client != nil && c.fineGrained("Clients", x.client.id, "map-roles")
}

// grants: every policy of the permission holds.
func (st *permissionStore) grants(p *permission, u *user) bool {
	holds := false
	for _, id := range p.policies {
		for _, po := range st.policies {
			if po.id != id {
				continue
			}
			if !po.holds(u) {
				return false
			}
			holds = true
		}
	}
	return holds
}

func (p *policy) holds(u *user) bool {
	in := slices.Contains(p.users, u.id)
	for _, g := range u.groups {
		in = in || slices.Contains(p.groups, g.id)
	}
	for x := range u.effectiveRoles() {
		in = in || slices.Contains(p.roles, x.id)
	}
	return in != p.negative
}

// enterResourceServer is the locator authz/resource-server of a client.
func (c *call) enterResourceServer() error {
	if c.realm.permissions == nil || c.realm.permissions.client != c.client {
		if c.client.flag("authorizationServicesEnabled") {
			if !c.auth.on(c.realm).any(c.authorizationRoles()...) {
				return c.errForbidden()
			}
			return errNotImplemented("authorization services of a client")
		}
		return errNotFound()
	}
	x := c.auth.on(c.realm)
	if !x.any("view-authorization", "manage-authorization") {
		return c.errForbidden()
	}
	return nil
}

// authorizationRoles are the roles of whom the authorization services of a client let through. The settings are read by
// who may change them; evaluating changes nothing.
func (c *call) authorizationRoles() []string {
	reads := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	if reads && !strings.HasSuffix(c.r.URL.Path, "/settings") || strings.HasSuffix(c.r.URL.Path, "/evaluate") {
		return c.behavior().authorizationViewers
	}
	if strings.Contains(c.r.URL.Path, "/resource-server/permission") { // to change one takes the right to view, too
		return sift.Out(c.behavior().authorizationManagers, func(r string) bool { return !slices.Contains(c.behavior().authorizationViewers, r) })
	}
	return c.behavior().authorizationManagers
}

func (c *call) listPermissionScopes() error {
	names := []string{}
	for _, l := range c.s.permissionTypes() {
		for _, n := range l {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names)
	out := []any{}
	for _, n := range names {
		out = append(out, map[string]any{"id": newID(), "name": n})
	}
	return c.ok(out)
}

// listPermissionResources are the types, and what permissions name one by one.
func (c *call) listPermissionResources() error {
	st := c.realm.permissions
	out := []any{}
	add := func(id, name, kind string, scopes []string) {
		l := []any{}
		for _, sc := range scopes {
			l = append(l, map[string]any{"name": sc})
		}
		m := map[string]any{"_id": id, "name": name, "owner": map[string]any{"id": st.client.id, "name": st.client.clientID},
			"ownerManagedAccess": false, "attributes": map[string]any{}, "uris": []any{}, "scopes": l}
		if kind != "" {
			m["type"] = kind
		}
		out = append(out, m)
	}
	types := c.s.permissionTypes()
	for _, n := range slices.Sorted(maps.Keys(types)) {
		add(newID(), n, n, types[n])
	}
	seen := map[string]bool{}
	for _, p := range st.permissions {
		for _, id := range p.resources {
			if !seen[id] {
				seen[id] = true
				add(newID(), id, "", types[p.resourceType])
			}
		}
	}
	return c.ok(out)
}

func (r *realm) hasResource(kind, id string) bool {
	switch kind {
	case "Users":
		return r.users[id] != nil
	case "Groups":
		return r.groups[id] != nil
	case "Clients":
		return r.clients[id] != nil
	case "Roles":
		return r.roleByID(id) != nil
	}
	return false
}

func (c *call) listPermissions() error {
	out := []any{}
	for _, p := range c.realm.permissions.permissions {
		if kind := c.query.Get("resourceType"); kind != "" && kind != p.resourceType {
			continue
		}
		out = append(out, map[string]any{"id": p.id, "name": p.name, "type": "scope", "logic": "POSITIVE", "decisionStrategy": "UNANIMOUS", "resourceType": p.resourceType})
	}
	return c.ok(out)
}

// listPolicies lists permissions too: they are policies to the resource server.
func (c *call) listPolicies() error {
	out := []any{}
	for _, p := range c.realm.permissions.policies {
		out = append(out, map[string]any{"id": p.id, "name": p.name, "type": p.kind, "logic": p.logic(), "decisionStrategy": "UNANIMOUS", "config": map[string]any{}})
	}
	for _, p := range c.realm.permissions.permissions {
		out = append(out, map[string]any{"id": p.id, "name": p.name, "type": "scope", "logic": "POSITIVE", "decisionStrategy": "UNANIMOUS", "config": map[string]any{}})
	}
	return c.ok(out)
}

var policySchema = newSchema("AbstractPolicyRepresentation", "id name description type logic decisionStrategy owner resourceType",
	"fetchRoles", "", "policies resources scopes users", "config", "roles groups clients groupsClaim")

func (c *call) postPolicy() error {
	rep, err := c.object(policySchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).any("manage-authorization") {
		return c.errForbidden()
	}
	st := c.realm.permissions
	kind := c.param("type")
	if kind != "user" && kind != "role" && kind != "group" {
		return errNotImplemented("policies of the type " + kind)
	}
	name := str(rep, "name")
	if slices.ContainsFunc(st.policies, func(p *policy) bool { return p.name == name }) {
		return errMessage(http.StatusConflict, "Policy with name ["+name+"] already exists")
	}
	if len(st.policies) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more policies in a realm.")
	}
	p := &policy{id: newID(), name: name, kind: kind, users: strs(rep, "users"), negative: str(rep, "logic") == "NEGATIVE",
		roles: idsOf(rep["roles"]), groups: idsOf(rep["groups"])}
	st.policies = append(st.policies, p)
	rep["id"], rep["type"] = p.id, kind
	c.status, c.payload, c.ctype = http.StatusCreated, rep, jsonCharset
	return nil
}

func idsOf(v any) []string {
	out := []string{}
	l, _ := v.([]any)
	for _, x := range l {
		switch y := x.(type) {
		case string:
			out = append(out, y)
		case map[string]any:
			out = append(out, str(y, "id"))
		}
	}
	return out
}

func (c *call) postPermission() error {
	rep, err := c.object(policySchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).any("manage-authorization") {
		return c.errForbidden()
	}
	st := c.realm.permissions
	known := c.s.permissionTypes()[str(rep, "resourceType")]
	if known == nil {
		return errText(http.StatusBadRequest, "unknown_error")
	}
	if str(rep, "resourceType") == "Organizations" {
		return errNotImplemented("permissions on organizations")
	}
	for _, sc := range strs(rep, "scopes") {
		if !slices.Contains(known, sc) {
			return errText(http.StatusBadRequest, "unknown_error")
		}
	}
	if c.behavior().fineGrainedDirect {
		for _, id := range strs(rep, "resources") {
			if !c.realm.hasResource(str(rep, "resourceType"), id) {
				return errText(http.StatusBadRequest, "unknown_error")
			}
		}
	}
	if len(st.permissions) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more permissions in a realm.")
	}
	p := &permission{id: newID(), name: str(rep, "name"), resourceType: str(rep, "resourceType"), resources: strs(rep, "resources"),
		scopes: strs(rep, "scopes"), policies: strs(rep, "policies")}
	st.permissions = append(st.permissions, p)
	rep["id"] = p.id
	c.status, c.payload, c.ctype = http.StatusCreated, rep, jsonCharset
	return nil
}
