package practice

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// adminEventRule is what a write below a realm is called in the admin
// events: the first rule whose pattern fits the path. A name in braces stands
// for one part; as the last part it may be absent, which is the creation of one.
type adminEventRule struct {
	path   string
	kind   string // resourceType; "" is never recorded
	action bool   // the operation is ACTION whatever the method
}

// Measured on the three versions with adminEventsDetailsEnabled.
var adminEventRules = []adminEventRule{
	{path: "events/config", kind: "REALM"},
	{path: "logout-all", kind: "REALM", action: true},
	{path: "push-revocation", kind: "REALM", action: true},
	{path: "users/profile", kind: "USER_PROFILE"},
	{path: "users/{id}/reset-password", kind: "USER", action: true},
	{path: "users/{id}/logout", kind: "USER", action: true},
	{path: "users/{id}/role-mappings/realm", kind: "REALM_ROLE_MAPPING"},
	{path: "users/{id}/role-mappings/clients/{id}", kind: "CLIENT_ROLE_MAPPING"},
	{path: "users/{id}/groups/{id}", kind: "GROUP_MEMBERSHIP"},
	{path: "users/{id}/credentials/{id}", kind: "USER", action: true},
	{path: "users/{id}/credentials/{id}/userLabel", kind: "USER"},
	{path: "users/{id}/federated-identity/{alias}", kind: "USER"},
	{path: "users/{id}", kind: "USER"},
	{path: "groups/{id}/children", kind: "GROUP"},
	{path: "groups/{id}/role-mappings/realm", kind: "REALM_ROLE_MAPPING"},
	{path: "groups/{id}/role-mappings/clients/{id}", kind: "CLIENT_ROLE_MAPPING"},
	{path: "groups/{id}", kind: "GROUP"},
	{path: "default-groups/{id}", kind: "GROUP"},
	{path: "roles/{name}/composites", kind: "REALM_ROLE"},
	{path: "roles-by-id/{id}/composites", kind: "REALM_ROLE"},
	{path: "roles-by-id/{id}", kind: "REALM_ROLE"},
	{path: "roles/{name}", kind: "REALM_ROLE"},
	{path: "clients/{id}/roles/{name}/composites", kind: "CLIENT_ROLE"},
	{path: "clients/{id}/roles/{name}", kind: "CLIENT_ROLE"},
	{path: "clients/{id}/client-secret", kind: "CLIENT", action: true},
	{path: "clients/{id}/protocol-mappers/models/{id}", kind: "PROTOCOL_MAPPER"},
	{path: "client-scopes/{id}/protocol-mappers/models/{id}", kind: "PROTOCOL_MAPPER"},
	{path: "clients/{id}/scope-mappings/realm", kind: "REALM_SCOPE_MAPPING"},
	{path: "clients/{id}/scope-mappings/clients/{id}", kind: "CLIENT_SCOPE_MAPPING"},
	{path: "client-scopes/{id}/scope-mappings/realm", kind: "REALM_SCOPE_MAPPING"},
	{path: "client-scopes/{id}/scope-mappings/clients/{id}", kind: "CLIENT_SCOPE_MAPPING"},
	{path: "clients/{id}/default-client-scopes/{id}", kind: "CLIENT_SCOPE_CLIENT_MAPPING"},
	{path: "clients/{id}/optional-client-scopes/{id}", kind: "CLIENT_SCOPE_CLIENT_MAPPING"},
	{path: "clients/{id}", kind: "CLIENT"},
	{path: "client-scopes/{id}", kind: "CLIENT_SCOPE"},
	{path: "default-default-client-scopes/{id}", kind: "CLIENT_SCOPE"},
	{path: "default-optional-client-scopes/{id}", kind: "CLIENT_SCOPE"},
	{path: "components/{id}", kind: "COMPONENT"},
	{path: "attack-detection/brute-force/users/{id}", kind: "USER_LOGIN_FAILURE"},
	{path: "identity-provider/instances/{alias}/mappers/{id}", kind: "IDENTITY_PROVIDER_MAPPER"},
	{path: "identity-provider/instances/{alias}", kind: "IDENTITY_PROVIDER"},
	{path: "organizations/{id}/members", kind: "ORGANIZATION_MEMBERSHIP"},
	{path: "organizations/{id}/members/{id}", kind: "ORGANIZATION_MEMBERSHIP"},
	{path: "organizations/{id}", kind: "ORGANIZATION"},
	{path: "authentication/flows/{alias}/copy", kind: "AUTH_FLOW"},
	{path: "authentication/flows/{alias}/executions", kind: "AUTH_EXECUTION"},
	{path: "authentication/flows/{alias}/executions/execution", kind: "AUTH_EXECUTION"},
	{path: "authentication/flows/{alias}/executions/flow", kind: "AUTH_EXECUTION_FLOW"},
	{path: "authentication/flows/{id}", kind: "AUTH_FLOW"},
	{path: "authentication/executions/{id}", kind: "AUTH_EXECUTION"},
	{path: "authentication/register-required-action", kind: "REQUIRED_ACTION"},
	{path: "authentication/required-actions/{alias}", kind: "REQUIRED_ACTION"},
	{path: "", kind: "REALM"},
}

// fits compares the path with the pattern; one reports that only the last, braced part is absent.
func (r adminEventRule) fits(segs []string) (fits, one bool) {
	pat := pattern(r.path)
	if len(pat) == len(segs)+1 && strings.HasPrefix(pat[len(pat)-1], "{") {
		pat, one = pat[:len(segs)], true
	}
	if len(pat) != len(segs) {
		return false, false
	}
	for i, p := range pat {
		if !strings.HasPrefix(p, "{") && p != segs[i] {
			return false, false
		}
	}
	return true, one
}

