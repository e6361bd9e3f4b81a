//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// hangingDist is a distribution whose Keycloak never becomes ready, a Java, and an empty temporary folder.
func hangingDist(t *testing.T, script string) string {
	t.Helper()
	dist := t.TempDir()
	for file, text := range map[string]string{
		"bin/kc.sh": script, "version.txt": "Keycloak - Version 26.7.3\n", "java/bin/java": "#!/bin/sh\necho 'openjdk version \"21\"' >&2\n",
	} {
		path := filepath.Join(dist, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("JAVA_HOME", filepath.Join(dist, "java"))
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	return dist
}

func wantEmpty(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if left, err := os.ReadDir(folder); err != nil && !os.IsNotExist(err) || len(left) > 0 {
			t.Errorf("%s: %v, %v", folder, left, err)
		}
	}
}

// watchedWriter calls a function at the first line that holds a text.
type watchedWriter struct {
	bytes.Buffer
	text string
	call func()
	once sync.Once
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.text) {
		w.once.Do(w.call)
	}
	return w.Buffer.Write(p)
}

// ctrl+c before it is ready is an interruption, afterwards the ordinary end; either way nothing is left.
func TestUpInterrupted(t *testing.T) {
	const hangs = "#!/bin/sh\nsleep 1000\n"
	serves := "#!/bin/sh\nwhile [ \"$1\" != --http-port ]; do shift; done\n'" + built(t) + "' practice --port \"$2\"\n"
	for _, tt := range []struct {
		name, script, at string
		code             int
	}{
		{"while it starts", hangs, "Starting Keycloak", exitInterrupted},
		{"when it is ready", serves, "ctrl+c ends it", exitOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dist := hangingDist(t, tt.script)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			w := &watchedWriter{text: tt.at, call: interrupt}
			a := &app{streams: streams{in: strings.NewReader(""), out: w, err: w}, getenv: func(string) string { return "" }}
			if got := a.execute(ctx, []string{"up", "--dist", dist, "--port", "0"}); got != tt.code {
				t.Errorf("exit code %d, want %d:\n%s", got, tt.code, w)
			}
			wantEmpty(t, os.TempDir(), filepath.Join(os.Getenv("XDG_STATE_HOME"), "fix403"))
		})
	}
}

// A Keycloak that another one ends is a failure that is told, and what is left of it goes.
func TestUpEndedByAnother(t *testing.T) {
	dist := hangingDist(t, "#!/bin/sh\nwhile [ \"$1\" != --http-port ]; do shift; done\n'"+built(t)+"' practice --port \"$2\"\n")
	stop := func() {
		a := &app{streams: streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, getenv: func(string) string { return "" }}
		if got := a.execute(t.Context(), []string{"up", "--stop"}); got != exitOK {
			t.Errorf("stop: exit code %d", got)
		}
	}
	w := &watchedWriter{text: "ctrl+c ends it", call: stop}
	a := &app{streams: streams{in: strings.NewReader(""), out: w, err: w}, getenv: func(string) string { return "" }}
	if got := a.execute(t.Context(), []string{"up", "--dist", dist, "--port", "0"}); got != exitUnexpected || !strings.Contains(w.String(), "has stopped or was stopped") {
		t.Errorf("exit code %d:\n%s", got, w)
	}
	wantEmpty(t, os.TempDir(), filepath.Join(os.Getenv("XDG_STATE_HOME"), "fix403"))
}

// The end of the terminal ends the foreground server, too.
func TestUpEndsWithItsTerminal(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("started by nohup, under which up outlives its terminal")
	}
	dist := hangingDist(t, "#!/bin/sh\nsleep 1000\n")
	w := &watchedWriter{text: "Starting Keycloak", call: func() { _ = syscall.Kill(os.Getpid(), syscall.SIGHUP) }}
	a := &app{streams: streams{in: strings.NewReader(""), out: w, err: w}, getenv: func(string) string { return "" }}
	if got := a.execute(t.Context(), []string{"up", "--dist", dist, "--port", "0"}); got != exitInterrupted {
		t.Errorf("exit code %d:\n%s", got, w)
	}
	wantEmpty(t, os.TempDir(), filepath.Join(os.Getenv("XDG_STATE_HOME"), "fix403"))
}
