package permission

import (
	"slices"

	"fix403/keycloak/msg"
	"fix403/keycloak/version"
)

// atObjects tells on which versions a permission lets a service account at the object that it names, and not only at lists: its user, with
// the permission, is allowed by the server's own evaluation on each of them. Persons are let in on each that was measured.
var atObjects = version.Facts[bool]{}.Measured(false, "26.2.5 26.3.5 26.4.0 26.4.7 26.5.6").Measured(true, "26.6.4 26.7.3 26.7.4")

// OpensForServiceAccounts reports whether a permission lets a service account at a single object on a version, and whether that is certain:
// it was measured on this very version, or on both sides of it.
func OpensForServiceAccounts(on string) (opens, certain bool) {
	values := atObjects.At(version.Of(on), version.Equal)
	v := values[len(values)-1]
	return v.Value, len(values) == 1 && (v.How == version.Measured || v.How == version.Between)
}

// ClosedOn names the versions on which a service account was refused although a permission allowed it.
func ClosedOn() msg.Message {
	var parts []msg.Message
	for _, r := range atObjects.Ranges(version.Equal) {
		if !r.Value {
			parts = append(parts, msg.New("%s to %s", r.From, r.To))
		}
	}
	return msg.List(", ", parts...)
}

// firstKind has which versions had admin permissions of the first kind alone, which a client and its policies decided, too.
var firstKind = version.Facts[bool]{}.Measured(true, "24.0.5").Measured(false, "26.2.5 26.4.0 26.7.4")

// OnlyFirstKind reports whether a version is known to have none but the admin permissions of the first kind, of which this package knows nothing.
func OnlyFirstKind(on string) bool {
	if on == "" {
		return false
	}
	values := firstKind.At(version.Of(on), version.Equal)
	return !slices.ContainsFunc(values, func(v version.Value[bool]) bool { return !v.Value })
}