// recordAdmin keeps a successful write in the realm's admin events. segs is
// the path from "admin" on.
func (c *call) recordAdmin(segs []string) {
	verb := c.r.Method
	if c.quiet || c.auth == nil || c.realm == nil || len(segs) < 3 || segs[0] != "admin" || c.status >= http.StatusMultipleChoices ||
		verb != http.MethodPost && verb != http.MethodPut && verb != http.MethodDelete || !c.realm.flag("adminEventsEnabled") || c.s.realms[c.realm.name] != c.realm {
		return
	}
	segs = segs[3:]
	for _, rule := range adminEventRules {
		fits, one := rule.fits(segs)
		if !fits || one && verb == http.MethodPut {
			continue
		}
		c.keepAdminEvent(rule, segs, one)
		return
	}
}

func (c *call) keepAdminEvent(rule adminEventRule, segs []string, one bool) {
	if rule.kind == "USER_PROFILE" && !c.behavior().profileAdminEvents {
		return // only 24.0.5 keeps these
	}
	op := map[string]string{http.MethodPost: "CREATE", http.MethodPut: "UPDATE", http.MethodDelete: "DELETE"}[c.r.Method]
	// Joining a group, or a list of defaults, is a creation though it is a PUT.
	switch rule.kind {
	case "GROUP_MEMBERSHIP", "CLIENT_SCOPE_CLIENT_MAPPING":
		op = strings.Replace(op, "UPDATE", "CREATE", 1)
	}
	if len(segs) > 0 && strings.HasPrefix(segs[0], "default-") {
		op = strings.Replace(op, "UPDATE", "CREATE", 1)
	}
	if rule.action {
		op = "ACTION"
	}
	path := strings.Join(segs, "/")
	id := ""
	if one && c.r.Method == http.MethodPost {
		loc := c.w.Header().Get("Location")
		id = loc[strings.LastIndexByte(loc, '/')+1:]
		path += "/" + id
	}
	m := map[string]any{"time": c.now.UnixMilli(), "realmId": c.realm.id, "operationType": op, "resourceType": rule.kind,
		"authDetails": map[string]any{"realmId": c.auth.realm.id, "clientId": c.auth.client.id, "userId": c.auth.user.id, "ipAddress": c.clientAddress()}}
	if path != "" {
		m["resourcePath"] = path
	}
	if c.behavior().eventIDs {
		m["id"] = newID()
	}
	if c.realm.flag("adminEventsDetailsEnabled") {
		if rep := c.eventRepresentation(rule, id); rep != "" {
			m["representation"] = rep
		}
	}
	c.realm.adminEvents = keep(c.realm.adminEvents, m)
}

// eventRepresentation is the body as it was sent, without secrets, and with
// the id of a new client, group or organization.
func (c *call) eventRepresentation(rule adminEventRule, id string) string {
	if rule.action && rule.kind == "CLIENT" {
		return `{"type":"secret","value":"` + maskedSecret + `"}`
	}
	if rule.action && rule.kind == "REALM" {
		return "{}"
	}
	if rule.action {
		return ""
	}
	var v any
	if json.Unmarshal(c.body, &v) != nil {
		return ""
	}
	maskSecrets(v)
	if m, ok := v.(map[string]any); ok && id != "" {
		switch rule.kind {
		case "CLIENT", "GROUP", "ORGANIZATION":
			m["id"] = id
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// maskSecrets removes what must not be kept: client secrets and credentials.
func maskSecrets(v any) {
	switch x := v.(type) {
	case map[string]any:
		delete(x, "credentials")
		for k, y := range x {
			if s, ok := y.(string); ok && s != "" && (k == "secret" || k == "clientSecret" || k == "registrationAccessToken" || k == "password" || k == "privateKey") {
				x[k] = maskedSecret
				continue
			}
			maskSecrets(y)
		}
	case []any:
		for _, y := range x {
			maskSecrets(y)
		}
	}
}

func (c *call) deleteAdminEvents() error {
	if !c.auth.on(c.realm).any("manage-events") {
		return c.errForbidden()
	}
	c.realm.adminEvents = nil
	return c.noContent()
}

func (c *call) listAdminEvents() error {
	p, err := c.eventPage()
	if err != nil {
		return err
	}
	ops, kinds := c.query["operationTypes"], c.query["resourceTypes"]
	for _, o := range ops {
		if !slices.Contains([]string{"CREATE", "UPDATE", "DELETE", "ACTION"}, o) {
			return c.errInternal()
		}
	}
	return c.answerEvents(c.realm.adminEvents, p, func(e map[string]any) bool {
		if len(ops) > 0 && !slices.Contains(ops, str(e, "operationType")) || len(kinds) > 0 && !slices.Contains(kinds, str(e, "resourceType")) {
			return false
		}
		if pat := c.query.Get("resourcePath"); pat != "" && !globBegins(pat, str(e, "resourcePath")) {
			return false
		}
		who, _ := e["authDetails"].(map[string]any)
		for param, field := range map[string]string{"authRealm": "realmId", "authClient": "clientId", "authUser": "userId", "authIpAddress": "ipAddress"} {
			if v := c.query.Get(param); v != "" && v != str(who, field) {
				return false
			}
		}
		return true
	})
}
