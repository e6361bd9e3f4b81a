// Package testrun says how much of a test runs. Plain go test takes a small sample of what is a hunt: the same each time.
// FIX403_TEST=whole is what CI runs, FIX403_TEST=long what takes hours. go test -short leaves out what repeats a check over
// more versions, sizes or samples.
package testrun

import (
	"flag"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

const (
	variable = "FIX403_TEST"
	whole    = "whole"
	long     = "long"
)

// Whole reports whether all is asked for that plain go test takes a sample of.
func Whole() bool {
	v := os.Getenv(variable)
	return !testing.Short() && (v == whole || v == long)
}

// Of returns the value for how much is asked for.
func Of[T any](sample, ofWhole, ofLong T) T {
	switch {
	case !Whole():
		return sample
	case os.Getenv(variable) == long:
		return ofLong
	}
	return ofWhole
}

// Repeats skips a test with -short; what says over what it repeats a check.
func Repeats(t testing.TB, what string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out what repeats a check over more versions, sizes or samples: " + what)
	}
}

// Fewer returns each n-th of a list with -short; what says of what.
func Fewer[T any](t testing.TB, list []T, n int, what string) []T {
	t.Helper()
	if !testing.Short() {
		return list
	}
	t.Logf("-short leaves out what repeats a check over more versions, sizes or samples: each but one of %d %s", n, what)
	return every(list, n)
}

// Waiting runs the tests of a package whose time goes into waiting for others: AtOnce of them at a time, unless -parallel says
// how many. TestMain exits with what Run returns.
type Waiting struct {
	M      interface{ Run() int }
	AtOnce int
}

// Run returns the code to exit with.
func (w Waiting) Run() int {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", strconv.Itoa(w.AtOnce)); err != nil {
			panic(err)
		}
	}
	return w.M.Run()
}

// UnderRace skips what measures time or memory, which the race detector changes.
func UnderRace(t testing.TB) {
	t.Helper()
	if race {
		t.Skip("the race detector changes what is measured here")
	}
}

// Sampled returns each n-th of a list, or all of it where all is asked for.
func Sampled[T any](list []T, n int) []T {
	if Whole() {
		return list
	}
	return every(list, n)
}

func every[T any](list []T, n int) (some []T) {
	for i := 0; i < len(list); i += n {
		some = append(some, list[i])
	}
	return some
}

// Seeds returns the seeds of a random walk: those given, or as many made up for the long form. FIX403_TEST_SEED is one to
// walk again.
func Seeds(fixed []uint64, ofLong int) []uint64 {
	if one, err := strconv.ParseUint(os.Getenv("FIX403_TEST_SEED"), 10, 64); err == nil {
		return []uint64{one}
	}
	if n := Of(0, 0, ofLong); n > 0 {
		fixed = make([]uint64, n)
		for i := range fixed {
			fixed[i] = rand.Uint64() // #nosec G404 -- of a test
		}
	}
	return fixed
}

// FirstSeeds are 0 to n-1.
func FirstSeeds(n int) []uint64 {
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i) // #nosec G115 -- not negative
	}
	return seeds
}
