// Package feature has the features of Keycloak on which calls of its admin API depend.
package feature

import (
	"slices"
	"strings"
)

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

// Of returns the feature that an endpoint depends on; false for one that depends on none that is known.
func Of(path string) (Feature, bool) {
	path, _, _ = strings.Cut(path, "?")
	for _, f := range features {
		if strings.Contains(path+"/", f.part) {
			return f.Feature, true
		}
	}
	return Feature{}, false
}

// offByDefault are those that each measured version has switched off by default.
var offByDefault = []string{"ADMIN_FINE_GRAINED_AUTHZ", "CLIENT_TYPES", "CLIENT_SECRET_ROTATION", "CLIENT_ADMIN_API_V2"}

// OffByDefault reports whether each measured version has the feature switched off by default.
func (f Feature) OffByDefault() bool { return slices.Contains(offByDefault, f.ID) }
