//go:build unix

package cores

import "syscall"

// Disable keeps what this program knows out of a core dump. A crash still writes the stacks of its goroutines, which hold no
// texts.
func Disable() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
	disableCoreDumps()
}
