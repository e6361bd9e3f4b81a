package practice

import (
	"net/http"
)

// root picks the root resource: / , /realms/{realm}, /admin. Anything else has no resource.
func (c *call) root(segs []string) error {
	switch {
	case len(segs) == 0:
		return c.rootPage()
	case segs[0] == "realms" && len(segs) > 1:
		return c.protocolRoot(segs[1:])
	case segs[0] == "admin":
		return c.adminRoot(segs[1:])
	}
	if c.behavior().emptyHealth && (segs[0] == "health" || segs[0] == "metrics") {
		return &failure{status: http.StatusNotFound}
	}
	if c.r.Method == http.MethodOptions && segs[0] != "realms" && segs[0] != "resources" {
		c.status = http.StatusOK
		return nil
	}
	return errNoResource()
}

// rootPage: / leads browsers to the admin console and has no JSON. As a release that was not measured it says so: a user
// who was only given the address sees it nowhere else.
func (c *call) rootPage() error {
	if !Measured(c.s.Version()) {
		return c.notMeasuredPage()
	}
	if wantsHTML(c.r) {
		return c.redirect(c.baseURL() + "/admin/")
	}
	return errText(http.StatusNotAcceptable, "The accept header value did not match the value in @Produces")
}

func (c *call) redirect(to string) error {
	c.status = http.StatusFound
	c.w.Header().Set("Location", to)
	return nil
}

// adminRoot is the class AdminRoot. The admin console's pages are not served.
func (c *call) adminRoot(segs []string) error {
	get := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	if len(segs) > 0 && (segs[0] == "realms" || segs[0] == "serverinfo") {
		if c.r.Method == http.MethodOptions {
			return c.preflight()
		}
		return c.dispatch(adminTree, segs)
	}
	switch {
	case c.r.Method == http.MethodOptions && len(segs) < 2:
		return &failure{status: http.StatusInternalServerError}
	case c.r.Method == http.MethodOptions:
		return errNotFound()
	case len(segs) == 0 && get:
		return c.redirect(c.baseURL() + "/admin/master/console/")
	case len(segs) == 3 && segs[1] == "console" && segs[2] == "whoami" && get:
		return errNotImplemented("the admin console's own endpoints")
	case len(segs) == 2 && segs[1] == "console" && get:
		return c.redirect(c.baseURL() + "/admin/" + segs[0] + "/console/")
	}
	return errStatus(http.StatusMethodNotAllowed)
}

// preflight answers OPTIONS anywhere below /admin/realms, with or without token.
func (c *call) preflight() error {
	if o := c.r.Header.Get("Origin"); o != "" {
		h := c.w.Header()
		h.Set("Access-Control-Allow-Origin", o)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Allow-Methods", "DELETE, POST, GET, PUT")
		h.Set("Access-Control-Allow-Headers", "Origin, Accept, X-Requested-With, Content-Type, Access-Control-Request-Method, Access-Control-Request-Headers, Authorization, DPoP")
		h.Set("Access-Control-Max-Age", "3600")
	}
	c.status = http.StatusOK
	return nil
}

// protocolRoot is the class RealmsResource.
func (c *call) protocolRoot(segs []string) error {
	if c.r.Method == http.MethodOptions {
		return c.protocolOptions(segs)
	}
	return c.dispatch(protocolTree, segs)
}

func (c *call) protocolOptions(segs []string) error {
	known := len(segs) == 1 || segs[1] == ".well-known" || segs[1] == "account" ||
		len(segs) > 3 && segs[1] == "protocol" && segs[2] == "openid-connect" && protocolEndpoints[segs[3]]
	if !known {
		return c.dispatch(protocolTree, segs)
	}
	return c.preflight()
}

var protocolEndpoints = map[string]bool{"token": true, "certs": true, "userinfo": true, "revoke": true, "logout": true, "auth": true}

