package change

import (
	"context"
	"slices"

	"fix403/flows/console"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// scopeDefault makes an optional client scope of the client a default one.
var scopeDefault = form{
	describe: func(c Change) msg.Message {
		return msg.New("makes %s a default client scope of the client %s", c.Role, c.ClientID)
	},
	console: scopeDefaultConsole, curl: defaultScopeCurl, kcadm: defaultScopeKcadm, terraform: defaultScopeTerraform, find: scopeDefaultFind,
	twoCalls: true,
}

func scopeDefaultConsole(c Change, _ console.Labels) []msg.Message {
	open := OpenClient(c.Realm, c.ClientID)
	return []msg.Message{open, msg.New("Open the tab Client scopes, and choose Default instead of Optional at %s.", c.Role)}
}

func scopeDefaultFind(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error) {
	there := slices.Contains(client.DefaultScopes, c.Role)
	return place{
		object: client.ID, there: there, half: !there && !slices.Contains(client.OptionalScopes, c.Role),
		set: func(on bool) error { // out of the one list first, then into the other
			if err := admin.SetClientScope(ctx, c.Realm, client.ID, c.Role, on, false); err != nil {
				return err
			}
			return admin.SetClientScope(ctx, c.Realm, client.ID, c.Role, !on, true)
		},
	}, nil
}
