package words

import (
	"strings"
	"testing"

	"fix403/flows/roles"
)

// Each word has to be in the path, the group, the method or the smallest roles.
func TestRolesAreSearched(t *testing.T) {
	for _, c := range []struct {
		text       string
		first      string // of what is found
		least      int
		most       int
		whyHas     string
		everything string // each found call has it in its row
	}{
		{text: "", first: "GET /admin/realms/{realm}/users/{user-id}", least: 429, most: 429},
		{text: "users", first: "GET /admin/realms/{realm}/users", least: 20, most: 120},
		{text: "get user", first: "GET /admin/realms/{realm}/users", least: 20, most: 100, everything: "GET"},
		{text: "userz", first: "GET /admin/realms/{realm}/users", least: 20, most: 100},
		{text: "user-id users", first: "GET /admin/realms/{realm}/users/{user-id}", least: 20, most: 100},
		{text: "POST Users", first: "POST /admin/realms/{realm}/users", least: 5, most: 40, everything: "POST"},
		{text: "manage-identity-providers", least: 3, most: 40, everything: "manage-identity-providers"},
		{text: "/admin/realms/r/users/0b1c-9/role-mappings/realm", first: "GET /admin/realms/{realm}/users/{user-id}/role-mappings/realm", least: 3, most: 3},
		{text: `"DELETE http://kc:8080/admin/realms/r/users/0b1c-9"`, first: "DELETE /admin/realms/{realm}/users/{user-id}", least: 3, most: 3},
		{text: "HEAD /admin/realms/r/users", first: "HEAD /admin/realms/{realm}/users", least: 2, most: 3},
		{text: "https://kc/admin/realms/r/users/1/reset-password", first: "PUT /admin/realms/{realm}/users/{user-id}/reset-password", least: 1, most: 1, whyHas: "GET was not measured on /admin/realms/{realm}/users/{user-id}/reset-password."},
		{text: "GET /admin/realms/{realm}/us", least: 20, most: 60},
		{text: "GET /admin/realms/r/no-such", whyHas: "/no-such"},
		{text: "/realms/r/users", whyHas: "The admin API begins with /admin"},
		{text: "ftp://kc/admin/realms", whyHas: "must begin with http://"},
		{text: "no-such-word"},
	} {
		found, why := Words{}.RoleTable("26.7.4").Search(c.text)
		if len(found) < c.least || len(found) > c.most {
			t.Errorf("%q finds %d calls", c.text, len(found))
		}
		if c.first != "" && (len(found) == 0 || CallOf(found[0]).String() != c.first) {
			t.Errorf("%q does not find %s first: %v", c.text, c.first, found[:min(len(found), 1)])
		}
		if (c.whyHas == "") != (why == "") && len(found) == 0 && c.text != "no-such-word" || !strings.Contains(why, c.whyHas) {
			t.Errorf("%q says %q", c.text, why)
		}
		for _, a := range found {
			if row := a.Method + a.Path + (Words{}).SmallestRoles(a); !strings.Contains(row, c.everything) {
				t.Errorf("%q finds %s", c.text, row)
			}
		}
	}
}

// A role shows what the table says that it opens, for each role of each version.
func TestRolesOfARoleAreThoseOfTheTable(t *testing.T) {
	for _, version := range roles.Versions() {
		table := Words{}.RoleTable(version)
		for _, role := range table.Roles {
			opens := roles.Shipped().Opens(version, role)
			calls := OfRole(table.Calls, role)
			if len(calls) != len(opens) || len(opens) == 0 && role != "create-client" {
				t.Errorf("%s: %s opens %d calls, shown are %d", version, role, len(opens), len(calls))
				continue
			}
			for i, o := range opens {
				if _, less := Opened(calls[i], role); calls[i].Endpoint != o.Endpoint || less != o.Filtered {
					t.Errorf("%s: %s: %s is shown for %s", version, role, calls[i].Endpoint, o.Endpoint)
				}
			}
		}
	}
}
