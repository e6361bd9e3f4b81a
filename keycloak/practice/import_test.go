package practice

import (
	"net/url"
	"strings"
	"testing"
)

// older is a realm as Keycloak 8 exports it, in the parts that an import takes with it. What is wanted of it was measured on 26.7.4.
const older = `{"id":"lesson","realm":"lesson","enabled":true,"keycloakVersion":"8.0.1","sslRequired":"external",
"clientScopes":[{"name":"profile","protocol":"openid-connect"},{"name":"role_list","protocol":"saml"},{"name":"extra","protocol":"openid-connect"}],
"defaultDefaultClientScopes":["profile","role_list"],"defaultOptionalClientScopes":["extra"],
"clients":[{"id":"11111111-2222-4333-8444-555555555555","clientId":"app","secret":"s","directAccessGrantsEnabled":true,"serviceAccountsEnabled":true,
 "authorizationServicesEnabled":true,"protocol":"openid-connect","defaultClientScopes":["profile","role_list"],"optionalClientScopes":["extra"]}],
"roles":{"realm":[{"id":"22222222-2222-4333-8444-555555555555","name":"r","attributes":{"a":["b"]}}]},
"scopeMappings":[{"client":"app","roles":["r"]}],
"users":[{"username":"service-account-app","enabled":true,"serviceAccountClientId":"app","clientRoles":{"app":["uma_protection"]}},
 {"username":"ann","enabled":true,"email":"a@example.com","firstName":"A","lastName":"B","requiredActions":["TERMS"],"credentials":[{"type":"password","value":"pw"}]},
 {"username":"bob","enabled":true,"credentials":[{"type":"password","secretData":"{}","credentialData":"{}"}]}],
"requiredActions":[{"alias":"UPDATE_PASSWORD","name":"Change it","providerId":"UPDATE_PASSWORD","enabled":false,"defaultAction":false,"priority":7,"config":{}}],
"authenticationFlows":[{"alias":"mine","providerId":"basic-flow","topLevel":true,"builtIn":false,"authenticationExecutions":[
  {"flowAlias":"below","requirement":"REQUIRED","priority":20,"authenticatorFlow":true},{"authenticator":"auth-cookie","authenticatorConfig":"cfg","requirement":"ALTERNATIVE","priority":10}]},
 {"alias":"below","providerId":"basic-flow","topLevel":false,"builtIn":false,"authenticationExecutions":[]}],
"authenticatorConfig":[{"alias":"cfg","config":{"k":"v"}}],
"identityProviders":[{"alias":"ip","providerId":"oidc","enabled":true,"config":{"clientId":"x"}}],
"organizationsEnabled":true,"organizations":[{"name":"org","alias":"org","domains":[{"name":"example.com"}],"members":[{"username":"ann"}]}],
"localizationTexts":{"de":{"k":"text"}},
"components":{"org.keycloak.keys.KeyProvider":[{"name":"rsa","providerId":"rsa-generated","config":{"priority":["100"]}}],
 "org.keycloak.userprofile.UserProfileProvider":[{"providerId":"declarative-user-profile","config":{"kc.user.profile.config":["{\"attributes\":[{\"name\":\"username\"},{\"name\":\"email\"},{\"name\":\"nick\"}]}"]}}]},
"userFederationProviders":[{"displayName":"old","providerName":"ldap"}]}`

// TestImportIsWhole: what an export holds is in the realm afterwards, or the answer names it.
func TestImportIsWhole(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	adm := c.admin()
	a := c.want(201, "POST", "/admin/realms", adm, older)
	if got := a.header.Get(LeftHeader); got != "userFederationProviders, users[].credentials[].secretData" {
		t.Errorf("left out: %s", got)
	}
	of := func(path string) string { return string(c.want(200, "GET", c.base()+path, adm, nil).body) }
	const app = "11111111-2222-4333-8444-555555555555"
	for _, tt := range []struct{ path, want string }{
		{"/authentication/required-actions", `"priority":7`},
		{"/authentication/flows/mine/executions", `"displayName":"below"`},
		{"/authentication/flows/mine/executions", `"alias":"cfg"`},
		{"/identity-provider/instances/ip", `"clientId":"x"`},
		{"/organizations?search=org", `"example.com"`},
		{"/localization/de", `{"k":"text"}`},
		{"/users/profile", `"nick"`},
		{"/roles-by-id/22222222-2222-4333-8444-555555555555", `"a":["b"]`},
		{"/clients/" + app + "/scope-mappings/realm", `"r"`},
		{"/clients/" + app, `"optionalClientScopes":["extra"]`},
		{"/default-optional-client-scopes", `"extra"`},
	} {
		if got := of(tt.path); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s, without %s", tt.path, got, tt.want)
		}
	}
	// A scope of another protocol is passed over; those that came later are added, since a token without them has no sub.
	if got := strs(c.want(200, "GET", c.base()+"/clients/"+app, adm, nil).obj(t), "defaultClientScopes"); strings.Join(got, " ") != "profile basic acr service_account" {
		t.Errorf("default scopes %v", got)
	}
	// Its keys sign nothing of what a refresh token needs, so Keycloak makes one.
	c.token("lesson", url.Values{"grant_type": {"password"}, "client_id": {"app"}, "client_secret": {"s"}, "username": {"ann"}, "password": {"pw"}})
	c.accessToken("lesson", url.Values{"grant_type": {"password"}, "client_id": {"app"}, "client_secret": {"s"}, "username": {"ann"}, "password": {"pw"}})
}

// TestStrictImport: a strict server takes a realm as a whole, or not at all.
func TestStrictImport(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{Strict: true})
	a := c.want(501, "POST", "/admin/realms", c.admin(), older)
	if !strings.Contains(string(a.body), "userFederationProviders") {
		t.Errorf("%s", a.body)
	}
	c.want(404, "GET", c.base(), c.admin(), nil)
	c.want(201, "POST", "/admin/realms", c.admin(), strings.NewReplacer(`,
"userFederationProviders":[{"displayName":"old","providerName":"ldap"}]`, "", `"secretData":"{}","credentialData":"{}"`, `"value":"x"`).Replace(older))
}
