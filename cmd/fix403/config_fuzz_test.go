package main

import (
	"errors"
	"fix403/cmd/fix403/flags"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// FuzzConfig reads any text as the configuration file: it is used, or refused as an error of usage that names the file and
// not what stands in it under a secret's name.
func FuzzConfig(f *testing.F) {
	for _, text := range []string{
		"url = \"http://localhost:8080\"\n", "insecure = true\ntimeout = \"5s\"\n", "admin-password = \"hunter2-secret\"\n", "realm = 1\n", "as = []\n",
		"[realm]\n", "url = \"http://a:hunter2-secret@x\"\n", "admin-client-secret = \"hunter2-secret\"", "\xff", "theme = \"x", "token = 'hunter2-secret'\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "fix403"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "fix403", "config.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, set := &flags.Story{}, pflag.NewFlagSet("", pflag.ContinueOnError)
		o.AddFlags(set)
		a := &app{getenv: func(name string) string { return map[string]string{"XDG_CONFIG_HOME": dir}[name] }}
		err := a.complete(set, o.Groups())
		if err == nil {
			return
		}
		var wrong *flags.UsageError
		if !errors.As(err, &wrong) && exitCode(err) != exitUsage {
			t.Errorf("exit code %d: %v", exitCode(err), err)
		}
		if strings.Contains(err.Error(), "hunter2-secret") && !strings.Contains(text, "realm") && !strings.Contains(text, "theme") {
			t.Errorf("shown: %v", err)
		}
	})
}
