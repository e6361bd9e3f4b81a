package ui

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
)

func TestTranscriptIsSavedAndNothingOverwritten(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("fix403-transcript.md", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.until("Scripts and CI")
		x.press("v")
		x.wants("fix403-transcript.md already")
		if _, err := os.Stat("fix403-transcript.html"); err == nil {
			t.Error("half of it was saved")
		}
		if err := os.Remove("fix403-transcript.md"); err != nil {
			t.Fatal(err)
		}
		x.press("v")
		x.wants("Saved as fix403-transcript.html and .md")
		secret := x.root().runs.Story().ClientSecret().Reveal()
		for _, name := range []string{"fix403-transcript.html", "fix403-transcript.md"} {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "response to the same request was 200 OK") || strings.Contains(string(text), secret) {
				t.Errorf("%s is\n%s", name, text)
			}
		}
		x.press("ctrl+c")
		x.end()
	})
}
