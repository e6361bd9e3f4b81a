package practice

import (
	"net/http"
	"slices"
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

func (s *Server) permissionTypes() map[string][]string {
	m := map[string][]string{}
	for k, v := range permissionTypes {
		m[k] = v
	}
	if s.pers.organizationRoles {
		m["Organizations"] = []string{"manage", "manage-membership", "view"}
		m["Groups"] = append(slices.Clone(m["Groups"]), "manage-membership-of-members")
	}
	return m
}

// enablePermissions switches fine-grained permissions on and makes the client
// admin-permissions; switching off is not followed.
func (s *Server) enablePermissions(r *realm) {
	r.rep["adminPermissionsEnabled"] = true
	if r.permissions != nil {
		return
	}
	k := &client{id: newID(), clientID: "admin-permissions", roles: map[string]*role{}, attribs: map[string]string{}, rep: clientDefaults(), builtIn: true}
	k.rep["name"], k.rep["bearerOnly"], k.rep["authorizationServicesEnabled"] = "${client_admin-permissions}", true, true
	k.attribs["realm_client"] = "false"
	s.giveScopes(r, k, nil, nil)
	r.addClient(k)
	r.permissions = &permissionStore{client: k}
}

// fineGrained reports whether a permission gives the caller a scope on one resource.
func (c *call) fineGrained(resourceType, id, scope string) bool {
	st := c.realm.permissions
	if st == nil || c.auth.realm != c.realm {
		return false
	}
	allowed := false
	for _, p := range st.permissions {
		if p.resourceType != resourceType || !slices.Contains(p.scopes, scope) || len(p.resources) > 0 && !slices.Contains(p.resources, id) {
			continue
		}
		for _, pid := range p.policies {
			for _, po := range st.policies {
				if po.id == pid && po.holds(c.auth.user) {
					allowed = true
				}
			}
		}
	}
	return allowed
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

func (c *call) listPermissionResources() error {
	out := []any{}
	for n, scopes := range c.s.permissionTypes() {
		l := []any{}
		for _, sc := range scopes {
			l = append(l, map[string]any{"name": sc})
		}
		out = append(out, map[string]any{"name": n, "type": n, "ownerManagedAccess": false, "scopes": l})
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
	if c.s.permissionTypes()[str(rep, "resourceType")] == nil {
		return errMessage(http.StatusBadRequest, "Resource type is not set")
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
