package roles

import (
	"strings"

	"fix403/flows/roles/feature"
	"fix403/keycloak/msg"
)

// withFeature begins the case of a row that was measured with a feature that the version has switched off by default.
const withFeature = "with the feature "

// SwitchedOn returns the case of the row of a call that belongs to a feature which is off by default, where a server has it on; "" for others.
func (e *Endpoint) SwitchedOn(features map[string]bool) string {
	f, known := feature.Of(e.Path)
	if !known || e.Case != "" || !features[f.ID] && !features[f.ID+"_V1"] || !f.OffByDefault() {
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
func (m *Matrix) switchedOff(t *Table, e *Endpoint) (feature.Feature, bool) {
	const off = 501 // Feature not enabled
	row := t.at[e]
	if row == nil || row.Served() {
		return feature.Feature{}, false
	}
	f, known := feature.Of(e.Path)
	return f, known && (row.Cells[RealmAdmin].Status == off || m.switchedOn(t, e) != nil)
}

// featureSays returns what opens a call once its feature is switched on.
func (m *Matrix) featureSays(t *Table, e *Endpoint, f feature.Feature) msg.Message {
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
