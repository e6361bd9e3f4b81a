package practice

import (
	"strings"
	"testing"
)

// TestClientRegistration: what is wanted was measured on 26.7.4.
func TestClientRegistration(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	adm := c.admin()
	initial := c.want(201, "POST", c.base()+"/clients-initial-access", adm, map[string]any{"count": 1, "expiration": 100}).obj(t)
	if initial["remainingCount"] != 1.0 || initial["expiration"] != 100.0 {
		t.Errorf("%v", initial)
	}
	at := "/realms/lesson/clients-registrations"
	first := c.want(201, "POST", at+"/default", str(initial, "token"), map[string]any{"clientId": "reg"}).obj(t)
	token := str(first, "registrationAccessToken")
	if cl := claimsOf(t, token); cl["typ"] != "RegistrationAccessToken" || cl["registration_auth"] != "authenticated" || cl["exp"] != 0.0 {
		t.Errorf("%v", cl)
	}
	for _, tt := range []struct {
		status            int
		verb, path, token string
		body              any
		want              string
	}{
		{401, "POST", "/default", str(initial, "token"), map[string]any{"clientId": "reg2"}, "No remaining count on initial access token"},
		{200, "GET", "/default/reg", token, nil, `"clientId":"reg"`},
		{200, "GET", "/install/reg", token, nil, `"resource":"reg"`},
		{401, "GET", "/default/nope", token, nil, "Not authorized to view client. Not valid token or client credentials provided."},
		{401, "GET", "/default/account", token, nil, "Not authorized to view client. Not valid token or client credentials provided."},
	} {
		if a := c.want(tt.status, tt.verb, at+tt.path, tt.token, tt.body); !strings.Contains(strings.ReplaceAll(string(a.body), " : ", ":"), tt.want) {
			t.Errorf("%s %s: %s", tt.verb, tt.path, a.body)
		}
	}
	second := c.want(200, "PUT", at+"/default/reg", token, map[string]any{"clientId": "reg", "name": "N"}).obj(t)
	if second["name"] != "N" || second["id"] != first["id"] {
		t.Errorf("changed: %v", second)
	}
	c.want(401, "GET", at+"/default/reg", token, nil) // a change gives another token
	c.want(204, "DELETE", at+"/default/reg", str(second, "registrationAccessToken"), nil)
	c.want(401, "GET", at+"/default/reg", str(second, "registrationAccessToken"), nil)
	if l := c.want(200, "GET", c.base()+"/clients-initial-access", adm, nil).list(t); len(l) != 1 || l[0]["remainingCount"] != 0.0 || l[0]["token"] != nil {
		t.Errorf("%v", l)
	}
	c.want(204, "DELETE", c.base()+"/clients-initial-access/"+str(initial, "id"), adm, nil)
}
