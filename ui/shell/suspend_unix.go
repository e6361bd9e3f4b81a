//go:build unix

package shell

import (
	"os"

	"golang.org/x/sys/unix"

	"fix403/flows/texts"
)

const suspends = true

// noShellReason says why nobody could bring the program back after it was suspended; "" if a shell could. A process group that no
// process of its session looks after is not stopped by ctrl+z (POSIX: orphaned process group), and would wait forever to be
// woken up: as in docker run -it, or ssh -t host fix403.
func noShellReason() texts.Text {
	session, err := unix.Getsid(0)
	if err != nil {
		return ""
	}
	// The first process of a container is its own session's leader, and has no parent: 0, which means itself.
	if of, err := unix.Getsid(os.Getppid()); err != nil || of != session || unix.Getpgrp() == session {
		return "There is no shell here to bring fix403 back."
	}
	return ""
}
