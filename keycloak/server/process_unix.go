//go:build unix

package server

import (
	"context"
	"fix403/keycloak/child"
	"os/exec"
	"path/filepath"
	"syscall"
)

const script = "kc.sh"

// scriptCommand returns the distribution's script in a shell that first writes its own process id, so that it is known
// however soon we are killed. When the file is there already, nothing is started. Up to 22 the script is one of bash, so its first
// line says what runs it, where it can be executed.
func scriptCommand(ctx context.Context, env []string, dir string, args []string) *exec.Cmd {
	const shell = `set -C; echo $$ >"$0" || exit; [ -x "$1" ] && exec "$@"; exec /bin/sh "$@"`
	all := append([]string{"-c", shell, filepath.Join(dir, pidFile), filepath.Join(dir, "bin", script)}, args...)
	return child.Command(ctx, env, "/bin/sh", all...)
}

// ownSession puts a program and what it starts into a session and process group of their own: an interrupt on the
// terminal does not reach them before our own clean-up, and they outlive the terminal.
func ownSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func killSession(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// recordProcess has nothing to do: the shell wrote the file.
func recordProcess(*exec.Cmd, string) error { return nil }

func (p startedProcess) terminate() { _ = syscall.Kill(-p.pid, syscall.SIGTERM) }

func (p startedProcess) kill() { _ = syscall.Kill(-p.pid, syscall.SIGKILL) }
