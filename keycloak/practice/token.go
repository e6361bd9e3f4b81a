package practice

import (
	"crypto/sha256"
	"encoding/base64"
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

// scopeOfClient is the set of roles a client's tokens may carry; all means full scope.
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
		if s.attributes["include.in.token.scope"] != "false" || s.name == offlineScope { // left out, it is true
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
	byExchange    grantKind = "te"
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

	audience []string // what an exchanged token is asked to be for
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
	if !s.behavior.jtiPrefix {
		return s.ids.next()
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
	return sess + tok + string(i.kind) + ":" + s.ids.next()
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
		sid = s.ids.next()
	}
	if sid != "" {
		cl["sid"] = sid
		if s.behavior.sessionState {
			cl["session_state"] = sid
		}
	}
	if !s.behavior.subByMapper || i.session == nil && i.kind != byNothing {
		cl["sub"] = i.user.id
	}
	target := forAccess
	if i.lightweight() && i.kind != byNothing {
		target = forLightweight
	}
	s.applyMappers(i, target, cl)
	i.narrow(cl)
	return cl
}

// idClaims are the claims of an ID token; at_hash binds it to the access token
// issued with it (OpenID Connect Core section 3.1.3.6).
func (s *Server) idClaims(i *issue, access string) claims {
	cl := claims{
		"iat": i.now, "exp": i.now + i.lifespan(), "jti": s.ids.next(), "iss": i.issuer, "sub": i.user.id,
		"typ": "ID", "azp": i.client.clientID, "aud": i.client.clientID,
	}
	if i.session != nil {
		cl["sid"] = i.session.id
		if s.behavior.sessionState {
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

// tokenAnswer issues the tokens of a successful token request.
func (c *call) tokenAnswer(i *issue, withRefresh bool) error {
	s := c.s
	cl := s.accessClaims(i)
	s.fallbackKey(i.realm)
	kind := "Bearer"
	if c.boundTo != "" {
		kind = "DPoP"
		cl["typ"], cl["cnf"] = kind, c.bound(c.boundTo)
	}
	access, err := signToken(i.realm, "RS256", cl)
	if err != nil {
		return err
	}
	c.eventTokens(i, cl)
	nb := max(i.realm.notBefore, i.client.notBefore, i.user.notBefore)
	body := map[string]any{
		"access_token": access, "expires_in": i.lifespan(), "refresh_expires_in": 0, "token_type": kind,
		"not-before-policy": nb, "scope": cl.str("scope"),
	}
	if withRefresh && i.session != nil {
		idle := num(i.realm.rep, "ssoSessionIdleTimeout")
		rc := claims{"iat": i.now, "exp": i.now + idle, "jti": s.ids.next(), "iss": i.issuer, "aud": i.issuer, "sub": i.user.id,
			"typ": "Refresh", "azp": i.client.clientID, "sid": i.session.id, "scope": cl.str("scope")}
		if c.boundTo != "" && i.client.flag("publicClient") {
			rc["cnf"] = c.bound(c.boundTo)
		}
		// An offline token outlives the session's idle time and has no end of its own.
		if slices.Contains(strings.Fields(cl.str("scope")), offlineScope) {
			i.session.offline, idle = true, 0
			rc["typ"] = "Offline"
			delete(rc, "exp")
		}
		c.detail("refresh_token_id", rc["jti"])
		c.detail("refresh_token_type", rc["typ"])
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
// sessionID is a new one: newer releases have 18 random bytes in Base64.
func (s *Server) sessionID() string {
	id := s.ids.next()
	if s.behavior.shortSessionIDs {
		sum := sha256.Sum256([]byte(id))
		return base64.RawURLEncoding.EncodeToString(sum[:18])
	}
	return id
}

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
	s := &session{id: c.s.sessionID(), serial: r.serial, user: u, started: now, access: now, ip: c.clientAddress(), clients: map[string]int64{}}
	if k != nil {
		s.clients[k.id] = now
	}
	r.sessions[s.id] = s
	return s
}
