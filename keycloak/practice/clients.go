package practice

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

var clientSchema = newSchema("ClientRepresentation",
	`id clientId name description type rootUrl adminUrl baseUrl clientAuthenticatorType secret registrationAccessToken protocol origin clientTemplate`,
	`surrogateAuthRequired enabled alwaysDisplayInConsole bearerOnly consentRequired standardFlowEnabled implicitFlowEnabled
	 directAccessGrantsEnabled serviceAccountsEnabled authorizationServicesEnabled directGrantsOnly publicClient frontchannelLogout
	 fullScopeAllowed useTemplateConfig useTemplateScope useTemplateMappers`,
	`notBefore nodeReRegistrationTimeout`,
	`defaultRoles redirectUris webOrigins defaultClientScopes optionalClientScopes`,
	`attributes authenticationFlowBindingOverrides registeredNodes access authorizationSettings`,
	`protocolMappers`)

func clientDefaults() map[string]any {
	return map[string]any{
		"surrogateAuthRequired": false, "enabled": true, "alwaysDisplayInConsole": false, "clientAuthenticatorType": "client-secret",
		"redirectUris": []string{}, "webOrigins": []string{}, "bearerOnly": false, "consentRequired": false,
		"standardFlowEnabled": true, "implicitFlowEnabled": false, "directAccessGrantsEnabled": false, "serviceAccountsEnabled": false,
		"publicClient": false, "frontchannelLogout": false, "protocol": "openid-connect", "authenticationFlowBindingOverrides": map[string]any{},
		"fullScopeAllowed": true, "nodeReRegistrationTimeout": int64(-1),
	}
}

// giveScopes sets the client's default and optional scopes; nil lists are the realm's.
func (s *Server) giveScopes(r *realm, k *client, def, opt []string) {
	if def == nil {
		def = oidcScopes(r, r.defaultScopes, str(k.rep, "protocol"))
	}
	if opt == nil {
		opt = oidcScopes(r, r.optionalScopes, str(k.rep, "protocol"))
	}
	k.defaultScopes, k.optionalScopes = slices.Clone(def), slices.Clone(opt)
}

func oidcScopes(r *realm, names []string, protocol string) []string {
	out := []string{}
	for _, n := range names {
		if sc := r.scopeByName(n); sc != nil && sc.protocol == protocol {
			out = append(out, n)
		}
	}
	return out
}

// clientRep is a ClientRepresentation with the caller's access.
func (c *call) clientRep(k *client) map[string]any {
	m := maps.Clone(k.rep)
	m["id"], m["clientId"], m["notBefore"] = k.id, k.clientID, k.notBefore
	m["attributes"] = maps.Clone(k.attribs)
	m["defaultClientScopes"], m["optionalClientScopes"] = k.defaultScopes, k.optionalScopes
	if k.secret != "" && !k.flag("publicClient") {
		m["secret"] = k.secret
	}
	if len(k.mappers) > 0 {
		m["protocolMappers"] = mapperReps(k.mappers)
	}
	x := c.auth.on(c.realm)
	manage := x.canManageClient(k) || c.fineGrained("Clients", k.id, "manage")
	m["access"] = map[string]bool{"view": x.canViewClients() || c.fineGrained("Clients", k.id, "view"), "configure": manage, "manage": manage}
	return m
}

func mapperReps(l []*protocolMapper) []any {
	out := []any{}
	for _, m := range l {
		out = append(out, mapperRep(m))
	}
	return out
}

func mapperRep(m *protocolMapper) map[string]any {
	return map[string]any{"id": m.id, "name": m.name, "protocol": m.protocol, "protocolMapper": m.mapper, "consentRequired": false, "config": m.config}
}

func (c *call) listClients() error {
	first, err := c.intParam("first", -1)
	if err != nil {
		return err
	}
	limit, err := c.intParam("max", -1)
	if err != nil {
		return err
	}
	x := c.auth.on(c.realm)
	if !x.canListClients() {
		return c.errForbidden()
	}
	want, search := c.query.Get("clientId"), c.boolParam("search")
	l := []*client{}
	for _, k := range c.realm.clientList() {
		switch {
		case !x.canViewClients() && !c.fineGrainedInList("Clients", k.id, "view"):
		case want == "", !search && k.clientID == want, search && containsFold(k.clientID, want):
			l = append(l, k)
		}
	}
	out := []any{}
	for _, k := range page(l, first, limit) {
		out = append(out, c.clientRep(k))
	}
	return c.ok(out)
}

func containsFold(s, sub string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(sub))
}

