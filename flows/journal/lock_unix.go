//go:build unix

package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// TryLock locks a file against other processes, and fails at once where one has it.
func TryLock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) // #nosec G115 -- a descriptor
}
