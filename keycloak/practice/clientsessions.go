package practice

import (
	"strconv"
)

func (c *call) clientSessions() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	return c.ok(c.sessionsWhere(func(s *session) bool {
		return s.clients[c.client.id] != 0 && (!c.behavior().sessionsByUsers || c.canViewUser(s.user))
	}))
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
