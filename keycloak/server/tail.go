package server

import (
	"io"
	"strings"
	"sync"
)

// keptLines is how many of its last lines an error quotes; a stack trace of Keycloak names its cause within them.
const keptLines = 20

// tail passes what is written to it on, and keeps the last lines.
type tail struct {
	mu    sync.Mutex
	next  io.Writer // may be nil
	lines []string  // whole ones, oldest first
	rest  string    // the beginning of the next
}

func newTail(next io.Writer) *tail { return &tail{next: next} }

// maxLine bounds what is kept of a line.
const maxLine = 2000

// Write never fails: Keycloak must not block or die because its log can not be shown.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next != nil {
		_, _ = t.next.Write(p)
	}
	lines := strings.Split(t.rest+string(p), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, "\r")
		if len(line) > maxLine {
			lines[i] = line[:maxLine]
		}
	}
	t.rest = lines[len(lines)-1]
	t.lines = append(t.lines, lines[:len(lines)-1]...)
	t.lines = t.lines[max(0, len(t.lines)-keptLines):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.Join(append(t.lines[:len(t.lines):len(t.lines)], t.rest), "\n"))
}
