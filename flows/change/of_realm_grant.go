package change

import (
	"cmp"
	"context"
	"net/url"

	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// realmGrant assigns a realm role to an account.
var realmGrant = form{
	describe: func(c Change) msg.Message {
		if c.ClientID == "" {
			return msg.New("grants the realm role %s of %s to the user %s", c.Role, c.Realm, cmp.Or(c.Username, c.UserID))
		}
		return msg.New("grants the realm role %s of %s to the service account of the client %s", c.Role, c.Realm, c.ClientID)
	},
	console: realmGrantConsole, curl: realmGrantCurl, kcadm: realmGrantKcadm, terraform: realmGrantTerraform, find: realmGrantFind,
}

func realmGrantConsole(c Change, l console.Labels) []msg.Message {
	clicks := c.openAccount(l)
	if c.ClientID == "" {
		clicks = append(clicks, msg.New("Open the tab Role mapping."))
	}
	return append(clicks, msg.New("Press Assign role, list the realm roles, check %s and press Assign.", c.Role))
}

func realmGrantCurl(c Change) []string {
	base := CurlRealm(c.Realm)
	lines, account := c.curlAccount()
	return append(lines,
		`ROLE=$(`+CurlAdmin+base+`/roles/`+sh.Quote(url.PathEscape(c.Role))+CurlByPipe+`)`,
		CurlAdmin+base+account+`"/role-mappings/realm" \`,
		` `+CurlByPipe+` -H 'Content-Type: application/json' -d "[$ROLE]"`)
}

func realmGrantKcadm(c Change) []string {
	lines, account := c.kcadmAccount()
	return append(lines, `kcadm.sh add-roles`+account+` --rolename `+sh.Quote(c.Role))
}

func realmGrantTerraform(c Change) []string {
	realm := HCL(c.Realm)
	return append([]string{`data "keycloak_role" "role" {`, `  realm_id = ` + realm, `  name     = ` + HCL(c.Role), `}`, ""}, c.terraformRoles(realm)...)
}

func realmGrantFind(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error) {
	role, err := admin.RealmRole(ctx, c.Realm, c.Role)
	if err != nil {
		return place{}, err
	}
	id, err := c.account(ctx, admin, client)
	if err != nil {
		return place{}, err
	}
	held, err := admin.DirectRealmRoles(ctx, c.Realm, id)
	return place{object: id, there: c.among(held), set: func(on bool) error { return admin.SetRealmRole(ctx, c.Realm, id, role, on) }}, err
}
