package kind

import (
	"context"

	"fix403/keycloak"
)

var user = behavior{
	word: "user",
	find: func(ctx context.Context, a *keycloak.Admin, o Object) (Found, error) {
		u, err := a.FindUser(ctx, o.Realm, o.Name, "")
		if err != nil {
			return Found{}, err
		}
		return Found{ID: u.ID, Marker: u.Marker}, nil
	},
	named: func(ctx context.Context, a *keycloak.Admin, realm, id string) (string, error) {
		return a.UserNamed(ctx, realm, id)
	},
	remove: func(ctx context.Context, a *keycloak.Admin, o Object, _ string) error {
		return a.DeleteUser(ctx, o.Realm, o.ID)
	},
	calls: []string{"GET /admin/realms/{realm}/users", "DELETE /admin/realms/{realm}/users/{user-id}"},
}

// A role goes with the client that it was assigned to, or is revoked as a change.
var role = behavior{word: "role"}

// So does a client scope that was assigned to one.
var scope = behavior{word: "client scope"}
