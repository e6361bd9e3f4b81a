package practice

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sort"
)

// actionsOf are the realm's required actions by priority, copied from the
// version's when they are first asked for.
func (s *Server) actionsOf(r *realm) []map[string]any {
	if r.actions == nil {
		if err := json.Unmarshal(s.def.RequiredActions, &r.actions); err != nil {
			r.actions = []map[string]any{}
		}
	}
	return r.actions
}

func (c *call) listRequiredActions() error {
	if x := c.auth.on(c.realm); !x.canViewRealm() && !x.any("query-users", "view-users") {
		return c.errForbidden()
	}
	return c.ok(c.s.actionsOf(c.realm))
}

// theAction is the index of the one the path names.
func (c *call) theAction(may bool, missing string) (int, error) {
	if !may {
		return 0, c.errForbidden()
	}
	i := slices.IndexFunc(c.s.actionsOf(c.realm), func(m map[string]any) bool { return str(m, "alias") == c.param("id") })
	if i < 0 {
		return 0, errText(http.StatusNotFound, missing)
	}
	return i, nil
}

func (c *call) getRequiredAction() error {
	i, err := c.theAction(c.auth.on(c.realm).canViewRealm(), "Failed to find required action")
	if err != nil {
		return err
	}
	return c.ok(c.realm.actions[i])
}

// getRequiredActionConfig: from 26 some actions have settings.
func (c *call) getRequiredActionConfig() error {
	if !c.behavior().requiredActionConfig {
		return errNotFound()
	}
	if _, err := c.theAction(c.auth.on(c.realm).canViewRealm(), ""); err != nil {
		if !c.auth.on(c.realm).canViewRealm() {
			return err
		}
		return errText(http.StatusBadRequest, "RequiredAction is not configurable")
	}
	return errNotImplemented("the settings of required actions")
}

var requiredActionSchema = newSchema("RequiredActionProviderRepresentation", "alias name providerId", "enabled defaultAction", "priority", "", "config", "")

func (c *call) putRequiredAction() error {
	rep, err := c.object(requiredActionSchema)
	if err != nil {
		return err
	}
	i, err := c.theAction(c.auth.on(c.realm).canManageRealm(), "Failed to find required action")
	if err != nil {
		return err
	}
	m := maps.Clone(c.realm.actions[i])
	m["enabled"], m["defaultAction"] = boolean(rep, "enabled"), boolean(rep, "defaultAction")
	for _, k := range []string{"name", "priority", "config"} {
		if v, ok := rep[k]; ok {
			m[k] = v
		}
	}
	c.realm.actions[i] = m
	c.realm.sortActions()
	return c.noContent()
}

func (r *realm) sortActions() {
	sort.SliceStable(r.actions, func(i, j int) bool { return num(r.actions[i], "priority") < num(r.actions[j], "priority") })
}

func (c *call) deleteRequiredAction() error {
	i, err := c.theAction(c.auth.on(c.realm).canManageRealm(), "Failed to find required action.")
	if err != nil {
		return err
	}
	c.realm.actions = slices.Delete(c.realm.actions, i, i+1)
	return c.noContent()
}

// unregistered are the version's required actions that the realm has not.
func (c *call) unregistered() []map[string]any {
	var all []map[string]any
	_ = json.Unmarshal(c.s.def.RequiredActions, &all) // our own data
	out := []map[string]any{}
	for _, m := range all {
		if !slices.ContainsFunc(c.s.actionsOf(c.realm), func(x map[string]any) bool { return str(x, "providerId") == str(m, "providerId") }) {
			out = append(out, map[string]any{"name": m["name"], "providerId": m["providerId"]})
		}
	}
	return out
}

func (c *call) listUnregisteredActions() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	return c.ok(c.unregistered())
}

// registerAction: before 26 the provider's existence is not checked.
func (c *call) registerAction() error {
	rep, err := c.anyObject()
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	id := str(rep, "providerId")
	if slices.ContainsFunc(c.s.actionsOf(c.realm), func(x map[string]any) bool { return str(x, "providerId") == id }) {
		return c.errDuplicate("A Required Action Provider with given alias already exists.")
	}
	known := slices.ContainsFunc(c.unregistered(), func(x map[string]any) bool { return str(x, "providerId") == id })
	if !known && c.behavior().requiredActionKnown {
		return errText(http.StatusBadRequest, "Required Action Provider with given providerId not found")
	}
	if len(c.realm.actions) >= maxPerRealm/10 {
		return errLimit("The practice Keycloak keeps no more required actions in a realm: delete one first.")
	}
	next := int64(0)
	for _, m := range c.realm.actions {
		next = max(next, num(m, "priority")+1)
	}
	c.realm.actions = append(c.realm.actions, map[string]any{"alias": id, "name": str(rep, "name"), "providerId": id, "enabled": true,
		"defaultAction": false, "priority": next, "config": map[string]any{}})
	c.noCache()
	return c.noContent()
}

// moveAction changes places with the neighbour before (by -1) or after (by 1).
func moveAction(by int) handler {
	return func(c *call) error {
		i, err := c.theAction(c.auth.on(c.realm).canManageRealm(), "Failed to find required action.")
		if err != nil {
			return err
		}
		if j := i + by; j >= 0 && j < len(c.realm.actions) {
			a, b := maps.Clone(c.realm.actions[i]), maps.Clone(c.realm.actions[j])
			a["priority"], b["priority"] = b["priority"], a["priority"]
			c.realm.actions[i], c.realm.actions[j] = b, a
		}
		c.noCache()
		return c.noContent()
	}
}
