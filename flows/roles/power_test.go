package roles

import (
	"strings"
	"testing"
)

// Each role of realm-management that only views or queries is none, and each other one was decided about.
func TestEachRoleWasDecidedAbout(t *testing.T) {
	powerless := []string{"manage-events", "manage-organizations"}
	for _, role := range Shipped().Table("").Roles {
		reads := strings.HasPrefix(role, "view-") || strings.HasPrefix(role, "query-")
		listed := false
		for _, p := range powers {
			listed = listed || p.Role == role
		}
		for _, p := range powerless {
			reads = reads || p == role
		}
		if listed == reads {
			t.Errorf("%s: listed %v", role, listed)
		}
	}
}
