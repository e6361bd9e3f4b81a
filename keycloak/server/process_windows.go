package server

import (
	"context"
	"fix403/keycloak/child"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

const script = "kc.bat"

func scriptCommand(ctx context.Context, env []string, dir string, args []string) *exec.Cmd {
	return child.Command(ctx, env, filepath.Join(dir, "bin", script), args...)
}

// ownSession keeps the console's interrupt and its end away from a program.
func ownSession(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
}

func killSession(cmd *exec.Cmd) { startedProcess{pid: cmd.Process.Pid}.kill() }

// recordProcess names a process for later. When the file is there already, the process is ended.
func recordProcess(cmd *exec.Cmd, file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 -- our own folder
	if err != nil {
		killSession(cmd)
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = fmt.Fprintln(f, cmd.Process.Pid, creation(cmd.Process.Pid))
	return err
}

// creation returns the time at which a running process was created; "" when there is none of that number.
func creation(pid int) string {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid)) // #nosec G115 -- a process id
	if err != nil {
		return ""
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var code uint32
	if err := windows.GetExitCodeProcess(h, &code); err != nil || code != 259 { // STILL_ACTIVE
		return ""
	}
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(h, &created, &exited, &kernel, &user); err != nil {
		return ""
	}
	return strconv.FormatInt(created.Nanoseconds(), 10)
}

func (p startedProcess) runs(string) bool { return p.created != "" && creation(p.pid) == p.created }

// terminate ends the process tree: the batch file does not pass an interrupt on to Java.
func (p startedProcess) terminate() { p.kill() }

func (p startedProcess) kill() {
	_ = child.Command(context.Background(), nil, "taskkill", "/T", "/F", "/PID", strconv.Itoa(p.pid)).Run()
}
