package script

import (
	"slices"

	"fix403/flows/params"
	"fix403/keycloak/msg"
)

// SecondCall makes the call that passes.
var SecondCall = Step{Console: secondCallConsole, Curl: secondCallCurl, Kcadm: secondCallKcadm, Terraform: secondCallTerraform, TypeScript: secondCallTypeScript}

func secondCallConsole(s Scene) []msg.Message {
	return lines(
		msg.New("Make the call again with curl or kcadm, first with the old token, then with a new one."),
		msg.New("What has changed: Clients, %s, the tab of the service account's roles lists %s; without Hide inherited roles also the roles that it includes.", s.Params.ClientID, params.TheRole))
}

func secondCallCurl(s Scene) string {
	return handCall("TOKEN", oldTokenGets(s)) + handToken("NEW_TOKEN") + handCall("NEW_TOKEN", "200")
}

func secondCallKcadm(s Scene) string {
	return joinLines(slices.Concat(kcadmCall(oldTokenGets(s)), kcadmClientLogin, kcadmCall("a new token: 200"), []string{`rm "$CLIENT_LOGIN"`})...)
}

func secondCallTerraform(s Scene) string {
	return joinLines("# terraform apply, now with the role. Then the call with curl again.", "# "+oldTokenGets(s)+".", "# A new token: 200.")
}
