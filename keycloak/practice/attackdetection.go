package practice

func (c *call) attackDetection() error {
	if !c.auth.on(c.realm).canViewUsers() {
		return c.errForbidden()
	}
	m := map[string]any{"numFailures": 0, "disabled": false, "lastIPFailure": "n/a", "lastFailure": 0, "numTemporaryLockouts": 0, "failedLoginNotBefore": 0}
	if c.behavior().secondaryFailures {
		m["numSecondaryAuthFailures"] = 0
	}
	if u := c.realm.users[c.param("user")]; u != nil {
		if f := c.realm.failures[u.id]; f != nil {
			m["numFailures"], m["lastIPFailure"], m["lastFailure"] = f.count, f.ip, f.last*1000
			m["disabled"] = c.realm.lockedOut(u, c.now.Unix())
		}
	}
	return c.ok(m)
}

func (c *call) clearAttack() error {
	if !c.auth.on(c.realm).canManageUsers() {
		return c.errForbidden()
	}
	if id := c.param("user"); id != "" {
		c.quiet = c.realm.failures[id] == nil
		delete(c.realm.failures, id)
	} else {
		c.realm.failures = map[string]*loginFailures{}
	}
	return c.noContent()
}
