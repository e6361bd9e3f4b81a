package change

import (
	"net/url"
	"strings"

	"fix403/flows/journal"
	"fix403/flows/sh"
	"fix403/keycloak/msg"
)

// The forms in which a person makes these changes by hand, as in [GrantConsole] and its like. A change is shown with
// those of its kind: all must be of one client or account.

// Console returns the clicks in the Admin Console, one line each.
func (c Change) Console() []msg.Message {
	open := OpenClient(c.Realm, c.ClientID)
	switch c.Kind {
	case journal.ChangeGrant:
		if c.ClientID != "" {
			return GrantConsole(c.Realm, c.ClientID, c.Role)
		}
		return []msg.Message{
			msg.New("Choose the realm %s (top left), then Users, then the user with the id %s.", c.Realm, c.UserID),
			msg.New("Open the tab Role mapping, press Assign role and choose Client roles (on 24.0.5: Filter by clients)."),
			msg.New("Search for %s, check the one of the client %s, and press Assign.", c.Role, c.Container),
		}
	case journal.ChangeScopeMapping:
		return []msg.Message{
			open, msg.New("Open the tab Client scopes, choose %s-dedicated, then its tab Scope. Leave Full scope allowed off.", c.ClientID),
			msg.New("Press Assign role and choose Client roles (on 24.0.5: Filter by clients)."),
			msg.New("Search for %s, check the one of the client %s, and press Assign.", c.Role, c.Container),
		}
	case journal.ChangeScopeDefault:
		return []msg.Message{open, msg.New("Open the tab Client scopes, and choose Default in place of Optional at %s.", c.Role)}
	case journal.ChangeDefaultScope:
		return []msg.Message{open, msg.New("Open the tab Client scopes and press Add client scope."), msg.New("Check %s, press Add, and choose Default.", c.Role)}
	case journal.ChangeHeavyweight:
		return []msg.Message{open, msg.New("Open the tab Advanced, and there Advanced settings."), msg.New("Switch Always use lightweight access token off, and press Save.")}
	}
	return nil
}

