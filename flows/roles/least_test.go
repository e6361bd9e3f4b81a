package roles

import (
	"slices"
	"testing"
)

// Where roles that only view or query give a call its whole answer, alone or together, no other one is recommended for it.
func TestNoRoleThatActsIsRecommendedWhereViewingSuffices(t *testing.T) {
	for _, v := range Versions() {
		table := Shipped().Table(v)
		var reading []string
		for _, r := range table.Roles {
			if Reads(r) {
				reading = append(reading, r)
			}
		}
		for _, e := range Shipped().Endpoints() {
			row := table.Row(e)
			if row == nil || !row.Served() || e.Case != "" {
				continue
			}
			suffices := (known{table, row}).access(reading).Whole
			cover, err := Shipped().Cover(v, []Call{{e.Method, e.Path}})
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range append([][]string{cover.Roles}, cover.Equal...) {
				acts := slices.ContainsFunc(set, func(r string) bool { return !Reads(r) })
				if suffices && acts {
					t.Errorf("%s: %s is recommended %v, though %v suffice", v, e, set, reading)
				}
				if acts && e.Reads() {
					t.Logf("%s: %s takes %v; with fewer fields %v", v, e, cover.Roles, Shipped().Lesser(cover.Calls[0], nil))
				}
			}
		}
	}
}
