//go:build unix

package server

import (
	"os/exec"
	"syscall"
)

const script = "kc.sh"

// ownGroup puts the script and the Java that it starts into a process group, which also keeps an interrupt on the
// terminal from reaching them before our own clean-up.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
