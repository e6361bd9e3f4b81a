package practice

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Endpoints beside the admin API, as far as they refuse: what they do for those whom they let in, a real one knows. Measured on
// 24.0.5, 26.4.0 and 26.7.4.

// bearerOf is the holder of a good token of the realm.
func (c *call) bearerOf() (validated, claims, bool) {
	t, ok := c.bearer()
	if !ok {
		return validated{}, nil, false
	}
	j, err := parseJWS(t)
	if err != nil {
		return validated{}, nil, false
	}
	v, ok := c.validate(c.realm, j, "Bearer")
	return v, j.claims, ok
}

// checkOrigin is how 26.7 refuses a browser's call from an origin that is neither the server's own nor among those of the token.
func (c *call) checkOrigin(cl claims) error { return c.checkOriginAmong(strs(cl, "allowed-origins")) }

func (c *call) checkOriginAmong(allowed []string) error {
	origin := c.r.Header.Get("Origin")
	if origin == "" || !c.behavior().originChecked || origin == strings.TrimSuffix(c.baseURL(), c.s.opt.BasePath) {
		return nil
	}
	if !slices.Contains(allowed, origin) && !slices.Contains(allowed, "*") {
		return errText(http.StatusForbidden, "Invalid origin")
	}
	return nil
}

// inClient reports whether claims carry one of the roles of a client.
func inClient(cl claims, clientID string, roles ...string) bool {
	access, _ := cl["resource_access"].(map[string]any)
	of, _ := access[clientID].(map[string]any)
	return slices.ContainsFunc(strs(of, "roles"), func(r string) bool { return slices.Contains(roles, r) })
}

// enterAccount is the locator of the account API: its token is meant for the client account, and is a person's. A browser gets pages.
func (c *call) enterAccount() error {
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	if c.wantsConsole() {
		return nil
	}
	v, cl, ok := c.bearerOf()
	if !ok {
		return errUnauthorized()
	}
	if c.behavior().serviceAccountScope && (!inAudience(cl, "account") || cl["resource_access"] == nil) { // what introspection shows counts
		full := claims{}
		c.client = v.client
		c.s.applyMappers(c.issueFor(v.user, v.session, cl.str("scope"), byRefresh), forIntrospect, full)
		cl = full
	}
	if !inAudience(cl, "account") || v.user.serviceClient != nil {
		return errUnauthorized()
	}
	if err := c.checkOrigin(cl); err != nil {
		return err
	}
	c.user, c.claims = v.user, cl
	return nil
}

// wantsConsole reports whether the account console's page is the answer, whatever the token is.
func (c *call) wantsConsole() bool {
	return !strings.HasPrefix(c.r.Header.Get("Accept"), jsonPlain) && !strings.HasPrefix(c.r.Header.Get("Content-Type"), jsonPlain)
}

func (c *call) accountConsole() error {
	if !c.behavior().accountPages {
		switch at := c.r.URL.Path; {
		case strings.HasSuffix(at, "/account"):
			return c.redirect(c.issuer(c.realm) + "/account/")
		case !strings.HasSuffix(at, "/account/"):
			return errNotFound()
		}
	}
	c.status, c.ctype = http.StatusOK, "text/html; charset=utf-8"
	c.raw = []byte("<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n  <head><title>Keycloak Account Management</title></head>\n  <body></body>\n</html>\n")
	return nil
}

func (c *call) account() error {
	if c.wantsConsole() {
		return c.accountConsole()
	}
	if !inClient(c.claims, "account", "view-profile", "manage-account") {
		return c.errForbidden()
	}
	u := c.user
	return c.ok(map[string]any{"userProfileMetadata": c.s.userMetadata(c.realm),
		"id": u.id, "username": u.username, "firstName": u.firstName, "lastName": u.lastName, "email": u.email, "emailVerified": u.emailVerified})
}

// accountPart is one of the account API's lists.
func (c *call) accountPart() error {
	if c.wantsConsole() {
		return c.accountConsole()
	}
	roles := []string{"view-profile", "manage-account"}
	if c.param("part") == "groups" {
		roles = []string{"view-groups"}
	}
	if c.param("part") == "organizations" && (!c.behavior().organizationRoles || !c.realm.flag("organizationsEnabled")) {
		return errNotFound()
	}
	if !inClient(c.claims, "account", roles...) {
		return c.errForbidden()
	}
	return errNotImplemented("this part of the account API")
}

