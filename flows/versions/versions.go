// Package versions knows which versions the practice server answers as, and how they are named.
package versions

import (
	"slices"

	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
)

// All returns the versions that the practice server can answer as, the default first and then from new to old.
func All() []string {
	all := practice.Versions()
	slices.Reverse(all)
	i := slices.Index(all, practice.DefaultVersion)
	return append([]string{practice.DefaultVersion}, slices.Delete(all, i, i+1)...)
}

// Measured reports whether what the practice server does as one of [All] was measured on a real one.
func Measured(version string) bool { return practice.Measured(version) }

// Name names one of [All], and says so where what the practice server does as that version is from Keycloak's documents and
// was not measured.
func Name(version string) msg.Message {
	if practice.Measured(version) {
		return msg.Verbatim(version)
	}
	return msg.New("%s (as documented, not measured)", version)
}
