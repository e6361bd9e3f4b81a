package live

import (
	"slices"
	"strings"
)

// Paths of the lesser known parts of the admin API.
const (
	workflowPath  = "/workflows/{id}"
	orgGroupPath  = orgPath + "/groups/{group-id}"
	uiPath        = "/ui-ext"
	clientsV2     = "/admin/api/{realm}/clients/v2"
	permissions   = "/management/permissions"
	importBody    = `{"allowRemoteResourceManagement":true,"policyEnforcementMode":"ENFORCING","decisionStrategy":"UNANIMOUS","resources":[],"policies":[],"scopes":[]}`
	workflowBody  = `{"name":"workflow-{n}","on":"user_created","steps":[{"uses":"disable-user","after":"30d"}]}`
	clientV2Body  = `{"protocol":"openid-connect","clientId":"client-{n}","enabled":true}`
	publicKey     = "multipart:keystoreFormat=Public Key PEM;file=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCwPS0ZVxdWJIUH/CsUURi+6t21BsmHX79CUhO73I9yk0QfewFWskZCGEpcU85KCoUSwtHS3o59pN9BuqiT/LwSBdurcAMEYDkdDBdMskKGy25xXsaMDBI9It7s7gkNdpINgcm2mmzZ4++EVBdQvcDeERcJU/fRRBmGcZWgQUymgQIDAQAB"
	keystoreBody  = `{"format":"PKCS12","keyAlias":"a","keyPassword":"{n}-password","storePassword":"{n}-password","realmAlias":"r","realmCertificate":false}`
	templatesPath = "/client-templates"
)

var (
	newWorkflow  = &step{method: "POST", path: "/workflows", body: workflowBody, id: "id"}
	newClientV2  = &step{method: "POST", path: "/clients", body: `{"clientId":"client-{n}","enabled":true}`, id: "client-uuid", name: "id", value: "client-{n}"}
	newSAML      = &step{method: "POST", path: "/clients", body: `{"clientId":"saml-{n}","protocol":"saml","enabled":true}`, id: "client-uuid"}
	newPublic    = &step{method: "POST", path: "/clients", body: `{"clientId":"public-{n}","publicClient":true,"enabled":true}`, id: "client-uuid"}
	newKeys      = &step{method: "POST", path: clientPath + "/certificates/{attr}/generate"}
	orgMember    = &step{method: "POST", path: orgPath + "/members", body: `"{user-id}"`}
	groupMember  = &step{method: "PUT", path: orgGroupPath + "/members/{user-id}"}
	userAgain    = &step{name: "userId", value: "{user-id}"}
	nobodyInvite = &step{name: "id", value: nobody}
)

