package foreign

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	at := func(name string, size int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, says := range map[string]string{
		at("empty", 0): "", at("full", 2048): "", at("over", 2049): "over is larger than 2 KiB", dir: " is a folder", filepath.Join(dir, "missing"): "no such file",
	} {
		text, err := ReadFile(t.Context(), path, 2048)
		if own, ownErr := ReadOwn(path, 2048); !bytes.Equal(own, text) || (ownErr == nil) != (err == nil) {
			t.Errorf("%s: %v and %v", path, err, ownErr)
		}
		switch {
		case says == "" && err != nil, says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v, want %q", path, err, says)
		case err != nil && text != nil:
			t.Errorf("%s: an error, and %d bytes", path, len(text))
		}
	}
}

func TestReadAllEndsWithItsContext(t *testing.T) {
	waits, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadAll(ctx, waits, "stdin", 10); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, err := ReadAll(ctx, waits, "stdin", 10)
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "stdin did not end in time" {
		t.Error(err)
	}
	if _, err := ReadAll(t.Context(), endless{}, "stdin", 1<<20); err == nil || err.Error() != "stdin is larger than 1 MiB" {
		t.Error(err)
	}
}

// endless is an input without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
