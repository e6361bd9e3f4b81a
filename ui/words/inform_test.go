package words

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// What the story advises on a screen, or at a prompt, is done there: it names no flag and no other front end.
func TestStoryAdvisesWhatCanBeDoneThere(t *testing.T) {
	sentence := regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`)
	elsewhere := regexp.MustCompile(`--[a-z]|in the wizard|line mode|on a terminal|fix403 (run|down|up) `)
	allowed := []string{"(--insecure)", "start fix403 without --existing", "fix403 down removes", "fix403 down asks about it"} // nothing here does the same
	found := 0
	for _, pattern := range []string{"../../flows/story/*.go", "../../flows/story/*/*.go", "../../flows/risk/*.go", "../../keycloak/*.go", "../../keycloak/failure/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, quoted := range sentence.FindAllString(string(source), -1) {
				text, err := strconv.Unquote(quoted)
				if err != nil || !strings.Contains(text, " ") || !elsewhere.MatchString(text) {
					continue
				}
				found++
				m := msg.New(texts.Text(text))
				for _, said := range []string{InForm(m).String(), InForm(m.Reword(atPrompts)).String()} {
					for _, ok := range allowed {
						said = strings.ReplaceAll(said, ok, "")
					}
					if elsewhere.MatchString(said) {
						t.Errorf("%s: %q", filepath.Base(file), said)
					}
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d sentences were looked at", found)
	}
}
