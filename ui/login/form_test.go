package login

import (
	"strings"
	"testing"
	"time"

	"fix403/flows/story"
	"fix403/ui/kit"
)

func TestFormChecksAToken(t *testing.T) {
	f := NewForm(loginTheme(), time.Now, story.Options{}, Remembered{})
	if _, err := f.checkToken("no token"); err == nil {
		t.Error("anything is taken for a token")
	}
	old := "e30." + "eyJleHAiOjEsImF6cCI6ImMifQ" + ".x" // {"exp":1,"azp":"c"}
	if _, err := f.checkToken(old); err == nil || !strings.Contains(err.Error(), "expired at 00:00:01") {
		t.Errorf("an old token: %v", err)
	}
}

func loginTheme() *kit.Theme {
	t, _ := kit.NewTheme(nil, nil, "dark", true, false, func(string) string { return "" })
	return t
}
