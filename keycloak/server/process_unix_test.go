//go:build unix

package server

import (
	"os"
	"path/filepath"
	"testing"
)

// Whoever makes the file of the process id first wins: nothing is started where it is there.
func TestScriptIsNotStartedInATakenPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	ran := filepath.Join(dir, "ran")
	if err := os.WriteFile(filepath.Join(dir, "bin", script), []byte("echo >'"+ran+"'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := readPID(t.Context(), dir); p.pid != 0 || err != nil {
		t.Fatal(p, err)
	}
	if err := scriptCommand(t.Context(), nil, dir, nil).Run(); err == nil {
		t.Error("it was started")
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the script ran")
	}
	if err := os.Remove(filepath.Join(dir, pidFile)); err != nil {
		t.Fatal(err)
	}
	if err := scriptCommand(t.Context(), nil, dir, nil).Run(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ran); err != nil {
		t.Error(err)
	}
}
