package practice

import (
	"net/http"
	"slices"
	"strings"
)

func (s *session) rep(r *realm, withTransient bool) map[string]any {
	ks := map[string]string{}
	for id := range s.clients {
		if k := r.clients[id]; k != nil {
			ks[id] = k.clientID
		}
	}
	m := map[string]any{"id": s.id, "username": s.user.username, "userId": s.user.id, "ipAddress": s.ip,
		"start": s.started * 1000, "lastAccess": s.access * 1000, "rememberMe": false, "clients": ks}
	if withTransient {
		m["transientUser"] = false
	}
	return m
}

// sessionsWhere lists the live sessions by start, without those that an offline token keeps.
func (c *call) sessionsWhere(keep func(*session) bool) []any {
	return c.sessionsListed(func(s *session) bool { return (!s.offline || c.behavior().offlineBesideOnline) && keep(s) })
}

func (c *call) offlineWhere(keep func(*session) bool) []any {
	return c.sessionsListed(func(s *session) bool { return s.offline && keep(s) })
}

func (c *call) sessionsListed(keep func(*session) bool) []any {
	l := []*session{}
	for _, s := range c.realm.sessions {
		if !c.realm.expired(s, c.now.Unix()) && keep(s) {
			l = append(l, s)
		}
	}
	slices.SortFunc(l, func(a, b *session) int { return strings.Compare(a.id, b.id) })
	slices.SortStableFunc(l, func(a, b *session) int { return int(a.started - b.started) })
	out := []any{}
	for _, s := range l {
		out = append(out, s.rep(c.realm, c.behavior().transientSessions))
	}
	return out
}

func (c *call) userSessions() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	return c.ok(c.sessionsWhere(func(s *session) bool { return s.user == c.user }))
}

// userOfflineSessions are those at the client with this uuid.
func (c *call) userOfflineSessions() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	k := c.realm.clients[c.param("client")]
	if k == nil {
		return errText(http.StatusNotFound, "Client not found")
	}
	return c.ok(c.offlineWhere(func(s *session) bool { return s.user == c.user && s.clients[k.id] != 0 }))
}

// userConsents: this server asks no user for consent, but an offline token counts as one.
func (c *call) userConsents() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	out := []any{}
	for _, k := range c.realm.clientList() {
		if len(c.offlineOf(c.user, k)) > 0 {
			out = append(out, map[string]any{"clientId": k.clientID, "grantedClientScopes": []any{},
				"additionalGrants": []any{map[string]any{"client": k.id, "key": "Offline Token"}}})
		}
	}
	return c.ok(out)
}

// offlineOf are the sessions that an offline token of a user and a client keeps.
func (c *call) offlineOf(u *user, k *client) []*session {
	var out []*session
	for _, s := range c.realm.sessions {
		if s.offline && s.user == u && s.clients[k.id] != 0 && !c.realm.expired(s, c.now.Unix()) {
			out = append(out, s)
		}
	}
	return out
}

// revokeConsent ends what the user's offline tokens keep at a client.
func (c *call) revokeConsent() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	k := c.realm.clientByClientID(c.param("client"))
	if k == nil {
		return errText(http.StatusNotFound, "Client not found")
	}
	kept := c.offlineOf(c.user, k)
	if len(kept) == 0 {
		return errText(http.StatusNotFound, "Consent nor offline token not found")
	}
	for _, s := range kept {
		if s.offline = false; !c.behavior().offlineBesideOnline {
			delete(c.realm.sessions, s.id)
		}
	}
	return c.noContent()
}

// logoutUser ends the user's sessions. Session-less service account tokens go
// on working (unauth/service-account-logout).
func (c *call) logoutUser() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	for id, s := range c.realm.sessions {
		if s.user == c.user {
			delete(c.realm.sessions, id)
		}
	}
	c.user.notBefore = c.now.Unix()
	return c.noContent()
}

func (c *call) impersonate() error {
	x := c.auth.on(c.realm)
	if !x.any("impersonation") && !c.fineGrained("Users", c.user.id, "impersonate") {
		return c.errForbidden()
	}
	if c.behavior().adminsProtected && !x.holdsAdminRolesOf(c.user) {
		return c.errForbidden()
	}
	if !c.user.enabled {
		return errMessage(http.StatusBadRequest, "User is disabled")
	}
	if c.user.serviceClient != nil {
		return errMessage(http.StatusBadRequest, "Service accounts cannot be impersonated")
	}
	c.noCache()
	// sameRealm is about the admin's own session, which a service account has
	// not; it makes room for the impersonated one.
	sid := c.auth.claims.str("sid")
	same := c.auth.realm == c.realm && sid != ""
	if same {
		delete(c.realm.sessions, sid)
	}
	c.newSession(c.realm, c.user, nil)
	return c.ok(map[string]any{"sameRealm": same, "redirect": c.issuer(c.realm) + "/account"})
}
