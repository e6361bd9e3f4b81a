package practice

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// realmRoot is the public GET /realms/{realm}. It carries the public key, so the
// first call of a realm waits for the key to be generated.
func (c *call) realmRoot() error {
	r := c.realm
	m := map[string]any{
		"realm": r.name, "token-service": c.issuer(r) + "/protocol/openid-connect",
		"account-service": c.issuer(r) + "/account", "tokens-not-before": r.notBefore,
	}
	if k := r.activeKey("RS256"); k != nil {
		m["public_key"] = base64.StdEncoding.EncodeToString(k.get().public)
	}
	return c.ok(m)
}

// metadata answers a well-known document from its template.
func (c *call) metadata(tmpl json.RawMessage) error {
	if c.realmNeedsTLS(c.realm) {
		return errOAuth(http.StatusForbidden, "invalid_request", "HTTPS required")
	}
	b := bytes.ReplaceAll(c.withScopes(tmpl), []byte("{issuer}"), []byte(c.issuer(c.realm)))
	b = bytes.ReplaceAll(b, []byte("{base}"), []byte(c.baseURL()))
	b = bytes.ReplaceAll(b, []byte("{realm}"), []byte(c.realm.name))
	c.status, c.raw, c.ctype = http.StatusOK, b, jsonPlain
	if c.behavior().metadataCharset {
		c.ctype = jsonCharset
	}
	c.w.Header().Set("Cache-Control", "no-cache, must-revalidate, no-transform, no-store")
	if o := c.r.Header.Get("Origin"); o != "" {
		c.w.Header().Set("Access-Control-Allow-Origin", o)
	}
	return nil
}

// withScopes returns the template with the realm's own scopes as scopes_supported: openid, and each client scope of OpenID
// Connect, whether its name goes into tokens or not (measured on 26.7.3 and 26.7.4 with scopes made by hand).
func (c *call) withScopes(tmpl json.RawMessage) []byte {
	var in struct {
		Scopes json.RawMessage `json:"scopes_supported"`
	}
	var usual []string
	if json.Unmarshal(tmpl, &in) != nil || json.Unmarshal(in.Scopes, &usual) != nil {
		return tmpl
	}
	var own []string
	for _, s := range c.realm.scopes {
		if s.protocol == "openid-connect" {
			own = append(own, s.name)
		}
	}
	list := sift.Out(usual, func(name string) bool { return name != "openid" && !slices.Contains(own, name) })
	for _, name := range own {
		if !slices.Contains(usual, name) {
			list = append(list, name)
		}
	}
	if slices.Equal(list, usual) {
		return tmpl
	}
	text, err := json.Marshal(list)
	if err != nil {
		return tmpl
	}
	return bytes.Replace(tmpl, in.Scopes, text, 1)
}

func (c *call) discovery() error { return c.metadata(c.s.def.Discovery) }
func (c *call) uma2() error      { return c.metadata(c.s.def.UMA2) }

func (c *call) certs() error {
	if c.realmNeedsTLS(c.realm) {
		return errOAuth(http.StatusForbidden, "invalid_request", "HTTPS required")
	}
	keys := []any{}
	for _, k := range c.realm.keys {
		if k.rsa() && k.active {
			keys = append(keys, k.jwk())
		}
	}
	_ = c.okPlain(map[string]any{"keys": keys})
	if c.behavior().metadataCharset {
		c.ctype = jsonCharset
	}
	return nil
}

