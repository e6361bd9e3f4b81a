package practice

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const (
	lightweightAttribute = "client.use.lightweight.access.token.enabled"
	refreshAttribute     = "client_credentials.use_refresh_token"
	lifespanAttribute    = "access.token.lifespan"
	offlineScope         = "offline_access"
)

// scopesOf are the client scopes in force: the client's default ones and those
// optional ones that the scope parameter asks for.
func (r *realm) scopesOf(k *client, requested string) []*clientScope {
	asked := strings.Fields(requested)
	out := []*clientScope{}
	for _, n := range k.defaultScopes {
		if s := r.scopeByName(n); s != nil && s.protocol == "openid-connect" {
			out = append(out, s)
		}
	}
	for _, n := range k.optionalScopes {
		if s := r.scopeByName(n); s != nil && slices.Contains(asked, n) && s.protocol == "openid-connect" {
			out = append(out, s)
		}
	}
	return out
}

// validScope reports whether every asked scope is the client's or openid.
func (r *realm) validScope(k *client, requested string) bool {
	for n := range strings.SplitSeq(requested, " ") {
		if n != "openid" && !slices.Contains(k.defaultScopes, n) && !slices.Contains(k.optionalScopes, n) {
			return false
		}
	}
	return true
}

// rolesInScope are the user's effective roles that the client may carry: all
// with full scope allowed, else the client's own and those of its scope
// mappings and client scopes, composites included.
func (r *realm) rolesInScope(u *user, k *client, scopes []*clientScope) roleSet {
	have := u.effectiveRoles()
	allowed, all := r.scopeOfClient(k, scopes)
	if all {
		return have
	}
	maps.DeleteFunc(have, func(x *role, _ bool) bool { return !allowed[x] })
	return have
}

// scopeOfClient is the set of roles a client's tokens may carry; all stands for full scope.
func (r *realm) scopeOfClient(k *client, scopes []*clientScope) (allowed roleSet, all bool) {
	if k.flag("fullScopeAllowed") {
		return nil, true
	}
	lists := [][]*role{k.scopeMappings, slices.Collect(maps.Values(k.roles))}
	for _, s := range scopes {
		lists = append(lists, s.scopeMappings)
	}
	return expand(lists...), false
}

// scopeClaim lists openid and the scopes that want to be named in tokens.
func scopeClaim(scopes []*clientScope, requested string) string {
	out := []string{}
	if slices.Contains(strings.Fields(requested), "openid") {
		out = append(out, "openid")
	}
	names := []string{}
	for _, s := range scopes {
		if s.attributes["include.in.token.scope"] == "true" || s.name == offlineScope {
			names = append(names, s.name)
		}
	}
	slices.Sort(names)
	return strings.Join(append(out, names...), " ")
}

// grantKind is how a token came about; jti names it by two letters.
type grantKind string

const (
	byPassword    grantKind = "ro"
	byClient      grantKind = "cc"
	byRefresh     grantKind = "rt"
	byNothing     grantKind = "na" // an example token
	byImpersonate grantKind = "ac"
)

// issue is everything a token is made from.
type issue struct {
	realm   *realm
	user    *user
	client  *client
	session *session // nil: session-less
	scope   string   // as asked for
	kind    grantKind
	issuer  string
	now     int64
	address string // the caller's, for service accounts
}

func (i *issue) scopes() []*clientScope { return i.realm.scopesOf(i.client, i.scope) }

func (i *issue) lightweight() bool { return i.client.attribs[lightweightAttribute] == "true" }

func (i *issue) lifespan() int64 {
	if v, ok := coerce(kInt, i.client.attribs[lifespanAttribute]); ok && v.(int64) > 0 {
		return v.(int64)
	}
	return num(i.realm.rep, "accessTokenLifespan")
}

func (s *Server) newTokenID(i *issue) string {
	if !s.pers.jtiPrefix {
		return newID()
	}
	sess, tok := "on", "rt"
	if i.session == nil {
		sess = "tr"
	}
	if i.kind == byNothing {
		sess = "on"
	}
	if i.lightweight() {
		tok = "lt"
	}
	return sess + tok + string(i.kind) + ":" + newID()
}

// tokenTarget says which of the mappers' switches counts.
type tokenTarget string

const (
	forAccess      tokenTarget = "access.token.claim"
	forID          tokenTarget = "id.token.claim"
	forUserinfo    tokenTarget = "userinfo.token.claim"
	forLightweight tokenTarget = "lightweight.claim"
	forIntrospect  tokenTarget = "introspection.token.claim"
)

func (i *issue) mappers() []*protocolMapper {
	l := slices.Clone(i.client.mappers)
	for _, s := range i.scopes() {
		l = append(l, s.mappers...)
	}
	return l
}

