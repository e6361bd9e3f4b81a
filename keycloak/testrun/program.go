package testrun

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// Program returns a file with the program, which is built once for the tests of all packages: it stays in the user's cache,
// where go build finds it up to date. Its practice servers have the keys of a file; where all is asked for, it is the program
// as it is shipped. FIX403_TEST_PROGRAM is a file to test in its place.
var Program = sync.OnceValues(func() (string, error) {
	if file := os.Getenv("FIX403_TEST_PROGRAM"); file != "" {
		return filepath.Abs(file)
	}
	dir, err := folder()
	if err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(dir, "lock")) // packages are tested at the same time
	if err != nil {
		return "", err
	}
	defer unlock()
	tags := "testkeys"
	if Whole() {
		tags = ""
	}
	file := filepath.Join(dir, tags, "fix403")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	out, err := exec.CommandContext(context.Background(), "go", "build", "-tags", tags, "-o", file, "fix403/cmd/fix403").CombinedOutput() // #nosec G204 -- a path of our own
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return file, nil
})

// folder is one of this checkout.
func folder() (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "fix403-test", fmt.Sprintf("%.8x", sha256.Sum256(out)))
	return dir, os.MkdirAll(dir, 0o700)
}
