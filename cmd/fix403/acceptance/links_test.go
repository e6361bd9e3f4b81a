package acceptance

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

var (
	code    = regexp.MustCompile("(?ms)^```.*?^```$|`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// elsewhere are the sites that documents lead to; their pages are not asked for.
var elsewhere = []string{"ben-knox.com", "developer.mozilla.org", "nfpm.goreleaser.com", "semver.org", "www.keycloak.org", "www.rfc-editor.org"}

// TestLinks follows each relative link of each document, to a file and to a heading in it.
func TestLinks(t *testing.T) {
	const root = "../../.."
	followed := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(m[1], ":") {
				if to, err := url.Parse(m[1]); err != nil || to.Scheme != "https" || !slices.Contains(elsewhere, to.Host) {
					t.Errorf("%s: %s leads to a site that is not listed", path, m[1])
				}
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(m[1], "#")
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", path, m[1])
			} else if anchor != "" && !anchors(t, to)[anchor] {
				t.Errorf("%s: no heading in %s is #%s", path, to, anchor)
			}
		}
		return nil
	})
	if err != nil || followed == 0 {
		t.Errorf("%d links, %v", followed, err)
	}
}

// anchors are those that GitHub gives the headings of a document.
func anchors(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fences := regexp.MustCompile("(?ms)^```.*?^```$")
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fences.ReplaceAllString(string(text), ""), -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, link.ReplaceAllString(m[1], "]"))
		for n, once := 1, name; found[name]; n++ {
			name = once + "-" + strconv.Itoa(n)
		}
		found[name] = true
	}
	return found
}