// accessClaims are the claims of an access token.
func (s *Server) accessClaims(i *issue) claims {
	cl := claims{
		"iat": i.now, "exp": i.now + i.lifespan(), "jti": s.newTokenID(i), "iss": i.issuer,
		"typ": "Bearer", "azp": i.client.clientID, "scope": scopeClaim(i.scopes(), i.scope),
	}
	sid := ""
	if i.session != nil {
		sid = i.session.id
	} else if i.kind == byNothing {
		sid = newID()
	}
	if sid != "" {
		cl["sid"] = sid
		if s.pers.sessionState {
			cl["session_state"] = sid
		}
	}
	if !s.pers.subByMapper || i.session == nil && i.kind != byNothing {
		cl["sub"] = i.user.id
	}
	target := forAccess
	if i.lightweight() && i.kind != byNothing {
		target = forLightweight
	}
	s.applyMappers(i, target, cl)
	return cl
}

// idClaims are the claims of an ID token; at_hash binds it to the access token
// issued with it (OpenID Connect Core section 3.1.3.6).
func (s *Server) idClaims(i *issue, access string) claims {
	cl := claims{
		"iat": i.now, "exp": i.now + i.lifespan(), "jti": newID(), "iss": i.issuer, "sub": i.user.id,
		"typ": "ID", "azp": i.client.clientID, "aud": i.client.clientID,
	}
	if i.session != nil {
		cl["sid"] = i.session.id
		if s.pers.sessionState {
			cl["session_state"] = i.session.id
			cl["auth_time"] = i.session.started
		}
	}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		cl["at_hash"] = b64(sum[:len(sum)/2])
	}
	s.applyMappers(i, forID, cl)
	return cl
}

// applyMappers runs the protocol mappers in force whose switch for the target is on.
func (s *Server) applyMappers(i *issue, target tokenTarget, cl claims) {
	roles := i.realm.rolesInScope(i.user, i.client, i.scopes())
	for _, m := range i.mappers() {
		if m.config[string(target)] != "true" {
			continue
		}
		s.applyMapper(i, m, target, roles, cl)
	}
}

func (s *Server) applyMapper(i *issue, m *protocolMapper, target tokenTarget, roles roleSet, cl claims) {
	u := i.user
	switch m.mapper {
	case "oidc-sub-mapper":
		cl["sub"] = u.id
	case "oidc-acr-mapper":
		cl["acr"] = "1"
	case "oidc-full-name-mapper":
		if n := strings.TrimSpace(u.firstName + " " + u.lastName); n != "" {
			cl["name"] = n
		}
	case "oidc-usermodel-property-mapper", "oidc-usermodel-attribute-mapper":
		if v := u.claim(m.config["user.attribute"], m.config["multivalued"] == "true"); v != nil {
			setClaim(cl, m.config["claim.name"], v)
		}
	case "oidc-usermodel-realm-role-mapper":
		names := roleNames(roles.sorted(ofClient(nil)))
		if len(names) > 0 {
			setClaim(cl, m.config["claim.name"], names)
		}
	case "oidc-usermodel-client-role-mapper":
		for _, k := range i.realm.clientList() {
			if names := roleNames(roles.sorted(ofClient(k))); len(names) > 0 {
				name := strings.ReplaceAll(m.config["claim.name"], "${client_id}", strings.ReplaceAll(k.clientID, ".", "\\."))
				setClaim(cl, name, names)
			}
		}
	case "oidc-audience-resolve-mapper":
		for _, k := range i.realm.clientList() {
			if k != i.client && len(roles.sorted(ofClient(k))) > 0 {
				addAudience(cl, k.clientID)
			}
		}
	case "oidc-audience-mapper":
		if a := m.config["included.client.audience"] + m.config["included.custom.audience"]; a != "" {
			addAudience(cl, a)
		}
	case "oidc-hardcoded-claim-mapper":
		setClaim(cl, m.config["claim.name"], m.config["claim.value"])
	case "oidc-allowed-origins-mapper":
		if l := strs(i.client.rep, "webOrigins"); len(l) > 0 && target != forID {
			cl["allowed-origins"] = i.allowedOrigins(l)
		}
	case "oidc-address-mapper":
		if s.pers.emptyAddress {
			cl["address"] = map[string]any{}
		}
	case "oidc-usersessionmodel-note-mapper":
		if target == forIntrospect {
			return // the notes of a transient session are gone by then
		}
		if v := i.note(m.config["user.session.note"]); v != nil {
			setClaim(cl, m.config["claim.name"], v)
		}
	}
}

// note is a user session note; only service accounts have those of their client.
func (i *issue) note(name string) any {
	if i.user.serviceClient == nil || i.kind == byNothing {
		return nil
	}
	switch name {
	case "clientHost", "clientAddress":
		return i.address
	case "client_id", "clientId":
		return i.client.clientID
	}
	return nil
}

