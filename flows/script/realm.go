package script

import (
	"fmt"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/keycloak/msg"
)

// Realm creates the realm.
var Realm = Step{Console: realmConsole, Curl: realmCurl, Kcadm: realmKcadm, Terraform: realmTerraform, TypeScript: realmTypeScript}

func realmConsole(s Scene) []msg.Message {
	if s.Existing {
		return lines(msg.New("The realm %s exists and stays unchanged.", s.Params.Realm))
	}
	create := msg.New("Press Create realm: it is in the list of realms at the top left.")
	if console.Of(s.Version).ManageRealms {
		create = msg.New("Press Create realm: it is under Manage realms.")
	}
	return lines(
		create,
		msg.New("Enter %s as the Realm name, and leave Enabled on.", s.Params.Realm),
		msg.New("Press Create."))
}

func realmCurl(s Scene) string {
	if s.Existing {
		return "REALM=" + sh.Quote(s.Params.Realm) + "\n"
	}
	return fmt.Sprintf(`REALM=%s
bearer "$ADMIN_TOKEN" | curl -fsS "$KEYCLOAK/admin/realms" -H @- \
  -H 'Content-Type: application/json' \
  -d '{"realm":"'"$REALM"'","enabled":true}'
`, sh.Quote(s.Params.Realm))
}

func realmKcadm(s Scene) string {
	if s.Existing {
		return realmCurl(s)
	}
	return joinLines("REALM="+sh.Quote(s.Params.Realm), `kcadm.sh create realms -s "realm=$REALM" -s enabled=true`)
}

func realmTerraform(s Scene) string {
	if s.Existing {
		return joinLines(`data "keycloak_realm" "story" {`, `  realm = `+change.HCL(s.Params.Realm), `}`)
	}
	return joinLines(`resource "keycloak_realm" "story" {`, `  realm   = `+change.HCL(s.Params.Realm), `  enabled = true`, `}`)
}