// Curl returns shell commands with curl. They need what those of [GrantCurl] need.
func (c Change) Curl() []string {
	base := CurlRealm(c.Realm)
	const auth, body = CurlByPipe, ` \` + "\n" + `  -H 'Content-Type: application/json'`
	client := CurlClient("CLIENT_UUID", c.Realm, c.ClientID)
	role := append(CurlClient("CONTAINER", c.Realm, c.Container),
		`ROLE=$(`+CurlAdmin+base+`"/clients/$CONTAINER/roles/"`+sh.Quote(url.PathEscape(c.Role))+auth+`)`)
	switch c.Kind {
	case journal.ChangeGrant:
		if c.ClientID != "" {
			return GrantCurl(c.Realm, c.ClientID, c.Role)
		}
		return append(role, CurlAdmin+base+`"/users/"`+sh.Quote(url.PathEscape(c.UserID))+`"/role-mappings/clients/$CONTAINER"`+auth+body+` -d "[$ROLE]"`)
	case journal.ChangeScopeMapping:
		return append(append(client, role...),
			CurlAdmin+base+`"/clients/$CLIENT_UUID/scope-mappings/clients/$CONTAINER"`+auth+body+` -d "[$ROLE]"`)
	case journal.ChangeDefaultScope, journal.ChangeScopeDefault:
		lines := append(client,
			`SCOPE=$(`+CurlAdmin+base+`/client-scopes`+auth+` | tr '{' '\n' |`,
			`  grep `+sh.Quote(`"name":"`+c.Role+`"`)+` | `+firstID+`)`)
		if c.Kind == journal.ChangeScopeDefault {
			lines = append(lines, CurlAdmin+`-X DELETE `+base+`"/clients/$CLIENT_UUID/optional-client-scopes/$SCOPE"`+auth)
		}
		return append(lines, CurlAdmin+`-X PUT `+base+`"/clients/$CLIENT_UUID/default-client-scopes/$SCOPE"`+auth)
	case journal.ChangeHeavyweight:
		return append(client, CurlEdit(base+`"/clients/$CLIENT_UUID"`,
			`'s/"client.use.lightweight.access.token.enabled":"true"/"client.use.lightweight.access.token.enabled":"false"/'`)...)
	}
	return nil
}

// Kcadm returns commands of Keycloak's own bin/kcadm.sh, after a login.
func (c Change) Kcadm() []string {
	realm := ` -r ` + sh.Quote(c.Realm)
	find := func(variable, clientID string) string {
		return variable + `=$(kcadm.sh get clients` + realm + ` -q ` + sh.Quote("clientId="+clientID) + ` --fields id --format csv --noquotes)`
	}
	switch c.Kind {
	case journal.ChangeGrant:
		if c.ClientID != "" {
			return GrantKcadm(c.Realm, c.ClientID, c.Role)
		}
		return []string{`kcadm.sh add-roles` + realm + ` --uid ` + sh.Quote(c.UserID) + ` --cclientid ` + sh.Quote(c.Container) + ` --rolename ` + sh.Quote(c.Role)}
	case journal.ChangeScopeMapping:
		return []string{
			find("CLIENT_UUID", c.ClientID), find("CONTAINER", c.Container),
			`ROLE=$(kcadm.sh get "clients/$CONTAINER/roles/"` + sh.Quote(c.Role) + realm + `)`,
			`kcadm.sh create "clients/$CLIENT_UUID/scope-mappings/clients/$CONTAINER"` + realm + ` -b "[$ROLE]"`,
		}
	case journal.ChangeDefaultScope, journal.ChangeScopeDefault:
		lines := []string{
			find("CLIENT_UUID", c.ClientID),
			`SCOPE=$(kcadm.sh get client-scopes` + realm + ` --fields id,name --format csv --noquotes | grep ` + sh.Quote(","+c.Role+"$") + ` | cut -d, -f1)`,
		}
		if c.Kind == journal.ChangeScopeDefault {
			lines = append(lines, `kcadm.sh delete "clients/$CLIENT_UUID/optional-client-scopes/$SCOPE"`+realm)
		}
		return append(lines, `kcadm.sh update "clients/$CLIENT_UUID/default-client-scopes/$SCOPE"`+realm+` -b '{}'`)
	case journal.ChangeHeavyweight:
		return []string{find("CLIENT_UUID", c.ClientID),
			`kcadm.sh update "clients/$CLIENT_UUID"` + realm + ` -s 'attributes."client.use.lightweight.access.token.enabled"=false'`}
	}
	return nil
}

// Terraform returns blocks for the provider keycloak/keycloak, for a client that is not managed by Terraform.
func (c Change) Terraform() []string {
	realm := HCL(c.Realm)
	data := func() []string {
		lines := append(DataClient("client", realm, c.ClientID), "")
		return append(append(lines, DataClient("container", realm, c.Container)...), "",
			`data "keycloak_role" "role" {`, `  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.container.id`, `  name      = `+HCL(c.Role), `}`, "")
	}
	switch c.Kind {
	case journal.ChangeGrant:
		if c.ClientID != "" {
			return GrantTerraform(c.Realm, c.ClientID, c.Role)
		}
		lines := append(DataClient("container", realm, c.Container), "",
			`data "keycloak_role" "role" {`, `  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.container.id`, `  name      = `+HCL(c.Role), `}`, "")
		return append(lines, `resource "keycloak_user_roles" "account" {`, `  realm_id   = `+realm, `  user_id    = `+HCL(c.UserID),
			`  role_ids   = [data.keycloak_role.role.id]`, `  exhaustive = false`, `}`)
	case journal.ChangeScopeMapping:
		return append(data(), `resource "keycloak_generic_role_mapper" "`+strings.ReplaceAll(c.Role, "-", "_")+`" {`,
			`  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.client.id`, `  role_id   = data.keycloak_role.role.id`, `}`)
	case journal.ChangeDefaultScope, journal.ChangeScopeDefault:
		return append(append(DataClient("client", realm, c.ClientID), ""),
			`# This resource owns the whole list: add the client's other default scopes.`,
			`resource "keycloak_openid_client_default_scopes" "client" {`, `  realm_id       = `+realm, `  client_id      = data.keycloak_openid_client.client.id`,
			`  default_scopes = ["web-origins", "acr", "profile", "`+c.Role+`", "basic", "email"]`, `}`)
	case journal.ChangeHeavyweight:
		return []string{`# In the resource of the client:`, `resource "keycloak_openid_client" "client" {`, `  realm_id  = ` + realm, `  client_id = ` + HCL(c.ClientID),
			`  # …`, `  extra_config = { "client.use.lightweight.access.token.enabled" = "false" }`, `}`}
	}
	return nil
}
