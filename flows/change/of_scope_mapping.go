package change

import (
	"context"
	"net/url"
	"strings"

	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// scopeMapping lets a role through a client's scope.
var scopeMapping = form{
	describe: func(c Change) msg.Message {
		return msg.New("adds %s of %s to the scope mappings of the client %s", c.Role, c.Container, c.ClientID)
	},
	console: scopeMappingConsole, curl: scopeMappingCurl, kcadm: scopeMappingKcadm, terraform: scopeMappingTerraform, find: scopeMappingFind,
}

func scopeMappingConsole(c Change, l console.Labels) []msg.Message {
	open := OpenClient(c.Realm, c.ClientID)
	return []msg.Message{
		open, msg.New("Open the tab Client scopes, choose %s-dedicated, then its tab Scope. Leave Full scope allowed off.", c.ClientID),
		msg.New("Press Assign role and choose %s.", l.ClientRoles),
		msg.New("Search for %s, check the one of the client %s, and press Assign.", c.Role, c.Container),
	}
}

func scopeMappingCurl(c Change) []string {
	base := CurlRealm(c.Realm)
	const auth, body = CurlByPipe, ` \` + "\n" + `  -H 'Content-Type: application/json'`
	client := CurlClient("CLIENT_UUID", c.Realm, c.ClientID)
	role := append(CurlClient("CONTAINER", c.Realm, c.Container),
		`ROLE=$(`+CurlAdmin+base+`"/clients/$CONTAINER/roles/"`+sh.Quote(url.PathEscape(c.Role))+auth+`)`)
	return append(append(client, role...),
		CurlAdmin+base+`"/clients/$CLIENT_UUID/scope-mappings/clients/$CONTAINER"`+auth+body+` -d "[$ROLE]"`)
}

func scopeMappingKcadm(c Change) []string {
	realm := ` -r ` + sh.Quote(c.Realm)
	find := func(variable, clientID string) string {
		return variable + `=$(kcadm.sh get clients` + realm + ` -q ` + sh.Quote("clientId="+clientID) + ` --fields id --format csv --noquotes)`
	}
	return []string{
		find("CLIENT_UUID", c.ClientID), find("CONTAINER", c.Container),
		`ROLE=$(kcadm.sh get "clients/$CONTAINER/roles/"` + sh.Quote(c.Role) + realm + `)`,
		`kcadm.sh create "clients/$CLIENT_UUID/scope-mappings/clients/$CONTAINER"` + realm + ` -b "[$ROLE]"`,
	}
}

func scopeMappingTerraform(c Change) []string {
	realm := HCL(c.Realm)
	data := func() []string {
		lines := append(DataClient("client", realm, c.ClientID), "")
		return append(append(lines, DataClient("container", realm, c.Container)...), "",
			`data "keycloak_role" "role" {`, `  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.container.id`, `  name      = `+HCL(c.Role), `}`, "")
	}
	return append(data(), `resource "keycloak_generic_role_mapper" "`+strings.ReplaceAll(c.Role, "-", "_")+`" {`,
		`  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.client.id`, `  role_id   = data.keycloak_role.role.id`, `}`)
}

func scopeMappingFind(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error) {
	at, err := c.role(ctx, admin)
	if err != nil {
		return place{}, err
	}
	held, err := admin.MappedScope(ctx, c.Realm, client.ID, at.container)
	return place{object: client.ID, there: c.among(held), set: func(on bool) error {
		if on {
			return admin.MapScope(ctx, c.Realm, client.ID, at.container, at.role)
		}
		return admin.UnmapScope(ctx, c.Realm, client.ID, at.container, at.role)
	}}, err
}
