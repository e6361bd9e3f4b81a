package params

import (
	"os/exec"
	"strings"
	"testing"

	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
)

// TestQuoteIsTheSameWord for a shell, and shows what is hidden in it.
func TestQuoteIsTheSameWord(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	for _, s := range []string{"plain", "it's", "\x1b]0;t\x07 'x' \\n $(id) `id`", "view\u200b-users\u202e\U000e0041", "\u009b2J\n1", "Grüße \u00ad 領域", "-\xff-\u200b"} {
		word := Quote(s)
		if strings.ContainsFunc(word, foreign.Hidden) {
			t.Errorf("%q holds what is hidden", word)
		}
		got, err := exec.CommandContext(t.Context(), bash, "-c", "printf %s "+word).Output()
		if want := strings.ToValidUTF8(s, "\ufffd"); err != nil || string(got) != want && string(got) != s {
			t.Errorf("%s is read as %q, want %q (%v)", word, got, want, err)
		}
	}
}

// TestNamesThatHide are refused before anything is made by them.
func TestNamesThatHide(t *testing.T) {
	for _, hidden := range []string{"\u200b", "\u202e", "\x1b", "\u009b", "\U000e0041"} {
		for name, value := range map[string]string{"realm": "a" + hidden + "b", "client-id": "a" + hidden + "b", "username": "a" + hidden + "b", "email": "a" + hidden + "b@x.de", "redirect-uris": "http://h/" + hidden} {
			p := DefaultParams()
			if err := p.Set(name, value); failure.KindOf(err) != failure.BadInput {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
	}
	p := DefaultParams()
	if err := p.Set("redirect-uris", "http://a/\n\thttp://b/"); err != nil {
		t.Error(err) // line breaks and tabs are between them
	}
}
