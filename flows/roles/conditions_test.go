package roles

import (
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/msg"
)

// TestConditions has the calls that are decided by more than their path, each with the versions for which that was measured.
func TestConditions(t *testing.T) {
	const (
		impersonation = "POST /admin/realms/r/users/1/impersonation"
		grant         = "POST /admin/realms/r/users/1/role-mappings/clients/2"
	)
	for _, tt := range []struct{ on, call, want string }{
		{"26.7.3", impersonation, "does not count: the role impersonation is enough for an admin, too. (Measured on 26.7.3.)"},
		{"24.0.5", impersonation, "does not count: the role impersonation is enough for an admin, too. (Measured on 26.7.3.)"},
		{"26.7.4", impersonation, "a caller that does not hold each of them gets 403. (Measured on 26.7.4.)"},
		{"26.8.2", impersonation, "a caller that does not hold each of them gets 403. (Measured on 26.7.4.)"},
		{"26.7.4", grant, "manage-users can grant a role of realm-management that goes no further than users, such as view-users. (Measured on "},
		{"26.4.0", grant, "No role of the realm can grant a role of realm-management"},
	} {
		call, err := ParseCall(tt.call)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Shipped().Find(tt.on, call)
		if err != nil {
			t.Fatal(err)
		}
		has := func(list []msg.Message) bool {
			return slices.ContainsFunc(list, func(m msg.Message) bool { return strings.Contains(m.String(), tt.want) })
		}
		if says := Shipped().Conditions(tt.on, a.Endpoint); !has(says) || !has(a.Traps) {
			t.Errorf("%s on %s: %v, and the answer has %v", tt.call, tt.on, says, a.Traps)
		}
	}
	for _, c := range conditions {
		if !slices.ContainsFunc(Shipped().Endpoints(), pattern(c.on).matches) {
			t.Errorf("no endpoint %s", c.on)
		}
	}
}
