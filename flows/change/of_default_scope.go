package change

import (
	"context"
	"slices"
	"strings"

	"fix403/flows/console"
	"fix403/flows/journal"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// defaultScope makes a client scope a default one of the client.
var defaultScope = form{
	describe: func(c Change) msg.Message {
		return msg.New("makes %s a default client scope of the client %s", c.Role, c.ClientID)
	},
	console: defaultScopeConsole, curl: defaultScopeCurl, kcadm: defaultScopeKcadm, terraform: defaultScopeTerraform, find: defaultScopeFind,
}

func defaultScopeConsole(c Change, _ console.Labels) []msg.Message {
	open := OpenClient(c.Realm, c.ClientID)
	return []msg.Message{open, msg.New("Open the tab Client scopes and press Add client scope."), msg.New("Check %s, press Add, and choose Default.", c.Role)}
}

func defaultScopeCurl(c Change) []string {
	base := CurlRealm(c.Realm)
	const auth = CurlByPipe
	client := CurlClient("CLIENT_UUID", c.Realm, c.ClientID)
	lines := append(client,
		`SCOPE=$(`+CurlAdmin+base+`/client-scopes`+auth+` | tr '{' '\n' |`,
		`  grep `+sh.Quote(`"name":"`+c.Role+`"`)+` | `+FirstID+`)`)
	if c.Kind == journal.ChangeScopeDefault {
		lines = append(lines, CurlAdmin+`-X DELETE `+base+`"/clients/$CLIENT_UUID/optional-client-scopes/$SCOPE"`+auth)
	}
	return append(lines, CurlAdmin+`-X PUT `+base+`"/clients/$CLIENT_UUID/default-client-scopes/$SCOPE"`+auth)
}

func defaultScopeKcadm(c Change) []string {
	realm := ` -r ` + sh.Quote(c.Realm)
	find := func(variable, clientID string) string {
		return variable + `=$(kcadm.sh get clients` + realm + ` -q ` + sh.Quote("clientId="+clientID) + ` --fields id --format csv --noquotes)`
	}
	lines := []string{
		find("CLIENT_UUID", c.ClientID),
		`SCOPE=$(kcadm.sh get client-scopes` + realm + ` --fields id,name --format csv --noquotes | grep ` + sh.Quote(","+c.Role+"$") + ` | cut -d, -f1)`,
	}
	if c.Kind == journal.ChangeScopeDefault {
		lines = append(lines, `kcadm.sh delete "clients/$CLIENT_UUID/optional-client-scopes/$SCOPE"`+realm)
	}
	return append(lines, `kcadm.sh update "clients/$CLIENT_UUID/default-client-scopes/$SCOPE"`+realm+` -b '{}'`)
}

func defaultScopeTerraform(c Change) []string {
	usual := []string{"web-origins", "acr", "profile", "roles", "basic", "email"}
	if !slices.Contains(usual, c.Role) {
		usual = append(usual, c.Role)
	}
	return defaultScopes(c.Realm, c.ClientID, `# This resource owns the whole list: add the client's other default scopes.`, usual)
}

// DefaultScopesTerraform returns the blocks by which a client has these default client scopes and no others.
func DefaultScopesTerraform(realm, clientID string, scopes []string) []string {
	return defaultScopes(realm, clientID, `# This resource owns the whole list: the scopes that the client has, and the new one.`, scopes)
}

func defaultScopes(realm, clientID, comment string, scopes []string) []string {
	var list []string
	for _, s := range scopes {
		list = append(list, HCL(s))
	}
	return append(append(DataClient("client", HCL(realm), clientID), ""), comment,
		`resource "keycloak_openid_client_default_scopes" "client" {`, `  realm_id       = `+HCL(realm), `  client_id      = data.keycloak_openid_client.client.id`,
		`  default_scopes = [`+strings.Join(list, ", ")+`]`, `}`)
}

func defaultScopeFind(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error) {
	return place{
		object: client.ID, there: slices.Contains(client.DefaultScopes, c.Role),
		set: func(on bool) error { return admin.SetClientScope(ctx, c.Realm, client.ID, c.Role, false, on) },
	}, nil
}
