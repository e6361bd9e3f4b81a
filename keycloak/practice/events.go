package practice

func (c *call) getEventsConfig() error {
	if !c.auth.on(c.realm).canViewEvents() {
		return c.errForbidden()
	}
	m := map[string]any{"eventsEnabled": c.realm.flag("eventsEnabled"), "eventsListeners": strs(c.realm.rep, "eventsListeners"),
		"enabledEventTypes": c.s.def.EventTypes, "adminEventsEnabled": c.realm.flag("adminEventsEnabled"),
		"adminEventsDetailsEnabled": c.realm.flag("adminEventsDetailsEnabled")}
	if l := strs(c.realm.rep, "enabledEventTypes"); len(l) > 0 {
		m["enabledEventTypes"] = l
	}
	if n := num(c.realm.rep, "eventsExpiration"); n > 0 {
		m["eventsExpiration"] = n
	}
	return c.ok(m)
}

var eventsSchema = newSchema("RealmEventsConfigRepresentation", "", "eventsEnabled adminEventsEnabled adminEventsDetailsEnabled", "eventsExpiration", "eventsListeners enabledEventTypes", "", "")

func (c *call) putEventsConfig() error {
	rep, err := c.object(eventsSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).any("manage-events") {
		return c.errForbidden()
	}
	c.s.applySettings(c.realm, rep)
	return c.noContent()
}
