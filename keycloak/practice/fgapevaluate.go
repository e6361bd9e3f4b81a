package practice

import (
	"net/http"
	"slices"
	"strings"
)

var evaluationSchema = newSchema("PolicyEvaluationRequest", "clientId userId resourceType", "entitlements", "", "roleIds", "context", "resources scopes")

// evaluatePolicies says what permissions let a user do with an object, as far as users, groups, clients, roles and organizations are
// asked for by their ids or by the name of their type. It changes nothing.
func (c *call) evaluatePolicies() error {
	rep, err := c.object(evaluationSchema)
	if err != nil {
		return err
	}
	st, kind := c.realm.permissions, str(rep, "resourceType")
	known := c.s.permissionTypes()[kind]
	asked, _ := rep["resources"].([]any)
	who := c.realm.users[str(rep, "userId")]
	if known == nil || len(asked) != 1 || who == nil {
		return errNotImplemented("this way to have permissions evaluated")
	}
	resource, _ := asked[0].(map[string]any)
	var scopes []string
	list, _ := resource["scopes"].([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		if !slices.Contains(known, str(m, "name")) {
			return errOAuth(http.StatusInternalServerError, "server_error", "Error while evaluating permissions.")
		}
		scopes = append(scopes, str(m, "name"))
	}
	if len(scopes) == 0 {
		return errNotImplemented("to have permissions evaluated for all scopes")
	}
	id := str(resource, "name")
	shown := c.realm.nameOf(kind, id)
	if !c.realm.hasResource(kind, id) {
		id, shown = "", kind
	}
	results, status := []any{}, "DENY"
	if policies := c.policiesAbout(who, kind, id); len(policies) > 0 {
		allowed, denied := []any{}, []any{}
		for _, sc := range scopes {
			if _, may := st.decide(c.realm, who, kind, id, sc); may {
				allowed = append(allowed, map[string]any{"name": sc})
			} else {
				denied = append(denied, map[string]any{"name": sc})
			}
		}
		if len(allowed) > 0 {
			status = "PERMIT"
		}
		results = append(results, map[string]any{"resource": map[string]any{"name": shown + " with scopes [" + strings.Join(scopes, ", ") + "]"},
			"scopes": list, "policies": policies, "status": status, "allowedScopes": allowed, "deniedScopes": denied})
	}
	return c.ok(map[string]any{"results": results, "entitlements": false, "status": status})
}

// policiesAbout are the permissions about an object, of any scope, and for a user those about its groups.
func (c *call) policiesAbout(who *user, kind, id string) []any {
	st := c.realm.permissions
	word := func(holds bool) string {
		if holds {
			return "PERMIT"
		}
		return "DENY"
	}
	out := []any{}
	for _, p := range st.permissions {
		about := p.resourceType == kind && (len(p.resources) == 0 || slices.Contains(p.resources, id))
		if u := c.realm.users[id]; kind == "Users" && u != nil && p.resourceType == "Groups" {
			about = slices.ContainsFunc(u.groups, func(g *group) bool { return len(p.resources) == 0 || slices.Contains(p.resources, g.id) })
		}
		if !about {
			continue
		}
		associated := []any{}
		for _, po := range st.policies {
			if slices.Contains(p.policies, po.id) {
				associated = append(associated, map[string]any{"status": word(po.holds(who)), "associatedPolicies": []any{}, "scopes": []any{},
					"policy": map[string]any{"id": po.id, "name": po.name, "type": po.kind, "resources": []any{}, "scopes": []any{}, "logic": po.logic(), "decisionStrategy": "UNANIMOUS", "config": map[string]any{}}})
			}
		}
		resources := p.resources
		if len(resources) == 0 {
			resources = []string{p.resourceType}
		}
		out = append(out, map[string]any{"status": word(st.grants(p, who)), "associatedPolicies": associated, "scopes": p.scopes, "resourceType": p.resourceType,
			"policy": map[string]any{"id": p.id, "name": p.name, "type": "scope", "resources": resources, "scopes": p.scopes, "logic": "POSITIVE", "decisionStrategy": "UNANIMOUS", "config": map[string]any{}}})
	}
	return out
}

func (p *policy) logic() string {
	if p.negative {
		return "NEGATIVE"
	}
	return "POSITIVE"
}

// nameOf is the name of an object that permissions name by its id.
func (r *realm) nameOf(kind, id string) string {
	switch {
	case kind == "Users" && r.users[id] != nil:
		return r.users[id].username
	case kind == "Groups" && r.groups[id] != nil:
		return r.groups[id].name
	case kind == "Clients" && r.clients[id] != nil:
		return r.clients[id].clientID
	case kind == "Roles" && r.roleByID(id) != nil:
		return r.roleByID(id).name
	}
	return id
}

// listResourcesOfPermission are the objects that a permission names, or its type.
func (c *call) listResourcesOfPermission() error {
	for _, p := range c.realm.permissions.permissions {
		if p.id != c.param("permission") {
			continue
		}
		out := []any{}
		for _, id := range p.resources {
			out = append(out, map[string]any{"_id": newID(), "name": id, "displayName": c.realm.nameOf(p.resourceType, id)})
		}
		if len(p.resources) == 0 {
			out = append(out, map[string]any{"_id": newID(), "name": p.resourceType, "displayName": p.resourceType})
		}
		return c.ok(out)
	}
	return errNotFound()
}
