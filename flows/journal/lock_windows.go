package journal

import (
	"os"

	"golang.org/x/sys/windows"
)

// TryLock locks a file against other processes, and fails at once where one has it.
func TryLock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
}
