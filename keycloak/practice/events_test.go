package practice

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func (c *caller) events(query string) []map[string]any {
	c.t.Helper()
	return c.want(200, "GET", c.base()+"/events"+query, c.admin(), nil).list(c.t)
}

func (c *caller) adminEvents(query string) []map[string]any {
	c.t.Helper()
	return c.want(200, "GET", c.base()+"/admin-events"+query, c.admin(), nil).list(c.t)
}

// TestLoginEvents: what each way to be refused at the token endpoint leaves
// behind (measured on the three versions).
func TestLoginEvents(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			c.createClient("svc", nil)
			c.createClient("off", map[string]any{"enabled": false})
			c.want(201, "POST", c.base()+"/clients", c.admin(), map[string]any{"clientId": "nosa", "secret": "secret-nosa"})
			alice := c.createUser("alice", "wonder", nil)
			c.createUser("dora", "explore", map[string]any{"enabled": false})
			c.createUser("tim", "temp", map[string]any{"credentials": []any{map[string]any{"type": "password", "value": "temp", "temporary": true}}})
			c.service("svc")
			if l := c.events(""); len(l) != 0 {
				t.Fatalf("%d events before they are switched on", len(l))
			}
			c.want(204, "PUT", c.base()+"/events/config", c.admin(), map[string]any{"eventsEnabled": true})
			form := func(client, secret string, more ...string) url.Values {
				f := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}}
				for i := 0; i+1 < len(more); i += 2 {
					f.Set(more[i], more[i+1])
				}
				return f
			}
			password := func(user, pass string) url.Values {
				return form("svc", "secret-svc", "grant_type", "password", "username", user, "password", pass)
			}
			tests := []struct {
				form                          url.Values
				kind, code, client, user, why string
			}{
				{form("svc", "secret-svc"), "CLIENT_LOGIN", "", "svc", "service-account-svc", ""},
				{form("svc", "wrong"), "CLIENT_LOGIN_ERROR", "invalid_client_credentials", "svc", "", ""},
				{form("nope", "x"), "CLIENT_LOGIN_ERROR", "client_not_found", "nope", "", ""},
				{form("off", "secret-off"), "CLIENT_LOGIN_ERROR", "client_disabled", "off", "", ""},
				{form("nosa", "secret-nosa"), "CLIENT_LOGIN_ERROR", "invalid_client", "nosa", "", "Client not enabled to retrieve service account"},
				{form("svc", "secret-svc", "scope", "nope"), "CLIENT_LOGIN_ERROR", "invalid_request", "svc", "service-account-svc", "Invalid scopes: nope"},
				{password("alice", "wonder"), "LOGIN", "", "svc", "alice", ""},
				{password("alice", "x"), "LOGIN_ERROR", "invalid_user_credentials", "svc", "alice", ""},
				{password("nobody", "x"), "LOGIN_ERROR", "user_not_found", "svc", "nobody", ""},
				{password("dora", "explore"), "LOGIN_ERROR", "user_disabled", "svc", "dora", ""},
				{password("tim", "temp"), "LOGIN_ERROR", "resolve_required_actions", "svc", "tim", "Account is not fully set up"},
				{form("nosa", "secret-nosa", "grant_type", "password", "username", "alice", "password", "wonder"), "LOGIN_ERROR", "not_allowed", "nosa", "",
					"Client not allowed for direct access grants"},
			}
			for i, tt := range tests {
				c.token("lesson", tt.form)
				l := c.events("")
				if len(l) != i+1 {
					t.Fatalf("%s %s: %d events, want %d", tt.kind, tt.code, len(l), i+1)
				}
				e := l[0]
				d, _ := e["details"].(map[string]any)
				why := tt.why
				if version == "24.0.5" {
					why = ""
				}
				if str(e, "type") != tt.kind || str(e, "error") != tt.code || str(e, "clientId") != tt.client || str(d, "username") != tt.user || str(d, "reason") != why {
					t.Errorf("got %v, want %s %s of %s by %q because %q", e, tt.kind, tt.code, tt.client, tt.user, why)
				}
				if (e["id"] != nil) != (version != "24.0.5") {
					t.Errorf("id %v", e["id"])
				}
				if b, err := json.Marshal(e); err != nil || strings.Contains(string(b), "secret-") || strings.Contains(string(b), "wonder") {
					t.Errorf("a secret in %s", b)
				}
			}
			// A request without a grant, and a refresh, are not kept.
			c.token("lesson", url.Values{})
			for q, want := range map[string]int{"": 12, "?type=LOGIN": 1, "?type=LOGIN&type=CLIENT_LOGIN": 2, "?client=nosa": 2, "?user=" + alice: 2,
				"?first=10": 2, "?max=3": 3, "?dateTo=2020-01-01": 0, "?dateFrom=2020-01-01": 12, "?ipAddress=127.0.0.1": 12, "?ipAddress=10.0.0.1": 0} {
				if l := c.events(q); len(l) != want {
					t.Errorf("events%s: %d, want %d", q, len(l), want)
				}
			}
			for q, want := range map[string]int{"?type=NOPE": 500, "?dateFrom=abc": 400, "?max=abc": 404} {
				c.want(want, "GET", c.base()+"/events"+q, c.admin(), nil)
			}
			c.want(204, "DELETE", c.base()+"/events", c.admin(), nil)
			if l := c.events(""); len(l) != 0 {
				t.Errorf("%d events after their deletion", len(l))
			}
		})
	}
}

