package practice

import (
	"strings"
	"testing"
)

// TestPartialImport: what is wanted was measured on 26.7.4.
func TestPartialImport(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	const all = `"clients":[{"clientId":"c2"},{"clientId":"account"}],"roles":{"realm":[{"name":"r2"}],"client":{"c2":[{"name":"cr"}]}},"groups":[{"name":"g3","path":"/g3"}],"users":[{"username":"alice"}]`
	for _, tt := range []struct {
		body, want string
		status     int
	}{
		{`{"ifResourceExists":"FAIL",` + all + `}`, `"added":5,"overwritten":0,`, 200},
		{`{"ifResourceExists":"SKIP",` + all + `}`, `"overwritten":0,"results":[{"action":"SKIPPED"`, 200},
		{`{"ifResourceExists":"OVERWRITE",` + all + `}`, `"added":0,"overwritten":5,`, 200},
		{`{}`, `"added":0,"overwritten":0,"results":[],"skipped":0`, 200},
		{`{"users":[{"username":"alice"}]}`, `{"errorMessage":"User with user name alice already exists."}`, 409},
		{`{"clients":[{"clientId":"c2"}]}`, `{"errorMessage":"Client id 'c2' already exists"}`, 409},
		{`{"roles":{"realm":[{"name":"r2"}]}}`, `{"errorMessage":"Realm role 'r2' already exists."}`, 409},
		{`{"roles":{"client":{"c2":[{"name":"cr"}]}}}`, `{"errorMessage":"Client role 'cr' for client 'c2' already exists."}`, 409},
		{`{"roles":{"client":{"nope":[{"name":"cr"}]}}}`, `{"errorMessage":"Can not import client roles for nonexistent client named nope"}`, 412},
		{`{"groups":[{"name":"g3","path":"/g3"}]}`, `{"errorMessage":"Group '/g3' already exists"}`, 409},
		{`{"ifResourceExists":"NONSENSE"}`, "Cannot parse the JSON", 500},
		{`{"identityProviders":[{"alias":"i"}]}`, "not_implemented", 501},
	} {
		if a := c.want(tt.status, "POST", c.base()+"/partialImport", adm, tt.body); !strings.Contains(string(a.body), tt.want) {
			t.Errorf("%s: %s", tt.body, a.body)
		}
	}
	c.want(200, "GET", c.base()+"/clients/"+c.clientUUID("c2")+"/roles/cr", adm, nil)
}
