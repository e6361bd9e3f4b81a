package change

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// The forms in which a person gives roles of realm-management to a client's service account by hand. Each returns lines
// to show or to copy; realm, client id and roles may hold any characters. curl and kcadm
// were carried out on 24.0.5 and 26.7.3, Terraform on 26.7.3; the clicks were read out of the Admin Console of both, its labels
// are those of package console.

// GrantConsole returns the clicks in the Admin Console, one line each.
func GrantConsole(l console.Labels, realm, clientID string, roles ...string) []msg.Message {
	var search texts.Text = "Search for %s and check %s of the client %s, not one of the same name elsewhere."
	if len(roles) > 1 {
		search = "Search for %s and check %s, each of the client %s, not one of the same name elsewhere."
	}
	var names []any
	for _, r := range roles {
		names = append(names, r)
	}
	return []msg.Message{
		OpenClient(realm, clientID),
		msg.New("Open the tab %s. It exists only while service account roles are on.", l.ServiceAccountRoles),
		msg.New("Press Assign role and choose %s.", l.ClientRoles),
		msg.New(search, msg.Join(", then ", names...), texts.List(roles), keycloak.RealmManagement),
		msg.New("Press Assign."),
	}
}

// OpenClient returns the click in the Admin Console that everything about a client begins with.
func OpenClient(realm, clientID string) msg.Message {
	return msg.New("Choose the realm %s (top left), then Clients, then %s.", realm, clientID)
}

// GrantCurl returns shell commands with curl. They need KEYCLOAK, the server's base URL, and ADMIN_TOKEN, the access
// token of an admin who may give these roles: see [LoginCurl].
func GrantCurl(realm, clientID string, roles ...string) []string {
	return slices.Concat(
		CurlClient("CLIENT_UUID", realm, clientID), CurlClient("REALM_MANAGEMENT", realm, keycloak.RealmManagement),
		CurlServiceAccount("SERVICE_ACCOUNT", realm), giveRoles(CurlRealm(realm), roles))
}

// CurlRealm is the admin URL of a realm, as a shell word that may go on.
func CurlRealm(realm string) string {
	return `"$KEYCLOAK/admin/realms/"` + sh.Quote(url.PathEscape(realm))
}

