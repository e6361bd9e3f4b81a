//go:build unix

package watch

import (
	"os"
	"syscall"
)

// codeOf is the exit code of a process, as a shell has it.
func codeOf(s *os.ProcessState) int {
	const signalled = 128
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signalled + int(status.Signal())
	}
	return s.ExitCode()
}
