// Package console has those labels of the Admin Console that are not the same on all versions.
package console

import (
	"fix403/keycloak/version"
)

// Labels are what the English Admin Console of a version calls things. They were read out of the console that each version
// ships: its English texts, and its program for where they stand.
type Labels struct {
	ServiceAccountRoles string // the tab of a client, and the box in its Capability config
	ClientRoles         string // what is chosen behind Assign role, so that roles of clients are listed
	ManageRealms        bool   // Create realm is on a page of its own, Manage realms; before, in the list of realms
}

var (
	serviceAccountRoles = version.Facts[string]{}.
				Measured("Service accounts roles", "22.0.5 23.0.7 24.0.5 25.0.6 26.0.8 26.1.4 26.2.0 26.2.5 26.3.5 26.4.7").
				Measured("Service account roles", "26.5.0 26.5.6 26.6.4 26.7.3 26.7.4")
	clientRoles = version.Facts[string]{}.
			Measured("Filter by clients", "22.0.5 23.0.7 24.0.5 25.0.6 26.0.8 26.1.4 26.2.0 26.2.5").
			Measured("Client roles", "26.3.5 26.4.7 26.5.0 26.5.6 26.6.4 26.7.3 26.7.4")
	manageRealms = version.Facts[bool]{}.
			Measured(false, "22.0.5 23.0.7 24.0.5 25.0.6 26.0.8 26.1.4").
			Measured(true, "26.2.0 26.2.5 26.3.5 26.4.7 26.5.0 26.5.6 26.6.4 26.7.3 26.7.4")
)

// Of returns the labels of a version, "" for an unknown one. Between two measured versions with different labels it takes the newer
// one's.
func Of(of string) Labels {
	v := version.Of(of)
	return Labels{at(serviceAccountRoles, v), at(clientRoles, v), at(manageRealms, v)}
}

func at[T comparable](f version.Facts[T], v version.Version) T {
	known := f.At(v, version.Equal)
	return known[len(known)-1].Value
}
