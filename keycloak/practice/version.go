package practice

import (
	"fmt"
	"slices"
	"strings"

	"fix403/keycloak/version"
)

// release is a version of Keycloak that the practice server can behave as. They are ordered by time.
type release int

const (
	_ release = iota
	v2405
	v2640
	v2672 // as 26.7.3, but for where the admin API reads roles from and who sees client role mappings
	v2673
	v2674
	v2682 // as Keycloak's documents say; nobody measured it
)

const newest, newestMeasured = v2682, v2674

var releaseNames = [...]string{v2405: "24.0.5", v2640: "26.4.0", v2672: "26.7.2", v2673: "26.7.3", v2674: "26.7.4", v2682: "26.8.2"}

func (r release) String() string { return releaseNames[r] }

// DefaultVersion is the version that an empty Options.Version means.
const DefaultVersion = "26.7.4"

// Versions returns the versions that Options.Version accepts, oldest first.
func Versions() []string { return slices.Clone(releaseNames[v2405:]) }

// Measured reports whether what the practice server does as a version was measured on a real one. As one of the other
// [Versions] it does what Keycloak's documents say, and what they leave open is assumed.
func Measured(name string) bool {
	r, err := releaseOf(name)
	return err == nil && r <= newestMeasured
}

// releaseOf returns the release of a version, an error for one that is not known. "" is [DefaultVersion].
func releaseOf(name string) (release, error) {
	if name == "" {
		name = DefaultVersion
	}
	if i := slices.Index(releaseNames[:], name); i >= int(v2405) {
		return release(i), nil
	}
	return 0, fmt.Errorf("practice: no Keycloak version %q, known are %s", name, strings.Join(Versions(), ", "))
}

// span is a range of releases, both ends included. The zero span is none.
type span struct{ first, last release }

// since is for a behavior that was measured on its first release and on all later ones that were measured. Those that were
// not have it too, for want of a word to the contrary.
func since(first release) span { return span{first, newest} }
func until(last release) span  { return span{v2405, last} }

func (s span) has(r release) bool { return s.first <= r && r <= s.last }

// documentedSince reports whether a release has a behavior that Keycloak's documents name for a version and later ones, and
// that the newest measured release does not have.
func documentedSince(r release, first string) bool {
	known := version.Facts[bool]{}.Measured(false, newestMeasured.String()).Documented(true, first)
	return known.At(version.Of(r.String()), version.Equal)[0].Value
}

// from is a list of values, each with the release from which it holds, the oldest first.
type from[T any] []struct {
	first release
	value T
}

// valueAt returns the value of a release.
func valueAt[T any](r release, values from[T]) (value T) {
	for _, v := range values {
		if v.first <= r {
			value = v.value
		}
	}
	return value
}
