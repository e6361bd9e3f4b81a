package practice

import (
	"math"
	"time"
)

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
			m["numFailures"], m["lastIPFailure"], m["lastFailure"] = f.count, f.ip, f.last
			m["failedLoginNotBefore"], m["numTemporaryLockouts"] = f.until, f.lockouts
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
		if u := c.realm.users[id]; u != nil {
			c.realm.letIn(u)
		}
	} else {
		for _, u := range c.realm.users {
			c.realm.letIn(u)
		}
	}
	return c.noContent()
}

func (r *realm) lockedOut(u *user, now int64) bool {
	f := r.failures[u.id]
	return f != nil && r.flag("bruteForceProtected") && now < f.until
}

// countFailure counts a wrong password, and locks the user out for a while: the longer the more there were, and at least a
// minute or so when two follow each other at once.
func (r *realm) countFailure(u *user, now time.Time, ip string) {
	if !r.flag("bruteForceProtected") {
		return
	}
	f := r.failures[u.id]
	if f == nil {
		f = &loginFailures{}
		r.failures[u.id] = f
	}
	ms := now.UnixMilli()
	since := ms - f.last
	if f.last > 0 && since > num(r.rep, "maxDeltaTimeSeconds")*1000 {
		*f = loginFailures{}
	}
	quick := f.last > 0 && since < num(r.rep, "quickLoginCheckMilliSeconds")
	f.count, f.last, f.ip = f.count+1, ms, ip
	count, factor := int64(f.count), max(num(r.rep, "failureFactor"), 1)
	if r.flag("permanentLockout") && count >= factor {
		f.until, u.enabled = math.MaxInt64, false
		u.attributes[disabledReason] = []string{"permanentLockout"}
		return
	}
	if count > 0 && str(r.rep, "bruteForceStrategy") == "LINEAR" {
		count -= factor - 1
	} else {
		count /= factor
	}
	wait := num(r.rep, "waitIncrementSeconds") * max(count, 0)
	if wait > 0 {
		f.lockouts++
	} else if quick {
		wait = num(r.rep, "minimumQuickLoginWaitSeconds")
	}
	if wait = min(wait, num(r.rep, "maxFailureWaitSeconds")); wait > 0 {
		f.until = now.Unix() + wait
	}
}

// disabledReason is the attribute of a user who was disabled by wrong passwords.
const disabledReason = "disabledReason"

// letIn forgets the wrong passwords of a user, and enables one who was disabled by them.
func (r *realm) letIn(u *user) {
	delete(r.failures, u.id)
	if u.attributes[disabledReason] != nil {
		delete(u.attributes, disabledReason)
		u.enabled = true
	}
}
