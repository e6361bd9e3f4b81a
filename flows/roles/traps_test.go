package roles

import (
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/msg"
)

// Each claim was measured on some version, on calls that are there, and two claims of a trap on none at once.
func TestClaimsAreMeasured(t *testing.T) {
	m := Shipped()
	seen := map[string]bool{}
	for i, trap := range traps {
		if seen[trap.ID] {
			t.Errorf("%s: twice", trap.ID)
		}
		seen[trap.ID] = true
		for _, on := range trap.On {
			if !slices.ContainsFunc(m.Endpoints(), pattern(on).matches) {
				t.Errorf("%s: no endpoint %s", trap.ID, on)
			}
		}
		var taken versionSet
		for j, claim := range trap.Claims {
			on := m.told[i]().claims[j]
			if on == 0 || len(claim.Backed) == 0 {
				t.Errorf("%s: on no version: %s", trap.ID, claim.Says)
			}
			if on&taken != 0 {
				t.Errorf("%s: two claims of one version, %s", trap.ID, m.said(on&taken))
			}
			taken |= on
			t.Logf("%s: %s: %s", trap.ID, m.said(on), claim.Says)
		}
	}
}

// A claim holds on the versions that have its cells, and on no other: another cell, or none, takes it away.
func TestClaimFollowsItsCells(t *testing.T) {
	const rows = "g,GET,/admin/realms/{realm}/a,,403,200,%s,\n"
	claim := Claim{"A claim.", []Proof{{"GET /a", "view-users", "200 empty"}, {"GET /a", "none", "403"}}}
	for cell, want := range map[string]bool{"200 empty": true, "200": false, "403": false} {
		table := read(t, small+strings.ReplaceAll(rows, "%s", cell))
		got := !slices.ContainsFunc(claim.Backed, func(p Proof) bool { return !table.proves(claim, p) })
		if got != want {
			t.Errorf("%s: %v", cell, got)
		}
	}
	table := read(t, strings.ReplaceAll(small, "view-users", "own-role")+strings.ReplaceAll(rows, "%s", "200 empty"))
	if table.proves(claim, claim.Backed[0]) {
		t.Error("a role that is not there proves something")
	}
}

func TestTrapsAreTold(t *testing.T) {
	for _, c := range []struct{ version, call, says string }{
		{"", "GET /admin/realms/r/users", "looks as if there were no users"},
		{"24.0.5", "GET /admin/realms/r/users/count", "the number is 0"},
		{"", "GET /admin/realms/r/users/1", "does not exist is 404 only"},
		{"", "GET /admin/realms/r/clients/1", "client secrets in plain text"},
		{"26.4.0", "POST /admin/realms/r/users/1/role-mappings/clients/2", "only an admin of the master realm with its realm role admin can. (Measured on 26.4.0"},
		{"", "GET /admin/realms/r", "reduced representation"},
		{"", "POST /admin/realms", "create-realm"},
		{"26.7.3", "GET /admin/realms/r/users/count", ": the smallest is view-users; with query-users it succeeds and shows less."},
		{"24.0.5", "HEAD /admin/realms/r/users/1", "405"}, {"", "HEAD /admin/realms/r/users/1", "HEAD is answered as GET"},
	} {
		a := find(t, c.version, c.call)
		if !slices.ContainsFunc(a.Traps, func(s msg.Message) bool { return strings.Contains(s.String(), c.says) }) {
			t.Errorf("%s on %q: %q", c.call, c.version, a.Traps)
		}
	}
	for _, s := range find(t, "26.7.3", "GET /admin/realms/r/clients/1/authz/resource-server").Traps {
		if strings.HasPrefix(s.String(), "view-authorization and manage-authorization do not open") {
			t.Errorf("told on the wrong version: %s", s)
		}
	}
}
