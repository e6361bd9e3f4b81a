//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fix403/keycloak/wire"
)

// inputs are all ways in which the program is given a file; FILE stands for it.
var inputs = [][]string{
	{"run", "--url", "URL", "--admin-password-file", "FILE"}, {"run", "--url", "URL", "--admin-token-file", "FILE"},
	{"run", "--url", "URL", "--admin-client-id", "c", "--admin-client-secret-file", "FILE"},
	{"run", "--url", "URL", "--ca-cert", "FILE"}, {"run", "--url", "URL", "--client-cert", "FILE", "--client-key", "FILE"},
	{"down", "--yes", "--url", "URL", "--ca-cert", "FILE"}, {"lab", "no-token", "--url", "URL", "--ca-cert", "FILE"}, {"roles", "--live", "--url", "URL", "--ca-cert", "FILE"},
	{"demo", "--url", "URL", "--ca-cert", "FILE"}, {"wizard", "--plain", "--url", "URL", "--admin-password-file", "FILE"},
	{"doctor", "--url", "URL", "--client-id", "c", "--realm", "r", "--client-secret-file", "FILE"}, {"doctor", "--url", "URL", "--token-file", "FILE"},
	{"doctor", "--curl-file", "FILE"}, {"doctor", "--url", "URL", "--client-id", "c", "--ca-cert", "FILE"},
	{"roles", "--calls-file", "FILE"}, {"roles", "--from", "FILE"}, {"token", "FILE"}, {"practice", "--seed", "FILE"},
}

func inputArgs(args []string, file string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = strings.NewReplacer("FILE", file, "URL", "http://127.0.0.1:1").Replace(arg)
	}
	return out
}

func inputRun(t *testing.T, ctx context.Context, in io.Reader, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	env := map[string]string{"FIX403_ADMIN_PASSWORD": "a password", "XDG_CONFIG_HOME": t.TempDir()}
	a := &app{getenv: func(k string) string { return env[k] }, streams: streams{in: in, out: &out, err: &out}}
	return a.execute(ctx, args), out.String()
}

// TestInputsAreFilesWithinABound: a device, a folder and a file without an end are refused by name, whatever reads them.
func TestInputsAreFilesWithinABound(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	big := filepath.Join(t.TempDir(), "big")
	f, err := os.Create(big)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<30), f.Close()); err != nil { // takes no room
		t.Fatal(err)
	}
	for file, says := range map[string]string{"/dev/zero": "/dev/zero is a device", filepath.Dir(big): "is a folder", big: "big is larger than "} {
		for _, args := range inputs {
			args = inputArgs(args, file)
			code, out := inputRun(t, t.Context(), strings.NewReader(""), args...)
			if code != exitUsage || !strings.Contains(out, says) {
				t.Errorf("%v: exit code %d\n%s", args, code, out)
			}
		}
	}
}

// TestInputsFromPipes: what the shell makes of <(command) is read, and given up when nothing comes.
func TestInputsFromPipes(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range inputs {
		args = inputArgs(args, pipe)
		if args[0] != "token" && args[0] != "practice" {
			late := append(args, "--timeout", "1ms")
			if code, out := inputRun(t, t.Context(), strings.NewReader(""), late...); code != exitTimeout || !strings.Contains(out, "pipe did not end in time") {
				t.Errorf("%v: exit code %d\n%s", late, code, out)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if code, out := inputRun(t, ctx, strings.NewReader(""), args...); code != exitInterrupted {
			t.Errorf("%v, given up: exit code %d\n%s", args, code, out)
		}
	}
}

// TestCertificatesFromAPipe are there for all that connects after.
func TestCertificatesFromAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(pipe, []byte("no certificate"), 0) }()
	a := &app{}
	tls, err := a.readPipes(t.Context(), wire.TLS{CACert: pipe})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := wire.NewTransport(tls); err == nil || !strings.Contains(err.Error(), "holds no PEM certificate") {
			t.Error(err)
		}
	}
}

// TestStdinIsBoundedAndGivenUp: an input without an end, and one that never comes.
func TestStdinIsBoundedAndGivenUp(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for _, args := range inputs {
		if args = inputArgs(args, "-"); args[len(args)-2] == "--ca-cert" || args[len(args)-2] == "--client-key" {
			continue
		}
		zero, err := os.Open("/dev/zero")
		if err != nil {
			t.Fatal(err)
		}
		if code, out := inputRun(t, t.Context(), zero, args...); code != exitUsage || !strings.Contains(out, "stdin is larger than") {
			t.Errorf("%v: exit code %d\n%s", args, code, out)
		}
		_ = zero.Close()
		never, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if code, out := inputRun(t, ctx, never, args...); code != exitInterrupted {
			t.Errorf("%v, given up: exit code %d\n%s", args, code, out)
		}
		_ = w.Close()
	}
}

// TestConfigurationIsRead within a bound, and what stands in it is not repeated.
func TestConfigurationIsRead(t *testing.T) {
	const secret = "SECRETPW-4711"
	for config, says := range map[string]string{
		"admin-user = " + secret: "Line 1 of the configuration file", "\n\nurl = \"x\" " + secret: "Line 3 of", secret: "is not TOML", "admin-user = \"" + secret: "is not TOML",
		"timeout = \"" + secret + "\"": "bad value for timeout, which is a time such as 30s", "insecure = \"" + secret + "\"": "which is true or false", "url = [\"" + secret + "\"]": "a list or a table for url",
		"[url]\nx = \"" + secret + "\"": "a list or a table for url", "#" + strings.Repeat("x", 100<<10): "config.toml is larger than 64 KiB",
	} {
		home := t.TempDir()
		file := filepath.Join(home, "fix403", "config.toml")
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(config), 0o600)); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		a := &app{getenv: func(k string) string { return map[string]string{"XDG_CONFIG_HOME": home}[k] }, streams: streams{in: strings.NewReader(""), out: &out, err: &out}}
		if code := a.execute(t.Context(), []string{"run", "--dry-run"}); code != exitUsage || !strings.Contains(out.String(), says) || strings.Contains(out.String(), secret) {
			t.Errorf("%.40q: exit code %d\n%s", config, code, &out)
		}
	}
	home := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(home, "fix403"), 0o700), syscall.Mkfifo(filepath.Join(home, "fix403", "config.toml"), 0o600)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a := &app{getenv: func(k string) string { return map[string]string{"XDG_CONFIG_HOME": home}[k] }, streams: streams{in: strings.NewReader(""), out: &out, err: &out}}
	if code := a.execute(t.Context(), []string{"run", "--dry-run"}); code != exitUsage || !strings.Contains(out.String(), "config.toml is a pipe") {
		t.Errorf("exit code %d\n%s", code, &out)
	}
}
