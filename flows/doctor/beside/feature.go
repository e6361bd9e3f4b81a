package beside

import "strings"

// Feature is one of the server's, on which endpoints of the admin API depend.
type Feature struct {
	ID    string // as serverinfo names it
	Start string // as the option --features of the server names it
}

// features are those by the parts of a path of the admin API, measured on 26.7.4 with each of them off.
var features = []struct {
	part string
	Feature
}{
	{"/users-management-permissions", Feature{"ADMIN_FINE_GRAINED_AUTHZ", "admin-fine-grained-authz:v1"}},
	{"/management/permissions", Feature{"ADMIN_FINE_GRAINED_AUTHZ", "admin-fine-grained-authz:v1"}},
	{"/client-types", Feature{"CLIENT_TYPES", "client-types"}},
	{"/organizations", Feature{"ORGANIZATION", "organization"}},
	{"/workflows", Feature{"WORKFLOWS", "workflows"}},
	{"/impersonation", Feature{"IMPERSONATION", "impersonation"}},
	{"/client-policies/", Feature{"CLIENT_POLICIES", "client-policies"}},
	{"/client-secret/rotated", Feature{"CLIENT_SECRET_ROTATION", "client-secret-rotation"}},
	{"/authz/", Feature{"AUTHORIZATION", "authorization"}},
	{"/admin/api/", Feature{"CLIENT_ADMIN_API_V2", "client-admin-api:v2"}},
	{"/scim/", Feature{"SCIM_API", "scim-api"}},
	{"/ext/par/", Feature{"PAR", "par"}},
	{"/ext/ciba/", Feature{"CIBA", "ciba"}},
	{"/auth/device", Feature{"DEVICE_FLOW", "device-flow"}},
}

// OfOrganizations reports whether a path of the admin API is one of organizations. The server asks for their feature and the realm's setting
// only behind the role (measured on 26.7.4 with the feature off, and on 26.4.0 and 26.7.4 with the setting off).
func OfOrganizations(path string) bool {
	f, _ := FeatureOf(path)
	return f.ID == "ORGANIZATION" && strings.HasPrefix(path, "/admin/realms/")
}

// FeatureOf returns the feature that an endpoint depends on; false for one that depends on none that is known.
func FeatureOf(path string) (Feature, bool) {
	path, _, _ = strings.Cut(path, "?")
	for _, f := range features {
		if strings.Contains(path+"/", f.part) {
			return f.Feature, true
		}
	}
	return Feature{}, false
}
