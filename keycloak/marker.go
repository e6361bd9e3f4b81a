package keycloak

import "fmt"

// Difference is a setting of an existing object that is not as asked for.
type Difference struct{ Setting, Want, Have string }

func (d Difference) String() string {
	return fmt.Sprintf("%s is %s, not %s", d.Setting, d.Have, d.Want)
}

func compare(setting string, want, have any) []Difference {
	w, h := fmt.Sprint(want), fmt.Sprint(have)
	if w == h {
		return nil
	}
	return []Difference{{setting, w, h}}
}

// MarkerAttribute is the attribute of realms and clients that fix403 created; its value is the id of the run.
const MarkerAttribute = "fix403.run"

func marked(run string) *map[string]string { return &map[string]string{MarkerAttribute: run} }

func markerIn(attributes *map[string]string) string { return deref(attributes)[MarkerAttribute] }
