package traffic

import (
	"fmt"
	"slices"
	"testing"
)

func TestNeeds(t *testing.T) {
	call := func(client, method, path string, status int) Call {
		return Call{Client: client, Realm: "shop", Method: method, Path: "/admin/realms/shop" + path, Status: status}
	}
	calls := []Call{
		call("writer", "DELETE", "/users/1", 204),
		call("reports", "GET", "/users?search", 200), call("reports", "GET", "/users", 200), call("reports", "GET", "/users/1", 403), call("reports", "GET", "/clients", 401),
		call("reports", "GET", "/nope?x", 404), call("reports", "GET", "/nope", 404),
		call("export", "POST", "/partial-export?exportClients=true&exportGroupsAndRoles=false", 200),
		call("", "POST", "/partial-export?exportClients=false", 200),
	}
	needs, err := Needs("26.7.4", calls)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range needs {
		got = append(got, fmt.Sprint(n.Client, n.Requests, n.Refused, n.Cover.Roles, len(n.Cover.Calls), n.Unknown))
	}
	want := []string{
		"1 0 [manage-realm] 1 []", "export1 0 [manage-realm view-clients] 1 []",
		"reports6 2 [view-clients view-users] 3 [GET /admin/realms/shop/nope?x]", "writer1 0 [manage-users] 1 []",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	if left := By("reports", calls); len(left) != 7 {
		t.Errorf("%+v", left)
	}
	if d := Distinct(calls); len(d) != 7 || d[1].Path != "/admin/realms/shop/users" || d[5].Path != "/admin/realms/shop/partial-export?exportClients=true&exportGroupsAndRoles=false" {
		t.Errorf("%+v", d)
	}
}
