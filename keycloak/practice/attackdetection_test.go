package practice

import (
	"net/url"
	"testing"
	"time"
)

// TestLockout: how long wrong passwords lock a user out is what the realm says. What is wanted was measured on 26.7.4.
func TestLockout(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newCaller(t, Options{Now: func() time.Time { return now }})
	c.createRealm("lesson")
	c.createClient("svc", nil)
	id := c.createUser("ann", "right", nil)
	at := c.base() + "/attack-detection/brute-force/users/" + id
	set := func(m map[string]any) {
		m["bruteForceProtected"] = true
		c.want(204, "PUT", c.base(), c.admin(), m)
		c.want(204, "DELETE", at, c.admin(), nil)
	}
	try := func(p string, after time.Duration) int {
		now = now.Add(after)
		return c.token("lesson", url.Values{"grant_type": {"password"}, "client_id": {"svc"}, "client_secret": {"secret-svc"}, "username": {"ann"}, "password": {p}}).status
	}
	state := func(failures, lockouts, seconds float64) {
		t.Helper()
		m := c.want(200, "GET", at, c.admin(), nil).obj(t)
		until, _ := m["failedLoginNotBefore"].(float64)
		if until > 0 && seconds < 1e9 {
			until -= float64(now.Unix())
		}
		if m["numFailures"] != failures || m["numTemporaryLockouts"] != lockouts || until != seconds || m["disabled"] != (seconds > 0) {
			t.Errorf("%v, want %v failures, %v lockouts, %v seconds", m, failures, lockouts, seconds)
		}
	}
	set(map[string]any{"failureFactor": 3})
	try("x", 0)
	try("x", 2*time.Second)
	state(2, 0, 0)
	try("x", 2*time.Second)
	state(3, 1, 60)
	if got := try("right", 0); got != 400 {
		t.Errorf("locked out: %d", got)
	}
	if got := try("right", time.Minute); got != 200 {
		t.Errorf("a minute later: %d", got)
	}
	set(map[string]any{"failureFactor": 3})
	try("x", 0)
	try("x", 0)
	state(2, 0, 60) // one right after the other
	set(map[string]any{"failureFactor": 1, "maxFailureWaitSeconds": 2})
	try("x", 0)
	state(1, 1, 2)
	set(map[string]any{"failureFactor": 1, "permanentLockout": true})
	try("x", 0)
	state(1, 0, 9223372036854775807)
	if c.want(200, "GET", c.base()+"/users/"+id, c.admin(), nil).obj(t)["enabled"] != false {
		t.Error("a user locked out for good is enabled")
	}
	c.want(204, "PUT", c.base()+"/users/"+id, c.admin(), map[string]any{"enabled": true})
	if got := try("right", 0); got != 200 {
		t.Errorf("enabled again: %d", got)
	}
}
