package practice

import (
	"strconv"
)

func (c *call) clientSessions() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.pageOfSessions((*call).sessionsWhere)
}

func (c *call) clientOfflineSessions() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.pageOfSessions((*call).offlineWhere)
}

func (c *call) pageOfSessions(list func(*call, func(*session) bool) []any) error {
	first, limit, err := c.pageParams(0, 100)
	if err != nil {
		return err
	}
	return c.ok(page(list(c, func(s *session) bool {
		return s.clients[c.client.id] != 0 && (!c.behavior().sessionsByUsers || c.canViewUser(s.user))
	}), first, limit))
}

func (c *call) clientSessionCount() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(map[string]any{"count": len(c.sessionsWhere(func(s *session) bool { return s.clients[c.client.id] != 0 }))})
}

func (c *call) clientOfflineCount() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(map[string]any{"count": len(c.offlineWhere(func(s *session) bool { return s.clients[c.client.id] != 0 }))})
}

// clientSessionStats counts the live sessions of each client that has any.
func (c *call) clientSessionStats() error {
	if !c.auth.on(c.realm).canViewRealm() {
		return c.errForbidden()
	}
	out := []any{}
	for _, k := range c.realm.clientList() {
		ofClient := func(s *session) bool { return s.clients[k.id] != 0 }
		if n, offline := len(c.sessionsWhere(ofClient)), len(c.offlineWhere(ofClient)); n+offline > 0 {
			out = append(out, map[string]any{"id": k.id, "clientId": k.clientID, "active": strconv.Itoa(n), "offline": strconv.Itoa(offline)})
		}
	}
	return c.ok(out)
}
