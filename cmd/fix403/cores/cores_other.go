//go:build !unix

package cores

// Disable does nothing: such a system writes no core dumps.
func Disable() {}
