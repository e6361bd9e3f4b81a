package live

import (
	"slices"
	"strings"
)

// probe is how an endpoint is measured. In paths and bodies a name in braces is filled in with what the scene knows by
// that name; {n} is a number that is new at each attempt.
type probe struct {
	group, method, path string // the path is below /admin/realms/{realm}, unless it begins with /admin
	kind                string // the row's case
	query               string
	body                string  // JSON
	fresh               []*step // make what the call uses up: before the first attempt, and again after each that succeeded
	passed              int     // an answer that tells, as a success would, that the role was let through
}

// step is a call of the admin, who prepares something.
type step struct {
	method, path, body string
	id                 string // the name that the new object's id gets
	name, value        string // a name and what it means
	optional           bool   // it may fail
}

// login is the method of a step by which the user of the scene logs in, with an offline token, too.
const login = "LOGIN"

var (
	newUser     = &step{method: "POST", path: "/users", body: `{"username":"user-{n}","enabled":true,"firstName":"U","lastName":"N","email":"user-{n}@example.com"}`, id: "user-id"}
	newGroup    = &step{method: "POST", path: "/groups", body: `{"name":"group-{n}"}`, id: "group-id"}
	newRole     = &step{method: "POST", path: "/roles", body: `{"name":"role-{n}"}`, name: "role-name", value: "role-{n}"}
	newAppRole  = &step{method: "POST", path: "/clients/{client-uuid}/roles", body: `{"name":"role-{n}"}`, name: "role-name", value: "role-{n}"}
	newClient   = &step{method: "POST", path: "/clients", body: `{"clientId":"client-{n}","enabled":true,"serviceAccountsEnabled":true,"secret":"{n}-{n}-{n}-{n}","attributes":{"backchannel.logout.url":""}}`, id: "client-uuid"}
	newScope    = &step{method: "POST", path: "/client-scopes", body: `{"name":"scope-{n}","protocol":"openid-connect"}`, id: "client-scope-id"}
	newProvider = &step{method: "POST", path: "/identity-provider/instances", body: idpBody, name: "alias", value: "idp-{n}"}
	newFlow     = &step{method: "POST", path: "/authentication/flows", body: flowBody, id: "id", name: "flowAlias", value: "flow-{n}"}
	newExec     = &step{method: "POST", path: "/authentication/flows/flow-{n}/executions/execution", body: `{"provider":"auth-cookie"}`, id: "executionId"}
	newOrg      = &step{method: "POST", path: "/organizations", body: orgBody, id: "org-id"}
	newSession  = &step{method: login}
)

const (
	mapperBody = `{"name":"mapper-{n}","protocol":"openid-connect","protocolMapper":"oidc-hardcoded-claim-mapper","config":{"claim.name":"c","claim.value":"v","jsonType.label":"String"}}`
	idpBody    = `{"alias":"idp-{n}","providerId":"oidc","enabled":true,"config":{"clientId":"c","clientSecret":"s","authorizationUrl":"https://example.com/a","tokenUrl":"https://example.com/t"}}`
	flowBody   = `{"alias":"flow-{n}","providerId":"basic-flow","topLevel":true,"builtIn":false}`
	orgBody    = `{"name":"org-{n}","alias":"org-{n}","enabled":true,"domains":[{"name":"org-{n}.example.com"}]}`
	plainRole  = `[{"id":"{plain-id}","name":"plain"}]`
	appRole    = `[{"id":"{app-role-id}","name":"app-role"}]`
	secondRole = `[{"id":"{second-role-id}","name":"second-role"}]`
	adminRole  = `[{"id":"{admin-role-id}","name":"view-users"}]`
	keyBody    = `{"name":"key-{n}","providerId":"hmac-generated","providerType":"org.keycloak.keys.KeyProvider","parentId":"{realm-id}","config":{"priority":["0"]}}`
)

func reads(group, before, kind string, paths ...string) []probe {
	var p []probe
	for _, path := range paths {
		path, query, _ := strings.Cut(path, "?")
		p = append(p, probe{group: group, method: "GET", path: before + path, kind: kind, query: query})
	}
	return p
}

// firstProbes look at the realm while it has no default groups: the realm's representation shows them only to those who
// may view groups.
func firstProbes() []probe { return reads("realm", "", "", "/admin/realms", "") }

// Paths of objects below the realm.
const (
	userPath   = "/users/{user-id}"
	groupPath  = "/groups/{group-id}"
	clientPath = "/clients/{client-uuid}"
	scopePath  = "/client-scopes/{client-scope-id}"
	authzPath  = clientPath + "/authz/resource-server"
	orgPath    = "/organizations/{org-id}"
	idpPath    = "/identity-provider/instances"
	authPath   = "/authentication"

	instancePath = idpPath + "/{alias}"
)

