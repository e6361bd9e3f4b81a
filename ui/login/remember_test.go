package login

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fix403/flows/story"
)

func TestRememberedNonsenseIsNothing(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "{", "[]", `{"url":1}`, strings.Repeat("x", 1<<17), `{"url":"http://x\u001b[2J"}`, `{"url":"http://x","user":"a\u200b"}`} {
		if err := os.WriteFile(filepath.Join(dir, rememberedFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := Recall(dir); got != (Remembered{}) {
			t.Errorf("%q gives %+v", text[:min(len(text), 20)], got)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, rememberedFile), []byte(`{"url":"http://x","login":"nothing"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	last := Recall(dir)
	if f := NewForm(loginTheme(), time.Now, story.Options{}, last); last.URL != "http://x" || f.Kind != User {
		t.Errorf("the form begins with %q", last.URL)
	}
}