// TestEventsAreBounded: the oldest goes first, and old ones expire.
func TestEventsAreBounded(t *testing.T) {
	t.Parallel()
	clk := newClock()
	c := newCaller(t, Options{Now: clk.now})
	c.createRealm("lesson")
	c.createClient("svc", nil)
	c.want(204, "PUT", c.base()+"/events/config", c.admin(), map[string]any{"eventsEnabled": true, "eventsExpiration": 60})
	for range maxEvents + 5 {
		c.token("lesson", url.Values{"grant_type": {"client_credentials"}, "client_id": {"nope"}})
	}
	if n := len(c.events("?max=5000")); n != maxEvents {
		t.Errorf("%d events, want %d", n, maxEvents)
	}
	clk.advance(30 * time.Second)
	c.service("svc")
	if l := c.events("?direction=asc"); len(l) != 100 || str(l[0], "error") != "client_not_found" {
		t.Errorf("oldest first: %d events", len(l))
	}
	clk.advance(31 * time.Second)
	if l := c.events(""); len(l) != 1 || str(l[0], "type") != "CLIENT_LOGIN" {
		t.Errorf("after 61 s: %v", l)
	}
	c.want(400, "GET", c.base()+"/events?direction=up", c.admin(), nil)
}

// TestLogoutEvents: the ends of a session and of a token are events too.
func TestLogoutEvents(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	c.createClient("svc", nil)
	c.createUser("alice", "wonder", nil)
	c.want(204, "PUT", c.base()+"/events/config", c.admin(), map[string]any{"eventsEnabled": true})
	client := url.Values{"client_id": {"svc"}, "client_secret": {"secret-svc"}}
	with := func(k, v string) url.Values {
		f := url.Values{k: {v}}
		for n, l := range client {
			f[n] = l
		}
		return f
	}
	f := with("username", "alice")
	f.Set("password", "wonder")
	f.Set("grant_type", "password")
	tokens := c.token("lesson", f).obj(t)
	c.want(200, "POST", "/realms/lesson/protocol/openid-connect/revoke", "", with("token", str(tokens, "access_token")))
	c.want(204, "POST", "/realms/lesson/protocol/openid-connect/logout", "", with("refresh_token", str(tokens, "refresh_token")))
	l := c.events("")
	if len(l) != 3 || str(l[0], "type") != "LOGOUT" || str(l[1], "type") != "REVOKE_GRANT" || str(l[2], "type") != "LOGIN" ||
		str(l[0], "sessionId") == "" || str(l[0], "sessionId") != str(l[2], "sessionId") {
		t.Errorf("events %v", l)
	}
}

