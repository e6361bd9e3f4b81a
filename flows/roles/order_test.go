package roles

import (
	"strings"
	"testing"
)

// To view is less than to manage, and everything is less than realm-admin.
func TestViewIsSmallerThanManage(t *testing.T) {
	for _, table := range Shipped().tables {
		for _, role := range table.Roles {
			if role != RealmAdmin && !table.smaller(role, RealmAdmin) {
				t.Errorf("%s: %s is not smaller than realm-admin", table.Version, role)
			}
			what, view := strings.CutPrefix(role, "view-")
			if role == "view-authorization" && table.Version == "26.4.0" {
				continue // opens the same there: neither reads what manage-clients and view-clients read
			}
			if !view {
				continue
			}
			if manage := "manage-" + what; !table.smaller(role, manage) || table.smaller(manage, role) {
				extra := table.order().marks[role].without(table.order().query).without(table.order().marks[manage])
				for i, e := range Shipped().endpoints {
					if extra[2*i/64]&(3<<(2*i%64)) != 0 {
						t.Log(e)
					}
				}
				t.Errorf("%s: %s is not smaller than %s", table.Version, role, manage)
			}
		}
	}
}
