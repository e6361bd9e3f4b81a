package acceptance

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/flows/handtest"
)

// TestWhatIsCopiedKeepsSecretsOffCommandLines looks at every page and script of the project: people copy them. The help of
// the commands is a page of its own.
func TestWhatIsCopiedKeepsSecretsOffCommandLines(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	seen := 0
	for _, start := range []string{"README.md", "CONTRIBUTING.md", "Containerfile", "docs", ".ci"} {
		err := filepath.WalkDir(filepath.Join(root, start), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if info, err := d.Info(); err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
				return err // a built tool
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			seen++
			for i, line := range strings.Split(string(text), "\n") {
				if strings.Contains(line, "would leave it") { // says what not to do
					continue
				}
				if found := handtest.Shape(line); found != "" {
					t.Errorf("%s:%d: %s", path, i+1, found)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if seen < 20 {
		t.Errorf("only %d files were read", seen)
	}
}