// lacking is an endpoint that this server has not, for callers whom check lets pass.
func lacking(check func(*call) error, what string) handler {
	return func(c *call) error {
		if err := check(c); err != nil {
			return err
		}
		return errNotImplemented(what)
	}
}

func (c *call) requireViewRealm() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	return nil
}

func notImplemented(what string) handler {
	return func(*call) error { return errNotImplemented(what) }
}

// unknown501 is a class whose whole subtree real Keycloak has and this server has not.
func unknown501(k *class, path, what string) { k.mount(path, notImplemented(what), nil) }

var protocolTree, adminTree *class

func init() {
	protocolTree = buildProtocolTree()
	adminTree = buildAdminTree()
}

func buildProtocolTree() *class {
	token := (&class{}).
		onAny("POST", "", (*call).postToken).
		mount("introspect", nil, (&class{}).onAny("POST", "", (*call).introspect))
	oidc := (&class{}).
		on("GET", "certs", (*call).certs).
		mount("token", nil, token).
		mount("userinfo", nil, (&class{}).on("GET", "", (*call).userinfo).onAny("POST", "", (*call).userinfo)).
		mount("revoke", nil, (&class{}).onAny("POST", "", (*call).revoke)).
		mount("logout", nil, (&class{}).on("GET", "", notImplemented("the logout page of a browser")).onAny("POST", "", (*call).logout)).
		mount("auth", nil, (&class{}).on("GET", "", (*call).authorize).onAny("POST", "", (*call).authorize).
			onAny("POST", "device", notImplemented("the device authorization grant")))
	unknown501(oidc, "ext", "the endpoints of CIBA and pushed authorization requests")
	unknown501(oidc, "registrations", "the registration page of a browser")
	unknown501(oidc, "login-status-iframe.html", "the session iframe")
	oidc.on("GET", "3p-cookies/step1.html", notImplemented("the cookie check"))

	realm := (&class{}).
		on("GET", "", (*call).realmRoot).
		mount(".well-known/openid-configuration", nil, (&class{}).on("GET", "", (*call).discovery)).
		mount(".well-known/uma2-configuration", nil, (&class{}).on("GET", "", (*call).uma2)).
		mount("protocol/openid-connect", nil, oidc).
		mount("authz/protection/resource_set", nil, (&class{}).on("GET", "", (*call).resourceSet)).
		mount("authz/protection/permission/ticket", nil, (&class{}).on("GET", "", (*call).resourceSet)).
		mount("authz/protection/uma-policy", nil, (&class{}).on("GET", "", (*call).resourceSet)).
		mount("account", (*call).enterAccount, (&class{}).on("GET", "", (*call).account).on("GET", "{part}", (*call).accountPart)).
		mount("broker/{alias}/token", nil, (&class{}).on("GET", "", (*call).brokerToken)).
		mount("clients-registrations/{kind}", nil, (&class{}).onAny("POST", "", (*call).registerClient).
			on("GET", "{id}", (*call).registeredClient).onAny("PUT", "{id}", (*call).registeredClient).onAny("DELETE", "{id}", (*call).registeredClient)).
		mount("protocol/{protocol}", func(c *call) error {
			if c.param("protocol") == "saml" || c.param("protocol") == "docker-v2" {
				return errNotImplemented("the protocol " + c.param("protocol"))
			}
			return errText(http.StatusNotFound, "Protocol not found")
		}, nil)
	for path, what := range map[string]string{"broker": "identity brokering", "login-actions": "the login pages",
		"clients-registrations": "client registration", "clients-managements": "client node registration", "authz": "authorization services"} {
		unknown501(realm, path, what)
	}
	realm.mount("{extension}", nil, nil)
	return (&class{}).mount("{realm}", (*call).enterProtocolRealm, realm)
}

