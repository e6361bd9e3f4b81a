package ui

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	matrix "fix403/flows/roles"
	"fix403/ui/words"
)

// inRoles opens the table of roles from the home screen.
func inRoles(x *terminal) {
	x.press("up") // the last entry
	x.wants("▸ Roles")
	x.press("enter")
	x.wants("429 calls", "< measured on Keycloak 26.7.4 >")
}

func paste(text string) string { return "\x1b[200~" + text + "\x1b[201~" }

func TestRolesScreens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inRoles(x)
		x.golden("80x24/roles")
		x.press(paste("GET https://sso.example.com/auth/admin/realms/my-realm/users?username=jo\n"))
		x.wants("▸  GET    /users", "smallest: view-users (shows less: query-users)")
		x.press("enter")
		x.golden("80x24/roles-call")
		x.press("esc", "esc")
		x.wants("429 calls", "type words")
		x.press("events", "tab", " ", "down", "down", " ")
		x.wants("2 marked calls take")
		x.golden("80x24/roles-marked")
		x.press("esc", "r")
		x.golden("80x24/roles-choice")
		for range 40 {
			x.press("down")
		}
		x.press("enter")
		x.wants("51 of 429 calls, opened by view-users", "2 marked calls take")
		x.press("u")
		x.wants("view-users alone opens 51 of the measured calls, as 26.7.4 answers.")
		x.golden("80x24/roles-of-role")
		x.press("ctrl+c")
		x.end()
	})
}

func TestLettersInTheFieldOfRolesAreNoCommands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inRoles(x)
		for _, letter := range strings.Split("q?rmu/ +-", "") {
			x.press(letter)
		}
		x.wants("▸ q?rmu/ +-", "26.7.4", "No call matches all these words.")
		x.press("enter")
		x.wants("No call found.")
		x.press("esc", "esc")
		x.wants("your own failing call", "▸ Roles")
		x.press("ctrl+c")
		x.end()
	})
}

// Of marked calls the smallest set of roles that covers all is shown, and follows each mark and the version.
func TestMarkedCallsAreCovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 160, 50, practiceOptions())
		inRoles(x)
		mark := func(call string) {
			x.press("/", "ctrl+u", paste(call), "tab", " ")
		}
		mark("GET /admin/realms/r/users")
		x.wants("1 marked call takes view-users. It opens 51 calls of the table of 26.7.4.")
		mark("GET /admin/realms/r/clients/1")
		x.wants("2 marked calls take view-clients + view-users.")
		mark("PUT /admin/realms/r/users/1")
		x.wants("3 marked calls take manage-users + view-clients.")
		want, err := matrix.Shipped().Cover("26.7.4", []matrix.Call{{Method: "GET", Path: "/admin/realms/{realm}/users"},
			{Method: "GET", Path: "/admin/realms/{realm}/clients/{client-uuid}"}, {Method: "PUT", Path: "/admin/realms/{realm}/users/{user-id}"}})
		if err != nil {
			t.Fatal(err)
		}
		x.wants("3 marked calls take " + strings.Join(want.Roles, " + ") + ".")
		x.press(" ") // not any more
		x.wants("2 marked calls take view-clients + view-users.")
		x.press("esc", "m")
		x.wants("2 of 429 calls, marked")
		x.press("u")
		x.wants("429 calls")
		x.lacks(", marked")
		mark("GET /admin/realms/r/organizations")
		for range slices.Index(matrix.Versions(), "26.7.4") - slices.Index(matrix.Versions(), "24.0.5") {
			x.press("left")
		}
		x.press("esc")
		x.wants("358 calls  < measured on Keycloak 24.0.5 >", "! 24.0.5 has no endpoint GET /admin/realms/{realm}/organizations")
		x.press("ctrl+c")
		x.end()
	})
}

func TestVersionOfRolesIsSwitched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inRoles(x)
		for _, version := range matrix.Versions() {
			table := words.Words{}.RoleTable(version)
			x.press("tab", "right", "tab")
			x.wants("< measured on Keycloak "+version+" >", strings.Fields(x.text())[0])
			x.wants(fmt.Sprintf("%d calls  <", len(table.Calls))) // none is left out: that would be said behind it
		}
		x.press(paste("GET /admin/realms/r/organizations/1"), "enter")
		x.wants("smallest")
		x.press("right")
		x.wants("< measured on Keycloak "+matrix.Versions()[0]+" >", matrix.Versions()[0]+" has no endpoint", "It was measured on 26.0.8 to 26.7.4.")
		x.press("left", "esc")
		x.wants("▸  GET    /organizations/{org-id}")
		x.press("ctrl+c")
		x.end()
	})
}

// What was searched and marked is there again after one was elsewhere.
func TestRolesAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inRoles(x)
		x.press("groups", "tab", " ", "q")
		x.wants("your own failing call")
		x.press("enter")
		x.wants("1 marked call takes", "groups")
		x.press("ctrl+c")
		x.end()
	})
}

func TestRolesAreClicked(t *testing.T) {
	t.Parallel()
	r := opened(0, atRoles)(t, nil)
	list := r.Screen
	top := func() {
		r.Screen = list
		for range 40 {
			r.Update(keyMsg(t, "pgup"))
		}
	}
	for _, w := range []int{60, 80, 160} {
		r.Update(tea.WindowSizeMsg{Width: w, Height: 24})
		for y, line := range strings.Split(view(r), "\n") {
			if !strings.Contains(line, "PUT ") && !strings.Contains(line, "POST ") {
				continue
			}
			top()
			for range 2 {
				r.Update(tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionPress, X: 9, Y: y})
			}
			method := regexp.MustCompile(`PUT|POST`).FindString(line)
			if r.Screen == list || !strings.Contains(ansi.Strip(view(r)), "\n "+method+" /admin/") {
				t.Errorf("at %d a click on %q leads to\n%s", w, line, view(r))
			}
		}
		top()
	}
}

// Wherever one is in the list, it is seen, in the smallest window too.
func TestMarkedRowOfRolesIsSeen(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile(`^ ▸. (GET|HEAD|PUT|POST|PATCH|DELETE) +/`)
	for _, size := range [][2]int{{60, 16}, {80, 24}, {160, 50}} {
		r := opened(0, atRoles, "tab", " ")(t, nil)
		r.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		for _, key := range []string{"down", "pgdown", "up", "pgup"} {
			for range 40 {
				r.Update(keyMsg(t, key))
				point := false
				for _, line := range strings.Split(view(r), "\n") {
					point = point || row.MatchString(ansi.Strip(line))
				}
				if !point {
					t.Fatalf("at %v the marked row is not seen after %s:\n%s", size, key, view(r))
				}
			}
		}
	}
}
