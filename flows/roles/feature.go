package roles

import (
	"slices"
	"strings"

	"fix403/keycloak/msg"
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

// withFeature begins the case of a row that was measured with a feature that the version has switched off by default.
const withFeature = "with the feature "

// offByDefault are those that each measured version has switched off by default.
var offByDefault = []string{"ADMIN_FINE_GRAINED_AUTHZ", "CLIENT_TYPES", "CLIENT_SECRET_ROTATION", "CLIENT_ADMIN_API_V2"}

// SwitchedOn returns the case of the row of a call that belongs to a feature which is off by default, where a server has it on; "" for others.
func (e *Endpoint) SwitchedOn(features map[string]bool) string {
	f, known := FeatureOf(e.Path)
	if !known || e.Case != "" || !features[f.ID] && !features[f.ID+"_V1"] || !slices.Contains(offByDefault, f.ID) {
		return ""
	}
	return withFeature + f.Start
}

// featured reports whether a row was measured with a feature that is switched off by default.
func (e *Endpoint) featured() bool { return strings.HasPrefix(e.Case, withFeature) }

// switchedOn returns the row of a call with its feature switched on, of a version that has it switched off by default; nil where there is
// none.
func (m *Matrix) switchedOn(t *Table, e *Endpoint) *Row {
	for _, o := range m.endpoints {
		if o.Method == e.Method && o.Path == e.Path && o.featured() {
			return t.at[o]
		}
	}
	return nil
}

// switchedOff returns the feature by which a version that does not serve a call would serve it; false for none that is known.
func (m *Matrix) switchedOff(t *Table, e *Endpoint) (Feature, bool) {
	const off = 501 // Feature not enabled
	row := t.at[e]
	if row == nil || row.Served() {
		return Feature{}, false
	}
	f, known := FeatureOf(e.Path)
	return f, known && (row.Cells[RealmAdmin].Status == off || m.switchedOn(t, e) != nil)
}

// featureSays returns what opens a call once its feature is switched on.
func (m *Matrix) featureSays(t *Table, e *Endpoint, f Feature) msg.Message {
	row := m.switchedOn(t, e)
	if row == nil {
		return msg.New("To have it, start Keycloak with --features=%s.", f.Start)
	}
	a := t.answer(row)
	allows := a.Smallest
	if len(a.Together) > 0 {
		allows = append([]string{strings.Join(a.Together[0], " + ")}, allows...)
	}
	return msg.New("With --features=%s it requires %s (measured).", f.Start, Or(allows))
}
