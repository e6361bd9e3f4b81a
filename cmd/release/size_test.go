package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestSize builds the program as it is handed out, and holds it to its limit.
func TestSize(t *testing.T) {
	program := filepath.Join(t.TempDir(), "fix403")
	build := append(append([]string{"build"}, buildFlags...), "-buildvcs=false", "-o", program, "./cmd/fix403") // a checkout may have no git
	if _, err := run(t.Context(), "../..", []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}, "go", build...); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d bytes", info.Size(), maxSize)
	if info.Size() > maxSize {
		t.Errorf("the program for linux/amd64 has %d bytes, %d too many: what grew, go run ./cmd/release -sizes PROGRAM tells", info.Size(), info.Size()-maxSize)
	}
}

// TestSizeReport looks at this test's own program: its own code, a module's, and no more than the file holds.
func TestSizeReport(t *testing.T) {
	program := filepath.Join(t.TempDir(), "release")
	if _, err := run(t.Context(), "../..", []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}, "go", "build", "-o", program, "./cmd/fix403"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := sizeReport(t.Context(), &b, program); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`(?m)\A +\d{7} std$`, `(?m)^ +\d{5,6} fix403/ui$`, `(?m)^ +\d+ github\.com/charmbracelet/bubbletea$`, `(?m)^ +\d+ fix403/cmd/fix403$`} {
		if !regexp.MustCompile(want).Match(b.Bytes()) {
			t.Errorf("no line %s in\n%s", want, &b)
		}
	}
}