// rare are the calls that few programs make, each with what it uses up.
var rare = []probe{
	write("authentication", "POST", authPath+"/config", `{"alias":"config-{n}","config":{"default.reference.value":"x"}}`),
	write("authentication", "POST", authPath+"/executions", `{"authenticator":"auth-cookie","parentFlow":"{id}","requirement":"DISABLED"}`, newFlow),
	write("authentication", "PUT", authPath+"/required-actions/{alias}/config", `{"config":{"max_auth_age":"300"}}`),
	write("authentication", "DELETE", authPath+"/required-actions/{alias}/config", ""),
	write("client types", "PUT", "/client-types", `{"client-types":[],"global-client-types":[]}`),
	write("authorization services", "POST", authzPath+"/import", importBody),
	write("authorization services", "POST", authzPath+"/permission/evaluate", `{"userId":"{user-id}","resources":[],"context":{"attributes":{}},"roleIds":[],"entitlements":false}`),
	write("clients", "POST", clientPath+"/certificates/{attr}/download", keystoreBody, newClient, newKeys),
	write("clients", "POST", clientPath+"/certificates/{attr}/generate-and-download", keystoreBody, newClient),
	write("clients", "POST", clientPath+"/certificates/{attr}/upload", publicKey, newClient),
	write("clients", "POST", clientPath+"/certificates/{attr}/upload-certificate", publicKey, newClient),
	{group: "clients", method: "GET", path: clientPath + "/client-secret/rotated", passed: 404, fresh: []*step{newClient}},
	{group: "clients", method: "DELETE", path: clientPath + "/client-secret/rotated", passed: 500, fresh: []*step{newPublic}},
	{group: "evaluate scopes", method: "GET", path: clientPath + "/evaluate-scopes/generate-example-saml-response", query: "userId={user-id}", fresh: []*step{newSAML}},
	{group: "identity providers", method: "POST", path: "/identity-provider/import-config", body: "{}", passed: 400},
	write("identity providers", "POST", "/identity-provider/upload-certificate", publicKey),
	write("identity providers", "GET", instancePath+"/reload-keys", "", newProvider),
	write("organizations", "POST", orgGroupPath+"/children", `{"name":"child-{n}"}`, newOrg, newOrgGroup),
	write("organizations", "PUT", orgGroupPath+"/members/{userId}", "", newOrg, newOrgGroup, newUser, orgMember, userAgain),
	write("organizations", "DELETE", orgGroupPath+"/members/{userId}", "", newOrg, newOrgGroup, newUser, orgMember, userAgain, groupMember),
	write("organizations", "POST", orgGroupPath+"/role-mappings/realm", plainRole, newOrg, newOrgGroup),
	write("organizations", "DELETE", orgGroupPath+"/role-mappings/realm", plainRole, newOrg, newOrgGroup, &step{method: "POST", path: orgGroupPath + "/role-mappings/realm", body: plainRole}),
	write("organizations", "POST", orgGroupPath+"/role-mappings/clients/{client-id}", appRole, newOrg, newOrgGroup),
	write("organizations", "DELETE", orgGroupPath+"/role-mappings/clients/{client-id}", appRole, newOrg, newOrgGroup, &step{method: "POST", path: orgGroupPath + "/role-mappings/clients/{client-id}", body: appRole}),
	{group: "organizations", method: "GET", path: orgPath + "/invitations/{id}", passed: 404, fresh: []*step{nobodyInvite}},
	{group: "organizations", method: "DELETE", path: orgPath + "/invitations/{id}", passed: 404, fresh: []*step{nobodyInvite}},
	{group: "organizations", method: "POST", path: orgPath + "/invitations/{id}/resend", passed: 404, fresh: []*step{nobodyInvite}},
	{group: "realm", method: "POST", path: "/testSMTPConnection", body: "{}", passed: 500},
	write("users", "POST", userPath+"/credentials/{credentialId}/moveAfter/{newPreviousCredentialId}", "", append(slices.Clip(credentialed), &step{name: "newPreviousCredentialId", value: "{credentialId}"})...),

	write("workflows", "POST", "/workflows", workflowBody),
	write("workflows", "GET", workflowPath, "", newWorkflow),
	write("workflows", "PUT", workflowPath, `{"name":"renamed-{n}","on":"user_created","steps":[{"uses":"disable-user","after":"30d"}]}`, newWorkflow),
	write("workflows", "DELETE", workflowPath, "", newWorkflow),
	write("workflows", "POST", workflowPath+"/activate/{type}/{resourceId}", "", newWorkflow),
	write("workflows", "POST", workflowPath+"/deactivate/{type}/{resourceId}", "", newWorkflow),
	{group: "workflows", method: "POST", path: "/workflows/migrate", query: "from=none&to=none"},

	write("clients (admin API v2)", "POST", clientsV2, clientV2Body),
	write("clients (admin API v2)", "PUT", clientsV2+"/{id}", `{"protocol":"openid-connect","clientId":"{id}","enabled":true}`, &step{name: "id", value: "client-{n}"}),
	write("clients (admin API v2)", "PATCH", clientsV2+"/{id}", `patch:{"description":"changed"}`, newClientV2),
	write("clients (admin API v2)", "DELETE", clientsV2+"/{id}", "", newClientV2),

	write("console (ui-ext)", "POST", uiPath+"/role-mapping-delete/users/{id}", removal, newUser, &step{method: "POST", path: userPath + "/role-mappings/realm", body: plainRole}, &step{name: "id", value: "{user-id}"}),
	write("console (ui-ext)", "POST", uiPath+"/role-mapping-delete/groups/{id}", removal, newGroup, &step{method: "POST", path: groupPath + "/role-mappings/realm", body: plainRole}, &step{name: "id", value: "{group-id}"}),
	write("console (ui-ext)", "POST", uiPath+"/role-mapping-delete/clients/{id}", removal, newClient, &step{method: "POST", path: clientPath + "/scope-mappings/realm", body: plainRole}, &step{name: "id", value: "{client-uuid}"}),
	write("console (ui-ext)", "POST", uiPath+"/role-mapping-delete/clientScopes/{id}", removal, newScope, &step{method: "POST", path: scopePath + "/scope-mappings/realm", body: plainRole}, &step{name: "id", value: "{client-scope-id}"}),
	write("console (ui-ext)", "POST", uiPath+"/role-mapping-delete/roles/{id}", removal, newRole, roleID, &step{method: "POST", path: "/roles/{role-name}/composites", body: plainRole}, &step{name: "id", value: "{role-id}"}),
}

