//go:build unix

package foreign

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// aPipe is a pipe with a name.
func aPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadFileFromAPipe(t *testing.T) {
	path := aPipe(t)
	if !IsPipe(path) || IsPipe(filepath.Dir(path)) {
		t.Error("what is a pipe?")
	}
	go func() { _ = os.WriteFile(path, []byte("a secret"), 0) }()
	if text, err := ReadFile(t.Context(), path, 100); err != nil || string(text) != "a secret" {
		t.Errorf("%q, %v", text, err)
	}
	go func() { _ = os.WriteFile(path, make([]byte, 101), 0) }()
	if _, err := ReadFile(t.Context(), path, 100); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Error(err)
	}
	if _, err := ReadOwn(path, 100); err == nil || !strings.HasSuffix(err.Error(), "pipe is a pipe") {
		t.Error(err)
	}
	// Nobody writes into it.
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if _, err := ReadFile(ctx, path, 100); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestReadFileTakesNoDevice(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for path, says := range map[string]string{"/dev/zero": "is a device", "/dev/null": "is a device", "/dev/tty": "is a device", l.Addr().String(): "is a socket"} {
		if _, err := ReadFile(t.Context(), path, 100); err == nil || !strings.HasSuffix(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
