package rights

import (
	"context"
	"fix403/keycloak/token"
	"slices"

	"fix403/flows/problem"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Held are the names of the roles of a client, mostly realm-management, that an account holds.
type Held struct{ Direct, Effective []string }

// Has reports whether a role is in effect.
func (h Held) Has(role string) bool { return slices.Contains(h.Effective, role) }

// OfAccount reads the roles of the client container that an account holds.
func OfAccount(ctx context.Context, admin *keycloak.Admin, realm, account, container string) (Held, error) {
	direct, err := admin.DirectRoles(ctx, realm, account, container)
	if err != nil {
		return Held{}, err
	}
	effective, err := admin.EffectiveRoles(ctx, realm, account, container)
	return Held{Names(direct), Names(effective)}, err
}

// Names returns the names of roles.
func Names(roles []keycloak.Role) []string {
	out := []string{}
	for _, r := range roles {
		out = append(out, r.Name)
	}
	return out
}

// FindRole reads the uuid of realm-management in a realm, and a role of it.
func FindRole(ctx context.Context, admin *keycloak.Admin, realm, role string) (container string, found keycloak.Role, err error) {
	rm, err := admin.FindClient(ctx, realm, keycloak.RealmManagement)
	if err != nil {
		return "", found, err
	}
	all, err := admin.ClientRoles(ctx, realm, rm.ID)
	if err != nil {
		return "", found, err
	}
	i := slices.IndexFunc(all, func(r keycloak.Role) bool { return r.Name == role })
	if i < 0 {
		return "", found, problem.CheckFailed("It was removed: use a fresh realm.", "The client realm-management of this realm has no role %s.", role)
	}
	return rm.ID, all[i], nil
}

// InToken says which roles of realm-management a token holds.
func InToken(t *token.Token) msg.Message {
	roles := t.Roles(keycloak.RealmManagement)
	if len(roles) == 0 {
		return msg.New("no role of realm-management")
	}
	return msg.New("%s of realm-management", texts.List(roles))
}