// The seven lists of role mappings below a path, by what the parameter of the client is named there.
var (
	mappings     = []string{"", "/realm", "/realm/available", "/realm/composite", "/clients/{client}", "/clients/{client}/available", "/clients/{client}/composite"}
	mappingsByID = []string{"", "/realm", "/realm/available", "/realm/composite", "/clients/{client-id}", "/clients/{client-id}/available", "/clients/{client-id}/composite"}
)

// reading are the calls that change nothing.
var reading = []struct {
	group, before, kind string
	paths               []string
}{
	{"users", "/users", "", []string{"", "/count", "/profile", "/profile/metadata"}},
	{"users", userPath, "", []string{"", "/configured-user-storage-credential-types", "/consents", "/credentials", "/federated-identity", "/groups",
		"/groups/count", "/offline-sessions/{clientUuid}", "/sessions", "/unmanagedAttributes"}},
	{"users", "/users/{user-id}", "no such user", []string{""}},
	{"role mappings of users", userPath + "/role-mappings", "", mappingsByID},
	{"role mappings of users", userPath + "/role-mappings/clients/{client-id}", "of realm-management", []string{""}},
	{"role mappings of users", userPath + "/role-mappings/clients/{client-id}/available", "of realm-management", []string{""}},
	{"groups", "/groups", "", []string{"", "/count"}},
	{"groups", groupPath, "", []string{"", "/children", "/members"}},
	{"groups", "", "", []string{"/group-by-path/{path}", "/default-groups"}},
	{"groups", groupPath, "no such group", []string{""}},
	{"role mappings of groups", groupPath + "/role-mappings", "", mappingsByID},
	{"roles", "/roles", "", []string{""}},
	{"roles", "/roles/{role-name}", "", []string{"", "/composites", "/composites/realm", "/composites/clients/{targetClientUuid}", "/groups", "/users"}},
	{"roles", "/roles/{role-name}", "no such role", []string{""}},
	{"roles", "/roles-by-id/{role-id}", "", []string{"", "/composites", "/composites/realm", "/composites/clients/{clientUuid}"}},
	{"client roles", clientPath + "/roles", "", []string{"", "/{role-name}", "/{role-name}/composites", "/{role-name}/composites/realm",
		"/{role-name}/composites/clients/{targetClientUuid}", "/{role-name}/groups", "/{role-name}/users"}},
	{"clients", "/clients", "", []string{""}},
	{"clients", clientPath, "", []string{"", "/client-secret", "/certificates/{attr}", "/default-client-scopes", "/optional-client-scopes", "/service-account-user",
		"/session-count", "/user-sessions", "/offline-session-count", "/offline-sessions", "/test-nodes-available", "/installation/providers/{providerId}"}},
	{"clients", clientPath, "no such client", []string{""}},
	{"protocol mappers", clientPath + "/protocol-mappers", "", []string{"/models", "/models/{id}", "/protocol/{protocol}"}},
	{"evaluate scopes", clientPath + "/evaluate-scopes", "", []string{"/protocol-mappers?scope=openid", "/scope-mappings/{roleContainerId}/granted", "/scope-mappings/{roleContainerId}/not-granted",
		"/generate-example-access-token?scope=openid&userId={user-id}", "/generate-example-id-token?scope=openid&userId={user-id}", "/generate-example-userinfo?scope=openid&userId={user-id}"}},
	{"scope mappings of clients", clientPath + "/scope-mappings", "", mappings},
	{"authorization services", authzPath, "", []string{"", "/settings", "/resource", "/resource/{resource-id}", "/resource/{resource-id}/attributes", "/resource/{resource-id}/permissions",
		"/resource/{resource-id}/scopes", "/resource/search?name=thing", "/scope", "/scope/{scope-id}", "/scope/{scope-id}/permissions", "/scope/{scope-id}/resources",
		"/scope/search?name=look", "/policy", "/policy/providers", "/policy/search?name=ruling", "/permission", "/permission/providers", "/permission/search?name=allowing"}},
	{"client scopes", "", "", []string{"/client-scopes", scopePath, "/default-default-client-scopes", "/default-optional-client-scopes"}},
	{"protocol mappers", scopePath + "/protocol-mappers", "", []string{"/models", "/models/{id}", "/protocol/{protocol}"}},
	{"scope mappings of client scopes", scopePath + "/scope-mappings", "", mappings},
	{"sessions", "", "", []string{"/client-session-stats"}},
	{"events", "", "", []string{"/events", "/events/config", "/admin-events"}},
	{"realm", "", "", []string{"/admin/serverinfo", "/keys", "/credential-registrators", "/client-policies/policies", "/client-policies/profiles",
		"/clients-initial-access", "/client-registration-policy/providers"}},
	{"realm", "", "with default groups", []string{"/admin/realms", ""}},
	{"localization", "/localization", "", []string{"", "/{locale}", "/{locale}/{key}"}},
	{"components", "/components", "", []string{"", "/{id}", "/{id}/sub-component-types?type=org.keycloak.storage.ldap.mappers.LDAPStorageMapper"}},
	{"identity providers", "", "", []string{"/identity-provider/instances", instancePath, instancePath + "/export", instancePath + "/mapper-types", instancePath + "/mappers", instancePath + "/mappers/{id}", "/identity-provider/providers/{provider_id}"}},
	{"authentication", "/authentication", "", []string{"/authenticator-providers", "/client-authenticator-providers", "/form-action-providers", "/form-providers", "/per-client-config-description",
		"/config-description/{providerId}", "/config/{id}", "/executions/{executionId}", "/flows", "/flows/{id}", "/flows/{flowAlias}/executions", "/required-actions",
		"/required-actions/{alias}", "/required-actions/{alias}/config", "/required-actions/{alias}/config-description", "/unregistered-required-actions"}},
	{"organizations", "/organizations", "", []string{"", "/count", "/members/{member-id}/organizations"}},
	{"organizations", orgPath, "", []string{"", "/members", "/members/count", "/members/{member-id}", "/members/{member-id}/organizations", "/members/{member-id}/groups", "/identity-providers", "/identity-providers/{alias}",
		"/identity-providers/{alias}/groups", "/groups", "/groups/{group-id}", "/groups/{group-id}/children", "/groups/{group-id}/members", "/invitations"}},
	{"attack detection", "/attack-detection/brute-force/users/{userId}", "", []string{""}},
}

