//go:build !unix

package testrun

// lock does nothing: the tests that need the program run on Unix alone.
func lock(string) (unlock func(), err error) { return func() {}, nil }
