package flows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/flows/manual"
	"fix403/keycloak/foreign"
)

// TestFilesOfAStoryHideNothing, whatever the admin is called and the server made up as the secret.
func TestFilesOfAStoryHideNothing(t *testing.T) {
	s, _ := told(t)
	st := s.State()
	st.AdminName, st.AdminRealm, st.URL = "a\u200b\x1b[2J", "r\u202e", "http://h/\U000e0041"
	t.Chdir(t.TempDir())
	for _, f := range manual.Forms() {
		if err := f.Save(nil, st); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob("*")
	if len(files) != len(manual.Forms()) {
		t.Fatal(files)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(strings.ReplaceAll(string(text), "\n", ""), foreign.Hidden) {
			t.Errorf("%s hides something: %q", name, text)
		}
	}
}
