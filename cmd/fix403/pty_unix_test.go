//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"fix403/keycloak/testrun"

	"github.com/creack/pty"
)

func built(tb testing.TB) string {
	tb.Helper()
	path, err := testrun.Program()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// onSilentTerminal runs the program on a terminal that answers no query, and returns what it wrote.
func onSilentTerminal(tb testing.TB, program string, args ...string) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // bubbletea waits for the answers to its queries
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		tb.Fatal(err)
	}
	defer terminal.Close()
	var out bytes.Buffer
	if _, err := io.Copy(&out, terminal); err != nil && !errors.Is(err, syscall.EIO) { // EIO is the end of a PTY on Linux
		tb.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		tb.Fatalf("%v: %q", err, &out)
	}
	return out.String()
}

// colour is what sets a colour or a weight.
var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestNoTerminalQueryIsWritten(t *testing.T) {
	program := built(t)
	for _, args := range [][]string{{"--version"}, {"version"}, {"--help"}, {"run"}} {
		if out := onSilentTerminal(t, program, args...); strings.ContainsRune(colour.ReplaceAllString(out, ""), '\x1b') || out == "" {
			t.Errorf("%v wrote %q", args, out)
		}
	}
}

// BenchmarkVersionOnSilentTerminal is the start-up of the program: well under 250 ms.
func BenchmarkVersionOnSilentTerminal(b *testing.B) {
	program := built(b)
	for b.Loop() {
		onSilentTerminal(b, program, "--version")
	}
}
