//go:build unix && !linux

package cores

func disableCoreDumps() {}
