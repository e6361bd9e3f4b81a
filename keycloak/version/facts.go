package version

import (
	"slices"
	"strings"
)

// Facts are what was measured of one thing on several versions, and what Keycloak's documents say of later ones. A T is one
// of its values.
type Facts[T any] struct {
	points points // the oldest first
	values []T    // one of each point
}

// point is a version of which a value is known.
type point struct {
	at         Version
	documented bool
}

// points are searched here, once for every kind of value.
type points []point

// Measured adds a value that was measured on versions, separated by spaces. A text that is no version panics: it is in
// the program's own data.
//
//go:noinline // it would be 4 kB of the program
func (f Facts[T]) Measured(value T, on string) Facts[T] { return f.with(value, on, false) }

// Documented adds a value that Keycloak's documents name for a version and later ones, and that nobody measured. It holds
// until the next version with a measured or documented value.
func (f Facts[T]) Documented(value T, since string) Facts[T] { return f.with(value, since, true) }

func (f Facts[T]) with(value T, on string, documented bool) Facts[T] {
	points, values := slices.Clone(f.points), slices.Clone(f.values)
	for text := range strings.FieldsSeq(on) {
		at, known := Parse(text)
		if !known {
			panic("no version: " + text)
		}
		i, there := points.search(at)
		if there {
			panic("two values of " + text)
		}
		points = slices.Insert(points, i, point{at, documented})
		values = slices.Insert(values, i, value)
	}
	return Facts[T]{points, values}
}

// search returns where a version is, or would be.
func (ps points) search(at Version) (int, bool) {
	return slices.BinarySearchFunc(ps, at, func(p point, at Version) int { return Compare(p.at, at) })
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
	which, how := f.points.of(v, func(i, j int) bool { return same(f.values[i], f.values[j]) })
	var found []Value[T]
	for _, i := range which {
		found = append(found, Value[T]{f.values[i], f.points[i].at, how})
	}
	return found
}

// of returns the points that [Facts.At] answers with.
func (ps points) of(v Version, same func(i, j int) bool) ([]int, How) {
	if len(ps) == 0 {
		return nil, Outside
	}
	if !v.Known() {
		for i, p := range slices.Backward(ps) {
			if !p.documented {
				return []int{i}, Outside
			}
		}
		return nil, Outside
	}
	after, there := ps.search(v)
	if there {
		after++
	}
	if after == 0 {
		return []int{0}, Outside
	}
	older := after - 1
	switch {
	case ps[older].documented:
		return []int{older}, Documented
	case there && v.variant:
		return []int{older}, Outside
	case there:
		return []int{older}, Measured
	case after == len(ps) || ps[after].documented:
		return []int{older}, Outside
	case same(older, after):
		return []int{older}, Between
	}
	return []int{older, after}, Differing
}

// Equal is the comparison of [Facts.At] for comparable values.
func Equal[T comparable](a, b T) bool { return a == b }

// On returns the versions on which a value was measured, the oldest first.
func (f Facts[T]) On() []Version { return f.points.measured() }

func (ps points) measured() []Version {
	var on []Version
	for _, p := range ps {
		if !p.documented {
			on = append(on, p.at)
		}
	}
	return on
}

// Around returns the versions nearest to v on which something was measured, before it and after it; the zero Version where there is
// none.
func (f Facts[T]) Around(v Version) (before, after Version) { return f.points.around(v) }

func (ps points) around(v Version) (before, after Version) {
	for _, on := range ps.measured() {
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
	for i, p := range f.points {
		if n := len(ranges); n > 0 && ranges[n-1].Documented == p.documented && same(ranges[n-1].Value, f.values[i]) {
			ranges[n-1].To = p.at
			continue
		}
		ranges = append(ranges, Range[T]{f.values[i], p.at, p.at, p.documented})
	}
	return ranges
}
