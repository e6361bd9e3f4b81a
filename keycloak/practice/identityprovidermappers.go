package practice

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

var providerMapperSchema = newSchema("IdentityProviderMapperRepresentation", "id name identityProviderAlias identityProviderMapper", "", "", "", "config", "")

// providerMappers are the mappers that name the alias. A mapper is kept with the
// provider it names, not with the one in the path (measured on the three versions).
func (r *realm) providerMappers(alias string) []map[string]any {
	out := []map[string]any{}
	for _, m := range r.brokerMappers {
		if str(m, "identityProviderAlias") == alias {
			out = append(out, m)
		}
	}
	return out
}

func (c *call) listProviderMappers() error {
	p, err := c.theProvider(false)
	if err != nil {
		return err
	}
	return c.ok(c.realm.providerMappers(p.alias))
}

func (c *call) postProviderMapper() error {
	rep, err := c.object(providerMapperSchema)
	if err != nil {
		return err
	}
	p, err := c.theProvider(true)
	if err != nil {
		return err
	}
	if str(rep, "name") == "" {
		return c.errDuplicate("Duplicate resource error")
	}
	alias := str(rep, "identityProviderAlias")
	for _, m := range c.realm.providerMappers(alias) {
		if str(m, "name") == str(rep, "name") {
			return errMessage(http.StatusBadRequest, fmt.Sprintf("Failed to add mapper '%s' to identity provider [%s].", str(rep, "name"), str(p.rep, "providerId")))
		}
	}
	if len(c.realm.brokerMappers) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more identity provider mappers in a realm: delete one first.")
	}
	rep["id"] = newID()
	if rep["config"] == nil {
		rep["config"] = map[string]any{}
	}
	c.realm.brokerMappers = append(c.realm.brokerMappers, rep)
	return c.created(str(rep, "id"))
}

// errDuplicate is Keycloak's answer to a constraint of its database.
func (c *call) errDuplicate(description string) *failure {
	if c.behavior().unnamedConflict {
		return errOAuth(http.StatusConflict, "unknown_error", debugLogSentence)
	}
	return errOAuth(http.StatusConflict, "conflict", description)
}

// theProviderMapper finds the mapper of the path's id, whichever provider it names.
func (c *call) theProviderMapper(manage bool) (int, error) {
	if _, err := c.theProvider(manage); err != nil {
		return 0, err
	}
	i := slices.IndexFunc(c.realm.brokerMappers, func(m map[string]any) bool { return str(m, "id") == c.param("mapper") })
	if i < 0 {
		return 0, errText(http.StatusNotFound, "Model not found")
	}
	return i, nil
}

func (c *call) getProviderMapper() error {
	i, err := c.theProviderMapper(false)
	if err != nil {
		return err
	}
	return c.ok(c.realm.brokerMappers[i])
}

func (c *call) putProviderMapper() error {
	rep, err := c.object(providerMapperSchema)
	if err != nil {
		return err
	}
	i, err := c.theProviderMapper(true)
	if err != nil {
		return err
	}
	m := maps.Clone(c.realm.brokerMappers[i])
	maps.Copy(m, rep)
	m["id"] = c.param("mapper")
	c.realm.brokerMappers[i] = m
	c.noCache()
	return c.noContent()
}

func (c *call) deleteProviderMapper() error {
	i, err := c.theProviderMapper(true)
	if err != nil {
		return err
	}
	c.realm.brokerMappers = slices.Delete(c.realm.brokerMappers, i, i+1)
	c.noCache()
	return c.noContent()
}