func buildAdminTree() *class {
	realm := (&class{}).
		on("GET", "", (*call).getRealm).
		on("PUT", "", (*call).putRealm).
		onAny("DELETE", "", (*call).deleteRealmEndpoint).
		onAny("POST", "logout-all", (*call).logoutAll).
		onAny("POST", "push-revocation", (*call).pushRevocation).
		onAny("POST", "clear-realm-cache", (*call).clearCache).
		onAny("POST", "clear-user-cache", (*call).clearCache).
		onAny("POST", "clear-keys-cache", (*call).clearCache).
		onAny("POST", "clear-crl-cache", (*call).clearCRLCache).
		onAny("DELETE", "sessions/{session}", (*call).deleteSession).
		on("GET", "client-session-stats", (*call).clientSessionStats).
		on("GET", "admin-events", (*call).listAdminEvents).
		onAny("DELETE", "admin-events", (*call).deleteAdminEvents).
		on("GET", "default-groups", (*call).listDefaultGroups).
		onAny("PUT", "default-groups/{group}", changeDefaultGroups(true)).
		onAny("DELETE", "default-groups/{group}", changeDefaultGroups(false)).
		on("GET", "group-by-path/{path}", (*call).groupByPath).
		on("GET", "default-default-client-scopes", realmScopes(false)).
		onAny("PUT", "default-default-client-scopes/{scope}", changeRealmScopes(false, true)).
		onAny("DELETE", "default-default-client-scopes/{scope}", changeRealmScopes(false, false)).
		on("GET", "default-optional-client-scopes", realmScopes(true)).
		onAny("PUT", "default-optional-client-scopes/{scope}", changeRealmScopes(true, true)).
		onAny("DELETE", "default-optional-client-scopes/{scope}", changeRealmScopes(true, false)).
		on("GET", "credential-registrators", viewing(rights.canViewRealm, func(c *call) any { return c.s.def.CredentialRegistrator })).
		on("GET", "users-management-permissions", firstPermissions((*call).requireViewRealm)).
		onAny("POST", "partial-export", (*call).partialExport).
		onAny("POST", "partialImport", (*call).partialImport).
		onAny("POST", "testSMTPConnection", managing("the mail test")).
		onAny("POST", "testLDAPConnection", managing("the test of an LDAP server")).
		onAny("POST", "ldap-server-capabilities", managing("the test of an LDAP server")).
		onAny("POST", "client-description-converter", lacking((*call).requireManageClients, "the client description converter")).
		mount("events", nil, buildEvents()).
		mount("users", nil, buildUsers()).
		mount("clients", nil, buildClients()).
		mount("client-scopes", nil, buildScopes()).
		mount("client-templates", nil, buildScopes()).
		mount("roles", nil, buildRoles()).
		mount("roles-by-id", nil, buildRolesByID()).
		mount("groups", nil, buildGroups()).
		mount("components", nil, (&class{}).
			on("GET", "", (*call).listComponents).on("POST", "", (*call).postComponent).
			on("GET", "{component}", (*call).getComponent).on("PUT", "{component}", (*call).putComponent).
			onAny("DELETE", "{component}", (*call).deleteComponent).
			on("GET", "{component}/sub-component-types", lacking((*call).requireViewRealm, "sub component types"))).
		mount("keys", nil, (&class{}).on("GET", "", (*call).getKeys)).
		mount("localization", nil, buildLocalization()).
		mount("identity-provider", nil, buildIdentityProviders()).
		mount("authentication", nil, buildAuthentication()).
		mount("clients-initial-access", nil, (&class{}).
			on("GET", "", (*call).listInitialAccess).
			on("POST", "", (*call).postInitialAccess).
			onAny("DELETE", "{id}", (*call).deleteInitialAccess)).
		mount("client-registration-policy", nil, (&class{}).
			on("GET", "providers", lacking((*call).requireViewRealm, "client registration policies"))).
		mount("attack-detection", nil, (&class{}).
			on("GET", "brute-force/users/{user}", (*call).attackDetection).
			onAny("DELETE", "brute-force/users/{user}", (*call).clearAttack).
			onAny("DELETE", "brute-force/users", (*call).clearAttack)).
		mount("client-policies/policies", nil, (&class{}).
			on("GET", "", viewing(rights.canViewRealm, func(*call) any { return map[string]any{"policies": []any{}} })).
			on("PUT", "", managing("client policies"))).
		mount("client-policies/profiles", nil, (&class{}).
			on("GET", "", viewing(rights.canViewRealm, func(*call) any { return map[string]any{"profiles": []any{}} })).
			on("PUT", "", managing("client policies"))).
		mount("user-storage", nil, buildStorage()).
		mount("organizations", (*call).enterOrganizations, buildOrganizations())
	realm.on("GET", "ui-ext/sessions", (*call).consoleSessions).on("GET", "client-types", clientTypes)
	for path, what := range map[string]string{"client-types": "client types"} {
		unknown501(realm, path, what)
	}
	realm.mount("ui-ext", (*call).enterConsole, nil)
	realm.mount("workflows", (*call).enterWorkflows, nil)
	realm.mount("{extension}", nil, nil)

	realms := (&class{}).
		on("GET", "", (*call).listRealms).
		onStream("POST", "", (*call).postRealm).
		mount("{realm}", (*call).enterRealm, realm)
	return (&class{}).
		mount("realms", (*call).enterRealms, realms).
		mount("serverinfo", (*call).enterServerInfo, (&class{}).on("GET", "", (*call).serverInfo))
}