// checkClient follows Keycloak's client validation.
func (c *call) checkClient(rep map[string]any) *failure {
	if p := str(rep, "protocol"); p != "" && p != "openid-connect" && p != "saml" && p != "docker-v2" {
		if c.p().badProtocol500 {
			return c.errInternal()
		}
		return errOAuth(http.StatusBadRequest, "invalid_input", "Invalid protocol: "+p)
	}
	for _, u := range strs(rep, "redirectUris") {
		if f := checkClientURL(u, "redirect URI"); f != nil {
			return f
		}
	}
	for name, label := range map[string]string{"rootUrl": "Root URL", "baseUrl": "Base URL"} {
		if f := checkClientURL(str(rep, name), label); f != nil {
			return f
		}
	}
	if u := str(rep, "rootUrl"); u != "" && !strings.HasPrefix(u, "${") && !strings.Contains(u, "://") {
		return errOAuth(http.StatusBadRequest, "invalid_input", "Root URL is not a valid URL")
	}
	if len(str(rep, "clientId")) > 255 {
		return c.errInternal()
	}
	return nil
}

func checkClientURL(u, label string) *failure {
	scheme, _, _ := strings.Cut(u, ":")
	switch strings.ToLower(scheme) {
	case "javascript", "data", "vbscript":
		return errOAuth(http.StatusBadRequest, "invalid_input", "A "+label+" uses an illegal scheme")
	}
	if strings.Contains(u, "#") && label == "redirect URI" {
		return errOAuth(http.StatusBadRequest, "invalid_input", "Redirect URIs must not contain an URI fragment")
	}
	return nil
}

func (c *call) postClient() error {
	rep, err := c.object(clientSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageClients() {
		return c.errForbidden()
	}
	if id, given := rep["clientId"].(string); given {
		if id == "" && !c.p().emptyClientID {
			return errOAuth(http.StatusBadRequest, "invalid_input", "Client ID cannot be blank")
		}
		if c.realm.clientByClientID(id) != nil {
			return errMessage(http.StatusConflict, "Client "+id+" already exists")
		}
	}
	if f := c.checkClient(rep); f != nil {
		return f
	}
	if len(c.realm.clients) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more clients in a realm: delete one first.")
	}
	k := c.s.createClient(c.realm, rep, c.now)
	return c.created(k.id)
}

// createClient makes a client from a checked representation.
func (s *Server) createClient(r *realm, rep map[string]any, now time.Time) *client {
	k := &client{id: newID(), roles: map[string]*role{}, attribs: map[string]string{}, rep: clientDefaults()}
	if id := str(rep, "id"); id != "" && r.clients[id] == nil {
		k.id = id
	}
	k.clientID = k.id
	if id, given := rep["clientId"].(string); given {
		k.clientID = id
	}
	if s.pers.serviceAccountScope {
		k.attribs["realm_client"] = "false"
	}
	s.applyClient(r, k, rep)
	s.giveScopes(r, k, nil, nil)
	if l, ok := rep["defaultClientScopes"]; ok && l != nil {
		k.defaultScopes = knownScopes(r, strs(rep, "defaultClientScopes"))
		if _, ok := rep["optionalClientScopes"]; !ok {
			k.optionalScopes = []string{}
		}
	}
	if _, ok := rep["optionalClientScopes"]; ok {
		k.optionalScopes = knownScopes(r, strs(rep, "optionalClientScopes"))
	}
	if _, given := rep["secret"]; !given && !k.flag("publicClient") && (s.pers.bearerOnlySecret || !k.flag("bearerOnly")) {
		s.newClientSecret(k, now)
	}
	// A protocol named outright brings that protocol's own defaults: what the
	// representation leaves open is then public, with direct access grants.
	if str(rep, "protocol") == "openid-connect" {
		for _, n := range []string{"publicClient", "directAccessGrantsEnabled"} {
			if _, given := rep[n]; !given && !k.flag("bearerOnly") {
				k.rep[n] = true
			}
		}
		for n, v := range map[string]string{"backchannel.logout.session.required": "true", "backchannel.logout.revoke.offline.tokens": "false"} {
			if _, given := k.attribs[n]; !given {
				k.attribs[n] = v
			}
		}
	}
	r.addClient(k)
	if k.flag("serviceAccountsEnabled") {
		s.createServiceUser(r, k, now)
	}
	return k
}

func knownScopes(r *realm, names []string) []string {
	out := []string{}
	for _, n := range names {
		if r.scopeByName(n) != nil {
			out = append(out, n)
		}
	}
	return out
}

func (s *Server) newClientSecret(k *client, now time.Time) {
	k.secret = newSecret(s.pers.secretLength)
	k.attribs["client.secret.creation.time"] = strconv.FormatInt(now.Unix(), 10)
}

