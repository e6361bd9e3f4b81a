package practice

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

var realmSchema = func() *schema {
	return newSchema("RealmRepresentation",
		`id realm displayName displayNameHtml sslRequired bruteForceStrategy privateKey publicKey certificate codeSecret
		 passwordPolicy otpPolicyType otpPolicyAlgorithm defaultSignatureAlgorithm loginTheme accountTheme adminTheme emailTheme
		 defaultLocale browserFlow registrationFlow directGrantFlow resetCredentialsFlow clientAuthenticationFlow
		 dockerAuthenticationFlow firstBrokerLoginFlow keycloakVersion
		 webAuthnPolicyRpEntityName webAuthnPolicyRpId webAuthnPolicyAttestationConveyancePreference webAuthnPolicyAuthenticatorAttachment
		 webAuthnPolicyRequireResidentKey webAuthnPolicyResidentKey webAuthnPolicyUserVerificationRequirement
		 webAuthnPolicyPasswordlessRpEntityName webAuthnPolicyPasswordlessRpId webAuthnPolicyPasswordlessAttestationConveyancePreference
		 webAuthnPolicyPasswordlessAuthenticatorAttachment webAuthnPolicyPasswordlessRequireResidentKey webAuthnPolicyPasswordlessResidentKey
		 webAuthnPolicyPasswordlessUserVerificationRequirement`,
		`enabled revokeRefreshToken offlineSessionMaxLifespanEnabled registrationAllowed registrationEmailAsUsername rememberMe verifyEmail
		 loginWithEmailAllowed duplicateEmailsAllowed resetPasswordAllowed editUsernameAllowed userCacheEnabled realmCacheEnabled
		 bruteForceProtected permanentLockout eventsEnabled adminEventsEnabled adminEventsDetailsEnabled internationalizationEnabled
		 otpPolicyCodeReusable userManagedAccessAllowed organizationsEnabled verifiableCredentialsEnabled adminPermissionsEnabled scimApiEnabled
		 webAuthnPolicyAvoidSameAuthenticatorRegister webAuthnPolicyPasswordlessAvoidSameAuthenticatorRegister
		 social updateProfileOnInitialSocialLogin passwordCredentialGrantAllowed webAuthnPolicyPasswordlessPasskeysEnabled`,
		`notBefore refreshTokenMaxReuse accessTokenLifespan accessTokenLifespanForImplicitFlow ssoSessionIdleTimeout ssoSessionMaxLifespan
		 ssoSessionIdleTimeoutRememberMe ssoSessionMaxLifespanRememberMe offlineSessionIdleTimeout offlineSessionMaxLifespan
		 clientSessionIdleTimeout clientSessionMaxLifespan clientOfflineSessionIdleTimeout clientOfflineSessionMaxLifespan
		 accessCodeLifespan accessCodeLifespanUserAction accessCodeLifespanLogin actionTokenGeneratedByAdminLifespan
		 actionTokenGeneratedByUserLifespan oauth2DeviceCodeLifespan oauth2DevicePollingInterval maxTemporaryLockouts maxFailureWaitSeconds
		 minimumQuickLoginWaitSeconds waitIncrementSeconds quickLoginCheckMilliSeconds maxDeltaTimeSeconds failureFactor
		 maxSecondaryAuthFailures otpPolicyInitialCounter otpPolicyDigits otpPolicyLookAheadWindow otpPolicyPeriod
		 webAuthnPolicyCreateTimeout webAuthnPolicyPasswordlessCreateTimeout eventsExpiration`,
		`defaultRoles defaultGroups requiredCredentials otpSupportedApplications eventsListeners enabledEventTypes supportedLocales
		 webAuthnPolicySignatureAlgorithms webAuthnPolicyAcceptableAaguids webAuthnPolicyExtraOrigins
		 webAuthnPolicyPasswordlessSignatureAlgorithms webAuthnPolicyPasswordlessAcceptableAaguids webAuthnPolicyPasswordlessExtraOrigins
		 defaultDefaultClientScopes defaultOptionalClientScopes`,
		`defaultRole roles clientScopeMappings browserSecurityHeaders smtpServer attributes components clientProfiles clientPolicies
		 adminPermissionsClient localizationTexts socialProviders applicationScopeMappings`,
		`groups users federatedUsers scopeMappings clients clientScopes userFederationProviders userFederationMappers identityProviders
		 identityProviderMappers protocolMappers authenticationFlows authenticatorConfig requiredActions organizations applications
		 oauthClients clientTemplates`)
}()

// realmSchemaBefore26 has no organizations and no fine-grained permissions.
var realmSchemaBefore26 = realmSchema.without("organizationsEnabled", "adminPermissionsEnabled", "adminPermissionsClient")

