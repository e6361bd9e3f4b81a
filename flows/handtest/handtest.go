// Package handtest watches the programs that a text by hand starts, for tests: no secret may stand on a command line, where
// every user of the machine can read it.
package handtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tools are all programs that the texts use. One that is missing here is not found by what [Watch.Path] is given to.
var tools = []string{"base64", "cat", "curl", "cut", "date", "grep", "head", "kcadm.sh", "mktemp", "od", "openssl", "rm", "sed", "sleep", "tail", "tr"}

// Watch has programs that write down their arguments and go on as those of the same name in a PATH.
type Watch struct {
	t           testing.TB
	folder, log string
}

// New watches the programs of a PATH.
func New(t testing.TB, path string) *Watch {
	t.Helper()
	w := &Watch{t: t, folder: t.TempDir()}
	w.log = filepath.Join(w.folder, "log")
	for _, name := range tools {
		for _, dir := range filepath.SplitList(path) {
			if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				w.Fake(name, fmt.Sprintf("PATH='%s' exec '%s' \"$@\"", path, found))
				break
			}
		}
	}
	return w
}

// Fake has a program of this name do something else, once it has written down its arguments.
func (w *Watch) Fake(name, script string) {
	w.t.Helper()
	text := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"%s $*\" >>'%s'\n%s\n", name, w.log, script)
	file := filepath.Join(w.folder, "bin", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil { // #nosec G306 -- to be run
		w.t.Fatal(err)
	}
}

// Path is the variable PATH for a shell whose programs are watched.
func (w *Watch) Path() string { return "PATH=" + filepath.Join(w.folder, "bin") }

// Calls are the command lines.
func (w *Watch) Calls() string {
	text, err := os.ReadFile(w.log)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return string(text)
}

// Wrong returns a command line with one of the secrets, or with any token; "" if there is none. The password of a test
// server is no secret: admin is a word of other meanings, too.
func (w *Watch) Wrong(secrets ...string) string {
	for line := range strings.Lines(w.Calls()) {
		for _, secret := range append(secrets, "eyJ") { // a JSON Web Token
			if len(secret) > 2 && secret != "admin" && strings.Contains(line, secret) {
				return line
			}
		}
	}
	return ""
}

// shapes put a secret on a command line, or into a shell's history.
var shapes = []*regexp.Regexp{
	regexp.MustCompile(`(-H|--header)[ =]?["']?(Proxy-)?Authorization: *(Bearer|Basic)? *['"]*[$]`),
	regexp.MustCompile(`(-d|-F|--data|--data-raw|--data-urlencode|--form) *["']?\w*(password|secret|token)=["']*[$]`),
	regexp.MustCompile(`--(password|secret|token|oauth2-bearer)[ =]["']*[$]`),
	regexp.MustCompile(`(-u|--user) ["']?[^ "']*:["']*[$]`),
	regexp.MustCompile(`(?m)^[ $]*\w*(PASSWORD|SECRET|TOKEN)=[^ $"'({]+ +[a-z]`),
}

// Shape returns what in a text puts a secret on a command line; "" if there is nothing.
func Shape(text string) string {
	for _, shape := range shapes {
		if found := shape.FindString(text); found != "" {
			return found
		}
	}
	return ""
}