// userinfo (OpenID Connect Core section 5.3) answers errors in
// WWW-Authenticate alone, with an empty body.
func (c *call) userinfo() error {
	if c.behavior().userinfoNoStore {
		c.noStore()
	}
	r := c.realm
	stop := func(status int, code, description string) error {
		v := `Bearer realm="` + r.name + `"`
		if code != "" {
			v += `, error="` + code + `", error_description="` + description + `"`
		}
		return &failure{status: status, header: http.Header{"Www-Authenticate": {v}}, ctype: "text/plain;charset=UTF-8"}
	}
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	t, ok := c.bearer()
	if !ok {
		if t = c.form().Get("access_token"); t == "" {
			return stop(http.StatusUnauthorized, "", "")
		}
	}
	j, err := parseJWS(t)
	if err != nil {
		return stop(http.StatusUnauthorized, "invalid_token", "Token verification failed")
	}
	v, ok := c.validate(r, j, "Bearer")
	if sid := j.claims.str("sid"); !ok && v.client != nil && sid != "" && r.sessions[sid] == nil {
		return stop(http.StatusUnauthorized, "invalid_token", c.behavior().sessionGone)
	}
	if !ok {
		return stop(http.StatusUnauthorized, "invalid_token", "Token verification failed")
	}
	scope := j.claims.str("scope")
	if !slices.Contains(strings.Fields(scope), "openid") {
		return stop(http.StatusForbidden, "insufficient_scope", "Missing openid scope")
	}
	if err := c.checkOrigin(j.claims); err != nil {
		return err
	}
	c.client = v.client
	i := c.issueFor(v.user, v.session, scope, byRefresh)
	if c.behavior().userinfoNoStore {
		c.w.Header().Set("Cache-Control", "no-store, no-cache")
	}
	if c.behavior().userinfoPostNoCache && c.r.Method == http.MethodPost {
		c.noCache()
	}
	cl := c.s.userinfoClaims(i)
	switch alg := v.client.attribs["user.info.response.signature.alg"]; alg {
	case "":
		return c.okPlain(cl)
	case "RS256":
		cl["iss"], cl["aud"] = i.issuer, v.client.clientID
		t, err := signToken(r, alg, cl)
		if err != nil {
			return c.errInternal()
		}
		c.status, c.ctype, c.raw = http.StatusOK, "application/jwt", []byte(t)
		return nil
	default:
		return errNotImplemented("user information signed by " + alg)
	}
}

func (s *Server) userinfoClaims(i *issue) claims {
	cl := claims{}
	s.applyMappers(i, forUserinfo, cl)
	delete(cl, "aud")
	delete(cl, "allowed-origins")
	cl["sub"] = i.user.id
	return cl
}

// introspect is RFC 7662: the token's own registered claims, and what the
// mappers write for introspection, so a lightweight token shows here what it
// does not carry. On 26.7.3 it answers only for tokens whose audience is the
// asking client.
func (c *call) introspect() error {
	form := c.form()
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	k, err := c.authenticateClient(form)
	if err != nil {
		return c.errIntrospect(err)
	}
	if k.flag("publicClient") {
		return errOAuth(http.StatusForbidden, "invalid_request", "Client not allowed.")
	}
	if !form.Has("token") {
		return errOAuth(http.StatusBadRequest, "invalid_request", "Token not provided.")
	}
	c.noCache()
	inactive := map[string]any{"active": false}
	j, err := parseJWS(form.Get("token"))
	if err != nil {
		return c.okPlain(inactive)
	}
	v, ok := c.validate(c.realm, j, j.claims.str("typ"))
	if !ok || c.behavior().introspectInAudience && !inAudience(j.claims, k.clientID) {
		return c.okPlain(inactive)
	}
	out := claims{}
	for _, n := range []string{"exp", "iat", "nbf", "auth_time", "jti", "iss", "sub", "typ", "azp", "sid", "session_state", "acr", "scope"} {
		if x, ok := j.claims[n]; ok {
			out[n] = x
		}
	}
	c.client = v.client
	c.s.applyMappers(c.issueFor(v.user, v.session, j.claims.str("scope"), byRefresh), forIntrospect, out)
	if a := j.claims.str("aud"); a != "" {
		addAudience(out, a)
	}
	for _, a := range strs(j.claims, "aud") {
		addAudience(out, a)
	}
	out["active"], out["client_id"], out["username"], out["token_type"] = true, v.client.clientID, v.user.username, out.str("typ")
	return c.okPlain(out)
}

// resourceSet is the list of the resources of a resource server, which no client here is: a bearer whose token is good is told so, others
// that it is none (measured on 22.0.5, 24.0.5, 26.4.7, 26.7.3 and 26.7.4). It asks for no role and no audience.
func (c *call) resourceSet() error {
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	if t, ok := c.bearer(); ok {
		if j, err := parseJWS(t); err == nil {
			if v, ok := c.validate(c.realm, j, "Bearer"); ok {
				return errOAuth(http.StatusForbidden, "invalid_clientId", "Client application ["+v.client.clientID+"] is not registered as a resource server.")
			}
		}
	}
	return errOAuth(http.StatusForbidden, "invalid_bearer_token", "Could not obtain bearer access_token from request.")
}

