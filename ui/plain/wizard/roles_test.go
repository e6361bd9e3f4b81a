package wizard

import (
	"errors"
	"strings"
	"testing"

	"fix403/flows/roles"
	"fix403/flows/story"
)

func TestRolesInLines(t *testing.T) {
	out, finished, err := tell(t, answers("roles",
		"get https://sso.example.com/admin/realms/my-realm/users?max=2", "mark", // a call with real names
		"EVENTS", "2", "1", "mark", "9999", // words, and numbers of the list
		"view-users", "more", // a role
		"GET /admin/realms/r/no-such", "no-such-word", "mark me", "", "roles",
		"/admin/realms/r/organizations", "mark", "version 24.0.5", "unmark", "version 24.0.5", "GET /admin/realms/r/organizations", "mark",
		"version", "version 3", "more", "quit"), nil)
	if err != nil || finished {
		t.Fatal(finished, err, out)
	}
	wants(t, out, "GET /admin/realms/{realm}/users smallest: view-users also: manage-users, realm-admin shows less: query-users measured on: "+roles.Versions()[0]+" to 26.7.4 Beware: With query-users alone",
		"1 marked call takes view-users. It opens 51 calls of the table of 26.7.4.", "Other calls that were found: 1 POST /admin/realms/{realm}/users: manage-users",
		"7 calls were found:", "2 DELETE /admin/realms/{realm}/events: manage-events", "DELETE /admin/realms/{realm}/events smallest: manage-events",
		"2 marked calls take view-events + view-users. They open", "No call with that number was listed.",
		"view-users alone opens 51 of the measured calls, as 26.7.4 answers. 1 GET", "That is all.",
		"/no-such", "No call matches all these words.", "Type a call or its URL, words to search", "realm-management of 26.7.4 has the roles create-client,",
		"From now on, this is how 24.0.5 responds. 24.0.5 has no endpoint GET /admin/realms/{realm}/organizations", "No calls are marked now.",
		"No call yet", "This is how 24.0.5 responds.", "3 was not measured. Measured versions: "+strings.Join(roles.Versions(), ", ")+".")
	for _, line := range strings.Split(out, "\n") {
		if len(line) > width && !strings.Contains(line, "/admin/") && !strings.Contains(line, "> ") {
			t.Errorf("a line is longer than %d columns: %q", width, line)
		}
	}
}

func TestALongListOfARoleGoesOn(t *testing.T) {
	out, _, err := tell(t, answers("roles", "realm-admin", "41", "more", "41", "quit"), nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "realm-admin alone opens 428 of the measured calls", "388 more: type more, or other words.", "No call with that number was listed.", "348 more", "smallest:")
}

func TestRolesLeadBack(t *testing.T) {
	out, finished, err := tell(t, answers("roles", "back", "roles", "back", "1", "", "quit"), func(o *Options) { o.Story.As = "24.0.5" })
	if err != nil || finished {
		t.Fatal(finished, err, out)
	}
	wants(t, out, "this is how 24.0.5 answers", stepLine(story.StepConnect))
	if strings.Count(out, "What do you want to do?") != 3 {
		t.Errorf("back does not ask anew where to go:\n%s", out)
	}
}

func TestEndOfInputInRolesIsNoAnswer(t *testing.T) {
	out, finished, err := tell(t, answers("roles", "GET /admin/realms/r/users"), nil)
	if !errors.Is(err, errEnded) || finished || strings.Contains(out, "Step 1") {
		t.Fatal(finished, err, out)
	}
}

// No server is asked: none is needed.
func TestRolesNeedNoServer(t *testing.T) {
	out, _, err := tell(t, answers("roles", "GET /admin/realms/r/users", "quit"), func(o *Options) {
		o.Story = story.Options{URL: "http://127.0.0.1:1"}
	})
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "smallest: view-users")
}
