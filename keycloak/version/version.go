// Package version orders versions of Keycloak, and says of what is claimed about them on which versions it was measured.
package version

import (
	"cmp"
	"strconv"
	"strings"
)

// Version is a version of Keycloak. The zero Version is unknown: what a server does not tell.
type Version struct {
	major, minor, patch int
	variant             bool // its text goes on, as that of a vendor's build
}

// Parse reads a version such as "26.7.3". What follows a number, as in 26.7.3.redhat-00001, is left out and makes it a variant, of which
// nothing was measured; a number that is missing is 0. It is the zero Version, and false, for a text that is none.
func Parse(text string) (Version, bool) {
	var numbers [3]int
	variant := false
	for i, part := range strings.SplitN(text, ".", 4) {
		if i == len(numbers) {
			variant = true
			break
		}
		if end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			part, variant = part[:end], true
		}
		n, err := strconv.Atoi(part)
		if err != nil || n > 999 {
			return Version{}, false
		}
		numbers[i] = n
	}
	if numbers == [3]int{} {
		return Version{}, false
	}
	return Version{numbers[0], numbers[1], numbers[2], variant}, true
}

// Of returns the version of a text that a server told; the zero Version for one that is none.
func Of(text string) Version {
	v, _ := Parse(text)
	return v
}

// Known reports whether it is a version at all.
func (v Version) Known() bool { return v != Version{} }

func (v Version) String() string {
	if !v.Known() {
		return ""
	}
	return strconv.Itoa(v.major) + "." + strconv.Itoa(v.minor) + "." + strconv.Itoa(v.patch)
}

// Compare orders versions, the oldest first.
func Compare(a, b Version) int {
	return cmp.Or(cmp.Compare(a.major, b.major), cmp.Compare(a.minor, b.minor), cmp.Compare(a.patch, b.patch))
}
