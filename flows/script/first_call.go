package script

import (
	"slices"

	"fix403/keycloak/msg"
)

// FirstCall makes the call that is refused.
var FirstCall = Step{Console: firstCallConsole, Curl: firstCallCurl, Kcadm: firstCallKcadm, Terraform: firstCallTerraform}

func firstCallConsole(s Scene) []msg.Message {
	return lines(
		msg.New("The Admin Console makes no call in a client's name: it calls with your own token. Make this one with curl or kcadm."),
		msg.New("What the call needs: the secret, from Clients, %s, Credentials; and the user's id, from Users, %s.", s.Params.ClientID, s.Params.Username))
}

func firstCallCurl(Scene) string {
	return handToken("TOKEN") + handCall("TOKEN", "403")
}

func firstCallKcadm(Scene) string {
	return joinLines(slices.Concat([]string{`CLIENT_LOGIN=$(mktemp)   # beside the admin's login`}, kcadmClientLogin, kcadmCall("403"))...)
}

func firstCallTerraform(Scene) string {
	return joinLines(
		`output "client_secret" {`, `  value     = keycloak_openid_client.client.client_secret`, `  sensitive = true`, `}`, ``,
		`output "user_id" {`, `  value = keycloak_user.user.id`, `}`, ``,
		`# Terraform makes no call in the client's name. Apply all but the role:`,
		`#   terraform apply -target keycloak_openid_client.client -target keycloak_user.user`,
		`#   CLIENT_SECRET=$(terraform output -raw client_secret)`,
		`#   USER_ID=$(terraform output -raw user_id)`,
		`# and make the call with curl: 403.`)
}
