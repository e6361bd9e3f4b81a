//go:build unix

package testrun

import (
	"os"
	"syscall"
)

// lock waits until no other process has the file, and returns what gives it back.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- a path of our own
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { // #nosec G115 -- a descriptor
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}