// CurlClient returns the lines that put the uuid of a client into a shell variable. They need what [GrantCurl] needs.
func CurlClient(variable, realm, clientID string) []string {
	return []string{
		variable + `=$(` + CurlAdmin + `-G ` + CurlRealm(realm) + `/clients \`,
		`  --data-urlencode ` + sh.Quote("clientId="+clientID) + CurlByPipe + ` | ` + FirstID + `)`,
	}
}

// CurlServiceAccount returns the lines that put the id of the service account of the client CLIENT_UUID into a variable.
func CurlServiceAccount(variable, realm string) []string {
	return []string{
		variable + `=$(` + CurlAdmin + CurlRealm(realm) + `"/clients/$CLIENT_UUID/service-account-user"` + CurlByPipe + ` |`,
		`  ` + FirstID + `)`,
	}
}

// FirstID takes the id of the object, or of the first one of a list, out of a JSON answer.
const FirstID = `grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4`

// giveRoles reads the roles and posts them as they were read: a role mapping needs both id and name (FACTS, section 8).
func giveRoles(base string, roles []string) []string {
	var lines, variables []string
	for i, role := range roles {
		variable := "ROLE"
		if len(roles) > 1 {
			variable = fmt.Sprintf("ROLE_%d", i+1)
		}
		lines = append(lines,
			variable+`=$(`+CurlAdmin+base+`"/clients/$REALM_MANAGEMENT/roles/"`+sh.Quote(url.PathEscape(role))+CurlByPipe+`)`)
		variables = append(variables, "$"+variable)
	}
	return append(lines,
		CurlAdmin+base+`"/users/$SERVICE_ACCOUNT/role-mappings/clients/$REALM_MANAGEMENT" \`,
		` `+CurlByPipe+` -H 'Content-Type: application/json' -d "[`+strings.Join(variables, ",")+`]"`)
}

// GrantKcadm returns the command of Keycloak's own bin/kcadm.sh. It needs a login: see [LoginKcadm].
func GrantKcadm(realm, clientID string, roles ...string) []string {
	lines := []string{
		`kcadm.sh add-roles -r ` + sh.Quote(realm) + ` --uusername ` + sh.Quote(ServiceAccountName(clientID)) + ` \`,
		`  --cclientid ` + keycloak.RealmManagement,
	}
	for _, role := range roles {
		lines[1] += " --rolename " + sh.Quote(role)
	}
	return lines
}

// ServiceAccountName is the username that Keycloak gives to a client's service account.
func ServiceAccountName(clientID string) string {
	return "service-account-" + strings.ToLower(clientID)
}

// GrantTerraform returns blocks for the provider keycloak/keycloak, for a client that is not managed by Terraform; of one
// that is, take the resource's service_account_user_id.
func GrantTerraform(realm, clientID string, roles ...string) []string {
	lines := append(DataClient("client", HCL(realm), clientID), "")
	lines = append(append(lines, DataClient("realm_management", HCL(realm), keycloak.RealmManagement)...), "")
	return append(lines, GrantResources(HCL(realm), "data.keycloak_openid_client.client", roles)...)
}

// DataClient is a data source for a client that is there already; realm is an expression.
func DataClient(name, realm, clientID string) []string {
	return []string{
		`data "keycloak_openid_client" "` + name + `" {`,
		`  realm_id  = ` + realm,
		`  client_id = ` + HCL(clientID),
		`}`,
	}
}

// GrantResources give roles to the service account of a client; realm and client are expressions.
func GrantResources(realm, client string, roles []string) []string {
	var lines []string
	for i, role := range roles {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines,
			`resource "keycloak_openid_client_service_account_role" "`+strings.ReplaceAll(role, "-", "_")+`" {`,
			`  realm_id                = `+realm,
			`  service_account_user_id = `+client+`.service_account_user_id`,
			`  client_id               = data.keycloak_openid_client.realm_management.id`,
			`  role                    = `+HCL(role),
			`}`)
	}
	return lines
}

// HCL is s as a string of Terraform's language, where ${ and %{ begin templates.
func HCL(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "${", "$${", "%{", "%%{").Replace(s) + `"`
}

// LoginCurl returns shell commands that set KEYCLOAK and ADMIN_TOKEN for a server and an admin user of a realm. The
// password is taken from ADMIN_PASSWORD.
func LoginCurl(serverURL, adminRealm, adminUser string) []string {
	form := `-d grant_type=password -d client_id=admin-cli --data-urlencode ` + sh.Quote("username="+adminUser)
	return slices.Concat([]string{`KEYCLOAK=` + sh.Quote(serverURL)}, CurlBearer(), CurlToken("ADMIN_TOKEN", RealmWord(adminRealm), form, "password", "ADMIN_PASSWORD"))
}

// RealmWord is a realm as a part of a URL in double quotes.
func RealmWord(realm string) string { return `"` + sh.Quote(url.PathEscape(realm)) + `"` }

// LoginKcadm returns the login that kcadm.sh keeps in its configuration file. The password is taken from
// ADMIN_PASSWORD.
func LoginKcadm(serverURL, adminRealm, adminUser string) []string {
	return loginKcadm(serverURL, adminRealm, "--user", adminUser)
}

// LoginKcadmClient is [LoginKcadm] for an admin that is a client; ADMIN_PASSWORD has its secret.
func LoginKcadmClient(serverURL, adminRealm, clientID string) []string {
	return loginKcadm(serverURL, adminRealm, "--client", clientID)
}

func loginKcadm(serverURL, realm, option, account string) []string {
	return slices.Concat(KcadmSecrets, KcadmLogin(sh.Quote(serverURL), sh.Quote(realm), option, sh.Quote(account), "ADMIN_PASSWORD", ""))
}
