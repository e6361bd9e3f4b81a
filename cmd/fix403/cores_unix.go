//go:build unix

package main

import "syscall"

// withoutCores keeps what this program knows out of a core dump. A crash still writes the stacks of its goroutines, which
// hold no texts.
func withoutCores() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
	undumpable()
}