// applyClient changes what a representation names and leaves the rest.
func (s *Server) applyClient(r *realm, k *client, rep map[string]any) {
	for f, v := range rep {
		switch f {
		case "id", "clientId", "secret", "notBefore", "attributes", "defaultClientScopes", "optionalClientScopes", "protocolMappers",
			"access", "registrationAccessToken", "authorizationSettings", "origin":
			continue
		case "authorizationServicesEnabled":
			if v == false {
				delete(k.rep, f)
				continue
			}
		}
		k.rep[f] = v
	}
	if v := str(rep, "secret"); v != "" {
		k.secret = v
	}
	if _, ok := rep["notBefore"]; ok {
		k.notBefore = num(rep, "notBefore")
	}
	for n, v := range attrs(rep, "attributes") {
		if v == "" {
			delete(k.attribs, n)
			continue
		}
		k.attribs[n] = v
	}
	if _, ok := rep["webOrigins"]; !ok && len(strs(k.rep, "webOrigins")) == 0 {
		if l := originsOf(strs(rep, "redirectUris")); len(l) > 0 {
			k.rep["webOrigins"] = l
		}
	}
	if l, ok := rep["protocolMappers"].([]any); ok {
		k.mappers = readMappers(l)
	}
}

// originsOf are the origins of absolute redirect URIs.
func originsOf(uris []string) []string {
	out := []string{}
	for _, s := range uris {
		u, err := url.Parse(strings.TrimSuffix(s, "*"))
		if err != nil || u.Scheme == "" || u.Host == "" {
			continue
		}
		if o := u.Scheme + "://" + u.Host; !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

func readMappers(l []any) []*protocolMapper {
	out := []*protocolMapper{}
	for _, x := range l {
		if m, ok := x.(map[string]any); ok {
			out = append(out, readMapper(m))
		}
	}
	return out
}

func readMapper(m map[string]any) *protocolMapper {
	id := str(m, "id")
	if id == "" {
		id = newID()
	}
	return &protocolMapper{id: id, name: str(m, "name"), protocol: str(m, "protocol"), mapper: str(m, "protocolMapper"), config: attrs(m, "config")}
}

// createServiceUser makes the service account of a client, and what puts the
// client into its tokens: a client scope from 25, mappers on the client before.
func (s *Server) createServiceUser(r *realm, k *client, now time.Time) *user {
	u := &user{id: newID(), username: "service-account-" + strings.ToLower(k.clientID), enabled: true, created: now.UnixMilli(),
		attributes: map[string][]string{}, roles: []*role{r.defaultRole}, serviceClient: k}
	r.users[u.id] = u
	if s.pers.serviceAccountScope {
		if r.scopeByName("service_account") != nil && !slices.Contains(k.defaultScopes, "service_account") {
			k.defaultScopes = append(k.defaultScopes, "service_account")
		}
		return u
	}
	for _, m := range []struct{ name, note string }{{"Client ID", "client_id"}, {"Client Host", "clientHost"}, {"Client IP Address", "clientAddress"}} {
		if slices.ContainsFunc(k.mappers, func(x *protocolMapper) bool { return x.name == m.name }) {
			continue
		}
		k.mappers = append(k.mappers, &protocolMapper{id: newID(), name: m.name, protocol: "openid-connect", mapper: "oidc-usersessionmodel-note-mapper",
			config: map[string]string{"user.session.note": m.note, "claim.name": m.note, "jsonType.label": "String",
				"id.token.claim": "true", "access.token.claim": "true", "introspection.token.claim": "true"}})
	}
	return u
}

// enterClient is the locator clients/{id}: the id is the UUID, not the clientId.
func (c *call) enterClient() error {
	k := c.realm.clients[c.param("client")]
	if k == nil {
		if c.auth.on(c.realm).canListClients() {
			return errText(http.StatusNotFound, "Could not find client")
		}
		return c.errForbidden()
	}
	c.client = k
	return nil
}

func (c *call) requireViewClient() error {
	if c.auth.on(c.realm).canViewClients() || c.fineGrained("Clients", c.client.id, "view") {
		return nil
	}
	return c.errForbidden()
}

func (c *call) requireManageClient() error {
	x := c.auth.on(c.realm)
	if x.canManageClient(c.client) || c.fineGrained("Clients", c.client.id, "manage") {
		return nil
	}
	return c.errForbidden()
}

func (c *call) getClient() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(c.clientRep(c.client))
}

func (c *call) putClient() error {
	rep, err := c.object(clientSchema)
	if err != nil {
		return err
	}
	if err := c.requireManageClient(); err != nil {
		return err
	}
	k := c.client
	if id := str(rep, "clientId"); id != "" && id != k.clientID {
		if c.realm.clientByClientID(id) != nil {
			return errMessage(http.StatusConflict, "Client already exists")
		}
	}
	if f := c.checkClient(rep); f != nil {
		return f
	}
	if id := str(rep, "clientId"); id != "" {
		k.clientID = id
		if u := c.realm.serviceUser(k); u != nil {
			u.username = "service-account-" + strings.ToLower(id)
		}
	}
	c.s.applyClient(c.realm, k, rep)
	if k.flag("serviceAccountsEnabled") && !k.flag("publicClient") && c.realm.serviceUser(k) == nil {
		c.s.createServiceUser(c.realm, k, c.now)
	}
	if k.secret == "" && !k.flag("publicClient") && !k.flag("bearerOnly") {
		c.s.newClientSecret(k, c.now)
	}
	return c.noContent()
}

func (c *call) deleteClient() error {
	if c.client.protected && c.auth.on(c.realm).canManageClients() {
		return errOAuth(http.StatusBadRequest, "invalid_request", "Could not delete client")
	}
	if err := c.requireManageClient(); err != nil {
		return err
	}
	if c.client.builtIn {
		return errOAuth(http.StatusBadRequest, "invalid_request", "Could not delete client")
	}
	c.realm.removeClient(c.client)
	c.noCache()
	return c.noContent()
}

func (c *call) getClientSecret() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(secretRep(c.client))
}