func (c *call) deleteSession() error {
	if !c.auth.on(c.realm).canManageUsers() {
		return c.errForbidden()
	}
	id := c.param("session")
	if s := c.realm.sessions[id]; s == nil || s.offline != c.boolParam("isOffline") && !c.behavior().offlineBesideOnline {
		return errText(http.StatusNotFound, "Sesssion not found")
	}
	delete(c.realm.sessions, id)
	return c.noContent()
}

func buildUsers() *class {
	user := (&class{}).
		on("GET", "", (*call).getUser).
		on("PUT", "", (*call).putUser).
		onAny("DELETE", "", (*call).deleteUser).
		on("GET", "sessions", (*call).userSessions).
		on("GET", "offline-sessions/{client}", (*call).userOfflineSessions).
		on("GET", "federated-identity", (*call).listLinks).
		on("POST", "federated-identity/{provider}", (*call).addLink).
		onAny("DELETE", "federated-identity/{provider}", (*call).removeLink).
		on("GET", "consents", (*call).userConsents).
		onAny("DELETE", "consents/{client}", (*call).revokeConsent).
		onAny("POST", "logout", (*call).logoutUser).
		onAny("POST", "impersonation", (*call).impersonate).
		on("GET", "credentials", (*call).listCredentials).
		on("GET", "configured-user-storage-credential-types", (*call).viewUserEmpty).
		onAny("DELETE", "credentials/{credential}", (*call).deleteCredential).
		onText("PUT", "credentials/{credential}/userLabel", (*call).labelCredential).
		onAny("POST", "credentials/{credential}/moveToFirst", lacking((*call).requireManageUser, "the order of credentials")).
		onAny("POST", "credentials/{credential}/moveAfter/{other}", lacking((*call).requireManageUser, "the order of credentials")).
		on("PUT", "reset-password", (*call).resetPassword).
		on("PUT", "disable-credential-types", (*call).disableCredentialTypes).
		onAny("PUT", "reset-password-email", sendMail(false, false)).
		onAny("PUT", "execute-actions-email", sendMail(true, false)).
		onAny("PUT", "send-verify-email", sendMail(false, true)).
		on("GET", "groups", (*call).userGroups).
		on("GET", "groups/count", (*call).userGroupsCount).
		onAny("PUT", "groups/{group}", (*call).joinGroup).
		onAny("DELETE", "groups/{group}", (*call).leaveGroup).
		on("GET", "unmanagedAttributes", (*call).unmanagedAttributes).
		mount("role-mappings", nil, mappingClass((*call).userMapped))
	return (&class{}).
		on("GET", "", (*call).listUsers).
		on("POST", "", (*call).postUser).
		on("GET", "count", (*call).countUsers).
		mount("profile", nil, (&class{}).
			on("GET", "", (*call).getProfile).
			on("GET", "metadata", (*call).getProfileMetadata).
			on("PUT", "", (*call).putProfile)).
		mount("{user}", (*call).enterUser, user)
}