// brokerToken is for the token that an identity provider gave.
func (c *call) brokerToken() error {
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	v, cl, ok := c.bearerOf()
	alias := c.param("alias")
	switch p := c.realm.providers[alias]; {
	case !ok:
		c.noCache()
		return errMessage(http.StatusBadRequest, "Invalid token.")
	case !inClient(cl, "broker", "read-token"):
		c.noCache()
		return errMessage(http.StatusForbidden, fmt.Sprintf("Client [%s] not authorized to retrieve tokens from identity provider [%s].", v.client.clientID, alias))
	case p == nil:
		return &failure{status: http.StatusBadGateway, body: map[string]any{"error": "Could not obtain token from identity provider."}}
	case p.rep["storeToken"] != true:
		c.noCache()
		return errMessage(http.StatusBadRequest, fmt.Sprintf("Identity Provider [%s] does not support this operation.", alias))
	}
	c.noCache()
	return errMessage(http.StatusBadRequest, fmt.Sprintf("User [%s] is not associated with identity provider [%s].", v.user.id, alias))
}

var registrationKinds = []string{"default", "openid-connect", "install", "saml2-entity-descriptor"}

// registrar refuses who may not register, or see, a client.
func (c *call) registrar(roles ...string) error {
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	if !slices.Contains(registrationKinds, c.param("kind")) {
		return errText(http.StatusNotFound, "Client registration provider not found")
	}
	_, cl, ok := c.bearerOf()
	_, sent := c.bearer()
	switch {
	case !sent && c.r.Method == http.MethodPost:
		return errOAuth(http.StatusForbidden, "insufficient_scope", "Policy 'Trusted Hosts' rejected request to client-registration service. Details: Host not trusted.")
	case !sent && c.param("kind") == "install":
		return errOAuth(http.StatusUnauthorized, "invalid_token", "Failed to authenticate client")
	case !sent && c.r.Method != http.MethodGet:
		return errOAuth(http.StatusUnauthorized, "invalid_token", "Not authorized to update client. Maybe missing token or bad token type.")
	case !sent:
		return errOAuth(http.StatusUnauthorized, "invalid_token", "Not authorized to view client. Not valid token or client credentials provided.")
	case !ok:
		return errOAuth(http.StatusUnauthorized, "invalid_token", "Failed decode token")
	case !inClient(cl, "realm-management", roles...):
		return errOAuth(http.StatusForbidden, "insufficient_scope", "Forbidden")
	}
	return nil
}

// consoleSessions is the Admin Console's own list of sessions: of the users whom the caller may see.
func (c *call) consoleSessions() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	return c.ok(c.sessionsWhere(func(s *session) bool { return !c.behavior().consoleByUsers || c.canViewUser(s.user) }))
}

// featureOff is the answer of a feature that a server started as usual has switched off.
func (c *call) featureOff() error {
	f := errText(http.StatusNotImplemented, "Feature not enabled")
	f.body["error_description"] = c.logSentence()
	return f
}

// firstPermissions are fine-grained permissions of the first kind: a preview before 26, for whom check lets pass, and off since.
func firstPermissions(check func(*call) error) handler {
	return func(c *call) error {
		if c.behavior().featuresOff {
			return c.featureOff()
		}
		if err := check(c); err != nil {
			return err
		}
		return c.ok(map[string]any{"enabled": false}) // they are switched on in no realm here
	}
}

func clientTypes(c *call) error {
	if c.behavior().featuresOff {
		return c.featureOff()
	}
	return errNotFound()
}

// enterWorkflows lets nobody in but who may do all in the realm (measured on 26.7.4 with view-realm, manage-realm, view-users and manage-users).
func (c *call) enterWorkflows() error {
	switch {
	case !c.behavior().workflows:
		return errNotFound()
	case !c.auth.on(c.realm).any("realm-admin"):
		return c.errForbidden()
	}
	return errNotImplemented("workflows")
}
