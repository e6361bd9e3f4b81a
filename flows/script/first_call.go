package script

import (
	"slices"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/journal"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// FirstCall makes the call that is refused.
var FirstCall = Step{Console: firstCallConsole, Curl: firstCallCurl, Kcadm: firstCallKcadm, Terraform: firstCallTerraform, TypeScript: firstCallTypeScript}

func firstCallConsole(s Scene) []msg.Message {
	all := lines(
		msg.New("The Admin Console cannot call on behalf of a client: it calls with your own token. Make this one with curl or kcadm."),
		msg.New("What the call needs: the secret, from Clients, %s, Credentials; and the user's id, from Users, %s.", s.Params.ClientID, s.Params.Username))
	if !s.Audience {
		return all
	}
	all = append(all, msg.New("401 means that the token is not meant for the admin API. Then assign the client scope that adds this audience:"))
	scope := change.Change{Kind: journal.ChangeDefaultScope, Realm: s.Params.Realm, ClientID: s.Params.ClientID, Role: keycloak.AdminAPIScope}
	return append(append(all, scope.Console(console.Of(s.Version))...), msg.New("Make the call again with a new token: 403."))
}

func firstCallCurl(s Scene) string {
	if s.Audience {
		return handToken("TOKEN") + handCall("TOKEN", notMeant) + assignCurl + handToken("TOKEN") + handCall("TOKEN", "403")
	}
	return handToken("TOKEN") + handCall("TOKEN", "403")
}

const notMeant = "401: not meant for the admin API"

// assignCurl makes the client scope that adds the audience a default one of the client.
const assignCurl = `SCOPE=$(bearer "$ADMIN_TOKEN" |
  curl -fsS "$KEYCLOAK/admin/realms/$REALM/client-scopes" -H @- | tr '{' '\n' |
  grep '"name":"` + keycloak.AdminAPIScope + `"' | grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)
bearer "$ADMIN_TOKEN" | curl -fsS -X PUT -H @- \
  "$KEYCLOAK/admin/realms/$REALM/clients/$CLIENT_UUID/default-client-scopes/$SCOPE"
`

// assignKcadm is the same with kcadm.sh.
var assignKcadm = []string{
	`SCOPE=$(kcadm.sh get client-scopes -r "$REALM" --fields id,name --format csv --noquotes |`,
	`  grep ',` + keycloak.AdminAPIScope + `$' | cut -d, -f1)`,
	`kcadm.sh update "clients/$CLIENT_UUID/default-client-scopes/$SCOPE" -r "$REALM" -b '{}'`,
}

func firstCallKcadm(s Scene) string {
	begin := []string{`CLIENT_LOGIN=$(mktemp)   # beside the admin's login`}
	if s.Audience {
		return joinLines(slices.Concat(begin, kcadmClientLogin, kcadmCall(notMeant), assignKcadm, kcadmClientLogin, kcadmCall("403"))...)
	}
	return joinLines(slices.Concat(begin, kcadmClientLogin, kcadmCall("403"))...)
}

func firstCallTerraform(s Scene) string {
	if s.Audience {
		return joinLines(
			`# This resource owns the whole list: add the client's other default scopes.`,
			`resource "keycloak_openid_client_default_scopes" "client" {`,
			`  realm_id       = `+realmResource(s), `  client_id      = keycloak_openid_client.client.id`,
			`  default_scopes = ["web-origins", "acr", "profile", "roles", "basic", "email", "service_account", "`+keycloak.AdminAPIScope+`"]`, `}`, ``) +
			outputsTerraform + joinLines(
			`# Terraform makes no call in the client's name. Apply the client and the user:`,
			`#   terraform apply -target keycloak_openid_client.client -target keycloak_user.user`,
			`#   CLIENT_SECRET=$(terraform output -raw client_secret)`,
			`#   USER_ID=$(terraform output -raw user_id)`,
			`# and make the call with curl. `+notMeant+`. Then the client scope:`,
			`#   terraform apply -target keycloak_openid_client_default_scopes.client`,
			`# and make the call with a new token: 403.`)
	}
	return outputsTerraform + joinLines(
		`# Terraform makes no call in the client's name. Apply all but the role:`,
		`#   terraform apply -target keycloak_openid_client.client -target keycloak_user.user`,
		`#   CLIENT_SECRET=$(terraform output -raw client_secret)`,
		`#   USER_ID=$(terraform output -raw user_id)`,
		`# and make the call with curl: 403.`)
}

// outputsTerraform are what the call needs.
var outputsTerraform = joinLines(
	`output "client_secret" {`, `  value     = keycloak_openid_client.client.client_secret`, `  sensitive = true`, `}`, ``,
	`output "user_id" {`, `  value = keycloak_user.user.id`, `}`, ``)
