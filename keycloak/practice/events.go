package practice

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxEvents bounds each of a realm's two lists of events; the oldest goes first.
const maxEvents = 1000

// keep adds an event to a bounded list.
func keep(l []map[string]any, e map[string]any) []map[string]any {
	if len(l) >= maxEvents {
		l = slices.Delete(l, 0, len(l)-maxEvents+1)
	}
	return append(l, e)
}

func buildEvents() *class {
	return (&class{}).
		on("GET", "", (*call).listEvents).
		onAny("DELETE", "", (*call).deleteEvents).
		on("GET", "config", (*call).getEventsConfig).
		on("PUT", "config", (*call).putEventsConfig)
}

func (c *call) getEventsConfig() error {
	if !c.auth.on(c.realm).canViewEvents() {
		return c.errForbidden()
	}
	m := map[string]any{"eventsEnabled": c.realm.flag("eventsEnabled"), "eventsListeners": strs(c.realm.rep, "eventsListeners"),
		"enabledEventTypes": c.eventTypes(), "adminEventsEnabled": c.realm.flag("adminEventsEnabled"),
		"adminEventsDetailsEnabled": c.realm.flag("adminEventsDetailsEnabled")}
	if n := num(c.realm.rep, "eventsExpiration"); n > 0 {
		m["eventsExpiration"] = n
	}
	return c.ok(m)
}

// eventTypes are the types the realm keeps: those it names, else Keycloak's own choice.
func (c *call) eventTypes() []string {
	if l := strs(c.realm.rep, "enabledEventTypes"); len(l) > 0 {
		return l
	}
	return c.s.def.EventTypes
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

func (c *call) deleteEvents() error {
	if !c.auth.on(c.realm).any("manage-events") {
		return c.errForbidden()
	}
	c.realm.events = nil
	return c.noContent()
}

// eventTypeKnown: every type and its _ERROR twin that the version keeps, and
// those it knows but does not keep by itself.
func (c *call) eventTypeKnown(t string) bool {
	return slices.Contains(c.s.def.EventTypes, t) || slices.Contains(unkeptEvents, strings.TrimSuffix(t, "_ERROR"))
}

var unkeptEvents = []string{"REFRESH_TOKEN", "INTROSPECT_TOKEN", "USER_INFO_REQUEST", "VALIDATE_ACCESS_TOKEN", "PERMISSION_TOKEN",
	"UNREGISTER_NODE", "REGISTER_NODE", "CLIENT_INFO", "IDENTITY_PROVIDER_RETRIEVE_TOKEN", "PUSHED_AUTHORIZATION_REQUEST"}

// eventPage is what both lists of events have in common in their query.
type eventPage struct {
	first, limit int
	from, to     int64 // milliseconds; to is exclusive, 0 is without bound
	oldestFirst  bool
}

// eventPage reads the query. The numbers are checked before the role, all else after it.
func (c *call) eventPage() (p eventPage, err error) {
	if p.first, err = c.intParam("first", 0); err != nil {
		return p, err
	}
	if p.limit, err = c.intParam("max", 100); err != nil {
		return p, err
	}
	if !c.auth.on(c.realm).canViewEvents() {
		return p, c.errForbidden()
	}
	if p.from, err = c.dateParam("dateFrom", "Date(From)", 0); err != nil {
		return p, err
	}
	if p.to, err = c.dateParam("dateTo", "Date(To)", 24*time.Hour); err != nil {
		return p, err
	}
	if c.behavior().eventOrder {
		switch c.query.Get("direction") {
		case "", "desc":
		case "asc":
			p.oldestFirst = true
		default:
			return p, errText(http.StatusBadRequest, "Invalid value for sortDirection, expected value is asc or desc")
		}
	}
	return p, nil
}

// dateParam reads a day, and from 26 also milliseconds since 1970. more is added to a day.
func (c *call) dateParam(name, oldName string, more time.Duration) (int64, error) {
	v := c.query.Get(name)
	if v == "" {
		return 0, nil
	}
	if d, err := time.Parse(time.DateOnly, v); err == nil {
		return d.Add(more).UnixMilli(), nil
	}
	if !c.behavior().eventMilliseconds {
		return 0, errText(http.StatusBadRequest, "Invalid value for '"+oldName+"', expected format is yyyy-MM-dd")
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return n, nil
	}
	return 0, errText(http.StatusBadRequest, "Invalid value for '"+name+"', expected format is yyyy-MM-dd or an Epoch timestamp")
}

// answerEvents lists what pick lets pass, newest first unless asked otherwise.
func (c *call) answerEvents(l []map[string]any, p eventPage, pick func(map[string]any) bool) error {
	oldest := int64(0)
	if n := num(c.realm.rep, "eventsExpiration"); n > 0 {
		oldest = c.now.UnixMilli() - n*1000
	}
	found := []map[string]any{}
	for _, e := range l {
		at := num(e, "time")
		if at >= oldest && at >= p.from && (p.to == 0 || at < p.to) && pick(e) {
			found = append(found, e)
		}
	}
	if !p.oldestFirst {
		slices.Reverse(found)
	}
	return c.ok(page(found, p.first, p.limit))
}

func (c *call) listEvents() error {
	p, err := c.eventPage()
	if err != nil {
		return err
	}
	types := c.query["type"]
	for _, t := range types {
		if !c.eventTypeKnown(t) {
			return c.errInternal()
		}
	}
	return c.answerEvents(c.realm.events, p, func(e map[string]any) bool {
		if len(types) > 0 && !slices.Contains(types, str(e, "type")) {
			return false
		}
		for param, field := range map[string]string{"client": "clientId", "user": "userId", "ipAddress": "ipAddress"} {
			if v := c.query.Get(param); v != "" && v != str(e, field) {
				return false
			}
		}
		return true
	})
}
