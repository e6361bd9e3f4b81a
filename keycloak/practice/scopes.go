package practice

import (
	"net/http"
	"slices"

	"fix403/keycloak/sift"
)

var scopeSchema = newSchema("ClientScopeRepresentation", "id name description protocol", "", "", "", "attributes", "protocolMappers")

func scopeRep(s *clientScope) map[string]any {
	m := map[string]any{"id": s.id, "name": s.name, "protocol": s.protocol, "attributes": s.attributes}
	if s.description != "" {
		m["description"] = s.description
	}
	if len(s.mappers) > 0 {
		m["protocolMappers"] = mapperReps(s.mappers)
	}
	return m
}

func (c *call) listScopes() error {
	x := c.auth.on(c.realm)
	if !x.canQueryClients() {
		return c.errForbidden()
	}
	out := []any{}
	if x.canViewClients() {
		for _, s := range c.realm.scopes {
			out = append(out, scopeRep(s))
		}
	}
	return c.ok(out)
}

func (c *call) postScope() error {
	rep, err := c.object(scopeSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageClients() || !c.mayMapProtocol(rep) {
		return c.errForbidden()
	}
	name := str(rep, "name")
	if name == "" {
		return errMessage(http.StatusBadRequest, "Unexpected name \"\" for ClientScope")
	}
	if p := str(rep, "protocol"); c.behavior().scopeNeedsProtocol && p != "openid-connect" && p != "saml" && p != "oid4vc" {
		return errMessage(http.StatusBadRequest, "Unexpected protocol")
	}
	if c.realm.scopeByName(name) != nil {
		return errMessage(http.StatusConflict, "Client Scope "+name+" already exists")
	}
	if len(c.realm.scopes) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more client scopes in a realm: delete one first.")
	}
	s := newScope(rep)
	if id := str(rep, "id"); id != "" {
		if slices.ContainsFunc(c.realm.scopes, func(x *clientScope) bool { return x.id == id }) {
			return c.errDuplicate("Duplicate resource error")
		}
		s.id = id
	}
	c.realm.scopes = append(c.realm.scopes, s)
	return c.created(s.id)
}

func newScope(rep map[string]any) *clientScope {
	s := &clientScope{id: newID(), name: str(rep, "name"), description: str(rep, "description"), protocol: str(rep, "protocol"), attributes: attrs(rep, "attributes")}
	if s.protocol == "" {
		s.protocol = "openid-connect"
	}
	if l, ok := rep["protocolMappers"].([]any); ok {
		s.mappers = readMappers(l)
	}
	return s
}

// enterScope is the locator client-scopes/{id}.
func (c *call) enterScope() error {
	c.scope = c.realm.scopeByID(c.param("scope"))
	if c.scope == nil {
		if c.auth.on(c.realm).canQueryClients() {
			return errText(http.StatusNotFound, "Could not find client scope")
		}
		return c.errForbidden()
	}
	return nil
}

func (c *call) requireScopes(manage bool) error {
	x := c.auth.on(c.realm)
	if manage && x.canManageClients() || !manage && x.canViewClients() {
		return nil
	}
	return c.errForbidden()
}

func (c *call) getScope() error {
	if err := c.requireScopes(false); err != nil {
		return err
	}
	return c.ok(scopeRep(c.scope))
}

func (c *call) putScope() error {
	rep, err := c.object(scopeSchema)
	if err != nil {
		return err
	}
	if err := c.requireScopes(true); err != nil {
		return err
	}
	s := c.scope
	if n := str(rep, "name"); n != "" && n != s.name {
		if c.realm.scopeByName(n) != nil {
			return errMessage(http.StatusConflict, "Client Scope "+n+" already exists")
		}
		c.realm.renameScope(s, n)
	}
	if d, ok := rep["description"]; ok {
		s.description, _ = d.(string)
	}
	for k, v := range attrs(rep, "attributes") {
		s.attributes[k] = v
	}
	return c.noContent()
}

func (r *realm) renameScope(s *clientScope, name string) {
	swap := func(l []string) {
		for i, n := range l {
			if n == s.name {
				l[i] = name
			}
		}
	}
	swap(r.defaultScopes)
	swap(r.optionalScopes)
	for _, k := range r.clients {
		swap(k.defaultScopes)
		swap(k.optionalScopes)
	}
	s.name = name
}

func (c *call) deleteScope() error {
	if err := c.requireScopes(true); err != nil {
		return err
	}
	r, s := c.realm, c.scope
	drop := func(l []string) []string { return sift.Out(l, func(n string) bool { return n == s.name }) }
	for _, k := range r.clients {
		k.defaultScopes, k.optionalScopes = drop(k.defaultScopes), drop(k.optionalScopes)
	}
	r.defaultScopes, r.optionalScopes = drop(r.defaultScopes), drop(r.optionalScopes)
	r.scopes = sift.Out(r.scopes, func(x *clientScope) bool { return x == s })
	return c.noContent()
}

// Realm default client scopes, of both protocols.

func realmScopes(optional bool) handler {
	return func(c *call) error {
		if err := c.requireScopes(false); err != nil {
			return err
		}
		names := c.realm.defaultScopes
		if optional {
			names = c.realm.optionalScopes
		}
		out := []any{}
		for _, n := range names {
			if s := c.realm.scopeByName(n); s != nil {
				out = append(out, map[string]any{"id": s.id, "name": s.name, "protocol": s.protocol})
			}
		}
		return c.ok(out)
	}
}

func changeRealmScopes(optional, add bool) handler {
	return func(c *call) error {
		if err := c.requireScopes(true); err != nil {
			return err
		}
		s := c.realm.scopeByID(c.param("scope"))
		if s == nil {
			return errText(http.StatusNotFound, "Client scope not found")
		}
		r := c.realm
		if add && (slices.Contains(r.defaultScopes, s.name) || slices.Contains(r.optionalScopes, s.name)) {
			code := "conflict"
			if c.behavior().unnamedConflict {
				code = "unknown_error"
			}
			return errOAuth(http.StatusConflict, code, c.conflictSentence())
		}
		drop := func(l []string) []string { return sift.Out(l, func(n string) bool { return n == s.name }) }
		r.defaultScopes, r.optionalScopes = drop(r.defaultScopes), drop(r.optionalScopes)
		switch {
		case add && optional:
			r.optionalScopes = append(r.optionalScopes, s.name)
		case add:
			r.defaultScopes = append(r.defaultScopes, s.name)
		}
		return c.noContent()
	}
}

// conflictSentence is how a duplicate in the database is reported.
func (c *call) conflictSentence() string {
	if c.behavior().unnamedConflict {
		return debugLogSentence
	}
	return "Duplicate resource error"
}
