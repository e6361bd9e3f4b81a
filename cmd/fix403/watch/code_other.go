//go:build !unix

package watch

import "os"

// codeOf is the exit code of a process.
func codeOf(s *os.ProcessState) int { return max(1, s.ExitCode()) }
