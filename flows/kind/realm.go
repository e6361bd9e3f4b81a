package kind

import (
	"context"

	"fix403/keycloak"
)

var realm = behavior{
	word: "realm",
	find: func(ctx context.Context, a *keycloak.Admin, o Object) (Found, error) {
		r, err := a.FindRealm(ctx, o.Name)
		if err != nil {
			return Found{}, err
		}
		return Found{Marker: r.Marker, Reduced: r.Reduced}, nil
	},
	remove: func(ctx context.Context, a *keycloak.Admin, o Object, marker string) error {
		return a.DeleteMarkedRealm(ctx, o.Name, marker)
	},
	takes: func(string, string) bool { return true },
	calls: []string{"GET /admin/realms/{realm}", "DELETE /admin/realms/{realm}"},
}