func inAudience(cl claims, clientID string) bool {
	if s, ok := cl["aud"].(string); ok {
		return s == clientID
	}
	return slices.Contains(strs(cl, "aud"), clientID)
}

func (c *call) errIntrospect(cause error) error {
	if !c.behavior().introspectInAudience {
		return errOAuth(http.StatusUnauthorized, "invalid_request", "Authentication failed.")
	}
	if errors.Is(cause, errBadClient) {
		return errBadClient
	}
	return errOAuth(http.StatusUnauthorized, "invalid_client", "Client authentication failed.")
}

// revoke is RFC 7009. A refresh token takes its session with it.
func (c *call) revoke() error {
	form := c.form()
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	c.begin("REVOKE_GRANT")
	return c.record(c.revokeToken(form))
}

func (c *call) revokeToken(form url.Values) error {
	k, err := c.authenticateClient(form)
	if err != nil {
		return err
	}
	c.detail("client_auth_method", "client-secret")
	if !form.Has("token") {
		return errOAuth(http.StatusBadRequest, "invalid_request", "Token not provided")
	}
	j, err := parseJWS(form.Get("token"))
	if err != nil || !j.verify(c.realm) {
		c.event = nil
		// RFC 7009 section 2.2: an invalid token is as good as revoked.
		return c.okPlain(map[string]any{"error": "invalid_token", "error_description": "Invalid token"})
	}
	typ := j.claims.str("typ")
	if typ != "Bearer" && typ != "Refresh" && typ != "Offline" {
		return errOAuth(http.StatusBadRequest, "unsupported_token_type", "Unsupported token type")
	}
	if j.claims.str("azp") != k.clientID {
		return errOAuth(http.StatusBadRequest, "invalid_request", "Unmatching clients")
	}
	c.status, c.ctype = http.StatusOK, ""
	r := c.realm
	c.detail("token_id", j.claims.str("jti"))
	c.eventUser(r.users[j.claims.str("sub")])
	if typ != "Bearer" {
		delete(r.sessions, j.claims.str("sid"))
		return nil
	}
	now := c.now.Unix()
	for id, exp := range r.revoked {
		if exp <= now {
			delete(r.revoked, id)
		}
	}
	if len(r.revoked) >= maxSessions {
		return errLimit("The practice Keycloak keeps no more revoked tokens: wait until some expire.")
	}
	r.revoked[j.claims.str("jti")] = j.claims.num("exp")
	return nil
}

// authorize is where a browser would log in; without a client it is a bad
// request, with one it is a page, which this server does not have.
func (c *call) authorize() error {
	id := c.query.Get("client_id")
	if id == "" {
		id = c.form().Get("client_id")
	}
	if id == "" {
		return &failure{status: http.StatusBadRequest, body: map[string]any{"error": "Invalid Request"}}
	}
	return errNotImplemented("the login page of a browser")
}

// logout ends the session of a refresh token; a browser's logout is a page, which this server does not have.
func (c *call) logout() error {
	form := c.form()
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	t := form.Get("refresh_token")
	if t == "" {
		return errNotImplemented("the logout page of a browser")
	}
	c.begin("LOGOUT")
	return c.record(c.endSession(form, t))
}

// endSession ends the session that a refresh token belongs to.
func (c *call) endSession(form url.Values, t string) error {
	k, err := c.authenticateClient(form)
	if err != nil {
		return err
	}
	c.detail("client_auth_method", "client-secret")
	j, err := parseJWS(t)
	if err != nil || !j.verify(c.realm) || j.claims.str("typ") != "Refresh" && j.claims.str("typ") != "Offline" {
		return errOAuth(http.StatusBadRequest, "invalid_grant", "Invalid refresh token")
	}
	if j.claims.str("azp") != k.clientID {
		return errOAuth(http.StatusBadRequest, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match")
	}
	c.eventUser(c.realm.users[j.claims.str("sub")])
	c.event.session = j.claims.str("sid")
	delete(c.realm.sessions, j.claims.str("sid"))
	return c.noContent()
}