// settable are the scalar settings a realm keeps as they are given.
func settable(name string) bool {
	switch name {
	case "id", "realm", "attributes", "defaultRole", "notBefore", "roles", "clients", "users", "groups", "components", "clientScopes",
		"adminPermissionsClient", "defaultGroups", "privateKey", "publicKey", "certificate", "defaultRoles", "clientScopeMappings", "scopeMappings",
		"authenticationFlows", "authenticatorConfig", "requiredActions", "identityProviders", "identityProviderMappers", "protocolMappers",
		"userFederationProviders", "userFederationMappers", "federatedUsers", "organizations", "applications", "oauthClients", "clientTemplates",
		"keycloakVersion", "localizationTexts", "defaultDefaultClientScopes", "defaultOptionalClientScopes":
		return false
	}
	return true
}

// createRealm makes a realm with everything a new one holds. rep may be nil.
func (s *Server) createRealm(name string, rep map[string]any) *realm {
	d := s.def
	r := &realm{
		id: s.ids.next(), ids: s.ids, name: name, rep: maps.Clone(d.Realm), attribs: attrs(d.Realm, "attributes"),
		clients: map[string]*client{}, users: map[string]*user{}, roles: map[string]*role{}, groups: map[string]*group{},
		defaultScopes: slices.Clone(d.DefaultScopes), optionalScopes: slices.Clone(d.OptionalScopes),
		sessions: map[string]*session{}, revoked: map[string]int64{}, failures: map[string]*loginFailures{},
		providers: map[string]*identityProvider{}, texts: map[string]map[string]string{},
	}
	if id := str(rep, "id"); id != "" {
		r.id = id
	}
	r.rep["enabled"] = boolean(rep, "enabled")
	if name == masterRealm {
		maps.Copy(r.rep, d.Master)
		r.rep["enabled"] = true
		delete(r.attribs, "oauth2DeviceCodeLifespan")
		delete(r.attribs, "oauth2DevicePollingInterval")
	}
	s.applySettings(r, rep)
	for _, sd := range d.ClientScopes {
		r.scopes = append(r.scopes, &clientScope{id: s.ids.next(), name: sd.Name, description: sd.Description, protocol: sd.Protocol,
			attributes: maps.Clone(sd.Attributes), mappers: s.newMappers(sd.ProtocolMappers)})
	}
	if s.behavior.adminAudience {
		r.scopes = append(r.scopes, s.newAdminAPIScope())
	}
	for _, x := range d.Components {
		comp := maps.Clone(x)
		comp["id"], comp["parentId"] = s.ids.next(), r.id
		r.components = append(r.components, comp)
	}
	s.createKeys(r)

	r.newRole(nil, "offline_access", "${role_offline-access}")
	r.newRole(nil, "uma_authorization", "${role_uma_authorization}")
	r.defaultRole = r.newRole(nil, "default-roles-"+strings.ToLower(name), "${role_default-roles}")
	s.realms[name] = r
	s.order = append(s.order, name)
	s.createBuiltInClients(r)
	acc := r.clientByClientID("account")
	r.defaultRole.composites = []*role{r.roles["offline_access"], r.roles["uma_authorization"], acc.roles["view-profile"], acc.roles["manage-account"]}
	s.createAdminRoles(r)
	if boolean(rep, "adminPermissionsEnabled") && s.behavior.fineGrained {
		s.enablePermissions(r)
	}
	return r
}

// applySettings changes what a representation names and leaves the rest.
func (s *Server) applySettings(r *realm, rep map[string]any) {
	for k, v := range rep {
		if settable(k) {
			r.rep[k] = v
		}
	}
	if _, ok := rep["notBefore"]; ok {
		r.notBefore = num(rep, "notBefore")
	}
	if _, ok := rep["attributes"]; ok {
		// Attributes not named are removed, except those Keycloak writes itself.
		own := attrs(s.def.Realm, "attributes")
		delete(own, "realmReusableOtpCode")
		given := attrs(rep, "attributes")
		for k := range r.attribs {
			if _, keep := own[k]; !keep {
				delete(r.attribs, k)
			}
		}
		maps.Copy(r.attribs, given)
	}
	for _, k := range []string{"oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval"} {
		if _, ok := rep[k]; ok {
			r.attribs[k] = fmt.Sprint(rep[k])
		}
	}
}

func (s *Server) newMappers(l []mapperDefault) []*protocolMapper {
	out := make([]*protocolMapper, 0, len(l))
	for _, m := range l {
		cfg := maps.Clone(m.Config)
		if cfg == nil {
			cfg = map[string]string{}
		}
		out = append(out, &protocolMapper{id: s.ids.next(), name: m.Name, protocol: m.Protocol, mapper: m.ProtocolMapper, config: cfg})
	}
	return out
}

