//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pageBlock is a fenced block of sh in a document, and what it prints, if a block of text follows.
type pageBlock struct {
	commands, prints string
	terminal         bool // it needs one
}

var (
	fenced   = regexp.MustCompile("(?ms)^```(\\S*) ?([^\n]*)\n(.*?)^```$")
	ellipsis = regexp.QuoteMeta("…")
)

func blocksOf(t *testing.T, name string) []pageBlock {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []pageBlock
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		switch lang, mark, body := m[1], m[2], m[3]; {
		case lang == "sh":
			blocks = append(blocks, pageBlock{commands: body, terminal: mark == "terminal"})
		case lang == "text" && len(blocks) > 0:
			blocks[len(blocks)-1].prints = body
		}
	}
	return blocks
}

// TestPages does what each page says, in one shell, in an empty home, and compares what it prints; … stands for anything.
func TestPages(t *testing.T) {
	program := built(t)
	for page, compares := range map[string]int{"docs/tutorial.md": 6, "docs/gates.md": 0} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			follow(t, page, program, compares)
		})
	}
}

func follow(t *testing.T, page, program string, compares int) {
	blocks := blocksOf(t, page)
	dir := t.TempDir()
	script, terminals, compared := "", 0, 0
	for i, b := range blocks {
		if b.terminal {
			terminals++
			continue
		}
		script += fmt.Sprintf("{\n%s} > %s 2>&1\n", b.commands, filepath.Join(dir, fmt.Sprint(i)))
	}
	if terminals > 1 {
		t.Errorf("%d blocks need a terminal, and nobody runs them", terminals)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with the servers that it leaves behind
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.CombinedOutput()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for i, b := range blocks {
		if b.terminal {
			continue
		}
		printed, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatalf("it did not get to:\n%s", b.commands)
		}
		if b.prints == "" {
			continue
		}
		compared++
		want := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(b.prints, "\n")), ellipsis, ".*") + "\n?$"
		if !regexp.MustCompile(want).Match(printed) {
			t.Errorf("%s\nprints\n%s\nand not\n%s", b.commands, printed, b.prints)
		}
	}
	if compared != compares || len(blocks) == 0 {
		t.Errorf("%d outputs of %d blocks were compared, want %d", compared, len(blocks), compares)
	}
}
