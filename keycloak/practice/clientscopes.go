package practice

import (
	"net/http"
	"slices"

	"fix403/keycloak/sift"
)

func (c *call) clientScopeLists(optional bool) *[]string {
	if optional {
		return &c.client.optionalScopes
	}
	return &c.client.defaultScopes
}

func (c *call) listClientScopesOf(optional bool) error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	out := []any{}
	for _, n := range c.visibleScopes(*c.clientScopeLists(optional)) {
		if s := c.realm.scopeByName(n); s != nil {
			out = append(out, map[string]any{"id": s.id, "name": s.name})
		}
	}
	return c.ok(out)
}

func (c *call) changeClientScopesOf(optional, add bool) error {
	if err := c.requireManageClient(); err != nil {
		return err
	}
	if c.behavior().scopesManaged && !c.auth.on(c.realm).canManageClients() {
		return c.errForbidden()
	}
	s := c.realm.scopeByID(c.param("scope"))
	if s == nil {
		return errText(http.StatusNotFound, "Client scope not found")
	}
	l := c.clientScopeLists(optional)
	switch {
	case !add:
		*l = sift.Out(*l, func(n string) bool { return n == s.name })
	case slices.Contains(c.client.defaultScopes, s.name), slices.Contains(c.client.optionalScopes, s.name), s.protocol != str(c.client.rep, "protocol"):
		// A scope the client has already, or of another protocol, is passed over without a word.
	default:
		*l = append(*l, s.name)
	}
	return c.noContent()
}

func listScopesOf(optional bool) handler {
	return func(c *call) error { return c.listClientScopesOf(optional) }
}

func changeScopesOf(optional, add bool) handler {
	return func(c *call) error { return c.changeClientScopesOf(optional, add) }
}