// createBuiltInClients makes the six clients of every realm (FACTS section 12).
func (s *Server) createBuiltInClients(r *realm) {
	mk := func(clientID string, set func(k *client)) {
		k := &client{id: s.ids.next(), clientID: clientID, roles: map[string]*role{}, attribs: map[string]string{}, builtIn: true}
		k.rep = clientDefaults()
		k.rep["name"] = "${client_" + clientID + "}"
		k.rep["nodeReRegistrationTimeout"] = int64(0)
		k.rep["fullScopeAllowed"] = false
		if s.behavior.serviceAccountScope {
			k.attribs["realm_client"] = "false"
		}
		k.mappers = s.newMappers(s.def.ClientMappers[clientID])
		set(k)
		r.giveScopes(k)
		if s.behavior.adminAudience && slices.Contains(adminAPIClients, clientID) {
			k.defaultScopes = append(k.defaultScopes, adminAPIScope)
		}
		r.addClient(k)
		for _, rd := range s.def.Roles[clientID] {
			r.newRole(k, rd.Name, rd.Description)
		}
		linkComposites(k, s.def.Roles[clientID])
	}
	public := func(path string) func(k *client) {
		return func(k *client) {
			k.rep["publicClient"] = true
			k.attribs["post.logout.redirect.uris"] = "+"
			k.rep["rootUrl"], k.rep["baseUrl"] = "${authBaseUrl}", path
			k.rep["redirectUris"] = []string{path + "*"}
		}
	}
	account := "/realms/" + r.name + "/account/"
	mk("account", public(account))
	mk("account-console", func(k *client) {
		public(account)(k)
		k.attribs["pkce.code.challenge.method"] = "S256"
	})
	mk("admin-cli", func(k *client) {
		k.rep["publicClient"], k.rep["standardFlowEnabled"], k.rep["directAccessGrantsEnabled"] = true, false, true
		s.lightweight(k)
	})
	bearer := func(k *client) {
		k.rep["bearerOnly"] = true
		if s.behavior.serviceAccountScope {
			k.attribs["realm_client"] = "true"
		}
	}
	mk("broker", bearer)
	if r.name != masterRealm {
		mk("realm-management", func(k *client) { bearer(k); k.admin = true })
		r.adminClient = r.clientByClientID("realm-management")
	}
	mk("security-admin-console", func(k *client) {
		public("/admin/" + r.name + "/console/")(k)
		k.rep["rootUrl"] = "${authAdminUrl}"
		k.rep["webOrigins"] = []string{"+"}
		k.attribs["pkce.code.challenge.method"] = "S256"
		s.lightweight(k)
	})
}

func (s *Server) lightweight(k *client) {
	if s.behavior.lightweightBuiltins {
		k.attribs[lightweightAttribute] = "true"
		k.rep["fullScopeAllowed"] = true
	}
}

func linkComposites(k *client, defs []roleDefault) {
	for _, rd := range defs {
		for _, n := range rd.Composites {
			if child := k.roles[n]; child != nil {
				k.roles[rd.Name].composites = append(k.roles[rd.Name].composites, child)
			}
		}
	}
}

// createAdminRoles makes the client <realm>-realm in master, whose roles govern
// the realm for users of master, and hands them to the role admin.
func (s *Server) createAdminRoles(r *realm) {
	m := s.realms[masterRealm]
	if r.isMaster() {
		createRealmRole := m.newRole(nil, "create-realm", "${role_create-realm}")
		m.newRole(nil, "admin", "${role_admin}").composites = []*role{createRealmRole}
	}
	k := &client{id: s.ids.next(), clientID: r.name + "-realm", roles: map[string]*role{}, attribs: map[string]string{}, builtIn: true, admin: true}
	k.rep = clientDefaults()
	k.rep["name"], k.rep["bearerOnly"], k.rep["fullScopeAllowed"] = r.name+" Realm", true, false
	k.rep["nodeReRegistrationTimeout"] = int64(0)
	if s.behavior.serviceAccountScope {
		k.attribs["realm_client"] = "true"
	}
	m.giveScopes(k)
	m.addClient(k)
	defs := sift.Out(s.def.Roles["realm-management"], func(d roleDefault) bool { return d.Name == "realm-admin" })
	for _, rd := range defs {
		m.roles["admin"].composites = append(m.roles["admin"].composites, m.newRole(k, rd.Name, rd.Description))
	}
	linkComposites(k, defs)
	r.masterClient = k
	m.room.grown += masterPerRealm
	if r.isMaster() {
		r.adminClient = k
	}
}

func (s *Server) createFirstAdmin(m *realm) {
	u := &user{id: s.ids.next(), username: strings.ToLower(s.opt.AdminUser), enabled: true, created: s.started.UnixMilli(), attributes: map[string][]string{}}
	u.password = newPassword(s.opt.AdminPassword, false, u.created)
	u.roles = []*role{m.defaultRole, m.roles["admin"]}
	m.users[u.id] = u
}

func (s *Server) deleteRealm(r *realm) {
	m := s.realms[masterRealm]
	m.removeClient(r.masterClient)
	delete(s.realms, r.name)
	s.order = sift.Out(s.order, func(n string) bool { return n == r.name })
}

func (r *realm) addClient(k *client) {
	r.clients[k.id] = k
}
