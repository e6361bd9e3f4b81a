package advice

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// put changes an object at a path below the realm: it reads it whole, exchanges some fields, and sends it back whole. A
// partial PUT of a client makes its service account anew on 24.0.5, without the roles (measured; not on 26.4.0 and 26.7.3).
func (d *Draft) put(realm, path string, fields []string) {
	d.admin = true
	edit := ""
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		edit += fmt.Sprintf(` -e 's/"%s":%t/"%s":%s/'`, name, value == "false", name, value)
	}
	d.curl = append(d.curl, change.CurlEdit(change.CurlRealm(realm)+path, strings.TrimSpace(edit))...)
}

// client changes settings of a client, given as name=value.
func (d *Draft) client(fields []string, click msg.Message, terraform ...string) {
	d.console = append(d.console, change.OpenClient(d.Realm, d.ClientID), click)
	d.curl = append(d.curl, change.CurlClient("CLIENT_UUID", d.Realm, d.ClientID)...)
	d.put(d.Realm, `"/clients/$CLIENT_UUID"`, fields)
	d.kcadm = append(d.kcadm, `CLIENT_UUID=$(kcadm.sh get clients -r `+sh.Quote(d.Realm)+` -q `+sh.Quote("clientId="+d.ClientID)+` --fields id --format csv --noquotes)`,
		`kcadm.sh update "clients/$CLIENT_UUID" -r `+sh.Quote(d.Realm)+` -s `+strings.Join(fields, " -s "))
	d.terraform = append(d.terraform, `# In the resource of the client:`, `resource "keycloak_openid_client" "client" {`, `  realm_id  = `+change.HCL(d.Realm), `  client_id = `+change.HCL(d.ClientID), `  # …`)
	for _, line := range terraform {
		d.terraform = append(d.terraform, "  "+line)
	}
	d.terraform = append(d.terraform, `}`, "")
}

// ReadSecret takes the client's secret from the server.
func (d *Draft) ReadSecret() {
	d.admin = true
	if !slices.ContainsFunc(d.curl, func(l string) bool { return strings.HasPrefix(l, "CLIENT_UUID=") }) {
		d.curl = append(d.curl, change.CurlClient("CLIENT_UUID", d.Realm, d.ClientID)...)
	}
	d.curl = append(d.curl, `CLIENT_SECRET=$(`+change.CurlAdmin+change.CurlRealm(d.Realm)+`"/clients/$CLIENT_UUID/client-secret"`+change.CurlByPipe+` |`,
		`  grep -o '"value":"[^"]*"' | cut -d'"' -f4)`)
	d.console = append(d.console, msg.New("The tab Credentials of the client has its secret."))
}

// OpenClient opens the client in the Admin Console.
func (d *Draft) OpenClient() { d.Click(change.OpenClient(d.Realm, d.ClientID)) }

// EnableRealm enables the realm.
func (d *Draft) EnableRealm() {
	d.admin = true
	d.curl = append(d.curl, change.CurlAdmin+`-X PUT `+change.CurlRealm(d.Realm)+change.CurlByPipe+` -H 'Content-Type: application/json' -d '{"enabled":true}'`)
	d.kcadm = []string{`kcadm.sh update realms/` + sh.Quote(d.Realm) + ` -s enabled=true`}
	d.console = []msg.Message{msg.New("Choose the realm %s (top left), then Realm settings.", d.Realm), msg.New("Switch Enabled (top right) on.")}
	d.terraform = []string{`# In the resource of the realm:`, `resource "keycloak_realm" "realm" {`, `  realm   = ` + change.HCL(d.Realm), `  enabled = true`, `}`}
}

// EnableClient enables the client.
func (d *Draft) EnableClient() {
	d.client([]string{"enabled=true"}, msg.New("Switch Enabled (top right) on."), "enabled   = true")
}

// EnableUser enables a user of a realm.
func (d *Draft) EnableUser(realm, userID, username string) {
	id := url.PathEscape(userID)
	d.Click(msg.New("Choose the realm %s (top left), then Users, then %s. Switch Enabled (top right) on.", realm, username))
	d.put(realm, `/users/`+id, []string{"enabled=true"})
	d.kcadm = append(d.kcadm, `kcadm.sh update users/`+id+` -r `+sh.Quote(realm)+` -s enabled=true`)
}

// EnableServiceAccount enables the user behind the client's service account.
func (d *Draft) EnableServiceAccount() {
	d.curl = slices.Concat(change.CurlClient("CLIENT_UUID", d.Realm, d.ClientID), change.CurlServiceAccount("ACCOUNT", d.Realm))
	d.put(d.Realm, `"/users/$ACCOUNT"`, []string{"enabled=true"})
	d.Click(msg.New("Choose the realm %s (top left), then Users, search for %s, open it, and switch Enabled (top right) on.", d.Realm, "service-account-"+strings.ToLower(d.ClientID)))
}

