package change

import (
	"context"
	"net/url"
	"slices"

	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// grant assigns a client role to an account.
var grant = form{
	describe: func(c Change) msg.Message {
		switch {
		case c.ClientID != "":
			return msg.New("grants %s of %s to the service account of the client %s", c.Role, c.Container, c.ClientID)
		case c.Username != "":
			return msg.New("grants %s of %s to the user %s", c.Role, c.Container, c.Username)
		}
		return msg.New("grants %s of %s to the user %s", c.Role, c.Container, c.UserID)
	},
	console: grantConsole, curl: grantCurl, kcadm: grantKcadm, terraform: grantTerraform, find: grantFind,
}

// own reports whether the role is one of realm-management for a client's service account, for which there are forms of their own.
func (c Change) own() bool { return c.ClientID != "" && c.Container == keycloak.RealmManagement }

func grantConsole(c Change, l console.Labels) []msg.Message {
	if c.own() {
		return GrantConsole(l, c.Realm, c.ClientID, c.Role)
	}
	open := msg.New("Open the tab Role mapping, press Assign role and choose %s.", l.ClientRoles)
	if c.ClientID != "" {
		open = msg.New("Press Assign role and choose %s.", l.ClientRoles)
	}
	return append(c.openAccount(l), open, msg.New("Search for %s, check the one of the client %s, and press Assign.", c.Role, c.Container))
}

// openAccount returns the clicks that open the account; those to a service account end on the tab of its roles.
func (c Change) openAccount(l console.Labels) []msg.Message {
	switch {
	case c.ClientID != "":
		return []msg.Message{OpenClient(c.Realm, c.ClientID), msg.New("Open the tab %s. It exists only while service account roles are on.", l.ServiceAccountRoles)}
	case c.Username != "":
		return []msg.Message{msg.New("Choose the realm %s (top left), then Users, search for %s, and open it.", c.Realm, c.Username)}
	case c.UserID != "":
		return []msg.Message{msg.New("Choose the realm %s (top left), then Users, then the user with the id %s.", c.Realm, c.UserID)}
	}
	return []msg.Message{msg.New("Choose the realm %s (top left), then Clients, then %s, then the tab Sessions, and open the user whose session began when the token was issued.", c.Realm, c.SessionClient)}
}

// curlAccount returns the lines that find the account, and its path below the realm as a shell word that may go on.
func (c Change) curlAccount() (lines []string, path string) {
	base := CurlRealm(c.Realm)
	switch {
	case c.ClientID != "":
		return append(CurlClient("CLIENT_UUID", c.Realm, c.ClientID), CurlServiceAccount("SERVICE_ACCOUNT", c.Realm)...), `"/users/$SERVICE_ACCOUNT"`
	case c.UserID != "":
		return nil, `"/users/"` + sh.Quote(url.PathEscape(c.UserID))
	case c.Username != "":
		return []string{`USER_ID=$(` + CurlAdmin + `-G ` + base + `/users -d exact=true \`,
			`  --data-urlencode ` + sh.Quote("username="+c.Username) + CurlByPipe + ` | ` + FirstID + `)`}, `"/users/$USER_ID"`
	}
	return append(CurlClient("CLIENT_UUID", c.Realm, c.SessionClient),
		`USER_ID=$(`+CurlAdmin+base+`"/clients/$CLIENT_UUID/user-sessions?max=10000"`+CurlByPipe+` | tr '{' '\n' |`,
		`  grep `+sh.Quote(`"id":"`+c.Session+`"`)+` | grep -o '"userId":"[^"]*"' | head -n 1 | cut -d'"' -f4)`), `"/users/$USER_ID"`
}

func grantCurl(c Change) []string {
	if c.own() {
		return GrantCurl(c.Realm, c.ClientID, c.Role)
	}
	base := CurlRealm(c.Realm)
	const auth, body = CurlByPipe, ` \` + "\n" + `  -H 'Content-Type: application/json'`
	account, path := c.curlAccount()
	return slices.Concat(account, CurlClient("CONTAINER", c.Realm, c.Container), []string{
		`ROLE=$(` + CurlAdmin + base + `"/clients/$CONTAINER/roles/"` + sh.Quote(url.PathEscape(c.Role)) + auth + `)`,
		CurlAdmin + base + path + `"/role-mappings/clients/$CONTAINER"` + auth + body + ` -d "[$ROLE]"`,
	})
}

func grantKcadm(c Change) []string {
	if c.own() {
		return GrantKcadm(c.Realm, c.ClientID, c.Role)
	}
	lines, account := c.kcadmAccount()
	return append(lines, `kcadm.sh add-roles`+account+` --cclientid `+sh.Quote(c.Container)+` --rolename `+sh.Quote(c.Role))
}

// kcadmAccount returns the lines that find the account, and the flags of add-roles that name it and its realm.
func (c Change) kcadmAccount() (lines []string, flags string) {
	realm := ` -r ` + sh.Quote(c.Realm)
	switch {
	case c.ClientID != "":
		return nil, realm + ` --uusername ` + sh.Quote(ServiceAccountName(c.ClientID))
	case c.UserID != "":
		return nil, realm + ` --uid ` + sh.Quote(c.UserID)
	case c.Username != "":
		return nil, realm + ` --uusername ` + sh.Quote(c.Username)
	}
	return []string{
		`CLIENT_UUID=$(kcadm.sh get clients` + realm + ` -q ` + sh.Quote("clientId="+c.SessionClient) + ` --fields id --format csv --noquotes)`,
		`USER_ID=$(kcadm.sh get "clients/$CLIENT_UUID/user-sessions"` + realm + ` -q max=10000 --fields id,userId --format csv --noquotes | grep ` + sh.Quote("^"+c.Session+",") + ` | cut -d, -f2)`,
	}, realm + ` --uid "$USER_ID"`
}

func grantTerraform(c Change) []string {
	if c.own() {
		return GrantTerraform(c.Realm, c.ClientID, c.Role)
	}
	realm := HCL(c.Realm)
	lines := append(DataClient("container", realm, c.Container), "",
		`data "keycloak_role" "role" {`, `  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.container.id`, `  name      = `+HCL(c.Role), `}`, "")
	return append(lines, c.terraformRoles(realm)...)
}

// terraformRoles returns the blocks that give the role data.keycloak_role.role to the account.
func (c Change) terraformRoles(realm string) []string {
	var lines []string
	account := HCL(c.UserID)
	switch {
	case c.ClientID != "":
		lines = append(DataClient("client", realm, c.ClientID), "")
		account = "data.keycloak_openid_client.client.service_account_user_id"
	case c.UserID == "":
		name := HCL(c.Username)
		if c.Username == "" {
			name += ` # the user's name`
		}
		lines = append(lines, `data "keycloak_user" "user" {`, `  realm_id = `+realm, `  username = `+name, `}`, "")
		account = "data.keycloak_user.user.id"
	}
	return append(lines, `resource "keycloak_user_roles" "account" {`, `  realm_id   = `+realm, `  user_id    = `+account,
		`  role_ids   = [data.keycloak_role.role.id]`, `  exhaustive = false`, `}`)
}

func grantFind(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error) {
	at, err := c.role(ctx, admin)
	if err != nil {
		return place{}, err
	}
	id, err := c.account(ctx, admin, client)
	if err != nil {
		return place{}, err
	}
	held, err := admin.DirectRoles(ctx, c.Realm, id, at.container)
	return place{object: id, there: c.among(held), set: func(on bool) error {
		if on {
			return admin.Grant(ctx, c.Realm, id, at.container, at.role, nil)
		}
		return admin.Revoke(ctx, c.Realm, id, at.container, at.role)
	}}, err
}

// account returns the id of the account: the client's service account, or the user.
func (c Change) account(ctx context.Context, admin *keycloak.Admin, client *keycloak.Client) (string, error) {
	if client == nil {
		return c.UserID, nil
	}
	account, err := admin.ServiceAccount(ctx, c.Realm, client.ID)
	if err != nil {
		return "", err
	}
	return account.ID, nil
}
