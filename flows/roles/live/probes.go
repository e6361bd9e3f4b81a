package live

import "strings"

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

func reads(group, before string, paths ...string) []probe {
	var p []probe
	for _, path := range paths {
		path, query, _ := strings.Cut(path, "?")
		p = append(p, probe{group: group, method: "GET", path: before + path, query: query})
	}
	return p
}

// mappings are the seven lists of role mappings below a path; client is the name of the parameter there.
func mappings(group, before, client string) []probe {
	c := "/clients/{" + client + "}"
	return reads(group, before, "", "/realm", "/realm/available", "/realm/composite", c, c+"/available", c+"/composite")
}

// firstProbes look at the realm while it has no default groups: the realm's representation shows them only to those who
// may view groups.
func firstProbes() []probe { return reads("realm", "", "/admin/realms", "") }

// readProbes change nothing. They are made first, so that all callers see the same.
func readProbes() []probe {
	const (
		user   = "/users/{user-id}"
		group  = "/groups/{group-id}"
		client = "/clients/{client-uuid}"
		scope  = "/client-scopes/{client-scope-id}"
		authz  = client + "/authz/resource-server"
		org    = "/organizations/{org-id}"
		idp    = "/identity-provider/instances/{alias}"
	)
	var p []probe
	add := func(more ...probe) { p = append(p, more...) }
	add(reads("users", "/users", "", "/count", "/profile", "/profile/metadata")...)
	add(reads("users", user, "", "/configured-user-storage-credential-types", "/consents", "/credentials", "/federated-identity", "/groups",
		"/groups/count", "/offline-sessions/{clientUuid}", "/sessions", "/unmanagedAttributes")...)
	add(probe{group: "users", method: "GET", path: "/users/{user-id}", kind: "no such user"})
	add(mappings("role mappings of users", user+"/role-mappings", "client-id")...)
	add(probe{group: "role mappings of users", method: "GET", path: user + "/role-mappings/clients/{client-id}", kind: "of realm-management"})
	add(probe{group: "role mappings of users", method: "GET", path: user + "/role-mappings/clients/{client-id}/available", kind: "of realm-management"})
	add(reads("groups", "/groups", "", "/count")...)
	add(reads("groups", group, "", "/children", "/members")...)
	add(reads("groups", "", "/group-by-path/{path}", "/default-groups")...)
	add(probe{group: "groups", method: "GET", path: group, kind: "no such group"})
	add(mappings("role mappings of groups", group+"/role-mappings", "client-id")...)
	add(reads("roles", "/roles", "")...)
	add(reads("roles", "/roles/{role-name}", "", "/composites", "/composites/realm", "/composites/clients/{targetClientUuid}", "/groups", "/users")...)
	add(probe{group: "roles", method: "GET", path: "/roles/{role-name}", kind: "no such role"})
	add(reads("roles", "/roles-by-id/{role-id}", "", "/composites", "/composites/realm", "/composites/clients/{clientUuid}")...)
	add(reads("client roles", client+"/roles", "", "/{role-name}", "/{role-name}/composites", "/{role-name}/composites/realm",
		"/{role-name}/composites/clients/{targetClientUuid}", "/{role-name}/groups", "/{role-name}/users")...)
	add(reads("clients", "/clients", "")...)
	add(reads("clients", client, "", "/client-secret", "/certificates/{attr}", "/default-client-scopes", "/optional-client-scopes", "/service-account-user",
		"/session-count", "/user-sessions", "/offline-session-count", "/offline-sessions", "/test-nodes-available", "/installation/providers/{providerId}")...)
	add(probe{group: "clients", method: "GET", path: client, kind: "no such client"})
	add(reads("protocol mappers", client+"/protocol-mappers", "/models", "/models/{id}", "/protocol/{protocol}")...)
	add(reads("evaluate scopes", client+"/evaluate-scopes", "/protocol-mappers?scope=openid", "/scope-mappings/{roleContainerId}/granted", "/scope-mappings/{roleContainerId}/not-granted",
		"/generate-example-access-token?scope=openid&userId={user-id}", "/generate-example-id-token?scope=openid&userId={user-id}", "/generate-example-userinfo?scope=openid&userId={user-id}")...)
	add(mappings("scope mappings of clients", client+"/scope-mappings", "client")...)
	add(reads("authorization services", authz, "", "/settings", "/resource", "/resource/{resource-id}", "/resource/{resource-id}/attributes", "/resource/{resource-id}/permissions",
		"/resource/{resource-id}/scopes", "/resource/search?name=thing", "/scope", "/scope/{scope-id}", "/scope/{scope-id}/permissions", "/scope/{scope-id}/resources",
		"/scope/search?name=look", "/policy", "/policy/providers", "/policy/search?name=ruling", "/permission", "/permission/providers", "/permission/search?name=allowing")...)
	add(reads("client scopes", "", "/client-scopes", scope, "/default-default-client-scopes", "/default-optional-client-scopes")...)
	add(reads("protocol mappers", scope+"/protocol-mappers", "/models", "/models/{id}", "/protocol/{protocol}")...)
	add(mappings("scope mappings of client scopes", scope+"/scope-mappings", "client")...)
	add(reads("sessions", "", "/client-session-stats")...)
	add(reads("events", "", "/events", "/events/config", "/admin-events")...)
	add(reads("realm", "", "/admin/serverinfo", "/keys", "/credential-registrators", "/client-policies/policies", "/client-policies/profiles",
		"/clients-initial-access", "/client-registration-policy/providers")...)
	for _, path := range []string{"/admin/realms", ""} {
		add(probe{group: "realm", method: "GET", path: path, kind: "with default groups"})
	}
	add(reads("localization", "/localization", "", "/{locale}", "/{locale}/{key}")...)
	add(reads("components", "/components", "", "/{id}", "/{id}/sub-component-types?type=org.keycloak.storage.ldap.mappers.LDAPStorageMapper")...)
	add(reads("identity providers", "", "/identity-provider/instances", idp, idp+"/export", idp+"/mapper-types", idp+"/mappers", idp+"/mappers/{id}", "/identity-provider/providers/{provider_id}")...)
	add(reads("authentication", "/authentication", "/authenticator-providers", "/client-authenticator-providers", "/form-action-providers", "/form-providers", "/per-client-config-description",
		"/config-description/{providerId}", "/config/{id}", "/executions/{executionId}", "/flows", "/flows/{id}", "/flows/{flowAlias}/executions", "/required-actions",
		"/required-actions/{alias}", "/required-actions/{alias}/config", "/required-actions/{alias}/config-description", "/unregistered-required-actions")...)
	add(reads("organizations", "/organizations", "", "/count", "/members/{member-id}/organizations")...)
	add(reads("organizations", org, "", "/members", "/members/count", "/members/{member-id}", "/members/{member-id}/organizations", "/members/{member-id}/groups", "/identity-providers", "/identity-providers/{alias}",
		"/identity-providers/{alias}/groups", "/groups", "/groups/{group-id}", "/groups/{group-id}/children", "/groups/{group-id}/members", "/invitations")...)
	add(reads("attack detection", "/attack-detection/brute-force/users/{userId}", "")...)
	return p
}

