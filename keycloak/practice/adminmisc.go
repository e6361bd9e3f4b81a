package practice

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"time"
)

// Small true answers of the parts of the admin API that the lessons do not use,
// each behind Keycloak's own check.

// enterServerInfo is the locator /admin/serverinfo; its check stands before the method.
func (c *call) enterServerInfo() error {
	if err := c.enterRealms(); err != nil {
		return err
	}
	if !c.auth.adminOfAnything() {
		return c.errForbidden()
	}
	return nil
}

// serverInfo tells system, memory and CPU only to admins of master from 26 on.
func (c *call) serverInfo() error {
	m := map[string]any{
		"providers": map[string]any{}, "protocolMapperTypes": map[string]any{}, "builtinProtocolMappers": map[string]any{},
		"clientInstallations": map[string]any{}, "componentTypes": map[string]any{},
	}
	for k, v := range c.s.def.ServerInfo {
		if string(v) != "null" {
			m[k] = v
		}
	}
	full := c.p().serverInfoAll || c.auth.realm.isMaster() && (c.auth.hasRealmRole("admin") || c.auth.on(c.auth.realm).any("view-realm", "manage-realm"))
	if full || c.p().serverInfoRealmSystem && c.auth.on(c.auth.realm).any("manage-realm") {
		up := c.now.Sub(c.s.started)
		m["systemInfo"] = map[string]any{
			"version": c.p().version, "serverTime": c.now.UTC().Format(time.UnixDate), "uptime": up.String(), "uptimeMillis": up.Milliseconds(),
			"javaVersion": "practice", "javaVendor": "fix403", "javaVm": "embedded practice Keycloak", "javaVmVersion": c.p().version,
			"javaRuntime": "none", "javaHome": "/", "osName": runtime.GOOS, "osArchitecture": runtime.GOARCH, "osVersion": "0",
			"fileEncoding": "UTF-8", "userName": "practice", "userDir": "/", "userTimezone": "UTC",
		}
	}
	if full {
		m["memoryInfo"] = map[string]any{"total": 0, "totalFormated": "0 B", "used": 0, "usedFormated": "0 B", "free": 0, "freePercentage": 100, "freeFormated": "0 B"}
		if !c.p().serverInfoAll {
			m["cpuInfo"] = map[string]any{"processorCount": runtime.NumCPU()}
		}
	}
	return c.ok(m)
}

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
			m["certificate"], m["validTo"] = base64.StdEncoding.EncodeToString(p.cert), c.now.AddDate(10, 0, 0).UnixMilli()
		}
		keys = append(keys, m)
	}
	return c.ok(map[string]any{"active": active, "keys": keys})
}

// viewing answers v to callers whom may lets pass.
func viewing(may func(rights) bool, v func(c *call) any) handler {
	return func(c *call) error {
		if !may(c.auth.on(c.realm)) {
			return c.errForbidden()
		}
		return c.ok(v(c))
	}
}

func emptyList(*call) any { return []any{} }

func (c *call) getEventsConfig() error {
	if !c.auth.on(c.realm).canViewEvents() {
		return c.errForbidden()
	}
	m := map[string]any{"eventsEnabled": c.realm.flag("eventsEnabled"), "eventsListeners": strs(c.realm.rep, "eventsListeners"),
		"enabledEventTypes": c.s.def.EventTypes, "adminEventsEnabled": c.realm.flag("adminEventsEnabled"),
		"adminEventsDetailsEnabled": c.realm.flag("adminEventsDetailsEnabled")}
	if l := strs(c.realm.rep, "enabledEventTypes"); len(l) > 0 {
		m["enabledEventTypes"] = l
	}
	if n := num(c.realm.rep, "eventsExpiration"); n > 0 {
		m["eventsExpiration"] = n
	}
	return c.ok(m)
}

var eventsSchema = newSchema("RealmEventsConfigRepresentation", "", "eventsEnabled adminEventsEnabled adminEventsDetailsEnabled", "eventsExpiration", "eventsListeners enabledEventTypes", "", "")

func (c *call) putEventsConfig() error {
	rep, err := c.object(eventsSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).any("manage-events") {
		return c.errForbidden()
	}
	c.s.applySettings(c.realm, rep)
	return c.noContent()
}

