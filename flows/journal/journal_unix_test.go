//go:build unix

package journal

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe would be waited for.
func TestJournalThatIsAPipe(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "journal.jsonl"), 0o600); err != nil {
		t.Skip(err)
	}
	refusesFile(t, Open(folder))
}