func buildRoles() *class {
	return (&class{}).
		on("GET", "", (*call).listRoles).
		on("POST", "", (*call).postRole).
		on("GET", "{role}", (*call).getRole).
		on("PUT", "{role}", (*call).putRole).
		onAny("DELETE", "{role}", (*call).deleteRole).
		on("GET", "{role}/composites", (*call).getComposites).
		onAny("POST", "{role}/composites", (*call).postComposites).
		onAny("DELETE", "{role}/composites", (*call).deleteComposites).
		on("GET", "{role}/composites/realm", (*call).getRealmComposites).
		on("GET", "{role}/composites/clients/{target}", (*call).getClientComposites).
		on("GET", "{role}/users", (*call).roleUsers).
		on("GET", "{role}/groups", (*call).roleGroups).
		on("GET", "{role}/management/permissions", firstPermissions((*call).requireViewContainer)).
		on("PUT", "{role}/management/permissions", notImplemented("fine-grained permissions of the first kind"))
}

func buildRolesByID() *class {
	return (&class{}).
		on("GET", "{role}", (*call).getRoleByID).
		on("PUT", "{role}", (*call).putRoleByID).
		onAny("DELETE", "{role}", (*call).deleteRoleByID).
		on("GET", "{role}/composites", (*call).getCompositesByID).
		onAny("POST", "{role}/composites", (*call).postCompositesByID).
		onAny("DELETE", "{role}/composites", (*call).deleteCompositesByID).
		on("GET", "{role}/composites/realm", (*call).getRealmCompositesByID).
		on("GET", "{role}/composites/clients/{target}", (*call).getClientCompositesByID)
}

func buildMappers() *class {
	return (&class{}).
		on("GET", "models", (*call).listMappers).
		on("POST", "models", (*call).postMapper).
		on("GET", "models/{mapper}", (*call).getMapper).
		on("PUT", "models/{mapper}", (*call).putMapper).
		onAny("DELETE", "models/{mapper}", (*call).deleteMapper).
		on("GET", "protocol/{protocol}", (*call).listMappers).
		on("POST", "add-models", (*call).postMappers)
}

