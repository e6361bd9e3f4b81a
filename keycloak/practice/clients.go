package practice

import (
	"maps"
	"net/http"
	"strings"
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

// fullClient is a ClientRepresentation with all that the client has.
func fullClient(k *client) map[string]any {
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
	return m
}

// clientRep is a ClientRepresentation as the caller sees it, with the caller's access.
func (c *call) clientRep(k *client) map[string]any {
	m := fullClient(k)
	m["defaultClientScopes"], m["optionalClientScopes"] = c.visibleScopes(k.defaultScopes), c.visibleScopes(k.optionalScopes)
	if m["secret"] != nil && !c.mayReadSecret(k) {
		m["secret"] = maskedSecret
	}
	x := c.auth.on(c.realm)
	manage := x.canManageClient(k) || c.fineGrained("Clients", k.id, "manage")
	m["access"] = map[string]bool{"view": x.canViewClients() || c.fineGrained("Clients", k.id, "view"), "configure": manage, "manage": manage}
	return m
}

func (c *call) listClients() error {
	first, limit, err := c.pageParams(-1, -1)
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
		if c.behavior().badProtocol500 {
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
	if !c.auth.on(c.realm).canManageClients() || !c.mayMapProtocol(rep) {
		return c.errForbidden()
	}
	if id, given := rep["clientId"].(string); given {
		if id == "" && !c.behavior().emptyClientID {
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
	c.s.applyClient(k, rep)
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
	if !c.mayReadSecret(c.client) {
		return c.errForbidden()
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

func (c *call) getRotatedSecret() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return errText(http.StatusNotFound, "Client does not have a rotated secret")
}

func (c *call) getServiceAccountUser() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	u := c.realm.serviceUser(c.client)
	if u == nil {
		if !c.client.flag("serviceAccountsEnabled") {
			text := "Service account not enabled for the client '" + c.client.clientID + "'"
			if !c.behavior().noServiceUserMessage {
				text = "unknown_error"
			}
			return errText(http.StatusBadRequest, text)
		}
		u = c.s.createServiceUser(c.realm, c.client, c.now)
	}
	return c.ok(userRep(u, false))
}