// allowedOrigins resolves "+" to the origins of the redirect URIs.
func (i *issue) allowedOrigins(l []string) []string {
	out := []string{}
	for _, o := range l {
		if o == "+" {
			out = append(out, originsOf(strs(i.client.rep, "redirectUris"))...)
			continue
		}
		out = append(out, o)
	}
	return out
}

// claim is a user property or attribute as a claim's value, nil when unset.
func (u *user) claim(name string, multi bool) any {
	one := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	switch name {
	case "username":
		return one(u.username)
	case "firstName":
		return one(u.firstName)
	case "lastName":
		return one(u.lastName)
	case "email":
		return one(u.email)
	case "emailVerified":
		return u.emailVerified
	}
	v := u.attributes[name]
	switch {
	case len(v) == 0:
		return nil
	case multi:
		return v
	}
	return v[0]
}

// setClaim writes a claim whose name may be a path; "\." is a dot inside a step.
func setClaim(cl map[string]any, name string, v any) {
	if name == "" {
		return
	}
	const dot = "\x00"
	steps := strings.Split(strings.ReplaceAll(name, "\\.", dot), ".")
	m := cl
	for i, st := range steps {
		st = strings.ReplaceAll(st, dot, ".")
		if i == len(steps)-1 {
			m[st] = v
			return
		}
		next, ok := m[st].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[st] = next
		}
		m = next
	}
}

// addAudience keeps aud a string while it has one member (RFC 7519 section 4.1.3).
func addAudience(cl claims, a string) {
	switch x := cl["aud"].(type) {
	case nil:
		cl["aud"] = a
	case string:
		if x != a {
			cl["aud"] = []string{x, a}
		}
	case []string:
		if !slices.Contains(x, a) {
			cl["aud"] = append(x, a)
		}
	}
}

func roleNames(l []*role) []string {
	out := make([]string, 0, len(l))
	for _, x := range l {
		out = append(out, x.name)
	}
	return out
}

// tokenAnswer issues the tokens of a successful token request.
func (c *call) tokenAnswer(i *issue, withRefresh bool) error {
	s := c.s
	cl := s.accessClaims(i)
	access, err := signToken(i.realm, "RS256", cl)
	if err != nil {
		return err
	}
	nb := max(i.realm.notBefore, i.client.notBefore, i.user.notBefore)
	body := map[string]any{
		"access_token": access, "expires_in": i.lifespan(), "refresh_expires_in": 0, "token_type": "Bearer",
		"not-before-policy": nb, "scope": cl.str("scope"),
	}
	if withRefresh && i.session != nil {
		idle := num(i.realm.rep, "ssoSessionIdleTimeout")
		rc := claims{"iat": i.now, "exp": i.now + idle, "jti": newID(), "iss": i.issuer, "aud": i.issuer, "sub": i.user.id,
			"typ": "Refresh", "azp": i.client.clientID, "sid": i.session.id, "scope": cl.str("scope")}
		// An offline token outlives the session's idle time and has no end of its own.
		if slices.Contains(strings.Fields(cl.str("scope")), offlineScope) {
			i.session.offline, idle = true, 0
			rc["typ"] = "Offline"
			delete(rc, "exp")
		}
		refresh, err := signToken(i.realm, "HS512", rc)
		if err != nil {
			return err
		}
		body["refresh_token"], body["refresh_expires_in"], body["session_state"] = refresh, idle, i.session.id
	}
	if slices.Contains(strings.Fields(i.scope), "openid") {
		id, err := signToken(i.realm, "RS256", s.idClaims(i, access))
		if err != nil {
			return err
		}
		body["id_token"] = id
	}
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.Header().Set("Pragma", "no-cache")
	c.status, c.payload, c.ctype = http.StatusOK, body, jsonPlain
	return nil
}

// newSession starts a user session; the oldest one ends when there are too many.
func (c *call) newSession(r *realm, u *user, k *client) *session {
	now := c.now.Unix()
	for id, s := range r.sessions {
		if r.expired(s, now) {
			delete(r.sessions, id)
		}
	}
	if len(r.sessions) >= maxSessions {
		var oldest *session
		for _, s := range r.sessions {
			if oldest == nil || s.access < oldest.access || s.access == oldest.access && s.serial < oldest.serial {
				oldest = s
			}
		}
		delete(r.sessions, oldest.id)
	}
	r.serial++
	s := &session{id: newID(), serial: r.serial, user: u, started: now, access: now, ip: c.clientAddress(), clients: map[string]int64{}}
	if k != nil {
		s.clients[k.id] = now
	}
	r.sessions[s.id] = s
	return s
}
