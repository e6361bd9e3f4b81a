package practice

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"

	"fix403/keycloak/sift"
)

func (c *call) getKeys() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	active, keys := map[string]string{}, []any{}
	for _, k := range c.realm.keys {
		if c.realm.activeKey(k.algorithm) == k {
			active[k.algorithm] = k.kid
		}
		status := "ACTIVE"
		if !k.active {
			status = "DISABLED"
		}
		m := map[string]any{"providerId": k.provider, "providerPriority": k.priority, "kid": k.kid, "status": status, "type": "OCT",
			"algorithm": k.algorithm, "use": k.use}
		if k.rsa() {
			p := k.get()
			m["type"], m["publicKey"] = "RSA", base64.StdEncoding.EncodeToString(p.public)
			m["certificate"], m["validTo"] = base64.StdEncoding.EncodeToString(p.cert()), c.now.AddDate(10, 0, 0).UnixMilli()
		}
		keys = append(keys, m)
	}
	return c.ok(map[string]any{"active": active, "keys": keys})
}

var componentSchema = newSchema("ComponentRepresentation", "id name providerId providerType parentId subType", "", "", "", "config", "")

func (c *call) listComponents() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	out := []any{}
	for _, m := range c.realm.components {
		if t := c.query.Get("type"); t != "" && t != str(m, "providerType") {
			continue
		}
		if n := c.query.Get("name"); n != "" && n != str(m, "name") {
			continue
		}
		out = append(out, shownComponent(m))
	}
	return c.ok(out)
}

// shownComponent hides what an LDAP server's password is.
func shownComponent(m map[string]any) map[string]any {
	cfg, _ := m["config"].(map[string]any)
	if len(strs(cfg, bindCredential)) == 0 {
		return m
	}
	m, cfg = maps.Clone(m), maps.Clone(cfg)
	cfg[bindCredential] = []string{maskedSecret}
	m["config"] = cfg
	return m
}

const bindCredential = "bindCredential" // #nosec G101 -- the name of a setting

func (c *call) postComponent() error {
	rep, err := c.object(componentSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	if str(rep, "providerId") == "" || str(rep, "providerType") == "" {
		return errMessage(http.StatusBadRequest, "Invalid provider type or no such provider")
	}
	if str(rep, "providerType") == keyProvider && !slices.Contains(keyProviders, str(rep, "providerId")) {
		return errNotImplemented("keys of this kind")
	}
	if len(c.realm.components) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more components in a realm: delete one first.")
	}
	rep["id"] = newID()
	if str(rep, "parentId") == "" {
		rep["parentId"] = c.realm.id
	}
	if rep["config"] == nil {
		rep["config"] = map[string]any{}
	}
	c.realm.components = append(c.realm.components, rep)
	c.s.addKey(c.realm, rep)
	return c.created(str(rep, "id"))
}

func (c *call) component(manage bool) (map[string]any, error) {
	x := c.auth.on(c.realm)
	if manage && !x.canManageRealm() || !manage && !x.canViewRealm() {
		return nil, c.errForbidden()
	}
	for _, m := range c.realm.components {
		if str(m, "id") == c.param("component") {
			return m, nil
		}
	}
	return nil, errText(http.StatusNotFound, "Could not find component")
}

func (c *call) getComponent() error {
	m, err := c.component(false)
	if err != nil {
		return err
	}
	return c.ok(shownComponent(m))
}

// putComponent keeps the key material: changing priority or active rotates keys.
func (c *call) putComponent() error {
	rep, err := c.object(componentSchema)
	if err != nil {
		return err
	}
	m, err := c.component(true)
	if err != nil {
		return err
	}
	if cfg, _ := rep["config"].(map[string]any); slices.Equal(strs(cfg, bindCredential), []string{maskedSecret}) {
		old, _ := m["config"].(map[string]any)
		cfg[bindCredential] = old[bindCredential]
	}
	for _, f := range []string{"name", "config"} {
		if v, ok := rep[f]; ok {
			m[f] = v
		}
	}
	cfg, _ := m["config"].(map[string]any)
	for _, k := range c.realm.keys {
		if k.provider != str(m, "id") {
			continue
		}
		if l := strs(cfg, "priority"); len(l) > 0 {
			if p, ok := coerce(kInt, l[0]); ok {
				k.priority = p.(int64)
			}
		}
		k.active = !slices.Contains(strs(cfg, "active"), "false") && !slices.Contains(strs(cfg, "enabled"), "false")
	}
	return c.noContent()
}

func (c *call) deleteComponent() error {
	m, err := c.component(true)
	if err != nil {
		return err
	}
	id := str(m, "id")
	c.realm.components = sift.Out(c.realm.components, func(x map[string]any) bool { return str(x, "id") == id })
	c.realm.keys = sift.Out(c.realm.keys, func(k *realmKey) bool { return k.provider == id })
	return c.noContent()
}
