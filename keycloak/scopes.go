package keycloak

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

const lightweightAttribute = "client.use.lightweight.access.token.enabled"

// ScopedRoles reads which roles of the client container a client's tokens may carry when full scope is off: those of its
// scope mappings and of its default client scopes, composites included. Sorted; nil for none.
func (a *Admin) ScopedRoles(ctx context.Context, realm string, client *Client, container string) ([]string, error) {
	found := map[string]bool{}
	add := func(path string) error {
		var roles []struct {
			Name string `json:"name"`
		}
		err := a.read(ctx, msg.New("read which roles the client's scope includes"), realm, path+"/scope-mappings/clients/"+container+"/composite", &roles)
		for _, r := range roles {
			found[r.Name] = true
		}
		return err
	}
	if err := add("/clients/" + client.ID); err != nil {
		return nil, err
	}
	var scopes []struct{ ID, Name string }
	if err := a.read(ctx, msg.New("list the client's default client scopes"), realm, "/clients/"+client.ID+"/default-client-scopes", &scopes); err != nil {
		return nil, err
	}
	for _, s := range scopes {
		if err := add("/client-scopes/" + s.ID); err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// MappedScope reads which roles of the client container are scope mappings of a client directly.
func (a *Admin) MappedScope(ctx context.Context, realm, clientUUID, container string) ([]Role, error) {
	var roles []Role
	err := a.read(ctx, msg.New("read the client's scope mappings"), realm, "/clients/"+clientUUID+"/scope-mappings/clients/"+container, &roles)
	return roles, err
}

// MapScope lets a role of the client container through the scope of a client whose full scope is off.
func (a *Admin) MapScope(ctx context.Context, realm, clientUUID, container string, role Role) error {
	return a.scopeMapping(ctx, msg.New("add the role to the client's scope"), http.MethodPost, realm, clientUUID, container, role)
}

// UnmapScope undoes what [Admin.MapScope] did.
func (a *Admin) UnmapScope(ctx context.Context, realm, clientUUID, container string, role Role) error {
	return a.scopeMapping(ctx, msg.New("remove the role from the client's scope"), http.MethodDelete, realm, clientUUID, container, role)
}

func (a *Admin) scopeMapping(ctx context.Context, purpose msg.Message, method, realm, clientUUID, container string, role Role) error {
	_, _, err := a.Send(ctx, purpose, method, realm, "/clients/"+clientUUID+"/scope-mappings/clients/"+container,
		[]map[string]string{{"id": role.ID, "name": role.Name}})
	return err
}

// SetClientScope adds a client scope, by its name, to a client's default or optional ones, or takes it away. A scope that
// is in one list is not taken into the other: it must leave the first before.
func (a *Admin) SetClientScope(ctx context.Context, realm, clientUUID, scope string, optional, on bool) error {
	scopes, err := a.ClientScopes(ctx, realm)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(scopes, func(s ClientScope) bool { return s.Name == scope })
	if i < 0 {
		hint := msg.New("Restore it as it is in another realm.")
		if scope == "roles" {
			hint = msg.New("Create it again: it maps client roles into the token.")
		}
		return &failure.Error{Kind: failure.NotFound, Message: msg.New("The realm %s has no client scope %s.", realm, scope), Hint: hint}
	}
	kind, assign, remove := "default", msg.Format("assign the default scope %s to the client"), msg.Format("remove the default scope %s from the client")
	if optional {
		kind, assign, remove = "optional", "assign the optional scope %s to the client", "remove the optional scope %s from the client"
	}
	method, purpose := http.MethodPut, assign
	if !on {
		method, purpose = http.MethodDelete, remove
	}
	_, _, err = a.Send(ctx, msg.New(purpose, scope), method, realm, "/clients/"+clientUUID+"/"+kind+"-client-scopes/"+scopes[i].ID, nil)
	return err
}

// SetLightweight switches lightweight access tokens on or off for a client.
func (a *Admin) SetLightweight(ctx context.Context, realm, clientUUID string, on bool) error {
	// The client is sent back whole, with the one attribute changed: Keycloak replaces what it is given.
	var client map[string]any
	if err := a.read(ctx, msg.New("read the client"), realm, "/clients/"+clientUUID, &client); err != nil {
		return err
	}
	attributes, _ := client["attributes"].(map[string]any)
	if attributes == nil {
		attributes = map[string]any{}
	}
	attributes[lightweightAttribute] = strconv.FormatBool(on)
	client["attributes"] = attributes
	_, _, err := a.Send(ctx, msg.New("switch lightweight access tokens of the client"), http.MethodPut, realm, "/clients/"+clientUUID, client)
	return err
}
