package version

import (
	"slices"
	"strings"
)

// Facts are what was measured of one thing on several versions, and what Keycloak's documents say of later ones. A T is one
// of its values.
type Facts[T any] struct{ points []point[T] } // the oldest first

type point[T any] struct {
	at         Version
	value      T
	documented bool
}

// Measured adds a value that was measured on versions, separated by spaces. A text that is no version panics: it is in
// the program's own data.
func (f Facts[T]) Measured(value T, on string) Facts[T] { return f.with(value, on, false) }

// Documented adds a value that Keycloak's documents name for a version and later ones, and that nobody measured. It holds
// until the next version with a measured or documented value.
func (f Facts[T]) Documented(value T, since string) Facts[T] { return f.with(value, since, true) }

func (f Facts[T]) with(value T, on string, documented bool) Facts[T] {
	points := slices.Clone(f.points)
	for text := range strings.FieldsSeq(on) {
		at, known := Parse(text)
		if !known {
			panic("no version: " + text)
		}
		i, there := slices.BinarySearchFunc(points, at, func(p point[T], at Version) int { return Compare(p.at, at) })
		if there {
			panic("two values of " + text)
		}
		points = slices.Insert(points, i, point[T]{at, value, documented})
	}
	return Facts[T]{points}
}

// How is how well a value is known of a version.
type How int

// The ways in which a value can be known, the best first. Only Measured proves anything.
const (
	Measured   How = iota // on this very version
	Between               // the nearest measured versions on both sides have the same value
	Differing             // they have different values: both are given
	Outside               // the version is older than all that were measured, newer than them, a variant of one, or unknown: the nearest value is given
	Documented            // Keycloak's documents say so, and nobody measured it
)

// Value is a value of [Facts.At].
type Value[T any] struct {
	Value T
	On    Version // where it was measured; of [Documented], since when it holds
	How   How
}

// At returns what is known of a version: one value, or with [Differing] two, the older version's first; nothing where nothing
// was measured at all. An unknown version gets the newest measured value. same reports whether two values are equal.
func (f Facts[T]) At(v Version, same func(a, b T) bool) []Value[T] {
	if len(f.points) == 0 {
		return nil
	}
	measured := func(p point[T]) bool { return !p.documented }
	if !v.Known() {
		newest := lastOf(f.points, measured)
		if newest == nil {
			return nil
		}
		return []Value[T]{{newest.value, newest.at, Outside}}
	}
	i, there := slices.BinarySearchFunc(f.points, v, func(p point[T], at Version) int { return Compare(p.at, at) })
	before, after := f.points[:i], f.points[i:]
	if there {
		before, after = f.points[:i+1], f.points[i+1:]
	}
	if len(before) == 0 {
		return []Value[T]{{after[0].value, after[0].at, Outside}}
	}
	older := before[len(before)-1]
	switch {
	case older.documented:
		return []Value[T]{{older.value, older.at, Documented}}
	case there && v.variant:
		return []Value[T]{{older.value, older.at, Outside}}
	case there:
		return []Value[T]{{older.value, older.at, Measured}}
	case len(after) == 0 || after[0].documented:
		return []Value[T]{{older.value, older.at, Outside}}
	case same(older.value, after[0].value):
		return []Value[T]{{older.value, older.at, Between}}
	}
	return []Value[T]{{older.value, older.at, Differing}, {after[0].value, after[0].at, Differing}}
}

func lastOf[E any](list []E, is func(E) bool) *E {
	for i, e := range slices.Backward(list) {
		if is(e) {
			return &list[i]
		}
	}
	return nil
}

// Equal is the comparison of [Facts.At] for comparable values.
func Equal[T comparable](a, b T) bool { return a == b }

// On returns the versions on which a value was measured, the oldest first.
func (f Facts[T]) On() []Version {
	var on []Version
	for _, p := range f.points {
		if !p.documented {
			on = append(on, p.at)
		}
	}
	return on
}

// Around returns the versions nearest to v on which something was measured, before it and after it; the zero Version where there is
// none.
func (f Facts[T]) Around(v Version) (before, after Version) {
	for _, on := range f.On() {
		switch c := Compare(on, v); {
		case c < 0:
			before = on
		case c > 0 && !after.Known():
			after = on
		}
	}
	return before, after
}

// Range is a value, and the versions from which and to which it was measured. A documented one holds since From.
type Range[T any] struct {
	Value      T
	From, To   Version
	Documented bool
}

// Ranges returns the values in the order of the versions; neighbours that are equal are one range.
func (f Facts[T]) Ranges(same func(a, b T) bool) []Range[T] {
	var ranges []Range[T]
	for _, p := range f.points {
		if n := len(ranges); n > 0 && ranges[n-1].Documented == p.documented && same(ranges[n-1].Value, p.value) {
			ranges[n-1].To = p.at
			continue
		}
		ranges = append(ranges, Range[T]{p.value, p.at, p.at, p.documented})
	}
	return ranges
}
