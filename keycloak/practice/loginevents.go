package practice

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// loginEvent is what a request to the protocol endpoints leaves in the realm's
// list of events. It is filled while the request goes through the gates.
type loginEvent struct {
	kind     string // LOGIN; a failure adds _ERROR
	clientID string
	user     *user
	session  string
	details  map[string]any
	error    string // why it failed
	told     bool   // the details hold the reason in words (from 26)
}

// begin starts an event; nothing is kept before [call.record].
func (c *call) begin(kind string) *loginEvent {
	c.event = &loginEvent{kind: kind, details: map[string]any{}}
	return c.event
}

// detail and eventUser fill the event, if there is one.
func (c *call) detail(name string, v any) {
	if c.event != nil {
		c.event.details[name] = v
	}
}

func (c *call) eventUser(u *user) {
	if c.event != nil {
		c.event.user = u
	}
}

// eventTokens returns which tokens were issued. Before 26 a session-less token
// names a session too.
func (c *call) eventTokens(i *issue, access claims) {
	e := c.event
	if e == nil {
		return
	}
	e.details["scope"], e.details["token_id"] = access.str("scope"), access.str("jti")
	switch {
	case i.session != nil:
		e.session = i.session.id
	case c.behavior().eventSessionAlways:
		e.session = newID()
	}
}

// because names why a request fails, in the words of Keycloak's events.
func (c *call) because(code string, err error) error {
	if c.event != nil {
		c.event.error = code
	}
	return err
}

// becauseTold also puts the answer's description into the event.
func (c *call) becauseTold(code string, err error) error {
	if c.event != nil {
		c.event.told = true
	}
	return c.because(code, err)
}

// maxDetail bounds a value in an event, in bytes.
const maxDetail = 255

// grantEvents are the types of event by grant type.
var grantEvents = map[string]string{"client_credentials": "CLIENT_LOGIN", "password": "LOGIN", "refresh_token": "REFRESH_TOKEN", "authorization_code": "CODE_TO_TOKEN"}

// record keeps the event that the request has begun, if the realm keeps such
// events. A failure without a code of its own leaves none.
func (c *call) record(err error) error {
	e := c.event
	c.event = nil
	if e == nil || !c.realm.flag("eventsEnabled") || err != nil && e.error == "" {
		return err
	}
	m := map[string]any{"time": c.now.UnixMilli(), "type": e.kind, "realmId": c.realm.id, "ipAddress": c.clientAddress()}
	if c.behavior().eventIDs {
		m["id"] = newID()
	}
	if err != nil {
		m["type"], m["error"] = e.kind+"_ERROR", e.error
		var f *failure
		if e.told && c.behavior().eventReason && errors.As(err, &f) {
			e.details["reason"] = str(f.body, "error_description")
		}
	}
	if !slices.Contains(c.eventTypes(), str(m, "type")) {
		return err
	}
	if e.clientID != "" {
		m["clientId"] = e.clientID
	}
	if e.user != nil {
		m["userId"] = e.user.id
	}
	if e.session != "" && err == nil {
		m["sessionId"] = e.session
	}
	details := maps.Clone(e.details)
	for name, v := range details {
		if text, ok := v.(string); ok && len(text) > maxDetail { // anybody who fails to log in may have sent it
			details[name] = strings.ToValidUTF8(text[:maxDetail], "")
		}
	}
	m["details"] = details
	c.realm.events = keep(c.realm.events, m)
	return err
}