// readProbes change nothing. They are made first, so that all callers see the same.
func readProbes() (p []probe) {
	for _, r := range reading {
		p = append(p, reads(r.group, r.before, r.kind, r.paths...)...)
	}
	p = append(p, rareReads()...)
	return append(p, templates(p)...)
}

func write(group, method, path, body string, fresh ...*step) probe {
	return probe{group: group, method: method, path: path, body: body, fresh: fresh}
}

var changing = []probe{
	write("users", "POST", "/users", newUser.body),
	write("users", "PUT", userPath, `{"firstName":"Changed"}`, newUser),
	write("users", "DELETE", userPath, "", newUser),
	write("users", "PUT", userPath+"/reset-password", `{"type":"password","value":"{n}-a-Long-one","temporary":false}`, newUser),
	write("users", "PUT", userPath+"/groups/{groupId}", "", newUser),
	write("users", "DELETE", userPath+"/groups/{groupId}", "", newUser, &step{method: "PUT", path: userPath + "/groups/{groupId}"}),
	write("users", "POST", userPath+"/federated-identity/{provider}", `{"userId":"far-{n}","userName":"far-{n}"}`, newUser),
	write("users", "DELETE", userPath+"/federated-identity/{provider}", "", newUser, &step{method: "POST", path: userPath + "/federated-identity/{provider}", body: `{"userId":"far-{n}","userName":"far-{n}"}`}),
	write("users", "PUT", userPath+"/disable-credential-types", `[]`, newUser),
	write("users", "DELETE", userPath+"/consents/{client}", "", newSession),
	write("users", "POST", userPath+"/impersonation", "", newUser),
	write("users", "POST", userPath+"/logout", "", newUser),
	{group: "users", method: "PUT", path: userPath + "/execute-actions-email", body: `["UPDATE_PASSWORD"]`, passed: 400, fresh: []*step{noMail}},
	{group: "users", method: "PUT", path: userPath + "/send-verify-email", passed: 400, fresh: []*step{noMail}},
	{group: "users", method: "PUT", path: userPath + "/reset-password-email", passed: 400, fresh: []*step{noMail}},
	write("users", "DELETE", userPath+"/credentials/{credentialId}", "", credentialed...),
	write("users", "PUT", userPath+"/credentials/{credentialId}/userLabel", "text:label", credentialed...),
	write("users", "POST", userPath+"/credentials/{credentialId}/moveToFirst", "", credentialed...),
	write("role mappings of users", "POST", userPath+"/role-mappings/realm", plainRole, newUser),
	write("role mappings of users", "DELETE", userPath+"/role-mappings/realm", plainRole, newUser, &step{method: "POST", path: userPath + "/role-mappings/realm", body: plainRole}),
	write("role mappings of users", "POST", userPath+"/role-mappings/clients/{client-id}", appRole, newUser),
	write("role mappings of users", "DELETE", userPath+"/role-mappings/clients/{client-id}", appRole, newUser, &step{method: "POST", path: userPath + "/role-mappings/clients/{client-id}", body: appRole}),
	{group: "role mappings of users", method: "POST", path: userPath + "/role-mappings/clients/{client-id}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newUser}},
	{group: "role mappings of users", method: "POST", path: userPath + "/role-mappings/clients/{client-id}", kind: "manage-clients of realm-management", body: `[{"id":"{strong-role-id}","name":"manage-clients"}]`, fresh: []*step{newUser}},
	{group: "role mappings of users", method: "DELETE", path: userPath + "/role-mappings/clients/{client-id}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newUser}},

	write("groups", "POST", "/groups", newGroup.body),
	write("groups", "PUT", groupPath, `{"name":"renamed-{n}"}`, newGroup),
	write("groups", "DELETE", groupPath, "", newGroup),
	write("groups", "POST", groupPath+"/children", `{"name":"child-{n}"}`, newGroup),
	write("role mappings of groups", "POST", groupPath+"/role-mappings/realm", plainRole, newGroup),
	write("role mappings of groups", "DELETE", groupPath+"/role-mappings/realm", plainRole, newGroup, &step{method: "POST", path: groupPath + "/role-mappings/realm", body: plainRole}),
	write("role mappings of groups", "POST", groupPath+"/role-mappings/clients/{client-id}", appRole, newGroup),
	write("role mappings of groups", "DELETE", groupPath+"/role-mappings/clients/{client-id}", appRole, newGroup, &step{method: "POST", path: groupPath + "/role-mappings/clients/{client-id}", body: appRole}),
	{group: "role mappings of groups", method: "POST", path: groupPath + "/role-mappings/clients/{client-id}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newGroup}},

	write("roles", "POST", "/roles", newRole.body),
	write("roles", "PUT", "/roles/{role-name}", `{"name":"role-{n}","description":"changed"}`, newRole),
	write("roles", "DELETE", "/roles/{role-name}", "", newRole),
	write("roles", "POST", "/roles/{role-name}/composites", plainRole, newRole),
	write("roles", "DELETE", "/roles/{role-name}/composites", plainRole, newRole, &step{method: "POST", path: "/roles/{role-name}/composites", body: plainRole}),
	{group: "roles", method: "POST", path: "/roles/{role-name}/composites", kind: "with view-users of realm-management", body: adminRole, fresh: []*step{newRole}},
	write("roles", "PUT", "/roles-by-id/{role-id}", `{"name":"role-{n}","description":"changed"}`, newRole, roleID),
	write("roles", "DELETE", "/roles-by-id/{role-id}", "", newRole, roleID),
	write("roles", "POST", "/roles-by-id/{role-id}/composites", plainRole, newRole, roleID),
	write("roles", "DELETE", "/roles-by-id/{role-id}/composites", plainRole, newRole, roleID, &step{method: "POST", path: "/roles-by-id/{role-id}/composites", body: plainRole}),
	write("client roles", "POST", clientPath+"/roles", newAppRole.body),
	write("client roles", "PUT", clientPath+"/roles/{role-name}", `{"name":"role-{n}","description":"changed"}`, newAppRole),
	write("client roles", "DELETE", clientPath+"/roles/{role-name}", "", newAppRole),
	write("client roles", "POST", clientPath+"/roles/{role-name}/composites", appRole, newAppRole),
	write("client roles", "DELETE", clientPath+"/roles/{role-name}/composites", appRole, newAppRole, &step{method: "POST", path: clientPath + "/roles/{role-name}/composites", body: appRole}),

	write("clients", "POST", "/clients", `{"clientId":"client-{n}"}`),
	write("clients", "PUT", clientPath, `{"name":"changed"}`, newClient),
	write("clients", "DELETE", clientPath, "", newClient),
	write("clients", "POST", clientPath+"/client-secret", "", newClient),
	write("clients", "POST", clientPath+"/registration-access-token", "", newClient),
	write("clients", "POST", clientPath+"/push-revocation", "", newClient),
	write("clients", "POST", clientPath+"/nodes", `{"node":"127.0.0.1"}`, newClient),
	write("clients", "DELETE", clientPath+"/nodes/{node}", "", newClient, &step{method: "POST", path: clientPath + "/nodes", body: `{"node":"127.0.0.1"}`}),
	write("clients", "POST", clientPath+"/certificates/{attr}/generate", "", newClient),
	write("clients", "PUT", clientPath+"/default-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain),
	write("clients", "DELETE", clientPath+"/default-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain, &step{method: "PUT", path: clientPath + "/default-client-scopes/{clientScopeId}"}),
	write("clients", "PUT", clientPath+"/optional-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain),
	write("clients", "DELETE", clientPath+"/optional-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain, &step{method: "PUT", path: clientPath + "/optional-client-scopes/{clientScopeId}"}),
	write("scope mappings of clients", "POST", clientPath+"/scope-mappings/realm", plainRole, newClient),
	write("scope mappings of clients", "DELETE", clientPath+"/scope-mappings/realm", plainRole, newClient, &step{method: "POST", path: clientPath + "/scope-mappings/realm", body: plainRole}),
	write("scope mappings of clients", "POST", clientPath+"/scope-mappings/clients/{client}", secondRole, newClient),
	write("scope mappings of clients", "DELETE", clientPath+"/scope-mappings/clients/{client}", secondRole, newClient, &step{method: "POST", path: clientPath + "/scope-mappings/clients/{client}", body: secondRole}),
	{group: "scope mappings of clients", method: "POST", path: clientPath + "/scope-mappings/clients/{client}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newClient}},

	write("authorization services", "PUT", authzPath, `{"allowRemoteResourceManagement":true,"policyEnforcementMode":"ENFORCING","decisionStrategy":"UNANIMOUS"}`),
	write("authorization services", "POST", authzPath+"/resource", `{"name":"resource-{n}"}`),
	write("authorization services", "PUT", authzPath+"/resource/{resource-id}", `{"name":"renamed-{n}"}`, newResource),
	write("authorization services", "DELETE", authzPath+"/resource/{resource-id}", "", newResource),
	write("authorization services", "POST", authzPath+"/scope", `{"name":"scope-{n}"}`),
	write("authorization services", "PUT", authzPath+"/scope/{scope-id}", `{"name":"renamed-{n}"}`, newAuthzScope),
	write("authorization services", "DELETE", authzPath+"/scope/{scope-id}", "", newAuthzScope),
	write("authorization services", "POST", authzPath+"/policy", `{"name":"policy-{n}","type":"role","logic":"POSITIVE","decisionStrategy":"UNANIMOUS","config":{"roles":"[{\"id\":\"{plain-id}\",\"required\":false}]"}}`),
	write("authorization services", "POST", authzPath+"/permission", `{"name":"permission-{n}","type":"resource","logic":"POSITIVE","decisionStrategy":"UNANIMOUS"}`),
	write("authorization services", "POST", authzPath+"/policy/evaluate", `{"userId":"{user-id}","resources":[],"context":{"attributes":{}},"roleIds":[],"entitlements":false}`),

	write("client scopes", "POST", "/client-scopes", newScope.body),
	write("client scopes", "PUT", scopePath, `{"name":"renamed-{n}","protocol":"openid-connect"}`, newScope),
	write("client scopes", "DELETE", scopePath, "", newScope),
	write("scope mappings of client scopes", "POST", scopePath+"/scope-mappings/realm", plainRole, newScope),
	write("scope mappings of client scopes", "DELETE", scopePath+"/scope-mappings/realm", plainRole, newScope, &step{method: "POST", path: scopePath + "/scope-mappings/realm", body: plainRole}),
	write("scope mappings of client scopes", "POST", scopePath+"/scope-mappings/clients/{client}", secondRole, newScope),
	write("scope mappings of client scopes", "DELETE", scopePath+"/scope-mappings/clients/{client}", secondRole, newScope, &step{method: "POST", path: scopePath + "/scope-mappings/clients/{client}", body: secondRole}),

	write("sessions", "DELETE", "/sessions/{session}", "", newSession),

	write("localization", "PUT", "/localization/{locale}/{key}", "text:greeting"),
	write("localization", "DELETE", "/localization/{locale}/{key}", "", &step{method: "POST", path: "/localization/de", body: `{"key-{n}":"text"}`, name: "key", value: "key-{n}"}),
	write("localization", "POST", "/localization/{locale}", `{"key-{n}":"text"}`),
	write("localization", "DELETE", "/localization/{locale}", "", &step{method: "POST", path: "/localization/fr", body: `{"key-{n}":"text"}`, name: "locale", value: "fr"}),

	write("components", "POST", "/components", keyBody),
	write("components", "PUT", "/components/{id}", keyBody, newKey),
	write("components", "DELETE", "/components/{id}", "", newKey),

	write("identity providers", "POST", idpPath, idpBody),
	write("identity providers", "PUT", idpPath+"/{alias}", `{"alias":"{alias}","providerId":"oidc","enabled":false,"config":{"clientId":"c","clientSecret":"s","authorizationUrl":"https://example.com/a","tokenUrl":"https://example.com/t"}}`, newProvider),
	write("identity providers", "DELETE", idpPath+"/{alias}", "", newProvider),
	write("identity providers", "POST", idpPath+"/{alias}/mappers", idpMapperBody),
	write("identity providers", "PUT", idpPath+"/{alias}/mappers/{id}", `{"id":"{id}","name":"mapper-{id}","identityProviderAlias":"{alias}","identityProviderMapper":"hardcoded-attribute-idp-mapper","config":{"syncMode":"INHERIT","attribute":"b","attribute.value":"b"}}`, newIDPMapper),
	write("identity providers", "DELETE", idpPath+"/{alias}/mappers/{id}", "", newIDPMapper),

	write("authentication", "POST", authPath+"/flows", flowBody),
	write("authentication", "PUT", authPath+"/flows/{id}", `{"id":"{id}","alias":"renamed-{n}","providerId":"basic-flow","topLevel":true,"builtIn":false}`, newFlow),
	write("authentication", "DELETE", authPath+"/flows/{id}", "", newFlow),
	write("authentication", "POST", authPath+"/flows/{flowAlias}/copy", `{"newName":"copy-{n}"}`),
	write("authentication", "POST", authPath+"/flows/{flowAlias}/executions/execution", `{"provider":"auth-cookie"}`, newFlow),
	write("authentication", "POST", authPath+"/flows/{flowAlias}/executions/flow", `{"alias":"sub-{n}","type":"basic-flow","description":"","provider":"registration-page-form"}`, newFlow),
	write("authentication", "PUT", authPath+"/flows/{flowAlias}/executions", `{"id":"{executionId}","requirement":"DISABLED"}`, newFlow, newExec),
	write("authentication", "DELETE", authPath+"/executions/{executionId}", "", newFlow, newExec),
	write("authentication", "POST", authPath+"/executions/{executionId}/raise-priority", "", newFlow, newExec),
	write("authentication", "POST", authPath+"/executions/{executionId}/lower-priority", "", newFlow, newExec),
	write("authentication", "POST", authPath+"/executions/{executionId}/config", `{"alias":"config-{n}","config":{"default.reference.value":"x"}}`, newFlow, newExec),
	write("authentication", "PUT", authPath+"/config/{id}", `{"id":"{id}","alias":"renamed-{n}","config":{"default.reference.value":"y"}}`, newFlow, newExec, newConfig),
	write("authentication", "DELETE", authPath+"/config/{id}", "", newFlow, newExec, newConfig),
	write("authentication", "PUT", authPath+"/required-actions/{alias}", `{"alias":"CONFIGURE_TOTP","name":"Configure OTP","providerId":"CONFIGURE_TOTP","enabled":true,"defaultAction":false,"priority":10,"config":{}}`),
	write("authentication", "POST", authPath+"/required-actions/{alias}/raise-priority", ""),
	write("authentication", "POST", authPath+"/required-actions/{alias}/lower-priority", ""),
	write("authentication", "DELETE", authPath+"/required-actions/{alias}", "", &step{name: "alias", value: "webauthn-register"},
		&step{method: "POST", path: authPath + "/register-required-action", body: `{"providerId":"webauthn-register","name":"Webauthn"}`, optional: true}),
	write("authentication", "POST", authPath+"/register-required-action", `{"providerId":"webauthn-register-passwordless","name":"Webauthn"}`, &step{method: "DELETE", path: authPath + "/required-actions/webauthn-register-passwordless", optional: true}),

	write("organizations", "POST", "/organizations", orgBody),
	write("organizations", "PUT", orgPath, `{"name":"renamed-{n}","alias":"org-{n}","enabled":true,"domains":[{"name":"org-{n}.example.com"}]}`, newOrg),
	write("organizations", "DELETE", orgPath, "", newOrg),
	write("organizations", "POST", orgPath+"/members", `"{user-id}"`, newOrg, newUser),
	write("organizations", "DELETE", orgPath+"/members/{member-id}", "", newOrg, newUser, memberAgain, &step{method: "POST", path: orgPath + "/members", body: `"{user-id}"`}),
	{group: "organizations", method: "POST", path: orgPath + "/members/invite-user", body: "form:", passed: 400, fresh: []*step{newOrg}},
	{group: "organizations", method: "POST", path: orgPath + "/members/invite-existing-user", body: "form:id=", passed: 400, fresh: []*step{newOrg}},
	write("organizations", "POST", orgPath+"/identity-providers", `"{alias}"`, newOrg, newProvider),
	write("organizations", "DELETE", orgPath+"/identity-providers/{alias}", "", newOrg, newProvider, &step{method: "POST", path: orgPath + "/identity-providers", body: `"{alias}"`}),
	write("organizations", "POST", orgPath+"/groups", `{"name":"group-{n}"}`, newOrg),
	write("organizations", "PUT", orgPath+"/groups/{group-id}", `{"name":"renamed-{n}"}`, newOrg, newOrgGroup),
	write("organizations", "DELETE", orgPath+"/groups/{group-id}", "", newOrg, newOrgGroup),

	write("attack detection", "DELETE", "/attack-detection/brute-force/users/{userId}", ""),
}

// writeProbes change something that no other probe looks at.
func writeProbes() []probe {
	p := slices.Concat(changing, rare)
	for _, before := range []struct {
		path  string
		fresh *step
	}{{clientPath, newClient}, {scopePath, newScope}} {
		m := before.path + "/protocol-mappers"
		made := []*step{before.fresh, {method: "POST", path: m + "/models", body: mapperBody, id: "id"}}
		p = append(p,
			write("protocol mappers", "POST", m+"/models", mapperBody, before.fresh),
			write("protocol mappers", "POST", m+"/add-models", "["+mapperBody+"]", before.fresh),
			write("protocol mappers", "PUT", m+"/models/{id}", `{"id":"{id}",`+mapperBody[1:], made...),
			write("protocol mappers", "DELETE", m+"/models/{id}", "", made...))
	}
	return append(p, templates(p)...)
}

var (
	noMail        = &step{method: "POST", path: "/users", body: `{"username":"user-{n}","enabled":true}`, id: "user-id"}
	credentialed  = []*step{{method: "POST", path: "/users", body: `{"username":"user-{n}","enabled":true,"credentials":[{"type":"password","value":"{n}-a-Long-one"}]}`, id: "user-id"}, {method: "GET", path: "/users/{user-id}/credentials", id: "credentialId"}}
	roleID        = &step{method: "GET", path: "/roles/{role-name}", id: "role-id"}
	scopeAgain    = &step{name: "clientScopeId", value: "{client-scope-id}"}
	memberAgain   = &step{name: "member-id", value: "{user-id}"}
	newKey        = &step{method: "POST", path: "/components", body: keyBody, id: "id"}
	newIDPMapper  = &step{method: "POST", path: "/identity-provider/instances/{alias}/mappers", body: idpMapperBody, id: "id"}
	newConfig     = &step{method: "POST", path: "/authentication/executions/{executionId}/config", body: `{"alias":"config-{n}","config":{"default.reference.value":"x"}}`, id: "id"}
	newResource   = &step{method: "POST", path: "/clients/{client-uuid}/authz/resource-server/resource", body: `{"name":"resource-{n}"}`, id: "resource-id"}
	newAuthzScope = &step{method: "POST", path: "/clients/{client-uuid}/authz/resource-server/scope", body: `{"name":"scope-{n}"}`, id: "scope-id"}
	newOrgGroup   = &step{method: "POST", path: "/organizations/{org-id}/groups", body: `{"name":"group-{n}"}`, id: "group-id"}
)

const idpMapperBody = `{"name":"mapper-{n}","identityProviderAlias":"{alias}","identityProviderMapper":"hardcoded-attribute-idp-mapper","config":{"syncMode":"INHERIT","attribute":"a","attribute.value":"b"}}`

// last change the whole realm, or end sessions: they are made last, one after the other.
var last = []probe{
	write("realm", "PUT", "", `{"displayName":"changed {n}"}`),
	write("realm", "POST", "/admin/realms", `{"realm":"{realm}-{n}","enabled":false,"attributes":{"{marker}":"{run}"}}`),
	write("realm", "POST", "/partial-export", ""),
	write("realm", "POST", "/partialImport", `{"ifResourceExists":"SKIP","roles":{"realm":[{"name":"import-{n}"}]}}`),
	write("realm", "PUT", "/client-policies/policies", `{"policies":[]}`),
	write("realm", "PUT", "/client-policies/profiles", `{"profiles":[]}`),
	write("realm", "POST", "/clients-initial-access", `{"count":1,"expiration":60}`),
	write("realm", "DELETE", "/clients-initial-access/{id}", "", &step{method: "POST", path: "/clients-initial-access", body: `{"count":1,"expiration":60}`, id: "id"}),
	write("realm", "POST", "/client-description-converter", `{"clientId":"described-{n}"}`),
	write("users", "PUT", "/users/profile", "{profile}"),
	write("groups", "PUT", "/default-groups/{groupId}", "", newGroup, &step{name: "groupId", value: "{group-id}"}),
	write("groups", "DELETE", "/default-groups/{groupId}", "", newGroup, &step{name: "groupId", value: "{group-id}"}, &step{method: "PUT", path: "/default-groups/{groupId}"}),
	write("client scopes", "PUT", "/default-default-client-scopes/{clientScopeId}", "", newScope, scopeAgain),
	write("client scopes", "DELETE", "/default-default-client-scopes/{clientScopeId}", "", newScope, scopeAgain, &step{method: "PUT", path: "/default-default-client-scopes/{clientScopeId}"}),
	write("client scopes", "PUT", "/default-optional-client-scopes/{clientScopeId}", "", newScope, scopeAgain),
	write("client scopes", "DELETE", "/default-optional-client-scopes/{clientScopeId}", "", newScope, scopeAgain, &step{method: "PUT", path: "/default-optional-client-scopes/{clientScopeId}"}),
	write("attack detection", "DELETE", "/attack-detection/brute-force/users", ""),
	write("events", "PUT", "/events/config", `{"eventsEnabled":true,"adminEventsEnabled":true,"eventsListeners":["jboss-logging"],"enabledEventTypes":[]}`),
	write("events", "DELETE", "/events", ""),
	write("events", "DELETE", "/admin-events", ""),
	write("sessions", "POST", "/push-revocation", ""),
	write("sessions", "POST", "/logout-all", ""),
}

// rules say what a name means where that depends on the endpoint.
var rules = []struct{ path, kind, name, value string }{ // kind is the end of the row's case
	{"/users/{user-id}", "no such user", "user-id", nobody},
	{"/groups/{group-id}", "no such group", "group-id", nobody},
	{"/roles/{role-name}", "no such role", "role-name", nobody},
	{"/clients/{client-uuid}", "no such client", "client-uuid", nobody},
	{"/clients/{client-uuid}/roles/{role-name}", "", "role-name", "app-role"},
	{"/clients/{client-uuid}/protocol-mappers/", "", "id", "{client-mapper}"},
	{"/client-scopes/{client-scope-id}/protocol-mappers/", "", "id", "{scope-mapper}"},
	{"/clients/{client-uuid}/scope-mappings/", "", "client", "{second-client}"},
	{"/client-scopes/{client-scope-id}/scope-mappings/", "", "client", "{second-client}"},
	{"/components/{id}", "", "id", "{component-id}"},
	{"/identity-provider/", "", "id", "{idp-mapper}"},
	{"/authentication/config/", "", "id", "{config-id}"},
	{"/authentication/flows/", "", "id", "{flow-id}"},
	{"/authentication/executions/", "", "id", "{config-id}"},
	{"/authentication/config-description/", "", "providerId", "identity-provider-redirector"},
	{"/authentication/required-actions/", "", "alias", "CONFIGURE_TOTP"},
	{"/organizations/{org-id}/groups/", "", "group-id", "{org-group}"},
	{"/organizations/{org-id}/groups/group-by-path/", "", "path", "org-group"},
	{"/client-templates/{client-scope-id}/protocol-mappers/", "", "id", "{scope-mapper}"},
	{"/client-templates/{client-scope-id}/scope-mappings/", "", "client", "{second-client}"},
	{"/clients/{client-uuid}/roles/{role-name}/management", "", "role-name", "app-role"},
	{"/admin/api/", "", "id", "app"},
	{"/workflows/", "", "resource-id", "{user-id}"},
	{"/workflows/", "", "resourceId", "{user-id}"},
	{"/workflows/", "", "type", "USERS"},
	{"/ui-ext/authentication-management/", "", "type", "clients"},
	{"/ui-ext/authentication-management/", "", "id", "{flow-id}"},
	{"/ui-ext/role-mappings/roles/", "", "id", "{plain-id}"},
	{"/ui-ext/available-roles/users/", "", "id", "{user-id}"},
	{"/ui-ext/available-roles/groups/", "", "id", "{group-id}"},
	{"/ui-ext/available-roles/clients/", "", "id", "{client-uuid}"},
	{"/ui-ext/available-roles/clientScopes/", "", "id", "{client-scope-id}"},
	{"/ui-ext/available-roles/roles/", "", "id", "{plain-id}"},
	{"/ui-ext/effective-roles/users/", "", "id", "{user-id}"},
	{"/ui-ext/effective-roles/groups/", "", "id", "{group-id}"},
	{"/ui-ext/effective-roles/clients/", "", "id", "{client-uuid}"},
	{"/ui-ext/effective-roles/clientScopes/", "", "id", "{client-scope-id}"},
	{"/ui-ext/effective-roles/roles/", "", "id", "{plain-id}"},
	{"/ui-ext/effective-roles-all/users/", "", "id", "{user-id}"},
	{"/ui-ext/effective-roles-all/groups/", "", "id", "{group-id}"},
	{"/ui-ext/effective-roles-all/clients/", "", "id", "{client-uuid}"},
	{"/ui-ext/effective-roles-all/clientScopes/", "", "id", "{client-scope-id}"},
	{"/ui-ext/effective-roles-all/roles/", "", "id", "{plain-id}"},
	{"/users/{user-id}/role-mappings/clients/", "of realm-management", "client-id", "{realm-management}"},
	{"/groups/{group-id}/role-mappings/clients/", "of realm-management", "client-id", "{realm-management}"},
	{"/clients/{client-uuid}/scope-mappings/clients/", "of realm-management", "client", "{realm-management}"},
}

const nobody = "00000000-0000-4000-8000-000000000000"
