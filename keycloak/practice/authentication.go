package practice

func (c *call) listFlows() error {
	if x := c.auth.on(c.realm); !x.canViewRealm() && !x.any("query-clients", "view-clients") {
		return c.errForbidden()
	}
	out := []any{}
	for _, f := range c.realm.flows {
		out = append(out, f)
	}
	return c.ok(out)
}

func (r *realm) flowByAlias(alias string) map[string]any {
	for _, f := range r.flows {
		if str(f, "alias") == alias {
			return f
		}
	}
	return nil
}

func (c *call) listRequiredActions() error {
	if x := c.auth.on(c.realm); !x.canViewRealm() && !x.any("query-users", "view-users") {
		return c.errForbidden()
	}
	return c.ok(c.s.def.RequiredActions)
}