// RemakeServiceAccount has Keycloak make the user behind the client's service account again, which it does when an admin asks for it.
func (d *Draft) RemakeServiceAccount() {
	d.admin = true
	d.curl = append(d.curl, change.CurlClient("CLIENT_UUID", d.Realm, d.ClientID)...)
	d.curl = append(d.curl, change.CurlServiceAccount("SERVICE_ACCOUNT", d.Realm)...)
	d.kcadm = append(d.kcadm, `CLIENT_UUID=$(kcadm.sh get clients -r `+sh.Quote(d.Realm)+` -q `+sh.Quote("clientId="+d.ClientID)+` --fields id --format csv --noquotes)`,
		`kcadm.sh get "clients/$CLIENT_UUID/service-account-user" -r `+sh.Quote(d.Realm))
	d.Click(msg.New("Choose the realm %s (top left), then Clients, then %s, then the tab %s: opening it recreates the user.", d.Realm, d.ClientID, d.Labels.ServiceAccountRoles))
}

// GiveServiceAccount switches the client's service account on, and bearer-only off.
func (d *Draft) GiveServiceAccount(bearerOnly bool) {
	fields := []string{"serviceAccountsEnabled=true"}
	if bearerOnly {
		fields = append(fields, "bearerOnly=false")
	}
	d.client(fields, msg.New("Open the tab Settings, and there Capability config. Check %s. Press Save.", d.Labels.ServiceAccountRoles), "service_accounts_enabled = true")
}

// MakeConfidential gives the client a secret and a service account.
func (d *Draft) MakeConfidential() {
	d.client([]string{"publicClient=false", "serviceAccountsEnabled=true"},
		msg.New("Open the tab Settings, and there Capability config. Switch Client authentication on and check %s. Press Save.", d.Labels.ServiceAccountRoles),
		"access_type              = \"CONFIDENTIAL\"", "service_accounts_enabled = true")
}

// AllowDirectAccess lets users log in to the client by name and password.
func (d *Draft) AllowDirectAccess() {
	d.client([]string{"directAccessGrantsEnabled=true"}, msg.New("Open the tab Settings, and there Capability config. Check Direct access grants. Press Save."), "direct_access_grants_enabled = true")
}

// AllowExchange lets the client exchange tokens.
func (d *Draft) AllowExchange() {
	d.Click(change.OpenClient(d.Realm, d.ClientID), msg.New("Open the tab Settings, and there Capability config. Check Standard Token Exchange. Press Save."))
	d.kcadm = append(d.kcadm, `CLIENT_UUID=$(kcadm.sh get clients -r `+sh.Quote(d.Realm)+` -q `+sh.Quote("clientId="+d.ClientID)+` --fields id --format csv --noquotes)`,
		`kcadm.sh update "clients/$CLIENT_UUID" -r `+sh.Quote(d.Realm)+` -s 'attributes."standard.token.exchange.enabled"=true'`)
}

// RevokeRoles revokes roles of realm-management from the client's service account. Before it, the roles that are granted
// instead are added by [Draft.Changes]; granted reports whether there are any.
func (d *Draft) RevokeRoles(realm string, roles []string, granted bool) {
	if !granted {
		d.admin = true
		d.curl = slices.Concat(change.CurlClient("CLIENT_UUID", realm, d.ClientID),
			change.CurlClient("REALM_MANAGEMENT", realm, keycloak.RealmManagement), change.CurlServiceAccount("SERVICE_ACCOUNT", realm))
		d.Click(msg.New("Choose the realm %s (top left), then Clients, then %s, then the tab %s.", realm, d.ClientID, d.Labels.ServiceAccountRoles))
	}
	for _, role := range roles {
		d.curl = append(d.curl,
			`ROLE=$(`+change.CurlAdmin+change.CurlRealm(realm)+`"/clients/$REALM_MANAGEMENT/roles/"`+sh.Quote(url.PathEscape(role))+change.CurlByPipe+`)`,
			change.CurlAdmin+`-X DELETE `+change.CurlRealm(realm)+`"/users/$SERVICE_ACCOUNT/role-mappings/clients/$REALM_MANAGEMENT"`+change.CurlByPipe+` -H 'Content-Type: application/json' -d "[$ROLE]"`)
		d.kcadm = append(d.kcadm, `kcadm.sh remove-roles -r `+sh.Quote(realm)+` --uusername `+sh.Quote("service-account-"+strings.ToLower(d.ClientID))+` --cclientid `+keycloak.RealmManagement+` --rolename `+sh.Quote(role))
		d.Click(msg.New("In the same tab check %s and press Unassign, if no other call of the client needs it.", role))
	}
}
