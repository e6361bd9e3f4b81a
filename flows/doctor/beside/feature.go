package beside

import (
	"strings"

	"fix403/flows/roles/feature"
)

// OfOrganizations reports whether a path of the admin API is one of organizations. The server asks for their feature and the realm's setting
// only behind the role (measured on 26.7.4 with the feature off, and on 26.4.0 and 26.7.4 with the setting off).
func OfOrganizations(path string) bool {
	f, _ := feature.Of(path)
	return f.ID == "ORGANIZATION" && strings.HasPrefix(path, "/admin/realms/")
}
