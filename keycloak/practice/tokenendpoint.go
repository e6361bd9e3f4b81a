package practice

import (
	"cmp"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// clientAddress is the caller's address without the port.
func (c *call) clientAddress() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return c.r.RemoteAddr
	}
	return host
}

// form reads a form body; any other media type is an empty form, and
// parameters of the query do not count (token/post-query, token/json).
func (c *call) form() url.Values {
	t, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(t), "application/x-www-form-urlencoded") {
		return url.Values{}
	}
	v, err := url.ParseQuery(string(c.body))
	if err != nil {
		return url.Values{}
	}
	return v
}

func (c *call) noStore() {
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.Header().Set("Pragma", "no-cache")
}

// enterProtocolRealm is the locator /realms/{realm}.
func (c *call) enterProtocolRealm() error {
	c.realm = c.s.realms[c.param("realm")]
	if c.realm == nil {
		return errText(http.StatusNotFound, "Realm does not exist")
	}
	return nil
}

// credentials of a client, from the Authorization header or the form.
type credentials struct {
	id, secret string
	hasSecret  bool
	basic      bool
}

var errBadClient = errOAuth(http.StatusUnauthorized, "invalid_client", "Invalid client or Invalid client credentials")

// readCredentials: a readable Basic header names the client; a secret in the
// form still counts (token/wrong-basic-good-body).
func (c *call) readCredentials(form url.Values) (credentials, error) {
	var cr credentials
	h := c.r.Header.Get("Authorization")
	if scheme, rest, ok := strings.Cut(h, " "); ok && strings.EqualFold(scheme, "Basic") {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		id, secret, colon := strings.Cut(string(raw), ":")
		if err == nil && !colon {
			return cr, errBadClient
		}
		if err != nil {
			if c.behavior().malformedBasicStatus == http.StatusBadRequest {
				return cr, errOAuth(http.StatusBadRequest, "unauthorized_client", "Unexpected error when authenticating client")
			}
			return cr, errBadClient
		}
		if u, err := url.QueryUnescape(id); err == nil {
			id = u
		}
		if u, err := url.QueryUnescape(secret); err == nil {
			secret = u
		}
		cr = credentials{id: id, secret: secret, hasSecret: true, basic: true}
	}
	if form.Has("client_secret") {
		cr.secret, cr.hasSecret = form.Get("client_secret"), true
	}
	if id := form.Get("client_id"); id != "" {
		cr.id = id
	}
	return cr, nil
}

// authenticateClient is the second gate. It answers 401 with the same
// description for an unknown, disabled or wrongly authenticated client.
func (c *call) authenticateClient(form url.Values) (*client, error) {
	cr, err := c.readCredentials(form)
	if err != nil {
		return nil, err
	}
	asserted := assertedID(form)
	if cr.id == "" {
		cr.id = asserted
	}
	if cr.id == "" {
		return nil, c.because("client_not_found", errBadClient)
	}
	if c.event != nil {
		c.event.clientID = cr.id
	}
	k := c.realm.clientByClientID(cr.id)
	if k == nil {
		return nil, c.because("client_not_found", errBadClient)
	}
	if !k.flag("enabled") {
		return nil, c.because("client_disabled", errBadClient)
	}
	if k.flag("publicClient") {
		return k, nil
	}
	if signsAssertions(k) {
		if err := c.checkAssertion(k, form); err != nil {
			return nil, err
		}
		return k, nil
	}
	if authenticator(k) == x509Client {
		if asserted != "" && !form.Has("client_id") {
			return nil, c.because("invalid_client_credentials", errOAuth(http.StatusBadRequest, "invalid_client", "Missing client_id parameter"))
		}
		return nil, c.because("invalid_client_credentials", errBadClient) // no certificate reaches this server
	}
	if asserted != "" && !cr.hasSecret {
		if c.behavior().assertionFailures && !form.Has("client_id") {
			return nil, c.because("invalid_client_credentials", errOAuth(http.StatusBadRequest, "invalid_client", "Missing client_id parameter"))
		}
		return nil, c.because("invalid_client_credentials", errBadClient)
	}
	if !cr.hasSecret || k.secret == "" || subtle.ConstantTimeCompare([]byte(cr.secret), []byte(k.secret)) != 1 {
		return nil, c.because("invalid_client_credentials", errOAuth(http.StatusUnauthorized, "unauthorized_client", "Invalid client or Invalid client credentials"))
	}
	return k, nil
}