const removal = `[{"roleId":"{plain-id}","roleName":"plain"}]`

// rareReading are those of them that change nothing.
var rareReading = []struct {
	group, before string
	paths         []string
}{
	{"authentication", authPath, []string{"/executions/{executionId}/config/{id}"}},
	{"client types", "", []string{"/client-types"}},
	{"organizations", orgPath, []string{"/groups/group-by-path/{path}"}},
	{"organizations", orgGroupPath + "/role-mappings", mappingsByID},
	{"workflows", "/workflows", []string{"", "/scheduled/{resource-id}"}},
	{"permissions (v1)", "", []string{"/users-management-permissions", clientPath + permissions, clientPath + "/roles/{role-name}" + permissions, groupPath + permissions,
		instancePath + permissions, "/roles-by-id/{role-id}" + permissions, "/roles/{role-name}" + permissions}},
	{"clients (admin API v2)", clientsV2, []string{"", "/{id}"}},
	{"console (ui-ext)", uiPath, []string{"/info", "/realms/names", "/available-event-listeners", "/authentication-management/flows", "/authentication-management/required-actions",
		"/authentication-management/{type}/{id}", "/brute-force-user", "/sessions", "/sessions/client?clientId={client-uuid}", "/role-mappings/roles/{id}"}},
	{"console (ui-ext)", uiPath + "/available-roles", containers},
	{"console (ui-ext)", uiPath + "/effective-roles", containers},
	{"console (ui-ext)", uiPath + "/effective-roles-all", containers},
}

var containers = []string{"/users/{id}", "/groups/{id}", "/clients/{id}", "/clientScopes/{id}", "/roles/{id}"}

// rareLast change what the whole realm has.
func rareLast() []probe {
	p := []probe{write("console (ui-ext)", "PUT", uiPath, `{"displayName":"changed {n}"}`)}
	for _, path := range rareReading[5].paths {
		// Versions before 26 let the role through, and then fail for the feature.
		p = append(p, probe{group: rareReading[5].group, method: "PUT", path: path, body: `{"enabled":true}`, passed: 500})
	}
	return p
}

func rareReads() (p []probe) {
	for _, r := range rareReading {
		for _, path := range r.paths {
			before := r.before
			path, query, _ := strings.Cut(path, "?")
			p = append(p, probe{group: r.group, method: "GET", path: before + path, query: query})
		}
	}
	return p
}

// templates are the calls of client scopes by the path that they had when they were called templates.
func templates(scopes []probe) (p []probe) {
	for _, s := range scopes {
		if rest, found := strings.CutPrefix(s.path, "/client-scopes"); found {
			s.path, s.group = templatesPath+rest, "client templates"
			p = append(p, s)
		}
	}
	return p
}
