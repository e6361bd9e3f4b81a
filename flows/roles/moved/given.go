package moved

import (
	"errors"
	"strings"

	"fix403/flows/roles"
	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// Hint says how two versions are written.
var Hint = msg.New("Write two versions, the first one before the other: 24.0.5..26.7.4.")

// Of is [Between] of two versions as they are written: 24.0.5..26.7.4.
func Of(m *roles.Matrix, versions string, calls []roles.Call) (Changes, error) {
	from, to, both := strings.Cut(versions, "..")
	a, b := version.Of(from), version.Of(to)
	switch {
	case !both || !a.Known() || !b.Known():
		return Changes{}, msg.Error("%s is not two versions of Keycloak", versions)
	case version.Compare(a, b) >= 0:
		return Changes{}, msg.Error("%s is not before %s", from, to)
	}
	return Between(m, from, to, calls), nil
}

// Completions returns all pairs of versions that were measured, the oldest first.
func Completions(measured []string) (all []string) {
	for i, from := range measured {
		for _, to := range measured[i+1:] {
			all = append(all, from+".."+to)
		}
	}
	return all
}

// Known splits calls into those that the matrix knows of a version, and others. The error says what is wrong with the others.
func Known(m *roles.Matrix, on string, calls []roles.Call) (known, unknown []roles.Call, err error) {
	var absent, unmeasured []string
	var last error
	for _, c := range calls {
		_, err := m.Find(on, c)
		var wrong *roles.NotMeasuredError
		switch name := c.Method + " " + strings.SplitN(c.Path, "?", 2)[0]; {
		case err == nil:
			known = append(known, c)
			continue
		case errors.As(err, &wrong) && wrong.Absent:
			absent = append(absent, name)
		default:
			unmeasured = append(unmeasured, name)
		}
		unknown, last = append(unknown, c), err
	}
	if len(unknown) <= 1 {
		return known, unknown, last
	}
	several := &roles.NotMeasuredError{Hint: msg.New("Compare their paths with those of fix403 roles, or omit these calls.")}
	list := func(names []string) string { return strings.Join(names, ", ") }
	switch {
	case len(absent) == 0:
		several.Message = msg.New("%d of the %d calls were not measured on %s: %s.", len(unmeasured), len(calls), on, list(unmeasured))
	default:
		several.Message = msg.New("%d of the %d calls are to endpoints that %s does not have, as far as measured: %s.", len(absent), len(calls), on, list(absent))
		if len(unmeasured) > 0 {
			several.Message = msg.Concat(several.Message, " ", msg.New("%s was not measured.", list(unmeasured)))
		}
	}
	return known, unknown, several
}
