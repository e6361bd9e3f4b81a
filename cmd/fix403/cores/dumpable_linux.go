package cores

import "syscall"

// disableCoreDumps also stops the dumps that a pipe of the system takes whatever the limit says (core(5)), and readers of this
// process's memory other than root.
func disableCoreDumps() {
	const prSetDumpable = 4
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0)
}
