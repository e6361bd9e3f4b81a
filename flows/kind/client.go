package kind

import (
	"context"

	"fix403/keycloak"
)

var client = behavior{
	word: "client",
	find: func(ctx context.Context, a *keycloak.Admin, o Object) (Found, error) {
		c, err := a.FindClient(ctx, o.Realm, o.Name)
		if err != nil {
			return Found{}, err
		}
		return Found{ID: c.ID, Marker: c.Marker}, nil
	},
	named: func(ctx context.Context, a *keycloak.Admin, realm, id string) (string, error) {
		return a.ClientNamed(ctx, realm, id)
	},
	remove: func(ctx context.Context, a *keycloak.Admin, o Object, _ string) error {
		return a.DeleteClient(ctx, o.Realm, o.Name)
	},
	takes: func(name, client string) bool { return name == client },
	calls: []string{"GET /admin/realms/{realm}/clients", "DELETE /admin/realms/{realm}/clients/{client-uuid}"},
}
