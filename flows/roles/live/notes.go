package live

import (
	"fmt"
	"time"

	"fix403/flows/roles"
)

// Write adds what was measured to the data file in a folder, and returns its name.
func Write(dir string, r *Result, at time.Time) (file string, err error) {
	t := *r.Table
	t.Notes = notes(t.Version, at)
	if err := roles.Merge(dir, &t); err != nil {
		return "", err
	}
	return roles.DataFile(dir), nil
}

// notes are the lines above a data file: how it was measured, and how to read it.
func notes(version string, at time.Time) []string {
	return []string{
		fmt.Sprintf("Keycloak %s, measured on %s with fix403 roles --live: development mode, http, one client with one role of realm-management for each column.", version, at.UTC().Format("2006-01-02")),
		"A cell is the status that the call gets. 404, 405 or 501 for realm-admin: this version has no such endpoint, or it is switched off.",
		"empty, fewer, reduced: a success that shows less than realm-admin sees: an empty list; a shorter list or a smaller number; objects without some fields.",
		"passed: the role was let through, and the call then failed as it was made to (mail to a user without an address): a refusal for want of a role is 403.",
		"case: a row with the method and path of another, about something special. none: no role of realm-management at all.",
		"together: where no single role but realm-admin has the whole answer, the sets that have it. Tried were all pairs of the roles that view or manage users,",
		"clients, realm, organizations and identity-providers, and where no pair was enough, those of users, clients and realm by threes.",
	}
}
