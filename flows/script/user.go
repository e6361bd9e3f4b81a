package script

import (
	"fmt"
	"strings"

	"fix403/flows/change"
	"fix403/flows/sh"
	"fix403/keycloak/msg"
)

// User creates the user.
var User = Step{Console: userConsole, Curl: userCurl, Kcadm: userKcadm, Terraform: userTerraform, TypeScript: userTypeScript}

func userConsole(s Scene) []msg.Message {
	enter := msg.New("Enter %s as the Username.", s.Params.Username)
	if s.Params.Email != "" {
		enter = msg.New("Enter %s as the Username and %s as the Email.", s.Params.Username, s.Params.Email)
	}
	return lines(
		msg.New("Users, then Create new user (Add user, once the realm has users)."),
		enter,
		msg.New("Press Create. The user's id is in the address bar, after /users/."))
}

func userCurl(s Scene) string {
	email := ""
	if s.Params.Email != "" {
		email = `"email":"` + strings.ReplaceAll(s.Params.Email, "'", `'\''`) + `",`
	}
	return fmt.Sprintf(`USERNAME=%s
USER_ID=$(bearer "$ADMIN_TOKEN" |
  curl -fsS -D - -o /dev/null "$KEYCLOAK/admin/realms/$REALM/users" \
  -H @- -H 'Content-Type: application/json' \
  -d '{"username":"'"$USERNAME"'",%s"enabled":true}' |
  tr -d '\r' | sed -n 's#^[Ll]ocation:.*/##p')
`, sh.Quote(s.Params.Username), email)
}

func userKcadm(s Scene) string {
	email := ""
	if s.Params.Email != "" {
		email = " -s " + sh.Quote("email="+s.Params.Email)
	}
	return joinLines(
		"USERNAME="+sh.Quote(s.Params.Username),
		`USER_ID=$(kcadm.sh create users -r "$REALM" -i -s "username=$USERNAME"`+email+` \`,
		`  -s enabled=true)`)
}

func userTerraform(s Scene) string {
	settings := [][2]string{{"realm_id", realmResource(s)}, {"username", change.HCL(s.Params.Username)}}
	if s.Params.Email != "" {
		settings = append(settings, [2]string{"email", change.HCL(s.Params.Email)})
	}
	return joinLines(append(append([]string{`resource "keycloak_user" "user" {`}, attributes(settings)...), `}`)...)
}
