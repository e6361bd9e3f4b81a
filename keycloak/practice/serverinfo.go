package practice

import (
	"runtime"
	"time"
)

// enterServerInfo is the locator /admin/serverinfo; its check precedes the method.
func (c *call) enterServerInfo() error {
	if err := c.enterRealms(); err != nil {
		return err
	}
	if !c.auth.adminOfAnything() {
		return c.errForbidden()
	}
	return nil
}

// serverInfo answers with system, memory and CPU from 26 on only to admins of master: on 26.4.0 to all, on 26.7.3 to those with
// manage-realm there (measured).
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
	full := c.behavior().serverInfoAll || c.auth.realm.isMaster() && (!c.behavior().serverInfoRealmSystem || c.auth.hasRealmRole("admin") || c.auth.on(c.auth.realm).any("manage-realm"))
	if full || c.behavior().serverInfoRealmSystem && c.auth.on(c.auth.realm).any("manage-realm") {
		up := c.now.Sub(c.s.started)
		m["systemInfo"] = map[string]any{
			"version": c.s.Version(), "serverTime": c.now.UTC().Format(time.UnixDate), "uptime": up.String(), "uptimeMillis": up.Milliseconds(),
			"javaVersion": "practice", "javaVendor": "fix403", "javaVm": "embedded practice Keycloak", "javaVmVersion": c.s.Version(),
			"javaRuntime": "none", "javaHome": "/", "osName": runtime.GOOS, "osArchitecture": runtime.GOARCH, "osVersion": "0",
			"fileEncoding": "UTF-8", "userName": "practice", "userDir": "/", "userTimezone": "UTC",
		}
	}
	if full {
		m["memoryInfo"] = map[string]any{"total": 0, "totalFormated": "0 B", "used": 0, "usedFormated": "0 B", "free": 0, "freePercentage": 100, "freeFormated": "0 B"}
		if !c.behavior().serverInfoAll {
			m["cpuInfo"] = map[string]any{"processorCount": runtime.NumCPU()}
		}
	}
	return c.ok(m)
}
