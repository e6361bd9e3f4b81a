package flows

import (
	"slices"

	"fix403/keycloak/practice"
)

// PracticeVersions are the versions that the practice server can answer as, the default first and then from new to old.
func PracticeVersions() []string {
	versions := practice.Versions()
	slices.Reverse(versions)
	i := slices.Index(versions, practice.DefaultVersion)
	return append([]string{practice.DefaultVersion}, slices.Delete(versions, i, i+1)...)
}
