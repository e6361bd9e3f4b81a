//go:build unix

package acceptance

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	span     = regexp.MustCompile("`([^`\n]+)`")
	ourPath  = regexp.MustCompile(`^(\.ci|cmd|docs|flows|keycloak|ui)/[\w./-]*$`)
	goTest   = regexp.MustCompile(`^(?:\w+=\S+ )*go test (.+)$`)
	testName = regexp.MustCompile(`^Test\w+$`)
	tests    = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// TestWords holds what documents name in passing against what is there: commands and flags of fix403, files, packages and
// tests. What stands in blocks is followed by TestPages.
func TestWords(t *testing.T) {
	needs(t, "bash")
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../../..")
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	there := allTests(t)
	checked := map[string]bool{}
	for _, name := range append(documents, "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range span.FindAllStringSubmatch(string(text), -1) {
			if words := m[1]; !checked[words] {
				checked[words] = true
				if testName.MatchString(words) && !there[words] {
					t.Errorf("%s: there is no %s", name, words)
				}
				if wrong := wrongWords(t.Context(), program, words); wrong != "" {
					t.Errorf("%s: `%s`: %s", name, words, wrong)
				}
			}
		}
	}
}

// allTests are the names of the tests below this folder.
func allTests(t *testing.T) map[string]bool {
	t.Helper()
	there := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range tests.FindAllStringSubmatch(string(text), -1) {
			there[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

func wrongWords(ctx context.Context, program, words string) string {
	switch args := goTest.FindStringSubmatch(words); {
	case args != nil:
		return wrongTest(strings.Fields(args[1]))
	case strings.HasPrefix(words, "fix403 ") && !strings.Contains(words, "COMMAND"):
		// Unknown flags are told before help is given; for an unknown command it is that of fix403.
		out, err := exec.CommandContext(ctx, "bash", "-c", "'"+program+"' "+strings.TrimPrefix(words, "fix403 ")+" --help").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Usage:\n  fix403 "+regexp.MustCompile(`^[a-z]*`).FindString(words[len("fix403 "):])) {
			return fmt.Sprintf("%v: %s", err, out)
		}
	case ourPath.MatchString(words):
		if _, err := os.Stat(words); err != nil {
			return err.Error()
		}
		if head, _ := os.ReadFile(words); strings.HasPrefix(string(head), "#!/usr/bin/env bash\n") {
			if out, err := exec.CommandContext(ctx, "bash", "-n", words).CombinedOutput(); err != nil {
				return fmt.Sprintf("%v: %s", err, out)
			}
		}
	}
	return ""
}

// wrongTest tells what of the arguments of go test is not there.
func wrongTest(args []string) string {
	run, update := regexp.MustCompile(""), false
	var packages []string
	for i, arg := range args {
		switch {
		case arg == "-run":
			run = regexp.MustCompile(args[i+1])
		case arg == "-update":
			update = true
		case strings.HasPrefix(arg, "./"):
			packages = append(packages, strings.TrimSuffix(strings.TrimSuffix(arg, "..."), "/"))
		}
	}
	for _, folder := range packages {
		if _, err := os.Stat(folder); err != nil {
			return err.Error()
		}
		files, err := filepath.Glob(folder + "/*_test.go")
		if err != nil {
			return err.Error()
		}
		runs, updates := len(files) == 0, false
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err.Error()
			}
			updates = updates || strings.Contains(string(text), `flag.Bool("update"`)
			for _, m := range tests.FindAllStringSubmatch(string(text), -1) {
				runs = runs || run.MatchString(m[1])
			}
		}
		if !runs || update && !updates {
			return folder + " has no such test, or no -update"
		}
	}
	return ""
}
