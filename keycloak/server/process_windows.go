package server

import (
	"context"
	"os/exec"
	"strconv"
)

const script = "kc.bat"

func ownGroup(*exec.Cmd) {}

// terminate ends the process tree: the batch file does not pass an interrupt on to Java.
func terminate(cmd *exec.Cmd) {
	_ = exec.CommandContext(context.Background(), "taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run() // #nosec G204 -- a number
}

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