func buildClients() *class {
	evaluate := (&class{}).
		on("GET", "protocol-mappers", (*call).evaluateMappers).
		on("GET", "scope-mappings/{container}/granted", evaluateRoles(true)).
		on("GET", "scope-mappings/{container}/not-granted", evaluateRoles(false)).
		on("GET", "generate-example-access-token", (*call).exampleAccessToken).
		on("GET", "generate-example-id-token", (*call).exampleIDToken).
		on("GET", "generate-example-userinfo", (*call).exampleUserinfo)
	permissions := (&class{}).
		on("GET", "scope", (*call).listPermissionScopes).
		on("GET", "resource", (*call).listPermissionResources).
		on("POST", "policy/evaluate", (*call).evaluatePolicies).
		on("POST", "policy/{type}", (*call).postPolicy).
		on("POST", "permission/scope", (*call).postPermission).
		on("GET", "permission/scope/{permission}/resources", (*call).listResourcesOfPermission).
		on("GET", "", notImplemented("the settings of a resource server")).
		on("GET", "policy", (*call).listPolicies).
		on("GET", "permission", (*call).listPermissions)
	client := (&class{}).
		on("GET", "", (*call).getClient).
		on("PUT", "", (*call).putClient).
		onAny("DELETE", "", (*call).deleteClient).
		on("GET", "client-secret", (*call).getClientSecret).
		onAny("POST", "client-secret", (*call).postClientSecret).
		on("GET", "client-secret/rotated", (*call).getRotatedSecret).
		on("GET", "service-account-user", (*call).getServiceAccountUser).
		on("GET", "session-count", (*call).clientSessionCount).
		on("GET", "user-sessions", (*call).clientSessions).
		on("GET", "offline-session-count", (*call).clientOfflineCount).
		on("GET", "offline-sessions", (*call).clientOfflineSessions).
		onAny("POST", "push-revocation", lacking((*call).requireManageClient, "pushing to a client")).
		onAny("POST", "nodes", lacking((*call).requireManageClient, "client nodes")).
		onAny("DELETE", "nodes/{node}", lacking((*call).requireManageClient, "client nodes")).
		onAny("POST", "registration-access-token", (*call).postRegistrationToken).
		on("GET", "installation/providers/{provider}", (*call).installation).
		on("GET", "test-nodes-available", lacking((*call).requireManageClient, "client nodes")).
		on("GET", "default-client-scopes", listScopesOf(false)).
		onAny("PUT", "default-client-scopes/{scope}", changeScopesOf(false, true)).
		onAny("DELETE", "default-client-scopes/{scope}", changeScopesOf(false, false)).
		on("GET", "optional-client-scopes", listScopesOf(true)).
		onAny("PUT", "optional-client-scopes/{scope}", changeScopesOf(true, true)).
		onAny("DELETE", "optional-client-scopes/{scope}", changeScopesOf(true, false)).
		on("GET", "management/permissions", firstPermissions((*call).requireViewClient)).
		on("PUT", "management/permissions", notImplemented("fine-grained permissions of the first kind")).
		mount("roles", nil, buildRoles()).
		mount("scope-mappings", nil, mappingClass((*call).clientScopeMapped)).
		mount("protocol-mappers", nil, buildMappers()).
		mount("evaluate-scopes", nil, evaluate).
		mount("certificates/{attr}", nil, buildCertificates()).
		mount("authz/resource-server", (*call).enterResourceServer, permissions)
	return (&class{}).
		on("GET", "", (*call).listClients).
		on("POST", "", (*call).postClient).
		mount("{client}", (*call).enterClient, client)
}

func buildScopes() *class {
	scope := (&class{}).
		on("GET", "", (*call).getScope).
		on("PUT", "", (*call).putScope).
		onAny("DELETE", "", (*call).deleteScope).
		mount("protocol-mappers", nil, buildMappers()).
		mount("scope-mappings", nil, mappingClass((*call).clientScopeMapped))
	return (&class{}).
		on("GET", "", (*call).listScopes).
		on("POST", "", (*call).postScope).
		mount("{scope}", (*call).enterScope, scope)
}

func buildGroups() *class {
	group := (&class{}).
		on("GET", "", (*call).getGroup).
		on("PUT", "", (*call).putGroup).
		onAny("DELETE", "", (*call).deleteGroup).
		on("GET", "children", (*call).listSubGroups).
		on("POST", "children", (*call).postSubGroup).
		on("GET", "members", (*call).groupMembers).
		on("GET", "management/permissions", firstPermissions(func(c *call) error { return c.requireGroup(false) })).
		on("PUT", "management/permissions", notImplemented("fine-grained permissions of the first kind")).
		mount("role-mappings", nil, mappingClass((*call).groupMapped))
	return (&class{}).
		on("GET", "", (*call).listGroups).
		on("POST", "", (*call).postGroup).
		on("GET", "count", (*call).countGroups).
		mount("{group}", (*call).enterGroup, group)
}

func (c *call) requireManageClients() error {
	if !c.auth.on(c.realm).canManageClients() {
		return c.errForbidden()
	}
	return nil
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
