package beside

import (
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/version"
)

// ConsoleCall is a GET of the Admin Console's own endpoints, below admin/realms/{realm}/ui-ext, which are in no table of roles.
type ConsoleCall struct {
	Smallest []string   // roles of realm-management that open it together, the least
	Also     []string   // others, each of which opens it
	More     texts.Text // what takes more than Smallest; "" for nothing
	path     []string   // "*" is any segment
	measured version.Facts[bool]
}

const (
	seesUsers texts.Text = "The response then covers only the users that the account may see; with view-users as well, all of them."
	mapsRoles texts.Text = "With less, it returns an empty list instead of an error."
)

func consoleCall(path string, measured version.Facts[bool], more texts.Text, smallest string, also ...string) ConsoleCall {
	return ConsoleCall{Smallest: strings.Fields(smallest), Also: also, More: more, path: strings.Split(path, "/"), measured: measured}
}

// since26 are the versions on which endpoints were measured that 24.0.5 does not have.
var since26 = version.Facts[bool]{}.Measured(true, "26.4.0 26.7.4")

// consoleCalls were measured on 2026-11-30 with one client for each role of realm-management. On 24.0.5 and 26.4.0 view-realm alone
// shows all sessions, on 26.7.4 those of users whom the caller may see.
var consoleCalls = []ConsoleCall{
	consoleCall("sessions", onThree, seesUsers, "view-realm", "manage-realm"),
	consoleCall("sessions/client", since26, seesUsers, "view-clients", "manage-clients"),
	consoleCall("brute-force-user", onThree, "", "view-users", "manage-users"),
	consoleCall("available-event-listeners", since26, "", "view-events", "manage-events"),
	consoleCall("realms/names", onThree, "", "query-realms"),
	consoleCall("info", since26, "", "query-realms"),
	consoleCall("authentication-management/required-actions", since26, "", "query-users", "view-realm", "view-users", "manage-realm"),
	consoleCall("authentication-management/flows", onThree, "", "query-clients", "view-realm", "view-clients", "manage-realm"),
	consoleCall("authentication-management/*/*", onThree, "", "query-clients", "view-realm", "view-clients", "manage-realm"),
	consoleCall("effective-roles/clients/*", onThree, "", "view-clients", "manage-clients"),
	consoleCall("effective-roles/clientScopes/*", onThree, "", "view-clients", "manage-clients"),
	consoleCall("effective-roles/groups/*", onThree, "", "view-users", "manage-users"),
	consoleCall("effective-roles/users/*", onThree, "", "view-users", "manage-users"),
	consoleCall("effective-roles/roles/*", onThree, "", "view-realm", "manage-realm"),
	consoleCall("available-roles/clients/*", onThree, mapsRoles, "manage-clients"),
	consoleCall("available-roles/clientScopes/*", onThree, mapsRoles, "manage-clients"),
	consoleCall("available-roles/*/*", onThree, mapsRoles, "manage-users"),
}

// Console returns the Admin Console's own call with this path; false for another.
func Console(path string) (ConsoleCall, bool) {
	segments := split(path)
	if len(segments) < 5 || segments[0] != "admin" || segments[3] != "ui-ext" {
		return ConsoleCall{}, false
	}
	for _, c := range consoleCalls {
		if matches(c.path, segments[4:]) {
			return c, true
		}
	}
	return ConsoleCall{}, false
}

// Known reports whether the call was measured on a version.
func (c ConsoleCall) Known(v string) bool {
	values := c.measured.At(version.Of(v), version.Equal)
	return version.Of(v).Known() && len(values) == 1 && values[0].How == version.Measured
}

// MeasuredOn returns the versions on which the call was measured.
func (c ConsoleCall) MeasuredOn() []string { return on(c.measured) }

// LetsIn reports whether roles open the call.
func (c ConsoleCall) LetsIn(held []string) bool {
	has := func(r string) bool { return slices.Contains(held, r) }
	return has("realm-admin") || slices.ContainsFunc(c.Also, has) || !slices.ContainsFunc(c.Smallest, func(r string) bool { return !has(r) })
}
