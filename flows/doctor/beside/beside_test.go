package beside

import (
	"net/http"
	"slices"
	"testing"

	"fix403/flows/gate"
	"fix403/keycloak/wire"
)

func TestFind(t *testing.T) {
	for path, want := range map[string]string{
		"/realms/r/protocol/openid-connect/userinfo":          "userinfo",
		"//realms//r/protocol/openid-connect/userinfo?a=b":    "userinfo",
		"/realms/r/protocol/openid-connect/token/introspect":  "introspection",
		"/realms/r/protocol/openid-connect/token":             "token",
		"/realms/r/account":                                   "account",
		"/realms/r/account/organizations":                     "account-organizations",
		"/realms/r/broker/ext/token":                          "broker-token",
		"/realms/r/broker/ext/endpoint":                       "broker",
		"/realms/r/authz/protection/resource_set/1":           "uma",
		"/realms/r/authz/entitlement/x":                       "authz",
		"/realms/r/clients-registrations/default/x":           "registration",
		"/realms/r/scim/v2/Users":                             "scim",
		"/admin/api/v2/realms/r/clients":                      "admin-api-v2",
		"/admin/r/console/whoami":                             "console",
		"/admin/realms/r/users":                               "",
		"/admin/realms/console":                               "",
		"/admin/realms/r/ui-ext/sessions":                     "",
		"/realms/r/users":                                     "",
		"/realms/r":                                           "",
		"/admin/serverinfo":                                   "",
		"/realms/r/protocol/openid-connect/ext/ciba/auth":     "ciba",
		"/realms/r/protocol/openid-connect/auth/device":       "device",
		"/realms/r/protocol/openid-connect/auth":              "auth",
		"/realms/r/login-actions/authenticate?execution=1":    "login-actions",
		"/realms/r/.well-known/openid-configuration":          "well-known",
		"/realms/r/protocol/openid-connect/ext/par/request":   "par",
		"/realms/r/protocol/saml/descriptor":                  "saml",
		"/realms/r/protocol/openid-connect/token/introspect/": "introspection",
	} {
		id := ""
		if e := Find(path); e != nil {
			id = e.ID
		}
		if id != want {
			t.Errorf("%s: %q, want %q", path, id, want)
		}
	}
}

// TestMeans has refusals as real servers gave them.
func TestMeans(t *testing.T) {
	for _, tt := range []struct {
		path, body, challenge string
		status                int
		at                    gate.Gate
		words                 string
	}{
		{"/realms/r/protocol/openid-connect/userinfo", "", `Bearer realm="r", error="insufficient_scope", error_description="Missing openid scope"`, 403, gate.Identity, "Missing openid scope"},
		{"/realms/r/protocol/openid-connect/token/introspect", `{"error":"invalid_request","error_description":"Client not allowed."}`, "", 403, gate.Client, "Client not allowed."},
		{"/realms/r/account", `{"error":"HTTP 401 Unauthorized"}`, "", 401, gate.Identity, ""},
		{"/realms/r/account", `{"error":"unknown_error","error_description":"For more on this error consult the server log at the debug level."}`, "", 403, gate.Role, ""},
		{"/realms/r/broker/ext/token", `{"errorMessage":"Identity Provider [ext] does not support this operation."}`, "", 400, gate.Route, "Identity Provider [ext] does not support this operation."},
		{"/realms/r/authz/protection/resource_set", `{"error":"invalid_scope","error_description":"Requires uma_protection scope."}`, "", 403, gate.Role, "Requires uma_protection scope."},
		{"/realms/r/scim/v2/Users", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401","detail":"Invalid token audience"}`, "", 401, gate.Identity, "Invalid token audience"},
	} {
		reply := &wire.Reply{Exchange: wire.Exchange{Status: tt.status}, Header: http.Header{"Www-Authenticate": {tt.challenge}}, Body: []byte(tt.body)}
		if got := Find(tt.path).Means(reply).Gate; got != tt.at || Words(reply) != tt.words || !IsKeycloaks(reply) {
			t.Errorf("%s %s: at %s, %q", tt.path, tt.body, got, Words(reply))
		}
	}
	if IsKeycloaks(&wire.Reply{Exchange: wire.Exchange{Status: 403}, Body: []byte("<html>")}) || IsKeycloaks(&wire.Reply{Exchange: wire.Exchange{Status: 403}}) {
		t.Error("a proxy's answer is taken for Keycloak's")
	}
}

func TestConsole(t *testing.T) {
	call, is := Console("/admin/realms/r/ui-ext/sessions?type=ALL")
	if !is || !slices.Equal(call.Smallest, []string{"view-realm"}) || !call.Known("26.7.4") || call.Known("26.6.4") || call.LetsIn(nil) || !call.LetsIn([]string{"manage-realm"}) {
		t.Errorf("%+v", call)
	}
	if _, is := Console("/admin/realms/r/users"); is {
		t.Error("users are no call of the console alone")
	}
	if call, _ := Console("/admin/realms/r/ui-ext/info"); call.Known("24.0.5") {
		t.Error("24.0.5 does not have it")
	}
}
