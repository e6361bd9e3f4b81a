package practice

import (
	"net/http"
)

// evaluate-scopes shows what a client's tokens would hold, without issuing one.

func (c *call) evaluateContainer() (func(*role) bool, error) {
	id := c.param("container")
	if id == c.realm.id || id == c.realm.name {
		return ofClient(nil), nil
	}
	if k := c.realm.clients[id]; k != nil {
		return ofClient(k), nil
	}
	return nil, errText(http.StatusNotFound, "Role Container not found")
}

func evaluateRoles(granted bool) handler {
	return func(c *call) error {
		if err := c.requireViewClient(); err != nil {
			return err
		}
		keep, err := c.evaluateContainer()
		if err != nil {
			return err
		}
		allowed, all := c.realm.scopeOfClient(c.client, c.realm.scopesOf(c.client, c.query.Get("scope")))
		l := []*role{}
		c.realm.allRoles(func(x *role) {
			if keep(x) && (all || allowed[x]) == granted {
				l = append(l, x)
			}
		})
		sortRoles(l)
		return c.ok(roleList(l))
	}
}

func (c *call) evaluateMappers() error {
	if err := c.requireViewClient(); err != nil {
		return err
	}
	out := []any{}
	add := func(container, name, kind string, l []*protocolMapper) {
		for _, m := range l {
			e := map[string]any{"mapperId": m.id, "mapperName": m.name, "containerId": container, "containerName": name,
				"containerType": kind, "protocolMapper": m.mapper}
			out = append(out, e)
		}
	}
	add(c.client.id, str(c.client.rep, "name"), "client", c.client.mappers)
	for _, s := range c.realm.scopesOf(c.client, c.query.Get("scope")) {
		add(s.id, s.name, "client-scope", s.mappers)
	}
	return c.ok(out)
}

// exampleIssue checks the caller and the user of an example token. 26.7.3 asks
// for view-users beside view-clients.
func (c *call) exampleIssue() (*issue, error) {
	if err := c.requireViewClient(); err != nil {
		return nil, err
	}
	id := c.query.Get("userId")
	if id == "" {
		return nil, errText(http.StatusNotFound, "No userId provided")
	}
	u := c.realm.users[id]
	if c.behavior().evaluateUserChecked && (u == nil && !c.auth.on(c.realm).canViewUsers() || u != nil && !c.canViewUser(u)) {
		return nil, errText(http.StatusForbidden, "You have no access to this user")
	}
	if u == nil {
		return nil, errText(http.StatusNotFound, "No user found")
	}
	i := c.issueFor(u, nil, c.query.Get("scope"), byNothing)
	return i, nil
}

func (c *call) exampleAccessToken() error {
	i, err := c.exampleIssue()
	if err != nil {
		return err
	}
	return c.ok(c.s.accessClaims(i))
}

func (c *call) exampleIDToken() error {
	i, err := c.exampleIssue()
	if err != nil {
		return err
	}
	return c.ok(c.s.idClaims(i, ""))
}

func (c *call) exampleUserinfo() error {
	i, err := c.exampleIssue()
	if err != nil {
		return err
	}
	return c.ok(c.s.userinfoClaims(i))
}
