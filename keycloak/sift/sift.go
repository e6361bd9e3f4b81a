// Package sift leaves elements of slices out.
package sift

// Out returns the elements but for those that are to be dropped; all stays as it was. [slices.DeleteFunc] changes its slice, and is
// compiled anew for each type of slices, not only of elements.
//
//go:noinline // it would be 30 kB of the program
func Out[T any](all []T, drop func(T) bool) []T {
	left := all[:0:0]
	for _, v := range all {
		if !drop(v) {
			left = append(left, v)
		}
	}
	return left
}
