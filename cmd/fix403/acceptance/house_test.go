package acceptance

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The house has rooms of a size that a reader can take in: these are the limits of what is no test.
const (
	mostFiles      = 20   // of a package
	mostLines      = 3000 // of a package
	mostFileLines  = 500
	medianFile     = 4096 // bytes
	mostModelLines = 300  // of the root model
)

// TestHouseHasRooms: no package and no file outgrows its limit. The practice server stays one package.
func TestHouseHasRooms(t *testing.T) {
	const practice, model = "keycloak/practice", "ui/shell/root.go"
	type room struct{ files, lines int }
	rooms := map[string]*room{}
	var sizes []int
	eachSource(t, func(name string, text []byte) {
		dir, lines := filepath.ToSlash(filepath.Dir(name)), bytes.Count(text, []byte("\n"))
		if rooms[dir] == nil {
			rooms[dir] = &room{}
		}
		rooms[dir].files++
		rooms[dir].lines += lines
		sizes = append(sizes, len(text))
		if most := map[bool]int{true: mostModelLines, false: mostFileLines}[name == model]; lines > most {
			t.Errorf("%s has %d lines, more than %d", name, lines, most)
		}
	})
	if rooms[practice] == nil || len(sizes) < 100 {
		t.Fatalf("only %d files are seen", len(sizes))
	}
	for dir, r := range rooms {
		if dir != practice && (r.files > mostFiles || r.lines > mostLines) {
			t.Errorf("%s has %d files with %d lines, more than %d or %d: make a package of what can stand by itself", dir, r.files, r.lines, mostFiles, mostLines)
		}
	}
	slices.Sort(sizes)
	if median := sizes[len(sizes)/2]; median > medianFile {
		t.Errorf("the median file has %d bytes, more than %d", median, medianFile)
	}
}

// TestPictureNamesEachPackage: a stranger finds each package in the picture of CONTRIBUTING.md, but for those that only help tests, and
// internal ones.
func TestPictureNamesEachPackage(t *testing.T) {
	text, err := os.ReadFile("../../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, picture, _ := strings.Cut(string(text), "```\n")
	picture, _, _ = strings.Cut(picture, "```\n")
	named := strings.FieldsFunc(picture, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '/' })
	packages := map[string]bool{}
	eachSource(t, func(name string, _ []byte) { packages[filepath.ToSlash(filepath.Dir(name))] = true })
	for dir := range packages {
		last := dir[strings.LastIndex(dir, "/")+1:]
		if strings.HasPrefix(last, "test") || strings.HasSuffix(last, "test") || strings.Contains(dir, "/internal/") {
			continue
		}
		if !slices.ContainsFunc(named, func(word string) bool { return word == last || strings.HasSuffix(word, "/"+last) }) {
			t.Errorf("CONTRIBUTING.md does not name %s", dir)
		}
	}
}

// eachSource calls f for each Go file of the project that is no test.
func eachSource(t *testing.T, f func(name string, text []byte)) {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			f(filepath.ToSlash(name), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
