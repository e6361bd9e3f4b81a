package change

import (
	"context"

	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// heavyweight switches lightweight access tokens of a client off.
var heavyweight = form{
	describe: func(c Change) msg.Message {
		return msg.New("switches off lightweight access tokens for the client %s", c.ClientID)
	},
	console: heavyweightConsole, curl: heavyweightCurl, kcadm: heavyweightKcadm, terraform: heavyweightTerraform, find: heavyweightFind,
}

func heavyweightConsole(c Change, _ console.Labels) []msg.Message {
	open := OpenClient(c.Realm, c.ClientID)
	return []msg.Message{open, msg.New("Open the tab Advanced, and there Advanced settings."), msg.New("Switch Always use lightweight access token off, and press Save.")}
}

func heavyweightCurl(c Change) []string {
	base := CurlRealm(c.Realm)
	client := CurlClient("CLIENT_UUID", c.Realm, c.ClientID)
	return append(client, CurlEdit(base+`"/clients/$CLIENT_UUID"`,
		`'s/"client.use.lightweight.access.token.enabled":"true"/"client.use.lightweight.access.token.enabled":"false"/'`)...)
}

func heavyweightKcadm(c Change) []string {
	realm := ` -r ` + sh.Quote(c.Realm)
	find := func(variable, clientID string) string {
		return variable + `=$(kcadm.sh get clients` + realm + ` -q ` + sh.Quote("clientId="+clientID) + ` --fields id --format csv --noquotes)`
	}
	return []string{find("CLIENT_UUID", c.ClientID),
		`kcadm.sh update "clients/$CLIENT_UUID"` + realm + ` -s 'attributes."client.use.lightweight.access.token.enabled"=false'`}
}

func heavyweightTerraform(c Change) []string {
	realm := HCL(c.Realm)
	return []string{`# In the resource of the client:`, `resource "keycloak_openid_client" "client" {`, `  realm_id  = ` + realm, `  client_id = ` + HCL(c.ClientID),
		`  # …`, `  extra_config = { "client.use.lightweight.access.token.enabled" = "false" }`, `}`}
}

func heavyweightFind(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error) {
	return place{
		object: client.ID, there: !client.Lightweight,
		set: func(on bool) error { return admin.SetLightweight(ctx, c.Realm, client.ID, !on) },
	}, nil
}
