package practice

import (
	"net/http"
	"net/url"
	"strings"
)

// admin is the caller of the admin API.
type admin struct {
	s      *Server
	realm  *realm // whose token it is
	user   *user
	client *client // azp
	claims claims

	live roleSet // the user's roles within the client's scope; nil until asked for
}

// bearer reads the Authorization header as Keycloak does: the first header
// counts, the scheme's case does not.
func (c *call) bearer() (string, bool) {
	h := c.r.Header.Get("Authorization")
	scheme, rest, ok := strings.Cut(h, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") && !c.takesDPoP(scheme) {
		return "", false
	}
	c.scheme = scheme
	if c.behavior().bearerManySpaces {
		rest = strings.TrimLeft(rest, " ")
	}
	if rest == "" || strings.ContainsAny(rest, " \t") {
		return "", false
	}
	return rest, true
}

// authenticate is the third gate: is the bearer token genuine, current and
// issued here? Every stop is the same 401, without a reason on the wire.
func (c *call) authenticate() (*admin, error) {
	t, ok := c.bearer()
	if !ok {
		return nil, errUnauthorized()
	}
	j, err := parseJWS(t)
	if err != nil {
		return nil, errUnauthorized()
	}
	iss := j.claims.str("iss")
	name := iss[strings.LastIndexByte(iss, '/')+1:]
	if plain, err := url.PathUnescape(name); err == nil && !c.behavior().issuerRealmRaw {
		name = plain
	}
	r := c.s.realms[name]
	if r == nil {
		return nil, errUnauthorized()
	}
	if strings.EqualFold(j.header.Alg, "none") && c.behavior().algNone500 {
		return nil, c.errInternal()
	}
	v, ok := c.validate(r, j, "Bearer")
	if !ok || !c.rightScheme(j, t) {
		return nil, errUnauthorized()
	}
	if c.behavior().adminAudience && !inAudience(j.claims, adminAPI(c.issuer(r))) {
		return nil, errUnauthorized()
	}
	return &admin{s: c.s, realm: r, user: v.user, client: v.client, claims: j.claims}, nil
}

// validated is what a valid token gives its bearer.
type validated struct {
	user    *user
	client  *client
	session *session // nil for a session-less token
}

// validate checks signature, issuer, type, times, revocation, and that user,
// client and session are still there and enabled (FACTS section 3).
func (c *call) validate(r *realm, j *jws, typ string) (validated, bool) {
	var v validated
	cl := j.claims
	kind := cl.str("typ")
	if kind == "DPoP" && boundKey(cl) != "" {
		kind = "Bearer" // of an access token, too
	}
	if !j.verify(r) || cl.str("iss") != c.issuer(r) || kind != typ {
		return v, false
	}
	now := c.now.Unix()
	if exp := cl.num("exp"); exp != 0 && now >= exp {
		return v, false
	}
	if cl.num("nbf") > now {
		return v, false
	}
	iat := cl.num("iat")
	if iat < r.notBefore {
		return v, false
	}
	if _, revoked := r.revoked[cl.str("jti")]; revoked {
		return v, false
	}
	v.client = r.clientByClientID(cl.str("azp"))
	if v.client == nil || !v.client.flag("enabled") || iat < v.client.notBefore {
		return v, false
	}
	if sid := cl.str("sid"); sid != "" {
		v.session = r.sessions[sid]
		if v.session == nil || r.expired(v.session, now) {
			return v, false
		}
		v.user = v.session.user
	} else {
		v.user = r.users[cl.str("sub")]
		// Without a session only a service account's token holds, and only
		// while the client has service accounts. An exchanged one is of
		// another client than its account (measured on 26.7.4).
		if v.user == nil || v.user.serviceClient == nil || !v.user.serviceClient.flag("serviceAccountsEnabled") || !v.client.flag("serviceAccountsEnabled") {
			return v, false
		}
	}
	if !v.user.enabled || iat < v.user.notBefore || r.users[v.user.id] != v.user {
		return v, false
	}
	return v, true
}

// expired reports whether a session is over by its idle time or its maximum.
func (r *realm) expired(s *session, now int64) bool {
	if s.offline {
		return false
	}
	idle, most := num(r.rep, "ssoSessionIdleTimeout"), num(r.rep, "ssoSessionMaxLifespan")
	return (idle > 0 && now >= s.access+idle) || (most > 0 && now >= s.started+most)
}

// enterRealms is the locator /admin/realms.
func (c *call) enterRealms() error {
	a, err := c.authenticate()
	if err != nil {
		return err
	}
	if c.realmNeedsTLS(a.realm) {
		return c.errForbidden()
	}
	if err := c.checkOrigin(a.claims); err != nil {
		return err
	}
	c.auth = a
	return nil
}

// enterRealm is the locator /admin/realms/{realm}: 404 for everyone, then 403
// for a token of another realm, unless it is master's.
func (c *call) enterRealm() error {
	r := c.s.realms[c.param("realm")]
	if r == nil {
		return errText(http.StatusNotFound, "Realm not found.")
	}
	if !c.auth.realm.isMaster() && c.auth.realm != r {
		return c.errForbidden()
	}
	c.realm = r
	return nil
}

// realmNeedsTLS: with sslRequired "all", or "external" and a caller from
// outside, a realm does not answer over plain HTTP.
func (c *call) realmNeedsTLS(r *realm) bool {
	if c.r.TLS != nil {
		return false
	}
	return strings.EqualFold(str(r.rep, "sslRequired"), "all")
}