func write(group, method, path, body string, fresh ...*step) probe {
	return probe{group: group, method: method, path: path, body: body, fresh: fresh}
}

// writeProbes change something that no other probe looks at.
func writeProbes() []probe {
	const (
		user   = "/users/{user-id}"
		group  = "/groups/{group-id}"
		client = "/clients/{client-uuid}"
		scope  = "/client-scopes/{client-scope-id}"
		authz  = client + "/authz/resource-server"
		org    = "/organizations/{org-id}"
		idp    = "/identity-provider/instances"
		auth   = "/authentication"
	)
	session := func(path, method string) probe {
		return probe{group: "sessions", method: method, path: path, fresh: []*step{newSession}}
	}
	p := []probe{
		write("users", "POST", "/users", newUser.body),
		write("users", "PUT", user, `{"firstName":"Changed"}`, newUser),
		write("users", "DELETE", user, "", newUser),
		write("users", "PUT", user+"/reset-password", `{"type":"password","value":"{n}-a-Long-one","temporary":false}`, newUser),
		write("users", "PUT", user+"/groups/{groupId}", "", newUser),
		write("users", "DELETE", user+"/groups/{groupId}", "", newUser, &step{method: "PUT", path: user + "/groups/{groupId}"}),
		write("users", "POST", user+"/federated-identity/{provider}", `{"userId":"far-{n}","userName":"far-{n}"}`, newUser),
		write("users", "DELETE", user+"/federated-identity/{provider}", "", newUser, &step{method: "POST", path: user + "/federated-identity/{provider}", body: `{"userId":"far-{n}","userName":"far-{n}"}`}),
		write("users", "PUT", user+"/disable-credential-types", `[]`, newUser),
		write("users", "DELETE", user+"/consents/{client}", "", newSession),
		write("users", "POST", user+"/impersonation", "", newUser),
		write("users", "POST", user+"/logout", "", newUser),
		{group: "users", method: "PUT", path: user + "/execute-actions-email", body: `["UPDATE_PASSWORD"]`, passed: 400, fresh: []*step{noMail}},
		{group: "users", method: "PUT", path: user + "/send-verify-email", passed: 400, fresh: []*step{noMail}},
		{group: "users", method: "PUT", path: user + "/reset-password-email", passed: 400, fresh: []*step{noMail}},
		write("users", "DELETE", user+"/credentials/{credentialId}", "", credentialed...),
		write("users", "PUT", user+"/credentials/{credentialId}/userLabel", "text:label", credentialed...),
		write("users", "POST", user+"/credentials/{credentialId}/moveToFirst", "", credentialed...),
		write("role mappings of users", "POST", user+"/role-mappings/realm", plainRole, newUser),
		write("role mappings of users", "DELETE", user+"/role-mappings/realm", plainRole, newUser, &step{method: "POST", path: user + "/role-mappings/realm", body: plainRole}),
		write("role mappings of users", "POST", user+"/role-mappings/clients/{client-id}", appRole, newUser),
		write("role mappings of users", "DELETE", user+"/role-mappings/clients/{client-id}", appRole, newUser, &step{method: "POST", path: user + "/role-mappings/clients/{client-id}", body: appRole}),
		{group: "role mappings of users", method: "POST", path: user + "/role-mappings/clients/{client-id}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newUser}},
		{group: "role mappings of users", method: "POST", path: user + "/role-mappings/clients/{client-id}", kind: "manage-clients of realm-management", body: `[{"id":"{strong-role-id}","name":"manage-clients"}]`, fresh: []*step{newUser}},
		{group: "role mappings of users", method: "DELETE", path: user + "/role-mappings/clients/{client-id}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newUser}},

		write("groups", "POST", "/groups", newGroup.body),
		write("groups", "PUT", group, `{"name":"renamed-{n}"}`, newGroup),
		write("groups", "DELETE", group, "", newGroup),
		write("groups", "POST", group+"/children", `{"name":"child-{n}"}`, newGroup),
		write("role mappings of groups", "POST", group+"/role-mappings/realm", plainRole, newGroup),
		write("role mappings of groups", "DELETE", group+"/role-mappings/realm", plainRole, newGroup, &step{method: "POST", path: group + "/role-mappings/realm", body: plainRole}),
		write("role mappings of groups", "POST", group+"/role-mappings/clients/{client-id}", appRole, newGroup),
		write("role mappings of groups", "DELETE", group+"/role-mappings/clients/{client-id}", appRole, newGroup, &step{method: "POST", path: group + "/role-mappings/clients/{client-id}", body: appRole}),
		{group: "role mappings of groups", method: "POST", path: group + "/role-mappings/clients/{client-id}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newGroup}},

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
		write("client roles", "POST", client+"/roles", newAppRole.body),
		write("client roles", "PUT", client+"/roles/{role-name}", `{"name":"role-{n}","description":"changed"}`, newAppRole),
		write("client roles", "DELETE", client+"/roles/{role-name}", "", newAppRole),
		write("client roles", "POST", client+"/roles/{role-name}/composites", appRole, newAppRole),
		write("client roles", "DELETE", client+"/roles/{role-name}/composites", appRole, newAppRole, &step{method: "POST", path: client + "/roles/{role-name}/composites", body: appRole}),

		write("clients", "POST", "/clients", `{"clientId":"client-{n}"}`),
		write("clients", "PUT", client, `{"name":"changed"}`, newClient),
		write("clients", "DELETE", client, "", newClient),
		write("clients", "POST", client+"/client-secret", "", newClient),
		write("clients", "POST", client+"/registration-access-token", "", newClient),
		write("clients", "POST", client+"/push-revocation", "", newClient),
		write("clients", "POST", client+"/nodes", `{"node":"127.0.0.1"}`, newClient),
		write("clients", "DELETE", client+"/nodes/{node}", "", newClient, &step{method: "POST", path: client + "/nodes", body: `{"node":"127.0.0.1"}`}),
		write("clients", "POST", client+"/certificates/{attr}/generate", "", newClient),
		write("clients", "PUT", client+"/default-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain),
		write("clients", "DELETE", client+"/default-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain, &step{method: "PUT", path: client + "/default-client-scopes/{clientScopeId}"}),
		write("clients", "PUT", client+"/optional-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain),
		write("clients", "DELETE", client+"/optional-client-scopes/{clientScopeId}", "", newClient, newScope, scopeAgain, &step{method: "PUT", path: client + "/optional-client-scopes/{clientScopeId}"}),
		write("scope mappings of clients", "POST", client+"/scope-mappings/realm", plainRole, newClient),
		write("scope mappings of clients", "DELETE", client+"/scope-mappings/realm", plainRole, newClient, &step{method: "POST", path: client + "/scope-mappings/realm", body: plainRole}),
		write("scope mappings of clients", "POST", client+"/scope-mappings/clients/{client}", secondRole, newClient),
		write("scope mappings of clients", "DELETE", client+"/scope-mappings/clients/{client}", secondRole, newClient, &step{method: "POST", path: client + "/scope-mappings/clients/{client}", body: secondRole}),
		{group: "scope mappings of clients", method: "POST", path: client + "/scope-mappings/clients/{client}", kind: "view-users of realm-management", body: adminRole, fresh: []*step{newClient}},

		write("authorization services", "PUT", authz, `{"allowRemoteResourceManagement":true,"policyEnforcementMode":"ENFORCING","decisionStrategy":"UNANIMOUS"}`),
		write("authorization services", "POST", authz+"/resource", `{"name":"resource-{n}"}`),
		write("authorization services", "PUT", authz+"/resource/{resource-id}", `{"name":"renamed-{n}"}`, newResource),
		write("authorization services", "DELETE", authz+"/resource/{resource-id}", "", newResource),
		write("authorization services", "POST", authz+"/scope", `{"name":"scope-{n}"}`),
		write("authorization services", "PUT", authz+"/scope/{scope-id}", `{"name":"renamed-{n}"}`, newAuthzScope),
		write("authorization services", "DELETE", authz+"/scope/{scope-id}", "", newAuthzScope),
		write("authorization services", "POST", authz+"/policy", `{"name":"policy-{n}","type":"role","logic":"POSITIVE","decisionStrategy":"UNANIMOUS","config":{"roles":"[{\"id\":\"{plain-id}\",\"required\":false}]"}}`),
		write("authorization services", "POST", authz+"/permission", `{"name":"permission-{n}","type":"resource","logic":"POSITIVE","decisionStrategy":"UNANIMOUS"}`),
		write("authorization services", "POST", authz+"/policy/evaluate", `{"userId":"{user-id}","resources":[],"context":{"attributes":{}},"roleIds":[],"entitlements":false}`),

		write("client scopes", "POST", "/client-scopes", newScope.body),
		write("client scopes", "PUT", scope, `{"name":"renamed-{n}","protocol":"openid-connect"}`, newScope),
		write("client scopes", "DELETE", scope, "", newScope),
		write("scope mappings of client scopes", "POST", scope+"/scope-mappings/realm", plainRole, newScope),
		write("scope mappings of client scopes", "DELETE", scope+"/scope-mappings/realm", plainRole, newScope, &step{method: "POST", path: scope + "/scope-mappings/realm", body: plainRole}),
		write("scope mappings of client scopes", "POST", scope+"/scope-mappings/clients/{client}", secondRole, newScope),
		write("scope mappings of client scopes", "DELETE", scope+"/scope-mappings/clients/{client}", secondRole, newScope, &step{method: "POST", path: scope + "/scope-mappings/clients/{client}", body: secondRole}),

		session("/sessions/{session}", "DELETE"),

		write("localization", "PUT", "/localization/{locale}/{key}", "text:greeting"),
		write("localization", "DELETE", "/localization/{locale}/{key}", "", &step{method: "POST", path: "/localization/de", body: `{"key-{n}":"text"}`, name: "key", value: "key-{n}"}),
		write("localization", "POST", "/localization/{locale}", `{"key-{n}":"text"}`),
		write("localization", "DELETE", "/localization/{locale}", "", &step{method: "POST", path: "/localization/fr", body: `{"key-{n}":"text"}`, name: "locale", value: "fr"}),

		write("components", "POST", "/components", keyBody),
		write("components", "PUT", "/components/{id}", keyBody, newKey),
		write("components", "DELETE", "/components/{id}", "", newKey),

		write("identity providers", "POST", idp, idpBody),
		write("identity providers", "PUT", idp+"/{alias}", `{"alias":"{alias}","providerId":"oidc","enabled":false,"config":{"clientId":"c","clientSecret":"s","authorizationUrl":"https://example.com/a","tokenUrl":"https://example.com/t"}}`, newProvider),
		write("identity providers", "DELETE", idp+"/{alias}", "", newProvider),
		write("identity providers", "POST", idp+"/{alias}/mappers", idpMapperBody),
		write("identity providers", "PUT", idp+"/{alias}/mappers/{id}", `{"id":"{id}","name":"mapper-{id}","identityProviderAlias":"{alias}","identityProviderMapper":"hardcoded-attribute-idp-mapper","config":{"syncMode":"INHERIT","attribute":"b","attribute.value":"b"}}`, newIDPMapper),
		write("identity providers", "DELETE", idp+"/{alias}/mappers/{id}", "", newIDPMapper),

		write("authentication", "POST", auth+"/flows", flowBody),
		write("authentication", "PUT", auth+"/flows/{id}", `{"id":"{id}","alias":"renamed-{n}","providerId":"basic-flow","topLevel":true,"builtIn":false}`, newFlow),
		write("authentication", "DELETE", auth+"/flows/{id}", "", newFlow),
		write("authentication", "POST", auth+"/flows/{flowAlias}/copy", `{"newName":"copy-{n}"}`),
		write("authentication", "POST", auth+"/flows/{flowAlias}/executions/execution", `{"provider":"auth-cookie"}`, newFlow),
		write("authentication", "POST", auth+"/flows/{flowAlias}/executions/flow", `{"alias":"sub-{n}","type":"basic-flow","description":"","provider":"registration-page-form"}`, newFlow),
		write("authentication", "PUT", auth+"/flows/{flowAlias}/executions", `{"id":"{executionId}","requirement":"DISABLED"}`, newFlow, newExec),
		write("authentication", "DELETE", auth+"/executions/{executionId}", "", newFlow, newExec),
		write("authentication", "POST", auth+"/executions/{executionId}/raise-priority", "", newFlow, newExec),
		write("authentication", "POST", auth+"/executions/{executionId}/lower-priority", "", newFlow, newExec),
		write("authentication", "POST", auth+"/executions/{executionId}/config", `{"alias":"config-{n}","config":{"default.reference.value":"x"}}`, newFlow, newExec),
		write("authentication", "PUT", auth+"/config/{id}", `{"id":"{id}","alias":"renamed-{n}","config":{"default.reference.value":"y"}}`, newFlow, newExec, newConfig),
		write("authentication", "DELETE", auth+"/config/{id}", "", newFlow, newExec, newConfig),
		write("authentication", "PUT", auth+"/required-actions/{alias}", `{"alias":"CONFIGURE_TOTP","name":"Configure OTP","providerId":"CONFIGURE_TOTP","enabled":true,"defaultAction":false,"priority":10,"config":{}}`),
		write("authentication", "POST", auth+"/required-actions/{alias}/raise-priority", ""),
		write("authentication", "POST", auth+"/required-actions/{alias}/lower-priority", ""),
		write("authentication", "DELETE", auth+"/required-actions/{alias}", "", &step{name: "alias", value: "webauthn-register"},
			&step{method: "POST", path: auth + "/register-required-action", body: `{"providerId":"webauthn-register","name":"Webauthn"}`, optional: true}),
		write("authentication", "POST", auth+"/register-required-action", `{"providerId":"webauthn-register-passwordless","name":"Webauthn"}`, &step{method: "DELETE", path: auth + "/required-actions/webauthn-register-passwordless", optional: true}),

		write("organizations", "POST", "/organizations", orgBody),
		write("organizations", "PUT", org, `{"name":"renamed-{n}","alias":"org-{n}","enabled":true,"domains":[{"name":"org-{n}.example.com"}]}`, newOrg),
		write("organizations", "DELETE", org, "", newOrg),
		write("organizations", "POST", org+"/members", `"{user-id}"`, newOrg, newUser),
		write("organizations", "DELETE", org+"/members/{member-id}", "", newOrg, newUser, memberAgain, &step{method: "POST", path: org + "/members", body: `"{user-id}"`}),
		{group: "organizations", method: "POST", path: org + "/members/invite-user", body: "form:", passed: 400, fresh: []*step{newOrg}},
		{group: "organizations", method: "POST", path: org + "/members/invite-existing-user", body: "form:id=", passed: 400, fresh: []*step{newOrg}},
		write("organizations", "POST", org+"/identity-providers", `"{alias}"`, newOrg, newProvider),
		write("organizations", "DELETE", org+"/identity-providers/{alias}", "", newOrg, newProvider, &step{method: "POST", path: org + "/identity-providers", body: `"{alias}"`}),
		write("organizations", "POST", org+"/groups", `{"name":"group-{n}"}`, newOrg),
		write("organizations", "PUT", org+"/groups/{group-id}", `{"name":"renamed-{n}"}`, newOrg, newOrgGroup),
		write("organizations", "DELETE", org+"/groups/{group-id}", "", newOrg, newOrgGroup),

		write("attack detection", "DELETE", "/attack-detection/brute-force/users/{userId}", ""),
	}
	for _, before := range []struct {
		path  string
		fresh *step
	}{{client, newClient}, {scope, newScope}} {
		m := before.path + "/protocol-mappers"
		made := []*step{before.fresh, {method: "POST", path: m + "/models", body: mapperBody, id: "id"}}
		p = append(p,
			write("protocol mappers", "POST", m+"/models", mapperBody, before.fresh),
			write("protocol mappers", "POST", m+"/add-models", "["+mapperBody+"]", before.fresh),
			write("protocol mappers", "PUT", m+"/models/{id}", `{"id":"{id}",`+mapperBody[1:], made...),
			write("protocol mappers", "DELETE", m+"/models/{id}", "", made...))
	}
	return p
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

// lastProbes change the whole realm, or end sessions: they are made last, one after the other.
func lastProbes() []probe {
	return []probe{
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
	{"/users/{user-id}/role-mappings/clients/", "of realm-management", "client-id", "{realm-management}"},
	{"/groups/{group-id}/role-mappings/clients/", "of realm-management", "client-id", "{realm-management}"},
	{"/clients/{client-uuid}/scope-mappings/clients/", "of realm-management", "client", "{realm-management}"},
}

const nobody = "00000000-0000-4000-8000-000000000000"
