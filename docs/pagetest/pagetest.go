// Package pagetest holds pages that are made from the program to the files in docs.
package pagetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Current fails where a file of docs is not the page, and says which command writes it anew; with update it is written
// first. The test runs in a package of this module.
func Current(t *testing.T, update bool, name, page, command string) {
	t.Helper()
	file := filepath.Join(root(t), "docs", name)
	if update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil { // #nosec G306 -- a page to read
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file) // #nosec G304 -- of this project
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != page {
		t.Errorf("docs/%s is stale: %s", name, command)
	}
}

// root is the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			err = os.ErrNotExist
		}
		dir = parent
	}
	t.Fatal(err)
	return ""
}
