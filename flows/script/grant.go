package script

import (
	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/params"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Grant assigns the missing role.
var Grant = Step{Console: grantConsole, Curl: grantCurl, Kcadm: grantKcadm, Terraform: grantTerraform, TypeScript: grantTypeScript}

func grantConsole(s Scene) []msg.Message {
	return change.GrantConsole(console.Of(s.Version), s.Params.Realm, s.Params.ClientID, params.TheRole)
}

func grantCurl(Scene) string {
	return `SERVICE_ACCOUNT=$(bearer "$ADMIN_TOKEN" |
  curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients/$CLIENT_UUID/service-account-user" -H @- |
  grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)
REALM_MANAGEMENT=$(bearer "$ADMIN_TOKEN" |
  curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients?clientId=realm-management" -H @- |
  grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)
ROLE=$(bearer "$ADMIN_TOKEN" |
  curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients/$REALM_MANAGEMENT/roles/` + params.TheRole + `" -H @-)
bearer "$ADMIN_TOKEN" | curl -fsS \
  "$KEYCLOAK/admin/realms/$REALM/users/$SERVICE_ACCOUNT/role-mappings/clients/$REALM_MANAGEMENT" \
  -H @- -H 'Content-Type: application/json' -d "[$ROLE]"
`
}

func grantKcadm(s Scene) string {
	return joinLines(change.GrantKcadm(s.Params.Realm, s.Params.ClientID, params.TheRole)...)
}

func grantTerraform(s Scene) string {
	lines := append(change.DataClient("realm_management", realmResource(s), keycloak.RealmManagement), "")
	return joinLines(append(lines, change.GrantResources(realmResource(s), "keycloak_openid_client.client", []string{params.TheRole})...)...)
}
