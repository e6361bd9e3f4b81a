package practice

import (
	"strings"
	"testing"
)

// TestFlows: copy a flow, change and grow the copy, delete it, as measured.
func TestFlows(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"24.0.5", "26.4.0", "26.7.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: version})
			c.createRealm("lesson")
			adm := c.admin()
			base := c.base() + "/authentication"
			flow := func(alias string) string {
				for _, f := range c.want(200, "GET", base+"/flows", adm, nil).list(t) {
					if f["alias"] == alias {
						return str(f, "id")
					}
				}
				t.Fatalf("no flow %s", alias)
				return ""
			}
			a := c.want(201, "POST", base+"/flows/browser/copy", adm, map[string]any{"newName": "mine"})
			if (a.header.Get("Location") != "") != (version != "24.0.5") {
				t.Errorf("Location %q", a.header.Get("Location"))
			}
			c.want(409, "POST", base+"/flows/browser/copy", adm, map[string]any{"newName": "mine"})
			all := c.want(200, "GET", base+"/flows/mine/executions", adm, nil).list(t)
			own := c.want(200, "GET", base+"/flows/browser/executions", adm, nil).list(t)
			if len(all) != len(own) || all[0]["id"] == own[0]["id"] || str(all[0], "displayName") != "Cookie" {
				t.Errorf("%d executions of the copy, %d of the original", len(all), len(own))
			}
			prefixed := false
			for _, e := range all {
				prefixed = prefixed || e["displayName"] == "mine forms" && e["authenticationFlow"] == true
			}
			if !prefixed {
				t.Error("the flows below have no prefix")
			}
			changed := 204
			if version == "24.0.5" {
				changed = 202
			}
			c.want(changed, "PUT", base+"/flows/mine/executions", adm, map[string]any{"id": all[1]["id"], "requirement": "REQUIRED"})
			c.want(500, "PUT", base+"/flows/mine/executions", adm, map[string]any{"id": all[1]["id"], "requirement": "NOPE"})
			c.want(404, "PUT", base+"/flows/mine/executions", adm, map[string]any{"requirement": "REQUIRED"})
			if e := c.want(200, "GET", base+"/executions/"+str(all[1], "id"), adm, nil).obj(t); e["requirement"] != "REQUIRED" {
				t.Errorf("execution %v", e)
			}
			if e := c.want(200, "GET", base+"/flows/browser/executions", adm, nil).list(t)[1]; e["requirement"] != "DISABLED" {
				t.Errorf("the original changed too: %v", e)
			}
			for _, tt := range []struct {
				method, path string
				body         map[string]any
				status       int
				text         string
			}{
				{"POST", "/flows/browser/executions/execution", map[string]any{"provider": "auth-cookie"}, 400, "built in"},
				{"POST", "/flows/nope/executions/execution", map[string]any{"provider": "auth-cookie"}, 400, "Parent flow doesn't exist"},
				{"POST", "/flows/mine/executions/execution", map[string]any{"provider": "nope"}, 400, "No authentication provider found for id: nope"},
				{"POST", "/flows/mine/executions/flow", map[string]any{"alias": "mine forms", "type": "basic-flow"}, 409, "already exists"},
				{"POST", "/flows/mine/executions/flow", map[string]any{"alias": "below", "type": "basic-flow"}, 201, ""},
				{"POST", "/flows", map[string]any{"alias": "mine", "providerId": "basic-flow"}, 409, "Flow mine already exists"},
				{"POST", "/flows", map[string]any{"providerId": "basic-flow"}, 409, "empty alias"},
				{"PUT", "/flows/" + flow("mine"), map[string]any{"alias": "mine", "description": "x"}, 409, ""},
				{"PUT", "/flows/" + flow("mine"), map[string]any{"alias": "mine", "description": "x", "providerId": "basic-flow"}, changed, ""},
				{"DELETE", "/flows/" + flow("browser"), nil, 400, "Can't delete built in flow"},
				{"DELETE", "/executions/" + str(own[0], "id"), nil, 400, "built in"},
				{"DELETE", "/executions/" + str(all[0], "id"), nil, 204, ""},
				{"POST", "/executions/" + str(all[1], "id") + "/lower-priority", nil, 204, ""},
			} {
				var body any
				if tt.body != nil {
					body = tt.body
				}
				if a := c.send(tt.method, base+tt.path, adm, body); a.status != tt.status || !strings.Contains(string(a.body), tt.text) {
					t.Errorf("%s %s: %d %s, want %d %q", tt.method, tt.path, a.status, a.body, tt.status, tt.text)
				}
			}
			l := c.want(200, "GET", base+"/flows/mine/executions", adm, nil).list(t)
			if l[0]["id"] == all[1]["id"] || l[1]["id"] != all[1]["id"] || l[len(l)-1]["displayName"] != "below" || l[len(l)-1]["requirement"] != "DISABLED" {
				t.Errorf("executions %v", l)
			}
			c.want(204, "PUT", c.base(), adm, map[string]any{"browserFlow": "mine"})
			c.want(500, "DELETE", base+"/flows/"+flow("mine"), adm, nil)
			c.want(204, "PUT", c.base(), adm, map[string]any{"browserFlow": "browser"})
			c.want(204, "DELETE", base+"/flows/"+flow("mine"), adm, nil)
		})
	}
}

// TestRequiredActions: change, remove, register again.
func TestRequiredActions(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	base := c.base() + "/authentication"
	one := base + "/required-actions/VERIFY_EMAIL"
	m := c.want(200, "GET", one, adm, nil).obj(t)
	m["enabled"] = false
	c.want(204, "PUT", one, adm, m)
	if got := c.want(200, "GET", one, adm, nil).obj(t); got["enabled"] != false || got["name"] != "Verify Email" {
		t.Errorf("after the change: %v", got)
	}
	c.want(204, "DELETE", one, adm, nil)
	l := c.want(200, "GET", base+"/unregistered-required-actions", adm, nil).list(t)
	if len(l) != 1 || l[0]["providerId"] != "VERIFY_EMAIL" {
		t.Errorf("unregistered: %v", l)
	}
	c.want(400, "POST", base+"/register-required-action", adm, map[string]any{"providerId": "NOPE"})
	c.want(204, "POST", base+"/register-required-action", adm, l[0])
	all := c.want(200, "GET", base+"/required-actions", adm, nil).list(t)
	if last := all[len(all)-1]; last["alias"] != "VERIFY_EMAIL" {
		t.Errorf("last %v", last)
	}
	c.want(204, "POST", one+"/raise-priority", adm, nil)
	if x := c.want(200, "GET", base+"/required-actions", adm, nil).list(t)[len(all)-2]; x["alias"] != "VERIFY_EMAIL" {
		t.Errorf("one before last %v", x)
	}
	// Another realm has its own.
	c.createRealm("other")
	c.want(200, "GET", c.base()+"/authentication/required-actions/VERIFY_EMAIL", adm, nil)
}
