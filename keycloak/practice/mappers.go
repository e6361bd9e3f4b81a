package practice

import (
	"net/http"
	"slices"

	"fix403/keycloak/sift"
)

func mapperReps(l []*protocolMapper) []any {
	out := []any{}
	for _, m := range l {
		out = append(out, mapperRep(m))
	}
	return out
}

//go:noinline // it would be 5 kB of the program
func mapperRep(m *protocolMapper) map[string]any {
	return map[string]any{"id": m.id, "name": m.name, "protocol": m.protocol, "protocolMapper": m.mapper, "consentRequired": false, "config": m.config}
}

func readMappers(l []any) []*protocolMapper {
	out := []*protocolMapper{}
	for _, x := range l {
		if m, ok := x.(map[string]any); ok {
			out = append(out, readMapper(m))
		}
	}
	return out
}

func readMapper(m map[string]any) *protocolMapper {
	id := str(m, "id")
	if id == "" {
		id = newID()
	}
	return &protocolMapper{id: id, name: str(m, "name"), protocol: str(m, "protocol"), mapper: str(m, "protocolMapper"), config: attrs(m, "config")}
}

var mapperSchema = newSchema("ProtocolMapperRepresentation", "id name protocol protocolMapper consentText", "consentRequired", "", "", "config", "")

func (c *call) mapperList() *[]*protocolMapper {
	if c.scope != nil {
		return &c.scope.mappers
	}
	return &c.client.mappers
}

func (c *call) requireMappers(manage bool) error {
	switch {
	case manage && c.behavior().mappersByRealm && !c.auth.on(c.realm).canManageRealm():
		return c.errForbidden()
	case c.scope != nil:
		return c.requireScopes(manage)
	case manage:
		return c.requireManageClient()
	}
	return c.requireViewClient()
}

func (c *call) listMappers() error {
	if err := c.requireMappers(false); err != nil {
		return err
	}
	return c.ok(mapperReps(*c.mapperList()))
}

func (c *call) findMapper() (*protocolMapper, error) {
	for _, m := range *c.mapperList() {
		if m.id == c.param("mapper") {
			return m, nil
		}
	}
	return nil, errText(http.StatusNotFound, "Model not found")
}

func (c *call) getMapper() error {
	if err := c.requireMappers(false); err != nil {
		return err
	}
	m, err := c.findMapper()
	if err != nil {
		return err
	}
	return c.ok(mapperRep(m))
}

func (c *call) postMapper() error {
	rep, err := c.object(mapperSchema)
	if err != nil {
		return err
	}
	if err := c.requireMappers(true); err != nil {
		return err
	}
	l := c.mapperList()
	for _, m := range *l {
		if m.name == str(rep, "name") {
			return errMessage(http.StatusConflict, "Protocol mapper exists with same name")
		}
	}
	if len(*l) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more protocol mappers here: delete one first.")
	}
	m := readMapper(rep)
	*l = append(*l, m)
	return c.created(m.id)
}

// postMappers adds several at once: all or none.
func (c *call) postMappers() error {
	reps, err := c.list()
	if err != nil {
		return err
	}
	if err := c.requireMappers(true); err != nil {
		return err
	}
	l := c.mapperList()
	grown := slices.Clone(*l)
	for _, rep := range reps {
		if slices.ContainsFunc(grown, func(m *protocolMapper) bool { return m.name == str(rep, "name") }) {
			return errMessage(http.StatusConflict, "Protocol mapper exists with same name")
		}
		grown = append(grown, readMapper(rep))
	}
	if len(grown) > maxPerRealm {
		return errLimit("The practice Keycloak keeps no more protocol mappers here: delete some first.")
	}
	*l = grown
	c.noCache()
	return c.noContent()
}

func (c *call) putMapper() error {
	rep, err := c.object(mapperSchema)
	if err != nil {
		return err
	}
	if err := c.requireMappers(true); err != nil {
		return err
	}
	m, err := c.findMapper()
	if err != nil {
		return err
	}
	n := readMapper(rep)
	n.id = m.id
	*m = *n
	return c.noContent()
}

func (c *call) deleteMapper() error {
	if err := c.requireMappers(true); err != nil {
		return err
	}
	m, err := c.findMapper()
	if err != nil {
		return err
	}
	l := c.mapperList()
	*l = sift.Out(*l, func(x *protocolMapper) bool { return x == m })
	return c.noContent()
}
