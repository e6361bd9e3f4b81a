package change

import (
	"context"
	"net/url"

	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// grant assigns a client role to an account.
var grant = form{
	describe: func(c Change) msg.Message {
		if c.ClientID == "" {
			return msg.New("gives %s of %s to the user %s", c.Role, c.Container, c.UserID)
		}
		return msg.New("gives %s of %s to the service account of the client %s", c.Role, c.Container, c.ClientID)
	},
	console: grantConsole, curl: grantCurl, kcadm: grantKcadm, terraform: grantTerraform, find: grantFind,
}

func grantConsole(c Change, l console.Labels) []msg.Message {
	if c.ClientID != "" {
		return GrantConsole(l, c.Realm, c.ClientID, c.Role)
	}
	return []msg.Message{
		msg.New("Choose the realm %s (top left), then Users, then the user with the id %s.", c.Realm, c.UserID),
		msg.New("Open the tab Role mapping, press Assign role and choose %s.", l.ClientRoles),
		msg.New("Search for %s, check the one of the client %s, and press Assign.", c.Role, c.Container),
	}
}

func grantCurl(c Change) []string {
	base := CurlRealm(c.Realm)
	const auth, body = CurlByPipe, ` \` + "\n" + `  -H 'Content-Type: application/json'`
	role := append(CurlClient("CONTAINER", c.Realm, c.Container),
		`ROLE=$(`+CurlAdmin+base+`"/clients/$CONTAINER/roles/"`+sh.Quote(url.PathEscape(c.Role))+auth+`)`)
	if c.ClientID != "" {
		return GrantCurl(c.Realm, c.ClientID, c.Role)
	}
	return append(role, CurlAdmin+base+`"/users/"`+sh.Quote(url.PathEscape(c.UserID))+`"/role-mappings/clients/$CONTAINER"`+auth+body+` -d "[$ROLE]"`)
}

func grantKcadm(c Change) []string {
	realm := ` -r ` + sh.Quote(c.Realm)
	if c.ClientID != "" {
		return GrantKcadm(c.Realm, c.ClientID, c.Role)
	}
	return []string{`kcadm.sh add-roles` + realm + ` --uid ` + sh.Quote(c.UserID) + ` --cclientid ` + sh.Quote(c.Container) + ` --rolename ` + sh.Quote(c.Role)}
}

func grantTerraform(c Change) []string {
	realm := HCL(c.Realm)
	if c.ClientID != "" {
		return GrantTerraform(c.Realm, c.ClientID, c.Role)
	}
	lines := append(DataClient("container", realm, c.Container), "",
		`data "keycloak_role" "role" {`, `  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.container.id`, `  name      = `+HCL(c.Role), `}`, "")
	return append(lines, `resource "keycloak_user_roles" "account" {`, `  realm_id   = `+realm, `  user_id    = `+HCL(c.UserID),
		`  role_ids   = [data.keycloak_role.role.id]`, `  exhaustive = false`, `}`)
}

func grantFind(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error) {
	at, err := c.role(ctx, admin)
	if err != nil {
		return place{}, err
	}
	id := c.UserID
	if client != nil {
		account, err := admin.ServiceAccount(ctx, c.Realm, client.ID)
		if err != nil {
			return place{}, err
		}
		id = account.ID
	}
	held, err := admin.DirectRoles(ctx, c.Realm, id, at.container)
	return place{object: id, there: c.among(held), set: func(on bool) error {
		if on {
			return admin.Grant(ctx, c.Realm, id, at.container, at.role, nil)
		}
		return admin.Revoke(ctx, c.Realm, id, at.container, at.role)
	}}, err
}