// Components: the realm's key providers and client registration policies.

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
		out = append(out, m)
	}
	return c.ok(out)
}

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
	return c.ok(m)
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
	c.realm.components = slices.DeleteFunc(c.realm.components, func(x map[string]any) bool { return str(x, "id") == id })
	c.realm.keys = slices.DeleteFunc(c.realm.keys, func(k *realmKey) bool { return k.provider == id })
	return c.noContent()
}

func (c *call) listFlows() error {
	if x := c.auth.on(c.realm); !x.canViewRealm() && !x.any("query-clients", "view-clients") {
		return c.errForbidden()
	}
	out := []any{}
	for _, f := range c.realm.flows {
		out = append(out, f)
	}
	return c.ok(out)
}

func (c *call) listRequiredActions() error {
	if x := c.auth.on(c.realm); !x.canViewRealm() && !x.any("query-users", "view-users") {
		return c.errForbidden()
	}
	return c.ok(c.s.def.RequiredActions)
}

// requireViewProfile: to 26.4.0 any admin role reads the user profile.
func (c *call) requireViewProfile() error {
	x := c.auth.on(c.realm)
	if c.p().profileAnyAdmin && x.isAdmin() || x.canViewRealm() || x.canQueryUsers() {
		return nil
	}
	return c.errForbidden()
}

func (c *call) getProfile() error {
	c.uncached = true
	if err := c.requireViewProfile(); err != nil {
		return err
	}
	if c.realm.profile != nil {
		return c.ok(c.realm.profile)
	}
	return c.ok(c.s.def.Profile)
}

func (c *call) getProfileMetadata() error {
	c.uncached = true
	if err := c.requireViewProfile(); err != nil {
		return err
	}
	return c.ok(c.s.profileMetadata(c.realm))
}

var profileSchema = newSchema("UPConfig", "unmanagedAttributePolicy", "", "", "", "", "attributes groups")

func (c *call) putProfile() error {
	rep, err := c.object(profileSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	var plain map[string]any
	if err := json.Unmarshal(c.body, &plain); err != nil {
		return c.errParse("invalid_request")
	}
	if rep["attributes"] == nil && c.p().debugDescription {
		return errMessage(http.StatusBadRequest, "[UserProfile configuration without 'attributes' section is not allowed]")
	}
	if plain["groups"] == nil {
		plain["groups"] = []any{}
	}
	c.realm.profile = plain
	return c.ok(plain)
}

func (c *call) attackDetection() error {
	if !c.auth.on(c.realm).canViewUsers() {
		return c.errForbidden()
	}
	m := map[string]any{"numFailures": 0, "disabled": false, "lastIPFailure": "n/a", "lastFailure": 0, "numTemporaryLockouts": 0, "failedLoginNotBefore": 0}
	if c.p().secondaryFailures {
		m["numSecondaryAuthFailures"] = 0
	}
	if u := c.realm.users[c.param("user")]; u != nil {
		if f := c.realm.failures[u.id]; f != nil {
			m["numFailures"], m["lastIPFailure"], m["lastFailure"] = f.count, f.ip, f.last*1000
			m["disabled"] = c.realm.lockedOut(u, c.now.Unix())
		}
	}
	return c.ok(m)
}

func (c *call) clearAttack() error {
	if !c.auth.on(c.realm).canManageUsers() {
		return c.errForbidden()
	}
	if id := c.param("user"); id != "" {
		delete(c.realm.failures, id)
	} else {
		c.realm.failures = map[string]*loginFailures{}
	}
	return c.noContent()
}

// organizations: off in every new realm, so the answer is the one of a realm without them.
func (c *call) enterOrganizations() error {
	if !c.p().organizations {
		return errNotFound()
	}
	x := c.auth.on(c.realm)
	if !x.any("manage-realm") && (!c.p().organizationRoles || !x.any("manage-organizations", "view-organizations", "query-organizations")) {
		return c.errForbidden()
	}
	if !c.realm.flag("organizationsEnabled") {
		return errMessage(http.StatusNotFound, "Organizations not enabled for this realm.")
	}
	return errNotImplemented("organizations")
}
