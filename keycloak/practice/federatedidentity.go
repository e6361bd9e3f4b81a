package practice

import (
	"maps"
	"net/http"
	"slices"
)

// federatedLink ties a user to an account at an identity provider.
type federatedLink struct{ userID, userName string }

var federatedSchema = newSchema("FederatedIdentityRepresentation", "identityProvider userId userName", "", "", "", "", "")

// listLinks shows the links to providers that exist.
func (c *call) listLinks() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	out := []any{}
	for _, alias := range slices.Sorted(maps.Keys(c.user.links)) {
		if c.realm.providers[alias] == nil {
			continue
		}
		l := c.user.links[alias]
		out = append(out, map[string]any{"identityProvider": alias, "userId": l.userID, "userName": l.userName})
	}
	return c.ok(out)
}

// addLink does not ask whether the provider exists.
func (c *call) addLink() error {
	rep, err := c.object(federatedSchema)
	if err != nil {
		return err
	}
	if err := c.requireManageUser(); err != nil {
		return err
	}
	alias := c.param("provider")
	if _, ok := c.user.links[alias]; ok {
		return errMessage(http.StatusConflict, "User is already linked with provider")
	}
	if c.user.links == nil {
		c.user.links = map[string]federatedLink{}
	}
	if len(c.user.links) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more links of a user: delete one first.")
	}
	c.user.links[alias] = federatedLink{str(rep, "userId"), str(rep, "userName")}
	c.noCache()
	return c.noContent()
}

func (c *call) removeLink() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	if _, ok := c.user.links[c.param("provider")]; !ok {
		return errText(http.StatusNotFound, "Link not found")
	}
	delete(c.user.links, c.param("provider"))
	c.noCache()
	return c.noContent()
}
