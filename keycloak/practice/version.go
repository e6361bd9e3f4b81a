package practice

import (
	"fmt"
	"slices"
	"strings"
)

// release is a version of Keycloak that the practice server can behave as. They are ordered by time.
type release int

const (
	_ release = iota
	v2405
	v2640
	v2672 // as 26.7.3, but for where the admin API reads roles from and who sees client role mappings
	v2673
	newest = v2673
)

var releaseNames = [...]string{v2405: "24.0.5", v2640: "26.4.0", v2672: "26.7.2", v2673: "26.7.3"}

func (r release) String() string { return releaseNames[r] }

// DefaultVersion is the version that an empty Options.Version means.
const DefaultVersion = "26.7.3"

// Versions returns the versions that Options.Version accepts, oldest first.
func Versions() []string { return slices.Clone(releaseNames[v2405:]) }

// releaseOf returns the release of a version, an error for one that is not known. "" is [DefaultVersion].
func releaseOf(version string) (release, error) {
	if version == "" {
		version = DefaultVersion
	}
	if i := slices.Index(releaseNames[:], version); i >= int(v2405) {
		return release(i), nil
	}
	return 0, fmt.Errorf("practice: no Keycloak version %q, known are %s", version, strings.Join(Versions(), ", "))
}

// span is a range of releases, both ends included. The zero span is none.
type span struct{ first, last release }

func since(first release) span { return span{first, newest} }
func until(last release) span  { return span{v2405, last} }

func (s span) has(r release) bool { return s.first <= r && r <= s.last }

// valueAt returns the value of a release, where each of the values holds from its release on.
func valueAt[T any](r release, from map[release]T) T {
	for r > v2405 {
		if v, ok := from[r]; ok {
			return v
		}
		r--
	}
	return from[v2405]
}
