package practice

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	clk := newClock()
	c := newCaller(t, Options{Now: clk.now})
	tests := []struct {
		name   string
		fault  Faults
		status int
		body   string
		header string
	}{
		{"bad gateway", Faults{Status: 502}, 502, "Bad Gateway", ""},
		{"proxy", Faults{ProxyForbidden: true}, 403, "<h1>403 Forbidden</h1>", ""},
		{"HTTPS required", Faults{HTTPSRequired: true}, 403, `"error_description":"HTTPS required"`, ""},
		{"redirect", Faults{RedirectToHTTPS: true}, 302, "", "https://practice.fix403.invalid/realms/master?x=1"},
	}
	for _, tt := range tests {
		c.s.SetFaults(tt.fault)
		a := c.send("GET", "/realms/master?x=1", "", nil)
		if a.status != tt.status || !strings.Contains(string(a.body), tt.body) || a.header.Get("Location") != tt.header {
			t.Errorf("%s: %d %s %q", tt.name, a.status, a.body, a.header.Get("Location"))
		}
	}

	c.s.SetFaults(Faults{Reset: true, Times: 2, Paths: []string{"/protocol/"}})
	c.want(200, "GET", "/realms/master", "", nil)
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.s.URL()+"/realms/master/protocol/openid-connect/certs", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := c.http.Do(req); err == nil {
			_ = res.Body.Close()
			t.Error("a reset connection answered")
		}
	}
	c.want(200, "GET", "/realms/master/protocol/openid-connect/certs", "", nil)

	c.s.SetFaults(Faults{ClockSkew: -10 * time.Minute})
	a := c.want(200, "GET", "/realms/master", "", nil)
	if got, want := a.header.Get("Date"), clk.now().Add(-10*time.Minute).UTC().Format(http.TimeFormat); got != want {
		t.Errorf("Date %q, want %q", got, want)
	}
	tok := c.admin()
	if got := claims(claimsOf(t, tok)).num("exp"); got != clk.now().Add(-9*time.Minute).Unix() {
		t.Errorf("exp %d", got)
	}
	c.s.SetFaults(Faults{})
	c.want(401, "GET", "/admin/realms", tok, nil)
}