// postToken is the token endpoint (RFC 6749 section 3.2), with Keycloak's
// order of checks: TLS, realm, grant type, client, duplicate parameters, grant.
func (c *call) postToken() error {
	c.noStore()
	form := c.form()
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	grant := form.Get("grant_type")
	if !form.Has("grant_type") {
		return errOAuth(http.StatusBadRequest, "invalid_request", "Missing form parameter: grant_type")
	}
	if !slices.Contains(c.behavior().grantTypes, grant) {
		return errOAuth(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant_type")
	}
	if kind := grantEvents[grant]; kind != "" {
		c.begin(kind).details["grant_type"] = grant
	}
	return c.record(c.answerGrant(grant, form))
}

// answerGrant authenticates the client, then answers the grant.
func (c *call) answerGrant(grant string, form url.Values) error {
	k, err := c.authenticateClient(form)
	if err != nil {
		return err
	}
	c.detail("client_auth_method", cmp.Or(authenticator(k), "client-secret")) // what public clients say too
	if k.flag("bearerOnly") {
		if c.behavior().bearerOnlyUnauthorized {
			return errOAuth(http.StatusUnauthorized, "unauthorized_client", "Invalid client or Invalid client credentials")
		}
		return errOAuth(http.StatusBadRequest, "invalid_client", "Bearer-only not allowed")
	}
	for name, vs := range form {
		if len(vs) > 1 && (grant != exchangeGrant || name != "audience") {
			return errOAuth(http.StatusBadRequest, "invalid_request", "duplicated parameter")
		}
	}
	c.client = k
	if err := c.checkOriginAmong((&issue{client: k}).allowedOrigins(strs(k.rep, "webOrigins"))); err != nil {
		return err
	}
	if err := c.bindTokens(); err != nil {
		return err
	}
	switch grant {
	case "client_credentials":
		return c.grantClientCredentials(form)
	case "password":
		return c.grantPassword(form)
	case "refresh_token":
		return c.grantRefresh(form)
	case "authorization_code":
		if !form.Has("code") {
			return errOAuth(http.StatusBadRequest, "invalid_request", "Missing parameter: code")
		}
		return errOAuth(http.StatusBadRequest, "invalid_grant", "Code not valid")
	case exchangeGrant:
		return c.grantExchange(form)
	}
	return c.grantRare(grant)
}

// grantRare answers the grants no lesson uses. They are off in a new client,
// and so the answer is as a rule that the client may not.
func (c *call) grantRare(grant string) error {
	off := func(attribute, code, description string) error {
		if c.client.attribs[attribute] == "true" {
			return errNotImplemented("the grant type " + grant)
		}
		return errOAuth(http.StatusBadRequest, code, description)
	}
	switch grant {
	case "urn:ietf:params:oauth:grant-type:device_code":
		return off("oauth2.device.authorization.grant.enabled", "invalid_grant", "Client not allowed OAuth 2.0 Device Authorization Grant")
	case "urn:openid:params:grant-type:ciba":
		return off("oidc.ciba.grant.enabled", "invalid_grant", "Client not allowed OIDC CIBA Grant")
	case jwtGrant:
		assertion := c.form().Get("assertion")
		if assertion == "" {
			return errOAuth(http.StatusBadRequest, "invalid_grant", "Missing parameter:assertion")
		}
		if _, err := parseJWS(assertion); err != nil {
			return errOAuth(http.StatusBadRequest, "invalid_grant", "The provided assertion is not a valid JWT")
		}
	case umaGrant:
		return c.grantUMA()
	}
	return errNotImplemented("the grant type " + grant)
}

func (c *call) checkRealmOpen() error {
	if c.realmNeedsTLS(c.realm) {
		return errOAuth(http.StatusForbidden, "invalid_request", "HTTPS required")
	}
	if !c.realm.flag("enabled") {
		return errOAuth(http.StatusForbidden, "access_denied", "Realm not enabled")
	}
	return nil
}

func (c *call) checkScope(form url.Values) error {
	if !form.Has("scope") {
		return nil
	}
	if sc := form.Get("scope"); !c.realm.validScope(c.client, sc) {
		return c.becauseTold("invalid_request", errOAuth(http.StatusBadRequest, "invalid_scope", "Invalid scopes: "+sc))
	}
	return nil
}

func (c *call) issueFor(u *user, s *session, scope string, kind grantKind) *issue {
	return &issue{realm: c.realm, user: u, client: c.client, session: s, scope: scope, kind: kind,
		issuer: c.issuer(c.realm), now: c.now.Unix(), address: c.clientAddress()}
}

func (c *call) grantClientCredentials(form url.Values) error {
	k := c.client
	if k.flag("publicClient") {
		return c.becauseTold("invalid_client", errOAuth(http.StatusUnauthorized, "unauthorized_client", "Public client not allowed to retrieve service account"))
	}
	if !k.flag("serviceAccountsEnabled") {
		return c.becauseTold("invalid_client", errOAuth(http.StatusUnauthorized, "unauthorized_client", "Client not enabled to retrieve service account"))
	}
	u := c.realm.serviceUser(k)
	if u == nil {
		if !c.behavior().serviceUserRecreated {
			return errOAuth(http.StatusUnauthorized, "invalid_request", "The associated service account for the client does not exist")
		}
		u = c.s.createServiceUser(c.realm, k, c.now)
	}
	c.eventUser(u)
	c.detail("username", u.username)
	if !u.enabled {
		return c.because("user_disabled", errOAuth(http.StatusUnauthorized, "invalid_request", "User '"+u.username+"' disabled"))
	}
	if err := c.checkScope(form); err != nil {
		return err
	}
	// Without the refresh attribute the session is transient: no sid, no refresh token.
	var s *session
	refresh := k.attribs[refreshAttribute] == "true"
	if refresh {
		s = c.newSession(c.realm, u, k)
	}
	return c.tokenAnswer(c.issueFor(u, s, form.Get("scope"), byClient), refresh)
}

func (c *call) grantPassword(form url.Values) error {
	k := c.client
	c.detail("auth_method", "oauth_credentials")
	if !k.flag("directAccessGrantsEnabled") {
		return c.becauseTold("not_allowed", errOAuth(http.StatusBadRequest, "unauthorized_client", "Client not allowed for direct access grants"))
	}
	if k.flag("consentRequired") {
		return errOAuth(http.StatusBadRequest, "invalid_client", "Client requires user consent")
	}
	if err := c.checkScope(form); err != nil {
		return err
	}
	c.detail("auth_method", "openid-connect")
	name := strings.TrimSpace(form.Get("username"))
	if !form.Has("username") {
		return c.because("user_not_found", errOAuth(http.StatusUnauthorized, "invalid_request", "Missing parameter: username"))
	}
	c.detail("username", name)
	bad := errOAuth(c.behavior().wrongPasswordStatus, "invalid_grant", "Invalid user credentials")
	r := c.realm
	u := r.userByName(name)
	if u == nil && r.flag("loginWithEmailAllowed") {
		u = r.userByEmail(name)
	}
	if u == nil {
		return c.because("user_not_found", bad)
	}
	if u.serviceClient != nil {
		if c.behavior().passwordServiceAccount500 {
			return c.errInternal()
		}
		return c.because("user_not_found", bad)
	}
	if r.lockedOut(u, c.now.Unix()) {
		c.eventUser(u)
		return c.because("user_temporarily_disabled", bad)
	}
	// Before 26.7.3 a disabled user is refused as such whatever the password.
	disabled := errOAuth(http.StatusBadRequest, "invalid_grant", "Account disabled")
	if !u.enabled && c.behavior().disabledBeforePassword {
		c.eventUser(u)
		return c.because("user_disabled", disabled)
	}
	if !u.password.matches(form.Get("password")) {
		r.countFailure(u, c.now, c.clientAddress())
		c.eventUser(u)
		return c.because("invalid_user_credentials", bad)
	}
	if !u.enabled {
		c.eventUser(u)
		return c.because("user_disabled", disabled)
	}
	if !c.s.accountSetUp(r, u) {
		return c.becauseTold("resolve_required_actions", errOAuth(http.StatusBadRequest, "invalid_grant", "Account is not fully set up"))
	}
	c.eventUser(u)
	delete(r.failures, u.id)
	s := c.newSession(r, u, k)
	return c.tokenAnswer(c.issueFor(u, s, form.Get("scope"), byPassword), true)
}

// accountSetUp: a direct grant cannot carry out required actions. While the action is enabled, one of them is to complete a profile.
func (s *Server) accountSetUp(r *realm, u *user) bool {
	if len(u.requiredActions) > 0 || u.password != nil && u.password.temporary {
		return false
	}
	verified := slices.ContainsFunc(s.actionsOf(r), func(a map[string]any) bool { return str(a, "alias") == "VERIFY_PROFILE" && boolean(a, "enabled") })
	return !verified || !s.lacks(r, u)
}

func (c *call) grantRefresh(form url.Values) error {
	if !form.Has("refresh_token") {
		return errOAuth(http.StatusBadRequest, "invalid_request", "No refresh token")
	}
	t := form.Get("refresh_token")
	bad := errOAuth(http.StatusBadRequest, "invalid_grant", "Invalid refresh token")
	j, err := parseJWS(t)
	if err != nil {
		return bad
	}
	typ := j.claims.str("typ")
	if typ != "Offline" {
		typ = "Refresh"
	}
	v, ok := c.validate(c.realm, j, typ)
	if !ok || v.session == nil {
		if v.user != nil && !v.user.enabled {
			return errOAuth(http.StatusBadRequest, "invalid_grant", "User disabled")
		}
		if j.verify(c.realm) && j.claims.str("typ") == typ {
			return errOAuth(http.StatusBadRequest, "invalid_grant", "Session not active")
		}
		return bad
	}
	if v.client != c.client {
		return errOAuth(http.StatusBadRequest, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match")
	}
	if key := boundKey(j.claims); key != "" && key != c.boundTo {
		return errOAuth(http.StatusBadRequest, "invalid_grant", "DPoP confirmation doesn't match DPoP proof")
	}
	if err := c.useRefresh(v.session, j.claims.str("jti")); err != nil {
		return err
	}
	v.session.access = c.now.Unix()
	scope := j.claims.str("scope")
	if wanted := form.Get("scope"); wanted != "" { // of what the token has; more is not given
		scope = strings.Join(sift.Out(strings.Fields(scope), func(n string) bool { return !slices.Contains(strings.Fields(wanted), n) }), " ")
	}
	return c.tokenAnswer(c.issueFor(v.user, v.session, scope, byRefresh), true)
}

// useRefresh counts how often a refresh token is used, where the realm has a bound for it.
func (c *call) useRefresh(s *session, jti string) error {
	if !c.realm.flag("revokeRefreshToken") {
		return nil
	}
	if s.refreshed.jti != jti { // the last one counts
		s.refreshed.jti, s.refreshed.times = jti, 0
	}
	if s.refreshed.times > num(c.realm.rep, "refreshTokenMaxReuse") {
		return errOAuth(http.StatusBadRequest, "invalid_grant", "Maximum allowed refresh token reuse exceeded")
	}
	s.refreshed.times++
	return nil
}

// grantUMA is for a token with the permissions that a resource server has for its holder; no client here is one.
func (c *call) grantUMA() error {
	bad := func(description string) error { return errOAuth(http.StatusBadRequest, "invalid_request", description) }
	audience := c.form().Get("audience")
	if audience == "" {
		return bad("You must provide the issuedFor")
	}
	if c.realm.clientByClientID(audience) == nil {
		return bad("Unknown resource server id: [" + audience + "]")
	}
	if c.client != nil && c.client.flag("publicClient") && c.r.Header.Get("Authorization") == "" {
		return errOAuth(http.StatusUnauthorized, "unauthorized_client", "Public client not allowed to retrieve service account")
	}
	return bad("Client does not support permissions")
}