// TestAdminEvents: what writes are called, whose they are, and that refused
// calls and reads leave none.
func TestAdminEvents(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			adm := c.admin()
			c.want(204, "PUT", c.base()+"/events/config", adm, map[string]any{"adminEventsEnabled": true, "adminEventsDetailsEnabled": true})
			rm := c.clientUUID("realm-management")
			role := c.want(200, "GET", c.base()+"/clients/"+rm+"/roles/view-users", adm, nil).obj(t)
			group := c.want(201, "POST", c.base()+"/groups", adm, map[string]any{"name": "team"}).id()
			u := c.want(201, "POST", c.base()+"/users", adm, map[string]any{"username": "alice",
				"credentials": []any{map[string]any{"type": "password", "value": "wonder"}}}).id()
			k := c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": "svc", "secret": "very secret"}).id()
			c.want(204, "DELETE", c.base()+"/admin-events", adm, nil)
			tests := []struct {
				method, path     string
				body             any
				op, kind, target string
			}{
				{"POST", "/users", map[string]any{"username": "bob"}, "CREATE", "USER", "users/*"},
				{"PUT", "/users/" + u, map[string]any{"firstName": "A"}, "UPDATE", "USER", "users/" + u},
				{"PUT", "/users/" + u + "/reset-password", map[string]any{"type": "password", "value": "wonder"}, "ACTION", "USER", "users/" + u + "/reset-password"},
				{"POST", "/users/" + u + "/logout", nil, "ACTION", "USER", "users/" + u + "/logout"},
				{"POST", "/users/" + u + "/role-mappings/clients/" + rm, []any{role}, "CREATE", "CLIENT_ROLE_MAPPING", "users/" + u + "/role-mappings/clients/" + rm},
				{"DELETE", "/users/" + u + "/role-mappings/clients/" + rm, []any{role}, "DELETE", "CLIENT_ROLE_MAPPING", "users/" + u + "/role-mappings/clients/" + rm},
				{"PUT", "/users/" + u + "/groups/" + group, nil, "CREATE", "GROUP_MEMBERSHIP", "users/" + u + "/groups/" + group},
				{"DELETE", "/users/" + u + "/groups/" + group, nil, "DELETE", "GROUP_MEMBERSHIP", "users/" + u + "/groups/" + group},
				{"POST", "/groups/" + group + "/children", map[string]any{"name": "sub"}, "CREATE", "GROUP", "groups/" + group + "/children"},
				{"PUT", "/default-groups/" + group, nil, "CREATE", "GROUP", "default-groups/" + group},
				{"POST", "/roles", map[string]any{"name": "reader"}, "CREATE", "REALM_ROLE", "roles/reader"},
				{"POST", "/roles/reader/composites", []any{role}, "CREATE", "REALM_ROLE", "roles/reader/composites"},
				{"DELETE", "/roles/reader", nil, "DELETE", "REALM_ROLE", "roles/reader"},
				{"PUT", "/clients/" + k, map[string]any{"clientId": "svc", "secret": "very secret"}, "UPDATE", "CLIENT", "clients/" + k},
				{"POST", "/clients/" + k + "/client-secret", nil, "ACTION", "CLIENT", "clients/" + k + "/client-secret"},
				{"POST", "/clients/" + k + "/roles", map[string]any{"name": "cr"}, "CREATE", "CLIENT_ROLE", "clients/" + k + "/roles/cr"},
				{"POST", "/identity-provider/instances", provider("main"), "CREATE", "IDENTITY_PROVIDER", "identity-provider/instances/main"},
				{"POST", "/authentication/flows/browser/copy", map[string]any{"newName": "x"}, "CREATE", "AUTH_FLOW", "authentication/flows/browser/copy"},
				{"PUT", "", map[string]any{"displayName": "x"}, "UPDATE", "REALM", ""},
				{"DELETE", "/attack-detection/brute-force/users", nil, "DELETE", "USER_LOGIN_FAILURE", "attack-detection/brute-force/users"},
				{"DELETE", "/users/" + u, nil, "DELETE", "USER", "users/" + u},
				{"POST", "/logout-all", nil, "ACTION", "REALM", "logout-all"},
			}
			for _, tt := range tests {
				if a := c.send(tt.method, c.base()+tt.path, adm, tt.body); a.status >= 300 {
					t.Fatalf("%s %s: %d %s", tt.method, tt.path, a.status, a.body)
				}
				e := c.adminEvents("?max=1")[0]
				target, _ := strings.CutSuffix(tt.target, "*")
				if str(e, "operationType") != tt.op || str(e, "resourceType") != tt.kind || !strings.HasPrefix(str(e, "resourcePath"), target) ||
					target == tt.target && str(e, "resourcePath") != target {
					t.Errorf("%s %s: %v, want %s %s %s", tt.method, tt.path, e, tt.op, tt.kind, tt.target)
				}
				if b := fmt.Sprint(e); strings.Contains(b, "very secret") || strings.Contains(b, "wonder") {
					t.Errorf("a secret in %s", b)
				}
			}
			if n := len(c.adminEvents("")); n != len(tests) {
				t.Errorf("%d admin events, want %d", n, len(tests))
			}
			c.createClient("none", nil)
			before := len(c.adminEvents(""))
			c.want(403, "POST", c.base()+"/users", c.service("none"), map[string]any{"username": "eve"})
			c.want(409, "POST", c.base()+"/users", adm, map[string]any{"username": "bob"})
			c.want(200, "GET", c.base()+"/users", adm, nil)
			c.want(204, "POST", c.base()+"/localization/de", adm, map[string]any{"k": "v"})
			if n := len(c.adminEvents("")); n != before {
				t.Errorf("%d admin events, before %d", n, before)
			}
			for q, want := range map[string]int{"?operationTypes=ACTION": 4, "?resourceTypes=REALM_ROLE": 3, "?resourcePath=roles/*": 3,
				"?resourcePath=roles/reader/composites": 1, "?authIpAddress=10.0.0.1": 0} {
				if l := c.adminEvents(q); len(l) != want {
					t.Errorf("admin-events%s: %d, want %d", q, len(l), want)
				}
			}
			c.want(500, "GET", c.base()+"/admin-events?operationTypes=NOPE", adm, nil)
		})
	}
}