func secretRep(k *client) map[string]any {
	m := map[string]any{"type": "secret"}
	if k.secret != "" {
		m["value"] = k.secret
	}
	return m
}

func (c *call) postClientSecret() error {
	if err := c.requireManageClient(); err != nil {
		return err
	}
	c.s.newClientSecret(c.client, c.now)
	return c.ok(secretRep(c.client))
}

func (c *call) getServiceAccountUser() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	u := c.realm.serviceUser(c.client)
	if u == nil {
		if !c.client.flag("serviceAccountsEnabled") || !c.p().serviceUserRecreated {
			text := "Service account not enabled for the client '" + c.client.clientID + "'"
			if !c.p().noServiceUserMessage {
				text = "unknown_error"
			}
			return errText(http.StatusBadRequest, text)
		}
		u = c.s.createServiceUser(c.realm, c.client, c.now)
	}
	return c.ok(userRep(u, false))
}

func (c *call) clientSessions() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(c.sessionsWhere(func(s *session) bool { return s.clients[c.client.id] != 0 }))
}

func (c *call) clientSessionCount() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(map[string]any{"count": len(c.sessionsWhere(func(s *session) bool { return s.clients[c.client.id] != 0 }))})
}

func (c *call) viewClientEmpty() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok([]any{})
}

func (c *call) viewClientZero() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(map[string]any{"count": 0})
}

// clientSessionStats counts the live sessions of each client that has any.
func (c *call) clientSessionStats() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	out := []any{}
	for _, k := range c.realm.clientList() {
		if n := len(c.sessionsWhere(func(s *session) bool { return s.clients[k.id] != 0 })); n > 0 {
			out = append(out, map[string]any{"id": k.id, "clientId": k.clientID, "active": strconv.Itoa(n), "offline": "0"})
		}
	}
	return c.ok(out)
}

// Default and optional client scopes of a client.

func (c *call) clientScopeLists(optional bool) *[]string {
	if optional {
		return &c.client.optionalScopes
	}
	return &c.client.defaultScopes
}

func (c *call) listClientScopesOf(optional bool) error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	out := []any{}
	for _, n := range *c.clientScopeLists(optional) {
		if s := c.realm.scopeByName(n); s != nil {
			out = append(out, map[string]any{"id": s.id, "name": s.name})
		}
	}
	return c.ok(out)
}

func (c *call) changeClientScopesOf(optional, add bool) error {
	if err := c.requireManageClient(); err != nil {
		return err
	}
	s := c.realm.scopeByID(c.param("scope"))
	if s == nil {
		return errText(http.StatusNotFound, "Client scope not found")
	}
	l := c.clientScopeLists(optional)
	switch {
	case !add:
		*l = slices.DeleteFunc(*l, func(n string) bool { return n == s.name })
	case slices.Contains(c.client.defaultScopes, s.name), slices.Contains(c.client.optionalScopes, s.name), s.protocol != str(c.client.rep, "protocol"):
		// A scope the client has already, or of another protocol, is passed over without a word.
	default:
		*l = append(*l, s.name)
	}
	return c.noContent()
}

func listScopesOf(optional bool) handler {
	return func(c *call) error { return c.listClientScopesOf(optional) }
}

func changeScopesOf(optional, add bool) handler {
	return func(c *call) error { return c.changeClientScopesOf(optional, add) }
}
